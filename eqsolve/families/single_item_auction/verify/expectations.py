"""Whether revenue, efficiency and utilities are what strategies lead to.

Finite games in fractions (`finite`), others by midpoint sums of two sizes (`expected`), whose
difference says how far the finer one may be off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from eqsolve.core.report import ReportBuilder
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution
from eqsolve.families.single_item_auction.verify.curves import curves_of
from eqsolve.families.single_item_auction.verify.expected import expected
from eqsolve.families.single_item_auction.verify.finite import FiniteAuction

__all__ = ["check_expectations"]


def check_expectations(
    builder: ReportBuilder, auction: SingleItemAuction, solution: SingleItemAuctionSolution
) -> None:
    """Check revenue, efficiency and utilities."""
    with builder.search("that revenue, efficiency and utilities are so") as poll:
        sums = _sums(auction, solution, poll)
        if sums is None:
            builder.leave("revenue, efficiency and utilities: the rule has no sums here")
        else:
            _compared(builder, auction, solution, *sums)


def _sums(
    auction: SingleItemAuction, solution: SingleItemAuctionSolution, poll: Callable[[], None]
) -> tuple[float, float, list[float], float] | None:
    """Return revenue, efficiency, utilities, and how far they may be off; None without sums."""
    scale = auction.scale
    if auction.values.is_finite:
        game = FiniteAuction.of(auction, solution.strategies, solution.classes, poll)
        revenue, efficiency, utility = game.expectations()
        return float(revenue), float(efficiency), utility, 0.0
    curves = curves_of(auction, solution)
    sizes = ((6000, 1), (12000, 1)) if auction.values.state is None else ((300, 60), (600, 120))
    if any(auction.risk) and auction.price_rank == 2:  # a sum of prices for each type
        sizes = ((sizes[0][0] // 10, sizes[0][1]), (sizes[1][0] // 10, sizes[1][1]))
    coarse, fine = (expected(auction, curves, *size) for size in sizes)
    if coarse is None or fine is None:
        return None
    near = max(
        abs(fine.revenue - coarse.revenue) / max(scale, 1e-300),
        abs(fine.efficiency - coarse.efficiency),
        *(
            abs(one - other) / max(scale, 1e-300)
            for one, other in zip(fine.utility, coarse.utility, strict=True)
        ),
    )
    return fine.revenue, fine.efficiency, list(fine.utility), near


def _compared(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    solution: SingleItemAuctionSolution,
    revenue: float,
    efficiency: float,
    utility: Sequence[float],
    near: float,
) -> None:
    """Check what is claimed against sums made anew."""
    scale = auction.scale
    # Utilities whose slope is infinite at 0 converge slowly where types win with no gain.
    slow = any(auction.risk) and (auction.price_rank == 2 or auction.n_bidders == 1)
    allowed = 8 * near + 2e-5 if slow else 3 * near
    claims = [("revenue", solution.revenue, revenue, scale)]
    claims.append(("efficiency", solution.efficiency, efficiency, 1.0))
    claims += [
        (f"utility of {auction.label('bidders', i)}", claimed, true, scale)
        for i, (claimed, true) in enumerate(zip(solution.bidder_utility, utility, strict=True))
    ]
    off = np.array([abs(claimed - true) - allowed * size for _, claimed, true, size in claims])
    sizes_of = np.array([size for *_, size in claims])

    def words(k: int) -> str:
        name, claimed, true, _ = claims[k]
        return f"{name} is {true:.9g}, not {claimed:.9g}"

    builder.compare(
        "auction.expectations", "revenue, efficiency and utilities are what strategies lead to",
        off, sizes_of, words,
    )  # fmt: skip
