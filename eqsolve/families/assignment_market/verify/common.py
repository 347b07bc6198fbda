"""Conditions that are the same with capacities and without: prices, welfare, objective, bounds."""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import BoolArray, NumberArray, is_integral
from eqsolve.core.report import Check, ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = [
    "CONDITIONS",
    "VECTORS",
    "check_between",
    "check_rule",
    "check_sellers",
    "check_welfare",
    "total_of",
]

VECTORS = ("price-min", "price-max", "prices")
"""The claimed price vectors, by what their conditions are called."""

CONDITIONS = {
    check.id: check
    for check in (
        *(
            Check(
                f"assignment.{name}.reserve",
                f"{name} is at least the reserve, and equals it where unsold",
                "BIP-1",
            )
            for name in VECTORS
        ),
        Check("assignment.between", "prices lie between price_min and price_max", "BIP-2"),
    )
}
"""What is checked of prices in any case, by its id."""

_NO_HALVES = 2.0**50
"""From here on midpoints of whole prices are rounded down to whole numbers."""


def check_sellers(
    builder: ReportBuilder,
    market: AssignmentMarket,
    name: str,
    prices: NumberArray,
    sold: BoolArray,
    gap: NumberArray,
) -> None:
    """Check that prices reach the reserves, and equal them where unsold; they miss by `gap`."""
    reserves = market.reserves
    builder.judge(
        CONDITIONS[f"assignment.{name}.reserve"],
        gap,
        lambda: np.maximum(np.abs(prices), reserves),
        lambda j: (
            f"{'sold' if sold[j] else 'unsold'} {market.label('sellers', j)} has price "
            f"{prices[j]} and reserve {reserves[j]}"
        ),
    )


def check_between(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> None:
    """Check that the prices asked for lie between the claimed ends."""
    low, high = solution.price_min, solution.price_max
    builder.judge(
        CONDITIONS["assignment.between"],
        np.maximum(low - solution.prices, solution.prices - high),
        lambda: np.abs(solution.prices),
        lambda j: (
            f"{market.label('sellers', j)}: price {solution.prices[j]} is not between "
            f"{low[j]} and {high[j]}"
        ),
    )


def check_rule(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
) -> None:
    """Check that prices are those that the options ask for: an end, or halfway between (BIP-8)."""
    rule = claim.stats.options.get("prices")
    low, high = solution.price_min, solution.price_max
    if rule not in ("min", "max", "mid"):
        return  # a bare solution says nothing of what was asked
    asked: NumberArray = low + (high - low) / 2 if rule == "mid" else low if rule == "min" else high
    off = np.abs(solution.prices - asked)
    if rule == "mid" and is_integral(solution.prices) and market.scale >= _NO_HALVES:
        off = np.abs(solution.prices - (low + (high - low) // 2))  # rounded down on purpose
    builder.compare(
        "assignment.price-rule",
        f"prices follow the rule asked for, {rule}",
        off,
        lambda: np.maximum(np.abs(asked), np.abs(solution.prices)),
        lambda j: (
            f"{market.label('sellers', j)} has price {solution.prices[j]}, rule {rule} gives "
            f"{asked[j]}"
        ),
        theorem="BIP-8" if rule == "mid" else "BIP-2",
    )


def check_welfare(
    builder: ReportBuilder,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
    welfare: int | float,
) -> float:
    """Check what is claimed of the welfare; return the magnitude that sums of it have."""
    magnitude = max(abs(welfare), builder.scale)
    builder.compare(
        "assignment.welfare",
        "claimed welfare is the sum of value minus reserve over the trades",
        abs(welfare - solution.welfare),
        magnitude,
        lambda: f"trades are worth {welfare}, not {solution.welfare}",
    )
    if claim.objective is not None:
        objective = claim.objective
        builder.compare(
            "assignment.objective",
            "the objective is the welfare",
            abs(welfare - objective),
            magnitude,
            lambda: f"trades are worth {welfare}, not {objective}",
        )
    builder.compare(
        "assignment.bounds",
        "the objective lies between its bounds",
        max(claim.bounds.lower - welfare, welfare - claim.bounds.upper),
        magnitude,
        lambda: (
            f"trades are worth {welfare}, outside the bounds "
            f"[{claim.bounds.lower}, {claim.bounds.upper}]"
        ),
    )
    if claim.status is Status.SOLVED and math.isfinite(claim.bounds.upper):
        upper = claim.bounds.upper
        builder.compare(
            "assignment.solved",
            "a solved market has a bound that meets its welfare",
            upper - welfare,
            magnitude,
            lambda: f"the bound is {upper}, the trades are worth {welfare}",
        )
    return magnitude


def total_of(numbers: NumberArray) -> int | float:
    """Return an exact sum for whole numbers, an accurate one otherwise."""
    if is_integral(numbers):
        high = int(np.abs(numbers).max(initial=0))
        return int(numbers.sum()) if high * max(len(numbers), 1) < 2**62 else sum(numbers.tolist())
    return math.fsum(numbers.tolist()) if np.isfinite(numbers).all() else math.nan
