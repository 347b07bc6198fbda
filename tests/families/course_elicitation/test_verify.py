"""The verifier attacked: every field of a right record is changed, and every change is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from eqsolve import CourseElicitation, Limit, Result, Status, methods, solve, verify
from eqsolve.core.errors import InstanceError, OptionError
from eqsolve.core.result import Bounds
from eqsolve.families.course_elicitation.generate import Small
from eqsolve.families.course_elicitation.instance import MECHANISMS, Bayes
from eqsolve.families.course_elicitation.solution import (
    ElicitationRecord,
    Failure,
    Query,
    Utilities,
)

PLAN = Small(students=4, courses=5, queries=4).instance(5)
RIGHT: Result[ElicitationRecord] = solve(PLAN)
NOISY = CourseElicitation(PLAN.market, queries=6, answerer={"rule": "noisy", "accuracy": 0.7})


def broken(plan: CourseElicitation, result: Any, **more: Any) -> list[str]:
    """Return the conditions that fail."""
    return [check.id for check in verify(plan, result, **more).failures]


def with_query(record: ElicitationRecord, i: int, t: int, query: Query) -> ElicitationRecord:
    own = list(record.queries[i])
    own[t] = query
    rows = list(record.queries)
    rows[i] = tuple(own)
    return replace(record, queries=tuple(rows))


def shifted(told: Utilities, by: float) -> Utilities:
    """Return utilities with one value changed."""
    first = (told.values[0][0] + by, *told.values[0][1:])
    return replace(told, values=(first, *told.values[1:]))


def lies(record: ElicitationRecord) -> dict[str, tuple[str, ElicitationRecord]]:
    query = record.queries[0][0]
    first, second = query.bundles
    other = next(pair for i, pair in enumerate(record.queries[0]) if i)
    told = record.learned_utilities
    pairs = tuple(((a, b, d + 1) for a, b, d in own) for own in told.adjustments)
    part, after = record.reported, record.learned
    assert part is not None
    assert after is not None
    swapped = (part.outcome.allocation[1], part.outcome.allocation[0])
    swapped += part.outcome.allocation[2:]
    return {
        "another report": (
            "elicitation.reports",
            replace(record, reports=shifted(record.reports, 1)),
        ),
        "a pair that was not reported": (
            "elicitation.reports",
            replace(record, reports=replace(record.reports, adjustments=(((0, 1, 9.0),),) * 4)),
        ),
        "right called wrong": (
            "elicitation.right",
            with_query(record, 0, 0, replace(query, right=not query.right)),
        ),
        "another answer": (
            "elicitation.answers",
            with_query(record, 0, 0, replace(query, answer=1 - query.answer)),
        ),
        "bundles exchanged": (
            "elicitation.answers",
            with_query(record, 0, 0, replace(query, bundles=(second, first))),
        ),
        "a bundle that is not permissible": (
            "elicitation.queries",
            with_query(record, 0, 0, replace(query, bundles=((0, 1, 2, 3), second))),
        ),
        "courses not rising": (
            "elicitation.queries",
            with_query(record, 0, 0, replace(query, bundles=((1, 0), second))),
        ),
        "equal bundles": (
            "elicitation.queries",
            with_query(record, 0, 0, replace(query, bundles=(first, first))),
        ),
        "a pair asked twice": ("elicitation.queries", with_query(record, 0, 0, other)),
        "a query left out": (
            "elicitation.queries",
            replace(record, queries=(record.queries[0][1:], *record.queries[1:])),
        ),
        "something else learned": (
            "elicitation.learner",
            replace(record, learned_utilities=shifted(told, 0.01)),
        ),
        "other pairs learned": (
            "elicitation.learner",
            replace(record, learned_utilities=replace(told, adjustments=tuple(map(tuple, pairs)))),
        ),
        "another allocation": (
            "elicitation.reported",
            replace(
                record, reported=replace(part, outcome=replace(part.outcome, allocation=swapped))
            ),
        ),
        "a higher mean": (
            "elicitation.learned",
            replace(record, learned=replace(after, mean_utility=after.mean_utility + 1)),
        ),
        "a higher least": (
            "elicitation.learned",
            replace(record, learned=replace(after, least_utility=after.least_utility + 1)),
        ),
        "a higher gain": ("elicitation.figures", replace(record, gain=(record.gain or 0) + 0.01)),
        "a higher gain of the least": ("elicitation.figures", replace(record, gain_least=7.0)),
        "a lower accuracy": ("elicitation.figures", replace(record, accuracy=0.9)),
        "a failure": ("elicitation.failures", replace(record, failures=(Failure(0, 4, "no"),))),
        "requests": (
            "elicitation.usage",
            replace(record, usage={**record.usage, "requests": 3}),
        ),
        "the allocation by reports as that by the truth": (
            "elicitation.true",
            replace(record, true=record.reported),
        ),
    }


@pytest.mark.parametrize("lie", list(lies(RIGHT.require())))
def test_each_lie_is_named(lie: str) -> None:
    check, record = lies(RIGHT.require())[lie]
    assert check in broken(PLAN, replace(RIGHT, solution=record))


def test_status_limit_and_objective_follow() -> None:
    assert broken(PLAN, RIGHT) == []
    assert broken(PLAN, replace(RIGHT, objective=1.0)) == ["elicitation.objective"]
    bounded = replace(RIGHT, bounds=Bounds(upper=900.0, source="backend"))
    assert broken(PLAN, bounded) == ["elicitation.objective"]
    assert broken(PLAN, replace(RIGHT, limit=Limit.TIME)) == ["elicitation.queries"]
    record = RIGHT.require()
    short = replace(record, queries=tuple(own[:2] for own in record.queries))
    assert "elicitation.queries" in broken(PLAN, replace(RIGHT, solution=short))
    lost = replace(RIGHT, status=Status.FEASIBLE, solution=replace(record, true=None))
    assert broken(PLAN, lost) == []
    assert broken(PLAN, replace(lost, status=Status.SOLVED)) == ["elicitation.queries"]
    nothing = replace(RIGHT, status=Status.NO_EQUILIBRIUM, solution=None)
    assert broken(PLAN, nothing) == ["elicitation.status"]


def test_the_record_of_another_plan_is_refused() -> None:
    other = Small(students=4, courses=5, queries=4).instance(6)
    assert broken(other, RIGHT) == ["elicitation.queries"]


def test_the_allocation_of_another_mechanism_is_refused() -> None:
    other = CourseElicitation(
        PLAN.market, queries=4, seed=PLAN.seed, mechanism="serial_dictatorship"
    )
    result = solve(other)
    assert result.status is Status.SOLVED
    assert broken(other, result) == []
    draft = CourseElicitation(PLAN.market, queries=4, seed=PLAN.seed, mechanism="draft")
    record = replace(solve(draft).require(), plan=other)
    claim = replace(result, solution=record, objective=record.learned.mean_utility)
    assert "elicitation.reported" in broken(other, claim)


@pytest.mark.parametrize(
    ("mechanism", "status"),
    [("round_robin", "solved"), ("utilitarian", "feasible"), ("course_match", "feasible")],
)
def test_every_mechanism_is_checked_as_what_it_is(mechanism: str, status: str) -> None:
    plan = CourseElicitation(PLAN.market, queries=2, seed=PLAN.seed, mechanism=mechanism)
    result = solve(plan)
    assert result.status.value == status
    assert broken(plan, result, recheck=["learner"]) == []
    other = CourseElicitation(PLAN.market, queries=2, seed=PLAN.seed)
    assert "elicitation.true" in broken(other, replace(result.solution, plan=other))


def test_mechanisms_are_methods_of_course_allocation() -> None:
    assert set(MECHANISMS) <= {method.name for method in methods("course_allocation")}


def test_noisy_answers_are_those_of_the_seed() -> None:
    result = solve(NOISY)
    record = result.require()
    assert record.accuracy is not None
    assert record.accuracy < 1
    query = record.queries[1][2]
    flipped = with_query(
        record, 1, 2, replace(query, answer=1 - query.answer, right=not query.right)
    )
    assert "elicitation.answers" in broken(NOISY, replace(result, solution=flipped))
    # The same answers under another accuracy are others.
    other = CourseElicitation(NOISY.market, queries=6, answerer={"rule": "noisy", "accuracy": 0.51},
                              learner=Bayes(error=NOISY.error))  # fmt: skip
    moved = replace(result, solution=replace(record, plan=other))
    assert "elicitation.answers" in broken(other, moved)


@pytest.mark.parametrize("acquisition", ["double_thompson", "top_two", "random", "obis"])
def test_another_choice_of_queries_is_seen_on_request(acquisition: str) -> None:
    plan = Small(students=3, courses=5, queries=5, acquisition=acquisition).instance(1)
    other: Callable[[str], CourseElicitation] = lambda name: CourseElicitation(  # noqa: E731
        plan.market, queries=5, acquisition=name, seed=plan.seed
    )
    result = solve(plan)
    assert broken(plan, result, recheck=["learner"]) == []
    for name in ("double_thompson", "top_two", "random", "obis"):
        if name == acquisition:
            continue
        record = replace(solve(other(name)).require(), plan=plan)
        claim = replace(result, solution=record, objective=record.learned.mean_utility)
        assert broken(plan, claim) == []
        assert broken(plan, claim, recheck=["learner"]) == ["elicitation.choices"]


def test_what_can_be_rechecked_has_a_name() -> None:
    with pytest.raises(OptionError, match="did you mean 'learner'"):
        verify(PLAN, RIGHT, recheck=["lerner"])


def test_documents_that_do_not_fit_are_refused_with_every_fault() -> None:
    document = RIGHT.require().to_dict()
    document["queries"][0][0]["answer"] = 2
    document["queries"][1][0]["bundles"] = [[0], [9]]
    document["learned_values"][2] = [1.0]
    document["learned_adjustments"][3] = [[1, 0, 2.0]]
    document["reported"]["details"]["odd"] = 1
    del document["true"]["prices"]
    document["failures"] = [{"student": 0}]
    with pytest.raises(InstanceError) as caught:
        ElicitationRecord.from_dict(document, PLAN)
    found = "\n".join(caught.value.lines())
    for part in (
        "queries[0, 0]: must have two bundles, and 0 or 1 as answer",
        "queries[1, 0, bundles]: must be courses below 5",
        "learned_values[values, 2]: has length 1, expected 5",
        "learned_values[adjustments, 3, 0]: must be [a, b, delta]",
        "reported[details, odd]: unknown field",
        "true[prices]: required field is missing",
        "failures[0]: must hold student, query and reason",
    ):
        assert part in found
