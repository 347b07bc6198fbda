"""Pictures of assignment markets: who trades with whom, and between which prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.result import Result
from eqsolve.markets.assignment.instance import AssignmentMarket
from eqsolve.markets.assignment.solution import AssignmentSolution
from eqsolve.plots.style import BLUE, GREY, ORANGE, RED, axes, legend_below, rows_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "matching", "price_intervals"]


def price_intervals(
    market: AssignmentMarket, result: Result[AssignmentSolution], figure: Figure
) -> None:
    """Draw the interval of equilibrium prices of each seller, and the price chosen in it."""
    solution = result.require()
    m = market.n_sellers
    figure.set_size_inches(8, min(12, max(3.2, 1.6 + 0.24 * m)))
    made = axes(figure, "Equilibrium prices of each seller", "price (units of value)", "")
    rows = np.arange(m)
    thick = max(2.0, min(7.0, 240 / max(m, 1)))
    low, high = (np.asarray(end, float) for end in (solution.price_min, solution.price_max))
    made.hlines(rows, low, high, color=BLUE, linewidth=thick, alpha=0.45, label="least to greatest")
    made.plot(np.asarray(solution.prices, float), rows, "o", color=BLUE, ms=4, label="chosen price")
    if market.reserves.any():
        reserves = np.asarray(market.reserves, float)
        made.plot(reserves, rows, "|", color=RED, ms=9, mew=2, label="reserve")
    unsold = np.setdiff1d(rows, solution.matching)
    if len(unsold):
        made.plot(
            np.asarray(solution.prices, float)[unsold], unsold, "o", mfc="white", color=GREY, ms=6,
            label="unsold",
        )  # fmt: skip
    rows_axis(made, [market.label("sellers", j) for j in range(m)])
    legend_below(made, 4)


def matching(market: AssignmentMarket, result: Result[AssignmentSolution], figure: Figure) -> None:
    """Draw buyers on the left, sellers on the right, trades as lines with their prices."""
    solution = result.require()
    n, m = market.n_buyers, market.n_sellers
    figure.set_size_inches(7, min(14, max(3.2, 1.2 + 0.26 * max(n, m, 1))))
    made = axes(figure, f"Trades (welfare {solution.welfare:.6g})", "", "", grid=False)
    made.set_axis_off()
    # Trading partners face each other, so that no two lines cross.
    buyers = sorted(range(n), key=lambda i: (solution.matching[i] < 0, i))
    place = {
        int(solution.matching[i]): row for row, i in enumerate(buyers) if solution.matching[i] >= 0
    }
    rest = [j for j in range(m) if j not in place]
    free = [row for row in range(max(n, m)) if row not in place.values()]
    place |= dict(zip(rest, free, strict=False))
    size = max(5.0, min(9.0, 420 / max(n, m, 1)))
    for row, buyer in enumerate(buyers):
        seller = int(solution.matching[buyer])
        made.text(-0.03, row, market.label("buyers", buyer), ha="right", va="center", fontsize=size)
        made.plot([0], [row], "o", color=BLUE if seller >= 0 else "white", mec=BLUE, ms=5)
        if seller >= 0:
            made.plot([0, 1], [row, place[seller]], "-", color=GREY, linewidth=1.2, zorder=0)
            price, value = solution.prices[seller], market.values[buyer, seller]
            made.text(
                0.5, row, f"value {value:.5g}, price {price:.5g}", ha="center", va="center",
                fontsize=size - 1, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )  # fmt: skip
    sold = set(solution.matching.tolist())
    for seller, row in place.items():
        made.text(1.03, row, market.label("sellers", seller), ha="left", va="center", fontsize=size)
        made.plot([1], [row], "s", color=ORANGE if seller in sold else "white", mec=ORANGE, ms=5)
    made.set_xlim(-0.35, 1.35)
    made.set_ylim(max(n, m, 1) - 0.4, -0.6)


PICTURES = {"prices": price_intervals, "matching": matching}
