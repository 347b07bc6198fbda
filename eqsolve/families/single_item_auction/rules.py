"""Who wins a sealed auction and who pays what: the rules, stated once for solving and playing.

The rules are the table at the top of ``instance.auction``. Numbers keep their kind: whole numbers
and fractions stay exact. O(n log n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["Award", "accepted", "award", "price_of", "top_bidders"]


@dataclass(frozen=True, slots=True)
class Award:
    """What came of a round.

    Parameters
    ----------
    winner : the bidder who gets the prize, or None.
    price : what the winner pays, or None where nobody wins.
    payments : what each bidder pays, 0 for those who pay nothing.
    """

    winner: int | None
    price: Any
    payments: tuple[Any, ...]


def accepted(bids: Sequence[Any], reserve: Any) -> list[int]:
    """Return the bidders whose bids count: not None and not below the reserve."""
    return [i for i, bid in enumerate(bids) if bid is not None and bid >= reserve]


def top_bidders(bids: Sequence[Any], reserve: Any) -> list[int]:
    """Return the bidders among whom the prize is drawn by lot, in the order of their indices."""
    taken = accepted(bids, reserve)
    top = max((bids[i] for i in taken), default=None)
    return [i for i in taken if bids[i] == top]


def price_of(auction: SingleItemAuction, bids: Sequence[Any]) -> Any:
    """Return what the winner pays; None where nothing is sold.

    Parameters
    ----------
    bids : one for each bidder, None for staying out.
    """
    ranked = sorted((bids[i] for i in accepted(bids, auction.reserve)), reverse=True)
    rank = auction.price_rank
    if len(ranked) >= rank:
        return ranked[rank - 1]
    # One accepted bid sells at the reserve to a second price; no k-th bid sells nothing.
    return auction.reserve if ranked and rank == 2 else None


def award(auction: SingleItemAuction, bids: Sequence[Any], tie_draw: float = 0.0) -> Award:
    """Return winner, price and payments of a round of sealed bids.

    Parameters
    ----------
    auction : its format, k and reserve are read.
    bids : one for each bidder, None for staying out.
    tie_draw : uniform in [0, 1): of t equal top bids the one of place ``floor(t * tie_draw)`` wins.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"integers": [0, 9]}}
    >>> award(SingleItemAuction("second_price", 3, values, reserve=2), [5, 5, 1], 0.5)
    Award(winner=1, price=5, payments=(0, 5, 0))
    >>> award(SingleItemAuction("kth_price", 3, values, k=3), [5, None, 1])
    Award(winner=None, price=None, payments=(0, 0, 0))
    """
    price = price_of(auction, bids)
    top = top_bidders(bids, auction.reserve)
    winner = top[int(tie_draw * len(top))] if price is not None else None
    paid = [0] * len(bids)
    if auction.format == "all_pay":
        for i in accepted(bids, auction.reserve):
            paid[i] = bids[i]
    elif winner is not None:
        paid[winner] = price
    return Award(winner, price, tuple(paid))
