"""Promises that make following best whatever the others do now, if all follow later (CON-17).

Agent i is promised, for each joint action of the others, what his best own action would gain over
following. Promises off the target are never paid when all follow; on the target the promise is the
bonus of the least payments, so that dominance in one step costs nothing more than an equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.families.contract_game.dynamics import Lotteries
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solution import ContractGameSolution
from eqsolve.families.contract_game.solve import minimal_payments

__all__ = ["Dominance", "dominance_payments", "promised"]


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """Promises under which following is a one-step dominant action.

    Parameters
    ----------
    target : int64, shape (T, S, n); one stage without a horizon.
    promises : for each agent, shape (T, S, sizes of the others): paid if he follows and they do
        this.
    payments : shape (T, S, n), what is paid when all follow.
    cost_by_agent : shape (n,), expected discounted payments from the start.
    cost : their sum.

    Notes
    -----
    Source: Monderer and Tennenholtz (2004), CON-17.

    Examples
    --------
    >>> from eqsolve import ContractGame, dominance_payments
    >>> found = dominance_payments(ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]]))
    >>> found.promises[0][0, 0].tolist(), found.cost
    ([2.0, 1.0], 4.0)
    """

    target: IntArray
    promises: tuple[FloatArray, ...]
    payments: FloatArray
    cost_by_agent: FloatArray
    cost: float


def dominance_payments(game: ContractGame, target: object = None, **options: Any) -> Dominance:
    """Return promises that make following best whatever the others do now, if all follow later.

    Parameters
    ----------
    game : the game.
    target, **options : as for `minimal_payments`.

    Raises
    ------
    InstanceError : no `ContractGame`, or a target of the wrong shape.
    NoSolutionError : stopped by a limit before anything was found.

    Notes
    -----
    In one period this is dominance, and it costs what an equilibrium costs. Over several periods,
    dominance against everything that the others may do later can cost more, and is not computed.
    Cost O(T S J n) time and memory. Source: Monderer and Tennenholtz (2004), CON-17.

    Examples
    --------
    >>> dilemma = ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> dominance_payments(dilemma, [[1, 1]]).cost
    0.0
    """
    return promised(game, minimal_payments(game, target, **options).require())


def promised(game: ContractGame, solution: ContractGameSolution) -> Dominance:
    """Return the promises that go with the least payments for a target."""
    lotteries = Lotteries(game)
    stages = len(solution.target)
    rows = np.arange(game.n_states)
    promises: list[Any] = []
    for i, size in enumerate(game.sizes):
        others = game.sizes[:i] + game.sizes[i + 1 :]
        table = np.empty((stages, game.n_states, *others))
        for t in range(stages):
            later = np.zeros(game.n_states)
            if game.horizon is None or t + 1 < stages:
                later = solution.agent_values[min(t + 1, stages - 1), :, i]
            worth = game.rewards[i] + lotteries.expected(later)[game.moves]
            by_own = np.moveaxis(worth.reshape(game.n_states, *game.sizes), i + 1, 1)
            table[t] = by_own.reshape(game.n_states, size, *others).max(axis=1)
            table[t] -= by_own[rows, solution.target[t, :, i]]
        promises.append(read_only(table))
    return Dominance(
        target=solution.target,
        promises=tuple(promises),
        payments=solution.payments,
        cost_by_agent=solution.cost_by_agent,
        cost=solution.cost,
    )
