"""The verifier of auction design, which shares no code with the methods or with play.

``conditions`` goes through the claims, ``choice`` is what buyers take, ``revenue`` what a mechanism
earns, ``incentives`` lies in direct mechanisms, ``bounds`` what flows prove, ``search`` the best
menu without lotteries by looking at all.
"""

from eqsolve.families.auction_design.verify.conditions import verify

__all__ = ["verify"]
