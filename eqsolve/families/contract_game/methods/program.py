"""The reference: for each agent a linear program over what he is paid.

Variables are his **rents**, what he gets in payments from each stage and state on: ``x >= 0``. The
bonus for following is his rent less what he expects of later rents, and it is >= 0; no deviation
after which he follows again may gain, whatever else is promised for it: promises for deviations
only tempt, so that there are none. The sum of the rents is as small as can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.contract_game.dynamics import Lotteries
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.methods.base import GameMethod, Plan, planned, wrapped
from eqsolve.families.contract_game.solution import ContractGameSolution

__all__ = ["Program"]

_MOST = 200_000


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
        from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
        from eqsolve.algorithms.programs.linear import maximize_linear

        lotteries = Lotteries(instance)
        plan = planned(instance, lotteries, deadline)
        if plan is None:
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit)
        rents, payments = np.zeros_like(plan.unpaid), np.zeros_like(plan.unpaid)
        unit = max(instance.scale, 1e-300)  # HiGHS knows absolute tolerances only
        for i in range(instance.n_agents):
            rows = _rows(instance, lotteries, plan, i)
            answer = solved_or_stopped(
                maximize_linear(-np.ones(rows.width), rows.matrix(), rows.right() / unit, deadline),
                "bonuses above all that there is to gain always do",
            )
            if isinstance(answer, Stopped):
                return Outcome(status=Status.UNKNOWN, limit=answer.limit)
            rents[:, :, i] = answer.values.reshape(plan.joint.shape) * unit
        states = np.arange(instance.n_states)
        for t, joint in enumerate(plan.joint):
            after = lotteries.expected(_following(instance, rents, t))
            payments[t] = np.maximum(rents[t] - after[instance.moves[states, joint]], 0.0)
        return wrapped(instance, plan, payments, plan.unpaid + rents, method=self.name, counts={})


def _following(game: ContractGame, table: FloatArray, stage: int) -> FloatArray:
    """Return the row of a table (T, ...) for the next stage, 0 after the last one."""
    later = stage if game.horizon is None else stage + 1
    row: FloatArray = table[later] if later < len(table) else np.zeros(table.shape[1:])
    return row


def _rows(game: ContractGame, lotteries: Lotteries, plan: Plan, agent: int) -> Any:
    """Return the program of one agent, ``discount * later rents - rent <= -gain``."""
    from eqsolve.algorithms.programs.rows import Rows

    stages, n = plan.joint.shape
    states, rows = np.arange(n), Rows(stages * n)
    for t, joint in enumerate(plan.joint):
        later = t if game.horizon is None else t + 1
        _, menus, own = lotteries.followed(joint)
        menu = menus[agent]
        after = lotteries.expected(_following(game, plan.unpaid[:, :, agent], t))
        gain = menu.worth(after) - plan.unpaid[t, :, agent]
        gain[own[agent], states] = 0.0
        for a, moves in enumerate(menu.moves):
            terms: list[tuple[Any, Any, Any]] = [(states, states + t * n, -1.0)]
            if later < stages:
                now, then, chances = lotteries.moves(moves)
                terms.append((now, then + later * n, game.discount * chances))
            rows.at_most(-gain[a], *terms)
    return rows
