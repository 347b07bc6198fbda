"""What each joint action of a one-period game costs as a target: how far it is from equilibrium."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import OptionError
from eqsolve.families.contract_game.instance import ContractGame

__all__ = ["target_costs"]


def target_costs(game: ContractGame) -> FloatArray:
    """Return the least payments for every joint action as a target.

    Parameters
    ----------
    game : one state, one period.

    Returns
    -------
    costs : shape (a_1, ..., a_n); 0 at equilibria.

    Raises
    ------
    InstanceError : no `ContractGame`.
    OptionError : more than one state or period.

    Notes
    -----
    Cost O(n J) for J joint actions. Source: Monderer and Tennenholtz (2004), CON-16, CON-17.

    Examples
    --------
    >>> target_costs(ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])).tolist()
    [[4.0, 1.0], [1.0, 0.0]]
    """
    require_instance(game, ContractGame, "game")
    if game.n_states > 1 or game.horizon != 1:
        raise OptionError("this is asked of games with one state and one period")
    tensor = game.rewards[:, 0].reshape(game.n_agents, *game.sizes)
    costs = np.zeros(game.sizes)
    for i in range(game.n_agents):
        costs += tensor[i].max(axis=i, keepdims=True) - tensor[i]
    return read_only(costs)
