"""The driver: an answer that the verifier rejects never leaves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from eqsolve import AssignmentMarket, NormalFormGame, Status, solve
from eqsolve.core.errors import CertificateError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.methods.hungarian import Hungarian

MARKET = AssignmentMarket([[5, 3], [4, 1]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Liar(Method[Any, Any]):
    """Solves rightly, then changes the answer."""

    name: ClassVar[str] = "liar"
    summary: ClassVar[str] = "changes a right answer"
    welfare: int = 8

    def run(self, instance: Any, deadline: Deadline, rng: np.random.Generator) -> Outcome[Any]:
        outcome = Hungarian().run(instance, deadline, rng)
        assert outcome.solution is not None
        return replace(outcome, solution=replace(outcome.solution, welfare=self.welfare))


@dataclass(frozen=True, slots=True, kw_only=True)
class Denier(Method[Any, Any]):
    """Says that there is no equilibrium."""

    name: ClassVar[str] = "denier"
    summary: ClassVar[str] = "says that there is none"

    def run(self, instance: Any, deadline: Deadline, rng: np.random.Generator) -> Outcome[Any]:
        return Outcome(status=Status.NO_EQUILIBRIUM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuser(Denier):
    """Applies to nothing."""

    name: ClassVar[str] = "refuser"

    def supports(self, instance: Any) -> str | None:
        return "it applies to nothing"


def test_an_answer_that_the_verifier_rejects_is_an_error() -> None:
    assert solve(MARKET, method=Liar(welfare=7)).objective == 7
    with pytest.raises(CertificateError, match=r"(?s)gave an answer .*assignment\.welfare"):
        solve(MARKET, method=Liar(welfare=8))


def test_a_false_claim_that_there_is_none_is_an_error() -> None:
    with pytest.raises(CertificateError, match="an equilibrium always exists"):
        solve(MARKET, method=Denier())
    game = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    with pytest.raises(CertificateError, match=r"normal_form\.complete"):
        solve(game, method=Denier())


def test_a_method_that_does_not_apply_is_not_run() -> None:
    with pytest.raises(UnsupportedError, match="it applies to nothing"):
        solve(MARKET, method=Refuser())
