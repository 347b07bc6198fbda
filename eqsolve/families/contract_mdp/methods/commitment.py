"""The best policy that she could commit to: search over targets, last stage first (CON-9).

For each policy alpha the cheapest contracts give the agent the least values V in all states at
once (CON-8), so that she earns the welfare of alpha less V. Stage by stage, all vectors (V,
welfare) that remain possible are kept; one is dropped when another has no more V and no less
welfare in each state that can be reached (both only help earlier stages), or when the first best of
the stages before it, less what the agent would get unpaid, cannot beat the best policy known.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.contract_mdp.dynamics import (
    at,
    continuation,
    expected,
    solve_policy,
    stage_payoffs,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.base import ContractMethod, StageSolver, wrapped
from eqsolve.families.contract_mdp.methods.implementation import follow, least_values
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["Commitment", "reachable"]

_PROFILES = 100_000
_KEPT = 200_000


class _Partial(NamedTuple):
    """Targets from some stage on: values, welfare and the actions, shape (stages, S)."""

    his: FloatArray
    welfare: FloatArray
    actions: tuple[IntArray, ...]


def reachable(mdp: ContractMDP) -> BoolArray:
    """Return which states may be met at which stage, shape (T, S)."""
    assert mdp.horizon is not None
    found = np.zeros((mdp.horizon, mdp.n_states), dtype=bool)
    found[0] = mdp.start > 0
    possible = np.any(mdp.probabilities > 0, axis=1)
    for t in range(1, mdp.horizon):
        there = possible[found[t - 1]][:, :, None] & (mdp.successor_probs[found[t - 1]] > 0)
        following = mdp.successors[found[t - 1]][there]
        found[t, following[following >= 0]] = True
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment(ContractMethod):
    """The best Markov contract policy to commit to, by search over targets."""

    name: ClassVar[str] = "commitment"
    summary: ClassVar[str] = "best policy to commit to, by search over targets"
    theorem: ClassVar[str] = "CON-8, CON-9"
    cost: ClassVar[str] = "exponential at worst; dominated targets are dropped stage by stage"

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Solve; `rng` is not used. What is stopped early comes back as feasible."""
        if instance.horizon is None:
            return self._stationary(instance, deadline)
        solver = StageSolver(instance, 50 * instance.horizon)
        best, value = self._first(solver), -np.inf
        policy = follow(solver, best, "finite")
        value = float(instance.start @ policy.hers[0])
        found, complete, tried = _search(solver, value, deadline)
        if found is not None:
            policy = follow(solver, np.where(found < 0, best, found), "finite")
        return self._wrapped(instance, policy, complete, deadline, tried, solver)

    def _first(self, solver: StageSolver) -> IntArray:
        """Return the actions of the equilibrium without commitment, shape (T, S)."""
        mdp = solver.mdp
        assert mdp.horizon is not None
        his = hers = np.zeros(mdp.n_states)
        actions = np.full((mdp.horizon, mdp.n_states), -1, dtype=np.int64)
        for t in reversed(range(mdp.horizon)):
            answer, his, hers = solver.best(his, hers)
            actions[t] = answer.actions
        return actions

    def _stationary(self, mdp: ContractMDP, deadline: Deadline) -> Outcome[ContractSolution]:
        """Try all stationary targets; too many are tried until the time is over."""
        options = [np.flatnonzero(row).tolist() or [-1] for row in mdp.exists]
        total = math.prod(map(len, options))
        solver = StageSolver(mdp, 4 * min(total, _PROFILES))
        best, value, tried = None, -np.inf, 0
        reward = mdp.agent_rewards + expected(mdp, mdp.principal_rewards)
        for choice in itertools.islice(itertools.product(*options), _PROFILES):
            if deadline.expired():
                break
            tried += 1
            actions = np.array(choice, dtype=np.int64)
            found = least_values(solver, [(actions, np.ones(mdp.n_states))])
            if found is None:
                continue
            welfare = solve_policy(mdp, actions, at(reward, actions))
            earned = float(mdp.start @ (welfare - found[0]))
            if earned > value + solver.tie:
                best, value = actions, earned
        if best is None:
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit)
        policy = follow(solver, best[None], "stationary")
        return self._wrapped(mdp, policy, tried == total, deadline, tried, solver)

    def _wrapped(
        self,
        mdp: ContractMDP,
        policy: object,
        complete: bool,
        deadline: Deadline,
        tried: int,
        solver: StageSolver,
    ) -> Outcome[ContractSolution]:
        """Return the outcome."""
        return wrapped(
            mdp,
            policy,  # type: ignore[arg-type]
            question="commitment",
            status=Status.SOLVED if complete else Status.FEASIBLE,
            limit=None if complete else deadline.limit,
            method=self.name,
            counts={"targets": tried, "programs": solver.programs},
        )


def _search(
    solver: StageSolver, value: float, deadline: Deadline
) -> tuple[IntArray | None, bool, int]:
    """Return the best target that beats `value` (None: none does), completeness, targets tried."""
    mdp = solver.mdp
    assert mdp.horizon is not None
    reached = reachable(mdp)
    nothing = np.zeros(mdp.n_states)
    front = [_Partial(nothing, nothing, ())]
    slack = solver.tie
    tried, complete = 0, True
    for t in reversed(range(mdp.horizon)):
        grown: list[_Partial] = []
        states = np.flatnonzero(reached[t] & ~mdp.terminal).tolist()
        for partial in front:
            if deadline.expired() or len(grown) > _KEPT:
                complete = False
                break
            made, count = _extended(solver, partial, states)
            tried += count
            grown += [part for part in made if _bound(mdp, part, t) > value + slack]
        front = _undominated(grown, np.flatnonzero(reached[t]), slack)
        if not complete or not front:
            break
    if not complete:
        return None, False, tried
    best, found = value + slack, None
    for partial in front:
        earned = float(mdp.start @ (partial.welfare - partial.his))
        if earned > best:
            best, found = earned, np.array(partial.actions)
    return found, True, tried


def _extended(
    solver: StageSolver, partial: _Partial, states: list[int]
) -> tuple[list[_Partial], int]:
    """Return a partial target with every choice of actions one stage earlier."""
    mdp = solver.mdp
    q, welfare = stage_payoffs(mdp, partial.his, partial.welfare)
    welfare = welfare + mdp.agent_rewards
    choices = []
    for s in states:
        offers = []
        for a in np.flatnonzero(mdp.exists[s]).tolist():
            actions = np.full(mdp.n_states, -1, dtype=np.int64)
            actions[s] = a
            payment = float(
                solver.engine.cheapest_contracts(
                    mdp.probabilities[s : s + 1], q[s : s + 1], mdp.exists[s : s + 1],
                    actions[s : s + 1],
                )[0][0]
            )  # fmt: skip
            solver.programs += 1
            if payment < np.inf:
                offers.append((a, float(q[s, a] + payment), float(welfare[s, a])))
        choices.append(
            [
                offer
                for k, offer in enumerate(offers)
                if not any(
                    (other[1] <= offer[1] and other[2] >= offer[2])
                    and (other[1:] != offer[1:] or j < k)
                    for j, other in enumerate(offers)
                )
            ]
        )
    made = []
    for pick in itertools.product(*choices):
        his, total = np.zeros(mdp.n_states), np.zeros(mdp.n_states)
        actions = np.full(mdp.n_states, -1, dtype=np.int64)
        for s, (a, agent, both) in zip(states, pick, strict=True):
            actions[s], his[s], total[s] = a, agent, both
        made.append(_Partial(his, total, (actions, *partial.actions)))
    return made, len(made)


def _bound(mdp: ContractMDP, partial: _Partial, stage: int) -> float:
    """Return the first best of the stages before, less what the agent gets unpaid."""
    welfare, his = partial.welfare, partial.his
    reward = mdp.agent_rewards + expected(mdp, mdp.principal_rewards)
    alive = ~mdp.terminal
    for _ in range(stage):
        both = reward + expected(mdp, continuation(mdp, welfare))
        own = mdp.agent_rewards + expected(mdp, continuation(mdp, his))
        welfare = np.where(alive, np.where(mdp.exists, both, -np.inf).max(axis=1), 0.0)
        his = np.where(alive, np.where(mdp.exists, own, -np.inf).max(axis=1), 0.0)
    return float(mdp.start @ (welfare - his))


def _undominated(parts: list[_Partial], states: IntArray, slack: float) -> list[_Partial]:
    """Return the partial targets that no other one beats in every state."""
    if len(parts) < 2:
        return parts
    points = np.array([np.concatenate([part.his[states], -part.welfare[states]]) for part in parts])
    order = np.argsort(points.sum(axis=1), kind="stable")
    kept: list[int] = []
    for k in order.tolist():
        if not kept or not (points[kept] <= points[k] + slack * 1e-3).all(axis=1).any():
            kept.append(k)
    return [parts[k] for k in sorted(kept)]
