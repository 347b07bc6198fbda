"""Pictures of contracts: one period against the share, who gets what, contracts by state, learning.

The first picture fits the instance: the curve of linear contracts where there is one period, else
who gets what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.result import Result
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALETTE,
    PINK,
    RED,
    TEXT,
    axes,
    begin,
    columns_axis,
    drawing,
    legend_below,
    message,
    rows_axis,
    short,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.questions.one_shot import linear_contract
from eqsolve.families.contract_mdp.solution import ContractSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "agency", "contracts", "curve", "learning"]

_TREE = 63


def curve(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw the principal's value against the share alpha, and her best contract of any form."""
    solution = result.solution
    title = "One period: paying a share of the reward"
    if not mdp.is_one_shot or mdp.terminal[0] or (mdp.principal_rewards < 0).any():
        agency(mdp, result, figure)
        return
    begin(figure, mdp, result, 9.5, 5.2)
    grid = figure.add_gridspec(1, 2, width_ratios=(3, 1.4))
    made = axes(figure, title, "share alpha of the reward", "principal's value", at=grid[0, 0])
    linear = linear_contract(mdp)
    gains = mdp.probabilities[0] @ mdp.principal_rewards[0]
    ends = [*linear.breakpoints, 1.0]
    for k, (action, low) in enumerate(zip(linear.actions, linear.breakpoints, strict=True)):
        high = max(ends[k + 1], low)
        span = np.array([low, high])
        made.plot(
            span, (1 - span) * gains[action], color=PALETTE[k % len(PALETTE)], linewidth=2,
            label=short(mdp.label("actions", action)),
        )  # fmt: skip
        made.axvline(low, color=GREY, linewidth=0.6, linestyle=":")
    made.plot(linear.alpha, linear.principal_value, "o", color=BLUE, label="best share", zorder=4)
    made.axhline(linear.first_best, color=GREEN, linestyle="--", label="first best")
    if solution is not None:
        made.axhline(solution.principal_value, color=RED, label="best contract")
        side = axes(figure, "The contract", "payment", "", at=grid[0, 1], grid=False)
        payments = solution.contracts[0, 0, : mdp.n_outcomes_of[0]]
        side.barh(np.arange(len(payments)), payments, color=ORANGE)
        if not payments.any():
            side.set_xlim(0, 1)
        rows_axis(side, [mdp.label("outcomes", o) for o in range(len(payments))])
    legend_below(made, 4)


def agency(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw the first best as principal, agent and agency cost, with contracts and without."""
    solution = result.solution
    title = "Who gets what: the first best is shared, and a part of it is lost"
    if solution is None:
        begin(figure, mdp, result, 7.5, 4.5)
        message(figure, title, "There is no solution to draw.")
        return
    begin(figure, mdp, result, 8, 4.6)
    made = axes(figure, title, "value at the start", "", grid=False)
    made.grid(axis="x", color="#E5E5E5", linewidth=0.8)
    made.set_axisbelow(True)
    plain = solution.no_contract
    rows = [
        ("without contracts", plain["principal"], plain["agent"], solution.first_best),
        ("with contracts", solution.principal_value, solution.agent_value, solution.first_best),
    ]
    for place, (_, principal, agent, first) in enumerate(rows):
        last = place == len(rows) - 1
        parts = (
            (principal, BLUE, "principal"), (agent, ORANGE, "agent"),
            (first - principal - agent, GREY, "lost" if place == 0 else "agency cost"),
        )  # fmt: skip
        above = below = 0.0
        for amount, color, name in parts:
            left = above if amount >= 0 else below
            shown = name if last else "_"
            made.barh(place, amount, 0.55, left=left, color=color, label=shown)
            if amount >= 0:
                above += amount
            else:
                below += amount
    made.axvline(solution.first_best, color=GREEN, linestyle="--", label="first best")
    made.plot(solution.expected_payment, 1, "D", color=RED, label="expected payments", zorder=4)
    rows_axis(made, [row[0] for row in rows])
    legend_below(made, 5)


def contracts(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw the payments of the first stages by state and outcome; a binary tree as a tree."""
    solution = result.solution
    title = "Payments by state and outcome"
    if solution is None:
        begin(figure, mdp, result, 7.5, 4.5)
        message(figure, title, "There is no solution to draw.")
        return
    if _is_tree(mdp):
        _tree(mdp, result, solution, figure)
        return
    alive = np.flatnonzero(~mdp.terminal)[:60]
    begin(figure, mdp, result, min(12, 5 + 0.5 * mdp.n_outcomes), min(12, 3 + 0.25 * len(alive)))
    stage = "" if solution.is_stationary or len(solution.actions) == 1 else " in stage 0"
    made = axes(figure, f"{title}{stage}", "outcome", "state", grid=False)
    table = solution.contracts[0, alive]
    shown = made.imshow(
        table, cmap="Blues", aspect="auto", interpolation="nearest", vmin=0,
        vmax=max(float(table.max(initial=0.0)), 1e-12),
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
                vmax=max(float(paid.max()), 1e-12), edgecolors="black", zorder=2,
                label=mdp.label("actions", action),
            )  # fmt: skip
    figure.colorbar(shown, ax=made, label="expected payment")
    if n <= 15:
        for s in range(n):
            made.annotate(
                f"{solution.agent_values[stage[s], s]:.2g}", (x[s], -depth[s]), xytext=(0, -16),
                textcoords="offset points", ha="center", fontsize=8, color=TEXT,
            )  # fmt: skip
    legend_below(made, 4)


def learning(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw the learning curve against the equilibrium."""
    solution = result.solution
    title = "Learned contracts against an agent who answers as well as he can"
    begin(figure, mdp, result, 8, 4.8)
    told: Any = None if solution is None else solution.learning
    if told is None:
        message(figure, title, "Nothing was learned: solve with --method q_learning.")
        return
    made = axes(figure, title, "episodes", "principal's value")
    made.plot(told["episodes"], told["principal_value"], "o-", color=BLUE, label="learned")
    if told.get("spe") is not None:
        made.axhline(told["spe"], color=RED, label="equilibrium")
    assert solution is not None
    made.axhline(
        solution.no_contract["principal"], color=PINK, linestyle="--", label="without contracts"
    )
    legend_below(made)


PICTURES = {"curve": curve, "agency": agency, "contracts": contracts, "learning": learning}
"""Name -> drawing function, the default first."""
