"""Does a claimed price path of an ascending auction hold? It is replayed from the reserves.

Each raised set must be overdemanded at the prices of the moment (more buyers want only items
inside it than it has items), and the last prices must be the claimed least ones (BIP-7).
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.verify.scan import Slack, scan

__all__ = ["check_path"]

_WORK = 50_000_000
"""Values read at most while replaying."""


def check_path(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> None:
    """Add the checks of a price path to a report, if there is one."""
    path = solution.price_path
    if path is None:
        return
    kind = np.result_type(market.reserves, *(np.asarray(step.increase).dtype for step in path))
    prices = market.reserves.astype(kind)
    slack = Slack.of(builder.tolerances, builder.scale)
    most = _WORK // max(1, 2 * market.values.n_edges)
    problems = []
    with builder.search("that every raised set of the price path is overdemanded") as poll:
        now = prices.copy()
        for place, step in enumerate(path[:most]):
            poll()
            raised = list(step.sellers)
            wanted = _confined(market, now, raised, slack)
            if wanted <= len(raised):
                problems.append(
                    f"step {place} raises {len(raised)} prices, but only {wanted} buyers demand "
                    "nothing outside that set"
                )
            now[raised] += step.increase
    for step in path:
        prices[list(step.sellers)] += step.increase
    builder.require(
        "assignment.price-path.overdemanded",
        "every raised set is overdemanded when it is raised",
        problems,
        theorem="BIP-7",
    )
    if most < len(path):
        builder.leave(f"overdemand along the price path was checked up to step {most} only")
    builder.compare(
        "assignment.price-path.end",
        "the price path ends at the least prices",
        np.abs(prices - solution.price_min),
        solution.price_min,
        lambda j: (
            f"the path ends with price {prices[j]} for {market.label('sellers', j)}, "
            f"not {solution.price_min[j]}"
        ),
        theorem="BIP-7",
    )


def _confined(
    market: AssignmentMarket, prices: NumberArray, raised: list[int], slack: Slack
) -> int:
    """Return how many buyers gain at `prices` and demand nothing outside the set."""
    inside = np.zeros(market.n_sellers, dtype=bool)
    inside[raised] = True
    # A price beyond every value takes an item out of the choice.
    beyond = np.abs(prices).max(initial=0) + int(market.scale) + 1
    within = scan(market, np.where(inside, prices, beyond), slack).best
    without = scan(market, np.where(inside, beyond, prices), slack).best
    if slack.relative == 0:
        return int(np.count_nonzero(within > without))
    # Ties that rounding may have broken count in favor of the claim.
    close = within >= without - slack.at(without)
    return int(np.count_nonzero(close & (within > 0)))
