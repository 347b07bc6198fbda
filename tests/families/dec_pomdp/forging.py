"""Answers for the forging test of all families."""

from __future__ import annotations

from eqsolve import load
from eqsolve.families.dec_pomdp.generate import Random, Revealing

CASES = {
    "random": (Random(states=3, histories=2).instance(1), {}),
    "revealing": (Revealing(histories=2).instance(2), {}),
    "three": (Random(agents=3, states=2, histories=1).instance(4), {}),
    "filtered": (Random(states=3, histories=2).instance(1), {"method": "filter"}),
    "denoised": (load("catalog:three-agent-cycle"), {"method": "denoiser", "sigma": 0.3}),
    "line": (load("catalog:line-embedding"), {"method": "denoiser", "sigma": 0.2}),
}

NOT_CLAIMED = (
    # Another history that leaves two states is as good, and so is another that is as short.
    "*unshared_history.*",
    "*ambiguous_history.*",
    # Where a flow starts is what was asked.
    "*flow.*.path.0.*",
)
