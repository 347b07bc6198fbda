"""Contracts learned from episodes."""

from __future__ import annotations

from typing import Any

from eqsolve.core.arguments import require_instance
from eqsolve.core.result import Result
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.solve import contract_equilibrium

__all__ = ["learn_contracts"]


def learn_contracts(
    mdp: ContractMDP, *, episodes: int = 20_000, nudge: float = 0.005, seed: int = 0, **options: Any
) -> Result[ContractSolution]:
    """Return contracts learned by tabular Q-learning, judged by an agent who answers his best.

    Parameters
    ----------
    mdp : the instance.
    episodes : number of episodes.
    nudge : margin by which recommended actions are made best.
    seed : same seed, same contracts.
    **options : ``probabilities``, ``explore``, ``power``, ``checks``, ``time_limit``, ``deadline``.

    Returns
    -------
    result : ``FEASIBLE``; ``solution.learning`` holds the curve and the equilibrium's value.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError : an option that cannot be.

    Notes
    -----
    Cost: about a microsecond for each period of each episode. Source: Ivanov, Duetting,
    Talgam-Cohen, Wang and Parkes (2024), CON-15.

    Examples
    --------
    >>> task = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> learn_contracts(task, episodes=2000).status.value
    'feasible'
    """
    require_instance(mdp, ContractMDP, "mdp")
    return contract_equilibrium(
        mdp, method="q_learning", episodes=episodes, nudge=nudge, seed=seed, **options
    )
