"""A user's code: it must pass a strict type check against the installed types."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import eqsolve
from eqsolve import AssignmentMarket, FisherMarket, Result, Status
from eqsolve.core.theorem import Theorem
from eqsolve.families.assignment_market.solution import AssignmentSolution


def total_paid(values: list[list[float | None]]) -> float:
    market = AssignmentMarket(values, reserves=[1.0] * len(values[0]), name="mine")
    result: Result[AssignmentSolution] = eqsolve.competitive_equilibrium(market, prices="min")
    if result.status is not Status.SOLVED:
        raise RuntimeError(str(result))
    solution = result.require()
    report: eqsolve.Report = eqsolve.verify(market, result)
    assert report.valid, report.failures[0].worst
    return float(np.sum(solution.vcg_payments))


def spending(path: Path) -> np.ndarray:
    market: FisherMarket = eqsolve.load(path)
    solution = eqsolve.fisher_equilibrium(market, time_limit=10.0).require()
    spent: np.ndarray = solution.allocation * solution.prices
    return spent


def by_the_kind_of_the_instance(
    market: AssignmentMarket, game: eqsolve.NormalFormGame, stored: Path
) -> tuple[int, list[tuple[int, ...]]]:
    matching = eqsolve.solve(market).require().matching
    claimed: Result[AssignmentSolution] = eqsolve.load_solution(stored, market)
    eqsolve.view(market, claimed)
    return len(matching), list(eqsolve.solve(game).require())


def names() -> list[str]:
    return [method.name for method in eqsolve.methods("assignment_market")]


def claim(market: AssignmentMarket) -> str | None:
    return None if market.n_buyers < 10 else "a large market"


CONJECTURE = Theorem(
    id="MINE-1",
    title="small",
    statement="markets are small",
    source="me",
    kind="assignment_market",
    claim=claim,
    strategy="assignment_markets",
)
