"""A target and its bonuses evaluated, last stage first: values, temptations, and who gets too much.

Of every condition only the worst state of each stage and agent is kept, so that a long game of many
states takes no more memory than its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.contract_game.solution import ContractGameSolution
from eqsolve.families.contract_game.verify.values import Model, Options

__all__ = ["TABLES", "Play", "Worst", "play_target"]

TABLES = ("agent_values", "unpaid_values", "best_reply_values")
"""Claimed values, in the order in which they are computed: paid, unpaid, best replies."""


class Worst:
    """The worst state of each stage and agent in some condition.

    Attributes
    ----------
    amount, size : by how much it is broken there, and the numbers compared, shape (T, n).
    state : where, shape (T, n).
    told, true : the numbers claimed and computed there, where there are such.
    """

    def __init__(self, shape: tuple[int, int], tolerances: Tolerances, scale: float) -> None:
        self.tolerances, self.scale = tolerances, scale
        self.amount, self.size, self.told, self.true = np.zeros((4, *shape))
        self.state = np.zeros(shape, dtype=np.int64)

    def see(
        self,
        stage: int,
        amount: FloatArray,
        size: FloatArray,
        told: FloatArray | None = None,
        true: FloatArray | None = None,
    ) -> None:
        """Keep the worst state of a stage; arrays are (S, n)."""
        excess = self.tolerances.excess(amount, size, self.scale)
        state = np.where(np.isnan(excess), np.inf, excess).argmax(axis=0)
        at = state, np.arange(len(state))
        self.state[stage] = state
        self.amount[stage], self.size[stage] = amount[at], size[at]
        if told is not None and true is not None:
            self.told[stage], self.true[stage] = told[at], true[at]


@dataclass(slots=True)
class Play:
    """What following a target is worth.

    Attributes
    ----------
    unpaid, replies : at the first stage, shape (S, n).
    best : greatest welfare at the first stage, shape (S,).
    tempted, excess : what agents gain by leaving once, and get beyond their best replies.
    off : by how much claimed values are wrong.
    """

    tempted: Worst
    excess: Worst
    off: dict[str, Worst]
    unpaid: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    replies: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    best: FloatArray = field(default_factory=lambda: np.zeros(0))


class _Stage:
    """The options of every agent while the others follow a profile (S, n)."""

    def __init__(self, model: Model, profile: IntArray) -> None:
        self.profile = profile
        self.open = [model.own_options(profile, i) for i in range(model.game.n_agents)]
        self.alone = [model.chosen(options, profile[:, i]) for i, options in enumerate(self.open)]


def play_target(
    model: Model, solution: ContractGameSolution, tolerances: Tolerances, scale: float
) -> Play:
    """Return the play; every comparison is relative, `scale` is the floor of rounding."""
    game = model.game
    stages, n, agents = solution.payments.shape
    new = [Worst((stages, agents), tolerances, scale) for _ in range(2 + len(TABLES))]
    play = Play(new[0], new[1], dict(zip(TABLES, new[2:], strict=True)))
    everything, largest = model.all_options(), game.scale
    here = _Stage(model, solution.target[-1])
    values = np.zeros((3, n, agents))  # paid, unpaid, replies
    best = np.zeros(n)
    if game.horizon is None:
        values = _stationary(model, here, solution.payments[0])
        best = model.best_forever(everything)
    for t in range(stages - 1, -1, -1):
        if not np.array_equal(solution.target[t], here.profile):
            here = _Stage(model, solution.target[t])
        bonus = solution.payments[t]
        if game.horizon is not None:
            best = everything.worth(model.after(best)).max(axis=0)
        after = model.after(np.column_stack(list(values)))
        values, tempted = np.zeros((3, n, agents)), np.zeros((n, agents))
        for i in range(agents):
            paid, unpaid, replies = (after[:, k * agents + i] for k in range(3))
            alone, open_ = here.alone[i], here.open[i]
            values[0, :, i] = alone.worth(paid)[0] + bonus[:, i]
            values[1, :, i] = alone.worth(unpaid)[0]
            values[2, :, i] = open_.worth(replies).max(axis=0)
            tempted[:, i] = open_.worth(paid).max(axis=0) - values[0, :, i]
        size = np.maximum(np.abs(values[0]), largest)
        play.tempted.see(t, tempted, size)
        play.excess.see(t, values[0] - values[2], size)
        for key, true in zip(TABLES, values, strict=True):
            told = getattr(solution, key)[t]
            play.off[key].see(t, np.abs(told - true), np.abs(true), told, true)
    play.unpaid, play.replies, play.best = values[1], values[2], best
    return play


def _stationary(model: Model, here: _Stage, bonus: FloatArray) -> FloatArray:
    """Return values without a horizon: paid, unpaid and of best replies, (3, S, n)."""
    agents = range(model.game.n_agents)
    begin = np.zeros(model.game.n_states)
    paid = [
        model.forever(Options(here.alone[i].rewards + bonus[:, i], here.alone[i].moves), begin)
        for i in agents
    ]
    unpaid = [model.forever(here.alone[i], begin) for i in agents]
    replies = [model.best_forever(here.open[i]) for i in agents]
    return np.array([np.column_stack(part) for part in (paid, unpaid, replies)])
