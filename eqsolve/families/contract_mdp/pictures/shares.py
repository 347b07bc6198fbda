"""Who gets what: against the share in one period, beside the first best, against effort cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import NoSolutionError, UnsupportedError
from eqsolve.core.limits import Deadline, Limits
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
    legend_below,
    message,
    rows_axis,
    short,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.questions.costs import CostPoint, is_paid, largest_cost, swept
from eqsolve.families.contract_mdp.questions.one_shot import linear_contract
from eqsolve.families.contract_mdp.solution import ContractSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["agency", "costs", "curve"]

_POINTS = 25
"""Costs at which the equilibrium is drawn at most, and the seconds for all of them."""
_SECONDS = 20.0


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
            side.text(0.5, 0.5, "nothing is paid", transform=side.transAxes, ha="center",
                      va="center", fontsize=9, color=TEXT)  # fmt: skip
        rows_axis(side, [mdp.label("outcomes", o) for o in range(len(payments))], 30)
    legend_below(made, 4)


def agency(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw the first best as principal, agent and agency cost, with contracts and without.

    Each part begins where the one above it ends, so that all end at the first best, also where
    somebody gets less than nothing.
    """
    from matplotlib.patches import Patch

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
    rows = {
        "without contracts": (plain["principal"], plain["agent"]),
        "with contracts": (solution.principal_value, solution.agent_value),
    }
    parts = {"principal": BLUE, "agent": ORANGE, "lost": GREY}
    for place, (principal, agent) in enumerate(rows.values()):
        amounts = np.array([principal, agent, solution.first_best - principal - agent])
        ends = np.cumsum(amounts)
        heights = place + np.array([-0.22, 0.0, 0.22])
        made.barh(heights, amounts, 0.2, left=ends - amounts, color=list(parts.values()))
    made.axvline(0, color=TEXT, linewidth=0.8)
    made.axvline(solution.first_best, color=GREEN, linestyle="--", label="first best")
    made.plot(solution.expected_payment, 1, "D", color=RED, label="expected payments", zorder=4)
    made.use_sticky_edges = False  # room beside what begins or ends at an edge
    made.margins(x=0.04)
    rows_axis(made, list(rows))
    legend_below(made, 5, [Patch(color=color, label=name) for name, color in parts.items()])


def costs(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw what both get against the cost of effort, and where the principal stops paying."""
    largest = largest_cost(mdp)
    if not largest:
        raise UnsupportedError("costs", "no action costs the agent anything", what="picture")
    points = _points(mdp, np.linspace(0, 2 * largest, _POINTS))
    begin(figure, mdp, result, 8, 4.8)
    title = "Who gets what against the cost of effort"
    if not points:
        message(figure, title, "No equilibrium was found in time.")
        return
    made = axes(figure, title, "largest cost of an action", "value at the start")
    x = [point.cost for point in points]
    for name, color, style, label in (
        ("first_best", GREEN, "--", "first best"),
        ("principal", BLUE, "-", "principal"),
        ("agent", ORANGE, "-", "agent"),
        ("expected_payment", RED, ":", "expected payments"),
        ("no_contract", PINK, "--", "principal without contracts"),
    ):
        values = [getattr(point, name) for point in points]
        made.plot(x, values, color=color, linestyle=style, marker=".", label=label)
    unpaid = [point.cost for point in points if not is_paid(mdp, point) and point.cost > 0]
    if unpaid:
        made.axvspan(unpaid[0], x[-1], color=GREY, alpha=0.15, label="nothing is paid")
    made.axvline(largest, color=GREY, linewidth=0.8)
    legend_below(made, 3)


def _points(mdp: ContractMDP, costs: FloatArray) -> list[CostPoint]:
    """Return the equilibrium at rising costs, as many as time allows."""
    deadline = Deadline(Limits(time=_SECONDS))
    found: list[CostPoint] = []
    for cost in costs.tolist():
        if deadline.expired():
            break
        try:
            found += [point for point, _ in swept(mdp, [cost], deadline=deadline)]
        except NoSolutionError:  # stopped by the clock
            break
    return found
