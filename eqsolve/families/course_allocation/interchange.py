"""Course allocations as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.graph_nodes import graph_of_sides, tell_nodes
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["to_networkx"]


def to_networkx(market: CourseAllocation, solution: CourseAllocationSolution | None = None) -> Any:
    """Return students and the courses that they may take as a graph of networkx.

    Adjustments, groups and conflicts are about several courses, and are not part of it.

    Parameters
    ----------
    market : n students, m courses.
    solution : adds prices, budgets, utilities, and who gets which seat.

    Returns
    -------
    graph : nodes ``("student", i)`` with ``bipartite=0`` and ``max_courses``, ``("course", j)``
        with ``bipartite=1``, ``seats`` and ``credits``, all with a ``label``; edges with
        ``weight``, the value, and with a solution ``seat`` where the student has one.

    Raises
    ------
    InstanceError : not a course allocation.
    OptionError : not a solution of one.

    Notes
    -----
    Cost O(n m).

    Examples
    --------
    >>> graph = to_networkx(CourseAllocation([[5, 3], [4, None]], [1, 2]))
    >>> graph.number_of_edges(), graph.nodes["course", 1]["seats"]
    (3, 2)
    """
    require_instance(market, CourseAllocation, "market")
    if solution is not None:
        require_solution(solution, CourseAllocationSolution)
    graph = graph_of_sides(market, "students", "courses")
    tell_nodes(graph, "student", max_courses=market.max_courses)
    tell_nodes(graph, "course", seats=market.capacities, credits=market.credits)
    for i, j in np.argwhere(market.allowed).tolist():
        graph.add_edge(("student", i), ("course", j), weight=market.values[i, j].item())
    if solution is not None:
        for member, attribute, given in (
            ("student", "utility", solution.utilities),
            ("student", "budget", solution.budgets),
            ("course", "price", solution.prices),
        ):
            tell_nodes(graph, member, **{attribute: None if given is None else np.array(given)})
        for i, bundle in enumerate(solution.allocation):
            for j in bundle:
                graph.edges[("student", i), ("course", j)]["seat"] = True
    return graph
