"""Branch and bound against brute force, also when it is stopped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from eqsolve import Deadline, Status, TradingNetwork, maximize_revenue, verify
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.generate import Integers
from eqsolve.families.trading_network.methods import branch
from eqsolve.families.trading_network.methods.bound import value_bound
from eqsolve.families.trading_network.methods.branch import Tree
from eqsolve.testing import trading_networks
from tests.families.trading_network import oracle as oracle


def grown(network, *, most=None, deadline=None):
    """Return income and bound of a tree that starts from nothing: no set, no multipliers."""
    evaluator = Evaluator(network)
    best = [0]

    def propose(pairs):
        if most is None or len(pairs) <= most:
            best[0] = max(best[0], evaluator.solution(pairs).revenue / network.commission)
        return best[0]

    clock = deadline if deadline is not None else Deadline()
    tree = Tree(evaluator.view, 0.0, most, propose, clock, clock)
    with clock.watching():
        return tree, best, tree.search(value_bound(evaluator))


@given(trading_networks(max_buyers=4, max_sellers=4), st.none() | st.integers(0, 3))
@settings(max_examples=60)
def test_the_tree_finds_and_proves_the_best_revenue(network, most):
    rows, columns = range(network.n_buyers), range(network.n_sellers)
    values = [[network.values[i, j] for j in columns] for i in rows]
    candidates = [tuple(pair) for pair in np.argwhere(network.candidate_mask()).tolist()]
    assume(len(candidates) <= 10)
    known = [tuple(pair) for pair in network.known.tolist()]
    expected, _ = oracle.best_revenue(values, known, candidates, most=most)
    _, best, bound = grown(network, most=most)
    assert best[0] == pytest.approx(expected, rel=1e-8, abs=1e-8 * max(network.scale, 1e-300))
    assert bound == pytest.approx(best[0], rel=1e-8)


@pytest.mark.parametrize("memory", [10**9, 0], ids=["best first", "depth first"])
@pytest.mark.parametrize("options", [{}, {"known_share": 0.6}, {"high": 3}, {"sellers": 7}])
def test_the_tree_agrees_with_the_plain_program(options, memory, monkeypatch):
    monkeypatch.setattr(branch, "_MEMORY", memory)
    for seed in range(3):
        network = Integers(buyers=5, **options).instance(seed)
        _, best, bound = grown(network)
        assert bound == best[0] == maximize_revenue(network, method="plain").objective


def test_fractions_are_solved_too():
    rng = np.random.default_rng(8)
    for _ in range(3):
        values, known = rng.random((6, 6)), np.argwhere(rng.random((6, 6)) < 0.3)
        _, best, bound = grown(TradingNetwork(values, known))
        exact = maximize_revenue(TradingNetwork(values, known), method="plain").objective
        assert best[0] == pytest.approx(exact, abs=1e-6)
        assert bound == best[0]


class Impatient(Deadline):
    """A clock that is over after some looks at it."""

    def __init__(self, looks):
        super().__init__()
        self.looks = looks

    def expired(self):
        """Count the look."""
        self.looks -= 1
        if self.looks < 0:
            self.cancel()
        return super().expired()


@pytest.mark.slow
def test_a_stopped_tree_has_a_bound_that_holds():
    network = Integers(buyers=9).instance(4)
    tree, best, optimum = grown(network)
    assert best[0] == optimum
    assert tree.nodes > 10
    gaps = []
    for looks in range(0, 30, 3):
        _, best, bound = grown(network, deadline=Impatient(looks))
        assert best[0] <= optimum <= bound + 1e-6
        gaps.append(bound - best[0])
    assert gaps[0] > 1
    canceled = Deadline()
    canceled.cancel()
    _, best, bound = grown(network, deadline=canceled)
    assert best[0] <= optimum <= bound + 1e-6


def test_a_search_goes_on_where_it_paused():
    network = Integers(buyers=12).instance(1)
    whole, _, optimum = grown(network)
    evaluator = Evaluator(network)

    def propose(pairs):
        return max(tree.income, evaluator.solution(pairs).revenue)

    tree = Tree(evaluator.view, 0.0, None, propose, Deadline(), Deadline())
    start, bounds = value_bound(evaluator), []
    while len(bounds) < 1000 and (not bounds or bounds[-1] > tree.income):
        bounds.append(tree.search(start, nodes=tree.nodes + 5))
    assert bounds[-1] == optimum
    assert len(bounds) > 2
    assert bounds == sorted(bounds, reverse=True)
    assert tree.nodes < 3 * whole.nodes


def test_the_report_says_whose_word_the_bound_is():
    network = Integers(buyers=12).instance(1)
    result = maximize_revenue(network)
    assert result.status is Status.SOLVED
    assert result.bounds.source == "exhaustive"
    report = verify(network, result)
    assert report.valid
    assert any("branch and bound" in text for text in report.unchecked)
