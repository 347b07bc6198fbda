"""Pictures of a record: utility by number of queries, accuracy by what is at stake, utilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.errors import UnsupportedError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.result import Result
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    axes,
    begin,
    legend_below,
    whole_numbers,
)
from eqsolve.families.course_elicitation.curve import learning_curve, stakes_of
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.placing import worths
from eqsolve.families.course_elicitation.solution import ElicitationRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "answers", "curve", "utilities"]

Answer = Result[ElicitationRecord]

_SECONDS = 60.0
"""For the mechanism at all points of a curve; what does not fit is left out."""


def curve(plan: CourseElicitation, result: Answer, figure: Figure) -> None:
    """Draw mean and least utility against the number of queries, between reports and truth."""
    record = _record("curve", result)
    points = learning_curve(record, None, Deadline(Limits(time=_SECONDS)))
    if not points:
        raise UnsupportedError("curve", "no mechanism ran in time", what="picture")
    begin(figure, plan, result, 7.5, 5)
    made = axes(figure, "What queries bring", "queries per student", "true utility")
    counts = [point.queries for point in points]
    for name, color, marker in (("mean", BLUE, "o"), ("least", ORANGE, "s")):
        values = [getattr(point.placement, f"{name}_utility") for point in points]
        made.plot(counts, values, color=color, marker=marker, ms=4, lw=1.6, label=name)
        for told, part, style in (
            ("by reports", record.reported, ":"),
            ("by the truth", record.true, "--"),
        ):
            if part is not None:
                height = getattr(part, f"{name}_utility")
                made.axhline(height, color=color, lw=1, ls=style, label=f"{name} {told}")
    whole_numbers(made.xaxis)
    made.set_ylim(bottom=min(0.0, made.get_ylim()[0]))
    legend_below(made, 3)


def answers(plan: CourseElicitation, result: Answer, figure: Figure) -> None:
    """Draw the share of right answers against the difference of the two bundles."""
    record = _record("answers", result)
    stakes = stakes_of(record)
    if not stakes:
        raise UnsupportedError("answers", "nothing was asked", what="picture")
    begin(figure, plan, result, 7.5, 4.8)
    x, y = "difference of the bundles' true utilities", "share of right answers"
    made = axes(figure, "Answers by what is at stake", x, y)
    middle = [(stake.low + stake.high) / 2 for stake in stakes]
    share = [stake.accuracy for stake in stakes]
    error = [np.sqrt(s.accuracy * (1 - s.accuracy) / s.answers) for s in stakes]
    made.errorbar(
        middle, share, yerr=error, fmt="o-", ms=4, lw=1.4, color=BLUE, capsize=3,
        label="one standard error",
    )  # fmt: skip
    made.axhline(0.5, color=GREY, lw=1, ls="--", label="chance")
    if record.accuracy is not None:
        made.axhline(record.accuracy, color=RED, lw=1, ls=":", label="all answers")
    made.set_ylim(0, 1.05)
    legend_below(made, 3)


def utilities(plan: CourseElicitation, result: Answer, figure: Figure) -> None:
    """Draw how true utilities are spread, by reports, by what was learned and by the truth."""
    record = _record("utilities", result)
    shown = {name: part for name, part in record.placements.items() if part is not None}
    if not shown or not plan.n_students:
        raise UnsupportedError("utilities", "nobody has any courses", what="picture")
    begin(figure, plan, result, 7.5, 5)
    made = axes(figure, "Who gets how much", "true utility", "share of students with at most this")
    colors = {"reported": ORANGE, "learned": BLUE, "true": GREEN}
    for name, part in shown.items():
        worth = np.sort(worths(plan.market, part.outcome.allocation))
        share = np.arange(1, len(worth) + 1) / len(worth)
        made.step(
            [worth[0], *worth], [0.0, *share], where="post", color=colors[name], lw=1.6,
            label=f"by {name} utilities",
        )  # fmt: skip
        made.plot(worth[:1], [0.0], "o", color=colors[name], ms=5, clip_on=False)
    made.set_ylim(0, 1.02)
    legend_below(made, 3)


def _record(picture: str, result: Answer) -> ElicitationRecord:
    """Return the record; raises where nothing was asked."""
    if result.solution is None:
        raise UnsupportedError(picture, "nothing was asked", what="picture")
    return result.solution


PICTURES: dict[str, Callable[[Any, Any, Any], None]] = {
    "curve": curve,
    "answers": answers,
    "utilities": utilities,
}
"""The default first."""
