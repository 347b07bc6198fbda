"""The perturbation program: one of the demanded bundles each, so that the excess is least.

Students whose range of budgets admits several bundles pick one of them; that is a small set
partition, where moves of one and of two students find most of what there is, and a mixed-integer
program the rest. Norm ``"l1"`` counts the sum of the absolute excess, ``"l2"`` of its squares;
courses at price 0 may be empty. Rows of EF-TB forbid two bundles together, see `envious`.

Source: Budish, Gao, Othman, Rubinstein and Zhang (2023), arXiv 2305.11406.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline
from eqsolve.families.course_allocation.demand import Choices

__all__ = ["NORMS", "best_pick", "quick_pick"]

NORMS = ("l1", "l2")
Forbidden = Sequence[tuple[int, int]]
"""Pairs of places in the choices that may not be picked together."""


def quick_pick(
    choices: Choices, seats: IntArray, free: BoolArray, start: IntArray, norm: str
) -> IntArray:
    """Return a pick that no move of one or two students improves.

    Parameters
    ----------
    choices : what each student may get.
    seats : shape (m,).
    free : shape (m,), courses at price 0, which may be empty.
    start : shape (n,), places in the choices to begin with.
    """
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.picking import descend

    pick = np.array(start, dtype=np.int64)
    excess = -np.asarray(seats)
    taken = choices.rows[pick]
    excess = excess + np.bincount(taken[taken >= 0], minlength=len(seats))
    movers = np.flatnonzero(np.diff(choices.start) > 1)
    if len(movers):
        work = np.zeros(len(seats), dtype=np.int64)
        steps = float(len(choices.rows) * len(movers) * choices.rows.shape[1])
        fitting(descend, steps)(
            choices.start, choices.rows, movers, excess, free, norm == "l2", pick, work
        )
    return pick


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
    most = np.maximum(np.bincount(course, minlength=m) - seats, 0)
    levels = [1] if norm == "l1" else [int(max(most[j], seats[j], 1)) for j in range(m)]
    levels = levels * m if norm == "l1" else levels
    # A level of excess costs 1, 3, 5, ... for squares and 1 throughout for absolute amounts.
    place = np.repeat(np.arange(m), levels)
    rank = np.concatenate([np.arange(count) for count in levels] or [np.zeros(0, dtype=int)])
    k = len(place)
    width = n_choices + 2 * k
    weight = (2.0 * rank + 1) if norm == "l2" else np.ones(k)
    objective = np.concatenate([np.zeros(n_choices), -weight, -weight])
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
        -seats[priced].astype(float),
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
