"""The verifier of normal-form games, which shares no code with the solvers.

``conditions`` holds the definition, the other modules what is checked beyond it.
"""

from eqsolve.families.normal_form_game.verify.conditions import verify

__all__ = ["verify"]
