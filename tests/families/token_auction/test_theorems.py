"""TOK-1 to TOK-14: each claim as the catalog states it, with teeth, and against plain loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import TokenAuction, load, solve
from eqsolve.core.theorem import Theorem
from eqsolve.families.token_auction import ledger, payments, texts
from eqsolve.families.token_auction.mechanisms import (
    can_be_renamed,
    is_priced_and_consistent,
    preferences,
)
from eqsolve.families.token_auction.questions import one_step
from eqsolve.families.token_auction.theorems import THEOREMS
from eqsolve.testing import common_token_auctions, token_auctions, token_chains
from eqsolve.theorems import attack, theorems
from tests.families.token_auction import oracle

few = settings(max_examples=30)


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.id)
def test_the_catalog(theorem: Theorem) -> None:
    found = attack(theorem, examples=60)
    assert found.verdict == ("witness found" if theorem.can_happen else "holds"), found.message


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("TOK-3b", "log-linear-turns"),
        ("TOK-8b", "no-universal-sampler"),
        ("TOK-12", "token-myopia"),
    ],
)
def test_witnesses_are_witnesses(id: str, name: str) -> None:
    assert theorems(id)[0].claim(load(f"catalog:{name}")) is not None


def wrong_growth(ratio: Any) -> Any:
    """Pay the bid per unit moved instead of the integral."""
    return ratio


def the_loudest(weights: Any, distributions: Any) -> Any:
    """Aggregate by the greatest share of each token."""
    found = (weights[..., None] * distributions).max(axis=-2)
    return found / found.sum(axis=-1, keepdims=True)


def other_weights(bids: Any, log_seen: Any) -> Any:
    return np.broadcast_to(bids, log_seen.shape)


TEETH: list[tuple[str, Any, str, Callable[..., Any]]] = [
    ("TOK-1", ledger, "mixture", lambda w, p: p.mean(axis=-2)),
    ("TOK-2", ledger, "log_linear", lambda w, p: p.mean(axis=-2)),
    ("TOK-3", ledger, "mixture", the_loudest),
    ("TOK-6", payments, "growth", wrong_growth),
    ("TOK-7", payments, "growth", wrong_growth),
    ("TOK-10", ledger, "reverse_divergence", lambda a, b: 0.9 * payments.reverse_divergence(a, b)),
    ("TOK-11", texts, "posterior_weights", other_weights),
    ("TOK-13", ledger, "second_prices", lambda b, r, d: d),
]


@pytest.mark.slow
@pytest.mark.parametrize(("id", "home", "name", "wrong"), TEETH, ids=[t[0] for t in TEETH])
def test_a_wrong_rule_is_found(
    id: str, home: Any, name: str, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, name, wrong)
    assert attack(theorems(id)[0], examples=60).refuted


def test_the_stable_sampler_has_teeth(monkeypatch: pytest.MonkeyPatch) -> None:
    right = one_step.drawn_from

    def eager(p: Any, q0: Any, rest: float, bid: float, uniform: Any) -> Any:
        return right(p, q0, rest, bid, uniform * np.array([1, 0.5, 1]))

    monkeypatch.setattr("eqsolve.families.token_auction.theorems.drawn_from", eager)
    assert attack(theorems("TOK-5")[0], examples=60).refuted


def rows(auction: TokenAuction) -> tuple[list[float], list[list[float]]]:
    table = auction.all_distributions
    assert table is not None
    return auction.all_bids.tolist(), table.tolist()


@few
@given(auction=token_auctions())
def test_tok_1_6_10_linear_steps_by_definition(auction: TokenAuction) -> None:
    bids, table = rows(auction)
    scale = max(bids)
    solution = solve(auction, seed=None).require()
    assert solution.aggregate == pytest.approx(oracle.aggregate("linear", bids, table), abs=1e-12)
    for i in range(auction.n_agents):
        q0 = oracle.without(i, "linear", bids, table)
        moved = 0.0 if q0 is None else oracle.variation(solution.aggregate.tolist(), q0)
        assert solution.influence[0, i] == pytest.approx(moved, abs=1e-12)
        own = oracle.divergence(table[i], oracle.aggregate("linear", bids, table))
        assert solution.divergence[0, i] == pytest.approx(own, abs=1e-9)
        if auction.payment == "vcg":
            wanted = oracle.externality(i, "linear", bids, table)
            assert solution.expected_payments[0, i] == pytest.approx(wanted, abs=1e-9 * scale)
        elif bids[i] <= 100 * (sum(bids) - bids[i]):
            wanted = oracle.second_price(i, bids, table, 400)
            assert solution.expected_payments[0, i] == pytest.approx(wanted, abs=1e-3 * scale)


@few
@given(auction=common_token_auctions())
def test_tok_2_10_log_linear_steps_by_definition(auction: TokenAuction) -> None:
    bids, table = rows(auction)
    solution = solve(auction, seed=None).require()
    q = oracle.aggregate("log_linear", bids, table)
    assert solution.aggregate == pytest.approx(q, abs=1e-9)
    for i in range(auction.n_agents):
        wanted = oracle.externality(i, "log_linear", bids, table)
        assert solution.expected_payments[0, i] == pytest.approx(wanted, abs=1e-8 * max(bids))
        own = oracle.divergence(q, table[i])
        assert solution.divergence[0, i] == pytest.approx(own, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_tok_6_payments_given_the_token(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bids, table = rng.integers(0, 4, 3) + np.eye(3, dtype=int)[0], rng.dirichlet(np.ones(4) / 2, 3)
    for token in range(4):
        paid = one_step.critical_bid(token, bids, table)
        wanted = [oracle.critical(i, token, bids.tolist(), table.tolist()) for i in range(3)]
        assert paid == pytest.approx(wanted, abs=1e-5)


def test_tok_4_all_mechanisms_of_two_agents_two_bids_and_three_tokens() -> None:
    """46,656: every table of aggregates and pair of distributions with denominators 2."""
    halves = (
        np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=float)
        / 2
    )
    both = {}
    for p, *entries in product(range(6), repeat=5):
        table = halves[list(entries)].reshape(2, 2, 3)
        prefers = preferences(table, halves[p])
        both[p, *entries] = (is_priced_and_consistent(prefers), can_be_renamed(prefers))
    count = agreed = 0
    for entries in product(range(6), repeat=4):
        a, b, c, d = entries
        for p, r in product(range(6), repeat=2):
            one, two = both[p, a, b, c, d], both[r, a, c, b, d]  # the second agent's bids first
            count += 1
            agreed += (one[0] and two[0]) == (one[1] and two[1])
    assert (count, agreed) == (46_656, 46_656)
    assert {pair[0] for pair in both.values()} == {True, False}


def test_tok_7_paying_the_bid_is_not_truthful() -> None:
    """Worth 1 per unit moved: with a payment of the bid per unit one bids less."""
    p, q0, rest = np.array([1.0, 0.0]), np.array([0.0, 1.0]), 1.0
    utility = {}
    for bid in (0.5, 1.0):
        moved = np.abs((bid * p + rest * q0) / (bid + rest) - q0).sum() / 2
        utility[bid] = (1.0 - bid) * moved
    assert utility[0.5] > utility[1.0] == 0


@few
@given(auction=token_chains())
def test_tok_11_expected_payments_over_all_texts(auction: TokenAuction) -> None:
    models = [model.to_dict() for model in auction.models]
    solution = solve(auction, expect="exact").require()
    scale = float(auction.bids.max())
    wanted = [0.0] * auction.n_agents
    for text, chance in oracle.texts(auction, models):
        weights, table = oracle.steps(auction, models, text)
        for i in range(auction.n_agents):
            if auction.payment == "vcg":
                wanted[i] += chance * oracle.externality(i, "linear", weights, table)
            elif weights[i] > 0:
                units = float(auction.bids[i]) / scale / weights[i]
                wanted[i] += chance * units * closed(i, weights, table)
    assert solution.expected_totals / scale == pytest.approx(wanted, abs=1e-7)


def closed(agent: int, weights: list[float], table: Any) -> float:
    """Return the second price in closed form; that it is the integral is shown above."""
    q0 = oracle.without(agent, "linear", weights, table)
    rest = math.fsum(w for i, w in enumerate(weights) if i != agent)
    if q0 is None or rest == 0:
        return 0.0
    s = weights[agent] / rest
    growth = s * s / 2 - 2 * s**3 / 3 if s < 1e-4 else math.log1p(s) - s / (1 + s)
    return oracle.variation(table[agent], q0) * rest * growth


def test_tok_12_the_gain_of_the_catalog() -> None:
    from eqsolve import deviation_gain

    found = deviation_gain(load("catalog:token-myopia"), 0, 1.0, bids=[0.75])
    assert found.text_gain[0] == pytest.approx(0.00726, abs=5e-6)
    assert found.step_gain[0] == 0
