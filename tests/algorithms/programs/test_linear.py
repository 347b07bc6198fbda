from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.sparse import csr_array

from eqsolve.algorithms.programs.answer import Failed, Infeasible, Solved, Stopped
from eqsolve.algorithms.programs.linear import maximize_linear
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit


@pytest.mark.parametrize("size", [1.0, 2.0**40, 2.0**70, 1e100])
def test_the_size_of_the_objective_does_not_matter(size: float) -> None:
    matrix = csr_array([[1.0, 1.0], [1.0, 0.0]])
    answer = maximize_linear(size * np.array([3.0, 2.0]), matrix, np.array([2.0, 1.0]), Deadline())
    assert isinstance(answer, Solved)
    assert answer.values.tolist() == [1.0, 1.0]
    assert answer.objective == answer.bound == pytest.approx(5 * size)
    assert answer.duals == pytest.approx([2 * size, 1 * size])


@given(
    st.lists(
        st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-2, 2)),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_called_infeasible_has_a_ray_and_everything_else_a_point(
    lines: list[tuple[int, int, int]],
) -> None:
    table = np.array(lines, dtype=np.float64)
    matrix, right = csr_array(table[:, :2]), table[:, 2]
    answer = maximize_linear(np.zeros(2), matrix, right, Deadline())
    if isinstance(answer, Infeasible):
        ray = answer.ray
        assert ray is not None
        assert (ray >= 0).all()
        assert (table[:, :2].T @ ray >= -1e-9).all()
        assert ray @ right < 0
    else:
        assert isinstance(answer, Solved)
        assert (answer.values >= -1e-9).all()
        assert (table[:, :2] @ answer.values <= right + 1e-6).all()


def test_without_variables_a_negative_row_is_the_ray() -> None:
    nothing = csr_array((2, 0))
    found = maximize_linear(np.zeros(0), nothing, np.array([1.0, -1.0]), Deadline())
    assert isinstance(found, Infeasible)
    assert found.ray is not None
    assert found.ray.tolist() == [0.0, 1.0]
    assert isinstance(maximize_linear(np.zeros(0), nothing, np.ones(2), Deadline()), Solved)


def _answer(monkeypatch: pytest.MonkeyPatch, **said: Any) -> Any:
    """Return how an answer of linprog is understood."""
    monkeypatch.setattr("scipy.optimize.linprog", lambda *args, **kwargs: SimpleNamespace(**said))
    return maximize_linear(np.ones(1), csr_array([[1.0]]), np.array([-1.0]), Deadline())


@pytest.mark.parametrize("word", [3, 4, 5, 99, -1])
def test_words_that_prove_nothing_are_failures(monkeypatch: pytest.MonkeyPatch, word: int) -> None:
    answer = _answer(monkeypatch, status=word, message="something odd")
    assert isinstance(answer, Failed)
    assert "something odd" in answer.text


def test_a_limit_without_a_deadline_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _answer(monkeypatch, status=1, message="") == Stopped(Limit.TIME)


def test_infeasible_without_a_ray_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(_answer(monkeypatch, status=2, message=""), Failed)


@pytest.mark.parametrize("broken", ["x", "fun", "duals"])
def test_numbers_that_are_none_are_a_failure(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    parts = {key: np.full(1, np.nan if key == broken else 1.0) for key in ("x", "fun", "duals")}
    answer = _answer(
        monkeypatch,
        status=0,
        x=parts["x"],
        fun=parts["fun"][0],
        ineqlin=SimpleNamespace(marginals=parts["duals"]),
        nit=1,
    )
    assert isinstance(answer, Failed)


def test_an_exception_keeps_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("out of order")

    monkeypatch.setattr("scipy.optimize.linprog", broken)
    answer = maximize_linear(np.ones(1), csr_array([[1.0]]), np.ones(1), Deadline())
    assert answer == Failed("HiGHS failed: out of order")


def test_no_time_is_a_limit_even_where_there_is_no_solution() -> None:
    matrix, right = csr_array([[1.0]]), np.array([-1.0])
    late = Deadline(Limits(time=1e-9))
    assert maximize_linear(np.ones(1), matrix, right, late) == Stopped(Limit.TIME)
    canceled = Deadline()
    canceled.cancel()
    assert maximize_linear(np.ones(1), matrix, right, canceled) == Stopped(Limit.INTERRUPTED)


def test_a_ray_that_shows_nothing_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = SimpleNamespace(
        status=0, x=np.zeros(2), fun=0.0, nit=1, ineqlin=SimpleNamespace(marginals=np.zeros(1))
    )
    said = iter([SimpleNamespace(status=2, message=""), nothing])
    monkeypatch.setattr("scipy.optimize.linprog", lambda *args, **kwargs: next(said))
    answer = maximize_linear(np.ones(1), csr_array([[1.0]]), np.array([-1.0]), Deadline())
    assert isinstance(answer, Failed)
    assert "cannot show why" in answer.text
