"""The verifier of contracts, which shares no code with the solvers.

``conditions`` holds the definition, ``payments`` lower bounds of payments, ``values`` dynamic
programs, ``profiles`` enumerations of policies, ``claims`` what a solution says beside its policy.
"""

from eqsolve.families.contract_mdp.verify.conditions import verify

__all__ = ["verify"]
