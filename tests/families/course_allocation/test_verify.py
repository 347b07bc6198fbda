"""Break each condition of a right answer: the report names that one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eqsolve import Bounds, CourseAllocation, Status, load, solve, verify
from eqsolve.families.course_allocation.verify.search import find_better, student_of

RULES = load("catalog:pairs-and-groups")
TWO = CourseAllocation([[1], [1]], [1], budgets=[1, 1.01])


@pytest.fixture(scope="module")
def answer():
    return solve(RULES, method="aceei")


@pytest.fixture(scope="module")
def two():
    return solve(TWO, method="aceei")


def failed(market, result, **fields):
    changed = replace(result, solution=replace(result.solution, **fields))
    return {check.id.removeprefix("courses.") for check in verify(market, changed).failures}


def with_bundle(result, i, bundle):
    allocation = list(result.solution.allocation)
    allocation[i] = bundle
    return tuple(allocation)


def test_bundles_that_are_not_permissible(answer):
    for i, bundle in (
        (0, (0, 3)),  # forbidden to it, and in conflict
        (1, (0, 3)),  # in conflict
        (2, (1, 2, 3)),  # one too many
        (1, (0, 1, 2)),  # three courses, too many credits
        (0, (2, 0)),  # not rising
        (0, (9,)),
    ):
        assert failed(RULES, answer, allocation=with_bundle(answer, i, bundle)) == {"permissible"}


def test_wrong_figures(answer):
    solution = answer.solution
    for k in range(4):
        wrong = list(solution.utilities)
        wrong[k] += 0.01
        assert "utilities" in failed(RULES, answer, utilities=tuple(wrong))
        wrong = list(solution.excess)
        wrong[k] += 1
        assert failed(RULES, answer, excess=tuple(wrong)) == {"excess"}
        wrong = [
            not entry if j == k else entry for j, entry in enumerate(solution.maximin_certified)
        ]
        assert failed(RULES, answer, maximin_certified=tuple(wrong)) == {"maximin"}
    assert failed(RULES, answer, welfare=solution.welfare + 1) == {"welfare"}
    assert failed(RULES, answer, least_utility=solution.least_utility - 1) == {"least-utility"}
    assert failed(RULES, answer, oversubscribed=1) == {"excess"}
    assert "error" in failed(RULES, answer, clearing_error=1.0)
    assert failed(RULES, answer, clearing_bound=1.0) == {"error"}
    assert failed(RULES, answer, above_bound=True) == {"error"}
    assert failed(RULES, answer, perturbation=0.5) == {"prices"}


def test_zero_priced_courses_do_not_count(two):
    market = CourseAllocation([[1, 1], [1, 0]], [1, 3], max_courses=1, budgets=[1, 1.01])
    result = solve(market, method="aceei")
    assert result.solution.clearing_error == 0
    assert result.solution.excess[1] == -2
    assert "error" in failed(market, result, clearing_error=2.0)
    assert failed(market, result, prices=(result.solution.prices[0], 0.5)) >= {"error"}


def test_a_bundle_dearer_than_the_budget(two):
    poor = 0 if two.solution.allocation[0] else 1
    prices = (two.solution.budgets[poor] + 0.1,)
    assert "budget" in failed(TWO, two, prices=prices)


def test_a_better_bundle_is_named_with_its_price(two):
    changed = replace(two, solution=replace(two.solution, prices=(0.5,)))
    worst = next(
        check.worst for check in verify(TWO, changed).failures if check.id == "courses.demand"
    )
    assert "would rather have [0] for 0.5: worth 1, not 0" in worst


def test_students_on_the_edge_are_counted_and_not_blamed():
    market = CourseAllocation([[1], [1]], [1], budgets=[1, 1])
    result = solve(market, method="aceei")
    edge = replace(
        result,
        solution=replace(result.solution, prices=(1.0,), budgets=(1.0, 1.0), perturbation=0.0),
    )
    report = verify(market, edge)
    assert report.valid
    assert any("on the edge of the budget: 2" in check.condition for check in report.checks)


def test_dearer_ties_are_flagged():
    market = CourseAllocation([[1, 1], [1, 2]], [1, 1], max_courses=1, budgets=[1.01, 1])
    result = solve(market, method="aceei")
    other = replace(
        result,
        solution=replace(
            result.solution, prices=(0.5, 0.0), allocation=((0,), (1,)), budgets=(1.01, 1.0),
            utilities=(1.0, 2.0), welfare=3.0, least_utility=1.0, excess=(0, 0),
            maximin_certified=(True, True), perturbation=0.0,
        ),
    )  # fmt: skip
    report = verify(market, other)
    assert not any(check.id == "courses.demand" for check in report.failures)
    assert any("could have as much for less: 1" in check.condition for check in report.checks)


def test_wrong_budgets(two):
    assert "prices" in failed(TWO, two, initial_budgets=(1.0, 1.02))
    assert failed(TWO, two, budgets=None) == {"prices"}
    drawn = CourseAllocation([[1], [1]], [1])
    result = solve(drawn, method="aceei")
    initial = result.solution.initial_budgets
    assert sorted(initial) == [1.0, 1.02]
    assert "prices" in failed(drawn, result, initial_budgets=(1.0, 1.0))


def test_wrong_envy(answer, two):
    for market, result in ((RULES, answer), (TWO, two)):
        envy = result.solution.envy
        for name in ("pairs", "ef1_violations", "ef_tb_violations"):
            wrong = replace(envy, **{name: getattr(envy, name) + 1})
            assert failed(market, result, envy=wrong) == {"envy"}
        assert failed(market, result, envy=replace(envy, worst=envy.worst + 0.1)) == {"envy"}
    assert two.solution.envy.pairs == 1


def test_wrong_status_objective_and_bounds(two):
    def ids(result):
        return {check.id.removeprefix("courses.") for check in verify(TWO, result).failures}

    assert ids(replace(two, objective=-1.0)) == {"objective"}
    assert ids(replace(two, bounds=Bounds(lower=0.0, upper=-1.0, source="certified"))) == {
        "objective"
    }
    both = replace(
        two.solution, allocation=((), ()), excess=(-1,), utilities=(0.0, 0.0), welfare=0.0,
        least_utility=0.0, clearing_error=1.0, above_bound=True, prices=(2.0,), trace=None,
        envy=replace(two.solution.envy, pairs=0, worst=0.0), maximin_certified=(True, True),
        budgets=(1.0, 1.01), perturbation=0.0,
    )  # fmt: skip
    claim = replace(two, solution=both, objective=-1.0, bounds=Bounds(lower=-1.0, upper=0.0))
    assert ids(claim) == {"objective"}
    assert ids(replace(claim, status=Status.FEASIBLE)) == set()


def test_a_trace_below_the_error_is_refused(two):
    worse = solve(TWO, method="aceei", steps=1)
    assert worse.solution.clearing_error > 0
    assert failed(TWO, worse, trace=(0.0,)) == {"error"}


def test_the_search_is_complete_or_says_so():
    market = CourseAllocation([[3, 2, 2]], [1, 1, 1])
    student = student_of(market, 0)
    clash = np.zeros((3, 3), dtype=bool)
    found = find_better(
        student, clash, market.credits, np.arange(3), np.array([1.0, 0.5, 0.5]), 1.0, 3.5
    )
    assert found == ([1, 2], True)


def test_stages_of_course_match():
    market = CourseAllocation(
        [[5, 4, 1], [5, 4, 1], [5, 1, 1]], [1, 2, 3], max_courses=2, budgets=[1, 1.01, 1.02]
    )
    right = solve(market, method="course_match")
    first, second, third = right.solution.stages

    def ids(result):
        return {check.id.removeprefix("courses.") for check in verify(market, result).failures}

    assert not ids(right)
    assert ids(replace(right, status=Status.SOLVED)) >= {"stages"}
    assert ids(replace(right, stats=replace(right.stats, method="aceei"))) == {"stages"}
    for stages in (
        (first, second),
        (first, second, replace(third, error=1.0)),
        (first, second, replace(third, undersubscription=9)),
        (first, replace(second, oversubscription=1), third),
        (replace(first, error=0.5), second, third),
    ):
        assert failed(market, right, stages=stages) == {"stages"}
    # Somebody is left without the course that is free for all.
    i = next(i for i, bundle in enumerate(right.solution.allocation) if 2 in bundle)
    bundle = tuple(j for j in right.solution.allocation[i] if j != 2)
    worse = verify(market, replace(right.solution, allocation=with_bundle(right, i, bundle)))
    named = [check.worst for check in worse.failures if check.id == "courses.free-seats"]
    assert "would rather have" in named[0]
