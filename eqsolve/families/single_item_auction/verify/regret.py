"""Whether epsilon is what it is said to be, by the means of its kind (CERT-D, E, I, G).

Finite games are recomputed in fractions (`finite`), independent continuous values within proved
bounds whose cells become finer where need be (`interval`), affiliated and common ones on another
grid (`grid`). A claim below the truth is refuted with a bidder, a value and a better bid.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution
from eqsolve.families.single_item_auction.verify.curves import Curve, curves_of
from eqsolve.families.single_item_auction.verify.dominance import check_dominance
from eqsolve.families.single_item_auction.verify.finite import FiniteAuction
from eqsolve.families.single_item_auction.verify.grid import grid_finding
from eqsolve.families.single_item_auction.verify.interval import Finding, finding

__all__ = ["check_epsilon", "check_solved"]

_SHARE = 1e-3
"""Default of the option `epsilon`, as a share of the value range."""
_ZERO = 1e-9
"""Exact regrets up to here, as a share of the scale (1 at least), count as zero."""


_FIRST_CELLS, _MOST_CELLS = 1 << 15, 1 << 21


def check_epsilon(
    builder: ReportBuilder, auction: SingleItemAuction, solution: SingleItemAuctionSolution
) -> None:
    """Check epsilon as its kind says."""
    kind, claimed = solution.epsilon_kind, solution.epsilon
    if auction.format == "english" and auction.values.model == "common" and auction.n_bidders > 2:
        builder.leave("that no type gains more than epsilon: bids may depend on who has left")
        return
    if kind == "dominance":
        check_dominance(builder, auction, solution)
        return
    scale = max(1.0, auction.scale) if kind == "exact" else auction.scale
    if auction.values.is_finite:
        _exact(builder, auction, solution, _ZERO * scale)
        if kind != "exact":
            builder.require("auction.kind", "finite games are looked at exactly", [f"kind {kind}"])
        return
    private = auction.values.state is None
    wanted = "grid" if not private else "exact" if auction.bids is not None else "interval"
    if kind not in (wanted, "grid"):
        words = [f"kind {kind}, where {wanted} can be had"]
        builder.require("auction.kind", "the kind of epsilon is one that can be had", words)
        return
    curves = curves_of(auction, solution)
    if kind == "grid":
        _on_a_grid(builder, auction, solution, curves)
        return
    _proved(builder, auction, solution, curves, claimed)


def _exact(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    slack: float,
) -> None:
    """Check epsilon of a finite game against all types and bids."""
    with builder.search("that no type gains more than epsilon") as poll:
        game = FiniteAuction.of(auction, solution.strategies, solution.classes, poll)
        truth, words = 0.0, ""
        for c in range(len(solution.strategies)):
            bidder = solution.classes.index(c)
            best = game.best(bidder)
            if best.regret > truth:
                truth = float(best.regret)
                bid = None if best.bid is None else float(best.bid)
                words = _witness(auction, bidder, float(best.value), bid, truth, above=best.above)
        _judge(builder, solution, truth, truth, slack, words)


def _witness(
    auction: SingleItemAuction,
    bidder: int,
    value: float,
    bid: float | None,
    gain: float,
    *,
    above: bool = False,
) -> str:
    """Return in words who gains by what."""
    who = auction.label("bidders", bidder)
    what = "staying out" if bid is None else f"bidding {'just above ' * above}{bid:.6g}"
    return f"{who} with value {value:.6g} gains {gain:.6g} by {what}"


def _judge(
    builder: ReportBuilder,
    solution: SingleItemAuctionSolution,
    gain: float,
    most: float,
    slack: float,
    words: str,
) -> None:
    """Check that epsilon is not below a gain that there is, and equal to it where it is exact."""
    claimed = solution.epsilon
    short = gain > claimed + slack or math.isnan(claimed)
    problems = [f"{words}, more than epsilon = {claimed:.6g}"] if short else []
    builder.require(
        "auction.epsilon", "no type of any bidder gains more than epsilon", problems,
        theorem="AUC-10" if solution.epsilon_kind == "exact" else "",
    )  # fmt: skip
    if solution.epsilon_kind == "exact" and claimed > most + slack:
        problems = [f"epsilon = {claimed:.6g}, and no type gains more than {most:.6g}"]
        builder.require("auction.tight", "an exact epsilon is the greatest gain", problems)


def _proved(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    curves: list[Curve],
    claimed: float,
) -> None:
    """Check a bound that is claimed as proved with cells of our own, finer where need be."""
    slack = 1e-11 * auction.scale
    cells = _FIRST_CELLS
    with builder.search("that no type gains more than epsilon") as poll:
        while True:
            bound, worst, who = 0.0, None, 0
            for c in range(len(solution.strategies)):
                poll()
                bidder = solution.classes.index(c)
                found = finding(auction, bidder, curves, cells)
                if found is None:
                    builder.leave("that no type gains more than epsilon: no bounds are known here")
                    return
                bound = max(bound, found.bound)
                if worst is None or found.gain > worst.gain:
                    worst, who = found, bidder
            assert worst is not None
            words = _witness(auction, who, worst.value, worst.bid, worst.gain)
            refuted = worst.gain > claimed + 1e-9 * auction.scale
            if refuted or bound <= claimed + slack or cells >= _MOST_CELLS:
                break
            # What a bound exceeds the truth by falls as cells grow in number.
            spare = max(claimed - worst.gain, 1e-12 * auction.scale)
            wanted = 1.3 * cells * (bound - worst.gain) / spare
            cells = int(min(_MOST_CELLS, max(2 * cells, wanted)))
        _judge(builder, solution, worst.gain, bound, 1e-9 * auction.scale, words)
        if not refuted and bound > claimed + slack:
            builder.leave(
                f"that no type gains more than {claimed:.6g}: {cells} cells show {bound:.6g}"
            )


def _on_a_grid(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    curves: list[Curve],
) -> None:
    """Look for a gain above epsilon on a grid of our own."""
    slack = 1e-4 * auction.scale + 0.1 * solution.epsilon
    worst: Finding | None = None
    who = 0
    for c in range(len(solution.strategies)):
        bidder = solution.classes.index(c)
        if auction.values.state is None:
            found = finding(auction, bidder, curves, 1 << 12)
        else:
            found = grid_finding(auction, bidder, curves)
        if found is None:
            builder.leave("that no type gains more than epsilon: the rule has no grid here")
            return
        if worst is None or found.gain > worst.gain:
            worst, who = found, bidder
    assert worst is not None
    words = _witness(auction, who, worst.value, worst.bid, worst.gain)
    _judge(builder, solution, worst.gain, np.inf, slack, words)


def check_solved(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    claim: Result[SingleItemAuctionSolution],
    solution: SingleItemAuctionSolution,
) -> None:
    """Check that what is called solved has a proof and is near enough."""
    if claim.status is not Status.SOLVED:
        return
    low, high = auction.support
    asked = claim.stats.options.get("epsilon")
    wanted = _SHARE * (high - low) if not isinstance(asked, int | float) else float(asked)
    small = {
        "dominance": 0.0,
        "exact": _ZERO * max(1.0, auction.scale),
        "interval": wanted,
        "grid": -1.0,
    }[solution.epsilon_kind]
    problems = []
    if solution.epsilon_kind == "grid":
        problems.append("a grid of types and bids proves nothing")
    elif solution.epsilon > small:
        problems.append(f"epsilon = {solution.epsilon:.6g} is above {small:.6g}")
    builder.require("auction.solved", "what is solved is proved and near enough", problems)
