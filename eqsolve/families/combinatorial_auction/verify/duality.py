"""The bound by item prices: no set of bids has more welfare than they say (CA-9).

At prices no less than the reserves nobody's bids are worth more than what they cost and the most
that the bidder gains, so supplies at their prices and all gains bound the welfare; utilities are
made anew from the certificate's prices. Cost O(size of the bids).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from eqsolve.families.combinatorial_auction.verify.claim import Claim, shown

__all__ = ["Dual"]

_ZERO = Fraction(0)


class Dual:
    """The certificate's item prices, with what they prove.

    Attributes
    ----------
    bound : no set has more welfare; None where the certificate holds no prices that prove one.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim, bids = claim, claim.bids
        self.bound: Fraction | None = None
        self._gains: list[Fraction] = []
        prices = claim.evidence("lp_dual", "items", len(bids.supplies))
        if prices is None:
            return
        # What only rounding keeps below its reserve is lifted to it.
        rounding = claim.rounding()
        prices = [
            reserve if reserve - rounding <= price < reserve else price
            for price, reserve in zip(prices, bids.reserves, strict=True)
        ]
        if any(price < reserve for price, reserve in zip(prices, bids.reserves, strict=True)):
            return
        self._gains = bids.gains(prices)
        cost = sum((c * p for c, p in zip(bids.supplies, prices, strict=True)), _ZERO)
        self.bound = cost + sum(self._gains, _ZERO)

    def bound_without(self, bidder: int | None) -> Fraction | None:
        """Return the bound with a bidder's bids left out, or nobody's."""
        if self.bound is None or bidder is None:
            return self.bound
        return self.bound - self._gains[bidder]

    def check(self) -> None:
        """Check that the prices prove `lp_bound`, and that the utilities go with them."""
        claim, claimed = self.claim, self.claim.solution.lp_bound
        if claimed is not None:
            problems = []
            if self.bound is None:
                problems = ["no such prices are given"]
            elif Fraction(claimed) < self.bound - claim.rounding(self.bound):
                problems = [f"they prove {shown(self.bound)}, not {claimed}"]
            claim.builder.require(
                "auction.lp-bound",
                "the certificate's item prices, at least the reserves, prove lp_bound",
                problems,
                theorem="CA-9",
            )
        if self.bound is not None and isinstance(claim.data.get("lp_dual"), Mapping):
            self._check_utilities()

    def _check_utilities(self) -> None:
        """Check the bidders' side of the dual solution."""
        claim = self.claim
        utilities = claim.evidence("lp_dual", "bidders", len(self._gains))
        problems = ["utilities of the bidders are missing"]
        if utilities is not None:
            problems = [
                f"{claim.auction.label('bidders', i)}: {shown(own)} does not cover {shown(gain)}"
                for i, (own, gain) in enumerate(zip(utilities, self._gains, strict=True))
                if own < gain - claim.rounding()
            ]
        claim.builder.require(
            "auction.dual",
            "item prices and utilities cover every bid",
            problems,
            theorem="CA-9",
        )
