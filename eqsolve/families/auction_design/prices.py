"""Menus as rows: to whom, what is left, what is sold, how likely, for how much."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.solution.mechanism import (
    Mechanism,
    Menu,
    SequentialMechanism,
    State,
)

__all__ = ["left_in", "price_rows"]

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
