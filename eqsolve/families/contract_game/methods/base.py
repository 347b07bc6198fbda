"""Base of the methods: the welfare optimum, values of following, and how answers are wrapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Bounds, Outcome, Sense
from eqsolve.core.status import Status
from eqsolve.families.contract_game.dynamics import (
    TIE,
    Lotteries,
    joint_index,
    stationary_best,
    stationary_value,
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
    total = game.rewards.sum(axis=0)
    rows = np.arange(game.n_states)
    given = None if game.target is None else joint_index(game, game.target)
    if game.horizon is None:
        every = np.broadcast_to(np.arange(total.shape[1]), total.shape)
        best, choice = stationary_best(lotteries, total, every)
        joint = choice if given is None else given[0]
        values = [stationary_value(lotteries, table, joint) for table in game.rewards]
        unpaid = np.column_stack(values)[None]
        top = float(game.start @ best)
        return Plan(joint[None], unpaid, float(game.start @ unpaid[0].sum(axis=1)), top)
    best = np.zeros(game.n_states)
    joints = np.empty((game.horizon, game.n_states), dtype=np.int64)
    unpaid = np.zeros((game.horizon + 1, game.n_states, game.n_agents))
    for t in reversed(range(game.horizon)):
        if deadline.expired():
            return None
        worth = total + lotteries.expected(best)[game.moves]
        best = worth.max(axis=1)
        near = worth >= (best - np.maximum(TIE * np.abs(best), 1e-13 * game.scale))[:, None]
        choice = near.argmax(axis=1) if given is None else given[min(t, len(given) - 1)]
        joints[t] = choice
        moves = game.moves[rows, choice]
        unpaid[t] = game.rewards[:, rows, choice].T + lotteries.expected(unpaid[t + 1])[moves]
    welfare = float(game.start @ unpaid[0].sum(axis=1))
    return Plan(joints, unpaid[:-1], welfare, float(game.start @ best))


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
    profile = np.stack(np.unravel_index(plan.joint, game.sizes), axis=-1)
    solution = ContractGameSolution(
        target=read_only(profile.astype(np.int64)),
        payments=read_only(payments),
        agent_values=read_only(replies),
        unpaid_values=read_only(plan.unpaid),
        best_reply_values=read_only(replies),
        cost_by_agent=read_only(by_agent),
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
