"""Contracts learned by two deep Q-networks, of agent and principal, with a nudge (CON-15).

Both networks see the state (and the stage, with a horizon) as indicators, and have two hidden
layers of rectified units. Episodes fill a memory; after each period of some episodes played side by
side, both networks make one step on a sample of it, towards values by copies of themselves that lag
behind. Contracts are the cheapest nudged ones for the copies' values, recomputed at every step.

Numbers are single precision, in units of the largest reward of either side. One thread and seeds
drawn from the method's own generator: on a processor the same seed gives the same contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.learning import (
    Beliefs,
    LearningMethod,
    length,
    nudgeable,
)
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["Deep"]

_MEMORY = 100_000
"""Periods that are remembered."""

_NONE = -np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Deep(LearningMethod):
    """Deep Q-learning of contracts; see `LearningMethod`.

    Parameters
    ----------
    width : units of each of the two hidden layers.
    batch : periods of the memory that a step looks at.
    together : episodes that are played side by side, with a step after each of their periods.
    lag : steps after which the copies are made anew.
    rate : of learning at the start; it falls to a tenth of it.
    """

    name: ClassVar[str] = "deep"
    summary: ClassVar[str] = "deep Q-networks with a nudge, judged by a best-responding agent"
    theorem: ClassVar[str] = "CON-15"
    cost: ClassVar[str] = "episodes x periods / 8 steps, some milliseconds each"
    needs: ClassVar[dict[str, str]] = {"torch": "learn"}

    explore: float = 0.0
    width: int = 256
    batch: int = 128
    together: int = 8
    lag: int = 100
    rate: float = 1e-3

    def __post_init__(self) -> None:
        LearningMethod.__post_init__(self)
        if min(self.width, self.batch, self.together, self.lag) < 1:
            raise OptionError("options width, batch, together and lag must be >= 1")
        if not 0 < self.rate < 1:
            raise OptionError(f"option rate = {self.rate!r}: must be in (0, 1)")

    def learner(self, instance: ContractMDP, rng: np.random.Generator) -> Networks:
        """Return networks with random weights."""
        return Networks(self, instance, rng)

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Learn on one thread; a limit leaves what was learned so far."""
        from eqsolve.algorithms.one_thread import one_thread

        with one_thread():
            return LearningMethod.run(self, instance, deadline, rng)


class Networks:
    """Both networks, their copies, the memory, and the game that is played."""

    def __init__(self, method: Deep, mdp: ContractMDP, rng: np.random.Generator) -> None:
        import torch

        self.method, self.mdp, self.rng = method, mdp, rng
        self.stages = mdp.horizon or 1
        self.steps = length(mdp)
        self.usable = nudgeable(mdp, method.nudge)
        self.beliefs = Beliefs(mdp, known=method.probabilities == "known")
        self.units = [
            float(np.abs(table).max(initial=0.0)) or 1.0
            for table in (mdp.agent_rewards, mdp.principal_rewards)
        ]
        torch.manual_seed(int(rng.integers(2**63)))
        self.networks = [_network(mdp, self.stages, method.width) for _ in self.units]
        self.copies = [_network(mdp, self.stages, method.width) for _ in self.units]
        self._copy()
        parameters = [part for network in self.networks for part in network.parameters()]
        self.optimizer = torch.optim.Adam(parameters, lr=method.rate, fused=True)
        self.memory = np.zeros((_MEMORY, 5), dtype=np.int64)  # stage, state, action, outcome, next
        self.filled = self.taken = self.done = 0

    def until(self, mark: int, stop: Any) -> None:
        """Play episodes up to number `mark`, some side by side."""
        while self.done < mark and not stop[0]:
            count = min(self.method.together, mark - self.done)
            self._play(count, stop)
            self.done += 0 if stop[0] else count

    def _play(self, count: int, stop: Any) -> None:
        """Play episodes side by side, with a step of both networks after each period."""
        mdp = self.mdp
        left = max(self.method.explore, 1.0 - self.done / (0.8 * self.method.episodes))
        states = _drawn(np.tile(mdp.start, (count, 1)), self.rng)
        for step in range(self.steps):
            states = states[self.usable[states].any(axis=1)]
            if not len(states) or stop[0]:
                return
            stage = np.full(len(states), min(step, self.stages - 1))
            hers = self._values(self.networks[1], 1, stage, states)
            actions = np.where(self.usable[states], hers, _NONE).argmax(axis=1)
            random = _drawn(self.usable[states].astype(np.float64), self.rng)
            actions = np.where(self.rng.random(len(states)) < left, random, actions)
            outcomes = _drawn(mdp.probabilities[states, actions], self.rng)
            branch = _drawn(mdp.successor_probs[states, outcomes], self.rng)
            following = mdp.successors[states, outcomes, branch]
            self.beliefs.see(states, actions, outcomes)
            rows = (self.filled + np.arange(len(states))) % _MEMORY
            self.memory[rows] = np.column_stack([stage, states, actions, outcomes, following])
            self.filled += len(states)
            self._learn()
            states = following[following >= 0]

    def _learn(self) -> None:
        """Make one step of both networks on a sample of the memory."""
        import torch

        method = self.method
        size = min(self.filled, _MEMORY)
        sample = self.memory[self.rng.integers(0, size, method.batch)]
        stage, states, actions, outcomes, following = np.ascontiguousarray(sample.T)
        his, hers = self._worth(stage, states, actions, outcomes, following)
        pick = torch.from_numpy(actions)[:, None]
        loss: Any = torch.zeros(())
        for network, goal, unit in zip(self.networks, (his, hers), self.units, strict=True):
            told = _told(network, stage, states).gather(1, pick)[:, 0]
            wanted = torch.from_numpy((goal / unit).astype(np.float32))
            loss = loss + torch.nn.functional.smooth_l1_loss(told, wanted)
        self.optimizer.zero_grad()
        loss.backward()
        for group in self.optimizer.param_groups:
            group["lr"] = method.rate * 10 ** -min(1.0, self.done / method.episodes)
        self.optimizer.step()
        self.taken += 1
        if self.taken % method.lag == 0:
            self._copy()

    def _worth(
        self, stage: IntArray, states: IntArray, actions: IntArray, outcomes: IntArray,
        following: IntArray,
    ) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """Return what periods were worth to agent and principal, by the copies, shape (batch,)."""
        mdp = self.mdp
        q = self._values(self.copies[0], 0, stage, states)
        payments, _ = self._offers(states, q, actions)
        his = mdp.agent_rewards[states, actions]
        hers = mdp.principal_rewards[states, outcomes] - payments
        later = stage + 1 if mdp.horizon is not None else stage
        goes = np.flatnonzero((following >= 0) & (later < self.stages))
        goes = goes[self.usable[following[goes]].any(axis=1)]
        if len(goes):
            then, when = following[goes], later[goes]
            values = self._values(self.copies[1], 1, when, then)
            values = np.where(self.usable[then], values, _NONE)
            best = values.argmax(axis=1)
            q = self._values(self.copies[0], 0, when, then)
            payments, _ = self._offers(then, q, best)
            rows = np.arange(len(goes))
            his[goes] += mdp.discount * (q[rows, best] + payments)
            hers[goes] += mdp.discount * values[rows, best]
        return his, hers

    def _offers(
        self, states: IntArray, q: FloatArray, actions: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return payments and cheapest nudged contracts for actions at truncated values (n, A)."""
        from eqsolve.families.contract_mdp.kernels.payments import cheapest_contracts

        payments, contracts, _ = cheapest_contracts(
            self.beliefs.guess[states], q, self.mdp.exists[states], actions, self.method.nudge
        )
        finite = np.isfinite(payments)  # estimates may ask for what no contract does
        return np.where(finite, payments, 0.0), np.where(finite[:, None], contracts, 0.0)

    def _values(self, network: Any, side: int, stage: IntArray, states: IntArray) -> FloatArray:
        """Return a network's values in money, shape (n, A)."""
        import torch

        with torch.no_grad():
            found = _told(network, stage, states).numpy().astype(np.float64)
        values: FloatArray = self.units[side] * found
        return values

    def _copy(self) -> None:
        """Make the copies equal to the networks."""
        for network, copy in zip(self.networks, self.copies, strict=True):
            copy.load_state_dict(network.state_dict())

    def contracts(self) -> FloatArray:
        """Return the contracts that the networks recommend."""
        mdp = self.mdp
        found = np.zeros((self.stages, mdp.n_states, mdp.n_outcomes))
        states = np.flatnonzero(self.usable.any(axis=1))
        for t in range(self.stages):
            stage = np.full(len(states), t)
            hers = self._values(self.networks[1], 1, stage, states)
            best = np.where(self.usable[states], hers, _NONE).argmax(axis=1)
            q = self._values(self.networks[0], 0, stage, states)
            found[t, states] = self._offers(states, q, best)[1]
        return found


def _network(mdp: ContractMDP, stages: int, width: int) -> Any:
    """Return a network of `_told`: a layer on indicators, as two tables of rows, and two more."""
    from torch import nn

    rest = nn.Sequential(
        nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, mdp.n_actions)
    )
    tables = {"states": nn.Embedding(mdp.n_states, width), "stages": nn.Embedding(stages, width)}
    return nn.ModuleDict({**tables, "rest": rest})


def _told(network: Any, stage: IntArray, states: IntArray) -> Any:
    """Return what a network says of each action, in units, shape (n, A)."""
    from torch import from_numpy

    first = network["states"](from_numpy(states)) + network["stages"](from_numpy(stage))
    return network["rest"](first)


def _drawn(weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """Return an index for each row of weights (n, k), drawn in proportion to them."""
    total = np.cumsum(weights, axis=1)
    point = rng.random(len(weights)) * total[:, -1]
    found: IntArray = (total > point[:, None]).argmax(axis=1)
    return found
