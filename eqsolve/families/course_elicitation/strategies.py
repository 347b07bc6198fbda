"""Hypothesis strategies for course elicitation: ties, zeros, nobody, few bundles."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.strategies import course_allocations
from eqsolve.families.course_elicitation.instance import ACQUISITIONS, CourseElicitation
from eqsolve.families.course_elicitation.verify.definitions import all_bundles

__all__ = ["course_elicitations"]

_SHARE = st.sampled_from([0.0, 0.3, 0.5, 1.0])
_DELTA = st.sampled_from([-2, -0.5, 0, 1])


@st.composite
def course_elicitations(
    draw: st.DrawFn, *, max_students: int = 3, max_courses: int = 4, max_queries: int = 5
) -> CourseElicitation:
    """Draw small plans with answerers by rule.

    Parameters
    ----------
    max_students, max_courses, max_queries : most of each.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(course_elicitations(), lambda plan: plan.queries == 2).queries
    2
    """
    market = draw(course_allocations(max_students=max_students, max_courses=max_courses))
    counts = [len(list(all_bundles(market, i))) for i in range(market.n_students)]
    pairs = min([max_queries, *(many * (many - 1) // 2 for many in counts)])
    answerer: dict[str, Any] = draw(
        st.one_of(
            st.just({"rule": "truthful"}),
            st.builds(
                lambda share: {"rule": "noisy", "accuracy": share},
                st.sampled_from([0.6, 0.75, 1.0]),
            ),
        )
    )
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["noise"] = draw(st.one_of(st.sampled_from(["none", "popular9"]), _noise()))
    elif draw(st.booleans()):
        more["reports"] = draw(_reports(market))
    if draw(st.booleans()):
        more["learner"] = {"rule": "bayes", "error": draw(st.sampled_from([0, 0.2, 0.45]))}
    return CourseElicitation(
        market,
        queries=draw(st.integers(0, pairs)),
        answerer=answerer,
        acquisition=draw(st.sampled_from(ACQUISITIONS)),
        seed=draw(st.integers(0, 9)),
        **more,
    )


def _noise() -> st.SearchStrategy[dict[str, float]]:
    """Draw amounts of mistakes."""
    return st.fixed_dictionaries(
        {
            "forget_base": _SHARE,
            "base_sd": st.sampled_from([0, 0.5, 3]),
            "forget_adjustments": _SHARE,
            "adjustment_spread": _SHARE,
        }
    )


@st.composite
def _reports(draw: st.DrawFn, market: CourseAllocation) -> dict[str, Any]:
    """Draw explicit reports."""
    n, m = market.n_students, market.n_courses
    row = st.lists(st.sampled_from([0, 1, 2.5]), min_size=m, max_size=m)
    found: dict[str, Any] = {"values": draw(st.lists(row, min_size=n, max_size=n))}
    if m >= 2 and draw(st.booleans()):
        found["adjustments"] = [
            [[0, 1, draw(_DELTA)]] if draw(st.booleans()) else [] for _ in range(n)
        ]
    return found
