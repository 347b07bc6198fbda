"""Whether values are bid where that is weakly dominant (CERT-D, AUC-1), type by type.

A matter of the format alone: nothing is computed. O(types).
"""

from __future__ import annotations

from eqsolve.core.report import ReportBuilder
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["check_dominance"]


def check_dominance(
    builder: ReportBuilder, auction: SingleItemAuction, solution: SingleItemAuctionSolution
) -> None:
    """Check that values are bid where that is weakly dominant."""
    problems = []
    if auction.price_rank != 2 or auction.values.model == "common":
        problems.append(
            f"no bid is dominant in {auction.format} with {auction.values.model} values"
        )
    if solution.epsilon != 0:
        problems.append(f"epsilon is {solution.epsilon:g}, and 0 for dominant strategies")
    for c, strategy in enumerate(solution.strategies):
        if problems:
            break
        bidder = solution.classes.index(c)
        low, high = auction.values.support(bidder)
        if not auction.values.is_finite:
            if auction.bids is not None:
                problems.append("the grid of bids does not hold all values")
                break
            assert strategy.bids is not None
            problems += [
                f"strategy {c}: value {v:g} bids {b:g}"
                for v, b in zip(strategy.values.tolist(), strategy.bids.tolist(), strict=True)
                if v != b
            ]
            if auction.reserve <= high and (
                strategy.values[0] > max(low, auction.reserve) or strategy.values[-1] < high
            ):
                problems.append(f"strategy {c}: some types that reach the reserve do not bid")
            continue
        for place, value in enumerate(strategy.values.tolist()):
            for bid, _ in strategy.offers(place):
                problem = _not_dominant(auction, value, bid)
                if problem:
                    problems.append(f"strategy {c}: {problem}")
    builder.require(
        "auction.dominance", "bidding the value is weakly dominant, and done", problems[:5],
        theorem="AUC-1",
    )  # fmt: skip


def _not_dominant(auction: SingleItemAuction, value: float, bid: float | None) -> str:
    """Return why a bid is not weakly dominant at a second price, empty if it is."""
    grid, reserve = auction.bids, auction.reserve
    refused = bid is None or bid < reserve
    if value < reserve:
        return "" if refused else f"value {value:g} bids {bid:g} above its worth"
    if grid is None or grid.holds(value):
        return "" if bid == value else f"value {value:g} bids {bid}"
    if value > grid.max:
        top = grid.max if grid.max >= reserve else None
        good = bid == top or (top is None and refused)
        return "" if good else f"value {value:g} bids {bid}, and the cap is {grid.max:g}"
    if value < grid.min <= reserve and refused:
        return ""
    return f"value {value:g} lies between bids of the grid, so that none is dominant"
