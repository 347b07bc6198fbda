"""Dec-POMDPs: what agents with different observations can know of the state, alone and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.dec_pomdp.instance.model import DecPOMDP
    from eqsolve.families.dec_pomdp.learned import (
        DenoiserComparison,
        TrainedDenoiser,
        train_denoiser,
    )
    from eqsolve.families.dec_pomdp.questions.denoising import composite_flow, fixed_points
    from eqsolve.families.dec_pomdp.questions.knowing import (
        Observability,
        observability,
        posterior,
        shared_states,
    )
    from eqsolve.families.dec_pomdp.solution.denoised import FixedPoint, Flow
    from eqsolve.families.dec_pomdp.solution.posteriors import Posterior
    from eqsolve.families.dec_pomdp.solution.record import DecPOMDPSolution

__all__ = [
    "DecPOMDP",
    "DecPOMDPSolution",
    "DenoiserComparison",
    "FixedPoint",
    "Flow",
    "Observability",
    "Posterior",
    "TrainedDenoiser",
    "composite_flow",
    "fixed_points",
    "observability",
    "posterior",
    "shared_states",
    "train_denoiser",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance.model": ("DecPOMDP",),
        "learned": ("DenoiserComparison", "TrainedDenoiser", "train_denoiser"),
        "questions.denoising": ("composite_flow", "fixed_points"),
        "questions.knowing": ("Observability", "observability", "posterior", "shared_states"),
        "solution.denoised": ("FixedPoint", "Flow"),
        "solution.posteriors": ("Posterior",),
        "solution.record": ("DecPOMDPSolution",),
    },
)
