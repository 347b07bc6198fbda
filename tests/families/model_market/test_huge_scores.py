"""Softmax users and scores near the largest floats: nothing overflows on the way to a share."""

from __future__ import annotations

from eqsolve import ModelMarket, solve


def test_scores_of_1e90_under_softmax():
    """Pull times score overflowed, and an equilibrium was missed."""
    scores = [[1e90, 1e90, 0, 1e90], [2e90, 0, 1e90, 1e90], [1e90] * 4]
    weights = [0.5621809409976175, 0.34645038866413447, 0.43165390173670315, 0.38300919295077984]
    market = ModelMarket(scores, weights, 3, choice={"rule": "softmax", "beta": 0.1})
    found = solve(market, method="replies").solution
    expected = solve(market, method="enumeration").solution
    assert found.counts.tolist() == expected.counts.tolist()
    assert [0, 3, 0] in found.counts.tolist()
