"""The verifier of assignment markets, which shares no code with the solvers.

``conditions`` holds the definition, the other modules what is checked beyond it.
"""

from eqsolve.families.assignment_market.verify.conditions import verify

__all__ = ["verify"]
