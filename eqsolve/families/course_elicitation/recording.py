"""The record of what was asked, and all that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from eqsolve.core.archive import Archive
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.instance import CourseElicitation, with_utilities
from eqsolve.families.course_elicitation.learning.belief import Belief
from eqsolve.families.course_elicitation.solution import (
    ElicitationRecord,
    Failure,
    Placement,
    Query,
    utilities_of,
)

__all__ = ["kept_of", "learned_market", "record_of"]


def learned_market(plan: CourseElicitation, beliefs: Iterable[Belief]) -> CourseAllocation:
    """Return the best guesses of all beliefs as a market of their own."""
    told = [belief.utilities() for belief in beliefs]
    values = np.array([own for own, _ in told]).reshape(plan.n_students, plan.n_courses)
    return with_utilities(plan.market, values, [pairs for _, pairs in told])


def kept_of(beliefs: Sequence[Belief]) -> Archive | None:
    """Return the arrays that beliefs keep, students along the first axis, or None without any.

    Those of students with fewer pairs are filled up with 0.
    """
    kept = [belief.kept() for belief in beliefs]
    if not kept or not kept[0]:
        return None
    arrays = {}
    for name in kept[0]:
        own = [part[name] for part in kept]
        shape = np.max([array.shape for array in own], axis=0)
        arrays[name] = np.zeros((len(own), *shape))
        for place, array in zip(arrays[name], own, strict=True):
            place[tuple(map(slice, array.shape))] = array
    return Archive(arrays)


def record_of(
    plan: CourseElicitation, reports: CourseAllocation, learned: CourseAllocation,
    queries: tuple[tuple[Query, ...], ...],
    placements: tuple[Placement | None, Placement | None, Placement | None],
    *, usage: dict[str, int | float], failures: tuple[Failure, ...], networks: Archive | None,
) -> ElicitationRecord:  # fmt: skip
    """Return the record of what was asked, with all that follows from it."""
    before, after, truth = placements
    right = [query.right for own in queries for query in own]
    gain, gain_least = None, None
    if before is not None and after is not None:
        gain = _gain(before.mean_utility, after.mean_utility)
        gain_least = _gain(before.least_utility, after.least_utility)
    return ElicitationRecord(
        plan=plan,
        reports=utilities_of(reports),
        queries=queries,
        learned_utilities=utilities_of(learned),
        reported=before,
        learned=after,
        true=truth,
        gain=gain,
        gain_least=gain_least,
        accuracy=sum(right) / len(right) if right else None,
        usage=usage,
        failures=failures,
        networks=networks,
    )


def _gain(before: float, after: float) -> float | None:
    """Return the relative gain, None where there is nothing to compare with."""
    return after / before - 1 if before > 0 else None
