"""The alternation of the paper: the agent learns his values, then the principal hers, and again.

Given a contract policy, the agent's optimal truncated values follow; given those, the principal's
best policy against this agent; until her contracts stay. With T periods they do after at most T
rounds, and one more sees it (CON-7). Without a horizon the alternation may run in a circle
(CON-12): then the circle is what is reported, and no equilibrium is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import CycleCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.contract_mdp.dynamics import (
    at,
    continuation,
    expected,
    optimum,
    stage_payoffs,
)
from eqsolve.families.contract_mdp.evaluate import best_responses
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.base import ContractMethod, Policy, StageSolver, wrapped
from eqsolve.families.contract_mdp.methods.stationary import stationary_policy
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["Meta"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta(ContractMethod):
    """Alternate between the agent's and the principal's optimum until the contracts stay.

    Parameters
    ----------
    rounds : most rounds without a horizon.
    """

    name: ClassVar[str] = "meta"
    summary: ClassVar[str] = "the paper's alternation of agent and principal; cycles are reported"
    theorem: ClassVar[str] = "CON-7, CON-12"
    cost: ClassVar[str] = "at most stages + 1 rounds, each a pass of backward induction"

    rounds: int = 500

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise OptionError(f"option rounds = {self.rounds}: must be >= 1")

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Solve; `rng` is not used. The first contracts pay nothing."""
        stages = instance.horizon or 1
        most = stages + 1 if instance.horizon else self.rounds
        solver = StageSolver(instance, stages * min(most, 50), deadline=deadline)
        contracts = np.zeros((stages, instance.n_states, instance.n_outcomes))
        seen: dict[bytes, int] = {}
        profiles: list[tuple[int, ...]] = []
        slack = 1e-9 * max(instance.scale, float(stages) * instance.scale)
        with deadline.watching():
            for turn in range(most):
                if deadline.expired():
                    return Outcome(status=Status.UNKNOWN, limit=deadline.limit)
                actions, offered = _answer(solver, contracts)
                if np.abs(offered - contracts).max(initial=0.0) <= slack and turn > 0:
                    return self._stayed(solver, actions, offered, turn + 1)
                contracts = offered
                key = _key(instance, actions, contracts)
                profiles.append(tuple(actions[0].tolist()))
                if instance.horizon is None and key in seen:
                    return Outcome(
                        status=Status.UNKNOWN,
                        limit=Limit.ITERATIONS,
                        certificate=CycleCertificate(tuple(profiles[seen[key] + 1 :])),
                        method=self.name,
                        counts={"rounds": turn + 1, "cycle": turn - seen[key]},
                    )
                seen[key] = turn
        if instance.horizon is not None:
            return self._stayed(solver, actions, contracts, most)
        return Outcome(
            status=Status.UNKNOWN, limit=Limit.ITERATIONS, method=self.name, counts={"rounds": most}
        )

    def _stayed(
        self, solver: StageSolver, actions: IntArray, contracts: FloatArray, rounds: int
    ) -> Outcome[ContractSolution]:
        """Return the equilibrium at which the alternation stays."""
        mdp = solver.mdp
        counts = {"rounds": rounds, "programs": solver.programs}
        if mdp.horizon is None:
            found = stationary_policy(solver, actions[0])
            assert found is not None  # it has just been offered
            policy, gain = found
            exact = gain <= 1e-9 * mdp.scale / (1 - mdp.discount)
            status = Status.SOLVED if exact else Status.FEASIBLE
            return wrapped(
                mdp, policy, status=status, epsilon=0.0 if exact else gain, method=self.name,
                limit=None if exact else Limit.ITERATIONS, counts=counts,
            )  # fmt: skip
        policy = Policy.empty(mdp, len(actions), "finite")
        his = hers = np.zeros(mdp.n_states)
        policy.ties = None
        for t in reversed(range(len(actions))):
            q, gains = stage_payoffs(mdp, his, hers)
            paid = at(expected(mdp, contracts[t]), actions[t])
            his, hers = at(q, actions[t]) + paid, at(gains, actions[t]) - paid
            policy.actions[t], policy.contracts[t], policy.payments[t] = (
                actions[t],
                contracts[t],
                paid,
            )
            policy.his[t], policy.hers[t] = his, hers
        return wrapped(mdp, policy, method=self.name, counts=counts)


def _answer(solver: StageSolver, contracts: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return her best actions and contracts against an agent who expects `contracts`."""
    mdp = solver.mdp
    actions = np.empty(contracts.shape[:2], dtype=np.int64)
    offered = np.empty_like(contracts)

    def best(q: FloatArray, gains: FloatArray, t: int) -> FloatArray:
        found = solver.engine.best_contracts(mdp.probabilities, q, gains, mdp.exists)
        solver.programs += found.programs
        actions[t], offered[t] = found.actions, found.contracts
        value: FloatArray = at(gains, found.actions) - found.payments
        return value

    his = best_responses(mdp, contracts).his
    if mdp.horizon is not None:
        hers = np.zeros(mdp.n_states)
        for t in reversed(range(mdp.horizon)):
            later = his[t + 1] if t + 1 < mdp.horizon else np.zeros(mdp.n_states)
            q, gains = stage_payoffs(mdp, later, hers)
            hers = best(q, gains, t)
        return actions, offered
    q, _ = stage_payoffs(mdp, his[0], his[0])
    payments = np.full(mdp.exists.shape, np.inf)
    for a in range(mdp.n_actions):
        chosen = np.where(mdp.exists[:, a], a, -1)
        cost = solver.engine.cheapest_contracts(mdp.probabilities, q, mdp.exists, chosen)[0]
        payments[:, a] = np.where(chosen >= 0, cost, np.inf)
    solver.programs += int(mdp.exists.sum())
    there = np.isfinite(payments)
    reward = expected(mdp, mdp.principal_rewards) - np.where(there, payments, 0.0)
    hers = optimum(mdp, reward, there).values
    gains = expected(mdp, mdp.principal_rewards + continuation(mdp, hers))
    best(q, gains, 0)
    return actions, offered


def _key(mdp: ContractMDP, actions: IntArray, contracts: FloatArray) -> bytes:
    """Return what tells policies apart, payments up to a billionth of the rewards."""
    unit = max(mdp.scale, 1e-300) * 1e-9
    return actions.tobytes() + np.rint(contracts / unit).astype(np.int64).tobytes()
