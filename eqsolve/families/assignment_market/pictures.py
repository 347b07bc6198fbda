"""Pictures of assignment markets: who trades with whom, between which prices, and the auction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREY,
    ORANGE,
    PALETTE,
    RED,
    TEXT,
    axes,
    begin,
    drawing,
    end_labels,
    legend_below,
    message,
    rows_axis,
    short,
    whole_numbers,
)
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "matching", "price_intervals", "price_path"]

_ROWS = 60
"""Rows that can be read on a page; larger markets are cut to them."""

_NAMED = 7
"""Sellers named in the price path."""

_SECONDS = 20.0
"""Time that an auction run for its path may take."""


def price_intervals(
    market: AssignmentMarket, result: Result[AssignmentSolution], figure: Figure
) -> None:
    """Draw the interval of equilibrium prices of each seller, and the price chosen in it."""
    title, solution, m = "Equilibrium prices of each seller", result.solution, market.n_sellers
    begin(figure, market, result, 8, min(12, max(3.4, 2 + 0.2 * m)))
    if solution is None or m == 0:
        message(figure, title, _nothing(market))
        return
    made = axes(figure, title, "price (units of value)", "")
    rows = np.arange(m)
    thick = max(2.0, min(7.0, 240 / m))
    low, high = (np.asarray(end, float) for end in (solution.price_min, solution.price_max))
    made.hlines(rows, low, high, color=BLUE, linewidth=thick, alpha=0.45, label="least to greatest")
    made.plot(np.asarray(solution.prices, float), rows, "o", color=BLUE, ms=4, label="chosen price")
    if market.reserves.any():
        reserves = np.asarray(market.reserves, float)
        made.plot(reserves, rows, "|", color=RED, ms=9, mew=2, label="reserve")
    sold = np.bincount(solution.trades[1], minlength=m)
    unsold = np.flatnonzero(sold < market.capacities[1])
    if len(unsold):
        made.plot(
            np.asarray(solution.prices, float)[unsold], unsold, "o", mfc="white", color=GREY, ms=6,
            label="units left" if market.has_capacities else "unsold",
        )  # fmt: skip
    rows_axis(made, [market.label("sellers", j) for j in range(m)])
    legend_below(made, 4)


def matching(market: AssignmentMarket, result: Result[AssignmentSolution], figure: Figure) -> None:
    """Draw buyers on the left, sellers on the right, trades as lines with their prices."""
    if market.has_capacities:
        _many_to_many(market, result, figure)
        return
    solution, n, m = result.solution, market.n_buyers, market.n_sellers
    longer = min(max(n, m, 1), _ROWS)
    begin(figure, market, result, 8, min(14, max(3.2, 1.6 + 0.24 * longer)))
    if solution is None or n + m == 0:
        message(figure, "Trades", _nothing(market))
        return
    # Partners face each other, so that no two lines cross; those without a partner come last.
    trades = [(int(i), int(solution.matching[i])) for i in np.flatnonzero(solution.matching >= 0)]
    if len(trades) > _ROWS:  # the ones of greatest value, in order
        trades.sort(key=lambda pair: -float(market.values[pair] or 0))
        trades = sorted(trades[:_ROWS])
    sold = {seller for _, seller in trades}
    buyers = [i for i, _ in trades] + [i for i in range(n) if solution.matching[i] < 0]
    sellers = [j for _, j in trades] + [j for j in range(m) if j not in set(solution.matching)]
    title = f"{(solution.matching >= 0).sum()} trades, welfare {written(solution.welfare, 6)}"
    if max(len(buyers), len(sellers)) > _ROWS:
        title += f" ({_ROWS} rows of {max(n, m)} shown, greatest values first)"
    made = drawing(figure, title)
    size = 9.0 if longer <= 40 else 8.0
    for row, buyer in enumerate(buyers[:_ROWS]):
        text = short(market.label("buyers", buyer))
        made.text(-0.03, row, text, ha="right", va="center", fontsize=size)
        made.plot(0, row, "o", color=BLUE if row < len(trades) else "white", mec=BLUE, ms=5)
    for row, seller in enumerate(sellers[:_ROWS]):
        text = short(market.label("sellers", seller))
        made.text(1.03, row, text, ha="left", va="center", fontsize=size)
        made.plot(1, row, "s", color=ORANGE if seller in sold else "white", mec=ORANGE, ms=5)
    for row, (buyer, seller) in enumerate(trades):
        made.plot([0, 1], [row, row], "-", color=GREY, linewidth=1.2, zorder=0)
        price, value = solution.prices[seller], market.values[buyer, seller]
        assert value is not None  # they trade
        made.text(
            0.5, row, f"value {written(value, 5)}, price {written(price, 5)}", ha="center",
            va="center", fontsize=size - 1,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    made.set_xlim(-0.5, 1.5)
    made.set_ylim(longer - 0.4, -1.6)
    for x, align, words in ((-0.03, "right", "buyers"), (1.03, "left", "sellers")):
        made.text(x, -1, words, ha=align, va="center", color=TEXT, fontsize=size + 1)


def _many_to_many(
    market: AssignmentMarket, result: Result[AssignmentSolution], figure: Figure
) -> None:
    """Draw trades as lines between buyers and sellers, who say how many units they trade."""
    solution, n, m = result.solution, market.n_buyers, market.n_sellers
    longer = min(max(n, m, 1), _ROWS)
    begin(figure, market, result, 8, min(14, max(3.2, 1.6 + 0.24 * longer)))
    if solution is None or n + m == 0:
        message(figure, "Trades", _nothing(market))
        return
    buyers, sellers = solution.trades
    title = f"{len(buyers)} trades, welfare {written(solution.welfare, 6)}"
    if max(n, m) > _ROWS:
        title += f" ({_ROWS} rows of {max(n, m)} shown, those who trade most first)"
    made = drawing(figure, title)
    size = 9.0 if longer <= 40 else 8.0
    counts = np.bincount(buyers, minlength=n), np.bincount(sellers, minlength=m)
    left = np.sort(np.argsort(-counts[0], kind="stable")[:_ROWS])
    rows = np.full(n, -1)
    rows[left] = np.arange(len(left))
    # A seller stands at the middle of its buyers, which keeps lines short.
    middle = np.bincount(sellers, weights=rows[buyers], minlength=m) / np.maximum(counts[1], 1)
    shown = np.argsort(-counts[1], kind="stable")[:_ROWS]
    right = shown[np.lexsort((shown, middle[shown], counts[1][shown] == 0))]
    places = np.full(m, -1)
    places[right] = np.arange(len(right))
    stretch = longer / max(len(left), 1), longer / max(len(right), 1)
    for side, order, x, align, mark, color, limits in (
        ("buyers", left, 0, "right", "o", BLUE, market.capacities[0]),
        ("sellers", right, 1, "left", "s", ORANGE, market.capacities[1]),
    ):
        for row, agent in enumerate(order.tolist()):
            count = counts[x][agent]
            words = f"{short(market.label(side, agent))}  {count}/{limits[agent]}"
            made.text(
                x + (0.03 if x else -0.03), row * stretch[x], words,
                ha=align, va="center", fontsize=size,
            )  # fmt: skip
            made.plot(x, row * stretch[x], mark, color=color if count else "white", mec=color, ms=5)
    for i, j in zip(buyers.tolist(), sellers.tolist(), strict=True):
        if rows[i] >= 0 and places[j] >= 0:
            ends = rows[i] * stretch[0], places[j] * stretch[1]
            made.plot([0, 1], ends, "-", color=GREY, linewidth=0.9, alpha=0.7, zorder=0)
    made.set_xlim(-0.5, 1.5)
    made.set_ylim(longer - 0.4, -1.6)
    for where, align, words in (
        (-0.03, "right", "buyers: held/most"),
        (1.03, "left", "sellers: sold/units"),
    ):
        made.text(where, -1, words, ha=align, va="center", color=TEXT, fontsize=size + 1)


def price_path(
    market: AssignmentMarket, result: Result[AssignmentSolution], figure: Figure
) -> None:
    """Draw the prices of each seller along the exact ascending auction (BIP-7).

    Where the solution has no path, because another method found it, the auction is run now.
    """
    title = "Ascending auction: prices rise while a set of sellers is overdemanded"
    begin(figure, market, result, 9, 6)
    prices, sizes, reason = _path(market, result.solution)
    if prices is None or not prices.shape[1]:
        message(figure, title, reason or _nothing(market))
        return
    grid = figure.add_gridspec(2, 1, height_ratios=(3, 1))
    top = axes(figure, title, "", "price (units of value)", at=grid[0])
    low = axes(figure, "", "step of the auction", "sellers rising", at=grid[1], sharex=top)
    steps = np.arange(len(prices))
    final = prices[-1]
    most = np.lexsort((-final, prices[0] - final))  # by rise, then by price
    named = sorted(most[:_NAMED].tolist(), key=lambda j: -final[j])
    others = [j for j in range(prices.shape[1]) if j not in set(named)]
    if others:
        top.plot(steps, prices[:, others], color=GREY, linewidth=0.8, alpha=0.6)
        top.plot([], [], color=GREY, label=f"further sellers ({len(others)})")
    for place, (color, seller) in enumerate(zip(PALETTE, named, strict=False)):
        # Wide lines first: of sellers who rise together all colors stay visible.
        width = 1.5 + 0.7 * (len(named) - place)
        top.plot(steps, prices[:, seller], color=color, linewidth=width, solid_capstyle="butt")
    texts = [market.label("sellers", j) for j in named]
    top.margins(x=0.02)
    end_labels(top, final[named].tolist(), texts, PALETTE[: len(named)])
    top.tick_params(labelbottom=False)
    low.step(steps, [*sizes, 0], where="post", color=TEXT)
    low.set_ylim(0, max(1, *sizes, 1) * 1.15)
    whole_numbers(low.xaxis, low.yaxis, *([top.yaxis] if market.is_integral else []))
    if not sizes:
        low.set_title("No set of sellers is overdemanded at the reserve prices.", fontsize=9)
    legend_below(top, 2)


def _path(
    market: AssignmentMarket, solution: AssignmentSolution | None
) -> tuple[FloatArray | None, list[int], str]:
    """Return prices after each step (steps + 1, m), sizes of the rising sets, or why not."""
    from eqsolve.core.errors import UnsupportedError
    from eqsolve.families.assignment_market.solve import competitive_equilibrium

    if solution is None or solution.price_path is None:
        try:
            found = competitive_equilibrium(market, method="ascending", time_limit=_SECONDS)
        except UnsupportedError as why:
            return None, [], f"The auction cannot be run here: {why}"
        solution = found.solution
    if solution is None or solution.price_path is None:
        return None, [], "The auction takes too many steps to be drawn."
    steps = solution.price_path
    prices = np.tile(np.asarray(market.reserves, float), (len(steps) + 1, 1))
    for place, step in enumerate(steps):
        prices[place + 1 :, list(step.sellers)] += step.increase
    return prices, [len(step.sellers) for step in steps], ""


def _nothing(market: AssignmentMarket) -> str:
    """Return why there is nothing to draw."""
    if market.n_buyers == 0 or market.n_sellers == 0:
        return f"Nobody can trade: buyers {market.n_buyers}, sellers {market.n_sellers}."
    return "There is no solution to draw: raise the time limit or try another method."


PICTURES = {"prices": price_intervals, "matching": matching, "price_path": price_path}
