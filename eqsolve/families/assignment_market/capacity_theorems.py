"""The theorems of markets with capacities as claims that run on any market.

They change capacities one unit at a time and solve again, so they apply to small markets.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.theorem import Theorem
from eqsolve.families.assignment_market.claims import Number, differ, small_market_theorem
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.solve import competitive_equilibrium
from eqsolve.families.assignment_market.verify.conditions import verify

__all__ = ["CAPACITY_THEOREMS"]

_SMALL = 24
"""Agents up to which claims change capacities one by one."""

_FEW = 9
"""Edges up to which all sets of pairs are looked at."""


def _with(market: AssignmentMarket, a: IntArray, s: IntArray) -> AssignmentMarket:
    """Return the market with other capacities."""
    return AssignmentMarket(market.values, market.reserves, buyer_capacities=a, seller_capacities=s)


def _solution(market: AssignmentMarket) -> AssignmentSolution:
    """Return the solved market, with VCG payments."""
    return competitive_equilibrium(market, method="flow", vcg=True).require()


def _welfare(market: AssignmentMarket) -> Number:
    """Return the greatest welfare."""
    return competitive_equilibrium(market).require().welfare


def _changed(capacities: IntArray, place: int, more: int) -> IntArray:
    """Return capacities of which one is larger or smaller."""
    changed = capacities.copy()
    changed[place] += more
    return changed


def _best_sets(market: AssignmentMarket) -> Iterator[list[tuple[int, int]]]:
    """Yield every set of pairs of greatest gain within the capacities, by enumeration."""
    edges = [
        (i, int(j), value - market.reserves[j].item())
        for i in range(market.n_buyers)
        for j, value in zip(*(part.tolist() for part in market.values.row(i)), strict=True)
    ]
    a, s = (side.tolist() for side in market.capacities)
    found: list[tuple[Number, list[tuple[int, int]]]] = []
    for mask in range(1 << len(edges)):
        chosen = [edge for place, edge in enumerate(edges) if mask >> place & 1]
        taken, sold = [0] * len(a), [0] * len(s)
        for i, j, _ in chosen:
            taken[i], sold[j] = taken[i] + 1, sold[j] + 1
        if all(map(int.__le__, taken, a)) and all(map(int.__le__, sold, s)):
            found.append((sum(g for _, _, g in chosen), [(i, j) for i, j, _ in chosen]))
    best = max(gain for gain, _ in found)
    slack = 0 if market.is_integral else 1e-12 * market.scale
    yield from (pairs for gain, pairs in found if gain >= best - slack)


def _supports(market: AssignmentMarket, pairs: list[tuple[int, int]], prices: NumberArray) -> bool:
    """Return whether pairs and prices are an equilibrium, by the definition."""
    slack: float = 0 if market.is_integral else 1e-9 * market.scale
    a, s = market.capacities
    for j, (price, reserve) in enumerate(zip(prices, market.reserves, strict=True)):
        sold = sum(seller == j for _, seller in pairs)
        if price < reserve - slack or (sold < s[j] and abs(price - reserve) > slack):
            return False
    for i in range(market.n_buyers):
        columns, values = market.values.row(i)
        left = dict(zip(columns.tolist(), (values - prices[columns]).tolist(), strict=True))
        best = sum(sorted((max(0, x) for x in left.values()), reverse=True)[: int(a[i])])
        if sum(left[j] for buyer, j in pairs if buyer == i) < best - slack:
            return False
    return True


def _existence(market: AssignmentMarket) -> str | None:
    """CAP-1: solved and verified; the duals sum to the welfare, which no set of pairs exceeds."""
    result = competitive_equilibrium(market)
    report = verify(market, result)
    if not report.valid:
        return f"the equilibrium found is {report}"
    solution = result.require()
    if market.values.n_edges <= _FEW:
        for pairs in _best_sets(market):
            worth = sum((market.values[i, j] or 0) - market.reserves[j].item() for i, j in pairs)
            if differ(market, worth, solution.welfare):
                return f"the pairs {pairs} are worth {worth}, not {solution.welfare}"
            break
    return None


def _ends(market: AssignmentMarket) -> str | None:
    """CAP-2: both ends are marginal products of a unit, and support every optimum."""
    solution = _solution(market)
    a, s = market.capacities
    for j in range(market.n_sellers):
        low, high = ((end[j] - market.reserves[j]).item() for end in
                     (solution.price_min, solution.price_max))  # fmt: skip
        more = _welfare(_with(market, a, _changed(s, j, 1))) - solution.welfare
        if differ(market, low, more):
            return f"seller {j} has least margin {low}, one more unit adds {more}"
        if s[j]:
            fewer = solution.welfare - _welfare(_with(market, a, _changed(s, j, -1)))
            if differ(market, high, fewer):
                return f"seller {j} has greatest margin {high}, its last unit adds {fewer}"
    if market.values.n_edges <= _FEW:
        for name in ("price_min", "price_max"):
            for pairs in _best_sets(market):
                if not _supports(market, pairs, getattr(solution, name)):
                    return f"{name} does not support the efficient pairs {pairs}"
    return None


def _payments(market: AssignmentMarket) -> str | None:
    """CAP-3: payments are what buyers cost the others, for unit buyers the least prices."""
    solution = _solution(market)
    a, s = market.capacities
    for i in range(market.n_buyers):
        held = [int(j) for buyer, j in zip(*solution.trades, strict=True) if buyer == i]
        worth = sum(market.values[i, j] or 0 for j in held)
        utility = worth - solution.vcg_payments[i].item()
        product = solution.welfare - _welfare(_with(market, _changed(a, i, -int(a[i])), s))
        if differ(market, utility, product):
            return f"buyer {i} has utility {utility} under VCG, marginal product {product}"
        cheapest = worth - sum(solution.price_min[j].item() for j in held)
        if a[i] <= 1 and differ(market, cheapest, product):
            return f"buyer {i} has utility {cheapest} at price_min, marginal product {product}"
    return None


def _one_each(a: IntArray) -> IntArray:
    """Return capacities of buyers of one item each."""
    return np.minimum(a, 1)


def _units(market: AssignmentMarket) -> str | None:
    """CAP-4: capacities of 1 change nothing; units are sellers of their own for unit buyers."""
    a, s = _one_each(market.capacities[0]), market.capacities[1]
    for units in (np.ones_like(s), s):
        one = _solution(_with(market, a, units))
        owner = np.repeat(np.arange(len(units)), np.minimum(units, market.n_buyers))
        values = market.values.dense()[:, owner].astype(float)
        values[(values < 0) | (a == 0)[:, None]] = np.nan
        two = competitive_equilibrium(AssignmentMarket(values, market.reserves[owner])).require()
        if differ(market, one.welfare, two.welfare):
            return f"with capacities welfare is {one.welfare}, with copies {two.welfare}"
        scarce = units[owner] <= market.n_buyers
        for name in ("price_min", "price_max"):
            ours, theirs = getattr(one, name)[owner], getattr(two, name)
            for seller, (p, q) in enumerate(zip(ours[scarce], theirs[scarce], strict=True)):
                if differ(market, p, q):
                    return f"{name} is {p} with capacities, {q} for copy {seller}"
    return None


_theorem = partial(small_market_theorem, strategy="capacitated_markets", most=_SMALL)


CAPACITY_THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        "CAP-1",
        "existence and efficiency with capacities",
        "The linear program of pairs in [0, 1] within the capacities has whole optima; an "
        "equilibrium exists, and every equilibrium maximizes welfare: capacities times duals and "
        "what pairs are worth beyond them sum to it.",
        "Kelso and Crawford (1982); Gul and Stacchetti (1999)",
        _existence,
    ),
    _theorem(
        "CAP-2",
        "lattice with capacities",
        "The least equilibrium price of a seller is its reserve plus what one more unit would add "
        "to the welfare, the greatest its reserve plus what its last unit adds; both ends support "
        "every optimum.",
        "Sotomayor (1992); Ausubel (2006)",
        _ends,
    ),
    _theorem(
        "CAP-3",
        "least prices and VCG with capacities",
        "For buyers of one item the utility at the least prices is the VCG utility W - W(without "
        "i); payments of buyers of several items are computed as what each costs the others, "
        "since their least prices need not be VCG payments.",
        "Gul and Stacchetti (1999); Leonard (1983)",
        _payments,
    ),
    _theorem(
        "CAP-4",
        "capacities of one, and copies",
        "With all capacities 1 the market is the one without capacities; splitting a seller into "
        "its units is the same market if every buyer takes one item.",
        "Sotomayor (1992)",
        _units,
    ),
)
