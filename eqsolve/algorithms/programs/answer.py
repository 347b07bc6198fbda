"""What a foreign solver may answer: solved, infeasible, stopped or failed, and nothing else.

The borders to the backends translate every word, silence and error into one of the four, so that
no caller can take a limit for a proof: whoever wants the values has to say what happens without
them. A word that we do not know is a failure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import BackendError
from eqsolve.core.status import Limit

__all__ = ["Answer", "Failed", "Infeasible", "Solved", "Stopped", "solved_or_stopped"]


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The program was solved to the end.

    Parameters
    ----------
    values : shape (k,), the variables.
    objective : theirs.
    bound : no solution is better; differs from `objective` by the gap that was allowed.
    duals : shape (rows,), >= 0; empty where the backend gives none.
    iterations : of the solver.
    """

    values: FloatArray
    objective: float
    bound: float
    duals: FloatArray = field(default_factory=lambda: np.zeros(0))
    iterations: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Infeasible:
    """There is no solution.

    Parameters
    ----------
    ray : shape (rows,), ``y >= 0`` with ``y A >= 0`` and ``y b < 0``, checked: no ``x >= 0`` has
        ``A x <= b``. None where whole numbers leave only the backend's word.
    """

    ray: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A limit came first.

    Parameters
    ----------
    limit : which.
    values, objective : the best solution so far, or None and -inf.
    bound : no solution is better, by the backend's word; infinite where it said nothing.
    """

    limit: Limit
    values: FloatArray | None = None
    objective: float = -math.inf
    bound: float = math.inf


@dataclass(frozen=True, slots=True)
class Failed:
    """The backend broke down, or said something that we do not understand.

    Parameters
    ----------
    text : what it said.
    """

    text: str


Answer = Solved | Infeasible | Stopped | Failed
"""What a call of a backend returns."""


def solved_or_stopped(answer: Answer, feasible_because: str) -> Solved | Stopped:
    """Return the answer for a program that is known to have a solution.

    Parameters
    ----------
    feasible_because : why it has one, for the message.

    Raises
    ------
    BackendError : the backend failed, or says that there is none.

    Examples
    --------
    >>> solved_or_stopped(Stopped(Limit.TIME), "x = 0 is a solution").limit
    <Limit.TIME: 'time'>
    """
    if isinstance(answer, Failed):
        raise BackendError(answer.text)
    if isinstance(answer, Infeasible):
        raise BackendError(f"the solver says that there is no solution, but {feasible_because}")
    return answer
