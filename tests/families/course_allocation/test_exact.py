"""Least clearing errors: the program beside enumeration, and what fixed budgets cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve import CourseAllocation, Deadline, Limit, Status, load, solve, verify
from eqsolve.core.report import Verdict
from eqsolve.families.course_allocation.methods.auto import Auto
from eqsolve.families.course_allocation.strategies import course_allocations
from eqsolve.families.course_allocation.supporting import options_of, supported

ONE_SEAT = load("catalog:one-seat-for-two")
UNEQUAL = load("catalog:fixed-budgets-fail")


@settings(max_examples=20)
@given(course_allocations(max_students=2, max_courses=3), st.sampled_from([0.0, 0.01]))
def test_the_program_and_enumeration_find_the_same_least_error(market, shift):
    one = solve(market, method="exact", budget_perturbation=shift)
    other = solve(market, method="enumeration", budget_perturbation=shift)
    assert one.status is other.status is Status.SOLVED
    assert one.objective == other.objective
    assert one.check.verdict is Verdict.VALID


@pytest.mark.parametrize("seats", [3, 10**8])
def test_seats_that_nobody_can_fill_cost_neither_error_nor_memory(seats):
    market = CourseAllocation([[5, 1], [5, 1]], [1, seats])
    for method in ("exact", "enumeration"):
        result = solve(market, method=method)
        assert result.status is Status.SOLVED
        assert result.objective == 0


def test_a_program_that_is_stopped_is_a_limit_and_no_failure():
    deadline = Deadline()
    deadline.cancel()
    options = options_of(ONE_SEAT)
    one = np.ones(ONE_SEAT.n_students)
    none = np.zeros(0, dtype=np.int64)
    chosen = [0] * ONE_SEAT.n_students
    assert supported(ONE_SEAT, options, chosen, none, one, one, deadline) is Limit.INTERRUPTED


def test_with_budgets_held_fixed_the_bound_can_fail():
    """One seat for two students with equal budgets, and a market with partly unequal ones."""
    for market in (ONE_SEAT, UNEQUAL):
        for method in ("exact", "enumeration"):
            fixed = solve(market, method=method, budget_perturbation=0.0)
            assert fixed.status is Status.SOLVED
            assert fixed.solution.above_bound
            assert fixed.solution.perturbation == 0
            assert fixed.check.verdict is Verdict.VALID
        moved = solve(market, method="exact")
        assert moved.solution.clearing_error <= moved.solution.clearing_bound


def test_a_larger_error_is_not_called_the_least():
    market = CourseAllocation([[1], [1]], [1], budgets=[1, 1.01])
    worse = solve(market, method="aceei", steps=1)
    assert worse.solution.clearing_error == 1
    fixed = solve(ONE_SEAT, method="exact", budget_perturbation=0.0)
    claim = replace(
        worse, status=Status.SOLVED, certificate=fixed.certificate, bounds=fixed.bounds, limit=None
    )
    failures = {check.id: check.worst for check in verify(market, claim).failures}
    assert set(failures) == {"courses.least"}
    assert "has less error, supported by prices" in failures["courses.least"]
    bare = replace(claim, certificate=None)
    assert "courses.least" in {check.id for check in verify(market, bare).failures}


def test_auto_takes_the_program_where_it_is_tiny():
    assert Auto().choose_method(ONE_SEAT)[0].name == "exact"
    large = CourseAllocation([[1] * 5] * 5, [1] * 5)
    assert Auto().choose_method(large)[0].name == "aceei"


@pytest.mark.parametrize("method", ["exact", "enumeration"])
@pytest.mark.parametrize(
    "budgets",
    [[1e12, 1e12, 1e12], [1e-12, 1e-12, 1e-12], [1, 1e6, 1e-6]],
    ids=["large", "small", "unequal"],
)
def test_the_unit_of_money_does_not_matter(method: str, budgets: list[float]) -> None:
    values = [[1, 2, 3], [3, 2, 1], [1, 1, 1]]
    market = CourseAllocation(values, [1, 1, 1], budgets=budgets)
    result = solve(market, method=method)
    assert result.status is Status.SOLVED
    assert result.solution.clearing_error == 0
    assert verify(market, result).valid
