"""Pictures of combinatorial auctions: which bids win, what winners pay, and the core of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.result import Result
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
    axes,
    begin,
    columns_axis,
    legend_below,
    message,
    rows_axis,
)
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import AuctionSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "bids", "core", "payments"]

_ROWS = 60
"""Bids or winners shown at most."""


def bids(auction: CombinatorialAuction, result: Result[AuctionSolution], figure: Figure) -> None:
    """Draw the bids as rows over the items, winners filled, the dearest first."""
    solution, title = result.solution, "Bids on bundles of items"
    shown = min(auction.n_bids, _ROWS)
    width = min(13, max(7.0, 5.0 + 0.25 * auction.n_items))
    begin(figure, auction, result, width, min(13, 2.6 + 0.22 * shown))
    if not auction.n_bids or not auction.n_items:
        message(figure, title, "no bids")
        return
    accepted = set() if solution is None else set(solution.accepted)
    prices = auction.bids.price.astype(float)
    order = sorted(range(auction.n_bids), key=lambda b: (b not in accepted, -prices[b], b))[:shown]
    if shown < auction.n_bids:
        title += f" ({shown} of {auction.n_bids}: winners, then the dearest)"
    grid = figure.add_gridspec(1, 2, width_ratios=(3, 1))
    left = axes(figure, title, "", "", grid=False, at=grid[0])
    right = axes(figure, "", "price", "", at=grid[1], sharey=left)
    for row, b in enumerate(order):
        won = b in accepted
        items, units = np.unique(auction.bids.bundle(b), return_counts=True)
        left.plot([items.min(), items.max()], [row, row], color=GREY, lw=0.7, zorder=1)
        left.scatter(
            items,
            np.full(len(items), row),
            s=26,
            marker="s",
            color=BLUE if won else "white",
            edgecolors=BLUE if won else GREY,
            zorder=2,
        )
        for item, count in zip(items.tolist(), units.tolist(), strict=True):
            if count > 1:
                left.annotate(str(count), (item, row), (0, 4), textcoords="offset points",
                              ha="center", fontsize=7)  # fmt: skip
    colors = [BLUE if b in accepted else GREY for b in order]
    right.barh(np.arange(shown), prices[order], 0.6, color=colors)
    right.tick_params(labelleft=False)
    right.locator_params(axis="x", nbins=4)
    left.set_xlim(-0.5, auction.n_items - 0.5)
    columns_axis(left, [auction.label("items", j) for j in range(auction.n_items)])
    rows_axis(left, [auction.label("bidders", int(auction.bids.bidder[b])) for b in order])


def payments(
    auction: CombinatorialAuction, result: Result[AuctionSolution], figure: Figure
) -> None:
    """Draw what each winner pays: VCG, the payment, and what it bid."""
    solution, title = result.solution, "Payments of the winners"
    winners = [] if solution is None else [i for i, got in enumerate(solution.bundles) if got]
    winners = sorted(winners, key=lambda i: -_bid(solution, i))[:_ROWS]
    begin(figure, auction, result, 8, min(13, 2.8 + 0.28 * len(winners)))
    if solution is None or not winners:
        message(figure, title, "nobody wins")
        return
    made = axes(figure, title, "money", "")
    rows = np.arange(len(winners))
    made.barh(rows, [_bid(solution, i) for i in winners], 0.7, color=SKY, label="bid")
    paid = solution.payments[winners].astype(float)
    rule = {"vcg": "VCG payment", "core": "core payment", "first_price": "payment (bid)"}
    made.barh(rows, paid, 0.42, color=BLUE, label=rule[solution.payment_rule])
    if solution.vcg_payments is not None and solution.payment_rule != "vcg":
        vcg = solution.vcg_payments[winners].astype(float)
        made.scatter(vcg, rows, marker="|", s=160, color=RED, label="VCG payment", zorder=3)
    rows_axis(made, [auction.label("bidders", i) for i in winners])
    legend_below(made)


def core(auction: CombinatorialAuction, result: Result[AuctionSolution], figure: Figure) -> None:
    """Draw the payments of two winners: the core, VCG, and the point that was chosen."""
    from matplotlib.patches import Polygon

    solution, title = result.solution, "Core of the two winners' payments"
    winners = [] if solution is None else [i for i, got in enumerate(solution.bundles) if got]
    begin(figure, auction, result, 7, 6)
    if solution is None or solution.vcg_payments is None or len(winners) != 2:
        message(figure, title, "this picture needs two winners and proved VCG payments")
        return
    first, second = winners
    bid = np.array([_bid(solution, first), _bid(solution, second)])
    vcg = solution.vcg_payments[winners].astype(float)
    paid = solution.payments[winners].astype(float)
    names = [auction.label("bidders", i) for i in winners]
    least = _least_sum(auction, solution, winners, vcg)
    corners = [bid, np.array([bid[0], vcg[1]]), vcg, np.array([vcg[0], bid[1]])]
    polygon = _above(corners, least)
    made = axes(figure, title, f"payment of {names[0]}", f"payment of {names[1]}")
    made.add_patch(Polygon(polygon, closed=True, color=SKY, alpha=0.5, lw=0, label="core"))
    line = np.array([[least - vcg[1], vcg[1]], [vcg[0], least - vcg[0]]])
    if least > vcg.sum():
        made.plot(line[:, 0], line[:, 1], color=ORANGE, lw=1.5, label="least core revenue")
        made.plot([vcg[0], paid[0]], [vcg[1], paid[1]], color=GREY, ls=":", lw=1)
    made.scatter([vcg[0]], [vcg[1]], s=50, color=RED, zorder=3, clip_on=False, label="VCG")
    made.scatter([bid[0]], [bid[1]], s=50, color=GREEN, zorder=3, clip_on=False, label="bids")
    if solution.payment_rule == "core":
        made.scatter(
            [paid[0]], [paid[1]], s=60, color=BLUE, marker="D", zorder=4, clip_on=False,
            label="core payment",
        )  # fmt: skip
    # Each axis ends at its own bid, so that a small one beside a large one is seen.
    made.set_xlim(0, 1.08 * bid[0] or 1.0)
    made.set_ylim(0, 1.08 * bid[1] or 1.0)
    legend_below(made)


def _bid(solution: AuctionSolution | None, bidder: int) -> float:
    """Return the accepted prices of a bidder."""
    assert solution is not None
    return float(solution.payments[bidder]) + float(solution.utilities[bidder])


def _least_sum(
    auction: CombinatorialAuction,
    solution: AuctionSolution,
    winners: list[int],
    vcg: FloatArray,
) -> float:
    """Return what the two must pay together: the best that the others could do without them."""
    from eqsolve.families.combinatorial_auction.verify.bids import Bids
    from eqsolve.families.combinatorial_auction.verify.optimum import best_set

    others = set(range(auction.n_bidders)) - set(winners)
    rest = best_set(Bids(auction), seconds=10.0, members=others).lower
    reserves = np.asarray(auction.reserves, float)
    sold = sum(float(reserves[list(solution.bundles[i])].sum()) for i in winners)
    return max(float(rest) + sold, float(vcg.sum()))


def _above(corners: list[FloatArray], least: float) -> FloatArray:
    """Return the part of a rectangle where the coordinates sum to at least `least`."""
    found = []
    for here, there in zip(corners, [*corners[1:], corners[0]], strict=True):
        inside, next_inside = here.sum() >= least - 1e-12, there.sum() >= least - 1e-12
        if inside:
            found.append(here)
        if inside != next_inside:
            share = (least - here.sum()) / (there.sum() - here.sum())
            found.append(here + share * (there - here))
    return np.array(found or [corners[0]])


PICTURES = {"bids": bids, "payments": payments, "core": core}
