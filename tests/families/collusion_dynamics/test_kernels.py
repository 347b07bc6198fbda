"""Compiled paths: tables and binomials of the right law, and the same bits interpreted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import CollusionDynamics
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.collusion_dynamics.batches import BatchLaw, log_odds, rounds_of
from eqsolve.families.collusion_dynamics.instance import Batch
from eqsolve.families.collusion_dynamics.kernels import paths as kernels
from eqsolve.families.collusion_dynamics.tables import alias_table, laws_given_latents, tables_of

PLAIN = CollusionDynamics(0.85, {"ratio": 1.5})
THREE = CollusionDynamics(0.9, {"high": [0, 0.2, 1], "low": [0.5, 0.8, 1.2]})


@pytest.mark.parametrize(("size", "chance"), [(1, 0.3), (7, 0.5), (7, 0.93), (64, 0.02)])
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


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12).filter(any))
def test_alias_tables_hold_their_law(weights):
    law = np.array(weights) / sum(weights)
    keep, other = alias_table(law)
    hit = np.bincount(other, 1 - keep, len(law)) + keep
    assert hit / len(law) == pytest.approx(law, abs=1e-12)


@pytest.mark.parametrize("model", [PLAIN, THREE])
@pytest.mark.parametrize("feedback", ["one", "all"])
@pytest.mark.parametrize("theta", [0.1, 0.5, 1.0])
def test_high_latents_and_tables_make_the_law_of_batches(model, feedback, theta):
    size, rounds = 4, rounds_of(model, feedback)
    law = BatchLaw(rounds, Batch(size, feedback, "means"))
    mixed = dict.fromkeys(law.units, 0.0)
    latent = [math.comb(size, j) * theta**j * (1 - theta) ** (size - j) for j in range(size + 1)]
    for (highs, lows, up, down), chances in laws_given_latents(rounds, size).items():
        value = (up / highs - down / lows) / rounds.one if highs and lows else 0.0
        nearest = min(law.units, key=lambda unit: abs(unit / law.unit - value))
        mixed[nearest] += float(chances @ latent)
    expected = law.probabilities(log_odds(np.array([theta])))[0]
    assert list(mixed.values()) == pytest.approx(expected, abs=1e-12)


def test_large_batches_are_drawn_in_parts():
    tables = tables_of(rounds_of(PLAIN, "one"), 100)
    assert tables.rounds.tolist() == [19] * 5 + [5]
    rows = {m: tables.entry[tables.rounds == m] for m in (19, 5)}
    assert all(len(set(places)) == 1 for places in rows.values())
    assert len(tables.keep) == 20 * tables.width[0] + 6 * tables.width[-1]
    last = slice(tables.shown[-1], None)
    assert set(tables.n_high[last] + tables.n_low[last]) == {5}


@pytest.mark.parametrize("estimator", ["means", "score"])
@pytest.mark.parametrize(("feedback", "size"), [("one", 4), ("all", 4), ("one", 21)])
def test_interpreted_paths_are_compiled_ones(estimator, feedback, size):
    tables = tables_of(rounds_of(PLAIN, feedback), size)

    def run(function, rates, low, stopped=0):
        return function(
            np.random.default_rng(5), -1.4, low, 1.7, np.array(rates), estimator == "means", 0.85,
            *tables, 40, np.array([stopped], dtype=np.uint8),
        )  # fmt: skip

    for rates, low in (([0.4], -4.0), ([1.0, 0.5, 0.3], -math.inf)):
        assert run(kernels.simulate, rates, low) == run(interpreted(kernels.simulate), rates, low)
    assert run(kernels.simulate, [0.4], -4.0, stopped=1)[0] == 0
