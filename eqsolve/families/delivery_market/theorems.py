"""The theorems on delivery markets (TIP-0 to TIP-6) as claims about any instance.

The claims decide what an equilibrium is by a brute force of their own: every set of
transactions, and the definition itself as a linear program. So they apply to small markets only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, permutations
from math import comb, factorial

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.errors import BackendError
from eqsolve.core.status import Status
from eqsolve.core.theorem import Theorem
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.questions.tips import with_tips
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.solve import tipped_equilibrium
from eqsolve.families.delivery_market.structure import find_structure
from eqsolve.families.delivery_market.supported import support
from eqsolve.families.delivery_market.verify.conditions import verify

__all__ = ["THEOREMS"]

_SOURCE = "Gonczarowski, Ma and Parkes 2025, Pricing with Tips in Three-Sided Delivery Platforms"
_MOST_SETS = 400

_Triple = tuple[int, int, int]


def _sets(market: DeliveryMarket) -> Iterator[tuple[_Triple, ...]]:
    """Yield every set of deliverable transactions."""
    costs = market.costs.tensor()
    sides = (market.n_buyers, market.n_stores, market.n_couriers)
    for size in range(min(sides) + 1):
        for buyers in combinations(range(sides[0]), size):
            for stores in permutations(range(sides[1]), size):
                for couriers in permutations(range(sides[2]), size):
                    rows = tuple(zip(buyers, stores, couriers, strict=True))
                    if all(np.isfinite(costs[k, i, j]) for i, j, k in rows):
                        yield rows


def _is_small(market: DeliveryMarket) -> bool:
    """Return whether all sets of transactions can be looked at."""
    sides = (market.n_buyers, market.n_stores, market.n_couriers)
    count = sum(
        comb(sides[0], size) * comb(sides[1], size) * comb(sides[2], size) * factorial(size) ** 2
        for size in range(min(sides) + 1)
    )
    return count <= _MOST_SETS


def _welfare(market: DeliveryMarket, rows: tuple[_Triple, ...]) -> float:
    """Return the sum of values minus costs."""
    costs = market.costs.tensor()
    return sum(float(market.values[i, j] - costs[k, i, j]) for i, j, k in rows)


def _is_equilibrium(market: DeliveryMarket, rows: tuple[_Triple, ...]) -> bool:
    """Return whether the definition has a solution: one linear program in p, d, t, pi, u."""
    from scipy import sparse

    from eqsolve.algorithms.programs.answer import Solved
    from eqsolve.algorithms.programs.linear import maximize_linear
    from eqsolve.algorithms.programs.rows import Rows
    from eqsolve.core.limits import Deadline

    n, m, couriers = market.n_buyers, market.n_stores, market.n_couriers
    costs = market.costs.tensor()
    starts = np.cumsum([0, m, n * m, n * m, n, couriers])
    at_p, at_d, at_t, at_pi, at_u, width = starts.tolist()
    if width == 0:
        return True
    buyer_of = {(i, j) for i, j, _ in rows}
    carrier_of = {(k, i, j) for i, j, k in rows}
    lines = Rows(width)

    def at_most(row: dict[int, float], limit: float) -> None:
        lines.at_most(limit, (0, list(row), list(row.values())))

    def equal(row: dict[int, float], limit: float) -> None:
        lines.equal(limit, (0, list(row), list(row.values())))

    for i in range(n):
        for j in range(m):
            order = i * m + j
            paid = {at_p + j: -1.0, at_t + order: -1.0, at_pi + i: -1.0}
            rule = equal if (i, j) in buyer_of else at_most
            rule(paid, -float(market.values[i, j]))
            for k in range(couriers):
                if np.isfinite(costs[k, i, j]):
                    earned = {at_d + order: 1.0, at_t + order: 1.0, at_u + k: -1.0}
                    rule = equal if (k, i, j) in carrier_of else at_most
                    rule(earned, float(costs[k, i, j]))
    involved = [{row[side] for row in rows} for side in range(3)]
    for start, size, agents in (
        (at_pi, n, involved[0]),
        (at_p, m, involved[1]),
        (at_u, couriers, involved[2]),
    ):
        for agent in set(range(size)) - agents:
            at_most({start + agent: 1.0}, 0.0)
    if not market.tips:
        for order in range(n * m):
            at_most({at_t + order: 1.0}, 0.0)
    # phase one: x = 0 is feasible once every row may be missed by its own amount s
    count = lines.height
    if not count:
        return True
    matrix = sparse.hstack([lines.matrix(), -sparse.eye_array(count)]).tocsr()
    objective = np.append(np.zeros(width), np.full(count, -1.0))
    answer = maximize_linear(objective, matrix, lines.right(), Deadline())
    if not isinstance(answer, Solved):
        raise BackendError(f"the definition could not be decided: {answer}")
    return answer.objective > -1e-6 * max(1.0, market.scale)


def _best(market: DeliveryMarket) -> float | None:
    """Return the greatest welfare of an equilibrium, None where there is none."""
    ranked = sorted(_sets(market), key=lambda rows: -_welfare(market, rows))
    for rows in ranked:
        if _is_equilibrium(market, rows):
            return _welfare(market, rows)
    return None


def _close(market: DeliveryMarket, one: float, other: float) -> bool:
    """Return whether two amounts are equal up to rounding."""
    return abs(one - other) <= 1e-6 * max(1.0, market.scale)


def _tip_0(market: DeliveryMarket) -> str | None:
    for rows in _sets(market):
        found = support(market, rows)
        if found.supported != _is_equilibrium(market, rows):
            word = "supported" if found.supported else "not supported"
            return f"{list(rows)} is {word} by the test, against the definition"
        if found.solution is not None and not verify(market, found.solution).valid:
            return f"the supporting prices of {list(rows)} are no equilibrium"
    return None


def _exists(market: DeliveryMarket, tips: bool, words: str) -> str | None:
    """Return None where an equilibrium exists and the solver finds the best, else a sentence."""
    market = with_tips(market, tips)
    best = _best(market)
    if best is None:
        return f"there is no equilibrium {words}"
    result = tipped_equilibrium(market)
    if result.status is not Status.SOLVED or not _close(market, result.require().welfare, best):
        return f"the best equilibrium has welfare {best:g}, the solver says {result.objective}"
    return None


def _tip_1(market: DeliveryMarket) -> str | None:
    return _exists(market, True, "with tips although all costs are finite")


def _tip_1_forbidden(market: DeliveryMarket) -> str | None:
    market = with_tips(market, True)
    if _best(market) is not None:
        return None
    status = tipped_equilibrium(market).status
    return f"no set of transactions is an equilibrium with tips; the solver says {status.value}"


def _tip_2(market: DeliveryMarket) -> str | None:
    return _exists(market, False, "without tips although there are enough couriers")


def _tip_3(market: DeliveryMarket) -> str | None:
    tipped, untipped = (_best(with_tips(market, tips)) for tips in (True, False))
    if untipped is not None and (tipped is None or tipped < untipped - 1e-6 * market.scale):
        return f"best welfare {tipped} with tips, {untipped:g} without"
    return None


def _tip_4(market: DeliveryMarket) -> str | None:
    market = with_tips(market, True)
    result = tipped_equilibrium(market)
    if result.solution is None or result.solution.efficient_welfare is None:
        return None
    efficient = result.solution.efficient_welfare
    if result.solution.welfare < efficient - 1e-6 * max(1.0, market.scale):
        return f"efficient welfare {efficient:g}, best equilibrium {result.solution.welfare:g}"
    return None


def _tip_5(market: DeliveryMarket) -> str | None:
    market = with_tips(market, True)
    every = [(_welfare(market, rows), rows) for rows in _sets(market)]
    efficient = max(amount for amount, _ in every)
    if find_structure(market.costs) is not None:
        result = tipped_equilibrium(market, method="structured")
        if not _close(market, result.require().welfare, efficient):
            return f"efficient welfare {efficient:g}, the solver says {result.objective}"
        return _unsupported(market, [rows for amount, rows in every if amount == efficient])
    working = [
        rows for amount, rows in every if amount == efficient and len(rows) == market.n_couriers
    ]
    return _unsupported(market, working)


def _unsupported(market: DeliveryMarket, efficient: list[tuple[_Triple, ...]]) -> str | None:
    """Return a sentence on the first of the efficient sets that is not supported."""
    for rows in efficient:
        if not support(market, rows).supported:
            return f"the efficient transactions {list(rows)} are not supported"
    return None


def _tip_6(market: DeliveryMarket) -> str | None:
    plain = tipped_equilibrium(market)
    if plain.status is not Status.SOLVED:
        return None
    best = {}
    for choose in ("cash_flow", "least_tips", "least_subsidy", "buyers", "couriers"):
        result = tipped_equilibrium(market, choose=choose)
        solution = result.require()
        if not verify(market, result).valid:
            return f"the equilibrium chosen by {choose} is none"
        best[choose] = replace(solution)
    slack = 1e-6 * max(1.0, market.scale) * (1 + market.n_buyers * market.n_stores)
    for name, solution in [*best.items(), ("none", plain.require())]:
        subsidy, most = (
            float(np.maximum(each.compensations - each.prices[None, :], 0)[_placed(each)].sum())
            for each in (solution, best["least_subsidy"])
        )
        if subsidy < most - slack:
            return f"{name} needs a subsidy of {subsidy:g}, the least was said to be {most:g}"
        if solution.platform_cash_flow > best["cash_flow"].platform_cash_flow + slack:
            return f"{name} has a greater cash flow than cash_flow"
        if float(solution.tips.sum()) < float(best["least_tips"].tips.sum()) - slack:
            return f"{name} has less tips than least_tips"
        if float(solution.buyer_utilities.sum()) > (
            float(best["buyers"].buyer_utilities.sum()) + slack
        ):
            return f"{name} is better for buyers than buyers"
    return None


def _placed(solution: DeliverySolution) -> tuple[IntArray, IntArray]:
    """Return the buyers and stores of the placed orders."""
    return solution.transactions[:, 0], solution.transactions[:, 1]


def _is_finite(market: DeliveryMarket) -> bool:
    """Return whether everybody can deliver everything, and the market is small."""
    return _is_small(market) and not market.costs.has_forbidden


def _is_staffed(market: DeliveryMarket) -> bool:
    """Return whether, besides, there are couriers for every buyer or for every store."""
    return _is_finite(market) and market.n_couriers >= min(market.n_buyers, market.n_stores)


def _theorem(
    id: str,
    title: str,
    statement: str,
    claim: Callable[[DeliveryMarket], str | None],
    applies: Callable[[DeliveryMarket], bool],
    words: str,
    *,
    strategy: str = "delivery_markets",
    can_happen: bool = False,
) -> Theorem:
    """Return a theorem of this family."""
    return Theorem(
        id=id,
        title=title,
        statement=statement,
        source=_SOURCE,
        kind="delivery_market",
        claim=claim,
        applies=applies,
        hypotheses=words,
        strategy=strategy,
        can_happen=can_happen,
    )


_SMALL = f"at most {_MOST_SETS} sets of transactions"

THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        "TIP-0",
        "support lemma",
        "Transactions are supported iff couriers are cheapest and the orders are a maximum-weight "
        "matching under v on them and v - tau off them, tau the marginal cost of one more order.",
        _tip_0,
        _is_small,
        _SMALL,
    ),
    _theorem(
        "TIP-1",
        "existence with tips",
        "With finite costs an equilibrium with tips exists.",
        _tip_1,
        _is_finite,
        f"finite costs; {_SMALL}",
    ),
    _theorem(
        "TIP-1-forbidden",
        "forbidden deliveries",
        "With forbidden deliveries there may be no equilibrium with tips.",
        _tip_1_forbidden,
        lambda market: _is_small(market) and market.costs.has_forbidden,
        f"some delivery is forbidden; {_SMALL}",
        strategy="rival_courier_markets",
        can_happen=True,
    ),
    _theorem(
        "TIP-2",
        "existence without tips",
        "Without tips an equilibrium exists with finite costs and as many couriers as buyers or "
        "as stores.",
        _tip_2,
        _is_staffed,
        f"finite costs, enough couriers; {_SMALL}",
    ),
    _theorem(
        "TIP-3",
        "tips do no harm",
        "The best welfare with tips is at least the best welfare without.",
        _tip_3,
        _is_small,
        _SMALL,
    ),
    _theorem(
        "TIP-4",
        "efficient outcomes may fail",
        "The efficient transactions need not be supported, even with tips.",
        _tip_4,
        _is_finite,
        f"finite costs; {_SMALL}",
        strategy="rival_courier_markets",
        can_happen=True,
    ),
    _theorem(
        "TIP-5",
        "structure",
        "With identical couriers, courier constants, pick-up legs or drop-off legs every efficient "
        "set of transactions is supported; so is any efficient one that uses every courier.",
        _tip_5,
        _is_finite,
        f"finite costs; {_SMALL}",
    ),
    _theorem(
        "TIP-6",
        "a polytope of supports",
        "The supporting prices, tips, compensations and utilities of fixed transactions form a "
        "polytope, so that a linear program chooses among them.",
        _tip_6,
        _is_small,
        _SMALL,
    ),
)
