"""An auction's bids as the verifier counts them: in fractions, each with what it adds.

Everything that the checks and the searches say of bids is said of this one list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction

__all__ = ["Bid", "Bids"]

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid.

    Parameters
    ----------
    bidder : whose it is.
    bundle : its items, rising, one entry per unit.
    units : (item, units) of each item in it.
    price : what is bid.
    value : what it adds: the price less the worth of its units at their reserves (CA-1).
    fits : whether there are as many units as it asks for.
    """

    bidder: int
    bundle: tuple[int, ...]
    units: tuple[tuple[int, int], ...]
    price: Fraction
    value: Fraction
    fits: bool


class Bids:
    """All bids of an auction, and the worth of what is sold."""

    def __init__(self, auction: CombinatorialAuction) -> None:
        self.auction = auction
        self.reserves = auction.exact_reserves()
        self.supplies: list[int] = auction.supplies.tolist()
        pairs = zip(self.supplies, self.reserves, strict=True)
        self.worth = sum((units * reserve for units, reserve in pairs), _ZERO)
        prices = auction.bids.exact_prices()
        self.all = [
            self._bid(bidder, tuple(bundle), price)
            for (bidder, bundle, _), price in zip(auction.bids, prices, strict=True)
        ]
        self.scale = max([_ZERO, *prices, *self.reserves, self.worth])

    def _bid(self, bidder: int, bundle: tuple[int, ...], price: Fraction) -> Bid:
        """Return one bid with what follows from its bundle."""
        units = tuple((item, bundle.count(item)) for item in sorted(set(bundle)))
        fits = all(count <= self.supplies[item] for item, count in units)
        return Bid(bidder, bundle, units, price, price - self.reserve(bundle), fits)

    def reserve(self, bundle: Sequence[int]) -> Fraction:
        """Return what units are worth to the seller."""
        return sum((self.reserves[item] for item in bundle if self.reserves[item]), _ZERO)

    def taken(self, accepted: Sequence[int]) -> list[int]:
        """Return how many units of each item some bids ask for together."""
        taken = [0] * len(self.supplies)
        for b in accepted:
            for item, count in self.all[b].units:
                taken[item] += count
        return taken

    def conflicts(self, accepted: Sequence[int]) -> list[str]:
        """Return why bids cannot win together."""
        auction = self.auction
        found = []
        winners: dict[int, int] = {}
        for b in accepted:
            bidder = self.all[b].bidder
            if bidder in winners and auction.language == "xor":
                who = auction.label("bidders", bidder)
                found.append(f"bids {winners[bidder]} and {b} of {who} exclude each other")
            winners[bidder] = b
        found += [
            f"{auction.label('items', item)}: {count} units sold, there are {units}"
            for item, (count, units) in enumerate(
                zip(self.taken(accepted), self.supplies, strict=True)
            )
            if count > units
        ]
        if len(set(accepted)) < len(accepted):
            found.append("a bid is accepted twice")
        return found

    def welfare(self, accepted: Sequence[int]) -> Fraction:
        """Return accepted prices and the worth of the units left."""
        return self.worth + sum((self.all[b].value for b in accepted), _ZERO)

    def gain(self, bid: Bid, prices: Sequence[Fraction]) -> Fraction:
        """Return what a bid gains at item prices; may be negative."""
        return bid.price - sum((count * prices[item] for item, count in bid.units), _ZERO)

    def gains(self, prices: Sequence[Fraction]) -> list[Fraction]:
        """Return the most that each bidder gains at item prices."""
        most = [_ZERO] * self.auction.n_bidders
        for bid in self.all:
            if bid.fits:
                gain = max(_ZERO, self.gain(bid, prices))
                own = most[bid.bidder]
                most[bid.bidder] = max(own, gain) if self.auction.language == "xor" else own + gain
        return most
