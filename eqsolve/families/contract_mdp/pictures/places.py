"""Where bonuses are due: payments by state and outcome, on a grid, or at the nodes of a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    GREY,
    TEXT,
    axes,
    begin,
    columns_axis,
    drawing,
    end_of_scale,
    legend_below,
    message,
    rows_axis,
    short,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["contracts"]

_TREE = 63
_CELLS = 400
"""Nodes of a tree, and cells of a grid, up to which they are drawn."""


def contracts(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw the payments of the first stages by state and outcome; trees and grids as such."""
    solution = result.solution
    title = "Payments by state and outcome"
    if solution is None:
        begin(figure, mdp, result, 7.5, 4.5)
        message(figure, title, "There is no solution to draw.")
        return
    if _is_tree(mdp):
        _tree(mdp, result, solution, figure)
        return
    shape = _grid_of(mdp)
    if shape is not None:
        _grid(mdp, result, solution, figure, shape)
        return
    alive = np.flatnonzero(~mdp.terminal)[:60]
    begin(figure, mdp, result, min(12, 5 + 0.5 * mdp.n_outcomes), min(12, 3 + 0.25 * len(alive)))
    stage = "" if solution.is_stationary or len(solution.actions) == 1 else " in stage 0"
    made = axes(figure, f"{title}{stage}", "outcome", "state", grid=False)
    table = solution.contracts[0, alive]
    shown = made.imshow(
        table, cmap="Blues", aspect="auto", interpolation="nearest", vmin=0,
        vmax=end_of_scale(table),
    )  # fmt: skip
    figure.colorbar(shown, ax=made, label="payment")
    columns_axis(made, [mdp.label("outcomes", o) for o in range(mdp.n_outcomes)])
    rows_axis(
        made,
        [
            f"{mdp.label('states', s)}: {mdp.label('actions', int(solution.actions[0, s]))}"
            for s in alive.tolist()
        ],
    )


def _is_tree(mdp: ContractMDP) -> bool:
    """Return whether states are the nodes of a complete binary tree, small enough to be drawn."""
    n = mdp.n_states
    if mdp.n_outcomes != 2 or mdp.successors.shape[2] != 1 or not 3 <= n <= _TREE:
        return False
    below = 2 * np.arange(n)[:, None] + np.array([1, 2])
    return bool((mdp.successors[:, :, 0] == np.where(below < n, below, -1)).all())


def _tree(
    mdp: ContractMDP,
    result: Result[ContractSolution],
    solution: ContractSolution,
    figure: Figure,
) -> None:
    """Draw the tree: actions by shape, payments by color, what the agent gets as numbers."""
    n = mdp.n_states
    depth = np.floor(np.log2(np.arange(n) + 1)).astype(int)
    levels = int(depth.max()) + 1
    begin(figure, mdp, result, min(13, 3 + 0.45 * 2 ** (levels - 1)), 1.5 + 1.1 * levels)
    made = drawing(figure, "Payments at each node: left on outcome 0, right on outcome 1")
    x = (np.arange(n) - (2**depth - 1) + 0.5) / 2**depth
    stage = np.minimum(depth, len(solution.actions) - 1)
    actions = solution.actions[stage, np.arange(n)]
    paid = (mdp.probabilities[np.arange(n), np.maximum(actions, 0)]
            * solution.contracts[stage, np.arange(n)]).sum(axis=1)  # fmt: skip
    for s in range(n):
        for child in (2 * s + 1, 2 * s + 2):
            if child < n:
                made.plot([x[s], x[child]], [-depth[s], -depth[child]], color=GREY, zorder=1)
    for action, marker in zip(range(mdp.n_actions), "osD^vP*X", strict=False):
        here = actions == action
        if here.any():
            shown = made.scatter(
                x[here], -depth[here], c=paid[here], marker=marker, s=90, cmap="Blues", vmin=0,
                vmax=end_of_scale(paid), edgecolors="black", zorder=2,
                label=mdp.label("actions", action),
            )  # fmt: skip
    figure.colorbar(shown, ax=made, label="expected payment")
    if n <= 15:
        for s in range(n):
            made.annotate(
                written(solution.agent_values[stage[s], s], 2), (x[s], -depth[s]), xytext=(0, -16),
                textcoords="offset points", ha="center", fontsize=8, color=TEXT,
            )  # fmt: skip
    legend_below(made, 4)


def _grid_of(mdp: ContractMDP) -> tuple[int, int] | None:
    """Return rows and columns where the metadata say that states are cells of a grid."""
    shape = mdp.metadata.get("grid")
    if not isinstance(shape, list | tuple) or len(shape) != 2:
        return None
    if not all(isinstance(size, int) and size > 0 for size in shape):
        return None
    rows, columns = shape
    return (rows, columns) if rows * columns == mdp.n_states <= _CELLS else None


def _grid(
    mdp: ContractMDP,
    result: Result[ContractSolution],
    solution: ContractSolution,
    figure: Figure,
    shape: tuple[int, int],
) -> None:
    """Draw the grid in stage 0: what is paid by color, the action and what the agent gets."""
    rows, columns = shape
    begin(figure, mdp, result, min(13, 2.5 + 1.15 * columns), min(13, 1.8 + 0.95 * rows))
    stage = "" if solution.is_stationary or len(solution.actions) == 1 else " in stage 0"
    made = axes(figure, f"What is paid{stage}: action, agent's value", "column", "row", grid=False)
    actions = solution.actions[0]
    states = np.arange(mdp.n_states)
    paid = (mdp.probabilities[states, np.maximum(actions, 0)] * solution.contracts[0]).sum(axis=1)
    table = np.where(actions < 0, np.nan, paid).reshape(rows, columns)
    top = end_of_scale(paid)
    shown = made.imshow(table, cmap="Blues", vmin=0, vmax=top, aspect="auto")
    figure.colorbar(shown, ax=made, label="expected payment")
    made.set_xticks(range(columns))
    made.set_yticks(range(rows))
    for s in states[actions >= 0].tolist():
        worth = written(solution.agent_values[0, s], 2)
        words = f"{short(mdp.label('actions', int(actions[s])), 9)}\n{worth}"
        color = "white" if paid[s] > 0.6 * top else TEXT
        made.text(
            s % columns, s // columns, words, ha="center", va="center", fontsize=7, color=color
        )
