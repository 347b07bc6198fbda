"""Markets with capacities: claimed pairs and prices against the definition and the lattice.

A buyer holds a best set exactly if no pair left out gives more than the least it holds, none held
gives less than 0, and with room left no pair left out gives more than 0. So one pass over the
values at each price vector, which finds the best pair left out of every buyer, decides (CAP-1).
Whether prices are the ends of the lattice is told by chains of ties (CAP-2), see `capacity_scan`.
A claim in which nothing is missed is told so by one call; others are looked at one by one.
O(edges) time, and for payments of buyers of several items see `removal`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.report import Check, ReportBuilder
from eqsolve.core.result import Result
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.verify.capacity_scan import Ledger, Seen, holds
from eqsolve.families.assignment_market.verify.common import (
    CONDITIONS,
    VECTORS,
    check_between,
    check_rule,
    check_sellers,
    check_welfare,
)
from eqsolve.families.assignment_market.verify.removal import check_payments
from eqsolve.families.assignment_market.verify.scan import Slack

__all__ = ["check_capacities"]

_DEFINITION = {
    check.id: check
    for check in (
        Check("assignment.pairs", "pairs trade once, along edges, within capacities"),
        *(
            check
            for name in VECTORS
            for check in (
                CONDITIONS[f"assignment.{name}.reserve"],
                Check(
                    f"assignment.{name}.buyer-demand",
                    f"at {name} every buyer holds a best set within its capacity",
                    "CAP-1",
                ),
            )
        ),
        Check("assignment.utilities", "claimed utilities are values minus prices"),
        CONDITIONS["assignment.between"],
        Check("assignment.price-min.end", "no equilibrium has lower prices", "CAP-2"),
        Check("assignment.price-max.end", "no equilibrium has higher prices", "CAP-2"),
    )
}
"""The conditions on trades, prices and utilities, by their ids, in the order of reports."""

_DUALITY = {
    check.id: check
    for check in (
        Check(
            "assignment.duality",
            "capacities times duals, and what pairs are worth beyond them, sum to the welfare",
            "CAP-1",
        ),
        Check("assignment.dual-feasible", "duals are >= 0", "CAP-1"),
    )
}
"""The conditions on duals, by their ids."""

_MEASURED = [
    *(f"assignment.{name}.{what}" for name in VECTORS for what in ("reserve", "buyer-demand")),
    *("assignment.utilities", "assignment.between", "assignment.duality"),
    "assignment.dual-feasible",
]
"""The conditions that `holds` measures, in its order."""


def check_capacities(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
) -> None:
    """Add all checks of a claim about a market with capacities to a report."""
    if not _check_shapes(builder, market, solution):
        return
    certificate = claim.certificate
    found = None
    if isinstance(certificate, DualCertificate):
        found = holds(market, solution, certificate, builder.tolerances, builder.scale)
    if found is None:
        _look_closer(builder, market, claim, solution)
        return
    worth, amounts = found
    missed = dict(zip(_MEASURED, amounts, strict=True))
    builder.hold(_DEFINITION.values(), missed)
    _check_closed(builder, market, solution.price_max)
    check_rule(builder, market, claim, solution)
    check_welfare(builder, claim, solution, worth)
    builder.hold(_DUALITY.values(), missed)
    check_payments(builder, market, solution)


def _look_closer(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
) -> None:
    """Add the checks one by one, and who breaks them."""
    slack = Slack.of(builder.tolerances, builder.scale)
    ledger = Ledger(market, solution, slack, builder.scale)
    if not _check_pairs(builder, market, ledger):
        return
    low, high, asked = map(ledger.at, (solution.price_min, solution.price_max, solution.prices))
    for name, seen in zip(VECTORS, (low, high, asked), strict=True):
        check_sellers(builder, market, name, seen.prices, ledger.sold >= ledger.units, seen.gap)
        _check_demand(builder, market, ledger, name, seen)
    _check_utilities(builder, market, solution, ledger, asked)
    check_between(builder, market, solution)
    _check_end(builder, market, "min", low.prices, ledger.falling(low))
    _check_end(builder, market, "max", high.prices, ledger.rising(high))
    _check_closed(builder, market, high.prices)
    check_rule(builder, market, claim, solution)
    _check_duality(builder, market, claim, solution, ledger)
    check_payments(builder, market, solution)


def _check_shapes(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> bool:
    """Check that every array has one entry per agent; silent when all is well."""
    n, m = market.n_buyers, market.n_sellers
    sizes = {"prices": m, "price_min": m, "price_max": m, "utilities": n}
    if solution.has_payments:
        sizes["vcg_payments"] = n
    problems = [
        f"{name} has shape {getattr(solution, name).shape}, expected ({size},)"
        for name, size in sizes.items()
        if getattr(solution, name).shape != (size,)
    ]
    shape = () if solution.pairs is None else solution.pairs.shape
    if solution.pairs is None or len(shape) != 2 or shape[1] != 2:
        problems.append(f"pairs has shape {shape}, expected (trades, 2)")
    elif solution.pairs.dtype.kind not in "iu":
        problems.append("pairs holds what is no whole number")
    if np.shape(solution.matching) or solution.price_path is not None:
        problems.append("a market with capacities has pairs, no matching and no price path")
    if not problems:
        return True
    return builder.require("assignment.shape", "arrays have one entry per agent", problems)


def _check_pairs(builder: ReportBuilder, market: AssignmentMarket, ledger: Ledger) -> bool:
    """Check that the pairs are edges, sorted, none twice, within the capacities of both sides."""
    problems = [] if ledger.hold else list(_problems(market, ledger))
    check = _DEFINITION["assignment.pairs"]
    return builder.require(check.id, check.condition, problems)


def _problems(market: AssignmentMarket, ledger: Ledger) -> Iterator[str]:
    """Yield what is wrong with the pairs, and where they exceed capacities."""
    for t in np.flatnonzero(ledger.fault).tolist():
        i, j = ledger.buyers[t].item(), ledger.sellers[t].item()
        if ledger.fault[t] == 1:
            n, m = market.values.shape
            yield f"the pair ({i}, {j}) is not among {n} buyers and {m} sellers"
            continue
        buyer, seller = market.label("buyers", i), market.label("sellers", j)
        yield {
            2: f"the pairs are not sorted: ({i}, {j}) stands too late",
            3: f"{buyer} and {seller} trade twice",
            4: f"{buyer} buys from {seller}, but there is no edge between them",
        }[ledger.fault[t].item()]
    for side, word, counts, limits in (
        ("buyers", "takes", ledger.taken, market.capacities[0]),
        ("sellers", "sells", ledger.sold, market.capacities[1]),
    ):
        for k in np.flatnonzero(counts > limits).tolist():
            yield f"{market.label(side, k)} {word} {counts[k]}, its capacity is {limits[k]}"


def _check_demand(
    builder: ReportBuilder, market: AssignmentMarket, ledger: Ledger, name: str, seen: Seen
) -> None:
    """Check that every buyer holds a best set; the amount bounds what it could gain."""

    def describe(i: int) -> str:
        who = market.label("buyers", i)
        ours = np.flatnonzero(ledger.buyers == i)
        columns, values = market.values.row(i)
        free = ~np.isin(columns, ledger.sellers[ours])
        columns, surplus = columns[free], (values - seen.prices[columns])[free]
        worst = ours[seen.held[ours].argmin()] if len(ours) else -1
        if worst >= 0 and (not ledger.room[i] or seen.held[worst] < 0):
            seller = market.label("sellers", int(ledger.sellers[worst]))
            has = f"holds {seller}, which leaves it {seen.held[worst]}"
        else:
            has = f"has room for {ledger.room[i]} more"
        if not len(surplus) or surplus.max() <= 0:
            return f"{who} {has}, and would rather hold less"
        k = int(surplus.argmax())
        return (
            f"{who} {has}, but {market.label('sellers', int(columns[k]))} at price "
            f"{seen.prices[columns[k]]} would give {surplus[k]}"
        )

    builder.judge(
        _DEFINITION[f"assignment.{name}.buyer-demand"],
        seen.regret,
        lambda: np.maximum(ledger.by_buyer(ledger.own), seen.paid),
        describe,
    )


def _check_utilities(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    ledger: Ledger,
    seen: Seen,
) -> None:
    """Check the claimed utilities."""
    builder.judge(
        _DEFINITION["assignment.utilities"],
        np.abs(solution.utilities - seen.kept),
        lambda: ledger.by_buyer(ledger.own),
        lambda i: (
            f"{market.label('buyers', i)} has utility {seen.kept[i]}, not {solution.utilities[i]}"
        ),
    )


def _check_end(
    builder: ReportBuilder,
    market: AssignmentMarket,
    end: str,
    prices: NumberArray,
    places: IntArray,
) -> None:
    """Check that no price can move beyond an end of the lattice."""
    check, move = _DEFINITION[f"assignment.price-{end}.end"], "fall" if end == "min" else "rise"
    more = f" together with {len(places) - 1} others" if len(places) > 1 else ""
    builder.require(
        check.id,
        check.condition,
        [
            f"the price {prices[j]} of {market.label('sellers', int(j))} could {move}{more}"
            for j in places[:1]
        ],
        theorem=check.theorem,
    )


def _check_closed(builder: ReportBuilder, market: AssignmentMarket, prices: NumberArray) -> None:
    """Check the greatest prices of sellers without units: as high as anybody values a unit.

    They have no upper end; beyond these nobody would take a unit even if nothing else were better.
    """
    capacities = market.seller_capacities
    if capacities is None or capacities.all():
        return
    closed = np.flatnonzero(capacities == 0)
    _, indices, data = market.values.csr()
    top = market.reserves.astype(np.result_type(market.reserves, data))
    np.maximum.at(top, indices, data)
    builder.compare(
        "assignment.price-max.closed",
        "the greatest price of a seller without units is the greatest value of one",
        np.abs(prices - top)[closed],
        top[closed],
        lambda k: (
            f"{market.label('sellers', int(closed[k]))} without units has price "
            f"{prices[closed[k]]}, not {top[closed[k]]}"
        ),
        theorem="CAP-2",
    )


def _check_duality(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
    ledger: Ledger,
) -> None:
    """Check welfare, objective, bounds and CAP-1: the duals sum to the welfare."""
    welfare = ledger.welfare
    magnitude = check_welfare(builder, claim, solution, welfare)
    certificate = claim.certificate
    if isinstance(certificate, DualCertificate):
        rows, columns = certificate.row_duals, certificate.column_duals
    else:
        rows, columns = ledger.at(solution.prices).other, solution.prices - market.reserves
    if rows.shape != (market.n_buyers,) or columns.shape != (market.n_sellers,):
        builder.require(
            "assignment.certificate", "duals have one entry per agent", ["wrong number of duals"]
        )
        return
    total = ledger.dual_sum(rows, columns, ledger.at(columns + market.reserves))
    builder.judge(
        _DUALITY["assignment.duality"],
        abs(total - welfare),
        magnitude,
        lambda: f"duals sum to {total}, trades are worth {welfare}",
    )
    builder.judge(
        _DUALITY["assignment.dual-feasible"],
        np.concatenate([-rows, -columns]),
        builder.scale,
        lambda k: (
            f"{market.label('buyers', k)} has a negative dual"
            if k < market.n_buyers
            else f"{market.label('sellers', k - market.n_buyers)} has a negative dual"
        ),
    )
