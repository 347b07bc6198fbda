"""Linear programs in whole numbers: every answer proves itself, and scipy agrees."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.core.exact_program import least_cost


@st.composite
def programs(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Costs >= 0, rows and bounds, in quarters."""
    n, m = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    quarters = st.integers(-8, 8).map(lambda k: Fraction(k, 4))
    costs = draw(st.lists(quarters.map(abs), min_size=m, max_size=m))
    rows = draw(st.lists(st.lists(quarters, min_size=m, max_size=m), min_size=n, max_size=n))
    return costs, rows, draw(st.lists(quarters, min_size=n, max_size=n))


def times(one: Any, other: Any) -> Fraction:
    """Scalar product."""
    return sum((x * y for x, y in zip(one, other, strict=True)), Fraction(0))


@given(programs())
def test_the_answer_proves_itself(program: tuple[Any, Any, Any]) -> None:
    costs, rows, bounds = program
    x, weights = least_cost(costs, rows, bounds)
    columns = [[row[j] for row in rows] for j in range(len(costs))]
    assert all(weight >= 0 for weight in weights)
    if x is None:
        assert all(times(weights, column) <= 0 for column in columns)
        assert times(weights, bounds) > 0
        return
    assert all(part >= 0 for part in x)
    assert all(times(row, x) >= bound for row, bound in zip(rows, bounds, strict=True))
    assert all(times(weights, column) <= cost for column, cost in zip(columns, costs, strict=True))
    assert times(weights, bounds) == times(costs, x)


@given(programs())
def test_scipy_agrees(program: tuple[Any, Any, Any]) -> None:
    from scipy.optimize import linprog

    costs, rows, bounds = program
    if not rows:
        return
    x, _ = least_cost(costs, rows, bounds)
    found = linprog(np.array(costs, float), -np.array(rows, float), -np.array(bounds, float))
    assert (x is None) == (found.status == 2)
    if x is not None:
        assert float(times(costs, x)) == pytest.approx(found.fun, abs=1e-7)


def test_rows_may_be_missed_by_the_slack() -> None:
    row, third = [[Fraction(-1)]], [Fraction(1, 3)]
    assert least_cost([1.0], row, third)[0] is None
    assert least_cost([1.0], row, third, 0.5)[0] == [0]
