"""Whether simple mechanisms earn what is said of them, on the same types as the solution.

Cost: types x entries, or draws x entries, for each.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import Mechanism
from eqsolve.families.auction_design.verify.form import form_problems
from eqsolve.families.auction_design.verify.revenue import (
    MOST_PAIRS,
    Earned,
    counted,
    drawn,
    interval_of,
    n_pairs,
)

__all__ = ["check_baselines"]


def check_baselines(
    builder: ReportBuilder, design: AuctionDesign, solution: DesignSolution
) -> None:
    """Play the simple mechanisms again."""
    problems = [
        f"{name}: {problem}"
        for name, other in solution.baselines.items()
        for problem in form_problems(other.mechanism, design)
    ]
    if not builder.require("design.baselines", "simple mechanisms are of this instance", problems):
        return
    with builder.search("what the simple mechanisms earn") as poll:
        ours = _again(solution.mechanism, design, solution, poll) if solution.baselines else None
        for name, other in solution.baselines.items():
            found = _again(other.mechanism, design, solution, poll)
            if ours is None or found is None:
                builder.leave(f"what {name} earns: too many types to enumerate")
                continue
            told = [other.revenue, other.difference]
            theirs = float(found.payments.sum())
            mine = [theirs, float(ours.payments.sum()) - theirs]
            ends: list[tuple[float, float] | None] = [other.interval, other.difference_interval]
            if found.runs is not None and ours.runs is not None:
                for runs in (found.runs, ours.runs - found.runs):
                    mine += interval_of(runs)
                told += [end for pair in ends if pair is not None for end in pair]
            elif ends != [None, None]:
                told.append(np.nan)
            if len(told) != len(mine):
                told, mine = [np.nan], [0.0]
            _baseline(builder, solution.revenue, name, np.array(told), np.array(mine))


def _baseline(
    builder: ReportBuilder, revenue: float, name: str, told: FloatArray, found: FloatArray
) -> None:
    """Check the figures of one simple mechanism, on the scale of the revenues."""
    scale = max(abs(revenue), float(np.abs(found).max()))
    builder.compare(
        f"design.baseline-{name}",
        "a simple mechanism earns what is claimed, on the same types",
        np.abs(told - found),
        scale,
        lambda k: f"{name}: {told[k]:.8g} is claimed, {found[k]:.8g} was recomputed",
    )


def _again(
    mechanism: Mechanism, design: AuctionDesign, solution: DesignSolution, poll: Callable[[], None]
) -> Earned | None:
    """Return what a mechanism earns, in the way in which the solution's revenue is told."""
    if solution.revenue_exact:
        pairs = n_pairs(mechanism, design)
        if pairs is None or pairs > MOST_PAIRS:
            return None
        return counted(mechanism, design, poll)
    assert solution.report_draws is not None
    assert solution.report_seed is not None
    return drawn(mechanism, design, solution.report_draws, solution.report_seed, poll)
