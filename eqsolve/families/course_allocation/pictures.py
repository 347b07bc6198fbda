"""Pictures of course allocations: who pays what for which seats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.result import Result
from eqsolve.drawing.style import BLUE, GREY, axes, begin, message
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "prices"]

Answer = Result[CourseAllocationSolution]


def prices(market: CourseAllocation, result: Answer, figure: Figure) -> None:
    """Draw each course's price against the share of its seats that is taken."""
    begin(figure, market, result, 7, 4.5)
    solution = result.solution
    if solution is None or solution.prices is None or market.n_courses == 0:
        message(figure, "Prices", "there are no prices")
        return
    at = axes(figure, "Prices", "students / seats", "price")
    seats = market.capacities
    taken = seats + np.array(solution.excess)
    share = np.where(seats > 0, taken / np.maximum(seats, 1), taken + 1.0)
    at.scatter(share, solution.prices, color=BLUE, s=24, alpha=0.7)
    at.axvline(1, color=GREY, lw=0.8)
    at.set_xlim(left=min(0.0, float(share.min())) - 0.02)


PICTURES = {"prices": prices}
