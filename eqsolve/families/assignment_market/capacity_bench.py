"""Assignment markets with capacities against min-cost flow and the linear program.

All get the same arrays, and their time is everything from there to the pairs. Ours returns the
pairs, both ends of the prices and a certificate that the verifier has checked; the peers return the
pairs alone, of whole multiples of 1e-9 in the case of OR-tools.

``python -m eqsolve.families.assignment_market.capacity_bench [FOLDER]`` prints the table of
processor milliseconds for the first case, and for the bids and similarities of a folder, with three
reviews a paper.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender
from eqsolve.core.errors import Fault, FormatError
from eqsolve.families.assignment_market.convert import CategoricalBids, Similarities

__all__ = ["CAPACITY_CASES", "review_table"]

Capacitated = tuple[Any, Any, Any]
"""Values, and capacities of buyers and sellers."""


def capacitated(size: tuple[int, int, int, int], seed: int) -> Capacitated:
    """Return uniform values; so many buyers and sellers, and the capacity of each."""
    n, m, a, s = size
    values = np.random.default_rng(seed).random((n, m))
    return values, np.full(n, a), np.full(m, s)


def bids(size: tuple[int, int, int, int], seed: int) -> Capacitated:
    """Return bids of 0 to 3, as on conference papers: mostly none, and ties everywhere."""
    n, m, a, s = size
    values = np.random.default_rng(seed).choice(4, (n, m), p=[0.15, 0.7, 0.08, 0.07])
    return values, np.full(n, a), np.full(m, s)


def similarities(size: tuple[int, int, int, int], seed: int) -> Capacitated:
    """Return similarities of reviewers and papers, which lie near each other, four digits each."""
    n, m, a, s = size
    rng = np.random.default_rng(seed)
    values = 0.7 + 0.1 * rng.standard_normal(m) + 0.05 * rng.standard_normal((n, m))
    return np.round(values.clip(0), 4), np.full(n, a), np.full(m, s)


def capacities_ours(problem: Capacitated) -> float:
    """Solve and verify with eqsolve."""
    import eqsolve

    values, a, s = problem
    market = eqsolve.AssignmentMarket(values, buyer_capacities=a, seller_capacities=s)
    return float(eqsolve.solve(market).require().welfare)


def capacities_unverified(problem: Capacitated) -> float:
    """Solve with eqsolve: everything but the verifier, for what that takes."""
    import eqsolve
    from eqsolve.core.limits import Deadline
    from eqsolve.families.assignment_market.methods.flow import Flow

    values, a, s = problem
    market = eqsolve.AssignmentMarket(values, buyer_capacities=a, seller_capacities=s)
    found = Flow().run(market, Deadline(), np.random.default_rng(0))
    return float(found.solution.welfare) if found.solution is not None else np.nan


def capacities_flow(problem: Capacitated) -> float:
    """Solve with OR-tools' min-cost flow, which takes whole costs."""
    from ortools.graph.python import min_cost_flow

    values, a, s = problem
    n, m = values.shape
    scale = 1 if values.dtype.kind == "i" else 10**9
    buyer, seller = np.nonzero(values > 0)
    gains = np.rint(values[buyer, seller] * scale).astype(np.int64)
    source, sink, most = n + m, n + m + 1, min(a.sum(), s.sum())
    tails = np.concatenate([buyer, np.full(n, source), n + np.arange(m), [source]])
    heads = np.concatenate([n + seller, np.arange(n), np.full(m, sink), [sink]])
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32),
        heads.astype(np.int32),
        np.concatenate([np.ones(len(gains), np.int64), a, s, [most]]),
        np.concatenate([-gains, np.zeros(n + m + 1, np.int64)]),
    )
    flow.set_node_supply(source, int(most))
    flow.set_node_supply(sink, -int(most))
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("OR-tools did not reach an optimum")
    held = flow.flows(arcs[: len(gains)]) > 0
    return float(values[buyer[held], seller[held]].sum())


def capacities_program(problem: Capacitated) -> float:
    """Solve the same program with HiGHS."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    values, a, s = problem
    n, m = values.shape
    buyer, seller = np.nonzero(values > 0)
    count = len(buyer)
    places = np.concatenate([buyer, n + seller]), np.tile(np.arange(count), 2)
    rows = csr_array((np.ones(2 * count), places), shape=(n + m, count))
    found = linprog(
        -values[buyer, seller].astype(float), A_ub=rows, b_ub=np.concatenate([a, s]),
        bounds=(0, 1), method="highs",
    )  # fmt: skip
    if found.status != 0:
        raise RuntimeError("HiGHS did not reach an optimum")
    held = found.x > 0.5
    return float(values[buyer[held], seller[held]].sum())


def capacities_case(
    name: str, build: Callable[[Any, int], Capacitated], sizes: tuple[Any, ...]
) -> Case:
    """Return a case of markets with capacities."""
    return Case(
        suite="assignment",
        name=name,
        build=build,
        sizes=sizes,
        quick_sizes=sizes[:1],
        contenders=(
            Contender(
                name="eqsolve", run=capacities_ours, delivers="pairs, both price ends, verified"
            ),
            Contender(
                name="eqsolve, unverified",
                run=capacities_unverified,
                delivers="pairs, both price ends, certificate",
            ),
            Contender(
                name="OR-tools min-cost flow",
                run=capacities_flow,
                package="ortools",
                delivers="pairs",
            ),
            Contender(
                name="HiGHS", run=capacities_program, package="scipy", delivers="pairs", limit=15
            ),
        ),
        unit="buyers, sellers, capacity of each",
        repeats=5,
        tolerance=1e-6,
        compiles=sizes[0] if build in (capacitated, bids) else None,
    )


REVIEWS = 3
"""Reviews of each paper in the table of a folder."""

ROUNDS = 15
"""Timed rounds of the table, all contenders in turn in each."""

ENOUGH = 2000.0
"""Milliseconds after which a contender sits out the other rounds."""

HEAD = (
    "| market | buyers x sellers | eqsolve | unverified | OR-tools min-cost flow | HiGHS "
    "| times as fast as the better |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
)


def review_table(folder: Path) -> Iterator[str]:
    """Yield the lines of a table: processor milliseconds for each file of bids or similarities.

    Every reviewer takes as many papers as it needs for all to have three reviews. Medians of the
    rounds after a first one; answers that differ raise.

    Raises
    ------
    FormatError : the folder holds no such file.
    """
    readers = CategoricalBids(), Similarities()
    found = 0
    for path in sorted(folder.rglob("*")):
        reader = next((one for one in readers if one.recognizes(path)), None)
        if reader is None:
            continue
        if not found:
            yield from HEAD
        found += 1
        (market,) = reader.read(path)
        values = np.maximum(market.values.dense(), 0)
        n, m = values.shape
        yield _row(path.stem, (values, np.full(n, -(-REVIEWS * m // n)), np.full(m, REVIEWS)))
    if not found:
        raise FormatError(str(folder), Fault("", "holds no bids and no similarities"))


def _row(name: str, problem: Capacitated) -> str:
    """Return the line of one market: times, and that of the better peer as a share of ours."""
    contenders = capacities_ours, capacities_unverified, capacities_flow, capacities_program
    ours, bare, *peers = _milliseconds(contenders, problem)
    times = " | ".join(f"{number:.2f}" for number in (ours, bare, *peers))
    n, m = problem[0].shape
    return f"| {name} | {n} x {m} | {times} | {min(peers) / ours:.2f} |"


def _milliseconds(
    contenders: tuple[Callable[[Capacitated], float], ...], problem: Capacitated
) -> list[float]:
    """Return the median processor time of each contender, whose answers must agree."""
    answers = [run(problem) for run in contenders]
    if not np.allclose(answers, answers[0], rtol=1e-6):
        raise ArithmeticError(f"answers differ: {answers}")
    times: list[list[float]] = [[] for _ in contenders]
    gc.freeze()  # what is imported by now need not be searched before each run
    for _ in range(ROUNDS):
        for run, own in zip(contenders, times, strict=True):
            if sum(own) > ENOUGH:
                continue
            gc.collect()
            start = time.process_time()
            run(problem)
            own.append(1000 * (time.process_time() - start))
    gc.unfreeze()
    return [float(np.median(own)) for own in times]


CAPACITY_CASES = (
    capacities_case("capacities", capacitated, ((60, 200, 10, 3), (500, 2000, 6, 3))),
    capacities_case("capacities, bids of 0 to 3", bids, ((31, 54, 6, 3), (201, 613, 10, 3))),
    capacities_case("capacities, similarities", similarities, ((58, 463, 24, 3),)),
)


def main() -> None:
    """Print the table, that of a folder too if one is named, as it is measured."""
    from eqsolve.algorithms.compile import compile_at_once

    compile_at_once()
    case = CAPACITY_CASES[0]
    drawn = (_row("uniform values", case.build(size, 0)) for size in case.sizes)
    read = (line for name in sys.argv[1:] for line in review_table(Path(name)) if line not in HEAD)
    for line in chain(HEAD, drawn, read):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
