"""The verifier of token auctions, which shares no code with the solvers."""

from eqsolve.families.token_auction.verify.conditions import verify

__all__ = ["verify"]
