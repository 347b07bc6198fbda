"""Pictures of Dec-POMDPs: ``knowledge`` of sets and posteriors, ``denoising`` of fixed points."""

from __future__ import annotations

from eqsolve.families.dec_pomdp.pictures.denoising import fixed, ranks
from eqsolve.families.dec_pomdp.pictures.knowledge import posteriors, sets

__all__ = ["PICTURES", "fixed", "posteriors", "ranks", "sets"]

PICTURES = {"sets": sets, "posteriors": posteriors, "fixed_points": fixed, "ranks": ranks}
"""Name -> drawing function, the default first."""
