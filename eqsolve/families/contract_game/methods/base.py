"""Base of the methods: the welfare optimum, values of following, and how answers are wrapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, sealed
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Bounds, Outcome, Sense
from eqsolve.core.status import Status
from eqsolve.families.contract_game.dynamics import (
    TIE,
    Lotteries,
    first_near,
    joint_index,
    own_actions,
    stationary_best,
)
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solution import ContractGameSolution

__all__ = ["GameMethod", "Plan", "planned", "wrapped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GameMethod(Method[ContractGame, ContractGameSolution]):
    """Base of the methods."""

    sense: ClassVar[Sense] = "minimize"
    source: ClassVar[str] = (
        "Monderer, D. and Tennenholtz, M. (2004). K-implementation. "
        "Journal of Artificial Intelligence Research 21, 37-62."
    )


@dataclass(slots=True)
class Plan:
    """A target, and what following it is worth unpaid: joint (T, S), values (T, S, n)."""

    joint: IntArray
    unpaid: FloatArray
    welfare: float
    best_welfare: float


def planned(game: ContractGame, lotteries: Lotteries, deadline: Deadline) -> Plan | None:
    """Return the target, given or of the greatest welfare (lowest joint index among equals).

    None when stopped. Cost O(T S J) for the welfare, O(T S n) for the values of following.
    """
    everything = lotteries.everything()
    given = None if game.target is None else joint_index(game, game.target)
    if game.horizon is None:
        best, choice = stationary_best(lotteries, everything)
        joint = choice if given is None else given[0]
        alone = lotteries.followed(joint).alone()
        unpaid = np.column_stack([lotteries.forever(menu) for menu in alone])[None]
        return _plan(game, joint[None], unpaid, best)
    best = np.zeros(game.n_states)
    joints = np.empty((game.horizon, game.n_states), dtype=np.int64)
    unpaid = np.zeros((game.horizon, game.n_states, game.n_agents))
    later = np.zeros((game.n_states, game.n_agents))
    noise = 1e-13 * game.scale
    for t in reversed(range(game.horizon)):
        if deadline.expired():
            return None
        worth = everything.worth(lotteries.expected(best))
        best = worth.max(axis=0)
        if given is None:
            joints[t] = first_near(worth, np.maximum(TIE * np.abs(best), noise))
        else:
            joints[t] = given[min(t, len(given) - 1)]
        after = lotteries.expected(later)
        later = unpaid[t]
        for i, menu in enumerate(lotteries.followed(joints[t]).alone()):
            later[:, i] = menu.worth(after[:, i])[0]
    return _plan(game, joints, unpaid, best)


def _plan(game: ContractGame, joint: IntArray, unpaid: FloatArray, best: FloatArray) -> Plan:
    """Return the plan with its welfare; `best` (S,) is the greatest."""
    welfare = float(game.start @ unpaid[0].sum(axis=1))
    return Plan(joint, unpaid, welfare, float(game.start @ best))


def wrapped(
    game: ContractGame,
    plan: Plan,
    payments: FloatArray,
    replies: FloatArray,
    *,
    method: str,
    counts: Mapping[str, int],
) -> Outcome[ContractGameSolution]:
    """Return the outcome for bonuses and best-reply values, each (T, S, n)."""
    by_agent = game.start @ (replies[0] - plan.unpaid[0])
    by_agent = np.where(np.abs(by_agent) <= 1e-13 * game.scale, 0.0, by_agent)
    cost = float(by_agent.sum())
    profile = np.empty(plan.unpaid.shape, dtype=np.int64)
    for i in range(game.n_agents):
        profile[:, :, i] = own_actions(game, plan.joint, i)
    replies = sealed(replies)
    solution = ContractGameSolution(
        target=sealed(profile),
        payments=sealed(payments),
        agent_values=replies,
        unpaid_values=sealed(plan.unpaid),
        best_reply_values=replies,
        cost_by_agent=sealed(by_agent),
        cost=cost,
        welfare=plan.welfare,
        best_welfare=plan.best_welfare,
        share=cost / plan.welfare if plan.welfare > 0 else None,
    )
    words = (
        "whoever is to follow must get at least what his best reply earns unpaid, which is what "
        "he gets"
    )
    return Outcome(
        status=Status.SOLVED,
        solution=solution,
        objective=cost,
        bounds=Bounds(lower=cost, upper=cost, source="certified"),
        certificate=BoundCertificate(cost, "certified", words),
        method=method,
        counts=dict(counts),
    )
