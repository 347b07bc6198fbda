"""Claims that are broken on purpose are found out; counterexamples that can happen are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample

import eqsolve.testing
from eqsolve import CourseAllocation, load
from eqsolve.families.course_allocation import measures, theorems
from eqsolve.families.course_allocation.solution import Envy
from eqsolve.families.course_allocation.theorems import THEOREMS


def refuted(theorem_id, attempts=150):
    """Return whether a search finds a counterexample of a claim."""
    theorem = next(theorem for theorem in THEOREMS if theorem.id == theorem_id)
    strategy = getattr(eqsolve.testing, theorem.strategy)()
    try:
        find(
            strategy,
            lambda market: theorem.applies(market) and theorem.claim(market) is not None,
            settings=settings(
                max_examples=attempts, derandomize=True, database=None, phases=[Phase.generate]
            ),
        )
    except NoSuchExample:
        return False
    return True


RIGHT = theorems._equilibrium
LEAST = theorems._least


def _with(**fields):
    return lambda market, *rest: replace(RIGHT(market), **fields)


def _first_takes_all(market):
    """Return an equilibrium whose first student holds what the last one has."""
    solution = RIGHT(market)
    if market.n_students < 2:
        return solution
    allocation = list(solution.allocation)
    allocation[0], allocation[-1] = (), allocation[-1]
    return replace(solution, allocation=tuple(allocation))


WRONG = {
    "CRS-1": ("_least", lambda market, shift: replace(LEAST(market, shift), clearing_error=9.0)),
    "CRS-2": ("_equilibrium", _with(prices=(1.0,))),
    "CRS-3": (
        "_equilibrium",
        lambda market: replace(RIGHT(market), budgets=(1.0,) * market.n_students),
    ),
    "CRS-4": (
        "envy_of",
        lambda market, rows: (
            measures.envy_of(market, rows)[0],
            np.ones((market.n_students,) * 2, dtype=bool),
        ),
    ),
    "CRS-5": ("_equilibrium", _first_takes_all),
    "CRS-6": (
        "_equilibrium",
        lambda market: replace(RIGHT(market), utilities=(-1.0,) * market.n_students),
    ),
    "CRS-7": ("student_demand", lambda market, i, prices, budget: (int(prices.sum() * 4) % 2,)),
    "CRS-8": (
        "_equilibrium",
        lambda market: replace(
            RIGHT(market), envy=Envy(1, 1.0, 0, 1), budgets=RIGHT(market).initial_budgets
        ),
    ),
}


@pytest.mark.parametrize("theorem_id", WRONG)
def test_a_wrong_variant_is_found(theorem_id, monkeypatch):
    name, wrong = WRONG[theorem_id]
    monkeypatch.setattr(theorems, name, wrong)
    assert refuted(theorem_id)


def test_fixed_budgets_are_a_witness_that_is_kept():
    witness = next(theorem for theorem in THEOREMS if theorem.id == "CRS-1-fixed")
    for name in ("one-seat-for-two", "fixed-budgets-fail"):
        assert "above 0.5" in witness.claim(load(f"catalog:{name}"))
    assert witness.claim(CourseAllocation([[1], [1]], [1], budgets=[1, 1.2])) is None
