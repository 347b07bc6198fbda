"""The verifier of single-item auctions: its own rules, its own utilities, its own cells."""

from eqsolve.families.single_item_auction.verify.conditions import verify

__all__ = ["verify"]
