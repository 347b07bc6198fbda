"""What the formats earn with the same bidders, each in its own equilibrium (AUC-5)."""

from __future__ import annotations

from dataclasses import dataclass

from eqsolve.core.arguments import require_instance
from eqsolve.core.errors import EqsolveError
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report
from eqsolve.families.single_item_auction.instance import FORMATS, SingleItemAuction
from eqsolve.families.single_item_auction.instance.auction import RISKLESS
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["FormatRow", "compare_formats", "in_format"]


@dataclass(frozen=True, slots=True)
class FormatRow:
    """One format.

    Parameters
    ----------
    format : its name.
    k : of ``kth_price``, else None.
    status : word of the result, or empty where the format was not solved.
    solution : its equilibrium, or None.
    reason : why there is none.
    report : what the verifier says of it.
    """

    format: str
    k: int | None
    status: str
    solution: SingleItemAuctionSolution | None
    reason: str = ""
    report: Report | None = None


def in_format(auction: SingleItemAuction, format: str) -> SingleItemAuction:
    """Return the same bidders in another format; ``kth_price`` has k = 3."""
    k = auction.k if auction.k is not None else 3
    same = format == auction.format
    return SingleItemAuction(
        format,
        auction.n_bidders,
        auction.values,
        k=k if format == "kth_price" else None,
        bids=auction.bids,
        reserve=auction.reserve,
        risk=auction.risk,
        tick=auction.tick if same else None,
        name=auction.name,
    )


def compare_formats(
    auction: SingleItemAuction, *, deadline: Deadline | None = None
) -> tuple[FormatRow, ...]:
    """Return revenue, efficiency and utilities of all formats with the same bidders.

    Parameters
    ----------
    auction : its values, bids, reserve and risk count.
    deadline : a running clock; formats that it leaves no time for are named.

    Raises
    ------
    InstanceError : no `SingleItemAuction`.

    Notes
    -----
    Cost: a solve each. Source: Vickrey (1961); revenue equivalence is AUC-5.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"uniform": [0, 99]}}
    >>> rows = compare_formats(SingleItemAuction("first_price", 2, values))
    >>> [(row.format, round(row.solution.revenue, 3)) for row in rows if row.solution][:3]
    [('first_price', 33.0), ('second_price', 33.0), ('all_pay', 33.0)]
    """
    from eqsolve.families.single_item_auction.solve import solve

    require_instance(auction, SingleItemAuction, "auction")
    clock = deadline or Deadline()
    rows = []
    for word in FORMATS:
        k = auction.k if auction.k is not None else 3
        rank = k if word == "kth_price" else None
        if word == "kth_price" and auction.n_bidders < k:
            reason = f"there are fewer than {k} bidders"
            rows.append(FormatRow(word, rank, "", None, reason))
        elif word in RISKLESS and any(auction.risk):
            rows.append(FormatRow(word, rank, "", None, "risk aversion is not taken here"))
        elif clock.expired():
            rows.append(FormatRow(word, rank, "", None, "no time was left"))
        else:
            try:
                result = solve(in_format(auction, word), deadline=clock)
                status, report = result.status.value, result.check
                rows.append(FormatRow(word, rank, status, result.solution, "", report))
            except EqsolveError as error:
                rows.append(FormatRow(word, rank, "", None, str(error)))
    return tuple(rows)
