"""The perturbation program: one of the demanded bundles each, so that the excess is least.

Students whose range of budgets admits several bundles pick one of them; that is a small set
partition, where moves of one student with a memory find most of what there is, and a mixed-integer
program the rest. Norm ``"l1"`` counts the sum of the absolute excess, ``"l2"`` of its squares;
courses at price 0 may be empty. Rows of EF-TB forbid two bundles together, see `envious`.

Source: Budish, Gao, Othman, Rubinstein and Zhang (2023), arXiv 2305.11406.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline
from eqsolve.families.course_allocation.demand import Choices, Demand
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import tops_of

__all__ = ["NORMS", "best_pick", "envious", "quick_pick"]

NORMS = ("l1", "l2")
_PATIENCE = 100
"""Moves without gain after which a quick pick ends."""
Forbidden = Sequence[tuple[int, int]]
"""Pairs of places in the choices that may not be picked together."""


def quick_pick(
    choices: Choices, seats: IntArray, free: BoolArray, start: IntArray, norm: str
) -> IntArray:
    """Return a good pick: the best move of one student at a time, with a memory of the last ones.

    Parameters
    ----------
    choices : what each student may get.
    seats : shape (m,).
    free : shape (m,), courses at price 0, which may be empty.
    start : shape (n,), places in the choices to begin with.
    """
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.picking import wander

    pick = np.array(start, dtype=np.int64)
    taken = choices.rows[pick]
    excess = np.bincount(taken[taken >= 0], minlength=len(seats)) - seats
    movers = np.flatnonzero(np.diff(choices.start) > 1)
    if len(movers):
        best, until = pick.copy(), np.zeros(len(choices.rows), dtype=np.int64)
        work = np.zeros(len(seats), dtype=np.int64)
        steps = float(len(choices.rows) * choices.rows.shape[1] * _PATIENCE)
        fitting(wander, steps)(
            choices.start, choices.rows, movers, excess, free, norm == "l2", pick, best, until,
            work, _PATIENCE,
        )  # fmt: skip
        return best
    return pick


def envious(
    market: CourseAllocation,
    demand: Demand,
    choices: Choices,
    initial: FloatArray,
    extra: Sequence[int] = (),
) -> list[tuple[int, int]]:
    """Return pairs of choices after which a student envies one with a smaller initial budget.

    Parameters
    ----------
    demand : that of the market.
    initial : shape (n,), initial budgets.
    extra : courses that the envious may add: those at price 0 for contested EF-TB.

    Notes
    -----
    A choice of i that is demanded at all budgets below some u is worth at least what costs less
    than u, so that only bundles that cost u or more are compared. The best part of a bundle is what
    i would demand if it cost nothing, and all else too much.
    """
    tops = tops_of(market)
    n, m = tops.shape
    owner = np.repeat(np.arange(n), np.diff(choices.start))
    one = np.ones(n)
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(np.diff(owner, prepend=-1) == 0).tolist():
        i = int(owner[place])
        upper = choices.costs[place - 1]
        rivals = np.flatnonzero((choices.costs >= upper) & (initial[owner] < initial[i]))
        own = int(choices.utilities[place])
        for other in rivals.tolist():
            free = np.zeros(m, dtype=bool)
            free[[*choices.courses(other), *extra]] = True
            limit = int(market.max_courses[i])
            if np.sort(tops[i, free & market.allowed[i]])[::-1][:limit].sum() <= own:
                continue
            best = demand.within(np.where(free, 0.0, 2.0), one, one, [i])
            if int(best.utilities[0]) > own:
                found.append((place, other))
    return found


def best_pick(
    choices: Choices,
    seats: IntArray,
    free: BoolArray,
    start: IntArray,
    norm: str,
    deadline: Deadline,
    forbidden: Forbidden = (),
) -> IntArray | None:
    """Return a best pick by a mixed-integer program, or None where time is over or none is allowed.

    Parameters
    ----------
    choices, seats, free, start, norm : as for `quick_pick`.
    forbidden : pairs of places that may not be picked together.
    """
    from eqsolve.algorithms.programs.answer import Failed, Solved
    from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer
    from eqsolve.algorithms.programs.rows import Rows

    n, m = len(choices.start) - 1, len(seats)
    sizes = np.diff(choices.start)
    owner = np.repeat(np.arange(n), sizes)
    entry, column = np.nonzero(choices.rows >= 0)
    course = choices.rows[entry, column]
    n_choices = len(choices.rows)
    asked = np.bincount(course, minlength=m)
    least = np.maximum(seats - asked, 0)  # seats that stay free anyway
    most = np.maximum(asked - seats, 0)
    levels = [1] if norm == "l1" else [int(max(most[j], seats[j] - least[j], 1)) for j in range(m)]
    levels = levels * m if norm == "l1" else levels
    # A level of excess costs 1, 3, 5, ... for squares and 1 throughout for absolute amounts.
    place = np.repeat(np.arange(m), levels)
    rank = np.concatenate([np.arange(count) for count in levels] or [np.zeros(0, dtype=int)])
    k = len(place)
    width = n_choices + 2 * k
    weight = (2.0 * rank + 1) if norm == "l2" else np.ones(k)
    beyond = (2.0 * least[place]) if norm == "l2" else 0.0
    objective = np.concatenate([np.zeros(n_choices), -weight, -weight - beyond])
    size = 1.0 if norm == "l2" else np.inf
    upper = np.concatenate([np.ones(n_choices), np.full(2 * k, size)])
    over, under = n_choices + np.arange(k), n_choices + k + np.arange(k)
    rows = Rows(width)
    rows.at_most(np.ones(n), (owner, np.arange(n_choices), 1.0))
    rows.at_most(-np.ones(n), (owner, np.arange(n_choices), -1.0))
    rows.at_most(seats.astype(float), (course, entry, 1.0), (place, over, -1.0))
    priced = np.flatnonzero(~free)
    position = np.full(m, -1)
    position[priced] = np.arange(len(priced))
    counts = position[course] >= 0
    short = position[place] >= 0
    rows.at_most(
        -(seats - least)[priced].astype(float),
        (position[course[counts]], entry[counts], -1.0),
        (position[place[short]], under[short], -1.0),
    )
    if forbidden:
        one, other = np.array(forbidden, dtype=np.int64).T
        height = np.arange(len(one))
        rows.at_most(np.ones(len(one)), (height, one, 1.0), (height, other, 1.0))
    hint = np.zeros(width)
    hint[start] = 1.0
    answer = maximize_mixed_integer(
        objective,
        rows.matrix(),
        rows.right(),
        integer=np.arange(width) < n_choices,
        upper=upper,
        deadline=deadline,
        start=None if forbidden else hint,
        absolute_gap=0.5,
    )
    if isinstance(answer, Failed):
        raise BackendError(answer.text)
    if not isinstance(answer, Solved):
        return None
    taken = answer.values[:n_choices]
    order = np.lexsort((-taken, owner))
    return np.asarray(order[choices.start[:-1]], dtype=np.int64)
