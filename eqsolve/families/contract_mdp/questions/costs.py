"""How the equilibrium moves with the cost of effort, and at which cost she stops paying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

__all__ = [
    "CostPoint",
    "is_paid",
    "largest_cost",
    "stopping_cost",
    "sweep_costs",
    "swept",
]

_NOTHING = 1e-9
"""Share of the largest reward up to which expected payments are nothing."""


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


def largest_cost(mdp: ContractMDP) -> float:
    """Return the largest cost of an action, 0 where none costs the agent anything."""
    return max(0.0, -float(mdp.agent_rewards.min()))


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
    return tuple(point for point, _ in swept(mdp, costs, **options))


def stopping_cost(
    mdp: ContractMDP, low: float, high: float, *, precision: float = 1e-4, **options: Any
) -> float | None:
    """Return a cost of effort between two at which the principal stops paying.

    Parameters
    ----------
    mdp : the instance; some action must cost the agent something.
    low, high : the largest cost of an action, as for `sweep_costs`.
    precision : how close, as a share of the cost.
    **options : as for `contract_equilibrium`.

    Returns
    -------
    cost : just below it, as far as `precision` goes, something is paid, and just above it nothing;
        None where nothing is paid at `low` or still something at `high`. Where payments end and
        begin again there are several such costs, and this is one of them.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError : no action costs anything, or costs that are no numbers ``0 <= low < high``.

    Notes
    -----
    Cost: a solve for each halving. Source: theory page, section 8.

    Examples
    --------
    >>> task = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> round(stopping_cost(task, 0.1, 4), 3)  # effort earns 4 and takes payments of 2.25 times it
    1.778
    """
    if not 0 < precision < 1:
        raise OptionError(f"precision = {precision!r}: must be in (0, 1)")
    ends = sweep_costs(mdp, [low, high], **options)
    if not low < high:
        raise OptionError(f"costs {low!r} and {high!r}: the first must be below the second")
    if not is_paid(mdp, ends[0]) or is_paid(mdp, ends[1]):
        return None
    while high - low > precision * high:
        middle = (low + high) / 2
        if is_paid(mdp, sweep_costs(mdp, [middle], **options)[0]):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def is_paid(mdp: ContractMDP, point: CostPoint) -> bool:
    """Return whether anything is paid at a cost."""
    return point.expected_payment > _NOTHING * mdp.scale


def swept(
    mdp: ContractMDP, costs: Iterable[float], **options: Any
) -> Iterator[tuple[CostPoint, Result[ContractSolution]]]:
    """Yield the points of `sweep_costs` with the results behind them."""
    require_instance(mdp, ContractMDP, "mdp")
    largest = largest_cost(mdp)
    if not largest:
        raise OptionError("no action costs the agent anything: there is nothing to scale")
    for cost in costs:
        if not isinstance(cost, int | float | np.number) or not 0 <= cost < float("inf"):
            raise OptionError(f"costs: {cost!r} must be a number >= 0")
        result = contract_equilibrium(_at_cost(mdp, float(cost) / largest), **options)
        solution = result.solution if result.solution is not None else result.require()
        point = CostPoint(
            float(cost),
            solution.principal_value,
            solution.agent_value,
            solution.first_best,
            solution.expected_payment,
            solution.no_contract["principal"],
        )
        yield point, result


def _at_cost(mdp: ContractMDP, factor: float) -> ContractMDP:
    """Return the instance with all costs multiplied."""
    fields = write(mdp)
    fields["agent_rewards"] = [
        [
            None if not there else reward * factor if reward < 0 else reward
            for reward, there in zip(row, flags, strict=True)
        ]
        for row, flags in zip(mdp.agent_rewards.tolist(), mdp.exists.tolist(), strict=True)
    ]
    return ContractMDP(fields.pop("outcome_probs"), fields.pop("principal_rewards"), **fields)
