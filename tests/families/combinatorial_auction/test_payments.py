"""The exact nearest point on rows, which core payments are made of."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, strategies as st

from eqsolve.families.combinatorial_auction.methods.nearest import projected


@st.composite
def consistent_rows(draw: st.DrawFn) -> tuple[list[int], list[tuple[list[int], int]]]:
    """Draw a point, and sums of some of the coordinates of another one."""
    size = draw(st.integers(1, 6))
    numbers = st.lists(st.integers(-9, 9), min_size=size, max_size=size)
    point, other = draw(numbers), draw(numbers)
    members = st.lists(st.integers(0, size - 1), min_size=1, unique=True)
    rows = draw(st.lists(members, max_size=8))
    return point, [(row, sum(other[k] for k in row)) for row in rows]


@given(drawn=consistent_rows())
def test_the_nearest_point_on_rows_is_exact_and_moves_along_them(drawn: Any) -> None:
    point, rows = drawn
    nearest = projected([Fraction(x) for x in point], [(row, Fraction(to)) for row, to in rows])
    for row, amount in rows:
        assert sum(nearest[k] for k in row) == amount
    matrix = np.array([[float(k in row) for k in range(len(point))] for row, _ in rows])
    moved = np.array([float(a - b) for a, b in zip(nearest, point, strict=True)])
    if not rows:
        assert not moved.any()
        return
    weights, *_ = np.linalg.lstsq(matrix.T, moved, rcond=None)
    assert np.abs(matrix.T @ weights - moved).max() < 1e-9
