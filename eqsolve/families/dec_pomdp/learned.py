"""Learned denoisers of a model, one network for each agent, beside the exact ones (DEN-3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.extras import install_command
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.dec_pomdp.denoising.comparing import Ends, compared
from eqsolve.families.dec_pomdp.denoising.drawing import draw_histories, one_hot
from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of, require_sigma
from eqsolve.families.dec_pomdp.denoising.flow import composite, start_point
from eqsolve.families.dec_pomdp.denoising.network import LearnedMap, Network
from eqsolve.families.dec_pomdp.denoising.training import Schedule, trained
from eqsolve.families.dec_pomdp.filter import Filter
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.sets import Sets, members
from eqsolve.families.dec_pomdp.solution import Flow

__all__ = ["DenoiserComparison", "Lost", "TrainedDenoiser", "train_denoiser"]


@dataclass(frozen=True, slots=True)
class Lost:
    """A state that a learned denoiser leaves although the exact one keeps it.

    Parameters
    ----------
    agent : whose denoiser.
    history : his own history, (action, observation) of each step.
    state, chance : the state, and its probability given that history.
    """

    agent: int
    history: tuple[tuple[int, int], ...]
    state: int
    chance: float


@dataclass(frozen=True, slots=True, eq=False)
class DenoiserComparison:
    """Learned against exact denoisers: an entry for each agent, own history and start.

    Parameters
    ----------
    agents : whose denoiser, shape (K,).
    exact, learned : end points, shape (K, d).
    deviation : their distances, shape (K,).
    bound : estimate of it from above, infinite where there is none (DEN-3).
    radius, rank : spectral radius of the learned Jacobian at the end point, and its singular
        values above 0.01.
    at_rest : whether the learned iteration came to rest.
    lost : states likelier than 0.05 that the exact denoisers keep and the learned ones leave.
    """

    agents: IntArray
    exact: FloatArray
    learned: FloatArray
    deviation: FloatArray
    bound: FloatArray
    radius: FloatArray
    rank: IntArray
    at_rest: BoolArray
    lost: tuple[Lost, ...]

    @property
    def stable(self) -> float:
        """Share of end points at rest with a spectral radius below 1."""
        return float((self.at_rest & (self.radius < 1)).mean())

    @property
    def held(self) -> float:
        """Share of end points with a bound that is not below the deviation, of those with one."""
        told = np.isfinite(self.bound)
        return float((self.deviation <= self.bound + 1e-9)[told].mean()) if told.any() else 1.0

    @property
    def correlation(self) -> float | None:
        """Correlation of deviation and rank, None where one of them does not vary."""
        if np.ptp(self.rank) == 0 or np.ptp(self.deviation) == 0:
            return None
        return float(np.corrcoef(self.deviation, self.rank)[0, 1])


@dataclass(frozen=True, slots=True, eq=False)
class TrainedDenoiser:
    """Networks that denoise states given own histories of one length; no torch needed to use them.

    Parameters
    ----------
    model : the model they were trained on.
    length : steps of the histories.
    sigma, seed : as asked for.
    networks : one for each agent.
    histories : for each agent the own histories (H, T, 2) that were drawn.
    steps, losses : steps done, and the mean loss at the end, for each agent.
    limit : what stopped the training, or None.
    """

    model: DecPOMDP
    length: int
    sigma: float
    seed: int
    networks: tuple[Network, ...]
    histories: tuple[IntArray, ...]
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    limit: Limit | None

    def map_of(self, agent: int, own: IntArray) -> LearnedMap:
        """Return an agent's learned denoiser for his own history (T, 2) of actions and sights."""
        sizes = (self.model.n_actions[agent], self.model.n_observations[agent])
        return self.networks[agent].given(one_hot(own[None], sizes)[0])

    def maps(self, history: object) -> tuple[LearnedMap, ...]:
        """Return all agents' learned denoisers after a joint history.

        Raises
        ------
        InstanceError : a history that does not fit the model.
        OptionError : its length is another than that trained for.
        """
        told = self.model.history(history)
        if len(told) != self.length:
            raise OptionError(
                f"history: has {len(told)} steps, the networks learned from {self.length}"
            )
        return tuple(self.map_of(agent, _own(told, agent)) for agent in range(self.model.n_agents))

    def flow(self, history: object, start: object = 0, *, rounds: int = 1000) -> Flow:
        """Return the composite flow of the learned denoisers, see `composite_flow`."""
        points, told = self.model.points, self.model.history(history)
        shared = members(Sets(self.model).shared(told))
        return composite(self.maps(told), start_point(points, start), points, shared, rounds)

    def compare(self) -> DenoiserComparison:
        """Return end points of learned and exact denoisers for all own histories that were drawn.

        Notes
        -----
        Cost: thousands of runs of a network for each history and state. Source: DEN-3; Wang,
        Dong, Jiang, Parkes and Tambe (2025).
        """
        agents: list[int] = []
        found: list[Ends] = []
        lost: list[Lost] = []
        for agent, own, posterior in self.posteriors():
            ends = compared(
                denoiser_of(posterior, self.model.points, self.sigma),
                self.map_of(agent, own),
                self.model.points,
            )
            agents += [agent] * len(ends.starts)
            found.append(ends)
            told = tuple((int(action), int(seen)) for action, seen in own.tolist())
            lost += [Lost(agent, told, state, float(posterior[state])) for state in ends.lost]
        return DenoiserComparison(
            agents=np.array(agents),
            **{
                name: np.concatenate([getattr(ends, name) for ends in found])
                for name in ("exact", "learned", "deviation", "bound", "radius", "rank", "at_rest")
            },
            lost=tuple(lost),
        )

    def posteriors(self) -> Iterator[tuple[int, IntArray, FloatArray]]:
        """Yield agent, own history and posterior of all own histories that were drawn."""
        filtering = Filter(self.model)
        for agent, histories in enumerate(self.histories):
            weights, _ = filtering.own_weights(agent, histories[:, :, 0], histories[:, :, 1])
            for own, posterior in zip(histories, weights, strict=True):
                yield agent, own, posterior


def _own(history: History, agent: int) -> IntArray:
    """Return an agent's part of a joint history, shape (T, 2)."""
    pairs = [[actions[agent], seen[agent]] for actions, seen in history]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def train_denoiser(
    model: DecPOMDP,
    length: int = 2,
    seed: int = 0,
    *,
    sigma: float = 0.25,
    draws: int = 200_000,
    steps: int = 3000,
    deadline: Deadline | None = None,
) -> TrainedDenoiser:
    """Return networks that learned to denoise the state from agents' own histories.

    Parameters
    ----------
    model : the model.
    length : steps of the histories.
    seed : same seed, same networks on a processor.
    sigma : noise in each dimension.
    draws : histories drawn from the model to learn from.
    steps : of training, for each agent.
    deadline : a running clock; training ends where it does.

    Raises
    ------
    InstanceError, OptionError : no model, or impossible options.
    UnsupportedError : torch (the extra ``learn``) is not installed.

    Notes
    -----
    Two layers of 128 and SiLU, batches of 512. Cost: about 4 ms a step and agent for four states;
    what was learned is compared with exact denoisers by `TrainedDenoiser.compare`. Source: DEN-3;
    Wang, Dong, Jiang, Parkes and Tambe (2025).
    """
    from importlib.util import find_spec

    require_instance(model, DecPOMDP, "model")
    for value, name, least in (
        (length, "length", 0), (seed, "seed", 0), (draws, "draws", 1), (steps, "steps", 0),
    ):  # fmt: skip
        require_count(value, name, least)
    require_sigma(sigma, model.points)
    if find_spec("torch") is None:
        reason = f"it needs torch, not installed here; {install_command('learn')}"
        raise UnsupportedError("train_denoiser", reason, what="function")
    clock = Deadline() if deadline is None else deadline
    rng = np.random.default_rng(seed)
    drawn = draw_histories(model, length, draws, rng)
    histories, done = [], []
    for agent in range(model.n_agents):
        own, rows = drawn.of_agent(agent)
        sizes = (model.n_actions[agent], model.n_observations[agent])
        histories.append(own)
        done.append(
            trained(
                drawn.states, one_hot(own, sizes), rows, model.points, float(sigma),
                Schedule(steps), rng, clock,
            )
        )  # fmt: skip
    return TrainedDenoiser(
        model=model,
        length=length,
        sigma=float(sigma),
        seed=seed,
        networks=tuple(one.network for one in done),
        histories=tuple(histories),
        steps=tuple(one.steps for one in done),
        losses=tuple(one.loss for one in done),
        limit=clock.limit,
    )
