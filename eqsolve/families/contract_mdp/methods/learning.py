"""What learners of contracts share: a curve, the equilibrium beside it, and how answers are judged.

In each state the principal recommends an action and offers the cheapest contract that makes it best
by a margin, the **nudge**, according to what is known of the agent's values (CON-15). Both sides
learn from what happens. Without a nudge an agent whose true values differ a little from the learned
ones does something else, and she may lose half of what she could have.

The answer is judged by an agent who answers the learned contracts as well as he can; it is compared
with the exact equilibrium, and it is never more than ``feasible``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.contract_mdp.evaluate import best_responses, greatest_gain
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.backward_induction import BackwardInduction
from eqsolve.families.contract_mdp.methods.base import ContractMethod, wrapped
from eqsolve.families.contract_mdp.methods.stationary import Stationary
from eqsolve.families.contract_mdp.programs import cheapest_contract
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["Beliefs", "Learner", "LearningMethod", "equilibrium_value", "length", "nudgeable"]

_MOST_CHECKS = 10_000


class Learner(Protocol):
    """Learns from episodes."""

    @property
    def done(self) -> int:
        """Episodes so far."""

    def until(self, mark: int, stop: Any) -> None:
        """Run episodes up to number `mark`, fewer when the byte `stop` is set."""

    def contracts(self) -> FloatArray:
        """Return what would be offered now, shape (T, S, O)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningMethod(ContractMethod):
    """Base of the learners; the same seed gives the same contracts.

    Parameters
    ----------
    episodes : number of episodes.
    nudge : margin by which the recommended action is made best.
    probabilities : whether the principal knows outcome probabilities, or counts outcomes.
    explore : share of random recommendations at the end; it falls from 1 over 4/5 of the episodes.
    checks : points of the learning curve.
    """

    episodes: int = 20_000
    nudge: float = 0.005
    probabilities: Literal["known", "counted"] = "known"
    explore: float = 0.05
    checks: int = 10

    def __post_init__(self) -> None:
        if self.episodes < 1:
            raise OptionError(f"option episodes = {self.episodes}: must be >= 1")
        if not 1 <= self.checks <= _MOST_CHECKS:
            raise OptionError(f"option checks = {self.checks}: must be 1 to {_MOST_CHECKS}")
        if not 0 <= self.nudge < math.inf:
            raise OptionError(f"option nudge = {self.nudge!r}: must be >= 0 and finite")
        if not 0 <= self.explore <= 1:
            raise OptionError(f"option explore = {self.explore!r}: must be in [0, 1]")

    def learner(self, instance: ContractMDP, rng: np.random.Generator) -> Learner:
        """Return a learner that knows nothing yet."""
        raise NotImplementedError

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Learn; a limit leaves what was learned so far."""
        learner = self.learner(instance, rng)
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
        policy.extra = {
            "learning": {**curve, "nudge": self.nudge, "spe": equilibrium_value(instance)}
        }
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
            + a.to_bytes(8, "big")
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


def length(mdp: ContractMDP) -> int:
    """Return the periods of an episode; without a horizon those that matter up to e**-5."""
    return mdp.horizon or min(10_000, math.ceil(5 / (1 - mdp.discount)))


class Beliefs:
    """The principal's idea of outcome probabilities: known, or counted with one of each before.

    Attributes
    ----------
    true, guess : shape (S, A, O); the same array where they are known.
    counts : how often each outcome was seen.
    known : whether probabilities are known.
    """

    def __init__(self, mdp: ContractMDP, *, known: bool) -> None:
        self.known = known
        self.true = mdp.probabilities.copy()
        inside = np.arange(mdp.n_outcomes) < mdp.n_outcomes_of[:, None]
        self.counts = np.where(inside[:, None, :] & mdp.exists[:, :, None], 1.0, 0.0)
        self.guess = self.true
        if not known:
            total = self.counts.sum(axis=2, keepdims=True)
            self.guess = self.counts / np.where(total > 0, total, 1.0)

    def see(self, states: IntArray, actions: IntArray, outcomes: IntArray) -> None:
        """Count what happened."""
        if not self.known:
            np.add.at(self.counts, (states, actions, outcomes), 1.0)
            seen = self.counts[states, actions]
            self.guess[states, actions] = seen / seen.sum(axis=1, keepdims=True)
