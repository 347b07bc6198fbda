"""The lattice of equilibrium prices: membership, join, meet, and the payments at its least end.

Prices p are an equilibrium exactly if they are at least the reserves and, together with the
utilities they leave to the buyers, sum to the greatest welfare: ``sum(u) + sum(s (p - r)) = W``
with the units ``s`` of each seller, 1 without capacities (BIP-5, CAP-1). So membership costs one
solve, warm-started from the very prices in question.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import NumberArray, is_integral, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.questions.demand import best_utilities, checked_prices
from eqsolve.families.assignment_market.solve import competitive_equilibrium

__all__ = ["is_price_vector", "join", "meet", "vcg_payments"]


def is_price_vector(market: AssignmentMarket, prices: object, *, tolerance: float = 1e-6) -> bool:
    """Return whether `prices` are competitive equilibrium prices of the market.

    Parameters
    ----------
    market : n buyers, m sellers.
    prices : shape (m,), money units.
    tolerance : relative, for floating-point data; whole numbers are compared exactly.

    Raises
    ------
    InstanceError : not an assignment market, or `prices` are not one finite number per seller.

    Notes
    -----
    Cost: one solve, warm-started from `prices`. Theorem BIP-5; source: Shapley and Shubik (1971).

    Examples
    --------
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> is_price_vector(market, [3, 1]), is_price_vector(market, [4, 0])
    (True, False)
    """
    require_instance(market, AssignmentMarket, "market")
    return _are_prices(market, {"prices": checked_prices(market, prices, "prices")}, tolerance)[
        "prices"
    ]


def join(market: AssignmentMarket, first: object, second: object) -> NumberArray:
    """Return the least equilibrium prices above two: their larger entries (BIP-2).

    Parameters
    ----------
    market : n buyers, m sellers.
    first, second : shape (m,), equilibrium prices.

    Raises
    ------
    InstanceError : not an assignment market, or one of them is not an equilibrium price vector.

    Notes
    -----
    Cost: one solve, warm-started from `first`, to check both. Theorem BIP-2; source: Shapley and
    Shubik (1971).

    Examples
    --------
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> join(market, [2, 0], [3, 1]).tolist()
    [3, 1]
    """
    one, two = _members(market, first, second)
    return read_only(np.maximum(one, two))


def meet(market: AssignmentMarket, first: object, second: object) -> NumberArray:
    """Return the greatest equilibrium prices below two: their smaller entries (BIP-2).

    Parameters, errors and cost are those of `join`.

    Notes
    -----
    Cost as for `join`. Theorem BIP-2; source: Shapley and Shubik (1971).

    Examples
    --------
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> meet(market, [2, 0], [3, 1]).tolist()
    [2, 0]
    """
    one, two = _members(market, first, second)
    return read_only(np.minimum(one, two))


def vcg_payments(market: AssignmentMarket) -> NumberArray:
    """Return what each buyer owes under the Vickrey-Clarke-Groves rule.

    Parameters
    ----------
    market : n buyers, m sellers.

    Returns
    -------
    payments : shape (n,), read-only, money units; 0 for a buyer without an item. They are the
        least equilibrium prices of the items bought, and make truthful bidding a dominant
        strategy (BIP-4; Leonard 1983); of buyers who may take several items they are computed as
        such (CAP-3).

    Raises
    ------
    InstanceError : not an assignment market.

    Notes
    -----
    Which of several efficient matchings is meant is settled as by `competitive_equilibrium`. Cost:
    one solve, and a search for each unit of a buyer who may take several. Theorems BIP-4 and
    CAP-3; source: Leonard (1983).

    Examples
    --------
    >>> vcg_payments(AssignmentMarket([[5, 3], [4, 1]])).tolist()
    [0, 2]
    """
    require_instance(market, AssignmentMarket, "market")
    if market.has_capacities:
        return competitive_equilibrium(market, method="flow", vcg=True).require().vcg_payments
    return competitive_equilibrium(market).require().vcg_payments


def _members(
    market: AssignmentMarket, first: object, second: object
) -> tuple[NumberArray, NumberArray]:
    """Return two equilibrium price vectors, checked."""
    require_instance(market, AssignmentMarket, "market")
    vectors = {name: checked_prices(market, given, name)
               for name, given in (("first", first), ("second", second))}  # fmt: skip
    good = _are_prices(market, vectors, 1e-6)
    faults = [
        Fault(name, "must be equilibrium prices of the market (see is_price_vector)")
        for name in vectors
        if not good[name]
    ]
    if faults:
        raise InstanceError(faults)
    return vectors["first"], vectors["second"]


def _are_prices(
    market: AssignmentMarket, vectors: dict[str, NumberArray], tolerance: float
) -> dict[str, bool]:
    """Return for each vector whether it is one of equilibrium prices; one solve for all."""
    found = {}
    welfare: int | float | None = None
    for name, prices in vectors.items():
        exact = market.is_integral and is_integral(prices)
        rule = EXACT if exact else Tolerances(tolerance)
        low = rule.excess(market.reserves - prices, np.abs(prices), market.scale)
        if (low > rule.relative).any():
            found[name] = False
            continue
        if welfare is None:
            start = np.maximum(prices, market.reserves)
            result = competitive_equilibrium(market, initial_prices=start)
            welfare = result.require().welfare
        margins = market.capacities[1] * (prices - market.reserves)
        parts = np.concatenate([best_utilities(market, prices), margins])
        total = sum(parts.tolist()) if is_integral(parts) else math.fsum(parts)
        gap = rule.excess(np.array(total - welfare), abs(welfare), market.scale)
        found[name] = bool(gap <= rule.relative)
    return found
