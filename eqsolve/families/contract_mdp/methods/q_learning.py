"""Contracts learned from episodes: tabular Q-learning of both sides, with a nudge (CON-15).

In each state the principal recommends an action (epsilon-greedy in her own table) and offers the
cheapest contract that makes it best by a margin, the **nudge**, according to the agent's table.
Both tables learn from what happens. Without a nudge an agent whose true values differ a little from
the learned ones does something else, and she may lose half of what she could have.

The answer is judged by an agent who answers the learned contracts as well as he can; it is compared
with the exact equilibrium, and it is never more than ``feasible``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.contract_mdp.evaluate import best_responses, greatest_gain
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.backward_induction import BackwardInduction
from eqsolve.families.contract_mdp.methods.base import ContractMethod, wrapped
from eqsolve.families.contract_mdp.methods.stationary import Stationary
from eqsolve.families.contract_mdp.payments import cheapest_contract
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["QLearning", "equilibrium_value", "nudgeable"]

_AT_ONCE = 1 << 20
"""Random numbers drawn at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QLearning(ContractMethod):
    """Tabular Q-learning of contracts; the same seed gives the same contracts.

    Parameters
    ----------
    episodes : number of episodes.
    nudge : margin by which the recommended action is made best.
    probabilities : whether the principal knows outcome probabilities, or counts outcomes.
    explore : share of random recommendations at the end; it falls from 1 over 4/5 of the episodes.
    power : the learning rate is ``visits ** -power``.
    checks : points of the learning curve.
    """

    name: ClassVar[str] = "q_learning"
    summary: ClassVar[str] = "tabular Q-learning with a nudge, judged by a best-responding agent"
    theorem: ClassVar[str] = "CON-15"
    cost: ClassVar[str] = "episodes x periods, about a microsecond each"

    episodes: int = 20_000
    nudge: float = 0.005
    probabilities: Literal["known", "counted"] = "known"
    explore: float = 0.05
    power: float = 0.6
    checks: int = 10

    def __post_init__(self) -> None:
        if self.episodes < 1 or self.checks < 1:
            raise OptionError("options episodes and checks must be >= 1")
        if not 0 <= self.nudge < math.inf:
            raise OptionError(f"option nudge = {self.nudge!r}: must be >= 0 and finite")
        if not 0 <= self.explore <= 1 or not 0 < self.power <= 1:
            raise OptionError("options explore and power must be in [0, 1] and (0, 1]")

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Learn; a limit leaves what was learned so far."""
        learner = _Learner(self, instance, rng)
        marks = sorted(
            {max(1, self.episodes * k // self.checks) for k in range(1, self.checks + 1)}
        )
        curve: dict[str, list[Any]] = {"episodes": [], "principal_value": []}
        with deadline.watching() as stop:
            for mark in marks:
                learner.until(mark, stop)
                policy = best_responses(instance, learner.contracts())
                curve["episodes"].append(learner.done)
                curve["principal_value"].append(float(instance.start @ policy.hers[0]))
                progress = Progress(
                    message="learning", done=learner.done, total=self.episodes,
                    objective=curve["principal_value"][-1],
                )  # fmt: skip
                deadline.publish(progress)
                if deadline.expired():
                    break
        finished = learner.done == self.episodes
        policy.extra = {"learning": {**curve, "spe": equilibrium_value(instance)}}
        limit = None if finished else deadline.limit or Limit.TIME
        return wrapped(
            instance,
            policy,
            status=Status.FEASIBLE,
            limit=limit,
            epsilon=greatest_gain(instance, policy),
            method=self.name,
            counts={"episodes": learner.done},
        )


def nudgeable(mdp: ContractMDP, nudge: float) -> BoolArray:
    """Return which actions can be made best by a margin, shape (S, A); see CON-8 on values."""
    found = np.zeros_like(mdp.exists)
    flat = np.zeros(mdp.n_actions)
    last: dict[bytes, bool] = {}
    for s, a in np.argwhere(mdp.exists).tolist():
        q = flat if nudge else mdp.agent_rewards[s]
        key = (
            mdp.probabilities[s].tobytes()
            + mdp.exists[s].tobytes()
            + q.tobytes()
            + bytes([a % 256])
        )
        if key not in last:
            offer = cheapest_contract(
                mdp.probabilities[s], q, mdp.exists[s], a, 1.0 if nudge else 0.0
            )
            last[key] = offer is not None
        found[s, a] = last[key]
    return found


def equilibrium_value(mdp: ContractMDP) -> float | None:
    """Return the exact value of the equilibrium that learning is compared with, None if none."""
    method = BackwardInduction() if mdp.horizon is not None else Stationary()
    found = method.run(mdp, Deadline(), np.random.default_rng(0))
    return None if found.status is not Status.SOLVED else found.objective


class _Learner:
    """Tables that grow wiser."""

    def __init__(self, method: QLearning, mdp: ContractMDP, rng: np.random.Generator) -> None:
        self.method, self.mdp, self.rng = method, mdp, rng
        stages = mdp.horizon or 1
        shape = (stages, mdp.n_states, mdp.n_actions)
        self.agent, self.principal = np.zeros(shape), np.zeros(shape)
        self.visits = np.zeros(shape, dtype=np.int64)
        self.usable = nudgeable(mdp, method.nudge)
        self.known = method.probabilities == "known"
        self.probs = mdp.probabilities.copy()
        inside = np.arange(mdp.n_outcomes) < mdp.n_outcomes_of[:, None]
        self.counts = np.where(inside[:, None, :] & mdp.exists[:, :, None], 1.0, 0.0)
        self.guess = self.probs
        if not self.known:
            total = self.counts.sum(axis=2, keepdims=True)
            self.guess = self.counts / np.where(total > 0, total, 1.0)
        self.steps = mdp.horizon or min(10_000, math.ceil(5 / (1 - mdp.discount)))
        self.done = 0

    def until(self, mark: int, stop: Any) -> None:
        """Run episodes up to number `mark`."""
        from eqsolve.families.contract_mdp.kernels.learning import learn

        mdp, method = self.mdp, self.method
        while self.done < mark and not stop[0]:
            rows = min(mark - self.done, max(1, _AT_ONCE // (4 * self.steps)))
            draws = self.rng.random((rows, self.steps, 4))
            self.done += int(
                learn(
                    self.probs, self.guess, self.counts, self.known, mdp.agent_rewards.copy(),
                    mdp.principal_rewards.copy(), mdp.successors.copy(), mdp.successor_probs.copy(),
                    mdp.exists.copy(), self.usable, mdp.start.copy(), mdp.discount, method.nudge,
                    self.agent, self.principal, self.visits, draws, self.done, method.episodes,
                    method.explore, method.power, mdp.horizon or 1, stop,
                )
            )  # fmt: skip

    def contracts(self) -> FloatArray:
        """Return the contracts that the tables recommend."""
        from eqsolve.families.contract_mdp.kernels.learning import contracts_of

        mdp = self.mdp
        found = np.zeros((len(self.agent), mdp.n_states, mdp.n_outcomes))
        contracts_of(
            self.guess, mdp.exists.copy(), self.usable, self.method.nudge, self.agent,
            self.principal, found,
        )  # fmt: skip
        return found
