"""The side questions of contracts under their names, with answers that are rechecked.

What rests on a solve carries the verifier's report; the rest is rechecked in ``recheck``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import NoSolutionError, OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.question import Answer, Means, Question, together, whole_numbers
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.table import Table, number
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.commitment import Commitment
from eqsolve.families.contract_mdp.methods.implementation import policy_of, read_policy
from eqsolve.families.contract_mdp.questions import recheck
from eqsolve.families.contract_mdp.questions.bonuses import bonuses
from eqsolve.families.contract_mdp.questions.costs import (
    is_paid,
    largest_cost,
    stopping_cost,
    swept,
)
from eqsolve.families.contract_mdp.questions.one_shot import action_payments, linear_contract
from eqsolve.families.contract_mdp.questions.policies import (
    evaluate_contracts,
    first_best,
    report_of,
)
from eqsolve.families.contract_mdp.show import contract_words
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.solve import contract_equilibrium
from eqsolve.families.contract_mdp.verify.conditions import verify

__all__ = ["QUESTIONS"]

_IVANOV = (
    "Ivanov, D., Duetting, P., Talgam-Cohen, I., Wang, T. and Parkes, D. C. (2024). "
    "Principal-agent reinforcement learning: orchestrating AI agents with contracts."
)
_TOLD = (
    "actions", "contracts", "agent_values", "principal_values", "principal_value", "agent_value",
    "welfare", "first_best", "expected_payment",
)  # fmt: skip
"""Fields of a solution that an answer repeats."""

_MANY = 20_000
"""Actions of all states together up to which every program is solved."""


def _solved(
    mdp: ContractMDP, deadline: Deadline, result: Result[Any] | None
) -> tuple[Result[ContractSolution], ContractSolution]:
    """Return the result given, or one found now, and its solution."""
    found = contract_equilibrium(mdp, deadline=deadline) if result is None else result
    if found.solution is None:
        raise NoSolutionError("no solution of the problem is known")
    return found, found.solution


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgency(Question[ContractMDP]):
    """Who gets what, beside the first best and what happens without contracts."""

    name: ClassVar[str] = "agency"
    summary: ClassVar[str] = "first best, who gets what, the agent's rent, what hiddenness costs"
    theorem: ClassVar[str] = "CON-5"
    cost: ClassVar[str] = "a solve"
    source: ClassVar[str] = _IVANOV
    about_result: ClassVar[bool] = True

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Read the figures off a solution."""
        found, solution = _solved(instance, means.deadline, means.result)
        report = report_of(solution)
        table = Table("Parts of the first best", ["figure", "with contracts", "without"])
        plain = report.no_contract_principal, report.no_contract_agent
        table.add("principal", report.principal, plain[0])
        table.add("agent", report.agent, plain[1])
        table.add("lost", report.agency_cost, report.first_best - sum(plain))
        table.add("first best", report.first_best, report.first_best)
        return Answer(
            value=report,
            sentence=(
                f"hidden actions cost {number(report.agency_cost)} of a first best of "
                f"{number(report.first_best)}; the agent's rent is {number(report.rent)}"
            ),
            fields=asdict(report),
            tables=[table],
            check=verify(instance, found, deadline=means.deadline),
            limit=found.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBonuses(Question[ContractMDP]):
    """Which states and outcomes the payments go to, over all periods."""

    name: ClassVar[str] = "bonuses"
    summary: ClassVar[str] = "where payments are due: by state and outcome, over all periods"
    theorem: ClassVar[str] = "CON-5"
    cost: ClassVar[str] = "a solve"
    source: ClassVar[str] = _IVANOV
    about_result: ClassVar[bool] = True

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Walk forward from the start."""
        _, solution = _solved(instance, means.deadline, means.result)
        if solution.form == "mixed":
            raise NoSolutionError("contracts are drawn at random in this solution")
        found = bonuses(instance, solution)
        by_state = found.payments.sum(axis=1)
        order = [s for s in np.argsort(-by_state, kind="stable").tolist() if by_state[s] > 0]
        table = Table("Payments over all periods", ["state", "visits", "paid", "for outcomes"])
        for s in order:
            table.add(
                instance.label("states", s), float(found.visits[s]), float(by_state[s]),
                contract_words(instance, found.payments[s]),
            )  # fmt: skip
        return Answer(
            value=found,
            sentence=(
                f"payments of {number(float(by_state.sum()))} are expected, "
                f"in {len(order)} of {int((~instance.terminal).sum())} states"
            ),
            fields={"visits": found.visits, "payments": found.payments},
            tables=[table],
            check=recheck.spent(instance, solution, found, means),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPayments(Question[ContractMDP]):
    """The least payment for every action, with the proof that it is, or that there is none.

    Parameters
    ----------
    stage : whose continuation values are taken from the solution.
    state : which one; None: all.
    """

    name: ClassVar[str] = "payments"
    summary: ClassVar[str] = "least payment of every action, with duals, or what imitates it"
    theorem: ClassVar[str] = "CON-1, CON-2"
    cost: ClassVar[str] = "a linear program for each action"
    source: ClassVar[str] = (
        "Grossman, S. J. and Hart, O. D. (1983). An analysis of the principal-agent problem. "
        "Econometrica 51(1), 7-45."
    )
    about_result: ClassVar[bool] = True

    stage: int = 0
    state: int | None = None

    def supports(self, instance: ContractMDP) -> str | None:
        """Return why there are too many programs, or None."""
        if self.state is None and int(instance.exists.sum()) > _MANY:
            return f"it has more than {_MANY} actions: ask of one state, --option state=0"
        return None

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Solve the programs of one stage."""
        found, solution = _solved(instance, means.deadline, means.result)
        if not 0 <= self.stage < len(solution.agent_values):
            raise OptionError(f"option stage = {self.stage}: there is no such stage")
        later = _later(instance, solution, self.stage)
        states = None if self.state is None else [self.state]
        entries = action_payments(instance, states, later)
        rows = ["state", "action", "least payment", "contract", "why it is the least"]
        table = Table(f"Payments in stage {self.stage}", rows)
        for entry in entries:
            names = [instance.label("actions", k) for k in range(instance.n_actions)]
            kept = entry.weights if entry.weights is not None else entry.imitation or ()
            pairs = kept.items() if isinstance(kept, dict) else enumerate(kept)
            why = ", ".join(f"{number(x)} x {names[k]}" for k, x in pairs if x > 0)
            contract = "" if entry.contract is None else contract_words(instance, entry.contract)
            table.add(
                instance.label("states", entry.state), names[entry.action],
                entry.payment if entry.implementable else "none does", contract,
                why if entry.implementable else f"imitated by {why}",
            )  # fmt: skip
        no = sum(not entry.implementable for entry in entries)
        return Answer(
            value=entries,
            sentence=f"{len(entries) - no} of {len(entries)} actions can be implemented",
            fields={
                "stage": self.stage,
                "actions": [
                    {
                        **asdict(entry),
                        "implementable": entry.implementable,
                        "imitation": entry.imitation
                        and [{"action": k, "probability": x} for k, x in entry.imitation.items()],
                    }
                    for entry in entries
                ],
            },
            tables=[table],
            check=recheck.payments(instance, entries, later),
            limit=found.limit,
        )


def _later(mdp: ContractMDP, solution: ContractSolution, stage: int) -> FloatArray:
    """Return the agent's values of the stage after one, shape (S,)."""
    last = len(solution.agent_values) - 1
    if solution.form == "finite" and stage == last:
        return np.zeros(mdp.n_states)
    values: FloatArray = solution.agent_values[min(stage + 1, last)]
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLinear(Question[ContractMDP]):
    """How the agent moves as she gives him a larger share of her rewards."""

    name: ClassVar[str] = "linear"
    summary: ClassVar[str] = "the best share of the rewards, and where the agent changes his mind"
    theorem: ClassVar[str] = "CON-4"
    cost: ClassVar[str] = "O(actions) for each breakpoint"
    source: ClassVar[str] = (
        "Duetting, P., Roughgarden, T. and Talgam-Cohen, I. (2019). Simple versus optimal "
        "contracts. Proceedings of the 2019 ACM Conference on Economics and Computation, 369-387."
    )

    def supports(self, instance: ContractMDP) -> str | None:
        """Return why shares are not asked of the instance, or None."""
        if not instance.is_one_shot or instance.terminal[0]:
            return "shares are asked of one period and one state; else solve with contracts=linear"
        if (instance.principal_rewards < 0).any():
            return "a share is of rewards >= 0"
        return None

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Walk along the envelope."""
        found = linear_contract(instance)
        gains = instance.probabilities[0] @ instance.principal_rewards[0]
        table = Table("Shares", ["from share", "action", "principal keeps there"])
        for alpha, action in zip(found.breakpoints, found.actions, strict=True):
            table.add(alpha, instance.label("actions", action), (1 - alpha) * float(gains[action]))
        return Answer(
            value=found,
            sentence=(
                f"the best share is {number(found.alpha)} and keeps "
                f"{number(found.principal_value)} of a first best of {number(found.first_best)}"
            ),
            fields=asdict(found),
            tables=[table],
            check=recheck.linear(instance, found),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskImplementation(Question[ContractMDP]):
    """What it takes to have a policy followed.

    Parameters
    ----------
    target : an action for each state, or a JSON file with ``[state]`` or ``[stage][state]``; by
        default the policy of the first best.
    """

    name: ClassVar[str] = "implementation"
    summary: ClassVar[str] = "cheapest contracts for a policy, or what imitates its actions"
    theorem: ClassVar[str] = "CON-2, CON-8"
    cost: ClassVar[str] = "a linear program for each stage and state; some rounds without a horizon"
    source: ClassVar[str] = "eqsolve, theory of contracts"

    target: Literal["first_best"] | Sequence[float] | str = "first_best"

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Solve with a target, unless an action of it cannot be implemented."""
        given: Any = self.target
        if given == "first_best":
            given = first_best(instance).actions
        elif isinstance(given, str):
            given = read_policy(given)
        elif not any(isinstance(row, list | tuple) for row in given):
            given = whole_numbers(given, "target")
        actions = policy_of(instance, given)
        wanted = {(int(s), int(actions[t, s])) for t, s in np.argwhere(actions >= 0)}
        states = sorted({s for s, _ in wanted})
        entries = action_payments(instance, states)
        stuck = [x for x in entries if (x.state, x.action) in wanted and not x.implementable]
        if stuck:
            first = stuck[0]
            return Answer(
                value=None,
                sentence=(
                    f"the policy cannot be implemented: in {instance.label('states', first.state)} "
                    f"{instance.label('actions', first.action)} is imitated by others at less cost"
                ),
                fields={
                    "implementable": False,
                    "imitated": [{"state": x.state, "action": x.action} for x in stuck],
                },
                check=recheck.payments(instance, entries, np.zeros(instance.n_states)),
            )
        found = contract_equilibrium(
            instance, method="implementation", target=actions.tolist(), deadline=means.deadline
        )
        solution = found.require()
        table = Table("Followed by the cheapest contracts", ["figure", "at the start"])
        table.add("principal", solution.principal_value)
        table.add("agent", solution.agent_value)
        table.add("expected payments", solution.expected_payment)
        table.add("welfare", solution.welfare)
        return Answer(
            value=found,
            sentence=(
                f"the policy takes payments of {number(solution.expected_payment)} and leaves "
                f"{number(solution.principal_value)}"
            ),
            fields={
                "implementable": True,
                **{key: value for key, value in solution.to_dict().items() if key in _TOLD},
            },
            tables=[table],
            check=found.check,
            limit=found.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCommitment(Question[ContractMDP]):
    """What it is worth to commit to a Markov contract policy."""

    name: ClassVar[str] = "commitment"
    summary: ClassVar[str] = "what she earns more if she can commit to her contracts"
    theorem: ClassVar[str] = "CON-9"
    cost: ClassVar[str] = "exponential at worst"
    source: ClassVar[str] = (
        "Bernasconi, M., Castiglioni, M. et al. (2024). Regret-minimizing contracts: agency under "
        "commitment to policies."
    )

    def supports(self, instance: ContractMDP) -> str | None:
        """Return why commitment cannot be searched, or None."""
        return Commitment().supports(instance)

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Solve with commitment and without."""
        alone = contract_equilibrium(instance, deadline=means.deadline)
        committed = contract_equilibrium(instance, method="commitment", deadline=means.deadline)
        if alone.solution is None or committed.solution is None:
            raise NoSolutionError("nothing was found before the run was stopped")
        values = {
            "equilibrium": alone.solution.principal_value,
            "commitment": committed.solution.principal_value,
            "bound": committed.bounds.upper,
            "first_best": committed.solution.first_best,
        }
        gain = values["commitment"] - values["equilibrium"]
        proved = alone.status is committed.status is Status.SOLVED
        table = Table("The principal", ["figure", "value"]).extend(
            (key.replace("_", " "), value) for key, value in values.items()
        )
        return Answer(
            value=(alone, committed),
            sentence=(
                f"commitment is worth {number(gain)}{'' if proved else ' as far as was found'}: "
                f"{number(values['commitment'])} instead of {number(values['equilibrium'])}"
            ),
            fields={
                **values,
                "gain": gain,
                "proved": proved,
                "actions": committed.solution.to_dict()["actions"],
                "contracts": committed.solution.to_dict()["contracts"],
            },
            tables=[table],
            check=together({"equilibrium": alone.check, "commitment": committed.check}),
            limit=committed.limit or alone.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCosts(Question[ContractMDP]):
    """How the equilibrium moves with the cost of effort, and where she stops paying.

    Parameters
    ----------
    costs : the largest cost of an action; by default 9 from 0 to twice what it is.
    precision : of the cost at which she stops paying, as a share of it.
    """

    name: ClassVar[str] = "sweep_costs"
    summary: ClassVar[str] = "values against the cost of effort, and where she stops paying"
    theorem: ClassVar[str] = "CON-5"
    cost: ClassVar[str] = "a solve for each cost, and for each halving"
    source: ClassVar[str] = "eqsolve, theory of contracts"

    costs: Sequence[float] | None = None
    precision: float = 1e-4

    def supports(self, instance: ContractMDP) -> str | None:
        """Return why there is nothing to scale, or None."""
        free = largest_cost(instance) == 0
        return "no action costs the agent anything: there is nothing to scale" if free else None

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Solve at each cost, as far as time allows."""
        costs = self.costs
        if costs is None:
            costs = np.linspace(0, 2 * largest_cost(instance), 9).tolist()
        points, reports = [], {}
        for cost in costs:
            if means.deadline.expired():
                break
            for point, found in swept(instance, [cost], deadline=means.deadline):
                points.append(point)
                reports[f"cost {number(float(cost))}"] = found.check
        rising = sorted(points, key=lambda point: point.cost)
        pairs = [
            (one.cost, two.cost)
            for one, two in pairwise(rising)
            if is_paid(instance, one) and not is_paid(instance, two)
        ]
        stops = None
        if pairs and not means.deadline.expired():
            stops = stopping_cost(
                instance, *pairs[-1], precision=self.precision, deadline=means.deadline
            )
        words = [
            "cost",
            "principal",
            "agent",
            "first best",
            "expected payments",
            "without contracts",
        ]
        table = Table("Costs of effort", words)
        for point in points:
            table.add(*asdict(point).values())
        sentence = "at every cost she pays, or at none"
        if stops is not None:
            digits = max(1, round(-math.log10(self.precision)))
            sentence = f"beyond a cost of {stops:#.{digits}g} she pays nothing"
        return Answer(
            value=tuple(points),
            sentence=sentence,
            fields={"points": [asdict(point) for point in points], "stops_paying": stops},
            tables=[table],
            check=together(reports),
            limit=means.deadline.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEvaluate(Question[ContractMDP]):
    """What contracts are worth against an agent who answers as well as he can."""

    name: ClassVar[str] = "evaluate"
    summary: ClassVar[str] = "what the contracts of a solution earn if the agent answers his best"
    theorem: ClassVar[str] = "CON-15"
    cost: ClassVar[str] = "O(T S A O); policy iteration without a horizon"
    source: ClassVar[str] = _IVANOV
    about_result: ClassVar[bool] = True

    def answer(self, instance: ContractMDP, means: Means) -> Answer:
        """Answer the contracts, and compare with the equilibrium."""
        found, solution = _solved(instance, means.deadline, means.result)
        if solution.form in ("mixed", "truncated"):
            raise NoSolutionError(f"{solution.form} contracts are no contract for every stage")
        contracts = solution.contracts if instance.horizon else solution.contracts[0]
        told = evaluate_contracts(instance, contracts)
        best = (
            found
            if means.result is None
            else contract_equilibrium(instance, deadline=means.deadline)
        )
        exact = best.objective if best.status is Status.SOLVED else None
        regret = None if exact is None else exact - told.principal_value
        table = Table("At the start", ["claim", "principal", "agent", "expected payments"])
        table.add("claimed", solution.principal_value, solution.agent_value,
                  solution.expected_payment)  # fmt: skip
        table.add("best answer", told.principal_value, told.agent_value, told.expected_payment)
        beside = "" if exact is None else f"; the equilibrium earns {number(exact)}"
        return Answer(
            value=told,
            sentence=f"the contracts earn {number(told.principal_value)}{beside}",
            fields={
                "principal_value": told.principal_value,
                "agent_value": told.agent_value,
                "expected_payment": told.expected_payment,
                "equilibrium": exact,
                "regret": regret,
                "actions": _with_nulls(told.actions.tolist()),
            },
            tables=[table],
            check=recheck.answered(instance, contracts, told),
            limit=found.limit,
        )


def _with_nulls(actions: Any) -> Any:
    """Return actions of any depth with None in terminal states."""
    if isinstance(actions, list):
        return [_with_nulls(entry) for entry in actions]
    return None if actions < 0 else actions


QUESTIONS = (
    AskAgency,
    AskBonuses,
    AskPayments,
    AskLinear,
    AskImplementation,
    AskCommitment,
    AskCosts,
    AskEvaluate,
)
