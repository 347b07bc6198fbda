"""Contracts learned from episodes, and how the equilibrium moves with the cost of effort."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.errors import OptionError
from eqsolve.core.result import Result
from eqsolve.families.contract_mdp.files import write
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.solve import contract_equilibrium

__all__ = ["CostPoint", "learn_contracts", "sweep_costs"]


@dataclass(frozen=True, slots=True)
class CostPoint:
    """The equilibrium at one cost of effort.

    Parameters
    ----------
    cost : the largest cost of an action.
    principal, agent, first_best, expected_payment : at the start.
    no_contract : what the principal gets when nothing is ever paid.

    Notes
    -----
    Source: theory page, section 8.

    Examples
    --------
    >>> from eqsolve import ContractMDP, sweep_costs
    >>> task = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> [point.principal for point in sweep_costs(task, [1, 2])]
    [6.75, 5.0]
    """

    cost: float
    principal: float
    agent: float
    first_best: float
    expected_payment: float
    no_contract: float


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


def sweep_costs(mdp: ContractMDP, costs: Iterable[float], **options: Any) -> tuple[CostPoint, ...]:
    """Return the equilibrium for each of some costs of effort.

    Parameters
    ----------
    mdp : the instance; some action must cost the agent something.
    costs : the largest cost of an action; all costs are scaled alike, pleasures stay.
    **options : as for `contract_equilibrium`.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError : no action costs anything, or a cost that is no number >= 0.

    Notes
    -----
    Cost: a solve for each. Source: theory page, section 8.

    Examples
    --------
    >>> task = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> sweep_costs(task, [4])[0].expected_payment
    0.0
    """
    require_instance(mdp, ContractMDP, "mdp")
    largest = -float(mdp.agent_rewards.min())
    if largest <= 0:
        raise OptionError("no action costs the agent anything: there is nothing to scale")
    points = []
    for cost in costs:
        if not isinstance(cost, int | float | np.number) or not 0 <= cost < float("inf"):
            raise OptionError(f"costs: {cost!r} must be a number >= 0")
        fields = write(mdp)
        fields["agent_rewards"] = [
            [
                None if not there else reward * float(cost) / largest if reward < 0 else reward
                for reward, there in zip(row, flags, strict=True)
            ]
            for row, flags in zip(mdp.agent_rewards.tolist(), mdp.exists.tolist(), strict=True)
        ]
        rest = dict(fields)
        scaled = ContractMDP(rest.pop("outcome_probs"), rest.pop("principal_rewards"), **rest)
        result = contract_equilibrium(scaled, **options)
        solution = result.solution if result.solution is not None else result.require()
        points.append(
            CostPoint(
                float(cost),
                solution.principal_value,
                solution.agent_value,
                solution.first_best,
                solution.expected_payment,
                solution.no_contract["principal"],
            )
        )
    return tuple(points)
