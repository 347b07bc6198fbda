"""What is known once a model is solved: ``record`` the whole, ``posteriors`` and ``denoised``."""

from __future__ import annotations

from eqsolve.families.dec_pomdp.solution.denoised import Denoised, FixedPoint, Flow
from eqsolve.families.dec_pomdp.solution.posteriors import Posterior
from eqsolve.families.dec_pomdp.solution.record import SOLUTION_FIELDS, DecPOMDPSolution

__all__ = ["SOLUTION_FIELDS", "DecPOMDPSolution", "Denoised", "FixedPoint", "Flow", "Posterior"]
