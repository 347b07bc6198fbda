"""Dec-POMDPs: what agents with different observations can know of the state, alone and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.dec_pomdp.instance.model import DecPOMDP
    from eqsolve.families.dec_pomdp.questions.knowing import (
        Observability,
        observability,
        posterior,
        shared_states,
    )
    from eqsolve.families.dec_pomdp.solution.posteriors import Posterior
    from eqsolve.families.dec_pomdp.solution.record import DecPOMDPSolution

__all__ = [
    "DecPOMDP",
    "DecPOMDPSolution",
    "Observability",
    "Posterior",
    "observability",
    "posterior",
    "shared_states",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance.model": ("DecPOMDP",),
        "questions.knowing": ("Observability", "observability", "posterior", "shared_states"),
        "solution.posteriors": ("Posterior",),
        "solution.record": ("DecPOMDPSolution",),
    },
)
