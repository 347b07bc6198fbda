"""Pictures of Fisher markets: who spends what on which good, who gets what, at which prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.result import Result
from eqsolve.drawing.heat_map import Bars, heat_map, heat_map_size
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    axes,
    begin,
    legend_below,
    message,
    rows_axis,
)
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.solution import FisherSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "allocation", "prices", "spending"]

_BARS = 60
"""Goods shown as bars."""


def spending(market: FisherMarket, result: Result[FisherSolution], figure: Figure) -> None:
    """Draw what each buyer spends on each good, with prices above and budgets beside."""
    solution = result.solution
    money = None
    if solution is not None:
        money = np.asarray(solution.allocation, float) * np.asarray(solution.prices, float)
    title = "Spending of each buyer on each good"
    _heat_map(market, result, figure, title, money, "money")


def allocation(market: FisherMarket, result: Result[FisherSolution], figure: Figure) -> None:
    """Draw which share of each good each buyer gets, with prices above and budgets beside."""
    solution = result.solution
    shares = None
    if solution is not None:
        shares = np.asarray(solution.allocation, float) / np.asarray(market.supplies, float)
    _heat_map(market, result, figure, "Share of each good that each buyer gets", shares, "share")


def prices(market: FisherMarket, result: Result[FisherSolution], figure: Figure) -> None:
    """Draw the price of each good and the money spent on all of it, the dearest first."""
    solution, title = result.solution, "Prices, and money spent on each good"
    shown = min(market.n_goods, _BARS)
    begin(figure, market, result, 8, min(13, 2.4 + 0.2 * shown))
    if solution is None or market.n_goods == 0:
        message(figure, title, _nothing(market))
        return
    price = np.asarray(solution.prices, float)
    order = np.argsort(-price, kind="stable")[:shown]
    if shown < market.n_goods:
        title += f" ({shown} dearest of {market.n_goods} goods)"
    grid = figure.add_gridspec(1, 2)
    left = axes(figure, title, "price (money per unit of good)", "", at=grid[0])
    right = axes(figure, "", "money spent on the good", "", at=grid[1], sharey=left)
    rows = np.arange(shown)
    left.barh(rows, price[order], color=BLUE)
    right.barh(rows, (solution.allocation.sum(axis=0) * price)[order], color=GREEN)
    right.tick_params(labelleft=False)
    rows_axis(left, [market.label("goods", int(j)) for j in order])


def _heat_map(
    market: FisherMarket,
    result: Result[FisherSolution],
    figure: Figure,
    title: str,
    table: FloatArray | None,
    unit: str,
) -> None:
    """Draw a table of buyers and goods, prices above it, budgets on its right."""
    n, m, solution = market.n_buyers, market.n_goods, result.solution
    begin(figure, market, result, *heat_map_size(n, m))
    if solution is None or table is None or not table.size:
        message(figure, title, _nothing(market))
        return
    budgets = np.asarray(market.budgets, float)
    spent = budgets - np.nan_to_num(np.asarray(solution.leftover, float))
    money = [(spent, GREEN, "spent")]
    if (budgets - spent > 1e-9 * budgets).any():
        money.append((budgets - spent, GREY, "kept"))
    names = (
        [market.label("buyers", i) for i in range(n)],
        [market.label("goods", j) for j in range(m)],
    )
    price = np.asarray(solution.prices, float)
    _, side = heat_map(
        figure, title, table, unit, names,
        above=Bars("price", [(price, ORANGE, "")]), beside=Bars("money", money),
    )  # fmt: skip
    legend_below(side)


def _nothing(market: FisherMarket) -> str:
    """Return why there is nothing to draw."""
    if market.n_buyers == 0 or market.n_goods == 0:
        return f"Nothing can be sold: buyers {market.n_buyers}, goods {market.n_goods}."
    return "There is no solution to draw: raise the time limit or try another method."


PICTURES = {"spending": spending, "allocation": allocation, "prices": prices}
