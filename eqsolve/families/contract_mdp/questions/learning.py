"""Contracts learned from episodes."""

from __future__ import annotations

from typing import Any

from eqsolve.core.arguments import require_instance
from eqsolve.core.errors import OptionError
from eqsolve.core.result import Result
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.solve import contract_equilibrium

__all__ = ["learn_contracts"]

_LEARNERS = ("q_learning", "deep")


def learn_contracts(
    mdp: ContractMDP,
    *,
    method: str = "q_learning",
    episodes: int = 20_000,
    nudge: float = 0.005,
    seed: int = 0,
    **options: Any,
) -> Result[ContractSolution]:
    """Return contracts learned from episodes, judged by an agent who answers his best.

    Parameters
    ----------
    mdp : the instance.
    method : ``"q_learning"``, a table; ``"deep"``, networks (needs the extra ``learn``).
    episodes : number of episodes.
    nudge : margin by which recommended actions are made best.
    seed : same seed, same contracts.
    **options : ``probabilities``, ``explore``, ``checks``, ``time_limit``, ``deadline``, and what
        else the method has.

    Returns
    -------
    result : ``FEASIBLE``; ``solution.learning`` holds the curve and the equilibrium's value.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError : an option that cannot be, or a method that does not learn.
    UnsupportedError : torch is missing.

    Notes
    -----
    Cost: about a microsecond for each period of each episode, a millisecond for networks. Source:
    Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024), CON-15.

    Examples
    --------
    >>> task = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> learn_contracts(task, episodes=2000).status.value
    'feasible'
    """
    require_instance(mdp, ContractMDP, "mdp")
    if method not in _LEARNERS:
        raise OptionError(f"method = {method!r}: must be {' or '.join(_LEARNERS)}")
    return contract_equilibrium(
        mdp, method=method, episodes=episodes, nudge=nudge, seed=seed, **options
    )
