"""The verifier of combinatorial auctions, which shares no code with the solvers.

``conditions`` holds the definition and goes through the claims, each in a module of its own:
``winners`` with ``duality`` (nothing better can be sold), ``payments``, ``core`` with ``nearest``,
``clearing`` prices. ``bids`` and ``claim`` are what they speak of, ``optimum`` and ``search`` the
verifier's own winner determination.
"""

from eqsolve.families.combinatorial_auction.verify.conditions import verify

__all__ = ["verify"]
