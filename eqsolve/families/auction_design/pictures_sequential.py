"""The picture of a sequence: prices by items left and bidders still to come."""

from __future__ import annotations

from itertools import combinations, islice
from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.result import Result
from eqsolve.drawing.style import axes, begin, message
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.playing.policy import menu_of_policy, outputs_of
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import (
    Menu,
    PolicyMechanism,
    SequentialMechanism,
    Tariff,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["least_prices", "states"]

_SETS = 40
"""Sets of items looked at for each number of items left, at most."""

_WRITTEN = 120
"""Cells up to which prices are written into them."""


def states(design: AuctionDesign, result: Result[DesignSolution], figure: Figure) -> None:
    """Draw the least price of an item, by the number of items left and of bidders to come."""
    title = "Least price of an item, by what is left and who comes"
    begin(figure, design, result, 8, 5.5)
    mechanism = None if result.solution is None else result.solution.mechanism
    if not isinstance(mechanism, SequentialMechanism | PolicyMechanism) or design.n_bidders < 2:
        message(figure, title, "this picture needs menus for several bidders, one after the other")
        return
    table = least_prices(mechanism)
    n, m = table.shape
    made = axes(figure, title, "items left", "bidders to come, this one included", grid=False)
    shown = made.imshow(
        np.ma.masked_invalid(table[::-1]), cmap="Blues", aspect="auto", interpolation="nearest",
        origin="lower", extent=(0.5, m + 0.5, 0.5, n + 0.5),
    )  # fmt: skip
    figure.colorbar(shown, ax=made, label="price")
    if n * m <= _WRITTEN:
        shades = table[np.isfinite(table)]
        middle = (shades.min() + shades.max()) / 2 if len(shades) else 0.0
        for (place, k), price in np.ndenumerate(table):
            if np.isfinite(price):
                color = "white" if price > middle else "black"
                made.annotate(
                    f"{price:.3g}", (k + 1, n - place), ha="center", va="center", color=color,
                    fontsize=8,
                )  # fmt: skip


def least_prices(mechanism: SequentialMechanism | PolicyMechanism) -> FloatArray:
    """Return the least price of one item, by place in the order and number of items left less 1.

    The mean over sets of items left of that number (the first 40); nan where no single item is
    sold.
    """
    m = mechanism.n_items
    found = np.full((len(mechanism.order), m), np.nan)
    for k in range(1, m + 1):
        chosen = list(islice(combinations(range(m), k), _SETS))
        sets = np.zeros((len(chosen), m), dtype=np.bool_)
        for row, items in zip(sets, chosen, strict=True):
            row[list(items)] = True
        for place in range(len(mechanism.order)):
            prices = np.array([_least(mechanism, place, left) for left in sets])
            if np.isfinite(prices).any():
                found[place, k - 1] = prices[np.isfinite(prices)].mean()
    return found


def _least(mechanism: SequentialMechanism | PolicyMechanism, place: int, left: BoolArray) -> float:
    """Return the least price of one item when these are left; infinite where none is sold."""
    menu: Menu | Tariff | None
    if isinstance(mechanism, PolicyMechanism):
        menu = menu_of_policy(mechanism, place, left, outputs_of(mechanism, left[None], place)[0])
    else:
        menu = mechanism.menu(mechanism.order[place], tuple(np.flatnonzero(left).tolist()))
    if menu is None:
        return float("inf")
    if isinstance(menu, Tariff):
        items = np.zeros(len(left)) if menu.item_prices is None else menu.item_prices
        size = 0.0 if menu.size_prices is None else float(menu.size_prices[0])
        return float(items[left].min(initial=np.inf)) + menu.fee + size
    single = (menu.bundles & (menu.weights > 0)[:, :, None]).any(axis=1).sum(axis=1) == 1
    whole = menu.weights.sum(axis=1) > 1 - 1e-9
    return float(menu.prices[single & whole].min(initial=np.inf))
