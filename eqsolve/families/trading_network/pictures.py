"""Pictures of trading networks: whom the platform introduces, and what fees would do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    RED,
    TEXT,
    axes,
    begin,
    drawing,
    legend_below,
    message,
    short,
    whole_numbers,
)
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.questions.fee_curve import (
    FeeCurve,
    fee_curve as compute_fee_curve,
)
from eqsolve.families.trading_network.solution import TradingSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "fee_curve", "frontier", "network"]

_ROWS = 60
"""Rows in the drawing of the network."""

_LINES = 1500
"""Known pairs without trade that are drawn."""

_SECONDS = 20.0
"""Time that the fee curve may take."""


def network(instance: TradingNetwork, result: Result[TradingSolution], figure: Figure) -> None:
    """Draw buyers and sellers, known pairs, introductions and trades, with prices."""
    solution, n, m = result.solution, instance.n_buyers, instance.n_sellers
    longer = min(max(n, m, 1), _ROWS)
    begin(figure, instance, result, 8.5, min(14.5, 2.8 + 0.24 * longer))
    if n + m == 0:
        message(figure, "Network", "The network is empty.")
        return
    matching = np.full(n, -1) if solution is None else solution.matching
    introduced = set() if solution is None else set(map(tuple, solution.introduced.tolist()))
    trades = [(int(i), int(matching[i])) for i in np.flatnonzero(matching >= 0)]
    # The platform's trades first; partners face each other.
    trades.sort(key=lambda pair: (pair not in introduced, pair))
    buyers = [i for i, _ in trades] + [i for i in range(n) if matching[i] < 0]
    sold = {j for _, j in trades}
    sellers = [j for _, j in trades] + [j for j in range(m) if j not in sold]
    row_of = {i: row for row, i in enumerate(buyers[:_ROWS])}
    place_of = {j: row for row, j in enumerate(sellers[:_ROWS])}
    if solution is None:
        title = f"The network alone: {instance.n_known} known pairs"
    else:
        title = (
            f"{len(introduced)} introductions earn {written(solution.revenue, 6)}; "
            f"welfare {written(solution.welfare, 6)} instead of "
            f"{written(solution.welfare_without_platform, 6)}"
        )
    if max(n, m) > _ROWS:
        title += f" ({_ROWS} rows of {max(n, m)})"
    made = drawing(figure, title)
    known = [tuple(pair) for pair in instance.known.tolist()]
    idle = [pair for pair in known if pair not in set(trades) and _shown(pair, row_of, place_of)]
    alpha = 0.8 if len(idle) <= 60 else 0.35
    lines: list[tuple[list[Any], dict[str, Any]]] = [
        (idle[:_LINES], {"color": GREY, "lw": 0.7, "alpha": alpha, "label": "known, no trade"}),
        ([p for p in trades if p not in introduced], {"color": BLUE, "lw": 1.8,
                                                      "label": "known, trade"}),
        ([p for p in trades if p in introduced], {"color": RED, "lw": 2.4,
                                                  "label": "introduced, trade"}),
        (sorted(introduced - set(trades)), {"color": RED, "lw": 1.2, "ls": "--",
                                            "label": "introduced, no trade"}),
    ]  # fmt: skip
    for pairs, look in lines:
        for pair in pairs:
            if _shown(pair, row_of, place_of):
                made.plot([0, 1], [row_of[pair[0]], place_of[pair[1]]], zorder=1, **look)
                look = {key: value for key, value in look.items() if key != "label"}
    size = 9.0 if longer <= 40 else 8.0
    for buyer, row in row_of.items():
        made.plot(0, row, "o", color=BLUE if matching[buyer] >= 0 else "white", mec=BLUE, ms=5)
        text = short(instance.label("buyers", buyer), 20)
        made.text(-0.03, row, text, ha="right", va="center", fontsize=size)
    for seller, row in place_of.items():
        made.plot(1, row, "s", color=ORANGE if seller in sold else "white", mec=ORANGE, ms=5)
        text = short(instance.label("sellers", seller), 20)
        if solution is not None:
            text += f": {written(solution.prices[seller], 5)}"
        made.text(1.03, row, text, ha="left", va="center", fontsize=size)
    made.set_xlim(-0.45, 1.55)
    made.set_ylim(longer - 0.4, -1.6)
    made.text(-0.03, -1, "buyers", ha="right", va="center", color=TEXT, fontsize=size + 1)
    heading = "sellers" if solution is None else "sellers: price (money)"
    made.text(1.03, -1, heading, ha="left", va="center", color=TEXT, fontsize=size + 1)
    legend_below(made, 4)


def fee_curve(instance: TradingNetwork, result: Result[TradingSolution], figure: Figure) -> None:
    """Draw introductions, revenue and welfare against the fee per trade."""
    begin(figure, instance, result, 9, 7)
    curve = compute_fee_curve(instance, time_limit=_SECONDS)
    title = "What a fee per introduced trade leads to" + _incomplete(curve)
    if len(curve.points) < 2:
        message(figure, title, "No introduction raises welfare: there is nothing to charge for.")
        return
    points = curve.points[::-1]  # by rising fee
    fee, revenue, welfare = (
        np.array([float(getattr(point, name)) for point in points])
        for name in ("fee", "revenue", "welfare")
    )
    count = np.array([point.introductions for point in points])
    grid = figure.add_gridspec(2, 1, height_ratios=(3, 2))
    top = axes(figure, title, "", "money", at=grid[0])
    low = axes(figure, "", "fee per introduced trade (money)", "introductions", at=grid[1],
               sharex=top)  # fmt: skip
    # Each set of introductions is best for the fees down to the next corner.
    start = np.concatenate([[0.0], fee[:-1]])
    for values, color, words in (
        (welfare, GREEN, "welfare"),
        (revenue, BLUE, "revenue of these introductions"),
    ):
        top.hlines(values, start, fee, color=color, lw=2, label=words)
        top.vlines(fee[:-1], values[:-1], values[1:], color=color, lw=0.8, alpha=0.5)
    charged = float(curve.commission)
    for place, (z, k) in enumerate(zip(fee, count, strict=True)):
        note = "fee x introductions (at least earned)" if place == 0 else None
        top.plot([start[place], z], [charged * start[place] * k, charged * z * k], color=ORANGE,
                 lw=1.4, label=note)  # fmt: skip
    for value, words in (
        (curve.welfare_full, "welfare with all candidates"),
        (curve.welfare_without_platform, "welfare without platform"),
    ):
        style = "--" if value == curve.welfare_full else ":"
        top.axhline(float(value), color=GREY, ls=style, lw=1.2, label=words)
    best = int(np.argmax(revenue))
    top.plot(fee[best], revenue[best], "D", color=BLUE, mec="black", ms=7, zorder=4,
             label=f"best on the curve: {written(revenue[best], 5)}")  # fmt: skip
    low.hlines(count, start, fee, color=TEXT, lw=2)
    low.vlines(fee[:-1], count[:-1], count[1:], color=TEXT, lw=0.8, alpha=0.5)
    whole_numbers(low.yaxis)
    for part in (top, low):
        part.set_ylim(bottom=0)
        part.set_xlim(0, 1.03 * max(fee.max(), 1e-300))
    top.tick_params(labelbottom=False)
    legend_below(top, 3)


def frontier(instance: TradingNetwork, result: Result[TradingSolution], figure: Figure) -> None:
    """Draw revenue against welfare along the fee curve, and the solution beside it."""
    begin(figure, instance, result, 8.5, 6)
    curve = compute_fee_curve(instance, time_limit=_SECONDS)
    title = "Revenue and welfare of the sets of introductions on the fee curve"
    if len(curve.points) < 2:
        message(figure, title, "No introduction raises welfare: there is nothing to choose.")
        return
    made = axes(figure, title + _incomplete(curve), "welfare (money)", "revenue (money)")
    revenue = np.array([float(point.revenue) for point in curve.points])
    welfare = np.array([float(point.welfare) for point in curve.points])
    count = np.array([point.introductions for point in curve.points])
    made.plot(welfare, revenue, "-", color=GREY, lw=1, zorder=1)
    shown = made.scatter(welfare, revenue, c=count, cmap="viridis", s=42, edgecolors="black",
                         linewidths=0.5, zorder=3, label="points of the fee curve")  # fmt: skip
    bar = figure.colorbar(shown, ax=made, label="introductions")
    whole_numbers(bar.ax.yaxis)
    solution = result.solution
    if solution is not None:
        name = f"solution: revenue {written(solution.revenue, 5)}"
        made.plot(float(solution.welfare), float(solution.revenue), "*", color=RED, mec="black",
                  ms=17, zorder=4, label=name)  # fmt: skip
    shorter = min(instance.n_buyers, instance.n_sellers)
    gain = float(curve.welfare_full - curve.welfare_without_platform) * float(curve.commission)
    if shorter and gain > 0:
        made.axhline(gain / (1 + math.log(shorter)), color=PINK, ls="-.", lw=1.2,
                     label="guaranteed: gain / (1 + ln K)")  # fmt: skip
    full, without = float(curve.welfare_full), float(curve.welfare_without_platform)
    made.axvline(full, color=GREY, ls="--", lw=1.2, label="welfare with all candidates")
    if without != full:
        made.axvline(without, color=GREY, ls=":", lw=1.4, label="welfare without platform")
    made.set_ylim(bottom=-0.03 * max(made.get_ylim()[1], 1e-300))
    legend_below(made, 2)


def _shown(pair: Any, rows: dict[int, int], places: dict[int, int]) -> bool:
    """Return whether both ends of a pair are drawn."""
    return pair[0] in rows and pair[1] in places


def _incomplete(curve: FeeCurve) -> str:
    """Return words for a curve that is not whole."""
    return "" if curve.complete else " (not all corners: stopped by the time limit)"


PICTURES = {"network": network, "fee_curve": fee_curve, "frontier": frontier}
