"""Base of the methods: the engine of a stage, policies over time, and how answers are wrapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, sealed
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Bounds, Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.contract_mdp import payments
from eqsolve.families.contract_mdp.dynamics import (
    at,
    continuation,
    expected,
    optimum,
    solve_outcomes,
    solve_policy,
    stage_payoffs,
    unpaid,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.linear import best_shares
from eqsolve.families.contract_mdp.payments import StageAnswer
from eqsolve.families.contract_mdp.programs import ROUNDING
from eqsolve.families.contract_mdp.solution import (
    NO_DUALS,
    ContractSolution,
    DualVectors,
    Mixed,
    StageDuals,
)

__all__ = [
    "ContractMethod",
    "Policy",
    "SpeMethod",
    "StageSolver",
    "evaluate",
    "needs_proofs",
    "wrapped",
]

_SMALL = 2000
"""Linear programs up to which plain Python takes less time than loading compiled code."""

_MANY = 20_000
"""Stages x states x actions beyond which the dual vectors of programs come with the answer."""

_LARGEST = 2 * 10**9

Tie = Literal["agent", "index"]
Contracts = Literal["any", "linear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractMethod(Method[ContractMDP, ContractSolution]):
    """Base of the methods."""

    source: ClassVar[str] = (
        "Ivanov, D., Duetting, P., Talgam-Cohen, I., Wang, T. and Parkes, D. C. (2024). "
        "Principal-agent reinforcement learning: orchestrating AI agents with contracts. "
        "arXiv 2407.18074."
    )

    def supports(self, instance: ContractMDP) -> str | None:
        """Return why the instance is too large, or None."""
        numbers = (instance.horizon or 1) * instance.n_states * instance.n_outcomes
        if numbers > _LARGEST:
            return f"a contract for every stage needs {numbers} numbers, more than {_LARGEST}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeMethod(ContractMethod):
    """Base of the methods for subgame-perfect equilibria.

    Parameters
    ----------
    nudge : by how much the induced action must be better than others for the agent (CON-15).
    tie : ties of the principal go to the agent, or to the lowest index.
    contracts : any, or only shares of the principal's rewards (CON-4).
    """

    nudge: float = 0.0
    tie: Tie = "agent"
    contracts: Contracts = "any"

    def __post_init__(self) -> None:
        if not 0 <= self.nudge < np.inf:
            raise OptionError(f"option nudge = {self.nudge!r}: must be >= 0 and finite")
        if self.nudge and self.is_linear:
            raise OptionError("option nudge does not go with contracts=linear")

    @property
    def is_linear(self) -> bool:
        """Whether contracts are shares of the rewards."""
        return self.contracts == "linear"

    def supports(self, instance: ContractMDP) -> str | None:
        """Return a reason for linear contracts on negative rewards."""
        if self.is_linear and (instance.principal_rewards < 0).any():
            return "linear contracts pay a share of rewards, which must be >= 0"
        return ContractMethod.supports(self, instance)


def needs_proofs(mdp: ContractMDP, stages: int) -> bool:
    """Return whether dual vectors come with an answer of so many stages."""
    return stages * mdp.exists.size > _MANY


class StageSolver:
    """Solves one period for all states, in plain Python or compiled by the amount of work.

    Parameters
    ----------
    mdp : the instance.
    stages : how many periods will be solved, about.
    nudge, tie, contracts : as in `SpeMethod`.
    deadline : watched by compiled code.
    engine : module with `best_contracts` and `cheapest_contracts`; None chooses.
    """

    def __init__(
        self,
        mdp: ContractMDP,
        stages: int,
        *,
        nudge: float = 0.0,
        tie: str = "agent",
        contracts: str = "any",
        deadline: Deadline | None = None,
        engine: ModuleType | Any = None,
    ) -> None:
        self.mdp, self.nudge, self.contracts = mdp, float(nudge), contracts
        self.by_index = tie == "index"
        self.tie = 1e-12 * mdp.scale
        self.deadline = deadline
        self.programs = 0
        if engine is None:
            engine = payments
            if contracts == "any" and stages * int(mdp.exists.sum()) > _SMALL:
                from eqsolve.families.contract_mdp.kernels import payments as compiled

                engine = compiled
        self.engine = engine

    def best(
        self, his: FloatArray, hers: FloatArray, *, keep: bool = False
    ) -> tuple[StageAnswer, FloatArray, FloatArray]:
        """Return what is offered now, and the values of both, given the values of what follows.

        `keep` asks for dual vectors.

        Raises
        ------
        OptionError : with a nudge, where no action of some state can be made strictly best.
        """
        q, gains = stage_payoffs(self.mdp, his, hers)
        if self.contracts == "linear":
            found = best_shares(self.mdp, q, gains, by_index=self.by_index)
        else:
            found = self.engine.best_contracts(
                self.mdp.probabilities, q, gains, self.mdp.exists, nudge=self.nudge,
                by_index=self.by_index, keep=keep,
                stop=(0,) if self.deadline is None else self.deadline.flag,
            )  # fmt: skip
        self.programs += found.programs
        stuck = (found.actions < 0) & ~self.mdp.terminal
        if self.nudge and stuck.any() and not (self.deadline and self.deadline.flag[0]):
            state = int(np.flatnonzero(stuck)[0])
            raise OptionError(
                f"option nudge = {self.nudge}: no action of {self.mdp.label('states', state)} can "
                "be made strictly better than all others"
            )
        his_now = at(q, found.actions) + found.payments
        return found, his_now, at(gains, found.actions) - found.payments

    def cheapest(self, his: FloatArray, actions: IntArray) -> tuple[FloatArray, ...]:
        """Return payments, contracts, duals and truncated values for one action per state."""
        q = self.mdp.agent_rewards + expected(self.mdp, continuation(self.mdp, his))
        found = self.engine.cheapest_contracts(
            self.mdp.probabilities, q, self.mdp.exists, actions, self.nudge
        )
        self.programs += int((actions >= 0).sum())
        return (*found, q)


@dataclass(slots=True)
class Policy:
    """Actions and contracts by stage, with values; one stage where the form is stationary."""

    form: str
    actions: IntArray
    contracts: FloatArray
    his: FloatArray
    hers: FloatArray
    payments: FloatArray  # expected payment of the stage, (T, S)
    ties: int | None = None
    mixture: tuple[Mixed, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    duals: list[StageDuals | None] = field(default_factory=list)

    @classmethod
    def empty(cls, mdp: ContractMDP, stages: int, form: str) -> Policy:
        """Return a policy to be filled."""
        shape = (stages, mdp.n_states)
        return cls(
            form,
            np.full(shape, -1, dtype=np.int64),
            np.zeros((*shape, mdp.n_outcomes)),
            np.zeros(shape),
            np.zeros(shape),
            np.zeros(shape),
            0,
            duals=[None] * stages,
        )

    def proofs(self, mdp: ContractMDP) -> dict[str, Any]:
        """Return the dual vectors that come with the answer, where there are any."""
        if all(part is None for part in self.duals):
            return {}
        stages = tuple(NO_DUALS if part is None else part for part in self.duals)
        return {"lambda": DualVectors(stages, mdp.n_states, mdp.n_actions)}

    def payments_from_start(self, mdp: ContractMDP) -> float:
        """Return the expected discounted payments from the start."""
        later = np.zeros(mdp.n_states)
        rows = np.arange(mdp.n_states)
        last = len(self.actions) - 1
        if self.form != "finite":  # the last row holds for ever
            later = solve_outcomes(mdp, self.outcome_weights(mdp), self.payments[-1])
            last -= 1
        for t in range(last, -1, -1):
            chosen = mdp.probabilities[rows, np.maximum(self.actions[t], 0)]
            after = (chosen * continuation(mdp, later)).sum(axis=1)
            later = self.payments[t] + np.where(self.actions[t] >= 0, after, 0.0)
        return float(mdp.start @ later)

    def outcome_weights(self, mdp: ContractMDP) -> FloatArray:
        """Return how likely each outcome is in the last stage, shape (S, O)."""
        weights = np.zeros((mdp.n_states, mdp.n_outcomes))
        if self.mixture:
            for part in self.mixture:
                weights[part.state] += part.probability * mdp.probabilities[part.state, part.action]
            return weights
        alive = np.flatnonzero(self.actions[-1] >= 0)
        weights[alive] = mdp.probabilities[alive, self.actions[-1][alive]]
        return weights


def evaluate(
    mdp: ContractMDP, actions: IntArray, contracts: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return stationary values of agent and principal, and what payments add up to, each (S,)."""
    paid = at(expected(mdp, contracts), actions)
    own = at(mdp.agent_rewards, actions) + paid
    earned = at(expected(mdp, mdp.principal_rewards), actions) - paid
    values = solve_policy(mdp, actions, np.column_stack([own, earned, paid]))
    return values[:, 0], values[:, 1], values[:, 2]


def wrapped(
    mdp: ContractMDP,
    policy: Policy,
    *,
    question: str = "spe",
    status: Status = Status.SOLVED,
    limit: Limit | None = None,
    epsilon: float = 0.0,
    method: str = "",
    counts: Mapping[str, int | float | str] | None = None,
) -> Outcome[ContractSolution]:
    """Return the outcome for a policy, with everything that is told about it.

    The bound of a solved question is its objective; of commitments and of what is not solved, the
    first best less what the agent gets unpaid.
    """
    start = mdp.start
    best = optimum(mdp, mdp.agent_rewards + expected(mdp, mdp.principal_rewards), mdp.exists)
    first_best = best.value(mdp)
    his, hers = unpaid(mdp)
    nothing = his.value(mdp), float(start @ (hers if mdp.horizon is None else hers[0]))
    principal, agent = float(start @ policy.hers[0]), float(start @ policy.his[0])
    lost = first_best - (principal + agent)
    if abs(lost) <= ROUNDING * max(mdp.scale, abs(first_best), abs(principal), abs(agent)):
        lost = 0.0
    extra = policy.extra
    payment = policy.payments_from_start(mdp)
    if mdp.is_one_shot:
        from eqsolve.families.contract_mdp.one_shot import linear_answer, per_action

        extra = {"per_action": per_action(mdp), "linear": linear_answer(mdp), **extra}
    solution = ContractSolution(
        question=question,
        form=policy.form,
        actions=sealed(policy.actions),
        contracts=sealed(policy.contracts),
        agent_values=sealed(policy.his),
        principal_values=sealed(policy.hers),
        principal_value=principal,
        agent_value=agent,
        welfare=principal + agent,
        first_best=first_best,
        agency_cost=lost,
        expected_payment=payment,
        no_contract={"principal": nothing[1], "agent": nothing[0]},
        epsilon=epsilon,
        principal_ties=policy.ties,
        mixture=policy.mixture,
        outcomes=mdp.n_outcomes_of,
        **extra,
    )
    proved = status is Status.SOLVED and question != "commitment"
    upper = principal if proved else first_best - nothing[0]
    bounds = Bounds(lower=principal, upper=upper, source="certified")
    words = _ARGUMENTS[question if proved else "commitment"]
    certificate = BoundCertificate(upper, "certified", words, policy.proofs(mdp))
    return Outcome(
        status=status,
        solution=solution,
        objective=principal,
        limit=limit,
        bounds=bounds,
        certificate=certificate,
        method=method,
        counts=dict(counts or {}),
    )


_ARGUMENTS = {
    "spe": "no one-shot deviation of agent or principal gains, so that the policy is an "
    "equilibrium and the value is hers",
    "linear": "no one-shot deviation of the agent, or to another share by the principal, gains",
    "target": "in each state the payment is the least that makes the target's action best, given "
    "the least values of what follows",
    "commitment": "no policy earns more than the first best less what the agent gets unpaid",
}
