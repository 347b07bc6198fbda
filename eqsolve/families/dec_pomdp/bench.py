"""Dec-POMDPs: subset search, filtering and denoisers beside plain numpy on the same models."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender
from eqsolve.core.limits import Deadline
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser, denoiser_of
from eqsolve.families.dec_pomdp.denoising.rest import rest_points, stable
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.generate import Revealing, played
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.observing import MOST, observe
from eqsolve.families.dec_pomdp.search import search_sets
from eqsolve.families.dec_pomdp.sets import Sets

__all__ = ["CASES"]


def rovers(size: int, seed: int) -> DecPOMDP:
    """Return a model of so many states, 6 x 6 joint actions and 8 x 8 joint observations.

    As large as the rovers on Mars of Amato and Zilberstein (2009), and as sparse: each row leads to
    at most 4 states.
    """
    rng = np.random.default_rng(seed)
    joint, seen = 36, 64
    moves = np.zeros((joint, size, size))
    for row in moves.reshape(-1, size):
        places = rng.choice(size, min(4, size), replace=False)
        row[places] = 1 / len(places)
    shown = np.zeros((joint, size, seen))
    shown[:, np.arange(size), np.arange(size) % seen] = 1.0
    for action, state in itertools.product(range(joint), range(size)):
        following = np.flatnonzero(moves[action, state])
        if len(set((following % seen).tolist())) < len(following):  # else two could look alike
            moves[action, state] = 0.0
            moves[action, state, following[0]] = 1.0
    start = np.eye(size)[0]
    return DecPOMDP([6, 6], [8, 8], moves, shown, start)


def _sets(model: DecPOMDP) -> float:
    """Return how many knowledge sets there are."""
    return float(len(search_sets(Sets(model), Deadline(), MOST).parents))


def _tuples(model: DecPOMDP) -> float:
    """Return the same, and look at every tuple of what all know and what each knows alone."""
    return float(observe(model).explored)


def _by_arrays(model: DecPOMDP) -> float:
    """Return the same by boolean arrays, a step of all moves of a set at a time."""
    moves, sights = model.transitions > 0, model.observation_probs > 0
    start: Any = model.initial > 0
    met, queue = {start.tobytes()}, [start]
    while queue:
        known = queue.pop()
        after: Any = moves[:, known].any(axis=1)
        for action, following in enumerate(after):
            for told in (sights[action] & following[:, None]).T:
                if told.any() and told.tobytes() not in met:
                    met.add(told.tobytes())
                    queue.append(told.copy())
    return float(len(met))


def histories(size: tuple[int, int], seed: int) -> DecPOMDP:
    """Return a model that is asked about so many histories of so many steps."""
    count, length = size
    model = rovers(256, seed)
    rng = np.random.default_rng(seed)
    return model.with_histories([played(model, rng, length) for _ in range(count)])


def _filtered(model: DecPOMDP) -> float:
    """Return the mean greatest probability of all posteriors."""
    found = posteriors_of(model, model.histories) or []
    rows = [row for entry in found for row in (entry.joint, *entry.local) if row is not None]
    return float(np.mean([row.max() for row in rows]))


def _one_by_one(model: DecPOMDP) -> float:
    """Return the same with one product of vector and matrix after the other."""
    moves, sights = model.transitions, model.observation_probs
    seen = model.own_observations
    own: dict[tuple[int, int, int], Any] = {}
    for agent in range(model.n_agents):
        for action in range(model.n_actions[agent]):
            fits = np.flatnonzero(model.own_actions[:, agent] == action)
            for told in range(model.n_observations[agent]):
                looks = sights[fits][:, :, seen[:, agent] == told].sum(axis=2)
                own[agent, action, told] = (moves[fits] * looks[:, None, :]).mean(axis=0)
    tops = []
    for history in model.histories:
        weights = [model.initial] * (model.n_agents + 1)
        for actions, looked in history:
            a, o = model.joint_action(actions), model.joint_observation(looked)
            weights = [
                (weights[0] @ moves[a]) * sights[a, :, o],
                *(weights[i + 1] @ own[i, actions[i], looked[i]] for i in range(model.n_agents)),
            ]
            weights = [row / row.sum() for row in weights]
        tops += [row.max() for row in weights]
    return float(np.mean(tops))


def revealed(size: int, seed: int) -> DecPOMDP:
    """Return a dense model in which all together see the state."""
    recipe = Revealing(states=size, actions=2, observations=int(np.ceil(size**0.5)), histories=0)
    found: DecPOMDP = recipe.instance(seed)
    return found


_SIGMA = 0.3
"""Noise beside one-hot states: all of them keep a fixed point, not quite where they are."""
_NEAR = 0.5
"""Farther from all states lie stable points between many states, which not all contenders meet."""


def beliefs(size: tuple[int, int], seed: int) -> tuple[DecPOMDP, list[Denoiser]]:
    """Return a model of so many one-hot states, and denoisers after so many histories of a step."""
    states, count = size
    rng = np.random.default_rng(seed)
    looks = rng.dirichlet(np.full(16, 5.0), (1, states))
    model = DecPOMDP([1, 1], [4, 4], np.eye(states)[None], looks, np.full(states, 1 / states))
    asked = model.with_histories([played(model, rng, 1) for _ in range(count)])
    rows = [row for entry in posteriors_of(asked, asked.histories) or () for row in entry.local]
    return asked, [denoiser_of(row, asked.points, _SIGMA) for row in rows if row is not None]


Rests = Callable[[Denoiser], Iterable[Any]]


def _off(rests: Rests) -> Callable[[tuple[DecPOMDP, list[Denoiser]]], float]:
    """Return a run that adds up how far stable fixed points near states lie from these."""

    def run(problem: tuple[DecPOMDP, list[Denoiser]]) -> float:
        model, denoisers = problem
        total = 0.0
        for denoiser in denoisers:
            for point in rests(denoiser):
                far = float(np.linalg.norm(model.points - point, axis=1).min())
                total += far if far < _NEAR else 0.0
        return total

    return run


def _ours(denoiser: Denoiser) -> Iterable[Any]:
    """Yield stable fixed points, each with the radius of a ball that certifies it."""
    return (rest.point for rest in rest_points(denoiser, denoiser.points) if stable(rest))


def _by_roots(denoiser: Denoiser) -> Iterable[Any]:
    """Yield what SciPy's hybrid method finds from every state, with the Jacobian of DEN-1."""
    from scipy.optimize import root

    unit = np.eye(denoiser.points.shape[1])
    for start in denoiser.points:
        yield root(
            lambda x: denoiser(x) - x, start, jac=lambda x: denoiser.jacobian(x) - unit,
            method="hybr", options={"xtol": 1e-13},
        ).x  # fmt: skip


def _by_rounds(denoiser: Denoiser) -> Iterable[Any]:
    """Yield where the definition's weighted mean comes to rest from every state, one by one."""
    points, chances = denoiser.points, denoiser.chances
    for start in points:
        x, last = start, start + 1
        while np.abs(x - last).max() > 1e-13:
            shares = chances * np.exp(-((points - x) ** 2).sum(axis=1) / (2 * denoiser.sigma**2))
            x, last = (shares / shares.sum()) @ points, x
        yield x


_OBSERVERS = (
    Contender(name="eqsolve, bit sets", run=_sets, delivers="sets"),
    Contender(
        name="eqsolve, of each alone too", run=_tuples, delivers="sets, tuples of them", limit=20
    ),
    Contender(name="numpy, boolean arrays", run=_by_arrays, delivers="sets"),
)

CASES = (
    Case(
        suite="dec_pomdp",
        name="collective observability",
        build=rovers,
        sizes=(81, 256),
        quick_sizes=(32,),
        contenders=_OBSERVERS,
        unit="states",
        repeats=3,
        note="The larger size has as many states and joint moves as the public problem Mars.",
    ),
    Case(
        suite="dec_pomdp",
        name="collective observability, dense",
        build=revealed,
        sizes=(64, 144),
        quick_sizes=(16,),
        contenders=_OBSERVERS,
        unit="states",
        repeats=3,
    ),
    Case(
        suite="dec_pomdp",
        name="posteriors",
        build=histories,
        sizes=((1000, 10), (10_000, 10)),
        quick_sizes=((50, 3),),
        contenders=(
            Contender(name="eqsolve, all at once", run=_filtered, delivers="posteriors, shared"),
            Contender(name="numpy, one by one", run=_one_by_one, delivers="posteriors"),
        ),
        unit="histories, steps",
        repeats=1,
        tolerance=1e-6,
        note="256 states, 36 joint actions, 64 joint observations.",
    ),
    Case(
        suite="dec_pomdp",
        name="fixed points of denoisers",
        build=beliefs,
        sizes=((16, 20), (64, 20)),
        quick_sizes=((4, 2),),
        contenders=(
            Contender(
                name="eqsolve, all starts at once",
                run=_off(_ours),
                delivers="points, balls, slopes",
            ),
            Contender(name="SciPy, root", run=_off(_by_roots), delivers="points"),
            Contender(name="numpy, one by one", run=_off(_by_rounds), delivers="points"),
        ),
        unit="states, histories",
        repeats=3,
        tolerance=1e-6,
        note="Two agents, one-hot states, noise 0.3: sum of the distances of points near states.",
    ),
)
