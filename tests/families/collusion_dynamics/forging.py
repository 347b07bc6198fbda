"""Answers for the forging test of all families."""

from __future__ import annotations

from eqsolve import CollusionDynamics

_PLAIN = {"ratio": 1.5}

CASES = {
    "score": (
        CollusionDynamics(
            0.85, _PLAIN, [0.2, 0.5], batch={"size": 2, "estimator": "score"}, rate=0.5, horizon=3
        ),
        {},
    ),
    "simulated": (
        CollusionDynamics(0.85, _PLAIN, [0.2], batch={"size": 2}, rate=0.5),
        {"method": "simulate", "paths": 500},
    ),
    "diffusion": (
        CollusionDynamics(0.85, _PLAIN, [0.2], batch={"size": 30}, rate=0.5),
        {"method": "diffusion"},
    ),
    "large batches only": (
        CollusionDynamics(0.85, _PLAIN, [0.2], batch={"size": 2}, rate=0.5),
        {"method": "analytic"},
    ),
}

NOT_CLAIMED = (
    "remarks.*",
    # A wider interval claims less; narrower ones are forged in test_verify.
    "batches-of-four:collusion_probability.*.low",
    "batches-of-four:collusion_probability.*.high",
    # So do larger errors.
    "batches-of-four:collusion_probability.*.updates_error",
    "simulated:collusion_probability.*.updates_error",
    # The verifier's own chain knows mean numbers of updates to about a hundredth.
    "batches-of-four:collusion_probability.*.updates",
    # The mean number of updates of 500 paths is known to a tenth only.
    "simulated:collusion_probability.*.updates",
)
