"""The cheapest contracts that make the agent follow a given policy, least in all states at once.

With a horizon: one backward pass. Without: the agent's values are the least fixed point of a
monotone, convex contraction (CON-8). Newton's method takes the dual weights of the payments, which
make the fixed point a linear system, and ends after few steps; each step is a policy that pays too
little, so that values only rise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import BackendError, Fault, FormatError, InstanceError, OptionError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.contract_mdp.dynamics import (
    at,
    expected,
    solve_outcomes,
    solve_policy,
    stage_payoffs,
)
from eqsolve.families.contract_mdp.imitation import imitation
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.base import (
    ContractMethod,
    Policy,
    StageSolver,
    needs_proofs,
    wrapped,
)
from eqsolve.families.contract_mdp.programs import ROUNDING
from eqsolve.families.contract_mdp.solution import ContractSolution, StageDuals

__all__ = ["Implementation", "follow", "least_values", "policy_of", "read_policy", "refused"]

_LOST = "the cheapest contracts of a policy that can be implemented were not found"


class Offer(NamedTuple):
    """The cheapest contracts of one action in each state.

    Payments have shape (S,), contracts (S, O), duals (S, A): weights of rivals that prove them.
    """

    payments: FloatArray
    contracts: FloatArray
    duals: FloatArray


def least_values(
    solver: StageSolver, parts: Sequence[tuple[IntArray, FloatArray]]
) -> tuple[FloatArray, list[Offer]] | None:
    """Return the agent's values (S,) under a stationary policy, and what is offered.

    Parameters
    ----------
    solver : solves the programs.
    parts : actions (S,), -1 in terminal states, and the probability (S,) with which the principal
        offers their cheapest contract; for each state the probabilities sum to 1.

    Returns
    -------
    None where some action cannot be induced; else the values, and the offers of each part.
    """
    mdp = solver.mdp
    his = np.zeros(mdp.n_states)
    for step in range(100):
        constant, target = np.zeros(mdp.n_states), np.zeros(mdp.n_states)
        weights = np.zeros((mdp.n_states, mdp.n_outcomes))
        offers = []
        for actions, chance in parts:
            payments, contracts, duals, q = solver.cheapest(his, actions)
            if np.isinf(payments).any():
                return None
            offers.append(Offer(payments, contracts, duals))
            target += chance * (at(q, actions) + payments)
            blend = duals.copy()
            alive = np.flatnonzero(actions >= 0)
            blend[alive, actions[alive]] += 1.0 - duals[alive].sum(axis=1)
            reward = (blend * mdp.agent_rewards).sum(axis=1) + solver.nudge * duals.sum(axis=1)
            constant += chance * reward
            weights += chance[:, None] * (blend[:, :, None] * mdp.probabilities).sum(axis=1)
        size = max(mdp.scale, float(np.abs(his).max(initial=0.0)))
        if float(np.abs(target - his).max(initial=0.0)) <= 1e-13 * size:
            break
        # Beyond some steps only rounding is left: the plain iteration contracts.
        his = target if step > 60 else solve_outcomes(mdp, weights, constant, his)
    return his, offers


def follow(solver: StageSolver, actions: IntArray, form: str) -> Policy:
    """Return the policy with the cheapest contracts for target actions, shape (T, S).

    Every action must be one that can be induced, see `refused`.
    """
    mdp = solver.mdp
    policy = Policy.empty(mdp, len(actions), form)
    policy.actions[:] = actions
    policy.ties = None
    if form == "stationary":
        found = least_values(solver, [(actions[0], np.ones(mdp.n_states))])
        if found is None:
            raise BackendError(_LOST)
        his, [offer] = found
        policy.payments[0], policy.contracts[0] = offer.payments, offer.contracts
        if needs_proofs(mdp, 1):
            policy.duals[0] = StageDuals.of(actions[0], offer.duals)
        welfare = at(mdp.agent_rewards + expected(mdp, mdp.principal_rewards), actions[0])
        policy.his[0] = his
        policy.hers[0] = solve_policy(mdp, actions[0], welfare) - his
        return policy
    his = hers = np.zeros(mdp.n_states)
    for t in reversed(range(len(actions))):
        payments, contracts, weights, q = solver.cheapest(his, actions[t])
        if np.isinf(payments).any():
            raise BackendError(_LOST)
        if needs_proofs(mdp, len(actions)):
            policy.duals[t] = StageDuals.of(actions[t], weights)
        _, gains = stage_payoffs(mdp, his, hers)
        his = at(q, actions[t]) + payments
        hers = at(gains, actions[t]) - payments
        policy.his[t], policy.hers[t] = his, hers
        policy.payments[t], policy.contracts[t] = payments, contracts
    return policy


def refused(solver: StageSolver, actions: IntArray, *, by_stage: bool) -> list[Fault]:
    """Return a fault for each action of a target that no contract makes best (by the nudge).

    Whether there is one does not depend on what follows (CON-8), so that all are found at once; the
    mixture that imitates the action is named.

    Parameters
    ----------
    actions : shape (T, S).
    by_stage : whether positions have a stage; else the first stage stands for all.
    """
    mdp, faults = solver.mdp, list[Fault]()
    nothing = np.zeros(mdp.n_states)
    for t, row in enumerate(actions if by_stage else actions[:1]):
        payments, _, _, q = solver.cheapest(nothing, row)
        for s in np.flatnonzero(np.isinf(payments))[: MAX_FAULTS - len(faults)].tolist():
            a = int(row[s])
            found = imitation(mdp, q[s], s, a, solver.nudge)
            gain, same = found.gain, found.words(mdp)
            slack = ROUNDING * float(np.abs(q[s][mdp.exists[s]]).max(initial=0.0))
            rule = f"the action cannot be implemented: {same} has the same outcomes and pleases "
            if solver.nudge and gain <= slack:
                less = "as much" if gain >= -slack else f"only {-gain:g} less"
                rule = (
                    f"a nudge of {solver.nudge:g} is impossible, the action can be implemented "
                    f"only weakly: {same} has the same outcomes and pleases the agent {less}"
                )
            else:
                rule += f"the agent {gain:g} more"
            faults.append(Fault("target", rule, (t, s) if by_stage else (s,), a))
    return faults


def read_policy(name: str) -> Any:
    """Return the target of a JSON file, or the one action that is given instead.

    Raises
    ------
    FormatError : the file cannot be read.
    """
    if name.isdecimal():
        return [int(name)]
    try:
        return json.loads(Path(name).read_text())
    except (OSError, ValueError) as error:
        raise FormatError(name, Fault("", f"cannot be read as JSON: {error}")) from None


def policy_of(mdp: ContractMDP, target: object, source: str = "") -> IntArray:
    """Return a target policy as actions (T, S), (1, S) without a horizon.

    Parameters
    ----------
    target : ``[state]`` for every stage, or ``[stage][state]``; None (or -1) in terminal states.
    source : the file that it is from, for messages.

    Raises
    ------
    InstanceError : of the wrong shape, or an action that does not exist.
    """
    faults: list[Fault] = []
    rows = target.tolist() if isinstance(target, np.ndarray) else target
    nested = isinstance(rows, Sequence) and not isinstance(rows, str) and len(rows) > 0
    if nested and not isinstance(rows[0], list | tuple):  # type: ignore[index]
        rows = [rows]
        single = True
    else:
        single = False
    stages = mdp.horizon or 1
    actions = np.full((stages, mdp.n_states), -1, dtype=np.int64)
    expected_rows = "a list of actions by state" + (
        f", or one for each of {stages} stages" if mdp.horizon else ""
    )
    if not nested or (not single and len(rows) != stages):  # type: ignore[arg-type]
        faults.append(Fault("target", f"must be {expected_rows}"))
        rows = []
    for t, row in enumerate(rows):  # type: ignore[arg-type]
        place = () if single else (t,)
        if not isinstance(row, list | tuple) or len(row) != mdp.n_states:
            rule = f"must be a list with an action for each of {mdp.n_states} states"
            faults.append(Fault("target", rule, place))
            continue
        for s, entry in enumerate(row):
            whole = isinstance(entry, int | np.integer) and not isinstance(entry, bool)
            if mdp.terminal[s]:
                if entry is not None and not (whole and -1 <= entry < mdp.n_actions):
                    faults.append(
                        Fault("target", "must be null in a terminal state", (*place, s), entry)
                    )
            elif not whole or not 0 <= entry < mdp.n_actions or not mdp.exists[s, entry]:
                rule = f"must be an action of {mdp.label('states', s)}"
                faults.append(Fault("target", rule, (*place, s), entry))
            else:
                actions[t, s] = entry
    if single:
        actions[:] = actions[0]
    if faults:
        raise FormatError(source, faults) if source else InstanceError(faults)
    return actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation(ContractMethod):
    """Cheapest contracts for a given policy, in all states at once.

    Parameters
    ----------
    target : a JSON file with the policy, or the policy: ``[state]`` or ``[stage][state]``.
    nudge : by how much the target's action must be better than others for the agent.
    """

    name: ClassVar[str] = "implementation"
    summary: ClassVar[str] = "cheapest contracts for a given policy (question=target)"
    theorem: ClassVar[str] = "CON-8"
    cost: ClassVar[str] = "one program for each stage and state; a few rounds without a horizon"

    target: str | Sequence[Any] | None = None
    nudge: float = 0.0

    def supports(self, instance: ContractMDP) -> str | None:
        """Return a reason if no policy is given."""
        if self.target is None:
            return "it needs a policy, --option target=FILE"
        return ContractMethod.supports(self, instance)

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Solve; `rng` is not used."""
        named = isinstance(self.target, str)
        given = read_policy(str(self.target)) if named else self.target
        file = str(self.target) if named and not str(self.target).isdecimal() else ""
        actions = policy_of(instance, given, file)
        solver = StageSolver(instance, len(actions), nudge=self.nudge)
        rows: Any = given
        by_stage = isinstance(rows[0], list | tuple | np.ndarray)
        faults = refused(solver, actions, by_stage=by_stage)
        if faults:
            raise FormatError(file, faults) if file else OptionError("\n".join(map(str, faults)))
        form = "stationary" if instance.horizon is None else "finite"
        policy = follow(solver, actions, form)
        return wrapped(
            instance,
            policy,
            question="target",
            status=Status.FEASIBLE if self.nudge else Status.SOLVED,
            epsilon=_overpaid(instance, policy) if self.nudge else 0.0,
            method=self.name,
            counts={"programs": solver.programs},
        )


def _overpaid(mdp: ContractMDP, policy: Policy) -> float:
    """Return the greatest discounted amount by which a stage pays more than the least."""
    plain = StageSolver(mdp, len(policy.actions))
    most = 0.0
    for t in range(len(policy.actions)):
        following = t + 1 if policy.form == "finite" else t
        later = policy.his[following] if following < len(policy.his) else np.zeros(mdp.n_states)
        least = plain.cheapest(later, policy.actions[t])[0]
        most = max(most, mdp.discount**t * float((policy.payments[t] - least).max(initial=0.0)))
    return most
