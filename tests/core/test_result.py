"""Results refuse to contradict themselves, and explain what they are."""

from __future__ import annotations

from typing import Any

import pytest

from eqsolve.core.errors import NoSolutionError
from eqsolve.core.result import Bounds, Result, Stats
from eqsolve.core.status import Limit, Status


class Answer:
    def to_dict(self) -> dict[str, Any]:
        return {}


STATS = Stats(method="m")


def test_a_solution_goes_with_its_status() -> None:
    with pytest.raises(ValueError, match="contradict"):
        Result[Answer](status=Status.SOLVED, stats=STATS)
    with pytest.raises(ValueError, match="contradict"):
        Result(status=Status.NO_EQUILIBRIUM, stats=STATS, solution=Answer())


def test_bounds_prove_nothing_by_default() -> None:
    assert (Bounds().lower, Bounds().upper) == (float("-inf"), float("inf"))
    result = Result(status=Status.FEASIBLE, stats=STATS, solution=Answer(), objective=2.0)
    assert result.gap is None


def test_the_gap_is_relative_to_the_objective() -> None:
    bounds = Bounds(lower=4.0, upper=5.0, source="certified")
    result = Result(
        status=Status.FEASIBLE, stats=STATS, solution=Answer(), objective=4.0, bounds=bounds
    )
    assert result.gap == 0.25


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.UNKNOWN, "raise the limit"),
        (Status.NO_EQUILIBRIUM, "nothing to find"),
    ],
)
def test_require_says_what_happened(status: Status, words: str) -> None:
    result: Result[Answer] = Result(status=status, stats=STATS, limit=Limit.TIME)
    with pytest.raises(NoSolutionError, match=words):
        result.require()
