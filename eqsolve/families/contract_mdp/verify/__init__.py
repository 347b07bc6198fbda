"""The verifier of contracts, which shares no code with the solvers.

``conditions`` holds the definition, ``play`` what a policy is worth and what deviations from it
gain, ``deviations`` and ``payments`` bounds of what she could get by other contracts, ``values``
dynamic programs, ``profiles`` enumerations of policies, ``one_shot`` and ``figures`` what a
solution says beside its policy.
"""

from eqsolve.families.contract_mdp.verify.conditions import verify

__all__ = ["verify"]
