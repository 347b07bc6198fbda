"""Why no contract makes an action best: the mixture of others that imitates it (CON-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.contract_mdp.instance import ContractMDP

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


def imitation(mdp: ContractMDP, q: FloatArray, state: int, action: int) -> Imitation:
    """Return the mixture that imitates an action and pleases the agent most, by HiGHS.

    Parameters
    ----------
    q : truncated values of the state's actions, shape (A,).
    """
    from scipy.optimize import linprog

    others = np.flatnonzero(mdp.exists[state])
    others = others[others != action]
    if not len(others):
        return Imitation({}, -np.inf)
    unit = float(np.abs(q[others] - q[action]).max()) or 1.0
    found = linprog(
        -(q[others] - q[action]) / unit,
        A_eq=np.vstack([mdp.probabilities[state, others].T, np.ones(len(others))]),
        b_eq=np.append(mdp.probabilities[state, action], 1.0),
        method="highs",
    )
    if found.status != 0:
        return Imitation({}, -np.inf)
    mixture = {int(k): float(x) for k, x in zip(others, found.x, strict=True) if x > 1e-9}
    return Imitation(mixture, float(-found.fun) * unit)
