"""Memory and time are bounded: by the size of the instance, never by its numbers."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve import AssignmentMarket, DeliveryMarket, ModelMarket, NormalFormGame, Status
from eqsolve.core.errors import UnsupportedError
from eqsolve.families.delivery_market.verify.enumeration import can_be_scanned

BILLION = 10**9
LONE = ModelMarket([[1, 2]], [1, 1], BILLION)
PAIR = ModelMarket([[4, 1], [2, 3]], [1, 1], BILLION)


def _peak(work: Callable[[], Any]) -> tuple[Any, int]:
    """Return what `work` returns, and the bytes that it had at most."""
    tracemalloc.start()
    try:
        found = work()
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_billion_platforms_with_one_model_take_no_memory() -> None:
    result, peak = _peak(lambda: eqsolve.solve(LONE))
    assert result.status is Status.SOLVED
    assert result.require().equilibria[0].counts.tolist() == [BILLION]
    assert peak < 10_000_000


@pytest.mark.parametrize("rule", ["hardmax", "softmax"])
@pytest.mark.parametrize("models", [2, 3, 4])
def test_a_billion_platforms_with_several_models_take_no_memory(models: int, rule: str) -> None:
    scores = np.random.default_rng(1).integers(1, 9, (models, 3))
    choice = {"rule": "hardmax"} if rule == "hardmax" else {"rule": "softmax", "beta": 0.5}
    market = ModelMarket(scores, [1, 1, 1], BILLION, choice)
    result, peak = _peak(lambda: eqsolve.solve(market, time_limit=20))
    counts = result.require().equilibria[0].counts
    assert counts.sum() == BILLION
    assert peak < 50_000_000
    report, peak = _peak(lambda: eqsolve.verify(market, result, time_limit=20))
    assert report.valid
    assert peak < 50_000_000


@pytest.mark.parametrize("market", [LONE, PAIR], ids=["one", "two"])
@pytest.mark.parametrize(
    "question", [eqsolve.as_normal_form, eqsolve.basins, eqsolve.first_mover_profile]
)
def test_questions_that_ask_every_platform_refuse_a_billion(
    question: Callable[[ModelMarket], Any], market: ModelMarket
) -> None:
    with pytest.raises(UnsupportedError, match="1000000000"):
        question(market)


def test_ties_of_one_player_take_memory_in_proportion_to_the_game() -> None:
    game = NormalFormGame(np.zeros((3000, 1), dtype=np.int64))
    result, peak = _peak(lambda: eqsolve.solve(game))
    assert len(result.require()) == 3000
    assert peak < 10_000_000  # 3000 x 3000 numbers are 72 million bytes


@pytest.mark.parametrize("seed", range(5))
def test_lines_that_profiles_share_are_judged_like_lines_of_their_own(seed: int) -> None:
    payoffs = np.random.default_rng(seed).integers(0, 2, (3, 2, 4, 3))
    game = NormalFormGame(payoffs)
    result = eqsolve.solve(game)
    if result.solution is None:
        return
    for profile, strict in zip(result.solution, result.solution.strict, strict=True):
        losses = []
        for player, size in enumerate(game.n_strategies):
            for other in set(range(size)) - {profile[player]}:
                moved = (*profile[:player], other, *profile[player + 1 :])
                losses.append(payoffs[profile][player] - payoffs[moved][player])
        assert min(losses) >= 0
        assert (min(losses) > 0) == strict


def test_a_count_of_matchings_lists_none() -> None:
    for sides in ((3, 300), (300, 3), (1000, 2), (2, 1000), (2000, 2000)):
        market = DeliveryMarket(np.ones(sides), cost_parts={"courier": [0, 1]})
        answer, peak = _peak(partial(can_be_scanned, market))
        assert not answer
        assert peak < 100_000


def test_an_ascending_auction_ends_however_small_its_steps() -> None:
    values = [[999999.5, 999999.6], [0.0, 999999.9], [999999.7, 999999.4], [999999.9, 999999.6]]
    market = AssignmentMarket(values)
    result = eqsolve.solve(market, method="ascending", max_steps=50)
    assert result.status is Status.SOLVED
    assert result.require().price_path is None
    assert "an exact search went on" in result.stats.remarks[0]
    other = eqsolve.solve(market, method="hungarian").require()
    assert result.require().price_min == pytest.approx(other.price_min)
