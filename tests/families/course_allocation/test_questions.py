"""Mechanisms in one table, and the search for reports that pay."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve.core.errors import InstanceError, OptionError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.questions.comparing import (
    COMPARED,
    compare_mechanisms,
    draws,
)
from eqsolve.families.course_allocation.questions.misreporting import (
    profitable_misreport,
    reporting,
)
from eqsolve.families.course_allocation.solve import METHODS, solve
from eqsolve.families.course_allocation.strategies import course_allocations
from tests.families.course_allocation import oracle

MARKET = CourseAllocation(
    [[9, 6, 4, 1], [8, 7, 3, 2], [9, 1, 5, 4]],
    [1, 2, 1, 1],
    max_courses=2,
    conflicts=[[1, 3]],
    labels={"students": ["ann", "bob", "cyd"], "courses": ["art", "law", "zoo", "gym"]},
)


def test_every_figure_of_the_table_follows_from_the_runs() -> None:
    (row,) = compare_mechanisms(MARKET, ["draft"], seeds=6, first_seed=2)
    solutions = [solve(MARKET, method="draft", seed=seed).require() for seed in range(2, 8)]
    utilities = [[float(oracle.utility(MARKET, i, s.allocation[i])) for i in range(3)]
                 for s in solutions]  # fmt: skip
    assert row.utilities.tolist() == utilities
    assert row.runs == 6
    assert row.mean == pytest.approx(np.mean(utilities))
    assert row.least == pytest.approx(np.mean([min(worths) for worths in utilities]))
    flat = sorted(itertools.chain(*utilities))
    assert row.deciles == pytest.approx(np.percentile(flat, range(10, 100, 10)))
    envious = [oracle.envy(MARKET, s.allocation) for s in solutions]
    assert row.envy == pytest.approx(np.mean([len(pairs) for pairs, _ in envious]))
    assert row.ef1_violations == pytest.approx(np.mean([len(rest) for _, rest in envious]))
    taken = [sum(map(len, s.allocation)) for s in solutions]
    assert row.unfilled == pytest.approx(5 - np.mean(taken))
    assert (row.oversubscribed, row.error) == (0, None)
    assert row.seconds > 0
    assert [report.valid for report in row.reports] == [True] * 6


def test_only_what_is_drawn_is_run_with_many_seeds() -> None:
    rows = {row.mechanism: row for row in compare_mechanisms(MARKET, seeds=3)}
    there = {name for name in COMPARED if name in {method.name for method in METHODS}}
    assert set(rows) == there
    assert {name: row.runs for name, row in rows.items() if name in ("draft", "utilitarian")} == {
        "draft": 3,
        "utilitarian": 1,
    }
    given = CourseAllocation([[1]], [1], budgets=[1])
    assert draws(MARKET, "aceei")
    assert not draws(given, "aceei")
    assert draws(given, "draft")


def test_mechanisms_that_do_not_apply_say_why() -> None:
    market = CourseAllocation(np.ones((6, 60)), [1] * 60, max_courses=5)
    rows = compare_mechanisms(market, ["utilitarian", "draft"], seeds=1)
    assert rows[0].runs == 0
    assert "are more than the 30000000 that are listed" in rows[0].reason
    assert rows[1].mean == 5
    clock = Deadline()
    clock.cancel()
    (late,) = compare_mechanisms(MARKET, ["draft"], deadline=clock)
    assert (late.runs, late.mean, late.reason) == (0, None, "no time was left")


def test_wrong_arguments() -> None:
    with pytest.raises(OptionError, match="mechanism 'lottery' is none"):
        compare_mechanisms(MARKET, ["lottery"])
    with pytest.raises(OptionError, match="seeds = 0: must be a whole number >= 1"):
        compare_mechanisms(MARKET, seeds=0)
    with pytest.raises(InstanceError, match="i = 3: must be a student, 0 to 2"):
        profitable_misreport(MARKET, 3)
    with pytest.raises(OptionError, match="mechanism 'auto' is none"):
        profitable_misreport(MARKET, 0, "auto")


def test_the_question_has_a_table_and_a_check() -> None:
    answer = eqsolve.ask(MARKET, "compare_mechanisms", seeds=2)
    assert answer.check.valid
    assert {row["mechanism"] for row in answer.fields["mechanisms"]} <= set(COMPARED)
    assert "draft" in str(answer)
    assert answer.sentence.startswith("utilitarian gives most on average")


LEAVER = CourseAllocation(
    [[10, 9, 1], [0, 10, 5]], [1, 1, 1], max_courses=2, labels={"students": ["ann", "bob"]}
)
"""Nobody else wants ann's favourite: she does well to pick the other course first."""


@pytest.mark.parametrize(("rule", "honest"), [("draft", 10), ("round_robin", 11)])
def test_picking_can_be_manipulated(rule: str, honest: float) -> None:
    found = profitable_misreport(LEAVER, 0, rule, order=[0, 1])
    assert (found.truthful, found.lying, found.gain) == (honest, 19, 19 - honest)
    lied = reporting(LEAVER, 0, found.values.tolist())
    assert solve(lied, method=rule, order=[0, 1]).require().allocation[0] == (0, 1)


@settings(max_examples=15)
@given(course_allocations(max_students=3, max_courses=3), st.integers(0, 5))
def test_nobody_gains_where_students_choose_in_turn(market: CourseAllocation, seed: int) -> None:
    for i in range(market.n_students):
        found = profitable_misreport(market, i, "serial_dictatorship", seed=seed)
        assert found.gain == 0
        assert found.values.tolist() == market.values[i].tolist()


def test_the_search_ends_with_the_time() -> None:
    clock = Deadline(Limits(time=1e-9))
    found = profitable_misreport(MARKET, 0, "draft", deadline=clock)
    assert (found.tried, found.gain, found.limit) == (1, 0, Limit.TIME)


def test_a_misreport_is_told_with_its_check() -> None:
    answers = [
        eqsolve.ask(LEAVER, "profitable_misreport", student=0, seed=seed) for seed in range(8)
    ]
    assert all(answer.check.valid for answer in answers)
    gaining = [answer for answer in answers if answer.fields["gain"] > 0]
    rest = [answer for answer in answers if answer.fields["gain"] == 0]
    assert gaining[0].sentence == "ann gains 9 in draft by another report: 19 instead of 10"
    assert "What it reports" in str(gaining[0])
    assert "none of which gains" in rest[0].sentence
