from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eqsolve.algorithms.programs import conic
from eqsolve.algorithms.programs.answer import Answer, Failed, Infeasible, Solved, Stopped
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit


def _solve(least: float, most: float, deadline: Deadline | None = None) -> tuple[Answer, Any]:
    """Maximize log x with least <= x <= most."""
    cp = conic.algebra
    x = cp.Variable()
    problem = cp.Problem(cp.Maximize(cp.log(x)), [x >= least, x <= most])
    return conic.solve_conic(problem, deadline or Deadline()), x


def test_solved_and_infeasible() -> None:
    answer, x = _solve(1.0, 2.0)
    assert isinstance(answer, Solved)
    assert x.value == pytest.approx(2.0)
    answer, x = _solve(2.0, 1.0)
    assert isinstance(answer, Infeasible)
    assert answer.ray is not None
    assert x.value is None


def test_no_time_is_a_limit() -> None:
    assert _solve(2.0, 1.0, Deadline(Limits(time=1e-9)))[0] == Stopped(Limit.TIME)


WORDS = {
    "MaxIterations": Stopped(Limit.ITERATIONS),
    "MaxTime": Stopped(Limit.TIME),
    "CallbackTerminated": Stopped(Limit.TIME),
    "PrimalInfeasible": Failed("Clarabel says that there is no solution, but cannot show why"),
    "DualInfeasible": Failed("Clarabel ended with 'DualInfeasible'"),
    "AlmostPrimalInfeasible": Failed("Clarabel ended with 'AlmostPrimalInfeasible'"),
    "NumericalError": Failed("Clarabel ended with 'NumericalError'"),
    "Unheard": Failed("Clarabel ended with 'Unheard'"),
}


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_one_meaning(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    def solver(data: Any, deadline: Deadline) -> Any:
        said = SimpleNamespace(status=word, z=np.ones(len(data["b"])))
        return SimpleNamespace(solve=lambda: said)

    monkeypatch.setattr(conic, "_solver", solver)
    answer, x = _solve(1.0, 2.0)
    assert answer == WORDS[word]
    assert x.value is None
