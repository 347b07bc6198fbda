"""Whether claimed numbers are the right ones."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder

__all__ = ["close"]


def close(
    builder: ReportBuilder,
    id: str,
    condition: str,
    claimed: FloatArray | float,
    right: FloatArray,
    unit: float = 1.0,
    *,
    room: FloatArray | float = 0.0,
    theorem: str = "",
) -> None:
    """Check that claimed numbers are the right ones, relative to `unit` or to themselves."""
    found = np.asarray(claimed, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        off = np.where(found == right, 0.0, np.abs(found - right) - room)
    magnitude = np.maximum(unit, np.where(np.isfinite(right), np.abs(right), unit))
    builder.compare(
        id,
        condition,
        off,
        magnitude,
        lambda *at: f"{_place(at)}is {found[at]:.9g}, should be {right[at]:.9g}",
        theorem=theorem,
    )


def _place(at: tuple[int, ...]) -> str:
    """Return the words for a position."""
    names = ("step", "agent") if len(at) == 2 else ("entry",)
    return "".join(f"{name} {k}, " for name, k in zip(names, at, strict=False))
