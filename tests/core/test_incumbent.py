"""The driver: one family made of two sellers, so that everything about it is in sight."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.core.errors import BackendError, CertificateError, OptionError, UnsupportedError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Chooser, Method
from eqsolve.core.report import Check, Report
from eqsolve.core.result import Bounds, Outcome, Result, Sense, Stats, claim_of
from eqsolve.core.solving import solve_with
from eqsolve.core.status import Limit, Status
from eqsolve.registry import BUILT_IN


@dataclass(frozen=True)
class Answer:
    """A solution."""

    number: int

    def to_dict(self) -> dict[str, Any]:
        return {"number": self.number}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheapest(Method[list[int], Answer]):
    """The least of some numbers; finds `slip` too much."""

    name: ClassVar[str] = "cheapest"
    summary: ClassVar[str] = ""
    sense: ClassVar[Sense] = "minimize"

    slip: int = 0
    breaks: str = ""
    offered: bool = False

    def supports(self, instance: list[int]) -> str | None:
        return None if instance else "there is nothing to choose from"

    def run(
        self, instance: list[int], deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[Answer]:
        held: Incumbent[Answer] = Incumbent(method=self.name, sense=self.sense)
        if self.offered:
            held.offer(Answer(instance[0]), instance[0])
            held.prove(0, "certified")
            held.publish(deadline, "looking")
        if self.breaks:
            raise BackendError(self.breaks)
        found = min(instance) + self.slip
        held.offer(Answer(found), found)
        held.prove(found, "exhaustive")
        return held.outcome(answered=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[list[int], Answer]):
    """Takes the only method."""

    slip: int = 0
    asked: ClassVar[list[int]] = []

    def choose_method(self, instance: list[int]) -> tuple[Method[list[int], Answer], str]:
        self.asked.append(len(instance))
        return Cheapest(), "the only one"


def _verify(
    instance: list[int], result: Result[Answer], *, deadline: Deadline | None = None
) -> Report:
    """Accept the least number."""
    solution = claim_of(result).solution
    wrong = result.status is Status.SOLVED and solution != Answer(min(instance))
    return Report((Check("least", "it is the least number", violations=int(wrong)),), 0.0)


def _solve(instance: Any, method: str = "auto", **options: Any) -> Result[Answer]:
    return solve_with(
        instance,
        (Auto, Cheapest),
        _verify,
        instance_type=list,
        method=method,
        options=options,
        time_limit=None,
        seed=0,
        deadline=None,
    )


def test_an_answer_that_the_verifier_rejects_never_leaves() -> None:
    with pytest.raises(CertificateError, match="'cheapest' gave an answer that is not valid"):
        _solve([5, 3], "cheapest", slip=1)
    assert _solve([5, 3], "cheapest").require() == Answer(3)


def test_a_method_is_chosen_once_and_gets_the_common_settings() -> None:
    Auto.asked.clear()
    result = _solve([5, 3])
    assert Auto.asked == [2]
    assert (result.stats.method, result.stats.reason) == ("cheapest", "the only one")
    assert result.stats.options == {"slip": 0}
    with pytest.raises(CertificateError):
        _solve([5, 3], slip=1)


def test_what_does_not_apply_is_refused_by_the_name_that_was_asked_for() -> None:
    with pytest.raises(UnsupportedError, match="'auto' does not apply: there is nothing"):
        _solve([])
    with pytest.raises(OptionError, match="slip"):
        _solve([1], slop=2)


def test_the_failure_of_a_backend_ends_with_what_was_held() -> None:
    with pytest.raises(BackendError, match="out of order"):
        _solve([5, 3], "cheapest", breaks="out of order")
    result = _solve([5, 3], "cheapest", breaks="out of order", offered=True)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.BACKEND)
    assert result.solution == Answer(5)
    assert (result.bound, result.gap) == (0, 1.0)
    assert result.stats.remarks == ("a foreign solver failed: out of order",)


def test_small_is_good_where_a_family_minimizes() -> None:
    result = _solve([5, 3])
    assert (result.sense, result.objective, result.bound, result.gap) == ("minimize", 3, 3, 0.0)
    held: Incumbent[Answer] = Incumbent(method="cheapest", sense="minimize")
    assert held.offer(Answer(5), 5)
    assert not held.offer(Answer(6), 6)
    assert held.offer(Answer(4), 4)
    held.prove(1, "certified")
    held.prove(0, "backend")  # says less
    held.prove(-math.inf, "backend")  # says nothing
    bounds = held.outcome(answered=False, limit=Limit.TIME).bounds
    assert bounds == Bounds(lower=1, upper=4, source="certified")
    held.prove(2, "backend")
    assert held.outcome(answered=False).bounds.lower == 2


@given(
    st.lists(st.integers(-9, 9)),
    st.lists(st.integers(-9, 9)),
    st.sampled_from(["maximize", "minimize"]),
    st.booleans(),
)
def test_an_incumbent_keeps_the_best_of_both(
    offers: list[int], bounds: list[int], sense: Sense, answered: bool
) -> None:
    best: Callable[[list[int]], int] = min if sense == "minimize" else max
    tightest: Callable[[list[int]], int] = max if sense == "minimize" else min
    held: Incumbent[Answer] = Incumbent(method="m", sense=sense)
    for number in offers:
        held.offer(Answer(number), number)
    for number in bounds:
        held.prove(number, "certified")
    outcome = held.outcome(answered=answered, limit=Limit.TIME)
    solution = Answer(best(offers)) if offers else None
    assert outcome.solution == solution
    assert outcome.objective == (best(offers) if offers else None)
    result: Result[Answer] = Result(
        status=outcome.status,
        stats=Stats(method="m"),
        solution=solution,
        objective=outcome.objective,
        bounds=outcome.bounds,
        sense=sense,
    )
    assert result.bound == (tightest(bounds) if bounds else None)
    assert (outcome.status is Status.SOLVED) == (answered and bool(offers))
    assert (outcome.limit is None) == (outcome.status is Status.SOLVED)
    assert (outcome.status is Status.UNKNOWN) == (not offers)


def test_no_equilibrium_drops_what_was_held() -> None:
    held: Incumbent[Answer] = Incumbent(method="m", solution=Answer(1), objective=1, bound=2)
    outcome = held.no_equilibrium(None)
    assert outcome.status is Status.NO_EQUILIBRIUM
    assert (outcome.solution, outcome.objective, outcome.bounds) == (None, None, Bounds())


@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.kind)
def test_all_methods_of_a_family_have_the_sense_of_its_row(family: Any) -> None:
    assert {method.sense for method in family.methods} == {family.sense}
