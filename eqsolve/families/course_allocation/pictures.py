"""Pictures of course allocations: prices, the way to them, envy, what mechanisms give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.result import Result
from eqsolve.drawing.style import (
    BLUE,
    GREY,
    ORANGE,
    PALETTE,
    PINK,
    RED,
    SKY,
    TEXT,
    axes,
    begin,
    columns_axis,
    legend_below,
    message,
    place_names,
    rows_axis,
    short,
    whole_numbers,
)
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import envy_of, rows_of
from eqsolve.families.course_allocation.questions.comparing import (
    COMPARED,
    compare_mechanisms,
)
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.units import units_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "envy", "error", "mechanisms", "popularity", "prices", "timetable"]

Answer = Result[CourseAllocationSolution]

_NAMED = 10
"""Courses named beside their points."""
_PALE = (ORANGE, PINK, SKY)
"""On these colors black is read, on the others white."""
_SHOWN = 60
"""Students in a matrix."""
_MARKED = 80
"""Price steps up to which each is marked."""
_SEEDS = 3
"""Runs of mechanisms that draw something."""


def prices(market: CourseAllocation, result: Answer, figure: Figure) -> None:
    """Draw each course's price against the students who have it, a seat."""
    begin(figure, market, result, 7, 4.5)
    solution, title = result.solution, "Prices, and how full courses are"
    if solution is None or solution.prices is None or not market.n_courses:
        message(figure, title, "there are no prices")
        return
    taken = market.capacities + np.array(solution.excess)
    share = np.where(market.capacities > 0, taken / np.maximum(market.capacities, 1), 1.0 + taken)
    made = axes(figure, title, "students / seats", "price")
    made.axvline(1, color=GREY, lw=0.8)
    _points(made, market, share, np.array(solution.prices))


def popularity(market: CourseAllocation, result: Answer, figure: Figure) -> None:
    """Draw each course's price against the students who would take it if all cost nothing."""
    from eqsolve.families.course_allocation.demand import demand_of

    begin(figure, market, result, 7, 4.5)
    solution, title = result.solution, "Prices by popularity"
    if solution is None or solution.prices is None or not market.n_courses:
        message(figure, title, "there are no prices")
        return
    free, money = np.zeros(market.n_courses), np.zeros(market.n_students)
    choices = demand_of(market).within(free, money, money)
    wanted = np.bincount(choices.rows[choices.rows >= 0], minlength=market.n_courses)
    share = wanted / np.maximum(market.capacities, 1)
    made = axes(figure, title, "students with it in their best bundle / seats", "price")
    made.axvline(1, color=GREY, lw=0.8)
    _points(made, market, share, np.array(solution.prices))


def _points(made: object, market: CourseAllocation, x: FloatArray, y: FloatArray) -> None:
    """Draw courses as points and name the dearest."""
    made.scatter(x, y, color=BLUE, s=24, alpha=0.7)  # type: ignore[attr-defined]  # axes
    made.set_xlim(left=min(0.0, float(x.min())) - 0.02)  # type: ignore[attr-defined]  # axes
    dearest = [j for j in np.argsort(-y, kind="stable")[:_NAMED].tolist() if y[j] > 0]
    everybody = list(zip(x.tolist(), y.tolist(), strict=True))
    names = [short(market.label("courses", j), 16) for j in dearest]
    places = [everybody[j] for j in dearest]
    place_names(made, places, names, [TEXT] * len(names), everybody)  # type: ignore[arg-type]  # axes


def error(market: CourseAllocation, result: Answer, figure: Figure) -> None:
    """Draw the clearing error after each price step, and the bound of CRS-1."""
    begin(figure, market, result, 7, 4)
    solution, title = result.solution, "Clearing error by price step"
    if solution is None or not solution.trace:
        message(figure, title, "there were no price steps")
        return
    made = axes(figure, title, "step", "clearing error")
    steps = np.arange(1, len(solution.trace) + 1)
    marker = "o" if len(steps) <= _MARKED else None
    made.plot(steps, solution.trace, color=BLUE, lw=1.2, marker=marker, ms=3, label="error")
    if solution.clearing_bound is not None:
        made.axhline(solution.clearing_bound, color=ORANGE, lw=1.2, label="bound")
    best = int(np.argmin(solution.trace))
    made.scatter(
        [best + 1], [solution.trace[best]], color=RED, zorder=3, clip_on=False, label="returned"
    )
    made.set_ylim(bottom=0)
    whole_numbers(made.xaxis)
    legend_below(made)


def envy(market: CourseAllocation, result: Answer, figure: Figure) -> None:
    """Draw what each student would gain by the bundle of each other, richest first."""
    solution, title = result.solution, "Envy: what a row would gain by a column's bundle"
    shown = min(market.n_students, _SHOWN)
    side = min(8.5, max(5.0, 3.0 + 0.1 * shown))
    begin(figure, market, result, side + 1.2, side)
    if solution is None or not market.n_students:
        message(figure, title, "there is nobody to envy")
        return
    gains, remains = envy_of(market, rows_of(solution.allocation))
    money = solution.initial_budgets
    if not (gains > 0).any():
        message(figure, title, "nobody would rather have the bundle of another")
        return
    order = np.argsort(-np.array(solution.utilities if money is None else money), kind="stable")
    if shown < market.n_students:
        envious = (gains > 0).sum(axis=0) + (gains > 0).sum(axis=1)
        kept = set(np.argsort(-envious, kind="stable")[:shown].tolist())
        order = np.array([i for i in order.tolist() if i in kept])
        title += f" ({shown} of {market.n_students}, where there is most)"
    rule = "worst-off last" if money is None else "by initial budget, richest first"
    made = axes(figure, title, f"whose bundle ({rule})", "who envies", grid=False)
    table = gains[np.ix_(order, order)] / units_of(market).one
    drawn = made.imshow(table, cmap="Blues", vmin=0, interpolation="nearest")
    i, h = np.nonzero(remains[np.ix_(order, order)])
    dot = float(np.clip(900 / shown, 14, 80))
    made.scatter(h, i, marker=".", s=dot, color=RED, label="envy beyond one course")
    figure.colorbar(drawn, ax=made, label="utility gained", shrink=0.8)
    labels = [short(market.label("students", k), 12) for k in order.tolist()]
    columns_axis(made, labels, 30)
    rows_axis(made, labels, 30)
    if len(i):
        legend_below(made)


def mechanisms(market: CourseAllocation, result: Answer, figure: Figure) -> None:
    """Draw what students get by each mechanism but course_match, which can take minutes."""
    title = "Utilities by mechanism"
    ran = []
    if market.n_students and market.n_courses:
        quick = [name for name in COMPARED if name != "course_match"]
        rows = compare_mechanisms(market, quick, seeds=_SEEDS)
        ran = [row for row in rows if row.utilities.size]
    begin(figure, market, result, 8, 2.2 + 0.5 * max(len(ran), 3))
    if not ran:
        message(figure, title, "no mechanism ran")
        return
    made = axes(figure, title, "utility of a student", "")
    for place, row in enumerate(ran):
        pooled = row.utilities.ravel()
        color = PALETTE[0]
        low, middle, high = np.quantile(pooled, (0.1, 0.5, 0.9))
        jitter = np.random.default_rng(place).uniform(-0.28, 0.28, pooled.size)
        shade = float(np.clip(15 / pooled.size, 0.25, 0.7))  # a few students are seen as well
        made.scatter(pooled, place + jitter, s=48 * shade - 7, color=color, alpha=shade, lw=0)
        made.plot([low, high], [place, place], color=color, lw=2.5)
        made.plot([middle, middle], [place - 0.3, place + 0.3], color=color, lw=2.5)
        worst = row.utilities.min(axis=1)
        made.scatter(worst, np.full(len(worst), place), marker="x", s=34, color=RED, zorder=3)
    made.plot([], [], color=BLUE, lw=2.5, label="median and middle 80 %")
    made.scatter([], [], marker="x", s=34, color=RED, label="worst-off of a run")
    rows_axis(made, [f"{row.mechanism.replace('_', ' ')} ({row.runs})" for row in ran])
    legend_below(made)


def timetable(market: CourseAllocation, result: Answer, figure: Figure) -> None:
    """Draw the week of the student with most courses, beside all that is taught."""
    solution, title = result.solution, "Timetable"
    days = market.timetable or ()
    slots = max((len(day) for day in days), default=0)
    begin(figure, market, result, 7.5, min(12, 2.4 + 0.3 * max(slots, 4)))
    if not slots or solution is None or not market.n_students:
        message(figure, title, "there is no timetable" if not slots else "nobody has a bundle")
        return
    sizes = [len(bundle) for bundle in solution.allocation]
    who = int(np.argmax(sizes))
    mine = solution.allocation[who]
    worth = f"{solution.utilities[who]:.4g}"
    name = market.label("students", who)
    made = axes(
        figure, f"Week of {name}: {len(mine)} courses, worth {worth}", "day", "slot", grid=False
    )
    colors = {j: PALETTE[k % len(PALETTE)] for k, j in enumerate(mine)}
    taught = _taught(days, slots)
    made.imshow(taught, cmap="Greys", vmin=0, vmax=4 * max(int(taught.max()), 1), aspect="auto")
    for d, day in enumerate(days):
        for s, courses in enumerate(day):
            for j in (j for j in courses if j in colors):
                made.bar(d, 1, 0.94, s - 0.5, color=colors[j], alpha=0.85)
                if s == 0 or j not in day[s - 1]:
                    text = short(market.label("courses", j), 14)
                    ink = "black" if colors[j] in _PALE else "white"
                    made.text(d, s, text, ha="center", va="center", fontsize=8, color=ink)
    columns_axis(made, [f"day {d + 1}" for d in range(len(days))])
    rows_axis(made, [str(s + 1) for s in range(slots)])


def _taught(days: tuple[tuple[tuple[int, ...], ...], ...], slots: int) -> IntArray:
    """Return how many courses are taught at each slot of each day, shape (slots, days)."""
    counts = np.zeros((slots, len(days)), dtype=np.int64)
    for d, day in enumerate(days):
        for s, courses in enumerate(day):
            counts[s, d] = len(courses)
    return counts


PICTURES = {
    "prices": prices,
    "popularity": popularity,
    "error": error,
    "envy": envy,
    "mechanisms": mechanisms,
    "timetable": timetable,
}
