"""Every broken field of an answer is noticed, by the condition that it breaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from eqsolve import (
    Deadline,
    Limit,
    Limits,
    Result,
    Status,
    TokenAuction,
    TokenSolution,
    UnsupportedError,
    ask,
    load,
    solve,
    universally_stable,
    verify,
)
from eqsolve.families.token_auction.aggregation import mixture
from eqsolve.families.token_auction.solution import Spoken
from eqsolve.families.token_auction.verify.definitions import Steps
from eqsolve.families.token_auction.verify.stability import verify_stability
from tests.families.token_auction.forging import CHAIN, LETTERS, LOG, SHARED, STEP


def forged(auction: TokenAuction, changes: dict[str, Any], **options: Any) -> list[str]:
    """Return the conditions that an answer with changed fields breaks."""
    result = solve(auction, **options)
    lie = replace(result, solution=replace(result.solution, **changes))
    return [check.id for check in verify(auction, lie).failures]


def moved(array: Any, by: float = 1e-3) -> Any:
    changed = np.array(array, dtype=np.float64)
    changed.flat[-1] += by
    return changed


@pytest.mark.parametrize("auction", [STEP, CHAIN, LETTERS, SHARED, LOG])
@pytest.mark.parametrize(
    ("field", "condition"),
    [
        ("draws", "token.draws"),
        ("probabilities", "token.probabilities"),
        ("payments", "token.payments"),
        ("expected_payments", "token.expected-payments"),
        ("influence", "token.influence"),
        ("divergence", "token.divergence"),
        ("welfare", "token.welfare"),
        ("totals", "token.totals"),
    ],
)
def test_a_changed_number_is_noticed(auction: TokenAuction, field: str, condition: str) -> None:
    solution = solve(auction).require()
    assert condition in forged(auction, {field: moved(getattr(solution, field))})


@pytest.mark.parametrize("options", [{}, {"sampler": "race"}])
def test_another_token_is_noticed(options: dict[str, Any]) -> None:
    solution = solve(CHAIN, **options).require()
    other = solution.tokens.copy()
    other[-1] = (other[-1] + 1) % CHAIN.n_tokens
    assert "token.tokens" in forged(CHAIN, {"tokens": other}, **options)
    assert "token.draws" in forged(CHAIN, {"seed": 7}, **options)


def test_another_text_is_noticed() -> None:
    assert forged(CHAIN, {"text": "w0"}) == ["token.text"]


def test_an_aggregate_that_is_no_optimum_is_noticed() -> None:
    for auction in (STEP, LOG):
        q = solve(auction, seed=None).require().aggregate
        even = np.full_like(q, 1 / len(q))
        broken = forged(auction, {"aggregate": even}, seed=None)
        assert "token.optimality" in broken
        assert "token.aggregate" in broken


def test_wrong_expectations_are_noticed() -> None:
    exact = solve(CHAIN, expect="exact").require().expected_totals
    broken = {"expected_totals": moved(exact)}
    assert forged(CHAIN, broken, expect="exact") == ["token.expected-totals"]
    sample = solve(CHAIN, expect=500).solution
    ends = sample.expected_totals_interval
    width = float((ends[:, 1] - ends[:, 0]).max())
    shifted = {
        "expected_totals": sample.expected_totals + 20 * width,
        "expected_totals_interval": ends + 20 * width,
    }
    assert forged(CHAIN, shifted, expect=500) == ["token.expected-totals"]
    apart = {"expected_totals": sample.expected_totals + width}
    assert "token.interval" in forged(CHAIN, apart, expect=500)
    assert "token.expectation" in forged(CHAIN, {"expectation": None}, expect=500)


def test_a_text_that_stops_early_is_not_complete() -> None:
    result = solve(CHAIN)
    solution = result.require()
    short = {
        name: getattr(solution, name)[:-1]
        for name in (
            "tokens", "draws", "probabilities", "payments", "expected_payments", "influence",
            "divergence", "welfare",
        )
    }  # fmt: skip
    assert "token.length" in forged(CHAIN, short)


def test_a_text_ends_at_its_stop_token() -> None:
    auction = TokenAuction(
        [1], models=[{"markov": {"start": [1, 0], "next": [[0, 1], [0, 1]]}}],
        vocabulary=["a", "b"], stop="b", length=5,
    )  # fmt: skip
    result = solve(auction)
    assert result.solution.tokens.tolist() == [0, 1]
    longer = solve(TokenAuction([1], models=auction.models, vocabulary=["a", "b"], length=3))
    assert "token.length" in [c.id for c in verify(auction, longer).failures]


def test_objective_and_bound_are_the_welfare() -> None:
    result = solve(STEP)
    for lie in (
        replace(result, objective=result.objective + 0.1),
        replace(result, objective=None),
        replace(result, bounds=replace(result.bounds, upper=result.bounds.upper + 1)),
    ):
        assert "token.objective" in [check.id for check in verify(STEP, lie).failures]


def test_there_is_always_an_answer() -> None:
    claim: Result[TokenSolution] = replace(
        solve(STEP), status=Status.NO_EQUILIBRIUM, solution=None, objective=None
    )
    assert [check.id for check in verify(STEP, claim).failures] == ["token.existence"]


def test_what_was_asked_for_must_be_there() -> None:
    result = solve(CHAIN)
    asked = replace(result, stats=replace(result.stats, options={"expect": "exact"}))
    assert "token.length" in [check.id for check in verify(CHAIN, asked).failures]


REMOTE = {"endpoint": {"url": "http://127.0.0.1:1/v1", "model": "m"}}


def traced(chances: list[float], rest: float = 0.0) -> tuple[TokenAuction, TokenSolution]:
    """Return an auction whose models are elsewhere, and a text with a trace of what they said."""
    twin = TokenAuction([1, 2], [chances, [0.5, 0.5]], vocabulary=["a", "b"])
    drawn = solve(twin).require()
    said = tuple(
        Spoken(np.arange(2), np.array(row, dtype=float), rest) for row in (chances, [0.5, 0.5])
    )
    auction = TokenAuction([1, 2], models=[{"transformers": "x"}] * 2)
    return auction, replace(
        drawn, expected_totals=None, expectation=None, vocabulary=("a", "b"), trace=(said,)
    )


def test_a_trace_is_taken_and_said_to_be() -> None:
    auction, solution = traced([0.25, 0.75])
    report = verify(auction, solution)
    assert report.valid
    assert report.unchecked == (
        "what the model of agent 0 says: taken from the trace",
        "what the model of agent 1 says: taken from the trace",
    )


def test_a_trace_with_a_changed_number_is_noticed() -> None:
    auction, solution = traced([0.25, 0.75])
    other = Spoken(np.arange(2), np.array([0.3, 0.7]), 0.0)
    lie = replace(solution, trace=((other, solution.trace[0][1]),))
    assert "token.payments" in [check.id for check in verify(auction, lie).failures]
    loud = Spoken(np.arange(2), np.array([0.3, 0.75]), 0.0)
    lie = replace(solution, trace=((loud, solution.trace[0][1]),))
    assert [check.id for check in verify(auction, lie).failures] == ["token.trace"]
    for trace in (None, ((None, None),)):
        lie = replace(solution, trace=trace)
        assert [check.id for check in verify(auction, lie).failures] == ["token.trace"]


def test_a_trace_of_another_form_is_noticed() -> None:
    auction, solution = traced([0.25, 0.75])
    first, second = solution.trace[0]
    for row in (
        ((first,),),
        ((first, second), (first, second)),
        ((Spoken(np.array([0, 5]), first.probabilities, 0.0), second),),
        ((Spoken(np.array([0, 0]), first.probabilities, 0.0), second),),
        ((Spoken(np.array([0]), first.probabilities, 0.0), second),),
    ):
        lie = replace(solution, trace=row)
        assert [check.id for check in verify(auction, lie).failures] == ["token.form"]


def test_bids_far_apart_are_verified_from_the_definition() -> None:
    rows = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]]
    for bids in ([1e9, 1, 1e-9], [1e-9, 1, 1e9], [1e150, 1e-150, 1]):
        for payment in ("second_price", "vcg"):
            auction = TokenAuction(bids, rows, payment=payment)
            assert solve(auction, seed=None).check.valid
    weights = np.array([[1e-9, 1.0]])
    said = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    paid, _ = Steps("linear", "second_price", weights[0], weights, said).payments(0, None)
    assert paid[0] == pytest.approx(5e-19, rel=1e-6)


def test_the_blog_example() -> None:
    solution = solve(load("catalog:three-models"), seed=None).require()
    assert solution.aggregate == pytest.approx([0.56, 0.44], abs=1e-15)


def claims(auction: TokenAuction, grid: list[float]) -> dict[str, Any]:
    """Return what is said of a sampler for all agents."""
    found = universally_stable(auction, grid)
    names = ("holds", "excess", "bids", "outcomes", "law", "duals")
    return {name: getattr(found, name) for name in names}


def refuted(auction: TokenAuction, claim: dict[str, Any], **changes: Any) -> set[str]:
    report = verify_stability(auction, **{**claim, **changes})
    return {check.id for check in report.failures}


def test_samplers_for_all_agents_are_checked_from_the_definition() -> None:
    halves = load("catalog:no-universal-sampler")
    claim = claims(halves, [0, 1])
    assert verify_stability(halves, **claim).valid
    assert "token.stable" in refuted(halves, claim, holds=True)
    assert refuted(halves, claim, excess=0.6) == {"token.excess", "token.duals-worth"}
    assert refuted(halves, claim, duals=claim["duals"] + 0.01) == {"token.duals"}
    assert refuted(halves, claim, duals=claim["duals"] - 0.01) == {"token.duals-worth"}
    assert "token.marginals" in refuted(halves, claim, law=claim["law"] * 0.9)
    negative = claim["law"].copy()
    negative[0] = -negative[0]
    assert "token.law" in refuted(halves, claim, law=negative)
    late = Deadline()
    late.cancel()
    assert verify_stability(halves, **claim, deadline=late).unchecked
    pair = TokenAuction([1, 1], [[0, 0.5, 0.5], [0.5, 0, 0.5]])
    claim = claims(pair, [0, 1, 2])
    assert claim["holds"]
    assert verify_stability(pair, **claim).valid
    assert refuted(pair, claim, holds=False) == {"token.duals-worth"}
    q = np.array([mixture(row, pair.distributions) for row in claim["bids"]])
    tokens = np.array(list(product(range(3), repeat=len(q))))
    alone = {"outcomes": tokens, "law": q[np.arange(len(q)), tokens].prod(axis=1)}
    assert refuted(pair, claim, **alone) == {"token.stable", "token.excess"}  # drawn apart


def test_a_sampler_for_all_agents_obeys_the_clock() -> None:
    auction = load("catalog:no-universal-sampler")
    late = Deadline(Limits(time=1e-9))
    with pytest.raises(UnsupportedError, match="no time for the linear program"):
        universally_stable(auction, [0, 1], deadline=late)
    answer = ask(auction, "universal", time_limit=1e-9)
    assert (answer.value, answer.limit) == (None, Limit.TIME)
    assert ask(auction, "universal").check.valid
    gain = ask(load("catalog:token-myopia"), "deviation", time_limit=1e-9)
    assert (gain.value, gain.limit) == (None, Limit.TIME)
