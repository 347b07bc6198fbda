"""One period: the optimal contract, the least payment for actions, shares, implementability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import BoolArray, FloatArray, read_only
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.families.contract_mdp.dynamics import continuation, expected
from eqsolve.families.contract_mdp.imitation import imitation
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.linear import best_shares, envelope
from eqsolve.families.contract_mdp.payments import best_contracts
from eqsolve.families.contract_mdp.programs import Contract, cheapest_contract

__all__ = [
    "ActionPayment",
    "LinearContract",
    "OptimalContract",
    "action_payments",
    "implementable",
    "linear_contract",
    "minimum_payment",
    "optimal_contract",
]


@dataclass(frozen=True, slots=True, eq=False)
class OptimalContract:
    """The best contract of a one-shot problem.

    Parameters
    ----------
    action : what it induces.
    contract : payments by outcome, shape (O,).
    payment : expected payment.
    principal_value, agent_value : what both get.
    rent : what the agent gets above his best unpaid action.

    Notes
    -----
    Source: Grossman and Hart (1983), CON-1.

    Examples
    --------
    >>> from eqsolve import ContractMDP, optimal_contract
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> found = optimal_contract(problem)
    >>> found.action, found.contract.tolist(), round(found.rent, 6)
    (1, [0.0, 2.5], 1.25)
    """

    action: int
    contract: FloatArray
    payment: float
    principal_value: float
    agent_value: float
    rent: float


@dataclass(frozen=True, slots=True, eq=False)
class LinearContract:
    """The best share of the rewards, and how the agent moves as the share rises.

    Parameters
    ----------
    alpha : the best share.
    action : what it induces.
    principal_value, agent_value : what both get.
    breakpoints : shares at which the agent's best action changes, rising, the first 0.
    actions : his best action from each of them on.
    first_best : greatest welfare; at most the number of actions times `principal_value` where
        rewards and costs are >= 0 and some action is free (CON-4).

    Notes
    -----
    Source: Duetting, Roughgarden and Talgam-Cohen (2019), CON-4.

    Examples
    --------
    >>> from eqsolve import ContractMDP, linear_contract
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> found = linear_contract(problem)
    >>> round(found.alpha, 6), found.action, round(found.principal_value, 6)
    (0.25, 1, 6.75)
    """

    alpha: float
    action: int
    principal_value: float
    agent_value: float
    breakpoints: tuple[float, ...]
    actions: tuple[int, ...]
    first_best: float


@dataclass(frozen=True, slots=True)
class ActionPayment:
    """What it takes to have an action done in a state, and why it is no less.

    Parameters
    ----------
    state, action : which.
    payment : the least expected payment, None where no contract makes the action best.
    contract : payments by outcome that reach it.
    weights : for each action; ``sum_k weights[k] (P_a - P_k) <= P_a`` and
        ``payment = sum_k weights[k] (q_k - q_a)`` prove that it is the least.
    imitation : where there is no payment: a mixture of other actions, action -> probability, with
        the same chances of outcomes that pleases the agent more.

    Notes
    -----
    Source: Grossman and Hart (1983), CON-1; Hermalin and Katz (1991), CON-2.

    Examples
    --------
    >>> from eqsolve import ContractMDP, action_payments
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 2], [0, 10])
    >>> action_payments(problem)[1].contract
    (0.0, 5.0)
    """

    state: int
    action: int
    payment: float | None
    contract: tuple[float, ...] | None
    weights: tuple[float, ...] | None
    imitation: Mapping[int, float] | None

    @property
    def implementable(self) -> bool:
        """Whether some contract makes the action best."""
        return self.payment is not None


def _one_shot(problem: ContractMDP) -> None:
    """Raise unless there is one state that is no end, and one period."""
    require_instance(problem, ContractMDP, "problem")
    if not problem.is_one_shot or problem.terminal[0]:
        raise OptionError("this is asked of one-shot problems: one state, one period")


def optimal_contract(problem: ContractMDP) -> OptimalContract:
    """Return the best contract of a one-shot problem.

    Parameters
    ----------
    problem : one state, one period.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError : more than one state or period.

    Notes
    -----
    Cost: a linear program of A x O for the few actions that bounds leave open. Ties of the
    principal go to the agent, then to the lowest index. Source: Grossman and Hart (1983), CON-1.

    Examples
    --------
    >>> optimal_contract(ContractMDP.one_shot([[1, 0], [0, 1]], [0, 1], [0, 10])).contract.tolist()
    [0.0, 1.0]
    """
    _one_shot(problem)
    q, gains = problem.agent_rewards, expected(problem, problem.principal_rewards)
    found = best_contracts(problem.probabilities, q, gains, problem.exists)
    a = int(found.actions[0])
    payment = float(found.payments[0])
    agent = float(q[0, a] + payment)
    return OptimalContract(
        action=a,
        contract=read_only(found.contracts[0]),
        payment=payment,
        principal_value=float(gains[0, a] - payment),
        agent_value=agent,
        rent=agent - float(q[0][problem.exists[0]].max()),
    )


def linear_contract(problem: ContractMDP) -> LinearContract:
    """Return the best linear contract of a one-shot problem: a share of every reward.

    Parameters
    ----------
    problem : one state, one period, principal's rewards >= 0.

    Raises
    ------
    InstanceError : no `ContractMDP`.
    OptionError : more than one state or period, or a negative reward of the principal.

    Notes
    -----
    Cost O(A) for each breakpoint. Source: Duetting, Roughgarden and Talgam-Cohen (2019), CON-4.

    Examples
    --------
    >>> linear_contract(ContractMDP.one_shot([[1, 0], [0, 1]], [0, 1], [0, 10])).alpha
    0.1
    """
    _one_shot(problem)
    if (problem.principal_rewards < 0).any():
        raise OptionError("linear contracts pay a share of rewards, which must be >= 0")
    q, gains = problem.agent_rewards, expected(problem, problem.principal_rewards)
    found = best_shares(problem, q, gains, by_index=False)
    a = int(found.actions[0])
    pieces = envelope(q[0], gains[0], problem.exists[0])
    top = int(problem.principal_rewards[0].argmax())
    most = float(problem.principal_rewards[0, top])
    return LinearContract(
        alpha=float(found.contracts[0, top] / most) if most else 0.0,
        action=a,
        principal_value=float(gains[0, a] - found.payments[0]),
        agent_value=float(q[0, a] + found.payments[0]),
        breakpoints=tuple(piece.alpha for piece in pieces),
        actions=tuple(piece.action for piece in pieces),
        first_best=float((q + gains)[problem.exists].max()),
    )


def minimum_payment(
    problem: ContractMDP, state: int, action: int, agent_values: object = None
) -> Contract | None:
    """Return the cheapest contract that makes an action best in a state, None if there is none.

    Parameters
    ----------
    problem : the instance.
    state, action : what is to be done where.
    agent_values : the agent's values of the next period by state; 0 by default.

    Returns
    -------
    contract : ``payment``, ``contract`` (O,) and the dual ``weights`` (A,) that prove it least.

    Raises
    ------
    InstanceError : no `ContractMDP`, or values of the wrong shape.
    OptionError : no such state or action.

    Notes
    -----
    Cost: one linear program of A x O. Source: Grossman and Hart (1983), CON-1.

    Examples
    --------
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    >>> round(minimum_payment(problem, 0, 1).payment, 6)
    2.25
    """
    require_instance(problem, ContractMDP, "problem")
    for name, index, size in (
        ("state", state, problem.n_states), ("action", action, problem.n_actions),
    ):  # fmt: skip
        whole = isinstance(index, int | np.integer) and not isinstance(index, bool)
        if not whole or not 0 <= index < size:
            raise OptionError(f"{name} = {index!r}: must be one of 0 to {size - 1}")
    if not problem.exists[state, action]:
        raise OptionError(f"action = {action}: does not exist in state {state}")
    q = _truncated(problem, agent_values)
    return cheapest_contract(
        problem.probabilities[state], q[state], problem.exists[state], int(action)
    )


def _truncated(problem: ContractMDP, agent_values: object) -> FloatArray:
    """Return truncated values (S, A), given his values of the next period; None: all 0."""
    if agent_values is None:
        return problem.agent_rewards
    faults: list[Fault] = []
    given = as_numbers(agent_values, "agent_values", (problem.n_states,), faults, signed=True)
    if given is None:
        raise InstanceError(faults)
    after = continuation(problem, given.astype(np.float64))
    return problem.agent_rewards + expected(problem, after)


def action_payments(
    problem: ContractMDP, states: Iterable[int] | None = None, agent_values: object = None
) -> tuple[ActionPayment, ...]:
    """Return the least payment for every action of some states, each with its proof.

    Parameters
    ----------
    problem : the instance.
    states : all that are no ends by default.
    agent_values : the agent's values of the next period by state; 0 by default.

    Raises
    ------
    InstanceError : no `ContractMDP`, or values of the wrong shape.
    OptionError : no such state.

    Notes
    -----
    Cost: a linear program of A x O for each action, two where it cannot be implemented. Source:
    Grossman and Hart (1983), CON-1; Hermalin and Katz (1991), CON-2.

    Examples
    --------
    >>> problem = ContractMDP.one_shot([[1, 0], [1, 0]], [0, 1], [0, 10])
    >>> [(entry.payment, entry.imitation) for entry in action_payments(problem)]
    [(0.0, None), (None, {0: 1.0})]
    """
    require_instance(problem, ContractMDP, "problem")
    q = _truncated(problem, agent_values)
    found = []
    for s in np.flatnonzero(~problem.terminal).tolist() if states is None else states:
        if not isinstance(s, int | np.integer) or not 0 <= s < problem.n_states:
            raise OptionError(f"state = {s!r}: must be one of 0 to {problem.n_states - 1}")
        count = int(problem.n_outcomes_of[s])
        for a in np.flatnonzero(problem.exists[s]).tolist():
            offer = cheapest_contract(problem.probabilities[s], q[s], problem.exists[s], a)
            if offer is None:
                mixture = imitation(problem, q[s], s, a).mixture
                found.append(ActionPayment(s, a, None, None, None, mixture))
                continue
            contract = tuple(offer.contract[:count].tolist())
            weights = tuple(offer.weights.tolist())
            found.append(ActionPayment(s, a, offer.payment, contract, weights, None))
    return tuple(found)


def implementable(problem: ContractMDP) -> BoolArray:
    """Return which actions some contract makes best, shape (S, A).

    Parameters
    ----------
    problem : the instance. What follows does not matter: the next state depends on the outcome
        only, so that continuation values are payments too (CON-8).

    Raises
    ------
    InstanceError : no `ContractMDP`.

    Notes
    -----
    Cost: a linear program of A x O for each state and action. Source: Hermalin and Katz (1991),
    CON-2.

    Examples
    --------
    >>> implementable(ContractMDP.one_shot([[1, 0], [1, 0]], [0, 1], [0, 10])).tolist()
    [[True, False]]
    """
    require_instance(problem, ContractMDP, "problem")
    found = np.zeros_like(problem.exists)
    for s, a in np.argwhere(problem.exists).tolist():
        offer = cheapest_contract(
            problem.probabilities[s], problem.agent_rewards[s], problem.exists[s], a
        )
        found[s, a] = offer is not None
    return read_only(found)
