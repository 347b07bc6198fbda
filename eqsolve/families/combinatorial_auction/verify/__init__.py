"""The verifier of combinatorial auctions, which shares no code with the solvers.

``conditions`` holds the definition and the claims, ``optimum`` its own winner determination.
"""

from eqsolve.families.combinatorial_auction.verify.conditions import verify

__all__ = ["verify"]
