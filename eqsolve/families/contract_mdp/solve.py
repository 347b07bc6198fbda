"""The verbs of contracts in Markov decision processes."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.auto import Auto
from eqsolve.families.contract_mdp.methods.backward_induction import BackwardInduction, Reference
from eqsolve.families.contract_mdp.methods.commitment import Commitment
from eqsolve.families.contract_mdp.methods.deep import Deep
from eqsolve.families.contract_mdp.methods.implementation import Implementation
from eqsolve.families.contract_mdp.methods.meta import Meta
from eqsolve.families.contract_mdp.methods.q_learning import QLearning
from eqsolve.families.contract_mdp.methods.stationary import Stationary
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.verify.conditions import verify

__all__ = ["METHODS", "contract_equilibrium", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    BackwardInduction,
    Reference,
    Stationary,
    Meta,
    QLearning,
    Deep,
    Commitment,
    Implementation,
)


def contract_equilibrium(
    mdp: ContractMDP,
    *,
    method: str | Method[ContractMDP, ContractSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[ContractSolution]:
    """Return the contracts of a subgame-perfect equilibrium, verified.

    Parameters
    ----------
    mdp : the instance.
    method : a name from ``eqsolve.methods("contract_mdp")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : for learners; recorded by all.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings; ``question="commitment" | "target" | "linear"`` asks
        something else.

    Returns
    -------
    result : ``SOLVED`` with an equilibrium (``form`` says whether it is for finitely many stages,
        stationary, or mixed); ``FEASIBLE`` with an ``epsilon`` where none was found, and for what
        was learned; ``NO_EQUILIBRIUM`` only for ``form="pure"`` where all profiles were tried.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Ties of the agent go to the principal, ties of the principal to the agent, then to the lowest
    index. Cost: stages x states x (A A O + about one linear program of A x O). Source: Ivanov,
    Duetting, Talgam-Cohen, Wang and Parkes (2024), CON-5.

    Examples
    --------
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> result = contract_equilibrium(problem)
    >>> result.status.value, result.objective, result.solution.contracts.tolist()
    ('solved', 6.75, [[[0.0, 2.5]]])
    """
    return solve_with(
        mdp,
        METHODS,
        verify,
        instance_type=ContractMDP,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = contract_equilibrium
