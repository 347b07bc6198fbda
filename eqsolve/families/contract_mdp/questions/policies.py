"""Policies: the first best, no contracts, commitment, targets, given contracts, and agency cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.result import Result
from eqsolve.families.contract_mdp.dynamics import expected, optimum, unpaid
from eqsolve.families.contract_mdp.evaluate import best_responses
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.solve import contract_equilibrium

__all__ = [
    "AgencyReport",
    "Evaluation",
    "agency_report",
    "cheapest_implementation",
    "commitment",
    "evaluate_contracts",
    "first_best",
    "no_contracts",
    "report_of",
]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A policy and what it is worth.

    Parameters
    ----------
    actions : shape (T, S), or (S,) without a horizon; -1 in terminal states.
    agent_values, principal_values : of the same shape; the first best puts the welfare into both.
    agent_value, principal_value : at the start.
    expected_payment : expected discounted payments from the start.

    Notes
    -----
    Source: Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024), CON-5.

    Examples
    --------
    >>> from eqsolve import ContractMDP, no_contracts
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> no_contracts(problem).principal_value
    5.0
    """

    actions: IntArray
    agent_values: FloatArray
    principal_values: FloatArray
    agent_value: float
    principal_value: float
    expected_payment: float = 0.0

    @property
    def welfare(self) -> float:
        """The sum of both values."""
        return self.agent_value + self.principal_value


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """Who gets what, and what hiddenness costs.

    Parameters
    ----------
    first_best : greatest welfare if actions could be ordered.
    principal, agent : values in the equilibrium.
    agency_cost : first best less both.
    expected_payment : expected discounted payments.
    rent : what the agent gets above what he has unpaid.
    no_contract_principal, no_contract_agent : values when nothing is ever paid.

    Notes
    -----
    Source: Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024), CON-5.

    Examples
    --------
    >>> from eqsolve import ContractMDP, agency_report
    >>> report = agency_report(ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10]))
    >>> report.principal, report.rent, report.agency_cost
    (6.75, 1.25, 0.0)
    """

    first_best: float
    principal: float
    agent: float
    agency_cost: float
    expected_payment: float
    rent: float
    no_contract_principal: float
    no_contract_agent: float


def first_best(mdp: ContractMDP) -> Evaluation:
    """Return the policy of the greatest welfare: an ordinary Markov decision process.

    Parameters
    ----------
    mdp : the instance.

    Returns
    -------
    evaluation : ``principal_values`` hold the welfare (nothing is paid, the agent obeys and is
        worth 0 here); ``welfare`` is its value at the start.

    Raises
    ------
    InstanceError : no `ContractMDP`.

    Notes
    -----
    Cost O(T S A O); policy iteration without a horizon. Source: Bellman (1957).

    Examples
    --------
    >>> first_best(ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])).welfare
    8.0
    """
    require_instance(mdp, ContractMDP, "mdp")
    found = optimum(mdp, mdp.agent_rewards + expected(mdp, mdp.principal_rewards), mdp.exists)
    values = found.values if mdp.horizon is None else found.values[:-1]
    return Evaluation(
        read_only(found.actions),
        read_only(np.zeros_like(values)),
        read_only(values),
        0.0,
        found.value(mdp),
    )


def no_contracts(mdp: ContractMDP) -> Evaluation:
    """Return what happens when nothing is ever paid: the agent pleases himself.

    Parameters
    ----------
    mdp : the instance. Where the agent is indifferent he does what is best for the principal.

    Raises
    ------
    InstanceError : no `ContractMDP`.

    Notes
    -----
    Cost O(T S A O); policy iteration without a horizon. Source: theory page, CON-10.

    Examples
    --------
    >>> no_contracts(ContractMDP.one_shot([[1, 0], [0, 1]], [0, 1], [3, 10])).principal_value
    3.0
    """
    require_instance(mdp, ContractMDP, "mdp")
    his, hers = unpaid(mdp)
    last = None if mdp.horizon is None else -1
    return Evaluation(
        read_only(his.actions),
        read_only(his.values[:last]),
        read_only(hers[:last]),
        his.value(mdp),
        float(mdp.start @ (hers if mdp.horizon is None else hers[0])),
    )


def evaluate_contracts(mdp: ContractMDP, contracts: object) -> Evaluation:
    """Return what contracts are worth when the agent answers them as well as he can.

    Parameters
    ----------
    mdp : the instance.
    contracts : payments ``[stage][state][outcome]``, or ``[state][outcome]`` for all stages.

    Returns
    -------
    evaluation : the agent's best policy, his ties in favor of the principal, and both values.

    Raises
    ------
    InstanceError : no `ContractMDP`, or contracts of the wrong shape or negative.

    Notes
    -----
    Cost O(T S A O); policy iteration without a horizon. This is how learned contracts are judged.
    Source: Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024).

    Examples
    --------
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> evaluate_contracts(problem, [[0, 2.5]]).principal_value
    6.75
    """
    require_instance(mdp, ContractMDP, "mdp")
    table = _contracts(mdp, contracts)
    policy = best_responses(mdp, table)
    flat = mdp.horizon is None
    return Evaluation(
        read_only(policy.actions[0] if flat else policy.actions),
        read_only(policy.his[0] if flat else policy.his),
        read_only(policy.hers[0] if flat else policy.hers),
        float(mdp.start @ policy.his[0]),
        float(mdp.start @ policy.hers[0]),
        policy.payments_from_start(mdp),
    )


def _contracts(mdp: ContractMDP, contracts: object) -> FloatArray:
    """Return contracts as an array (T, S, O); ragged ones are padded."""
    stages = mdp.horizon or 1
    rows: Any = contracts.tolist() if isinstance(contracts, np.ndarray) else contracts
    faults: list[Fault] = []
    depth, part = 0, rows
    while isinstance(part, list | tuple):
        depth, part = (
            depth + 1,
            next((x for x in part if not isinstance(x, list | tuple) or x), None),
        )
    if depth == 2:
        rows = [rows]
    elif depth != 3 or len(rows) != stages:
        faults.append(Fault("contracts", f"must be [state][outcome], or so for {stages} stages"))
        rows = []
    table = np.zeros((stages, mdp.n_states, mdp.n_outcomes))
    for t, stage in enumerate(rows):
        place: tuple[int, ...] = (t,) if depth == 3 else ()
        if not isinstance(stage, list | tuple) or len(stage) != mdp.n_states:
            rule = f"must be a list with a contract for each of {mdp.n_states} states"
            faults.append(Fault("contracts", rule, place))
            continue
        for s, contract in enumerate(stage):
            count = int(mdp.n_outcomes_of[s])
            padded = isinstance(contracts, np.ndarray) and len(contract) == mdp.n_outcomes
            given = contract[:count] if padded or not count else contract
            found: list[Fault] = []
            payments = as_numbers(given, "contracts", (count,), found)
            faults += [
                Fault(fault.field, fault.rule, (*place, s, *fault.index), fault.value)
                for fault in found
            ]
            if payments is not None:
                table[t, s, :count] = payments
    if faults:
        raise InstanceError(faults)
    if depth == 2:
        table[:] = table[0]
    return table


def agency_report(mdp: ContractMDP, **options: Any) -> AgencyReport:
    """Return who gets what in the equilibrium, and what it costs that actions are hidden.

    Parameters
    ----------
    mdp : the instance.
    **options : as for `contract_equilibrium`.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    NoSolutionError : no solution was found within the limits.

    Notes
    -----
    Cost: that of `contract_equilibrium`. Source: Ivanov, Duetting, Talgam-Cohen, Wang and Parkes
    (2024), CON-5.

    Examples
    --------
    >>> agency_report(ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 4], [0, 10])).agency_cost
    0.0
    """
    require_instance(mdp, ContractMDP, "mdp")
    result = contract_equilibrium(mdp, **options)
    solution = result.solution if result.solution is not None else result.require()
    return report_of(solution)


def report_of(solution: ContractSolution) -> AgencyReport:
    """Return the report on a solution."""
    nothing = solution.no_contract
    return AgencyReport(
        first_best=solution.first_best,
        principal=solution.principal_value,
        agent=solution.agent_value,
        agency_cost=solution.agency_cost,
        expected_payment=solution.expected_payment,
        rent=solution.agent_value - nothing["agent"],
        no_contract_principal=nothing["principal"],
        no_contract_agent=nothing["agent"],
    )


def commitment(mdp: ContractMDP, **options: Any) -> Result[ContractSolution]:
    """Return the best Markov contract policy that the principal could commit to.

    Parameters
    ----------
    mdp : the instance.
    **options : ``time_limit``, ``seed``, ``deadline``.

    Returns
    -------
    result : ``SOLVED`` where all targets were looked at or excluded, else ``FEASIBLE``; the bound
        is the first best less what the agent gets unpaid.

    Raises
    ------
    InstanceError : no `ContractMDP`.

    Notes
    -----
    Cost: exponential at worst. Source: theory page, CON-9; Bernasconi, Castiglioni et al. (2024).

    Examples
    --------
    >>> commitment(ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])).objective
    6.75
    """
    require_instance(mdp, ContractMDP, "mdp")
    return contract_equilibrium(mdp, method="commitment", **options)


def cheapest_implementation(
    mdp: ContractMDP, policy: object, *, nudge: float = 0.0
) -> Result[ContractSolution]:
    """Return the cheapest contracts under which the agent follows a policy.

    Parameters
    ----------
    mdp : the instance.
    policy : actions ``[state]`` or ``[stage][state]``, None in terminal states.
    nudge : by how much these actions must be better than others.

    Raises
    ------
    InstanceError : no `ContractMDP`, or a policy of the wrong shape.
    OptionError : an action that no contract makes best; names the mixture that imitates it.

    Notes
    -----
    Cost: one linear program for each stage and state; a few rounds of them without a horizon. The
    contracts are cheapest in all states at once, also among policies she commits to. Source: theory
    page, CON-8.

    Examples
    --------
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 2], [0, 10])
    >>> cheapest_implementation(problem, [1]).solution.expected_payment
    4.5
    """
    require_instance(mdp, ContractMDP, "mdp")
    given = policy.tolist() if isinstance(policy, np.ndarray) else policy
    if not isinstance(given, list | tuple):
        raise InstanceError(Fault("target", "must be a list of actions", value=given))
    return contract_equilibrium(mdp, method="implementation", target=given, nudge=nudge)
