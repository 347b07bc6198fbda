"""Assignment markets against the matching libraries.

Ours returns the matching, both ends of the price lattice and a certificate that the verifier
has checked; the peers return the matching alone (POT also one dual vector).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender
from eqsolve.families.assignment_market.capacity_bench import CAPACITY_CASES

__all__ = ["CASES"]

Matrix = Any
EQUILIBRIUM = "matching, both price ends, verified"


def uniform(n: int, seed: int) -> Matrix:
    """Return uniform random values."""
    return np.random.default_rng(seed).random((n, n))


def integers(n: int, seed: int) -> Matrix:
    """Return whole values from 1 to 100."""
    return np.random.default_rng(seed).integers(1, 101, (n, n))


def geometric(n: int, seed: int) -> Matrix:
    """Return a constant minus the distance of random points in the unit square."""
    points = np.random.default_rng(seed).random((2, n, 2))
    return 2.0 - np.linalg.norm(points[0][:, None] - points[1][None], axis=2)


def machol_wien(n: int, seed: int) -> Matrix:
    """Return products (i + 1)(j + 1), hard for augmenting paths (Machol and Wien 1976)."""
    return np.outer(np.arange(1, n + 1), np.arange(1, n + 1))


def all_equal(n: int, seed: int) -> Matrix:
    """Return the same value everywhere."""
    return np.full((n, n), 7)


def one_sided_ties(n: int, seed: int) -> Matrix:
    """Return values that depend on the buyer alone."""
    return np.repeat(np.random.default_rng(seed).integers(1, 1000, (n, 1)), n, axis=1)


def solve_ours(values: Matrix) -> float:
    """Solve and verify with eqsolve."""
    import eqsolve

    return float(eqsolve.solve(eqsolve.AssignmentMarket(values)).require().welfare)


def scipy_lsa(values: Matrix) -> float:
    """Match with scipy."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(values, maximize=True)
    return float(values[rows, columns].sum())


def lapx_lapjvh(values: Matrix) -> float:
    """Match with lapx, which minimizes."""
    import lap

    total, _, _ = lap.lapjvh(-values.astype(np.float64))
    return -float(total)


def pot_emd(values: Matrix) -> float:
    """Match with POT's network simplex, which minimizes over transport plans."""
    import ot

    n = len(values)
    weights = np.full(n, 1.0)
    costs = (values.max() - values).astype(np.float64)
    plan = ot.emd(weights, weights, costs, numItermax=100_000_000)
    return float((plan * values).sum())


def ortools_lsa(values: Matrix) -> float:
    """Match with OR-tools' cost scaling, which takes whole costs."""
    from ortools.graph.python import linear_sum_assignment

    n = len(values)
    whole = values.dtype.kind == "i"
    scale = 1 if whole else 10**9
    costs = (-np.rint(values * scale)).astype(np.int64).ravel()
    rows, columns = (axis.ravel().astype(np.int32) for axis in np.indices((n, n)))
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(rows, columns, costs)
    if solver.solve() != solver.OPTIMAL:
        raise RuntimeError("OR-tools did not reach an optimum")
    matched = np.array([solver.right_mate(i) for i in range(n)])
    return float(values[np.arange(n), matched].sum())


def dense_case(name: str, build: Callable[[int, int], Matrix]) -> Case:
    """Return a case of dense square markets; the two usual kinds also at n = 5000."""
    return Case(
        suite="assignment",
        name=name,
        build=build,
        sizes=(500, 2000, 5000) if build in (uniform, geometric) else (500, 2000),
        quick_sizes=(200, 1000),
        contenders=(
            Contender(name="eqsolve", run=solve_ours, delivers=EQUILIBRIUM),
            Contender(name="scipy", run=scipy_lsa, package="scipy", delivers="matching"),
            Contender(name="lapx lapjvh", run=lapx_lapjvh, package="lap", delivers="matching"),
            Contender(name="POT emd", run=pot_emd, package="ot", delivers="plan", limit=15),
            Contender(
                name="OR-tools", run=ortools_lsa, package="ortools", delivers="matching", limit=15
            ),
        ),
        unit="buyers = sellers",
        repeats=3,
        tolerance=1e-6,
        compiles=200 if build in (uniform, integers) else None,
    )


def sparse_edges(n: int, seed: int) -> tuple[Any, ...]:
    """Return ten random edges per buyer, without repeats."""
    rng = np.random.default_rng(seed)
    buyer = np.repeat(np.arange(n), 10)
    seller = rng.integers(0, n, 10 * n)
    _, kept = np.unique(buyer * n + seller, return_index=True)
    value = rng.integers(1, 1_000_001, len(kept))
    return n, buyer[kept], seller[kept], value


def sparse_ours(problem: tuple[Any, ...]) -> float:
    """Solve and verify with eqsolve."""
    import eqsolve

    n, buyer, seller, value = problem
    market = eqsolve.AssignmentMarket.from_edges(n, n, buyer, seller, value)
    return float(eqsolve.solve(market).require().welfare)


def sparse_flow(problem: tuple[Any, ...]) -> float:
    """Match with OR-tools' min-cost flow; leaving a buyer out costs nothing."""
    from ortools.graph.python import min_cost_flow

    n, buyer, seller, value = problem
    nodes = np.arange(n, dtype=np.int32)
    sink = np.int32(2 * n)
    flow = min_cost_flow.SimpleMinCostFlow()
    heads = np.concatenate([seller + n, np.full(n, sink), np.full(n, sink)])
    tails = np.concatenate([buyer, nodes, nodes + n])
    costs = np.concatenate([-value, np.zeros(2 * n, dtype=np.int64)])
    flow.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32), heads.astype(np.int32), np.ones(len(costs), np.int64), costs
    )
    flow.set_nodes_supplies(
        np.append(nodes, sink).astype(np.int32), np.append(np.ones(n, np.int64), -n)
    )
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("OR-tools did not reach an optimum")
    return -float(flow.optimal_cost())


CASES = (
    *(
        dense_case(build.__name__.replace("_", " "), build)
        for build in (uniform, integers, geometric, machol_wien, all_equal, one_sided_ties)
    ),
    Case(
        suite="assignment",
        name="sparse, 10 edges per buyer",
        build=sparse_edges,
        sizes=(10_000, 30_000, 100_000),
        quick_sizes=(1_000, 5_000),
        contenders=(
            Contender(name="eqsolve", run=sparse_ours, delivers=EQUILIBRIUM),
            Contender(
                name="OR-tools min-cost flow",
                run=sparse_flow,
                package="ortools",
                delivers="matching",
            ),
        ),
        unit="buyers = sellers",
        repeats=3,
        compiles=1_000,
    ),
    *CAPACITY_CASES,
)
