"""The verifier of trading networks, which shares no code with the solvers.

``conditions`` holds the definition, the other modules what is checked beyond it.
"""

from eqsolve.families.trading_network.verify.conditions import verify

__all__ = ["verify"]
