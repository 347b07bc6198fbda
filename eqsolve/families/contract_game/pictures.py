"""Pictures of games of many agents: what following is worth, and where bonuses are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from eqsolve.core.errors import UnsupportedError
from eqsolve.core.result import Result
from eqsolve.drawing.style import (
    BLUE,
    ORANGE,
    RED,
    axes,
    begin,
    columns_axis,
    end_of_scale,
    legend_below,
    message,
    rows_axis,
    whole_numbers,
)
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solution import ContractGameSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "bonuses", "horizon", "shares"]

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
        vmax=end_of_scale(table),
    )  # fmt: skip
    figure.colorbar(shown, ax=made, label="bonus")
    columns_axis(made, [game.label("agents", i) for i in range(game.n_agents)])
    rows_axis(made, [game.label("states", s) for s in order.tolist()])


def horizon(game: ContractGame, result: Result[ContractGameSolution], figure: Figure) -> None:
    """Draw welfare, bonuses and their share against the number of periods left."""
    if game.horizon is None:
        raise UnsupportedError("horizon", "the game has no end", what="picture")
    title = "What steering costs against the number of periods left"
    solution = result.solution
    begin(figure, game, result, 8, 4.8)
    if solution is None:
        message(figure, title, "There is no solution to draw.")
        return
    # The target from stage t on is the target of a game with T - t periods.
    left = game.horizon - np.arange(game.horizon)
    welfare = (solution.unpaid_values @ np.ones(game.n_agents)) @ game.start
    gained = (solution.best_reply_values - solution.unpaid_values) @ np.ones(game.n_agents)
    cost = gained @ game.start
    made = axes(figure, title, "periods left", "at the start")
    made.plot(left, welfare, color=BLUE, marker=".", label="welfare")
    made.plot(left, cost, color=ORANGE, marker=".", label="bonuses")
    beside = made.twinx()
    beside.spines["top"].set_visible(False)
    beside.set_ylabel("bonuses as a share of welfare")
    share = np.where(welfare > 0, cost / np.where(welfare > 0, welfare, 1.0), np.nan)
    beside.plot(left, share, color=RED, linestyle="--", label="share")
    beside.yaxis.set_major_formatter(PercentFormatter(1.0))
    beside.set_ylim(0, 1.05 * float(np.nanmax(share, initial=0.0)) or 1.0)
    whole_numbers(made.xaxis)
    legend_below(made, 3, beside.get_legend_handles_labels()[0])


PICTURES = {"shares": shares, "bonuses": bonuses, "horizon": horizon}
"""Name -> drawing function, the default first."""
