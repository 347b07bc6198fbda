"""The verifier of model markets, which shares no code with the solvers.

``conditions`` holds the definition, the other modules what is checked beyond it.
"""

from eqsolve.families.model_market.verify.conditions import verify

__all__ = ["verify"]
