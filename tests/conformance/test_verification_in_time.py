"""Verification obeys a clock: what is not looked through is not proved, and nothing is wrong.

Right answers of every family stay right whenever the clock stops the verifier; lies that only its
own search could refute are never called valid; the definition is checked without any time at all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eqsolve import (
    AssignmentMarket,
    DeliveryMarket,
    FisherMarket,
    ModelMarket,
    NormalFormGame,
    NormalFormSolution,
    Result,
    Stats,
    Status,
    TradingNetwork,
    evaluate_introductions,
    solve,
    verify,
)
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.question import Means
from eqsolve.core.report import Verdict
from eqsolve.core.result import Bounds
from eqsolve.families.contract_game.generate import Random as RandomGame
from eqsolve.families.contract_mdp.generate import Random
from eqsolve.registry import get_family
from tests.conformance.test_forging import KINDS, answers, cases
from tests.families.delivery_market.forging import worse

LATE = "not looked through within the time limit"


Claim = tuple[Any, Result[Any]]


class Polls(Deadline):
    """A clock that is over after so many looks at it."""

    def __init__(self, polls: int) -> None:
        super().__init__()
        self.left = polls

    def expired(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_verifier_takes_a_clock(kind: str) -> None:
    parameters = inspect.signature(get_family(kind).module("verify").verify).parameters
    assert parameters["deadline"].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["deadline"].default is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_is_never_refused_for_lack_of_time(kind: str) -> None:
    for name, (instance, _) in cases(kind).items():
        result = answers(kind)[name]
        full = result.check
        assert full is not None
        for polls in (0, 1, 3, 10):
            report = verify(instance, result, deadline=Polls(polls))
            assert report.verdict is not Verdict.VIOLATED, name
            told = set(report.unchecked) - set(full.unchecked)
            late = [sentence for sentence in told if LATE in sentence]
            assert bool(told) == bool(late), (name, told)
            assert len(report.checks) == len(full.checks) or late, name


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_found_false_in_time_is_false(kind: str) -> None:
    """A wrong objective breaks a condition, which no clock can keep from being checked."""
    for name, (instance, _) in cases(kind).items():
        result = answers(kind)[name]
        if result.objective is None or result.solution is None:
            continue
        wrong = replace(result, objective=result.objective * 2 + 1)
        report = verify(instance, wrong, deadline=Polls(0))
        assert report.verdict is Verdict.VIOLATED, name


def idle_path() -> Claim:
    """An ascending auction that also raises a price which nobody's demand raises."""
    market = AssignmentMarket([[5, 8], [7, 9], [6, 6]])
    result = solve(market, method="ascending")
    path = result.require().price_path
    assert path
    detour = [replace(path[0], sellers=(0,), increase=amount) for amount in (-1, 1)]
    solution = replace(result.require(), price_path=(*detour, *path))
    return market, replace(result, solution=solution)


def one_of_two_equilibria() -> Claim:
    """A list that is called complete."""
    game = NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    result = solve(game)
    both = result.require()
    one = NormalFormSolution.of(game, both.profiles[:1], both.strict[:1], exhaustive=True)
    return game, replace(result, solution=one, certificate=None)


def market_without_its_equilibrium() -> Claim:
    """A model market that is said to have none."""
    market = ModelMarket([[4, 1], [2, 3]], [1, 1], 3)
    return market, Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="liar"))


def contracts_without_their_equilibrium() -> Claim:
    """A contract problem that is said to have no pure stationary one."""
    mdp = Random(states=2, actions=2, outcomes=2, horizon=0, discount=0.5).instance(3)
    return mdp, Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="liar"))


def poor_delivery() -> Claim:
    """The worst equilibrium, called the best."""
    market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    worst = min(worse(market), key=lambda solution: solution.welfare)
    return market, called_best(worst, worst.welfare)


def poor_introductions() -> Claim:
    """Introductions that others beat, called the best."""
    network = TradingNetwork([[11, 11, 6], [3, 0, 12]], [(0, 0), (0, 1), (1, 0)])
    poor = evaluate_introductions(network, [])
    return network, called_best(replace(poor, guarantee=1.0), poor.revenue)


def called_best(solution: Any, objective: float) -> Result[Any]:
    """Return the result of a liar who searched everything."""
    return Result(
        status=Status.SOLVED,
        stats=Stats(method="liar"),
        solution=solution,
        objective=objective,
        bounds=Bounds(upper=objective, source="exhaustive"),
        certificate=BoundCertificate(bound=objective, source="exhaustive", argument="believe me"),
    )


@pytest.mark.parametrize(
    "lie",
    [
        idle_path,
        one_of_two_equilibria,
        market_without_its_equilibrium,
        contracts_without_their_equilibrium,
        poor_delivery,
        poor_introductions,
    ],
)
def test_a_lie_that_only_a_search_refutes_is_not_proved(lie: Callable[[], Claim]) -> None:
    instance, result = lie()
    assert verify(instance, result).verdict is Verdict.VIOLATED
    report = verify(instance, result, deadline=Polls(0))
    assert report.verdict is Verdict.NOT_PROVED
    assert any(LATE in sentence for sentence in report.unchecked)


def test_families_without_searches_need_no_time() -> None:
    market = FisherMarket([[2, 1], [1, 2]], budgets=[3, 1])
    assert verify(market, solve(market), deadline=Polls(0)).verdict is Verdict.VALID


def test_a_proof_that_only_the_verifiers_own_solver_can_replace() -> None:
    """Welfare figures without their duals are recomputed, if there is time."""
    network = TradingNetwork([[11, 11, 6], [3, 0, 12]], [(0, 0), (0, 1), (1, 0)])
    bare = evaluate_introductions(network, [(1, 1)])
    assert not [text for text in verify(network, bare).unchecked if LATE in text]
    late = verify(network, bare, deadline=Polls(0)).unchecked
    assert sum(LATE in text and "total value of trades" in text for text in late) == 2


def test_the_choice_of_prices_is_checked_if_there_is_time() -> None:
    market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    result = solve(market, choose="buyers")
    assert verify(market, result).verdict is Verdict.VALID
    late = verify(market, result, deadline=Polls(0)).unchecked
    assert any("choose = buyers" in text and LATE in text for text in late)


def test_the_time_limit_of_the_library() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    assert verify(game, solve(game), time_limit=1e-9).verdict is Verdict.NOT_PROVED
    assert verify(game, solve(game), time_limit=60).verdict is Verdict.VALID
    with pytest.raises(OptionError, match="time limit"):
        verify(game, solve(game), time_limit=-1)


@pytest.mark.parametrize(
    ("instance", "question", "claim"),
    [
        (Random().instance(1), "bonuses", "payments by state"),
        (RandomGame().instance(1), "dominance", "best whatever the others do"),
        (RandomGame(states=1, horizon=1).instance(1), "targets", "what deviations gain"),
    ],
)
def test_rechecks_of_answers_keep_to_the_clock(
    instance: Any, question: str, claim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recheck that walks through stages and profiles is left unfinished when time is over."""
    asked = get_family(instance.kind).questions[question]
    full = asked().answer(instance, Means(Deadline(), np.random.default_rng(0))).check
    monkeypatch.setattr(Deadline, "grace", lambda _: Polls(0))
    late = asked().answer(instance, Means(Deadline(), np.random.default_rng(0))).check
    assert full is not None
    assert late is not None
    assert full.verdict is Verdict.VALID
    assert late.verdict is Verdict.NOT_PROVED
    assert any(claim in sentence and LATE in sentence for sentence in late.unchecked)
