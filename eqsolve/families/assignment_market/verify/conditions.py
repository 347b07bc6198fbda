"""Is a claimed result of an assignment market right? Every condition, and who breaks it.

Works from the instance and the claimed matching and prices alone; shares no code with the
kernels. Checks the definition of equilibrium at the asked, least and greatest prices, that
these two are the ends of the lattice (BIP-2..4), and the duality of BIP-5. O(edges) time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, is_integral
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution, item_prices
from eqsolve.families.assignment_market.verify.capacities import check_capacities
from eqsolve.families.assignment_market.verify.common import (
    check_between,
    check_rule,
    check_sellers,
    check_welfare,
    total_of,
)
from eqsolve.families.assignment_market.verify.price_ends import can_fall, can_rise
from eqsolve.families.assignment_market.verify.price_path import check_path
from eqsolve.families.assignment_market.verify.scan import Scan, Slack, scan_all

__all__ = ["verify"]

_EXACT = 2.0**61
"""Whole numbers up to here can be added and subtracted in 64 bits."""

_NOTHING: IntArray = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Scans:
    """One scan for each price vector that differs from the others."""

    market: AssignmentMarket
    slack: Slack
    _done: list[Scan] = field(default_factory=list)

    def read(self, vectors: Sequence[NumberArray]) -> None:
        """Scan at all these prices at once, which reads the values once."""
        fresh: list[NumberArray] = []
        for prices in vectors:
            if not any(np.array_equal(prices, other) for other in fresh):
                fresh.append(prices)
        self._done.extend(scan_all(self.market, fresh, self.slack))

    def at(self, prices: NumberArray) -> Scan:
        """Return the scan at `prices`."""
        for seen in self._done:
            if seen.prices is prices or np.array_equal(seen.prices, prices):
                return seen
        self.read([prices])
        return self._done[-1]


def verify(
    market: AssignmentMarket,
    result: Result[AssignmentSolution] | AssignmentSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed to be an equilibrium.
    tolerance : relative; not used when market and claim are whole (or half) numbers, which are
        compared exactly.
    deadline : when to end the searches; None: never. The definition is always checked.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> str(verify(market, solve(market)))
    'valid: 19 conditions hold exactly'
    """
    claim = claim_of(result)
    scale = market.scale
    exact = (
        market.is_integral
        and scale * market.most_items < _EXACT
        and claim.solution is not None
        and _is_exact(claim.solution)
    )
    builder = ReportBuilder(EXACT if exact else Tolerances(tolerance), scale, deadline)
    if claim.solution is None:
        claims = [claim.status.value] if claim.status is Status.NO_EQUILIBRIUM else []
        builder.require(
            "assignment.existence",
            "every assignment market has an equilibrium",
            [f"status {word!r}, but an equilibrium always exists" for word in claims],
            theorem="BIP-1",
        )
        return builder.finish()
    solution = claim.solution
    if market.has_capacities:
        check_capacities(builder, market, claim, solution)
    elif _check_shapes(builder, market, solution) and _check_matching(
        builder, market, solution.matching
    ):
        own = _own_values(market, solution.matching)
        scans = _Scans(market, Slack.of(builder.tolerances, scale))
        scans.read([solution.price_min, solution.price_max, solution.prices])
        _check_prices(builder, market, solution, own, scans)
        _check_ends(builder, market, solution, own, scans)
        check_rule(builder, market, claim, solution)
        _check_duality(builder, market, claim, solution, own, scans)
        check_path(builder, market, solution)
    return builder.finish()


def _check_shapes(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> bool:
    """Check that every array has one entry per agent; silent when all is well."""
    n, m = market.n_buyers, market.n_sellers
    problems = [
        f"{name} has shape {np.shape(getattr(solution, name))}, expected ({size},)"
        for name, size in (
            ("matching", n),
            ("prices", m),
            ("price_min", m),
            ("price_max", m),
            ("utilities", n),
            ("vcg_payments", n),
        )
        if np.shape(getattr(solution, name)) != (size,)
    ]
    if not problems:
        return True
    return builder.require("assignment.shape", "arrays have one entry per agent", problems)


def _is_exact(solution: AssignmentSolution) -> bool:
    """Return whether every claimed number is a multiple of one half, so that sums are exact."""
    claimed = (solution.prices, solution.price_min, solution.price_max, solution.utilities)
    whole = [vector.ravel() for vector in claimed if is_integral(vector)]
    return all(
        bool(((vector * 2 == np.rint(vector * 2)) & (np.abs(vector) < 2**50)).all())
        for vector in claimed
        if not is_integral(vector)
    ) and bool(np.abs(np.concatenate([_NOTHING, *whole])).max() < _EXACT)


def _check_matching(builder: ReportBuilder, market: AssignmentMarket, matching: IntArray) -> bool:
    """Check that the claimed matching is one: lengths, ranges, edges, nobody twice."""
    problems = []
    matched = np.flatnonzero(matching >= 0)
    sellers = matching[matched]
    outside = matched[sellers >= market.n_sellers]
    if len(outside):
        buyer = int(outside[0])
        problems.append(
            f"{market.label('buyers', buyer)} is matched to seller {matching[buyer]}, "
            f"but there are {market.n_sellers} sellers"
        )
    else:
        order = np.argsort(sellers, kind="stable")
        twice = np.flatnonzero(np.diff(sellers[order]) == 0)
        problems += [
            f"{market.label('sellers', int(sellers[order[k]]))} is matched to both "
            f"{market.label('buyers', int(matched[order[k]]))} and "
            f"{market.label('buyers', int(matched[order[k + 1]]))}"
            for k in twice
        ]
        absent = np.flatnonzero(market.values.at(matched, sellers) < 0)
        problems += [
            f"{market.label('buyers', int(matched[k]))} is matched to "
            f"{market.label('sellers', int(sellers[k]))}, but there is no edge between them"
            for k in absent
        ]
    return builder.require(
        "assignment.matching", "each agent trades at most once, along edges", problems
    )


def _own_values(market: AssignmentMarket, matching: IntArray) -> NumberArray:
    """Return each buyer's value for its own item, 0 if unmatched."""
    matched = np.flatnonzero(matching >= 0)
    held = market.values.at(matched, matching[matched])
    own = np.zeros(len(matching), dtype=held.dtype)
    own[matched] = held
    return own


def _check_prices(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    own: NumberArray,
    scans: _Scans,
) -> None:
    """Check the definition at the three claimed price vectors, and the claimed utilities."""
    matched = np.flatnonzero(solution.matching >= 0)
    sold = np.zeros(market.n_sellers, dtype=bool)
    sold[solution.matching[matched]] = True
    utility = own
    for name, prices in (
        ("price-min", solution.price_min),
        ("price-max", solution.price_max),
        ("prices", solution.prices),
    ):
        best = scans.at(prices).best
        paid = item_prices(solution.matching, prices)
        utility = own - paid
        gap = np.where(sold, market.reserves - prices, np.abs(prices - market.reserves))
        check_sellers(builder, market, name, prices, sold, gap)
        builder.compare(
            f"assignment.{name}.buyer-demand",
            f"at {name} every buyer gets a most preferred item, or nothing if none gains",
            best - utility,
            np.maximum(own, np.abs(paid)),
            lambda i, prices=prices, utility=utility: _envy(market, prices, utility, i),
            theorem="BIP-1",
        )
    builder.compare(
        "assignment.utilities",
        "claimed utilities are value minus price",
        np.abs(solution.utilities - utility),
        own,
        lambda i: (
            f"{market.label('buyers', i)} has utility {utility[i]}, not {solution.utilities[i]}"
        ),
    )
    due = item_prices(solution.matching, solution.price_min)
    builder.compare(
        "assignment.vcg-payments",
        "VCG payments are the least prices of the items bought",
        np.abs(solution.vcg_payments - due),
        own,
        lambda i: (
            f"{market.label('buyers', i)} owes {due[i]} under VCG, not {solution.vcg_payments[i]}"
        ),
        theorem="BIP-4",
    )


def _envy(market: AssignmentMarket, prices: NumberArray, utility: NumberArray, buyer: int) -> str:
    """Say what the buyer would rather have, and how much better."""
    columns, values = market.values.row(buyer)
    surplus = values - prices[columns]
    who = market.label("buyers", buyer)
    if not len(surplus) or surplus.max() <= 0:
        return f"{who} has utility {utility[buyer]}, and would rather buy nothing"
    k = int(surplus.argmax())
    return (
        f"{who} has utility {utility[buyer]}, but {market.label('sellers', int(columns[k]))} at "
        f"price {prices[columns[k]]} would give {surplus[k]}: better by "
        f"{surplus[k] - utility[buyer]}"
    )


def _check_ends(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    own: NumberArray,
    scans: _Scans,
) -> None:
    """Check that price_min and price_max are the two ends, and that prices lie between them."""
    low, high, matching = solution.price_min, solution.price_max, solution.matching
    check_between(builder, market, solution)
    for end, word, prices, free in (
        ("min", "lower", low, can_fall(market, matching, own, scans.at(low))),
        ("max", "higher", high, can_rise(market, matching, own, scans.at(high))),
    ):
        move = "fall" if end == "min" else "rise"
        builder.require(
            f"assignment.price-{end}.end",
            f"no equilibrium has {word} prices",
            [
                f"the price {prices[j]} of {market.label('sellers', int(j))} could {move}"
                + (f" together with {len(free) - 1} others" if len(free) > 1 else "")
                for j in free[:1]
            ],
            theorem="BIP-4" if end == "min" else "BIP-3",
        )


def _check_duality(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
    own: NumberArray,
    scans: _Scans,
) -> None:
    """Check welfare, objective, bounds and BIP-5: utilities and price margins sum to welfare."""
    welfare = total_of(own - item_prices(solution.matching, market.reserves))
    magnitude = check_welfare(builder, claim, solution, welfare)
    certificate = claim.certificate
    if isinstance(certificate, DualCertificate):
        rows, columns = certificate.row_duals, certificate.column_duals
    else:
        rows, columns = scans.at(solution.prices).best, solution.prices - market.reserves
    if rows.shape != (market.n_buyers,) or columns.shape != (market.n_sellers,):
        builder.require(
            "assignment.certificate", "duals have one entry per agent", ["wrong number of duals"]
        )
        return
    total = total_of(rows) + total_of(columns)
    builder.compare(
        "assignment.duality",
        "utilities and price margins sum to the welfare",
        abs(total - welfare),
        magnitude,
        lambda: f"duals sum to {total}, trades are worth {welfare}",
        theorem="BIP-5",
    )
    needed = scans.at(columns + market.reserves).best
    low = np.concatenate([needed - rows, -columns])
    builder.compare(
        "assignment.dual-feasible",
        "duals are >= 0 and cover every edge",
        low,
        builder.scale,
        lambda k: (
            f"{market.label('buyers', k)} has dual {rows[k]}, below {needed[k]}"
            if k < market.n_buyers
            else f"{market.label('sellers', k - market.n_buyers)} has a negative dual"
        ),
        theorem="BIP-5",
    )
