"""Learned denoisers: networks without torch, then training: seeded, beside the exact ones."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

import eqsolve
from eqsolve import DecPOMDP, Status, solve, verify
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.dec_pomdp.denoising.comparing import compared
from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of
from eqsolve.families.dec_pomdp.denoising.network import LearnedMap, Network
from eqsolve.families.dec_pomdp.denoising.rest import nearest
from eqsolve.families.dec_pomdp.generate import Revealing, guessing_model, xor_model

SMALL = {"length": 1, "draws": 20_000, "steps": 100}

DOORS: DecPOMDP = Revealing(states=4, actions=1, histories=0).instance(5)
"""Four states; each agent sees half of what all together see."""


def network(rng: np.random.Generator, d: int, contexts: int, scale: float) -> Network:
    sizes = [(d + contexts, 8), (8, 8), (8, d)]
    weights = tuple(scale * rng.standard_normal(size) for size in sizes)
    return Network(weights, tuple(rng.standard_normal(size[1]) for size in sizes))


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(0, 3))
def test_a_network_has_the_jacobian_of_differences(seed: int, d: int, contexts: int) -> None:
    rng = np.random.default_rng(seed)
    net = network(rng, d, contexts, 0.7)
    context = rng.integers(0, 2, contexts).astype(float)
    learned = net.given(context)
    x = rng.standard_normal((2, d))
    for point, jacobian in zip(x, learned.jacobian(x), strict=True):
        h = 1e-5
        quotients = [(learned(point + h * u) - learned(point - h * u)) / (2 * h) for u in np.eye(d)]
        assert np.transpose(quotients) == pytest.approx(jacobian, abs=1e-6)
        hidden = np.concatenate([point, context])
        for weight, bias in zip(net.weights[:2], net.biases[:2], strict=True):
            hidden = hidden @ weight + bias
            hidden = hidden / (1 + np.exp(-hidden))
        by_hand = hidden @ net.weights[2] + net.biases[2]
        assert learned(point) == pytest.approx(by_hand, abs=1e-9)


class Nearly(LearnedMap):
    """An exact denoiser with something added, in place of a network."""

    def __init__(self, exact: object, turn: np.ndarray, shift: np.ndarray) -> None:
        object.__setattr__(self, "parts", (exact, turn, shift))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        exact, turn, shift = self.parts
        return exact(x) + x @ turn.T + shift

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        exact, turn, _ = self.parts
        return exact.jacobian(x) + turn


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.02, 0.1]))
def test_den_3_end_points_lie_within_the_estimated_bounds(seed: int, off: float) -> None:
    rng = np.random.default_rng(seed)
    posterior = rng.dirichlet(np.ones(3))
    exact = denoiser_of(posterior, np.eye(3), 0.25)
    learned = Nearly(exact, off * rng.standard_normal((3, 3)), off * rng.standard_normal(3))
    ends = compared(exact, learned, np.eye(3))
    told = np.isfinite(ends.bound)
    assert (ends.deviation[told] <= ends.bound[told] * (1 + 1e-6) + 1e-9).all()
    if not off:
        assert ends.deviation.max() <= 1e-9
        assert ends.lost == ()


def test_states_that_a_map_leaves_are_told_as_lost() -> None:
    exact = denoiser_of(np.array([0.5, 0.46, 0.04]), np.eye(3), 0.2)
    away = Nearly(denoiser_of(np.array([1.0, 0, 0]), np.eye(3), 0.2), np.zeros((3, 3)), np.zeros(3))
    assert compared(exact, away, np.eye(3)).lost == (1,)  # state 2 is rarer than 0.05


def test_without_torch_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnsupportedError, match=r"torch, not installed here; pip install"):
        eqsolve.train_denoiser(DOORS)


def test_impossible_options_are_named() -> None:
    for options in ({"length": -1}, {"draws": 0}, {"steps": -1}, {"sigma": 0.0}, {"seed": 1.5}):
        with pytest.raises(OptionError, match=next(iter(options))):
            eqsolve.train_denoiser(DOORS, **options)
    with pytest.raises(OptionError, match="draws"):
        solve(DOORS, method="diffusion", draws=0)


@pytest.mark.learn
def test_the_same_seed_gives_the_same_networks() -> None:
    one, other, third = (eqsolve.train_denoiser(DOORS, seed=seed, **SMALL) for seed in (1, 1, 2))
    for mine, same, another in zip(one.networks, other.networks, third.networks, strict=True):
        assert all((a == b).all() for a, b in zip(mine.weights, same.weights, strict=True))
        assert not (mine.weights[0] == another.weights[0]).all()
    assert one.losses == other.losses
    assert one.steps == (100, 100)


@pytest.mark.learn
def test_learned_denoisers_end_where_exact_ones_do() -> None:
    found = eqsolve.train_denoiser(DOORS, 2, 0, steps=1500)
    beside = found.compare()
    own = [len(histories) for histories in found.histories]
    assert len(beside.deviation) == sum(own) * DOORS.n_states
    assert np.median(beside.deviation) < 0.05
    assert beside.stable > 0.95
    assert np.isfinite(beside.bound).mean() > 0.9
    assert beside.held == 1.0
    lost = 0
    for agent, history, posterior in found.posteriors():  # told by brute force
        exact, learned = denoiser_of(posterior, np.eye(4), 0.25), found.map_of(agent, history)
        for state in np.flatnonzero(posterior > 0.05).tolist():
            x = y = np.eye(4)[state]
            for _ in range(300):
                x, y = exact(x), learned(y)
            lost += nearest(x, np.eye(4)) == state != nearest(y, np.eye(4))
    assert len(beside.lost) == lost
    history = [[[0, 0], [0, 0]], [[0, 0], [1, 0]]]
    flow = found.flow(history, 0)
    assert flow.path.shape[1] == 4
    assert flow.in_shared == (flow.state in eqsolve.shared_states(DOORS, history))
    with pytest.raises(OptionError, match="learned from 2"):
        found.maps(history[:1])


@pytest.mark.learn
def test_untrained_networks_lose_states_and_it_is_told() -> None:
    beside = eqsolve.train_denoiser(DOORS, 1, 0, draws=1000, steps=0).compare()
    assert beside.lost
    assert all(one.chance > 0.05 for one in beside.lost)
    assert np.median(beside.deviation) > 0.3


@pytest.mark.learn
def test_one_state_and_no_steps_can_be_learned_too() -> None:
    alone = guessing_model([[[1.0]]])
    found = eqsolve.train_denoiser(alone, 0, 0, draws=10, steps=200)
    assert found.compare().deviation.max() < 0.1


@pytest.mark.learn
def test_the_method_tells_points_and_proves_nothing() -> None:
    model = xor_model(histories=[[[[0, 0], [1, 0]]]])
    result = solve(model, method="diffusion", draws=20_000, steps=1200, seed=1)
    assert result.status is Status.FEASIBLE
    assert result.solution.learned
    assert verify(model, result).valid
    for entry in result.solution.denoised:
        for own in entry.fixed_points:
            assert {rest.state for rest in own} == {0, 1}
            assert all(rest.bound is None and rest.residual < 0.2 for rest in own)
    assert not verify(model, replace(result, status=Status.SOLVED)).valid
    exact = replace(result.solution, learned=False)
    assert "denoiser.points" in str(verify(model, replace(result, solution=exact)))


@pytest.mark.learn
def test_the_question_tells_figures_and_lost_states() -> None:
    answer = eqsolve.ask(DOORS, "train_denoiser", steps=300, draws=20_000, length=1)
    assert answer.check.valid
    assert answer.fields["end_points"] == len(answer.value.compare().deviation)
    assert "median_deviation" in answer.fields
    poor = eqsolve.ask(DOORS, "train_denoiser", steps=0, draws=1000, length=1)
    assert "states are lost" in poor.sentence
    assert len(poor.tables) == 2


@pytest.mark.learn
def test_training_ends_with_the_clock() -> None:
    clock = Deadline()
    clock.cancel()
    found = eqsolve.train_denoiser(DOORS, 1, 0, draws=1000, deadline=clock)
    assert found.steps == (0, 0)
    assert found.limit is Limit.INTERRUPTED
    assert "torch" in sys.modules
