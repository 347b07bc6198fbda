"""What one price in every state earns, forwards over the chances of how many items are left.

Where every bidder wants one item, of several whose values are independent draws of one law F, a
price p is paid with k items left with chance ``1 - P(value < p)**k``, and then one item is gone.
"""

from __future__ import annotations

import numpy as np

from eqsolve.families.auction_design.instance import AuctionDesign, Law
from eqsolve.families.auction_design.instance.laws import (
    AdditiveLaw,
    Discrete,
    Exponential,
    Marginal,
    SubsetsLaw,
    Uniform,
)
from eqsolve.families.auction_design.solution.mechanism import (
    Mechanism,
    SequentialMechanism,
    Tariff,
)
from eqsolve.families.auction_design.verify.bounds import at_most

__all__ = ["one_price_revenue"]


def one_price_revenue(mechanism: Mechanism, design: AuctionDesign) -> float | None:
    """Return expected payments; None where more is sold than one item for one price."""
    m = design.n_items
    laws = [_marginal(law) for law in design.laws]
    if not m or not isinstance(mechanism, SequentialMechanism):
        return None
    chances = {m: 1.0}
    revenue = 0.0
    for bidder in mechanism.order:
        law = laws[bidder]
        if law is None:
            return None
        following: dict[int, float] = {}
        for left, chance in chances.items():
            price = _price(mechanism, bidder, left)
            if price is None:
                return None
            sold = (1 - _below(law, price) ** left) * chance if left else 0.0
            revenue += sold * price if sold else 0.0
            following[left] = following.get(left, 0.0) + chance - sold
            if sold:
                following[left - 1] = following.get(left - 1, 0.0) + sold
        chances = following
    return revenue


def _marginal(law: Law) -> Marginal | None:
    """Return the law of every item's value, where one item is wanted; else None."""
    if isinstance(law, SubsetsLaw) and law.n_items == 1:
        return Uniform(0.0, 1.0)
    if not isinstance(law, AdditiveLaw) or len(set(law.items)) != 1:
        return None
    return law.items[0] if law.n_items == 1 or law.demand == 1 else None


def _price(mechanism: SequentialMechanism, bidder: int, left: int) -> float | None:
    """Return the price of one of so many items; None where the menu is not one price."""
    shown = [menu for menu in mechanism.menus if menu.state.bidder == bidder]
    if not all(
        isinstance(menu, Tariff) and menu.state.remaining is None and menu.item_prices is None
        for menu in shown
    ):
        return None
    menu = mechanism.menu(bidder, tuple(range(left)))
    if menu is None or not left:
        return float("inf")
    assert isinstance(menu, Tariff)
    if menu.size_prices is None or (menu.size_prices[1:] < menu.size_prices[0]).any():
        return None
    return menu.fee + float(menu.size_prices[0])


def _below(law: Marginal, price: float) -> float:
    """Return P(value < price); of single values, a tie is a sale."""
    if isinstance(law, Uniform | Exponential) and law.top > 0 and not _is_one(law):
        return float(at_most(law, np.array([price]))[0])
    values = law.values if isinstance(law, Discrete) else (law.top,)
    weights = law.weights if isinstance(law, Discrete) else (1.0,)
    near = 1e-9 * max(1.0, *values)
    below = (weight for value, weight in zip(values, weights, strict=True) if value < price - near)
    return sum(below) / sum(weights)


def _is_one(law: Marginal) -> bool:
    """Return whether a law has one value."""
    return isinstance(law, Uniform) and law.low == law.high
