"""Base of the methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Method
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution

__all__ = ["SOURCE", "ModelMethod"]

SOURCE = (
    "Wang, T., Dong, H., Jiang, Y., Parkes, D. C. and Tambe, M. (2025). On Diffusion Models for "
    "Multi-Agent Partial Observability: Shared Attractors, Error Bounds, and Composite Flow. "
    "International Conference on Autonomous Agents and Multiagent Systems; arXiv 2410.13953."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMethod(Method[DecPOMDP, DecPOMDPSolution]):
    """Base of the methods."""

    source: ClassVar[str] = SOURCE
