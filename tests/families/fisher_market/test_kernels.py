"""The kernels: M-matrices against exact fractions, compiled against numpy."""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest

from eqsolve import FisherMarket, fisher_equilibrium
from eqsolve.families.fisher_market.kernels import (
    interior as fisher_interior,
    interior_plain as fisher_small,
)
from eqsolve.families.fisher_market.methods import central_path


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


KERNELS = pytest.mark.parametrize(
    "kernels", [fisher_interior, fisher_small], ids=["compiled", "numpy"]
)


@KERNELS
@pytest.mark.parametrize("stiffness", [0, 8, 16])
def test_solutions_have_full_relative_accuracy(stiffness: int, kernels: ModuleType) -> None:
    rng = np.random.default_rng(stiffness)
    links = 10 ** rng.uniform(-stiffness / 2, stiffness, (8, 8))
    links = np.triu(links, 1) + np.triu(links, 1).T
    margin, right = rng.random(8), rng.random(8)
    wanted = exact(links, margin, right)
    pivots = kernels.factor(links, margin)
    np.testing.assert_allclose(kernels.solve(links, pivots, right), wanted, rtol=1e-12)


@KERNELS
@pytest.mark.parametrize("size", [1, 48, 49, 150, 1100])
def test_blocks_join_up(size: int, kernels: ModuleType) -> None:
    rng = np.random.default_rng(1)
    links = np.triu(rng.random((size, size)), 1)
    links += links.T
    margin, right = rng.random(size), rng.normal(size=size)
    matrix = np.diag(margin + links.sum(axis=1)) - links
    wanted = np.linalg.solve(matrix, right)
    found = kernels.solve(links, kernels.factor(links, margin), right)
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10 * np.abs(wanted).max())


@pytest.mark.parametrize("utility", ["linear", "quasi_linear"])
def test_compiled_and_numpy_passes_walk_the_same_path(
    utility: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    for shape in ((7, 5), (5, 9)):
        values = rng.integers(0, 6, shape) + np.eye(*shape, dtype=int)
        market = FisherMarket(values, rng.random(shape[0]) + 0.1, utility=utility)
        found = []
        for kernels in (fisher_interior, fisher_small):
            monkeypatch.setattr(central_path, "_kernels", lambda size, kernels=kernels: kernels)
            found.append(fisher_equilibrium(market))
        first, second = found
        np.testing.assert_allclose(first.require().prices, second.require().prices, rtol=1e-6)
        assert first.stats.counts == second.stats.counts
