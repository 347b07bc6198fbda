"""The M-matrix kernel against exact fractions, stiff links included."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from eqsolve.kernels.m_matrix import factor, solve


def exact(links: np.ndarray, margin: np.ndarray, right: np.ndarray) -> list[float]:
    """Solve in fractions."""
    size = len(margin)
    rows = [[-Fraction(float(links[i, j])) for j in range(size)] for i in range(size)]
    for i in range(size):
        off = sum((-rows[i][j] for j in range(size) if j != i), Fraction(0))
        rows[i][i] = Fraction(float(margin[i])) + off
    values = [Fraction(float(number)) for number in right]
    for k in range(size):
        for i in range(k + 1, size):
            ratio = rows[i][k] / rows[k][k]
            rows[i] = [a - ratio * b for a, b in zip(rows[i], rows[k], strict=True)]
            values[i] -= ratio * values[k]
    for k in reversed(range(size)):
        known = sum((rows[k][j] * values[j] for j in range(k + 1, size)), Fraction(0))
        values[k] = (values[k] - known) / rows[k][k]
    return [float(value) for value in values]


@pytest.mark.parametrize("stiffness", [0, 8, 16])
def test_solutions_have_full_relative_accuracy(stiffness: int) -> None:
    rng = np.random.default_rng(stiffness)
    links = 10 ** rng.uniform(-stiffness / 2, stiffness, (8, 8))
    links = np.triu(links, 1) + np.triu(links, 1).T
    margin, right = rng.random(8), rng.random(8)
    wanted = exact(links, margin, right)
    pivots = factor(links, margin)
    np.testing.assert_allclose(solve(links, pivots, right), wanted, rtol=1e-12)


def test_blocks_join_up() -> None:
    rng = np.random.default_rng(1)
    links = np.triu(rng.random((150, 150)), 1)
    links += links.T
    margin, right = rng.random(150), rng.normal(size=150)
    matrix = np.diag(margin + links.sum(axis=1)) - links
    wanted = np.linalg.solve(matrix, right)
    np.testing.assert_allclose(solve(links, factor(links, margin), right), wanted, rtol=1e-9)
