"""Pictures of a batch run: how many items were answered within which time, by method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.drawing.style import PALETTE, axes, legend_below

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["answered_over_time", "performance_profile"]

_LOOKS = list(product(("-", "--", ":", "-."), PALETTE))
"""Line styles and colors, told apart up to 32 lines."""

Rows = Sequence[Mapping[str, Any]]


def answered_over_time(rows: Rows, unused: object, figure: Figure) -> None:
    """Draw, by kind and method, the share of items answered within a time."""
    made = axes(
        figure, "Share of items answered within a time", "seconds per item", "share of items"
    )
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        kind = row["kind"] or ("open" if row["state"] == "open" else "unreadable")
        groups.setdefault(f"{kind}, {row['method']}", []).append(row)
    for (style, color), (name, members) in zip(_LOOKS, sorted(groups.items()), strict=False):
        times = sorted(max(row["seconds"], 1e-5) for row in members if row["state"] == "done")
        if times:
            shares = np.arange(1, len(times) + 1) / len(members)
            made.step(
                times, shares, where="post", color=color, ls=style, label=f"{name} ({len(members)})"
            )
    made.set_xscale("log")
    made.set_ylim(0, 1.03)
    legend_below(made, 2)


def performance_profile(rows: Rows, unused: object, figure: Figure) -> None:
    """Draw, for each method, the share of items it answers within a factor of the fastest.

    Dolan and More (2002). Only items that several methods were asked make sense here.
    """
    made = axes(
        figure,
        "Performance profile",
        "time as a multiple of the fastest method's",
        "share of items",
    )
    methods = sorted({row["method"] for row in rows})
    times: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["state"] == "done":
            times.setdefault(row["source"], {})[row["method"]] = max(row["seconds"], 1e-5)
    items = {row["source"] for row in rows}
    for (style, color), method in zip(_LOOKS, methods, strict=False):
        ratios = sorted(
            found[method] / min(found.values()) for found in times.values() if method in found
        )
        if ratios:
            shares = np.arange(1, len(ratios) + 1) / len(items)
            made.step([1, *ratios], [0, *shares], where="post", color=color, ls=style, label=method)
    made.set_xscale("log")
    made.set_ylim(0, 1.03)
    legend_below(made, 4)
