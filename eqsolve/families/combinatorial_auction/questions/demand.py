"""What a bidder wants: the value of a bundle, and the best bundle at item prices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.bid_table import exact
from eqsolve.core.errors import OptionError
from eqsolve.core.valuation import BundleBid, best_bundle, bundle_value
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.packing import number

__all__ = ["demand", "value"]


def value(auction: CombinatorialAuction, bidder: int, bundle: Sequence[int]) -> int | float:
    """Return what a bundle is worth to a bidder, money units.

    Parameters
    ----------
    auction : the auction.
    bidder : index.
    bundle : items, repeated for more units.

    Raises
    ------
    OptionError : no such bidder or item.

    Notes
    -----
    Cost O(bids of the bidder) under XOR; under OR exponential at worst. Source: Nisan (2000).

    Examples
    --------
    >>> auction = CombinatorialAuction(2, [(0, [0], 3), (0, [1], 2)], language="or")
    >>> value(auction, 0, [0, 1])
    5
    """
    items = [_below(item, auction.n_items, "item") for item in bundle]
    return number(bundle_value(_bids(auction, bidder), auction.language, items))


def demand(
    auction: CombinatorialAuction, bidder: int, prices: Sequence[float]
) -> tuple[tuple[int, ...], int | float]:
    """Return the bundle that a bidder wants at item prices, and its gain, money units.

    Parameters
    ----------
    auction : the auction.
    bidder : index.
    prices : one for each item.

    Raises
    ------
    OptionError : no such bidder, or not one price >= 0 for each item.

    Notes
    -----
    Nothing rather than a gain of 0, then the bid that comes first. Cost as for `value`. Source:
    Nisan (2000).

    Examples
    --------
    >>> auction = CombinatorialAuction(2, [(0, [0, 1], 9), (0, [1], 6)])
    >>> demand(auction, 0, [2, 4])
    ((0, 1), 3)
    """
    given = np.asarray(prices, dtype=np.float64)
    if given.shape != (auction.n_items,) or not (np.isfinite(given) & (given >= 0)).all():
        raise OptionError(f"prices: must be {auction.n_items} numbers >= 0")
    exact_prices = [exact(price) for price in np.asarray(prices).tolist()]
    bids = _bids(auction, bidder)
    taken, gain = best_bundle(bids, auction.language, exact_prices, auction.supplies.tolist())
    return tuple(sorted(item for bid in taken for item in bid.items)), number(gain)


def _bids(auction: CombinatorialAuction, bidder: int) -> list[BundleBid]:
    """Return the bids of a bidder."""
    prices = auction.bids.exact_prices()
    own = auction.bids.bids_of(_below(bidder, auction.n_bidders, "bidder")).tolist()
    return [BundleBid(tuple(auction.bids.bundle(b).tolist()), prices[b], b) for b in own]


def _below(index: object, limit: int, word: str) -> int:
    """Return an index, or raise `OptionError`."""
    whole = isinstance(index, int | np.integer) and not isinstance(index, bool)
    if not whole or not 0 <= int(index) < limit:  # type: ignore[call-overload]  # whole
        raise OptionError(f"{word} = {index!r}: must be a whole number below {limit}")
    return int(index)  # type: ignore[call-overload,no-any-return]  # whole
