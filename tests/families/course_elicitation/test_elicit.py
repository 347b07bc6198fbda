"""Elicitations carried out: always verified, always the same, and what queries bring."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import eqsolve
from eqsolve import CourseElicitation, Deadline, Limit, Status, proxies, solve, verify
from eqsolve.core.errors import OptionError
from eqsolve.core.report import Verdict
from eqsolve.families.course_elicitation.curve import even_counts, learning_curve, stakes_of
from eqsolve.families.course_elicitation.generate import Simulated, Small
from eqsolve.families.course_elicitation.instance import ACQUISITIONS, Comparison
from eqsolve.families.course_elicitation.strategies import course_elicitations

MARKET = {
    "values": [[9, 7, 5, 3], [8, 8, 1, 2], [1, 5, 6, 7]],
    "capacities": [1, 2, 2, 2],
    "max_courses": 2,
    "budgets": {"order": "index"},
}


@settings(max_examples=25)
@given(course_elicitations())
def test_every_record_is_proved_down_to_the_choice_of_queries(plan: CourseElicitation) -> None:
    result = solve(plan, time_limit=30)
    report = verify(plan, result, recheck=["learner"])
    assert report.verdict is Verdict.VALID, str(report)
    record = result.solution
    assert record is not None
    assert all(len(own) == plan.queries for own in record.queries)
    again = json.loads(json.dumps(record.to_dict()))
    assert type(record).from_dict(again, plan) == record


@pytest.mark.parametrize("acquisition", ACQUISITIONS)
def test_equal_plans_lead_to_equal_records(acquisition: str) -> None:
    plan = Small(acquisition=acquisition, queries=4).instance(3)
    one, other = (solve(plan).solution for _ in range(2))
    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())
    assert verify(plan, one, recheck=["learner"]).valid


def test_truthful_queries_help_and_the_truth_helps_more() -> None:
    """On a small simulated market; the figures of full size are in the benchmark."""
    record = solve(Simulated(students=20, courses=10, most=3).instance(0)).require()
    assert record.accuracy == 1
    assert record.gain is not None
    assert record.gain > 0.05
    assert record.reported is not None
    assert record.true is not None
    assert 0.6 < record.reported.mean_utility / record.true.mean_utility < 0.95


def test_nothing_is_gained_without_queries_or_mistakes() -> None:
    plan = CourseElicitation(MARKET, noise="none", queries=3)
    record = solve(plan).solution
    assert record.reported.outcome.allocation == record.true.outcome.allocation
    assert (record.gain, record.accuracy) == (0, 1)
    none = solve(CourseElicitation(MARKET, queries=0)).solution
    assert none.accuracy is None
    assert none.queries == ((), (), ())


def test_gains_are_relative_to_the_reports_and_none_where_these_are_worth_nothing() -> None:
    market = {"values": [[0, 0], [0, 0]], "capacities": [1, 1]}
    record = solve(CourseElicitation(market, queries=2)).solution
    assert (record.gain, record.gain_least) == (None, None)
    found = solve(CourseElicitation(MARKET, queries=2, seed=2)).solution
    more = found.learned.mean_utility / found.reported.mean_utility - 1
    assert found.gain == pytest.approx(more)


def test_callables_see_texts_and_names_and_their_answers_are_left_open() -> None:
    seen: list[Comparison] = []

    def longest(pair: Comparison) -> int:
        seen.append(pair)
        return int(len(pair.names[1]) > len(pair.names[0]))

    labels = {"courses": ["art", "law", "math", "music"]}
    plan = CourseElicitation({**MARKET, "labels": labels}, queries=2, answerer=longest,
                             texts="template")  # fmt: skip
    result = solve(plan)
    assert result.status is Status.SOLVED
    assert {pair.student for pair in seen} == {0, 1, 2}
    assert seen[0].text.startswith("I want most of all art")
    assert seen[0].names[0] == tuple(labels["courses"][j] for j in seen[0].bundles[0])
    assert [query.answer for query in result.solution.queries[0]] == [
        int(len(pair.bundles[1]) > len(pair.bundles[0])) for pair in seen if pair.student == 0
    ]
    assert result.check.verdict is Verdict.NOT_PROVED
    (open_,) = result.check.unchecked
    assert open_ == "that longest, a Python function, answered as recorded"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (lambda pair: 2, "returned 2, expected 0 or 1"),
        (lambda pair: True, "returned True, expected 0 or 1"),
        (lambda pair: "A", "returned 'A', expected 0 or 1"),
        (lambda pair: 1 // 0, "raised ZeroDivisionError"),
    ],
)
def test_a_callable_that_fails_is_asked_no_more_and_others_go_on(said: Any, reason: str) -> None:
    def answers(pair: Comparison) -> Any:
        return said(pair) if pair.student == 1 else 0

    result = solve(CourseElicitation(MARKET, queries=2, answerer=answers))
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.BACKEND)
    (failure,) = result.solution.failures
    assert (failure.student, failure.query) == (1, 0)
    assert reason in failure.reason
    assert [len(own) for own in result.solution.queries] == [2, 0, 2]
    assert result.check.valid


def test_noisy_answers_are_right_as_often_as_they_are_said_to_be() -> None:
    plan = CourseElicitation(
        {"values": np.random.default_rng(0).random((40, 8)), "capacities": [20] * 8,
         "max_courses": 3},
        queries=40, answerer=proxies.noisy(0.75), acquisition="random",
    )  # fmt: skip
    record = solve(plan).solution
    assert record.accuracy == pytest.approx(0.75, abs=0.03)


def test_a_run_that_was_stopped_proves_nothing() -> None:
    clock = Deadline()
    clock.cancel()
    result = solve(Small().instance(0), deadline=clock)
    assert result.status in (Status.UNKNOWN, Status.FEASIBLE)
    assert result.limit is Limit.INTERRUPTED


def test_mechanisms_that_do_not_apply_are_refused_with_the_reason() -> None:
    with pytest.raises(OptionError, match="requests_at_once"):
        solve(CourseElicitation(MARKET), requests_at_once=0)
    with pytest.raises(OptionError, match="fresh = True"):
        solve(CourseElicitation(MARKET), offline=True, fresh=True)


def test_a_curve_ends_where_the_record_does() -> None:
    plan = Small(queries=8).instance(2)
    record = solve(plan).solution
    points = learning_curve(record, [0, 8])
    assert [point.queries for point in points] == [0, 8]
    assert points[1].placement.mean_utility == record.learned.mean_utility
    alone = solve(
        CourseElicitation(plan.market, queries=0, seed=plan.seed, noise=plan.noise)
    ).solution
    assert points[0].placement.mean_utility == alone.learned.mean_utility
    with pytest.raises(OptionError, match="9 is not between 0 and 8"):
        learning_curve(record, [9])
    assert even_counts(10) == [0, 2, 5, 8, 10]


def test_questions_are_answered_and_checked() -> None:
    plan = Small(queries=6, accuracy=0.8).instance(1)
    result = solve(plan)
    curve = eqsolve.ask(plan, "curve", result=result, counts=(0, 6))
    assert curve.check.valid
    assert [point["queries"] for point in curve.fields["points"]] == [0, 6]
    answers = eqsolve.ask(plan, "answers", result=result, parts=3)
    assert sum(part["answers"] for part in answers.fields["parts"]) == 72
    assert answers.check.valid
    stakes = stakes_of(result.solution, 3)
    assert [stake.low for stake in stakes] == sorted(stake.low for stake in stakes)
    assert sum(stake.right for stake in stakes) / 72 == pytest.approx(result.solution.accuracy)


def test_records_are_shown() -> None:
    plan = Small(queries=2).instance(0)
    result = solve(plan)
    shown = str(eqsolve.view(plan, result))
    for part in ("24 of 24 queries", "Allocations, by true utility", "reported", "popular9"):
        assert part in shown
