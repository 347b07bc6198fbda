"""Why no contract makes an action best: the mixture of others that imitates it (CON-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.programs import least_payments

__all__ = ["Imitation", "imitation"]


class Imitation(NamedTuple):
    """A mixture of other actions with the same chances of outcomes.

    Attributes
    ----------
    mixture : action -> probability; empty where no mixture has these chances.
    gain : by how much it pleases the agent more than the action; -inf where there is none.
    """

    mixture: Mapping[int, float]
    gain: float

    def words(self, mdp: ContractMDP) -> str:
        """Return the mixture as a sum."""
        return " + ".join(
            f"{weight:.4g} x {mdp.label('actions', k)}" for k, weight in self.mixture.items()
        )


def imitation(
    mdp: ContractMDP, q: FloatArray, state: int, action: int, nudge: float = 0.0
) -> Imitation:
    """Return a mixture that imitates an action and pleases the agent more, if there is one.

    The weights that prove that no payment will do are its probabilities.

    Parameters
    ----------
    q : truncated values of the state's actions, shape (A,).
    nudge : by how much less the mixture may please him, where none pleases him more.
    """
    for margin in (0.0, nudge):
        paid, weights = least_payments(
            mdp.probabilities[state], q, mdp.exists[state], action, margin
        )
        if paid is None:
            chances = weights / weights.sum()
            gain = float(chances @ np.where(chances > 0, q - q[action], 0.0))
            return Imitation({int(k): float(chances[k]) for k in np.flatnonzero(chances)}, gain)
    return Imitation({}, -np.inf)
