"""Hypothesis strategies for delivery markets: ties, zeros, empty sides, forbidden deliveries."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.delivery_market.instance import DeliveryMarket

__all__ = ["delivery_markets", "rival_courier_markets"]

FORMS = ("full", "parts", "forbidden", "prohibitive", "witness")


@st.composite
def delivery_markets(
    draw: Any,
    *,
    max_buyers: int = 3,
    max_stores: int = 3,
    max_couriers: int = 3,
    max_value: int = 6,
    forms: tuple[str, ...] = FORMS,
    tips: bool | None = None,
    fractions: bool = True,
    min_size: int = 0,
) -> DeliveryMarket:
    """Draw a small market.

    Parameters
    ----------
    max_buyers, max_stores, max_couriers : sizes go from `min_size` to these.
    max_value : values and costs are whole numbers from 0 to this, so that ties are common.
    forms : of the costs: ``full`` arrays, ``parts`` (a structure of TIP-5), ``forbidden`` or
        ``prohibitive`` entries, ``witness``: values and costs of the TIP-4 kind, where few
        couriers can do much.
    tips : whether tips are allowed; None: either.
    fractions : whether all numbers may be thirds, so that nothing is exact.
    """
    n, m, couriers = (
        draw(st.integers(min_size, most)) for most in (max_buyers, max_stores, max_couriers)
    )
    form = draw(st.sampled_from(forms))
    allowed = draw(st.booleans()) if tips is None else tips
    unit = 3.0 if fractions and draw(st.integers(0, 4)) == 0 else 1

    def numbers(*shape: int, top: int = max_value) -> Any:
        size = int(np.prod(shape))
        flat = draw(st.lists(st.integers(0, top), min_size=size, max_size=size))
        return np.array(flat, dtype=np.int64).reshape(shape)

    values = numbers(n, m)
    if form == "parts":
        shapes = {"courier": (couriers,), "pickup": (couriers, m), "dropoff": (couriers, n)}
        name = draw(st.sampled_from(sorted(shapes)))
        parts = {name: numbers(*shapes[name]) / unit, "order": numbers(n, m) / unit}
        if draw(st.booleans()):
            parts["courier"] = numbers(couriers) / unit
        return DeliveryMarket(values / unit, cost_parts=parts, tips=allowed)
    costs = numbers(couriers, n, m, top=3 if form == "witness" else max_value) / unit
    if form in ("forbidden", "prohibitive", "witness"):
        size = int(np.prod(costs.shape))
        flat = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        mask = np.array(flat, dtype=bool).reshape(costs.shape)
        costs = np.where(mask, np.nan if form == "forbidden" else 20 / unit, costs)
    return DeliveryMarket(values / unit, costs, tips=allowed)


@st.composite
def rival_courier_markets(
    draw: Any, *, max_value: int = 8, max_cost: int = 3, forbidden: bool | None = None
) -> DeliveryMarket:
    """Draw a market of the TIP-4 kind, in which efficient transactions often fail.

    Two buyers, two stores and two couriers. Both ways to pair buyers and stores have a courier
    who carries either of the two orders cheaply, so that only one of them can be cheap at a
    time; one more delivery, anywhere, is cheap too, and all others cost 20 or are forbidden.
    Where that leaves a courier idle in the best outcome, buyers may prefer orders that this
    courier makes cheap one by one but not together; where they are forbidden, there may be no
    equilibrium at all.

    Parameters
    ----------
    max_value : values are whole numbers above `max_cost` up to this.
    max_cost : cheap deliveries cost whole numbers from 0 to this.
    forbidden : whether all other deliveries are forbidden; None: either.
    """
    worth, cheap = st.integers(max_cost + 1, max_value), st.integers(0, max_cost)
    side = st.integers(0, 1)
    values = [[draw(worth), draw(worth)], [draw(worth), draw(worth)]]
    absent = draw(st.booleans()) if forbidden is None else forbidden
    costs = np.full((2, 2, 2), np.nan if absent else 20.0)
    for buyer in (0, 1):
        costs[0, buyer, buyer] = draw(cheap)
        costs[1, buyer, 1 - buyer] = draw(cheap)
    further = (draw(side), draw(side), draw(side))
    costs[further] = np.fmin(costs[further], draw(cheap))
    return DeliveryMarket(values, costs)
