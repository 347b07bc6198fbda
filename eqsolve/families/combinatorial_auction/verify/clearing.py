"""Item prices at which everybody gets a best bundle, or that there are none (CA-9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from eqsolve.core.status import Status
from eqsolve.families.combinatorial_auction.verify.claim import Claim, is_index, shown

__all__ = ["check_prices"]

_ZERO = Fraction(0)
_SHRUNK = 1 - Fraction(1, 10**7)
"""By this a fractional solution is made smaller, so that it is feasible in spite of rounding."""


def check_prices(claim: Claim) -> None:
    """Check that item prices clear the market, or that the certificate shows there are none."""
    if claim.solution.item_prices is not None:
        claim.builder.require(
            "auction.item-prices",
            "at the item prices everybody gets a best bundle, unsold units cost their reserve",
            _unsupported(claim, [Fraction(price) for price in claim.solution.item_prices.tolist()]),
            theorem="CA-9",
        )
    elif claim.result.stats.options.get("prices") is True and (
        claim.result.status is Status.SOLVED
    ):
        claim.builder.require(
            "auction.no-prices",
            "a fractional solution is worth more than the welfare, so no item prices clear",
            _not_shown(claim),
            theorem="CA-9",
        )


def _unsupported(claim: Claim, prices: list[Fraction]) -> Iterator[str]:
    """Yield why prices do not clear the market."""
    bids, auction, slack = claim.bids, claim.auction, claim.slack
    taken = bids.taken(claim.solution.accepted)
    for j, (price, reserve) in enumerate(zip(prices, bids.reserves, strict=True)):
        item = auction.label("items", j)
        if price < reserve - slack:
            yield f"{item}: price {shown(price)} below the reserve"
        if taken[j] < bids.supplies[j] and price > reserve + slack:
            yield f"{item} is not sold out but costs {shown(price)}"
    held = [_ZERO] * auction.n_bidders
    for b in claim.solution.accepted:
        bid = bids.all[b]
        held[bid.bidder] += bids.gain(bid, prices)
    for i, (own, most) in enumerate(zip(held, bids.gains(prices), strict=True)):
        if most > own + slack:
            who = auction.label("bidders", i)
            yield f"{who} gains {shown(own)}, but could gain {shown(most)}"


def _not_shown(claim: Claim) -> list[str]:
    """Return why the certificate's fractional solution does not show that no prices clear."""
    bids = claim.bids
    primal = claim.data.get("lp_primal")
    names = primal.get("bids") if isinstance(primal, Mapping) else None
    good = isinstance(names, list) and all(is_index(b, len(bids.all)) for b in names)
    amounts = claim.evidence("lp_primal", "amounts", len(names)) if names and good else None
    if names is None or amounts is None:
        return ["no fractional solution is given"]
    shares = {b: max(_ZERO, x) * _SHRUNK for b, x in zip(names, amounts, strict=True)}
    taken = [_ZERO] * len(bids.supplies)
    held = [_ZERO] * claim.auction.n_bidders
    welfare = bids.worth
    for b, share in shares.items():
        bid = bids.all[b]
        held[bid.bidder] += share
        welfare += share * bid.value
        for item, count in bid.units:
            taken[item] += share * count
    most = held if claim.auction.language == "xor" else list(shares.values())
    if any(t > c for t, c in zip(taken, bids.supplies, strict=True)) or max(most) > 1:
        return ["the fractional solution needs more than there is"]
    if welfare <= claim.welfare:
        worth = shown(welfare)
        return [f"the fractional solution is worth {worth}, no more than the welfare"]
    return []
