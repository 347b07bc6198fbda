"""Where bonuses are due: visits and payments of each state, forward from the start."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import OptionError
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["Bonuses", "bonuses"]

_LEFT = 1e-15
"""Share of a value without end that may lie beyond the periods looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Bonuses:
    """What is paid where, over all periods, expected at the start and discounted.

    Parameters
    ----------
    visits : shape (S,), of states with an action.
    payments : shape (S, O): what is paid for each outcome of each state; their sum is the expected
        payment of the solution.

    Notes
    -----
    Source: theory page, section 8.

    Examples
    --------
    >>> from eqsolve import ContractMDP, bonuses, contract_equilibrium
    >>> task = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> bonuses(task, contract_equilibrium(task).solution).payments.tolist()
    [[0.0, 2.25]]
    """

    visits: FloatArray
    payments: FloatArray


def bonuses(mdp: ContractMDP, solution: ContractSolution) -> Bonuses:
    """Return where the payments of a solution are due.

    Parameters
    ----------
    mdp : the instance.
    solution : its contracts and actions.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError : no solution, or contracts that are drawn at random.

    Notes
    -----
    Cost O(T S O), T periods; without a horizon as many as matter. Source: theory page, section 8.

    Examples
    --------
    >>> from eqsolve import contract_equilibrium, tree_mdp
    >>> tree = tree_mdp(3)
    >>> found = contract_equilibrium(tree).solution
    >>> bool(abs(bonuses(tree, found).payments.sum() - found.expected_payment) < 1e-12)
    True
    """
    require_instance(mdp, ContractMDP, "mdp")
    if not isinstance(solution, ContractSolution):
        raise OptionError(f"{type(solution).__name__} is no ContractSolution")
    if solution.form == "mixed":
        raise OptionError("contracts are drawn at random: there is no one contract for each state")
    stages = mdp.horizon or math.ceil(math.log(_LEFT) / math.log(mdp.discount))
    last = len(solution.actions) - 1
    rows = np.arange(mdp.n_states)
    now = mdp.start.copy()
    visits, paid = np.zeros(mdp.n_states), np.zeros((mdp.n_states, mdp.n_outcomes))
    for t in range(stages):
        actions = solution.actions[min(t, last)]
        here = np.where(actions >= 0, now, 0.0)
        chances = here[:, None] * mdp.probabilities[rows, np.maximum(actions, 0)]
        visits += here
        paid += chances * solution.contracts[min(t, last)]
        flow = mdp.discount * chances[:, :, None] * mdp.successor_probs
        goes = mdp.successors >= 0
        now = np.bincount(mdp.successors[goes], flow[goes], mdp.n_states).astype(np.float64)
    return Bonuses(read_only(visits), read_only(paid))
