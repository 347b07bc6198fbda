"""Ours against the built-in maximum."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender
from lone_seller.instance import LoneSeller
from lone_seller.solve import solve


def _build(size: Any, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 100, size)


def _ours(values: Any) -> float:
    return float(solve(LoneSeller(values)).objective or 0)


CASES = (
    Case(
        suite="lone",
        name="maximum",
        build=_build,
        sizes=(100,),
        quick_sizes=(10,),
        contenders=(
            Contender(name="eqsolve", run=_ours),
            Contender(name="numpy", run=lambda values: float(values.max()), package="numpy"),
        ),
        unit="buyers",
        repeats=2,
    ),
)
