"""Pictures of models: the graph of knowledge sets, and what histories say of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.errors import UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Result
from eqsolve.drawing.style import (
    GREEN,
    ORANGE,
    SKY,
    TEXT,
    axes,
    begin,
    columns_axis,
    drawing,
    message,
    rows_axis,
)
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.search import search_sets
from eqsolve.families.dec_pomdp.sets import Sets, is_single, members
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["posteriors", "sets"]

_SETS = 40
_ARROWS = 120
_VIEWS = 60


def sets(model: DecPOMDP, result: Result[DecPOMDPSolution], figure: Figure) -> None:
    """Draw which knowledge sets follow from which, the first ones met if there are many."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle, FancyArrowPatch

    begin(figure, model, result, 8, 5.5)
    made = drawing(figure, "What all together can know: sets of possible states")
    known = Sets(model)
    found = search_sets(known, Deadline(), _SETS, through=True)
    nodes = list(found.parents)
    places = _places(nodes, found.parents)
    most = max(1, *(y for _, y in places.values()), *(x for x, _ in places.values()))
    radius = 0.3
    circles = {
        node: made.add_patch(
            Circle(
                place, radius, ec=TEXT, lw=2.2 if node == known.start else 1, zorder=2,
                fc=GREEN if is_single(node) else ORANGE,
            )
        )
        for node, place in places.items()
    }  # fmt: skip
    edges = {
        (node, after)
        for node in nodes
        for _, _, after in known.moves(node)
        if after in places and after != node
    }
    met = {(step[0], node) for node, step in found.parents.items() if step is not None}
    crowded = len(edges) > _ARROWS
    for before, after in sorted(met if crowded else edges):
        both = (after, before) in edges and not crowded
        made.add_patch(
            FancyArrowPatch(
                places[before], places[after], arrowstyle="-|>", mutation_scale=9, color=TEXT,
                lw=0.9, patchA=circles[before], patchB=circles[after], shrinkA=0, shrinkB=0,
                connectionstyle=f"arc3,rad={0.18 if both else 0.08}", zorder=1,
            )
        )  # fmt: skip
    size = min(10.0, 60 / (most + 1))
    if size >= 5:
        for node, place in places.items():
            states = members(node)
            few = len(states) <= 3
            words = ",".join(map(str, states)) if few else f"{len(states)} of\n{model.n_states}"
            made.text(*place, words, ha="center", va="center", fontsize=size, zorder=4)
    made.set_aspect("equal", adjustable="datalim")  # the title keeps the whole width
    made.margins(0)
    ends = np.array(list(places.values()))
    made.update_datalim([ends.min(axis=0) - 0.6, ends.max(axis=0) + 0.6])
    made.autoscale_view()
    marks = [
        Line2D([], [], marker="o", ls="", mfc=fill, mec=TEXT, ms=9, label=words)
        for fill, words in (
            (GREEN, "one state, by number"),
            (ORANGE, "several: which, how many"),
        )
    ]
    more = f"; the first {len(nodes)} sets" if found.limit is not None else ""
    more += ", arrows that lead to new ones" if crowded else ""
    marks.append(
        Line2D(
            [], [], marker="o", ls="", mfc="white", mec=TEXT, mew=2.2, ms=9, label="at first" + more
        )
    )
    figure.legend(handles=marks, loc="outside lower center", ncols=3, frameon=False, fontsize=9)


def _places(nodes: list[int], parents: dict[int, Any]) -> dict[int, tuple[float, float]]:
    """Return places in columns by the number of steps that lead to a set, wrapped where long."""
    depth: dict[int, int] = {}
    for node in nodes:
        before = parents[node]
        depth[node] = 0 if before is None else depth[before[0]] + 1
    places: dict[int, tuple[float, float]] = {}
    column = 0
    for level in range(max(depth.values()) + 1):
        own = [node for node in nodes if depth[node] == level]
        rows = max(6, int(np.ceil(np.sqrt(len(nodes)))))
        for k, node in enumerate(own):
            places[node] = (1.2 * (column + k // rows), -1.0 * (k % rows) - 0.25 * (level % 2))
        column += -(-len(own) // rows)
    return places


def posteriors(model: DecPOMDP, result: Result[DecPOMDPSolution], figure: Figure) -> None:
    """Draw what the histories say of the state, to all together and to each agent alone."""
    title = "What histories say of the state"
    solution = result.solution
    if solution is None or not solution.posteriors:
        if solution is not None:
            raise UnsupportedError("posteriors", "no history is asked about", what="picture")
        begin(figure, model, result, 7, 4)
        message(figure, title, "There is no solution to draw.")
        return
    rows, names = [], []
    for k, entry in enumerate(solution.posteriors):
        for view, row in enumerate((entry.joint, *entry.local)):
            who = "all together" if not view else model.label("agents", view - 1)
            names.append(f"{k}: {who}")
            rows.append(np.full(model.n_states, np.nan) if row is None else row)
    table = np.array(rows[:_VIEWS])
    begin(figure, model, result, min(12, 5 + 0.25 * model.n_states), min(12, 3 + 0.22 * len(table)))
    made = axes(figure, title, "state", "history: who", grid=False)
    made.set_facecolor("#EEEEEE")
    shown = made.imshow(table, cmap="Blues", aspect="auto", interpolation="nearest", vmin=0)
    figure.colorbar(shown, ax=made, label="probability")
    columns_axis(made, [model.label("states", s) for s in range(model.n_states)])
    rows_axis(made, names[:_VIEWS])
    shared = [
        (state, k * (model.n_agents + 1) + view)
        for k, entry in enumerate(solution.posteriors)
        for state in entry.shared
        for view in range(model.n_agents + 1)
    ]
    inside = [place for place in shared if place[1] < len(table)]
    if inside:
        made.plot(*zip(*inside, strict=True), ls="", marker="o", ms=4, mfc=SKY, mec="white",
                  label="shared states")  # fmt: skip
        figure.legend(loc="outside lower center", frameon=False, fontsize=9)
