"""The reference: for each agent a linear program over payments for every joint action.

Variables are the agent's value of following from each stage and state on, and payments >= 0 for
each stage, state and joint action in which the others follow; at least as good as every deviation
after which he follows again. The sum of the values is as small as can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.contract_game.dynamics import Lotteries, options_of
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.methods.base import GameMethod, planned, wrapped
from eqsolve.families.contract_game.solution import ContractGameSolution

__all__ = ["Program"]

_MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Program(GameMethod):
    """A linear program for each agent, by HiGHS: slow, and independent of CON-16."""

    name: ClassVar[str] = "lp"
    summary: ClassVar[str] = "a linear program over all payments for each agent; the reference"
    theorem: ClassVar[str] = "CON-16"
    cost: ClassVar[str] = "a program of stages x states x own actions for each agent"

    def supports(self, instance: ContractGame) -> str | None:
        """Return a reason for programs that are too large."""
        size = (instance.horizon or 1) * instance.n_states * max(instance.sizes)
        return f"its programs would have {size} rows" if size > _MOST else None

    def run(
        self, instance: ContractGame, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractGameSolution]:
        """Solve; `rng` is not used."""
        lotteries = Lotteries(instance)
        plan = planned(instance, lotteries, deadline)
        if plan is None:
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit)
        replies, payments = np.zeros_like(plan.unpaid), np.zeros_like(plan.unpaid)
        for i in range(instance.n_agents):
            if deadline.expired():
                return Outcome(status=Status.UNKNOWN, limit=deadline.limit)
            replies[:, :, i], payments[:, :, i] = _agent(instance, lotteries, plan.joint, i)
        return wrapped(instance, plan, payments, replies, method=self.name, counts={})


def _agent(
    game: ContractGame, lotteries: Lotteries, joint: IntArray, agent: int
) -> tuple[FloatArray, FloatArray]:
    """Return values of following and bonuses of one agent, each (T, S)."""
    from scipy.optimize import linprog

    stages, n = joint.shape
    size = game.sizes[agent]
    cells = stages * n
    step = int(np.prod(game.sizes[agent + 1 :], dtype=np.int64))
    upper, right, equal, constants = [], [], [], []
    for t in range(stages):
        options = options_of(game, joint[t], agent)
        following = t + 1 if game.horizon is not None else t
        for s in range(n):
            own = int(joint[t, s] // step % size)
            for a in range(size):
                j = options[s, a]
                row = np.zeros(cells + cells * size)
                row[cells + (t * n + s) * size + a] = 1.0
                if following < stages:
                    chances = lotteries.matrix[[game.moves[s, j]]].toarray()[0]
                    row[following * n : following * n + n] += game.discount * chances
                if a == own:
                    row[t * n + s] -= 1.0
                    equal.append(row)
                    constants.append(-game.rewards[agent, s, j])
                else:
                    row[t * n + s] -= 1.0
                    upper.append(row)
                    right.append(-game.rewards[agent, s, j])
    cost = np.zeros(cells + cells * size)
    cost[:cells] = 1.0
    bounds = [(None, None)] * cells + [(0, None)] * (cells * size)
    found = linprog(
        cost, A_ub=np.array(upper) if upper else None, b_ub=right or None, A_eq=np.array(equal),
        b_eq=constants, bounds=bounds, method="highs",
    )  # fmt: skip
    if found.status != 0:
        raise BackendError(f"HiGHS: {found.message}")
    values = found.x[:cells].reshape(stages, n)
    paid = found.x[cells:].reshape(stages, n, size)
    own_action = joint // step % size
    return values, np.take_along_axis(paid, own_action[:, :, None], axis=2)[:, :, 0]
