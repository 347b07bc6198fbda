"""Claims about mechanisms that are not true, one broken thing at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Bounds, Result
from eqsolve.core.status import Status
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import solved
from eqsolve.families.course_allocation.solve import solve
from eqsolve.families.course_allocation.verify import verify
from tests.families.course_allocation.test_mechanisms import fractional

MARKET = CourseAllocation(
    [[9, 6, 4, 1], [8, 7, 3, 2], [9, 1, 5, 4]],
    [1, 2, 1, 1],
    max_courses=2,
    conflicts=[[1, 3]],
    adjustments=[[[0, 1, -3]], [], [[2, 3, 2.5]]],
)
METHODS = ("serial_dictatorship", "round_robin", "draft", "utilitarian", "egalitarian")


def told(result: Result[Any], **fields: Any) -> Result[Any]:
    """Return a result with other fields in its solution."""
    return replace(result, solution=replace(result.require(), **fields))


def allocated(result: Result[Any], allocation: Any, **more: Any) -> Result[Any]:
    """Return a result with another allocation and all that follows from it."""
    old = result.require()
    fields = {"mechanism": old.mechanism, "order": old.order, **more}
    solution = solved(MARKET, allocation, **fields)
    objective = result.objective
    if solution.mechanism == "utilitarian":
        objective = solution.welfare
    if solution.mechanism == "egalitarian":
        objective = solution.least_utility
    bounds = replace(result.bounds, lower=objective) if objective is not None else result.bounds
    return replace(result, solution=solution, objective=objective, bounds=bounds)


def broken(result: Result[Any]) -> set[str]:
    return {check.id for check in verify(MARKET, result).failures}


@pytest.fixture(params=METHODS)
def result(request: pytest.FixtureRequest) -> Result[Any]:
    return solve(MARKET, method=request.param, seed=1)


def test_what_the_mechanisms_give_is_valid(result: Result[Any]) -> None:
    report = verify(MARKET, result)
    assert report.valid
    assert not report.unchecked


def test_a_course_too_many_a_course_too_few(result: Result[Any]) -> None:
    bundles = list(result.require().allocation)
    for i in range(3):
        for other in ((), (0,), (0, 2), (1,), (1, 2), (0, 1), (0, 3), (2, 3), (3,), (2,)):
            if other != bundles[i]:
                changed = [*bundles[:i], other, *bundles[i + 1 :]]
                assert broken(allocated(result, changed)), (i, other)


def test_more_students_than_seats_are_never_called_feasible(result: Result[Any]) -> None:
    assert "courses.seats" in broken(allocated(result, [(0, 2), (0, 1), (1, 2)]))


@pytest.mark.parametrize("method", METHODS[:3])
def test_an_order_that_was_not_followed(method: str) -> None:
    result = solve(MARKET, method=method, order=[0, 1, 2])
    other = solve(MARKET, method=method, order=[2, 0, 1])
    assert result.require().allocation != other.require().allocation
    name = "courses.serial" if method == "serial_dictatorship" else "courses.picking"
    assert broken(told(result, order=(2, 0, 1))) == {name}
    for order in ((0, 1), (0, 1, 1), None):
        assert broken(told(result, order=order)) == {"courses.order"}
    assert "courses.order" in broken(told(result, mechanism="lottery"))
    assert "courses.order" in broken(told(result, mechanism=None))
    assert "courses.order" in broken(told(result, mechanism="utilitarian"))


def test_one_rule_is_not_another() -> None:
    snake = solve(MARKET, method="draft", order=[2, 1, 0])
    assert broken(told(snake, mechanism="round_robin")) == {"courses.picking"}
    assert broken(told(snake, mechanism="serial_dictatorship")) == {"courses.serial"}


def test_prices_beside_a_mechanism() -> None:
    equal = solve(MARKET, method="aceei").solution
    assert "courses.order" in {
        check.id for check in verify(MARKET, replace(equal, mechanism="utilitarian")).failures
    }


@pytest.mark.parametrize("method", METHODS[3:])
def test_objective_bounds_and_status(method: str) -> None:
    result = solve(MARKET, method=method)
    value = result.objective
    for wrong in (
        replace(result, objective=value + 1),
        replace(result, objective=None),
        replace(result, bounds=Bounds(lower=value + 1, upper=value + 1, source="certified")),
        replace(result, bounds=Bounds(lower=value, upper=value - 1, source="certified")),
    ):
        assert broken(wrong) == {"courses.optimum"}


@pytest.mark.parametrize("method", METHODS[3:])
def test_seat_prices_that_prove_less(method: str) -> None:
    result = solve(MARKET, method=method)
    data = result.certificate.data
    for name in data:
        if name == "ceiling":
            continue
        for prices in ([0.0] * 3, [-1.0] * 4, [np.inf] * 4, "none", None, [100.0] * 4):
            lie = replace(result.certificate, data={**data, name: prices})
            report = verify(MARKET, replace(result, certificate=lie))
            if name == "seat_prices" and method == "egalitarian":
                assert report.valid  # the sum is looked through; only the least is claimed
            else:
                assert not report.valid, (name, prices)
    assert broken(replace(result, certificate=None)) == {"courses.optimum"}


def test_a_ceiling_that_is_none() -> None:
    result = solve(MARKET, method="egalitarian")
    for ceiling in (result.objective - 1, "high", np.nan):
        lie = replace(result.certificate, data={**result.certificate.data, "ceiling": ceiling})
        assert broken(replace(result, certificate=lie)) == {"courses.optimum"}


def test_worse_allocations_are_not_the_best_by_a_solver_s_word() -> None:
    for method, others in (
        ("utilitarian", [[(0, 2), (1,), (3,)], [(), (), ()]]),
        ("egalitarian", [[(0, 2), (1,), (3,)], [(), (), ()]]),
    ):
        result = solve(MARKET, method=method)
        for allocation in others:
            worse = allocated(result, allocation)
            value = worse.objective
            word = BoundCertificate(value, "backend", "somebody says so", {})
            bounds = Bounds(lower=value, upper=value, source="backend")
            lie = replace(worse, certificate=word, bounds=bounds)
            assert broken(lie) == {"courses.optimum"}
            for source in ("backend", "exhaustive", None):
                unproved = replace(bounds, source=source)
                assert broken(replace(lie, status=Status.FEASIBLE, bounds=unproved)) == {
                    "courses.optimum"
                }
            assert "courses.optimum" not in broken(replace(
                worse, status=Status.FEASIBLE, certificate=None, bounds=Bounds(lower=value),
            ))  # fmt: skip


def test_the_least_is_best_but_the_sum_is_not() -> None:
    market = CourseAllocation([[4, 1], [4, 3]], [1, 1], max_courses=1)
    fair = solve(market, method="egalitarian")
    assert (fair.objective, fair.require().welfare) == (3.0, 7.0)
    market = CourseAllocation([[4, 1], [0, 0]], [1, 1], max_courses=1)
    fair = solve(market, method="egalitarian")
    assert (fair.objective, fair.require().welfare) == (0.0, 4.0)
    worse = replace(fair, solution=solved(market, [(1,), ()], mechanism="egalitarian"))
    assert [check.id for check in verify(market, worse).failures] == ["courses.optimum"]


def test_what_is_left_to_the_solver_is_said() -> None:
    small = fractional()
    result = solve(small, method="utilitarian")
    assert verify(small, result).verdict.value == "valid"
    clock = Deadline()
    clock.cancel()
    late = verify(small, result, deadline=clock)
    assert late.verdict.value == "not proved"
    assert "that no allocation is better" in late.unchecked[0]
    many = CourseAllocation(
        np.zeros((3, 15)),
        [1] * 15,
        adjustments=[[[a, b, 10]] for a, b in ([0, 1], [1, 2], [0, 2])],
        max_courses=2,
    )
    large = solve(many, method="utilitarian")
    assert large.bounds.source == "backend"
    assert large.check.unchecked == (
        "that no allocation is better: the seat prices leave a gap, the rest is the solver's word",
    )


def test_bare_solutions_are_claimed_without_proof() -> None:
    for method in METHODS:
        solution = solve(MARKET, method=method).require()
        assert verify(MARKET, solution).valid
        assert not verify(MARKET, solution).unchecked
