"""Pictures of token auctions: a step against a bid, the text and who pays, gains, brand words.

The first picture fits the instance: the text where there are models, else the step against a bid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import EqsolveError
from eqsolve.core.result import Result
from eqsolve.core.text import visible
from eqsolve.drawing.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALETTE,
    TEXT,
    axes,
    begin,
    drawing,
    legend_below,
    message,
    short,
    whole_numbers,
)
from eqsolve.families.token_auction.changes import changed
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import aggregates
from eqsolve.families.token_auction.models.opening import open_models
from eqsolve.families.token_auction.questions.incentives import deviation_gain
from eqsolve.families.token_auction.questions.sweeps import sweep_bids
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.texts import SupportError, all_texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "bands", "brands", "gains", "payments", "text"]

_LINE, _LINES = 64, 8
_MOST_BANDS, _MOST_AGENTS = 12, 8
_TEXTS = 60


def text(auction: TokenAuction, result: Result[TokenSolution], figure: Figure) -> None:
    """Draw the text, each token in the color of who pays most for it, with payments below."""
    solution = result.solution
    if not auction.models:
        bands(auction, result, figure)
        return
    title = "The text, each token in the color of who pays most for it"
    begin(figure, auction, result, 9.5, 5.6)
    if solution is None or not len(solution.tokens):
        message(figure, title, "There is no text to draw.")
        return
    paid = solution.payments
    most = np.where(paid.max(axis=1) > 0, paid.argmax(axis=1), -1)
    colors = dict(zip(_payers(paid), PALETTE, strict=False))
    placed = _placed(auction, solution)
    lines = 1 + placed[-1][0]
    grid = figure.add_gridspec(2, 1, height_ratios=(0.3 * lines, 3))
    made = drawing(figure, title, at=grid[0, 0])
    for (row, column, word), agent in zip(placed, most.tolist(), strict=False):
        made.text(
            column, -row, word, family="monospace", fontsize=13, color=colors.get(agent, GREY),
            va="top", clip_on=True,
        )  # fmt: skip
    made.set_xlim(0, _LINE + 1)
    made.set_ylim(-lines, 0.2)
    heading = f"Payments by step{_of_agents(auction)}"
    below = axes(figure, heading, "step", "payment", at=grid[1, 0])
    whole_numbers(below.xaxis)
    steps, base = np.arange(len(paid)), np.zeros(len(paid))
    for i, color in colors.items():
        name = short(auction.label("agents", i), 16)
        below.bar(steps, paid[:, i], 0.9, bottom=base, color=color, label=name)
        base += paid[:, i]
    rest = np.delete(paid, list(colors), axis=1).sum(axis=1)
    if rest.any():
        below.bar(steps, rest, 0.9, bottom=base, color=GREY, label="all others")
        base += rest
    below.set_ylim(0, 1.05 * float(base.max()) or 1.0)
    legend_below(below, 4)


def _payers(paid: FloatArray) -> list[int]:
    """Return the agents that are drawn: those who pay most, in their own order."""
    return sorted(np.argsort(-paid.sum(axis=0), kind="stable")[:_MOST_AGENTS].tolist())


def _of_agents(auction: TokenAuction) -> str:
    """Return what to add to a title where not all agents are drawn."""
    n = auction.n_agents
    return f" ({_MOST_AGENTS} of {n} agents: who pays most)" if n > _MOST_AGENTS else ""


def _placed(auction: TokenAuction, solution: TokenSolution) -> list[tuple[int, int, str]]:
    """Return line and column of each token, and how it is written, as far as lines are drawn."""
    words = solution.vocabulary or auction.vocabulary
    placed = []
    row = column = 0
    for token in solution.tokens.tolist():
        word = visible(words[token]).replace("$", r"\$")[:_LINE]
        if column + len(word) > _LINE:
            row, column = row + 1, 0
        if row == _LINES:
            break
        placed.append((row, column, word))
        column += len(word) + (auction.unit == "word")
    return placed


def bands(auction: TokenAuction, result: Result[TokenSolution], figure: Figure) -> None:
    """Draw the first step's aggregate against the share of agent 0, a band for each token."""
    name = auction.label("agents", 0)
    title = f"What is drawn next, by the share that {name} has of all bids"
    begin(figure, auction, result, 8.5, 5)
    table = auction.all_distributions
    if table is None and all(model.is_known for model in auction.speaking):
        try:
            first = all_texts(changed(auction, length=1), open_models(auction), lambda: None)
            table = first[0].distributions[0]
        except SupportError:
            message(figure, title, "The agents allow no common token.")
            return
    if table is None or len(table) < 2:
        message(figure, title, "There is no distribution to draw against another.")
        return
    made = axes(figure, title, f"share of {short(name)}", "probability")
    rest = auction.all_bids.copy()
    rest[0] = 0.0
    rest = rest / rest.sum() if rest.any() else np.append(0.0, np.ones(len(rest) - 1)) / len(rest)
    shares = np.linspace(0, 1, 101)
    weights = (1 - shares)[:, None] * rest
    weights[:, 0] = shares
    q = np.nan_to_num(aggregates(auction, weights, np.broadcast_to(table, (101, *table.shape))))
    order = np.argsort(-q.max(axis=0), kind="stable")
    shown, others = order[:_MOST_BANDS], order[_MOST_BANDS:]
    parts = [q[:, token] for token in shown.tolist()]
    names = [visible(auction.token(token)) for token in shown.tolist()]
    if len(others):
        parts.append(q[:, others].sum(axis=1))
        names.append("all others")
    colors = [(*PALETTE, *PALETTE)[k] for k in range(len(parts))]
    drawn = made.stackplot(shares, parts, colors=colors, labels=[_quoted(n) for n in names])
    for k, band in enumerate(drawn):
        band.set_alpha(0.85 if k < len(PALETTE) else 0.45)
    here = auction.all_bids[0] / auction.all_bids.sum()
    made.axvline(here, color=BLACK, linestyle="--", linewidth=1, label="bid")
    made.set_xlim(0, 1)
    made.set_ylim(0, 1)
    legend_below(made, 4)


def _quoted(name: str) -> str:
    """Return a token's name so that blanks are seen; dollar signs are no mathematics."""
    shown = repr(name) if not name.strip() else short(name, 16)
    return shown.replace("$", r"\$")


def payments(auction: TokenAuction, result: Result[TokenSolution], figure: Figure) -> None:
    """Draw what each agent has paid, and was expected to pay, up to each step."""
    solution = result.solution
    title = "Payments along the text"
    begin(figure, auction, result, 8.5, 4.8)
    if solution is None or not len(solution.tokens):
        message(figure, title, "There is no text to pay for.")
        return
    made = axes(figure, title + _of_agents(auction), "step", "paid so far")
    whole_numbers(made.xaxis)
    steps = np.arange(len(solution.tokens) + 1)
    for i, color in zip(_payers(solution.payments), PALETTE, strict=False):
        paid = np.append(0.0, solution.payments[:, i].cumsum())
        expected = np.append(0.0, solution.expected_payments[:, i].cumsum())
        made.step(
            steps, paid, where="post", color=color, label=short(auction.label("agents", i), 16)
        )
        made.plot(steps, expected, color=color, linestyle=":")
    dots = Line2D([], [], color=TEXT, linestyle=":", label="expected before draws")
    legend_below(made, 4, [dots])


def gains(auction: TokenAuction, result: Result[TokenSolution], figure: Figure) -> None:
    """Draw what agent 0 gains by another bid than its value, in a step and over the text."""
    value = float(auction.bids[0]) or 1.0
    title = f"What {auction.label('agents', 0)} gains by not bidding its value"
    begin(figure, auction, result, 8, 4.8)
    grid = value * np.linspace(0.05, 2, 40)
    try:
        found = deviation_gain(auction, 0, value, bids=grid)
    except EqsolveError as error:
        message(figure, title, str(error))
        return
    made = axes(figure, title, "bid", "gain")
    lines = ((found.step_gains, "in a step", BLUE), (found.text_gains, "over the text", ORANGE))
    for table, name, color in lines:
        made.plot(grid, table[0], color=color, label=name)
    made.axhline(0, color=GREY, linewidth=0.8)
    made.axvline(value, color=BLACK, linestyle="--", linewidth=1, label="value")
    low = float(np.nanmin(np.where(np.isfinite(found.text_gains), found.text_gains, np.nan)))
    high = float(found.text_gains.max())
    made.set_ylim(
        max(low, -20 * max(high, -low / 20)) * 1.05 - 1e-12, max(high * 1.3, -0.05 * low, 1e-12)
    )
    legend_below(made)


def brands(auction: TokenAuction, result: Result[TokenSolution], figure: Figure) -> None:
    """Draw each brand's share of the brand words, and revenue, against the share of agent 0."""
    name = auction.label("agents", 0)
    title = f"Whose words are said, by the share of {short(name, 12)}"
    begin(figure, auction, result, 9.5, 5)
    rest = float(auction.all_bids[1:].sum())
    known = auction.models and all(model.is_known for model in auction.speaking)
    if not known or not rest:
        message(figure, title, "There are no texts to draw at other bids.")
        return
    shares = np.linspace(0, 0.95, 11)
    points = sweep_bids(auction, 0, rest * shares / (1 - shares), texts=_TEXTS)
    plot = figure.add_gridspec(1, 2)
    made = axes(figure, title, "share of bids", "share of brand words", at=plot[0, 0])
    count = min(len(points[0].brands), _MOST_AGENTS)
    for i in range(count):
        color = PALETTE[i % len(PALETTE)]
        mean = np.array([point.brands[i] for point in points])
        ends = np.array([point.brands_interval[i] for point in points])
        made.plot(shares, mean, "o-", color=color, label=short(auction.label("agents", i), 16))
        made.fill_between(shares, ends[:, 0], ends[:, 1], color=color, alpha=0.2, linewidth=0)
    made.plot(
        shares, [point.joint for point in points], color=GREY, linestyle="--", label="joint texts"
    )
    made.set_ylim(-0.03, 1.03)
    if not count:
        made.text(
            0.5, 0.5, "no agent has words of its own", transform=made.transAxes, ha="center",
            color=TEXT,
        )  # fmt: skip
    side = axes(figure, "Expected revenue", "share of bids", "revenue of a text", at=plot[0, 1])
    for rule, color, style in (("second_price", BLUE, "-"), ("vcg", ORANGE, "--")):
        values = [getattr(point, rule) for point in points]
        if values[0] is not None:
            label = {"second_price": "second price", "vcg": "VCG"}[rule]
            side.plot(shares, values, style, color=color, label=label)
    handles, _ = side.get_legend_handles_labels()
    legend_below(made, 4, extra=handles)


PICTURES = {
    "text": text,
    "bands": bands,
    "payments": payments,
    "gains": gains,
    "brands": brands,
}
"""Name -> drawing function, the default first."""
