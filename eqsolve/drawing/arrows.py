"""Drawings of improvement graphs: profiles as circles, improvements as arrows between them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.drawing.style import GREEN, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["STANDINGS", "Arrow", "draw_graph", "layers", "standing_handles"]

STANDINGS = {
    "strict": (GREEN, "-", "strict equilibrium"),
    "weak": ("#A8DCCB", "--", "equilibrium, not strict"),
    "cycle": ("#F7D894", "-", "in a sink component without equilibrium"),
    "other": ("white", "-", "left by improvements"),
}
"""Standing of a profile -> fill, line style and words."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An improvement.

    Parameters
    ----------
    source, target : profiles.
    color : by who moves.
    bend : curvature, 0 for a straight arrow.
    """

    source: Hashable
    target: Hashable
    color: str
    bend: float = 0.0


def draw_graph(
    made: Axes,
    places: Mapping[Any, tuple[float, float]],
    standings: Mapping[Any, str],
    texts: Mapping[Any, str],
    drawn: Iterable[Arrow],
    radius: float,
) -> None:
    """Draw circles and arrows.

    Parameters
    ----------
    made : axes, in units in which neighbors are about 1 apart.
    places : profile -> place.
    standings : profile -> key of `STANDINGS`.
    texts : profile -> words in its circle.
    drawn : the arrows.
    radius : of the circles.
    """
    from matplotlib.patches import Circle, FancyArrowPatch

    made.set_aspect("equal", adjustable="datalim")  # the title keeps the whole width
    circles = {}
    for profile, place in places.items():
        fill, style, _ = STANDINGS[standings[profile]]
        circles[profile] = made.add_patch(
            Circle(place, radius, fc=fill, ec=TEXT, lw=1, ls=style, zorder=2, clip_on=False)
        )
    for arrow in drawn:
        ends = arrow.source, arrow.target
        patch = FancyArrowPatch(
            *(places[end] for end in ends), arrowstyle="-|>", mutation_scale=10, zorder=3,
            color=arrow.color, linewidth=1.1, connectionstyle=f"arc3,rad={arrow.bend}",
            patchA=circles[ends[0]], patchB=circles[ends[1]], shrinkA=0, shrinkB=0, clip_on=False,
        )  # fmt: skip
        made.add_patch(patch)
    longest = max((len(text) for text in texts.values()), default=1)
    figure: Any = made.get_figure()
    x, y = (np.array([place[axis] for place in places.values()]) for axis in (0, 1))
    made.margins(0)
    made.update_datalim([(x.min() - 0.6, y.min() - 0.6), (x.max() + 0.6, y.max() + 0.6)])
    made.autoscale_view()
    # Points that a circle is wide, at the least when the drawing fills the figure.
    wide = 72 * 2 * radius * min(
        0.8 * figure.get_figwidth() / (np.ptp(x) + 1.2),
        0.68 * figure.get_figheight() / (np.ptp(y) + 1.2),
    )  # fmt: skip
    size = min(10.0, wide / (0.62 * longest + 0.8))
    if size < 5.5:  # not readable
        return
    for profile, text in texts.items():
        color = "white" if standings[profile] == "strict" else "black"
        here = places[profile]
        made.text(*here, text, ha="center", va="center", fontsize=size, color=color, zorder=4)


def standing_handles(standings: Iterable[str]) -> list[Any]:
    """Return legend handles for the standings that occur."""
    from matplotlib.lines import Line2D

    present = set(standings)
    return [
        Line2D([], [], marker="o", ls="", mfc=fill, mec=TEXT, ms=9, label=words)
        for key, (fill, _, words) in STANDINGS.items()
        if key in present
    ]


def layers(
    nodes: Sequence[Any], edges: Sequence[tuple[Any, Any]]
) -> dict[Any, tuple[float, float]]:
    """Return places in layers: each arrow leads down, or stays within its layer's component.

    The layer of a component is its longest way to a sink component. O(nodes + edges).

    Examples
    --------
    >>> layers(["a", "b", "c"], [("a", "b"), ("b", "c")])
    {'c': (0.0, 0.0), 'b': (0.0, 1.0), 'a': (0.0, 2.0)}
    """
    import networkx

    graph: Any = networkx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    condensed = networkx.condensation(graph)
    height: dict[int, int] = {}
    for part in reversed(list(networkx.topological_sort(condensed))):
        height[part] = max((height[after] + 1 for after in condensed.successors(part)), default=0)
    rows: dict[int, list[Any]] = {}
    for part in condensed:
        rows.setdefault(height[part], []).extend(sorted(condensed.nodes[part]["members"]))
    widest = max(map(len, rows.values()), default=1)
    places: dict[Any, tuple[float, float]] = {}
    for level in sorted(rows):
        row = sorted(
            rows[level],
            key=lambda node: (
                np.mean([places[after][0] for after in graph[node] if after in places] or [0.0]),
                node,
            ),
        )
        apart = max(1.0, 1.4 * (len(rows) - 1) / max(widest - 1, 1))  # fill the width
        for place, node in enumerate(row):
            places[node] = (apart * (place - (len(row) - 1) / 2), float(level))
    return places
