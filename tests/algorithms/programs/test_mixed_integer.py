from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy.sparse import csr_array

from eqsolve.algorithms.programs import mixed_integer
from eqsolve.algorithms.programs.answer import Answer, Failed, Infeasible, Solved, Stopped
from eqsolve.algorithms.programs.mixed_integer import MixedBackend, maximize_mixed_integer
from eqsolve.algorithms.programs.ortools_first import load_mathopt
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit

REASONS = load_mathopt().TerminationReason


def _solve(right: list[float], limit: float | None = None, **options: Any) -> Answer:
    """Maximize 3 x + 2 y with 2 x + 2 y <= right, x and y 0 or 1; and further rows."""
    matrix = csr_array([[2.0, 2.0], [-1.0, -1.0]][: len(right)])
    return maximize_mixed_integer(
        np.array([3.0, 2.0]),
        matrix,
        np.array(right),
        integer=np.array([True, True]),
        upper=np.ones(2),
        deadline=Deadline(Limits(time=limit)),
        **options,
    )


@pytest.mark.parametrize("backend", ["highs", "scip", "cp_sat"])
def test_solved_and_infeasible(backend: MixedBackend) -> None:
    answer = _solve([3.0], backend=backend)
    assert isinstance(answer, Solved)
    assert answer.objective == answer.bound == pytest.approx(3.0)
    assert isinstance(_solve([1.0, -1.0], backend=backend), Infeasible)


def test_no_time_is_a_limit_even_where_there_is_no_solution() -> None:
    assert _solve([1.0, -1.0], limit=1e-9) == Stopped(Limit.TIME)


class _Variable(NamedTuple):
    """MathOpt's variable, as far as we look at it."""

    id: int


def _said(
    reason: Any, *, values: list[float] | None = None, bound: float = np.inf, detail: str = ""
) -> Any:
    """Return what MathOpt returns."""
    primal = None
    if values is not None:
        amounts = {_Variable(k): value for k, value in enumerate(values)}
        worth = 3 * values[0] + 2 * values[1]
        primal = SimpleNamespace(variable_values=amounts, objective_value=worth)
    return SimpleNamespace(
        termination=SimpleNamespace(
            reason=reason, detail=detail, objective_bounds=SimpleNamespace(dual_bound=bound)
        ),
        has_primal_feasible_solution=lambda: primal is not None,
        solutions=[SimpleNamespace(primal_solution=primal)],
    )


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that solves with a backend that says what it is told to."""

    def told(said: Any, right: list[float] | None = None, **options: Any) -> Answer:
        monkeypatch.setattr(mixed_integer, "_solve", lambda *args: said)
        return _solve([1.0, -1.0] if right is None else right, **options)

    return told


@pytest.mark.parametrize("reason", list(REASONS))
def test_without_a_solution_only_one_word_is_a_proof(speak: Any, reason: Any) -> None:
    answer = speak(_said(reason, bound=-np.inf, detail="who knows"))
    if reason == REASONS.INFEASIBLE:
        assert isinstance(answer, Infeasible)
    elif reason in (REASONS.FEASIBLE, REASONS.NO_SOLUTION_FOUND):
        assert answer == Stopped(Limit.TIME)  # whatever sign its infinite bound has
    else:
        assert isinstance(answer, Failed)
        assert "who knows" in answer.text


@pytest.mark.parametrize("reason", list(REASONS))
def test_with_a_solution_only_one_word_is_a_proof(speak: Any, reason: Any) -> None:
    answer = speak(_said(reason, values=[1.0, 0.0], bound=4.0), [3.0])
    if reason == REASONS.OPTIMAL:
        assert isinstance(answer, Solved)
        assert (answer.objective, answer.bound) == (3.0, 4.0)
    elif reason in (REASONS.FEASIBLE, REASONS.NO_SOLUTION_FOUND):
        assert isinstance(answer, Stopped)
        assert (answer.objective, answer.bound) == (3.0, 4.0)
    else:
        assert isinstance(answer, Failed)


def test_a_bound_below_the_solution_does_not_count(speak: Any) -> None:
    answer = speak(_said(REASONS.FEASIBLE, values=[1.0, 0.0], bound=2.0), [3.0])
    assert isinstance(answer, Stopped)
    assert answer.bound == 3.0


def test_infeasible_is_a_failure_where_nothing_is_a_solution(speak: Any) -> None:
    assert isinstance(speak(_said(REASONS.INFEASIBLE), [3.0]), Failed)


def test_numbers_that_are_none_are_a_failure(speak: Any) -> None:
    assert isinstance(speak(_said(REASONS.OPTIMAL, values=[np.nan, 0.0]), [3.0]), Failed)


def test_effort_is_another_limit_than_time(speak: Any) -> None:
    answer = speak(_said(REASONS.NO_SOLUTION_FOUND), effort=1.0)
    assert answer == Stopped(Limit.ITERATIONS)


def test_an_exception_keeps_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise ValueError("out of order")

    monkeypatch.setattr(mixed_integer, "_solve", broken)
    assert _solve([3.0]) == Failed("highs failed: out of order")
