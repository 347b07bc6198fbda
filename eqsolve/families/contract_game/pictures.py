"""Pictures of games of many agents: what following is worth, and where bonuses are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.result import Result
from eqsolve.drawing.style import (
    BLUE,
    ORANGE,
    axes,
    begin,
    columns_axis,
    legend_below,
    message,
    rows_axis,
)
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solution import ContractGameSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "bonuses", "shares"]

_ROWS = 60


def shares(game: ContractGame, result: Result[ContractGameSolution], figure: Figure) -> None:
    """Draw for each agent what following earns, and the bonuses that keep him from leaving."""
    title = "Following the target: rewards and bonuses"
    solution = result.solution
    begin(figure, game, result, 8, 2.6 + 0.5 * game.n_agents)
    if solution is None:
        message(figure, title, "There is no solution to draw.")
        return
    made = axes(figure, title, "value at the start", "", grid=False)
    places = np.arange(game.n_agents)
    own = game.start @ solution.unpaid_values[0]
    made.barh(places, own, 0.6, color=BLUE, label="rewards of following")
    made.barh(places, solution.cost_by_agent, 0.6, left=own, color=ORANGE, label="bonuses")
    rows_axis(made, [game.label("agents", i) for i in range(game.n_agents)])
    legend_below(made)


def bonuses(game: ContractGame, result: Result[ContractGameSolution], figure: Figure) -> None:
    """Draw where bonuses are due in stage 0: the states with the greatest ones, by agent."""
    title = "Bonuses by state and agent in stage 0"
    solution = result.solution
    if solution is None:
        begin(figure, game, result, 7, 4)
        message(figure, title, "There is no solution to draw.")
        return
    table = solution.payments[0]
    order = np.sort(np.argsort(-table.sum(axis=1), kind="stable")[:_ROWS])
    begin(figure, game, result, min(10, 5 + 0.8 * game.n_agents), min(12, 3 + 0.22 * len(order)))
    made = axes(figure, title, "agent", "state", grid=False)
    shown = made.imshow(
        table[order], cmap="Blues", aspect="auto", interpolation="nearest", vmin=0,
        vmax=max(float(table.max()), 1e-12),
    )  # fmt: skip
    figure.colorbar(shown, ax=made, label="bonus")
    columns_axis(made, [game.label("agents", i) for i in range(game.n_agents)])
    rows_axis(made, [game.label("states", s) for s in order.tolist()])


PICTURES = {"shares": shares, "bonuses": bonuses}
"""Name -> drawing function, the default first."""
