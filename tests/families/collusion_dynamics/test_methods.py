"""Finite batches: the methods against listed batches, drawn rounds and each other."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings

import eqsolve
from eqsolve import CollusionDynamics, collusion_probability, load, solve, verify
from eqsolve.families.collusion_dynamics.batches import BatchLaw, log_odds, propensity
from eqsolve.testing import finite_collusion_dynamics
from tests.families.collusion_dynamics import oracle

PLAIN = {"ratio": 1.5}


def plain(size, start=(0.1, 0.2, 0.5), rate=0.25, **fields):
    batch = {"size": size, **{k: fields.pop(k) for k in ("feedback", "estimator") if k in fields}}
    return CollusionDynamics(0.85, PLAIN, list(start), batch=batch, rate=rate, **fields)


@settings(max_examples=40)
@given(finite_collusion_dynamics(max_size=2, max_horizon=2))
@example(plain(2, [0.5], horizon=2, feedback="all", estimator="score"))
def test_the_exact_law_is_that_of_all_batches(model):
    assume(model.n_sellers < 3 or model.horizon < 2)
    result = solve(model)
    assert result.check.valid
    assert result.status.value == "solved"
    for theta, chance in zip(
        model.start.tolist(), result.solution.collusion_probability, strict=True
    ):
        assert chance.low == chance.high
        assert chance.low == pytest.approx(oracle.chance_of_collusion(model, theta), abs=1e-9)


@pytest.mark.parametrize("feedback", ["one", "all"])
@pytest.mark.parametrize("estimator", ["means", "score"])
def test_four_methods_agree_on_first_passage(feedback, estimator):
    model = plain(6, [0.2, 0.4], rate=0.3, feedback=feedback, estimator=estimator)
    grid = collusion_probability(model, method="grid")
    drawn = collusion_probability(model, method="simulate", paths=2500)
    smooth = collusion_probability(model, method="diffusion")
    for exact, paths, near in zip(grid, drawn, smooth, strict=True):
        assert exact.high - exact.low <= 2e-4
        spread = math.sqrt(exact.middle * (1 - exact.middle) / 2500)
        assert abs(paths.middle - exact.middle) < 4 * spread + 2e-3
        assert exact.updates_error <= 0.01 * exact.updates
        assert abs(paths.updates - exact.updates) < 2.5 * paths.updates_error + exact.updates_error
        if (feedback, estimator) != ("all", "means"):  # biased at every batch size
            assert near.middle == pytest.approx(exact.middle, abs=0.08)


@pytest.mark.parametrize("rate", [0.5, {"initial": 1.5}, {"initial": 1, "power": 0.6}])
def test_grid_and_simulation_agree_with_the_exact_law(rate):
    model = plain(2, [0.1, 0.2, 0.3], rate=rate, horizon=6)
    exact = collusion_probability(model, method="enumerate")
    grid = collusion_probability(model, method="grid")
    drawn = collusion_probability(model, method="simulate", paths=2000)
    for sure, near, paths in zip(exact, grid, drawn, strict=True):
        assert near.low - 3e-4 <= sure.low <= near.high + 3e-4
        spread = math.sqrt(sure.low * (1 - sure.low) / 2000)
        assert abs(paths.middle - sure.low) < 4 * spread + 3e-3


@pytest.mark.parametrize("horizon", [None, 5])
def test_paths_whose_prices_are_drawn_one_by_one_agree(horizon):
    model = CollusionDynamics(
        0.9, {"high": [0, 0.2, 1], "low": [0.5, 0.8, 1.2]}, 0.4, rate=0.8, horizon=horizon,
        batch={"size": 3, "feedback": "all"}, thresholds={"competition": 0.1, "collusion": 0.7},
    )  # fmt: skip
    (chance,) = collusion_probability(model)
    share, updates = oracle.drawn(model, 0.4, 400, 7)
    assert abs(share - chance.middle) < 4 * math.sqrt(chance.middle * (1 - chance.middle) / 400)
    if horizon is None:
        assert updates == pytest.approx(chance.updates, rel=0.25)


@pytest.mark.parametrize(("size", "width"), [(2, 0.326), (4, 0.356), (8, 0.388), (16, 0.394)])
def test_the_band_shrinks_with_the_root_of_the_batch(size, width):
    band = eqsolve.undecided_band(plain(size))
    assert band.width * math.sqrt(size) == pytest.approx(width, abs=2e-3)
    low, high = collusion_probability(plain(size), [band.low, band.high])
    assert low.middle == pytest.approx(0.05, abs=2e-3)
    assert high.middle == pytest.approx(0.95, abs=2e-3)


def test_collusion_is_a_coin_toss_at_the_unstable_point():
    for size in (2, 4, 8, 16):
        model = plain(size)
        (chance,) = collusion_probability(model, [model.regime.unstable])
        assert 0.47 < chance.middle < 0.54


@pytest.mark.parametrize(("size", "updates"), [(2, 2.6e4), (3, 6.8e4), (4, 2.2e5), (6, 3.3e6)])
def test_collusion_lasts_exponentially_long(size, updates):
    found = eqsolve.escape_time(plain(size, rate=0.5))
    assert found.updates == pytest.approx(updates, rel=0.02)
    assert found.rounds == size * found.updates


def test_one_round_of_all_sellers_sees_nothing_but_undercutting():
    model = load("catalog:one-round-all-sellers")
    law = BatchLaw.of(model)
    assert [Fraction(unit, law.unit) for unit in law.units] == [-1, 0]
    assert eqsolve.advantage(model, 0.5) > 0
    (chance,) = collusion_probability(model)
    assert chance.low < 0.7  # although every start above theta- would collude with large batches


def test_one_round_of_one_seller_moves_nothing():
    result = solve(plain(1))
    assert result.status.value == "solved"
    assert [c.high for c in result.solution.collusion_probability] == [0, 0, 0]
    assert [c.updates for c in result.solution.collusion_probability] == [None] * 3
    (stays,) = collusion_probability(plain(1, [0.5], horizon=4))
    assert stays.low == 1


def test_perfect_fidelity_never_falls():
    model = load("catalog:perfect-fidelity")
    path = eqsolve.trajectories(model, paths=50, updates=60).theta[1]
    assert (np.diff(path, axis=1) >= -1e-12).all()
    (chance,) = collusion_probability(
        CollusionDynamics(
            1, PLAIN, 0.3, batch={"size": 3}, rate=0.5,
            thresholds={"competition": 0.01, "collusion": 0.9},
        )
    )  # fmt: skip
    assert chance.low > 1 - 1e-9


def test_starts_at_ends_and_thresholds_are_certain():
    model = plain(4, [0, 0.015, 0.85, 1])
    model = CollusionDynamics(
        0.85, PLAIN, [0, 0.1, 0.8, 1], batch={"size": 4}, rate=0.25,
        thresholds={"competition": 0.1, "collusion": 0.8},
    )  # fmt: skip
    for method in ("grid", "simulate"):
        result = solve(model, method=method)
        assert [c.low for c in result.solution.collusion_probability] == [0, 0, 1, 1]
        assert result.status.value == "solved"  # all is certain


def test_auto_takes_the_most_exact_method_that_fits():
    assert solve(CollusionDynamics(0.85, PLAIN)).stats.method == "analytic"
    assert solve(plain(2, horizon=4)).stats.method == "enumerate"
    assert solve(plain(4)).stats.method == "grid"
    wide = CollusionDynamics(
        0.9, eqsolve.payoffs_from_logit(4), 0.2, batch={"size": 40}, rate=2,
    )  # fmt: skip
    result = solve(wide, paths=200)
    assert result.stats.method == "simulate"
    assert result.solution.collusion_probability[0].paths == 200


def test_the_same_seed_gives_the_same_paths():
    once = solve(plain(4), method="simulate", paths=300, seed=3).solution
    again = solve(plain(4), method="simulate", paths=300, seed=3).solution
    other = solve(plain(4), method="simulate", paths=300, seed=4).solution
    assert once == again
    assert once != other


def test_methods_that_do_not_apply_say_why():
    for method, model, why in (
        ("enumerate", plain(2), "a first passage has no last update"),
        ("diffusion", plain(2, horizon=3), "without a horizon"),
        ("grid", CollusionDynamics(0.85, PLAIN), "no batch"),
        ("enumerate", plain(16, horizon=60), "more than 100000 states|too many ways"),
    ):
        with pytest.raises(eqsolve.UnsupportedError, match=why):
            solve(model, method=method)
    with pytest.raises(eqsolve.OptionError, match="no batch"):
        collusion_probability(CollusionDynamics(0.85, PLAIN))
    with pytest.raises(eqsolve.OptionError, match="error = 0"):
        solve(plain(2), method="grid", error=0.0)


def test_a_finer_grid_stays_within_the_error_of_updates():
    for size in (2, 4, 8):
        (told,) = collusion_probability(plain(size, [0.2]), method="grid")
        (fine,) = collusion_probability(plain(size, [0.2]), method="grid", error=2e-5)
        assert abs(told.updates - fine.updates) <= told.updates_error


@pytest.mark.parametrize(("rate", "states"), [(0.5, 27), ({"initial": 1}, 320)])
def test_states_are_as_many_as_sums_of_fractions(rate, states):
    model = plain(2, [0.2], rate=rate, horizon=5)
    assert len(oracle.sums_of_moves(model)) == states
    assert solve(model).stats.counts["states"] == states


def test_log_odds_far_out():
    odds = np.array([-800.0, -700.0, 0.0, 700.0, 800.0])
    assert propensity(odds).tolist()[2:] == [0.5, 1.0, 1.0]
    law = BatchLaw.of(plain(3))
    assert np.allclose(law.probabilities(odds).sum(axis=1), 1)
    assert log_odds(np.array([0.0, 0.5, 1.0])).tolist() == [-math.inf, 0.0, math.inf]
    far = CollusionDynamics(
        0.85, PLAIN, [1e-300, 0.5], batch={"size": 2}, rate=100.0, horizon=9,
        thresholds={"competition": 0.5, "collusion": 0.5},
    )  # fmt: skip
    assert verify(far, solve(far)).valid


def test_a_sweep_over_everything():
    model = plain(2, [0.3], rate=0.5)
    found = eqsolve.sweep(
        model, fidelity=[0.7, 0.85], size=[2, 4], rate=[0.25, 0.5],
        measures=("probability", "band", "escape"),
    )  # fmt: skip
    assert len(found.rows) == 8
    for row, (rho, size, rate) in zip(
        found.rows, itertools.product([0.7, 0.85], [2, 4], [0.25, 0.5]), strict=True
    ):
        assert (row.fidelity, row.size, row.rate) == (rho, size, rate)
        assert (row.probability is None) == (rho < 0.78)
    assert found.rows[-1].escape == pytest.approx(2.2e5, rel=0.02)
    assert "critical fidelity" in str(found.table())
    sellers = eqsolve.sweep(
        CollusionDynamics(0.9, PLAIN), sellers=[2, 3, 4], market=eqsolve.payoffs_from_logit
    )
    assert [round(row.critical_fidelity, 4) for row in sellers.rows] == [0.802, 0.8152, 0.8322]
    with pytest.raises(eqsolve.OptionError, match="sellers needs a market"):
        eqsolve.sweep(model, sellers=[2])
    with pytest.raises(eqsolve.OptionError, match="did you mean 'band'"):
        eqsolve.sweep(model, measures=["bands"])


def test_paths_stay_where_nothing_moves():
    model = plain(4, [0, 0.5, 1])
    path = eqsolve.trajectories(model, paths=3, updates=20).theta
    assert (path[0] == 0).all()
    assert (path[2] == 1).all()
    with pytest.raises(eqsolve.OptionError, match="no rate"):
        eqsolve.trajectories(CollusionDynamics(0.85, PLAIN))
