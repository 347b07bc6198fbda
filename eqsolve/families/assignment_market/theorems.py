"""The theorems of assignment markets as claims that run on any market.

Claims that remove agents one by one solve a market for each, so they apply to small markets.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from eqsolve.core.arrays import NumberArray, is_integral
from eqsolve.core.theorem import Theorem
from eqsolve.families.assignment_market.capacity_theorems import CAPACITY_THEOREMS
from eqsolve.families.assignment_market.claims import Number, differ, small_market_theorem
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import sparse_weights
from eqsolve.families.assignment_market.questions.lattice import is_price_vector
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.solve import competitive_equilibrium
from eqsolve.families.assignment_market.verify.conditions import verify

__all__ = ["THEOREMS"]

_SMALL = 30
"""Agents up to which claims remove them one by one."""

_TINY = 5
"""Agents a side up to which matchings are enumerated."""


def _solution(market: AssignmentMarket) -> AssignmentSolution:
    """Return the solved market."""
    return competitive_equilibrium(market).require()


def _table(market: AssignmentMarket) -> list[list[Number | None]]:
    """Return the values as nested lists, None where there is no edge."""
    rows = market.values.dense().tolist()
    return [[None if value < 0 else value for value in row] for row in rows]


def _market(table: list[list[Number | None]], reserves: list[Number]) -> AssignmentMarket:
    """Return a market from nested lists; keeps the shape of empty ones."""
    values = np.array(table, dtype=object).reshape(len(table), len(reserves))
    return AssignmentMarket(values if values.size else np.zeros(values.shape), reserves)


def _without_buyer(market: AssignmentMarket, buyer: int) -> AssignmentMarket:
    """Return the market without a buyer."""
    table = _table(market)
    return _market(table[:buyer] + table[buyer + 1 :], market.reserves.tolist())


def _without_seller(market: AssignmentMarket, seller: int) -> AssignmentMarket:
    """Return the market without a seller."""
    table = [row[:seller] + row[seller + 1 :] for row in _table(market)]
    reserves = market.reserves.tolist()
    return _market(table, reserves[:seller] + reserves[seller + 1 :])


def _best_matchings(market: AssignmentMarket) -> Iterator[list[int]]:
    """Yield every matching of greatest gain, by enumeration."""
    table, reserves = _table(market), market.reserves.tolist()

    def extend(buyer: int, taken: frozenset[int]) -> Iterator[tuple[Number, list[int]]]:
        if buyer == len(table):
            yield 0, []
            return
        for gain, rest in extend(buyer + 1, taken):
            yield gain, [-1, *rest]
        for seller, value in enumerate(table[buyer]):
            if value is not None and seller not in taken:
                for gain, rest in extend(buyer + 1, taken | {seller}):
                    yield gain + value - reserves[seller], [seller, *rest]

    found = list(extend(0, frozenset()))
    best = max(gain for gain, _ in found)
    slack = 0 if market.is_integral else 1e-12 * market.scale
    yield from (matching for gain, matching in found if gain >= best - slack)


def _supports(market: AssignmentMarket, matching: list[int], prices: NumberArray) -> bool:
    """Return whether matching and prices are an equilibrium, by the definition."""
    slack: float = 0 if market.is_integral else 1e-9 * market.scale
    sold = {seller for seller in matching if seller >= 0}
    for seller, (price, reserve) in enumerate(zip(prices, market.reserves, strict=True)):
        if price < reserve - slack or (seller not in sold and abs(price - reserve) > slack):
            return False
    for row, seller in zip(_table(market), matching, strict=True):
        offers = [v - prices[place] for place, v in enumerate(row) if v is not None]
        held = 0 if seller < 0 else (row[seller] or 0) - prices[seller]
        if held < max([0, *offers]) - slack:
            return False
    return True


def _existence(market: AssignmentMarket) -> str | None:
    """BIP-1: solved and verified; its prices support every best matching."""
    result = competitive_equilibrium(market)
    report = verify(market, result)
    if not report.valid:
        return f"the equilibrium found is {report}"
    if max(market.n_buyers, market.n_sellers) > _TINY:
        return None
    solution = result.require()
    for name in ("price_min", "price_max"):
        for matching in _best_matchings(market):
            if not _supports(market, matching, getattr(solution, name)):
                return f"{name} does not support the efficient matching {matching}"
    return None


def _corners(market: AssignmentMarket) -> list[NumberArray]:
    """Return for each seller the least equilibrium prices at which it earns its greatest.

    They are the least prices of the market in which its reserve is raised to that price.
    """
    high = _solution(market).price_max
    corners = []
    for seller in range(min(market.n_sellers, 6)):
        reserves = market.reserves.tolist()
        reserves[seller] = high[seller].item()
        corners.append(_solution(_market(_table(market), reserves)).price_min)
    return corners


def _lattice(market: AssignmentMarket) -> str | None:
    """BIP-2: joins and meets of incomparable price vectors."""
    corners = _corners(market)
    for first in corners:
        for second in corners:
            for word, prices in (
                ("join", np.maximum(first, second)),
                ("meet", np.minimum(first, second)),
            ):
                if not is_price_vector(market, prices):
                    return (
                        f"the {word} {prices.tolist()} of the equilibrium prices "
                        f"{first.tolist()} and {second.tolist()} is none"
                    )
    return None


def _seller_optimal(market: AssignmentMarket) -> str | None:
    """BIP-3: greatest prices are marginal products."""
    solution = _solution(market)
    for seller in range(market.n_sellers):
        product = solution.welfare - _solution(_without_seller(market, seller)).welfare
        margin = (solution.price_max[seller] - market.reserves[seller]).item()
        if differ(market, margin, product):
            return f"seller {seller} earns {margin} over its reserve, marginal product {product}"
    return None


def _buyer_optimal(market: AssignmentMarket) -> str | None:
    """BIP-4: utilities at the least prices are marginal products; lying does not help."""
    solution = _solution(market)
    table, reserves = _table(market), market.reserves.tolist()
    for buyer, seller in enumerate(solution.matching.tolist()):
        product = solution.welfare - _solution(_without_buyer(market, buyer)).welfare
        own = 0 if seller < 0 else market.values[buyer, seller] or 0
        utility = own - solution.vcg_payments[buyer].item()
        if differ(market, utility, product):
            return f"buyer {buyer} has utility {utility} at price_min, marginal product {product}"
        row = table[buyer]
        for report in ([v and 2 * v for v in row], [v and v // 2 for v in row], row[::-1]):
            lie = _market([*table[:buyer], report, *table[buyer + 1 :]], reserves)
            told = _solution(lie)
            got = int(told.matching[buyer])
            worth = 0 if got < 0 else row[got] or 0
            gain = worth - told.vcg_payments[buyer].item() - utility
            if gain > 0 and differ(market, gain, 0):
                return f"buyer {buyer} gains {gain} by reporting {report}"
    return None


def _duality(market: AssignmentMarket) -> str | None:
    """BIP-5: utilities and price margins sum to the welfare, at both ends."""
    solution = _solution(market)
    for name in ("price_min", "price_max"):
        if not is_price_vector(market, getattr(solution, name)):
            return f"{name} and the utilities it leaves do not sum to {solution.welfare}"
    if market.n_sellers and market.is_integral:
        outside = solution.price_max.copy()
        outside[0] += 1
        if is_price_vector(market, outside):
            return f"{outside.tolist()} closes the gap, but lies beyond price_max"
    return None


def _monotone(market: AssignmentMarket) -> str | None:
    """BIP-6: without a buyer prices are no higher, without a seller no lower."""
    solution = _solution(market)
    for name in ("price_min", "price_max"):
        prices = getattr(solution, name)
        for buyer in range(market.n_buyers):
            fewer = getattr(_solution(_without_buyer(market, buyer)), name)
            for seller, (less, more) in enumerate(zip(fewer, prices, strict=True)):
                if less > more and differ(market, less, more):
                    return f"buyer {buyer} lowers {name}[{seller}] from {less} to {more}"
        for left_out in range(market.n_sellers):
            scarcer = getattr(_solution(_without_seller(market, left_out)), name)
            for less, more in zip(np.delete(prices, left_out), scarcer, strict=True):
                if less > more and differ(market, less, more):
                    return f"seller {left_out} raises a {name} from {more} to {less}"
    return None


def _auctions(market: AssignmentMarket) -> str | None:
    """BIP-7: the ascending auction ends at price_min; Bertsekas' loses at most min(n, m) eps."""
    from eqsolve.families.assignment_market.kernels.ascending_auction import ascending_auction
    from eqsolve.families.assignment_market.kernels.auction import auction_sparse

    solution = _solution(market)
    end = ascending_auction(market.values.dense(), market.reserves).prices
    for seller, (found, least) in enumerate(zip(end, solution.price_min, strict=True)):
        if differ(market, found, least):
            return f"the ascending auction ends at {found} for seller {seller}, not at {least}"
    for eps in (None, 1.0, max(market.scale / 10, 1e-3)):
        run = auction_sparse(market.n_sellers, *sparse_weights(market), eps)
        traded = np.flatnonzero(run.matching >= 0)
        sellers = run.matching[traded]
        gains = market.values.at(traded, sellers) - market.reserves[sellers]
        allowed = min(market.n_buyers, market.n_sellers) * run.increment
        lost = solution.welfare - sum(gains.tolist())
        exact = eps is None and is_integral(gains)
        if (exact and lost != 0) or (lost > allowed and differ(market, lost, allowed)):
            return f"Bertsekas' auction loses {lost} with increment {run.increment}"
    return None


def _fair_point(market: AssignmentMarket) -> str | None:
    """BIP-8: the midpoint is an equilibrium price vector."""
    solution = competitive_equilibrium(market, prices="mid").require()
    if not is_price_vector(market, solution.prices):
        return f"the midpoint {solution.prices.tolist()} is no equilibrium price vector"
    return None


_theorem = partial(small_market_theorem, strategy="assignment_markets", most=_SMALL)


_SHAPLEY = "Shapley and Shubik, The assignment game I (1971)"
_LEONARD = "Leonard, Elicitation of honest preferences (1983)"
_DGS = "Demange, Gale and Sotomayor, Multi-item auctions (1986)"

THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        "BIP-1",
        "existence and efficiency",
        "An equilibrium exists; in every equilibrium the matching maximizes sum (v - r); every "
        "equilibrium price vector supports every maximum-weight matching.",
        "Koopmans and Beckmann (1957); " + _SHAPLEY,
        _existence,
    ),
    _theorem(
        "BIP-2",
        "lattice",
        "If p and q are equilibrium prices, so are min(p, q) and max(p, q).",
        _SHAPLEY,
        _lattice,
    ),
    _theorem(
        "BIP-3",
        "seller-optimal prices",
        "The greatest equilibrium price of a seller is its reserve plus its marginal product "
        "W(G) - W(G - j).",
        _DGS,
        _seller_optimal,
    ),
    _theorem(
        "BIP-4",
        "buyer-optimal prices are VCG",
        "At the least equilibrium prices the utility of buyer i is W(G) - W(G - i), and truthful "
        "reporting is a dominant strategy for the buyers.",
        _LEONARD,
        _buyer_optimal,
    ),
    _theorem(
        "BIP-5",
        "duality",
        "(M, p) is an equilibrium exactly if u = max(0, max v - p) and p solve the dual: "
        "sum u + sum (p - r) = sum over M of (v - r).",
        _SHAPLEY,
        _duality,
    ),
    _theorem(
        "BIP-6",
        "monotonicity",
        "Adding a buyer weakly raises the least and greatest prices; adding a seller weakly "
        "lowers both.",
        _DGS,
        _monotone,
    ),
    _theorem(
        "BIP-7",
        "auctions",
        "The exact ascending auction ends at the least prices; Bertsekas' auction with increment "
        "eps ends within min(n, m) eps of the greatest welfare.",
        _DGS + "; Bertsekas (1981)",
        _auctions,
    ),
    _theorem(
        "BIP-8",
        "fair point",
        "The midpoint of the least and greatest equilibrium prices is an equilibrium price vector.",
        "Thompson (1981); " + _SHAPLEY,
        _fair_point,
    ),
    *CAPACITY_THEOREMS,
)
