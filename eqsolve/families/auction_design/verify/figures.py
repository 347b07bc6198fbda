"""Whether revenue, welfare and utilities are those of the mechanism.

Over all types where they are enumerated; else on the same draws, and on fresh ones that have to
agree within standard errors. The mean of draws gives way to a formula where there is one (SEQ-7,
MEC-7). Cost: types x entries, or draws x entries, twice.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import DirectMechanism, ScoreMechanism
from eqsolve.families.auction_design.verify.bounds import one_item_integral
from eqsolve.families.auction_design.verify.one_price import one_price_revenue
from eqsolve.families.auction_design.verify.revenue import (
    MOST_PAIRS,
    Earned,
    counted,
    drawn,
    interval_of,
    mean_of,
    n_pairs,
)

__all__ = ["check_earned"]

_ERRORS = 5.0
"""Standard errors by which an estimate may differ from a fresh one."""

_ELSEWHERE = 1_000_003
"""Added to the seed of the report for fresh draws."""

_LEAST_FRESH = 4096
"""Fresh draws at least."""


def check_earned(
    builder: ReportBuilder, design: AuctionDesign, solution: DesignSolution, objective: float | None
) -> bool:
    """Recompute revenue, welfare and utilities; return whether it is said how they are told."""
    if objective is not None:
        _equal(
            builder, "design.objective", "the objective is the revenue", objective, solution.revenue
        )
    look = _exactly if solution.revenue_exact else _on_draws
    return look(builder, design, solution)


def _exactly(builder: ReportBuilder, design: AuctionDesign, solution: DesignSolution) -> bool:
    """Enumerate all types."""
    told = (solution.revenue_interval, solution.report_draws, solution.report_seed)
    problems = ["an exact revenue has no interval and no draws"] if told != (None,) * 3 else []
    pairs = n_pairs(solution.mechanism, design)
    if pairs is None:
        problems.append("there are infinitely many types, so that revenue is no enumeration")
    builder.require("design.exact", "what is exact is enumerated", problems)
    if pairs is None or pairs > MOST_PAIRS:
        builder.leave("that the revenue is exact: there are too many types to enumerate")
        return not problems
    earned = None
    with builder.search("that the revenue is what is claimed") as poll:
        earned = counted(solution.mechanism, design, poll)
    if earned is not None:
        _equal(
            builder, "design.revenue", "revenue is what buyers pay, over all types",
            solution.revenue, float(earned.payments.sum()),
        )  # fmt: skip
        _figures(builder, solution, earned)
    return not problems


def _on_draws(builder: ReportBuilder, design: AuctionDesign, solution: DesignSolution) -> bool:
    """Play the same draws again, then fresh ones."""
    draws, seed, interval = (
        solution.report_draws, solution.report_seed, solution.revenue_interval,
    )  # fmt: skip
    problems = []
    if draws is None or seed is None or interval is None:
        problems.append("an estimate needs report_draws, report_seed and revenue_interval")
    if isinstance(solution.mechanism, DirectMechanism):
        problems.append("a mechanism that lists profiles is enumerated, not played on draws")
    if draws is not None and draws < 2:
        problems.append("one draw has no interval")
    if not builder.require("design.report", "an estimate says on which draws", problems):
        return False
    assert draws is not None
    assert seed is not None
    assert interval is not None
    first = second = None
    with builder.search("that the revenue is what is claimed") as poll:
        first = drawn(solution.mechanism, design, draws, seed, poll)
        fresh_draws = max(draws, _LEAST_FRESH)
        second = drawn(solution.mechanism, design, fresh_draws, seed + _ELSEWHERE, poll)
    if first is None or second is None or first.runs is None or second.runs is None:
        return False
    mean, _ = mean_of(first.runs)
    ends = np.array(interval_of(first.runs))
    _equal(
        builder, "design.interval", "the interval is mean ± 1.96 s / sqrt N",
        np.array(interval), ends,
    )  # fmt: skip
    _revenue(builder, design, solution, mean)
    _figures(builder, solution, first)
    fresh, other = mean_of(second.runs)
    # The deviation is that of the fresh runs: a few draws may all be alike.
    room = _ERRORS * other * float(np.sqrt(1 + len(second.runs) / draws))
    builder.compare(
        "design.fresh", "fresh draws agree within 5 standard errors",
        abs(solution.revenue - fresh) - room, max(abs(fresh), room),
        lambda: f"{solution.revenue:.6g} is claimed, fresh draws: {fresh:.6g} ± {other:.2g}",
        theorem="MEC-11",
    )  # fmt: skip
    return True


def _revenue(
    builder: ReportBuilder, design: AuctionDesign, solution: DesignSolution, mean: float
) -> None:
    """Check the revenue: by a formula where there is one, else by the mean of the draws."""
    by_mean = abs(solution.revenue - mean) <= 1e-6 * mean
    scored = isinstance(solution.mechanism, ScoreMechanism)
    # An integral, or prices, are more exact than the mean of draws.
    exact = one_item_integral(design.laws) if scored and not by_mean else None
    formula = None if by_mean else one_price_revenue(solution.mechanism, design)
    if formula is not None:
        builder.compare(
            "design.revenue", "revenue is prices times chances of a sale",
            abs(solution.revenue - formula), max(abs(formula), abs(solution.revenue)),
            lambda: f"{solution.revenue:.10g} is claimed, {formula:.10g} was recomputed",
            theorem="SEQ-7",
        )  # fmt: skip
    elif exact is not None:
        low, high = exact
        builder.compare(
            "design.revenue", "revenue is the integral of virtual values",
            np.array([low - solution.revenue, solution.revenue - high]), abs(high) * 1e3,
            lambda k: f"{solution.revenue:.8g} is claimed, it lies in [{low:.8g}, {high:.8g}]",
            theorem="MEC-7",
        )  # fmt: skip
    else:
        _equal(
            builder, "design.revenue", "revenue is what buyers pay, on the same draws",
            solution.revenue, mean,
        )  # fmt: skip


def _figures(builder: ReportBuilder, solution: DesignSolution, earned: Earned) -> None:
    """Check welfare and utilities."""
    _equal(
        builder, "design.welfare", "welfare is the expected value of what bidders get",
        solution.welfare, float(earned.values.sum()),
    )  # fmt: skip
    _equal(
        builder, "design.utilities", "utilities are value less payment",
        solution.bidder_utilities, earned.values - earned.payments,
    )  # fmt: skip


def _equal(
    builder: ReportBuilder,
    id: str,
    condition: str,
    told: FloatArray | float,
    found: FloatArray | float,
) -> bool:
    """Check that numbers are those recomputed."""
    a, b = np.atleast_1d(told), np.atleast_1d(found)
    return builder.compare(
        id,
        condition,
        np.abs(a - b),
        np.maximum(np.abs(b), np.abs(a)),
        lambda k: f"{a[k]:.10g} is claimed, {b[k]:.10g} was recomputed",
    )
