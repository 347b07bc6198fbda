"""Pictures of delivery markets: who delivers what to whom, where tips appear, and what they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.result import Result
from eqsolve.drawing.heat_map import Bars, heat_map, heat_map_size
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    RED,
    TEXT,
    axes,
    begin,
    drawing,
    legend_below,
    message,
    place_names,
    short,
)
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.questions.tips import compare_tips
from eqsolve.families.delivery_market.solution import DeliverySolution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["PICTURES", "binding_tips", "delivery_map", "tips", "tips_compared"]

_SIDES = {"buyers": ("o", BLUE), "stores": ("s", ORANGE), "couriers": ("^", GREEN)}
"""Side -> marker and color."""

_NAMED = 60
"""Agents up to which the map writes names."""

_ROWS = 50
"""Transactions in a drawing without coordinates."""

_TIPS = 12
"""Tips drawn as lines."""

_SECONDS = 10.0
"""Time for each of the two markets compared."""


def delivery_map(market: DeliveryMarket, result: Result[DeliverySolution], figure: Figure) -> None:
    """Draw transactions from courier to store to buyer, with prices, and the tips that bind.

    On a map where ``metadata["coordinates"]`` places everybody, row by row otherwise.
    """
    places = _coordinates(market)
    if sum(market.side_sizes().values()) == 0:
        begin(figure, market, result, 8, 4)
        message(figure, "Deliveries", "The market is empty.")
    elif places is None:
        _draw_rows(market, result, figure)
    else:
        _draw_map(market, result, figure, places)


def tips(market: DeliveryMarket, result: Result[DeliverySolution], figure: Figure) -> None:
    """Draw the tip of every order, placed ones marked, with prices and buyers' utilities."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    solution, title = result.solution, "Tip that goes with each order"
    n, m = market.n_buyers, market.n_stores
    begin(figure, market, result, *heat_map_size(n, m))
    if solution is None or n * m == 0:
        message(figure, title, _nothing(market))
        return
    names = (
        [market.label("buyers", i) for i in range(n)],
        [market.label("stores", j) for j in range(m)],
    )
    body, _ = heat_map(
        figure, title, np.asarray(solution.tips, float), "tip (money)", names,
        above=Bars("price", [(solution.prices, ORANGE, "")]),
        beside=Bars("buyer's utility", [(solution.buyer_utilities, GREEN, "")]),
    )  # fmt: skip
    size = float(np.clip(900 / max(n, m, 1), 10, 110))
    extra = []
    kept_away = np.argwhere(binding_tips(market, solution)).tolist()
    if kept_away:
        cells = [Rectangle((j - 0.46, i - 0.46), 0.92, 0.92) for i, j in kept_away]
        body.add_collection(PatchCollection(cells, facecolor="none", edgecolor=RED, lw=1.3))
        words = "the tip alone keeps this order away"
        extra = [Rectangle((0, 0), 1, 1, fc="none", ec=RED, lw=1.3, label=words)]
    rows = solution.transactions
    if len(rows):
        body.scatter(rows[:, 1], rows[:, 0], s=0.7 * size, color=ORANGE, edgecolors="black",
                     label="order placed")  # fmt: skip
    legend_below(body, 3, extra)


def tips_compared(market: DeliveryMarket, result: Result[DeliverySolution], figure: Figure) -> None:
    """Draw what each side gets in the best equilibrium with tips and in the best one without."""
    begin(figure, market, result, 8, 5)
    found = compare_tips(market, time_limit=_SECONDS)
    made = axes(figure, "What tips do: best equilibria with and without", "", "money")
    names = ("welfare", "buyers", "stores", "couriers", "platform")
    rows = np.arange(len(names))
    for shift, color, words, one in (
        (-0.2, BLUE, "with tips", found.tipped),
        (0.2, ORANGE, "without tips", found.untipped),
    ):
        solution = one.solution
        if solution is None:
            made.bar([0], [0], color=color, label=f"{words}: {one.status.value.replace('_', ' ')}")
            continue
        amounts = [
            float(solution.welfare),
            float(solution.buyer_utilities.sum()),
            float(solution.prices.sum()),
            float(solution.courier_utilities.sum()),
            float(solution.platform_cash_flow),
        ]
        bars = made.bar(rows + shift, amounts, 0.38, color=color, label=words)
        made.bar_label(bars, [f"{written(amount, 4)}" for amount in amounts], fontsize=8, padding=2)
    if found.efficient_welfare is not None:
        made.hlines(
            found.efficient_welfare, -0.45, 0.45, color=RED, linestyle="--",
            label="efficient welfare",
        )  # fmt: skip
    made.axhline(0, color=TEXT, linewidth=0.8)
    made.margins(y=0.12)
    if max(map(abs, made.get_ylim())) < 1e-12:
        made.set_ylim(-1, 1)
    made.set_xticks(
        rows, ["welfare", "buyers'\nutility", "stores'\nrevenue", "couriers'\nutility",
               "platform\ncash flow"],
    )  # fmt: skip
    made.set_xlim(-0.6, len(names) - 0.4)
    legend_below(made)


def binding_tips(market: DeliveryMarket, solution: DeliverySolution) -> BoolArray:
    """Return the orders that their buyer would rather place, were it not for the tip.

    Shape (n, m): value minus price exceeds the buyer's utility.

    Examples
    --------
    >>> from eqsolve import DeliveryMarket, tipped_equilibrium
    >>> market = DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]])
    >>> int(binding_tips(market, tipped_equilibrium(market).require()).sum())
    2
    """
    without = market.values - solution.prices - solution.buyer_utilities[:, None]
    found: BoolArray = (without > 1e-9 * max(market.scale, 1e-300)) & (solution.tips > 0)
    return found


def _draw_map(
    market: DeliveryMarket,
    result: Result[DeliverySolution],
    figure: Figure,
    places: dict[str, FloatArray],
) -> None:
    """Draw the map."""
    begin(figure, market, result, 9, 8.6)
    solution = result.solution
    rows = np.zeros((0, 3), dtype=np.int64) if solution is None else solution.transactions
    title = _title(solution)
    few = sum(market.side_sizes().values()) <= _NAMED
    strong = 0.8 if len(rows) <= 20 else 0.45
    made = axes(figure, title, "", "")
    made.set_aspect("equal", adjustable="datalim")
    made.margins(0.07)
    buyers, stores, couriers = (places[side] for side in _SIDES)
    for place, (i, j, k) in enumerate(rows.tolist()):
        first = place == 0
        for start, end, color, style, words in (
            (couriers[k], stores[j], GREEN, "--", "way to the store"),
            (stores[j], buyers[i], BLUE, "-", "way to the buyer"),
        ):
            made.plot(
                *zip(start, end, strict=True), style, color=color, lw=1.4, alpha=strong, zorder=2,
                label=words if first else None,
            )  # fmt: skip
            made.annotate(
                "", end, start, zorder=2,
                arrowprops={
                    "arrowstyle": "-|>", "color": color, "lw": 0, "shrinkB": 4, "alpha": strong,
                },
            )  # fmt: skip
    if solution is not None:
        _tip_lines(made, market, solution, buyers, stores)
    for column, (side, (marker, color)) in enumerate(_SIDES.items()):
        busy = np.isin(np.arange(len(places[side])), rows[:, column])
        at = places[side]
        made.scatter(
            at[busy, 0], at[busy, 1], s=46, marker=marker, color=color, zorder=4, label=side
        )
        made.scatter(
            at[~busy, 0],
            at[~busy, 1],
            s=34,
            marker=marker,
            color="white",
            edgecolors=color,
            zorder=3,
        )
    if not all(np.isin(np.arange(len(places[side])), rows[:, c]).all()
               for c, side in enumerate(_SIDES)):  # fmt: skip
        made.scatter([], [], s=34, color="white", edgecolors=TEXT, label="hollow: no transaction")
    legend_below(made, 3, _meanings(market, rows, few))
    points, texts, colors = [], [], []
    for column, (side, (_, color)) in enumerate(_SIDES.items()):
        for agent, place in enumerate(places[side]):
            text = short(market.label(side, agent), 16) if side in market.labels else str(agent)
            if side == "stores" and solution is not None and agent in rows[:, column]:
                text += f" ({written(solution.prices[agent], 4)})"
            if side == "couriers" and agent in rows[:, column]:
                i, j = rows[rows[:, column] == agent][0, :2]
                assert solution is not None  # it has a transaction
                text += f" ({written(solution.compensations[i, j] + solution.tips[i, j], 4)})"
            points.append(tuple(place.tolist()))
            texts.append(text)
            colors.append(color if side != "stores" else "#8A5F00")
    if len(points) <= _NAMED or solution is None:
        ways = [
            [tuple(start.tolist()), tuple(end.tolist())]
            for i, j, k in rows.tolist()
            for start, end in ((couriers[k], stores[j]), (stores[j], buyers[i]))
        ]
        place_names(made, points, texts, colors, lines=ways)
    elif len(rows):  # many: the prices alone, where there is room
        sold = rows[:, 1].tolist()
        place_names(
            made, [tuple(stores[j].tolist()) for j in sold],
            [f"{written(solution.prices[j], 4)}" for j in sold], ["#8A5F00"] * len(sold),
            avoid=points,
        )  # fmt: skip


def _meanings(market: DeliveryMarket, rows: IntArray, few: bool) -> list[Line2D]:
    """Return entries of the legend that tell names from prices and pay."""
    from matplotlib.lines import Line2D

    names = "name" if market.labels else "number"
    if not len(rows):
        words = [f"beside each: its {names}"]
    elif few:
        words = [f"beside each: its {names}", "(in brackets: price, or the courier's pay)"]
    else:
        words = ["beside stores: the price"]
    return [Line2D([], [], ls="", label=text) for text in words]


def _tip_lines(
    made: Axes,
    market: DeliveryMarket,
    solution: DeliverySolution,
    buyers: FloatArray,
    stores: FloatArray,
) -> None:
    """Draw dotted lines for the largest tips that keep a buyer from a store."""
    binding = np.argwhere(binding_tips(market, solution))
    order = np.argsort(-solution.tips[binding[:, 0], binding[:, 1]], kind="stable")[:_TIPS]
    shown = f"the {_TIPS} largest of {len(binding)}" if len(binding) > _TIPS else "all"
    for place, (i, j) in enumerate(binding[order].tolist()):
        made.plot(
            *zip(buyers[i], stores[j], strict=True), ":", color=PINK, lw=1.2, alpha=0.55, zorder=1,
            label=f"order kept away by its tip ({shown})" if place == 0 else None,
        )  # fmt: skip


def _draw_rows(market: DeliveryMarket, result: Result[DeliverySolution], figure: Figure) -> None:
    """Draw a row for each transaction, and everybody else below."""
    solution = result.solution
    rows = np.zeros((0, 3), dtype=np.int64) if solution is None else solution.transactions
    kept = rows[:_ROWS]
    sizes = market.side_sizes()
    order = {
        side: [*kept[:, c].tolist(), *(a for a in range(sizes[side]) if a not in rows[:, c])]
        for c, side in enumerate(_SIDES)
    }
    total = min(max(map(len, order.values())), _ROWS)
    begin(figure, market, result, 9.5, min(14, 3 + 0.26 * total))
    title = _title(solution)
    if max(sizes.values()) > _ROWS:
        title += f" ({_ROWS} rows of {max(sizes.values())})"
    made = drawing(figure, title)
    at = {"couriers": 0.0, "stores": 1.0, "buyers": 2.0}
    for row, (i, j, k) in enumerate(kept.tolist()):
        made.plot([0, 1], [row, row], "--", color=GREEN, lw=1.3, zorder=1)
        made.plot([1, 2], [row, row], "-", color=BLUE, lw=1.3, zorder=1)
        assert solution is not None  # it has transactions
        cost = float(market.costs.at(*(np.array([agent]) for agent in (k, i, j)))[0])
        pay = solution.compensations[i, j] + solution.tips[i, j]
        value = market.values[i, j]
        words = (f"cost {written(cost, 4)}, pay {written(pay, 4)}",
                 f"value {written(value, 4)}, price {written(solution.prices[j], 4)}")  # fmt: skip
        for x, text in zip((0.5, 1.62), words, strict=True):
            made.text(
                x, row, text, ha="center", va="center", fontsize=8, zorder=3,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )  # fmt: skip
    if solution is not None:
        position = {
            side: np.array([[at[side], _row(order[side], a)] for a in range(sizes[side])])
            for side in ("buyers", "stores")
        }
        if all(map(len, position.values())):
            _tip_lines(made, market, solution, position["buyers"], position["stores"])
    for column, (side, (marker, color)) in enumerate(_SIDES.items()):
        for row, agent in enumerate(order[side][:_ROWS]):
            busy = agent in kept[:, column]
            made.plot(at[side], row, marker, color=color if busy else "white", mec=color, ms=7)
            x, align = {"couriers": (-0.05, "right"), "stores": (1.05, "left"),
                        "buyers": (2.05, "left")}[side]  # fmt: skip
            made.text(
                x, row, short(market.label(side, agent), 15), ha=align, va="center", fontsize=8.5,
                zorder=3, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
        made.plot([], [], marker, color=color, ms=7, ls="", label=side)
    made.set_xlim(-0.5, 2.5)
    made.set_ylim(total - 0.4, -0.8)
    legend_below(made, 4)


def _row(order: Sequence[int], agent: int) -> float:
    """Return the row of an agent; NaN where it is not drawn."""
    row = order.index(agent) if agent in order else _ROWS
    return float(row) if row < _ROWS else np.nan


def _coordinates(market: DeliveryMarket) -> dict[str, FloatArray] | None:
    """Return places by side, or None where metadata does not place everybody."""
    given: Any = market.metadata.get("coordinates")
    places = {}
    for side, size in market.side_sizes().items():
        try:
            places[side] = np.asarray(given[side], dtype=float).reshape(size, 2)
        except (TypeError, KeyError, ValueError, IndexError):
            return None
        if not np.isfinite(places[side]).all():
            return None
    return places


def _title(solution: DeliverySolution | None) -> str:
    """Return what was reached."""
    if solution is None:
        return "The market alone: there are no transactions to draw"
    words = f"{len(solution.transactions)} deliveries, welfare {written(solution.welfare, 6)}"
    efficient = solution.efficient_welfare
    if efficient is None:
        return words
    return f"{words}, efficient {written(efficient, 6)}"


def _nothing(market: DeliveryMarket) -> str:
    """Return why there is nothing to draw."""
    if market.n_buyers == 0 or market.n_stores == 0:
        return f"Nobody can order: buyers {market.n_buyers}, stores {market.n_stores}."
    return "There is no solution to draw."


PICTURES = {"map": delivery_map, "tips": tips, "tips_compared": tips_compared}
