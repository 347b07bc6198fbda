"""Pictures of single-item auctions: bids by value, formats side by side, regret and its bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREY,
    PALETTE,
    RED,
    TEXT,
    axes,
    begin,
    legend_below,
    message,
    short,
)
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.questions.comparing import FormatRow, compare_formats
from eqsolve.families.single_item_auction.regret import regret_of
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "draw_strategy", "formats", "regret", "revenues", "strategies"]

Answer = Result[SingleItemAuctionSolution]
_CELLS = 1 << 16
_MOST_CLASSES = len(PALETTE)
_SECONDS = 20.0
"""Time for all formats that are compared."""


def draw_strategy(made: Axes, strategy: Strategy, color: str, label: str, **look: object) -> None:
    """Draw one strategy: a line, dots of finite types, larger where a bid is likelier."""
    if not strategy.finite:
        assert strategy.bids is not None
        made.plot(strategy.values, strategy.bids, color=color, label=label, **look)  # type: ignore[arg-type]  # a look
        return
    rows = [
        (value, bid, share)
        for place, value in enumerate(strategy.values.tolist())
        for bid, share in strategy.offers(place)
        if bid is not None
    ]
    if not rows:
        made.plot([], "o", color=color, label=f"{label} (stays out)")
        return
    values, bids, shares = np.array(rows).T
    size = 28 if len(strategy.values) <= 30 else 9
    made.scatter(values, bids, s=size * shares, color=color, label=label, zorder=3, linewidths=0)


def _who(auction: SingleItemAuction, solution: SingleItemAuctionSolution, c: int) -> str:
    """Return the bidders of a class in a few words."""
    if len(solution.strategies) == 1:
        return "equilibrium"
    names = [auction.label("bidders", i) for i, k in enumerate(solution.classes) if k == c]
    return short(", ".join(names), 24)


def _of_classes(count: int) -> str:
    """Return what to add to a title where not all strategies are drawn."""
    return f" (the first {_MOST_CLASSES} of {count} strategies)" if count > _MOST_CLASSES else ""


def _diagonal(made: Axes, auction: SingleItemAuction) -> None:
    """Draw the 45-degree line, the reserve and the cap."""
    low, high = auction.support
    made.plot([low, high], [low, high], ls="--", lw=1, color=GREY, label="bid = value")
    if 0 < auction.reserve <= high * 1.5:
        made.axhline(auction.reserve, ls=":", lw=1, color=TEXT, label="reserve")
    if auction.bids is not None and auction.bids.max <= high * 1.5:
        made.axhline(auction.bids.max, ls="-.", lw=1, color=RED, label="greatest bid")


def _value(auction: SingleItemAuction) -> str:
    """Return what a type is called."""
    return "signal" if auction.values.model == "common" else "value"


def strategies(auction: SingleItemAuction, result: Answer, figure: Figure) -> None:
    """Draw the bid of each type, with the 45-degree line."""
    title = f"Bids in {auction.format.replace('_', ' ')}"
    begin(figure, auction, result, 7, 5.2)
    solution = result.solution
    if solution is None:
        message(figure, title, "There are no strategies to draw.")
        return
    made = axes(figure, title + _of_classes(len(solution.strategies)), _value(auction), "bid")
    _diagonal(made, auction)
    for c, strategy in enumerate(solution.strategies[:_MOST_CLASSES]):
        draw_strategy(made, strategy, PALETTE[c], _who(auction, solution, c))
    legend_below(made)


def _compared(
    auction: SingleItemAuction, title: str
) -> tuple[list[tuple[FormatRow, SingleItemAuctionSolution]], str]:
    """Return the formats that were solved in time, and a title that says if others were not."""
    clock = Deadline(Limits(time=_SECONDS))
    rows = compare_formats(auction, deadline=clock)
    solved = [(row, row.solution) for row in rows if row.solution is not None]
    if clock.expired() and len(solved) < len(rows):
        title += f" ({len(solved)} of {len(rows)}, within {_SECONDS:.0f} s)"
    return solved, title


def _named(row: FormatRow) -> str:
    """Return a format's name."""
    return row.format.replace("_", " ") + ("" if row.k is None else f", k = {row.k}")


def formats(auction: SingleItemAuction, result: Answer, figure: Figure) -> None:
    """Draw the equilibria of all formats with the same bidders in one plot."""
    begin(figure, auction, result, 7, 5.4)
    rows, title = _compared(auction, "Equilibria of several formats")
    made = axes(figure, title, _value(auction), "bid of the first bidder")
    _diagonal(made, auction)
    drawn: list[Strategy] = []
    k = 0
    for row, solution in rows:
        strategy = solution.strategies[solution.classes[0]]
        if strategy in drawn:  # dutch is first price, clocks are second price
            continue
        drawn.append(strategy)
        draw_strategy(made, strategy, PALETTE[k % len(PALETTE)], _named(row))
        k += 1
    legend_below(made)


def regret(auction: SingleItemAuction, result: Answer, figure: Figure) -> None:
    """Draw what each type could gain by another bid, and the epsilon that is claimed."""
    title = "Regret by " + _value(auction)
    begin(figure, auction, result, 7, 4.8)
    solution = result.solution
    if solution is None:
        message(figure, title, "There are no strategies to draw.")
        return
    if solution.epsilon_kind == "dominance":
        message(figure, title, "Bidding the value is weakly dominant: no type gains anything.")
        return
    found = regret_of(auction, solution.strategies, solution.classes, _CELLS)
    title += _of_classes(len(found.values))
    made = axes(figure, title, _value(auction), "gain by the best other bid")
    words = {
        "exact": "regret",
        "interval": "proved bound",
        "grid": "found on a grid",
    }
    for c in range(min(len(found.values), _MOST_CLASSES)):
        values, gains = found.values[c], found.regrets[c]
        order = np.argsort(values, kind="stable")
        name = words[found.kind]
        if len(found.values) > 1:
            name = f"{_who(auction, solution, c)}: {name}"
        style = "o" if auction.values.is_finite else "-"
        made.plot(values[order], gains[order], style, ms=3, color=PALETTE[c], label=name)
    made.axhline(
        solution.epsilon, color=RED, ls="--", lw=1, label=f"epsilon {written(solution.epsilon, 4)}"
    )
    made.set_ylim(bottom=0)
    legend_below(made)


def revenues(auction: SingleItemAuction, result: Answer, figure: Figure) -> None:
    """Draw the revenue of all formats with the same bidders."""
    begin(figure, auction, result, 7, 4.6)
    rows, title = _compared(auction, "Revenue by format")
    if not rows:
        message(figure, title, "No format could be solved.")
        return
    made = axes(figure, title, "expected revenue", "", grid=False)
    names = [_named(row) for row, _ in rows]
    amounts = [solution.revenue for _, solution in rows]
    places = np.arange(len(rows))[::-1]
    made.barh(places, amounts, color=BLUE, height=0.6)
    for place, amount in zip(places.tolist(), amounts, strict=True):
        made.annotate(
            written(amount, 4), (amount, place), (4, 0), textcoords="offset points", va="center",
            fontsize=9, color=TEXT,
        )  # fmt: skip
    made.set_yticks(places, names)
    made.set_xlim(0, max([*amounts, 1e-12]) * 1.15)


PICTURES = {
    "strategies": strategies,
    "formats": formats,
    "regret": regret,
    "revenues": revenues,
}
"""Name -> drawing function, the default first."""
