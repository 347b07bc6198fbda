"""Prices of menus: as rows of a list, and the least one of an item by state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.playing.policy import menu_of_policy, outputs_of
from eqsolve.families.auction_design.solution.mechanism import (
    Mechanism,
    Menu,
    PolicyMechanism,
    SequentialMechanism,
    State,
    Tariff,
)

__all__ = ["least_prices", "left_in", "price_rows"]

Row = tuple[str, str, int, float | None, str, float]


def left_in(design: AuctionDesign, state: State) -> str:
    """Return in which states a menu is shown, in words."""
    if state.remaining is not None:
        return " ".join(design.label("items", j) for j in state.remaining) or "nothing"
    return "any" if state.n_remaining is None else f"any {state.n_remaining}"


def price_rows(design: AuctionDesign, mechanism: Mechanism) -> Iterator[Row]:
    """Yield bidder, items left, entry, probability, items, price of every menu.

    Raises
    ------
    OptionError : the mechanism is no sequence of menus.
    """
    if not isinstance(mechanism, SequentialMechanism):
        raise OptionError("only menus have a price list; this mechanism is direct")
    for menu in mechanism.menus:
        bidder = design.label("bidders", menu.state.bidder)
        left = left_in(design, menu.state)
        if isinstance(menu, Menu):
            for j, price in enumerate(menu.prices.tolist()):
                for d in np.flatnonzero(menu.weights[j] > 0).tolist():
                    items = np.flatnonzero(menu.bundles[j, d]).tolist()
                    names = " ".join(design.label("items", item) for item in items)
                    yield bidder, left, j, float(menu.weights[j, d]), names, price
            continue
        if menu.fee:
            yield bidder, left, 0, None, "entry fee", menu.fee
        if menu.item_prices is not None:
            for j, price in enumerate(menu.item_prices.tolist()):
                yield bidder, left, 0, None, design.label("items", j), price
        if menu.size_prices is not None:
            for size, price in enumerate(menu.size_prices.tolist(), start=1):
                yield bidder, left, 0, None, f"any {size} item{'s' * (size > 1)}", price


_SETS = 40
"""Sets of items looked at for each number of items left, at most."""


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
