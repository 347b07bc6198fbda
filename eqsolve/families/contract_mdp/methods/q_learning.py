"""Contracts learned from episodes: tabular Q-learning of both sides, with a nudge (CON-15).

The principal recommends epsilon-greedily by her own table, and contracts follow from the agent's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.learning import (
    Beliefs,
    LearningMethod,
    length,
    nudgeable,
)

__all__ = ["QLearning"]

_AT_ONCE = 1 << 20
"""Random numbers drawn at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QLearning(LearningMethod):
    """Tabular Q-learning of contracts; see `LearningMethod`.

    Parameters
    ----------
    power : the learning rate is ``visits ** -power``.
    """

    name: ClassVar[str] = "q_learning"
    summary: ClassVar[str] = "tabular Q-learning with a nudge, judged by a best-responding agent"
    theorem: ClassVar[str] = "CON-15"
    cost: ClassVar[str] = "episodes x periods, about a microsecond each"

    power: float = 0.6

    def __post_init__(self) -> None:
        LearningMethod.__post_init__(self)
        if not 0 < self.power <= 1:
            raise OptionError(f"option power = {self.power!r}: must be in (0, 1]")

    def learner(self, instance: ContractMDP, rng: np.random.Generator) -> Tables:
        """Return empty tables."""
        return Tables(self, instance, rng)


class Tables:
    """Tables of both sides that grow wiser, shape (stages, S, A)."""

    def __init__(self, method: QLearning, mdp: ContractMDP, rng: np.random.Generator) -> None:
        self.method, self.mdp, self.rng = method, mdp, rng
        shape = (mdp.horizon or 1, mdp.n_states, mdp.n_actions)
        self.agent, self.principal = np.zeros(shape), np.zeros(shape)
        self.visits = np.zeros(shape, dtype=np.int64)
        self.usable = nudgeable(mdp, method.nudge)
        self.beliefs = Beliefs(mdp, known=method.probabilities == "known")
        self.steps = length(mdp)
        self.done = 0

    def until(self, mark: int, stop: Any) -> None:
        """Run episodes up to number `mark`."""
        from eqsolve.algorithms.compile import plain
        from eqsolve.families.contract_mdp.kernels.learning import learn

        mdp, method, beliefs = self.mdp, self.method, self.beliefs
        while self.done < mark and not stop[0]:
            rows = min(mark - self.done, max(1, _AT_ONCE // (4 * self.steps)))
            draws = self.rng.random((rows, self.steps, 4))
            self.done += int(
                learn(
                    beliefs.true, beliefs.guess, beliefs.counts, beliefs.known,
                    plain(mdp.agent_rewards), plain(mdp.principal_rewards), plain(mdp.successors),
                    plain(mdp.successor_probs), plain(mdp.exists), self.usable, plain(mdp.start),
                    mdp.discount, method.nudge, self.agent, self.principal, self.visits, draws,
                    self.done, method.episodes, method.explore, method.power, mdp.horizon or 1,
                    stop,
                )
            )  # fmt: skip

    def contracts(self) -> FloatArray:
        """Return the contracts that the tables recommend."""
        from eqsolve.algorithms.compile import plain
        from eqsolve.families.contract_mdp.kernels.learning import contracts_of

        mdp = self.mdp
        found = np.zeros((len(self.agent), mdp.n_states, mdp.n_outcomes))
        contracts_of(
            self.beliefs.guess, plain(mdp.exists), self.usable, self.method.nudge, self.agent,
            self.principal, found,
        )  # fmt: skip
        return found
