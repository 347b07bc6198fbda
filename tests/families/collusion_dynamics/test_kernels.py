"""Compiled paths: the same bits interpreted, and binomials of the right law."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eqsolve import CollusionDynamics
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.collusion_dynamics.batches import rounds_of
from eqsolve.families.collusion_dynamics.kernels import paths as kernels


@pytest.mark.parametrize(
    ("size", "chance"), [(1, 0.3), (7, 0.5), (7, 0.93), (100, 0.02), (90, 0.8)]
)
def test_binomials(size, chance):
    draw = interpreted(kernels.binomial)
    rng = np.random.default_rng(1)
    found = np.array([draw(rng, size, chance) for _ in range(4000)])
    assert found.min() >= 0
    assert found.max() <= size
    spread = math.sqrt(size * chance * (1 - chance))
    assert abs(found.mean() - size * chance) < 4 * spread / math.sqrt(4000)
    assert found.std() == pytest.approx(spread, rel=0.06)
    assert [draw(rng, size, p) for p in (0.0, 1.0)] == [0, size]


@pytest.mark.parametrize("estimator", ["means", "score"])
@pytest.mark.parametrize("feedback", ["one", "all"])
def test_interpreted_paths_are_compiled_ones(estimator, feedback):
    model = CollusionDynamics(0.85, {"ratio": 1.5}, 0.2)
    rounds = rounds_of(model, feedback)

    def run(function, rates, low):
        return function(
            np.random.default_rng(5), -1.4, low, 1.7, np.array(rates), 4, estimator == "means",
            rounds.n_high, rounds.n_low, *rounds.earned,
            rounds.if_high, rounds.if_low, 0.85, 40, np.zeros(1, dtype=np.uint8),
        )  # fmt: skip

    for rates, low in (([0.4], -4.0), ([1.0, 0.5, 0.3], -math.inf)):
        assert run(kernels.simulate, rates, low) == run(interpreted(kernels.simulate), rates, low)
    stopped = kernels.simulate(
        np.random.default_rng(5), -1.4, -4.0, 1.7, np.array([0.4]), 4, True,
        rounds.n_high, rounds.n_low, *rounds.earned,
        rounds.if_high, rounds.if_low, 0.85, 40, np.ones(1, dtype=np.uint8),
    )  # fmt: skip
    assert stopped[0] == 0
