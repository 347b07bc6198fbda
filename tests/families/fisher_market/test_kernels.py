"""The kernels: M-matrices against exact fractions, compiled against numpy."""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import FisherMarket, fisher_equilibrium
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.fisher_market.kernels import (
    interior as fisher_interior,
    interior_plain as fisher_small,
    m_matrix,
    proportional_response,
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


tables = st.integers(0, 99).map(lambda seed: _tables(np.random.default_rng(seed)))


def _tables(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Values with zeros, an allocation and slacks as the passes hold them, and directions."""
    shape = n, m = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    v = rng.integers(0, 4, shape).astype(float)
    x, w = np.where(v > 0, rng.random(shape) + 0.1, 0), np.where(v > 0, rng.random(shape) + 0.1, 1)
    return v, x, w, rng.normal(size=m), rng.normal(size=n), rng.random(n), rng.random(m)


def assert_alike(found: object, wanted: object) -> None:
    """Compare what two passes return, number by number."""
    pairs = zip(found, wanted, strict=True) if isinstance(found, tuple) else [(found, wanted)]
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@given(tables)
def test_each_pass_is_what_numpy_says(case: tuple[np.ndarray, ...]) -> None:
    """Interpreted: the compiled passes against those in numpy, one call at a time."""
    v, x, w, dp, dbeta, rows, columns = case

    def both(name: str, *arguments: object) -> tuple[object, object]:
        return interpreted(getattr(fisher_interior, name))(*arguments), getattr(fisher_small, name)(
            *arguments
        )

    links = np.zeros_like(v), np.zeros_like(v)
    assert_alike(
        interpreted(fisher_interior.assemble)(v, x, w, links[0]),
        fisher_small.assemble(v, x, w, links[1]),
    )
    assert_alike(*links)
    assert_alike(*both("predict", v, x, w, dp, dbeta, rows, columns))
    steps = np.zeros_like(v), np.zeros_like(v)
    lengths = [
        step_lengths(v, x, w, (dp, dbeta), (2 * dp, dbeta / 2), rows, columns, dx)
        for step_lengths, dx in zip(
            (interpreted(fisher_interior.step_lengths), fisher_small.step_lengths),
            steps,
            strict=True,
        )
    ]
    assert_alike(*lengths)
    assert_alike(*steps)
    moved = [(x.copy(), w.copy()) for _ in range(2)]
    assert_alike(
        interpreted(fisher_interior.advance)(v, *moved[0], steps[0], dp, dbeta, 0.1, 0.2),
        fisher_small.advance(v, *moved[1], steps[1], dp, dbeta, 0.1, 0.2),
    )
    assert_alike(*moved)
    assert_alike(interpreted(fisher_interior.by_row)(v, columns), v @ columns)
    assert_alike(interpreted(fisher_interior.by_column)(v, rows), rows @ v)


def test_an_empty_row_of_an_m_matrix_takes_no_share() -> None:
    """A pivot of zero: an agent without links or margin changes nobody else's solution."""
    links = np.zeros((3, 3))
    links[0, 2] = links[2, 0] = 2.0
    pivots = m_matrix.factor(links, np.array([1.0, 0.0, 1.0]))  # [[3, 0, -2], 0, [-2, 0, 3]]
    assert pivots.tolist() == [3.0, 0.0, pytest.approx(5 / 3)]
    assert m_matrix._share.py_func(1.0, 0.0) == 0


@given(st.integers(0, 99), st.sampled_from([1.0, 0.5]), st.booleans(), st.integers(0, 4))
def test_rounds_are_proportional_response(
    seed: int, power: float, keeps: bool, rounds: int
) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    values = rng.integers(0, 4, (n, m)).astype(float)
    money = rng.random(n) + 0.1
    spending = np.where(values > 0, rng.random((n, m)), 0.0)
    kept = rng.random(n) if keeps else np.zeros(n)
    wanted, left = spending.copy(), kept.copy()
    for _ in range(rounds):
        prices = wanted.sum(axis=0)
        shares = np.divide(wanted, prices, out=np.zeros((n, m)), where=prices > 0)
        gains = values * shares**power
        total = gains.sum(axis=1) + (left if keeps else 0.0)
        scale = np.divide(money, total, out=np.zeros(n), where=total > 0)
        wanted, left = gains * scale[:, None], left * scale
    arrays = values, money, spending, kept
    respond = interpreted(proportional_response.respond)
    assert respond(*arrays, power, keeps, rounds, np.zeros(1, np.uint8)) == rounds
    np.testing.assert_allclose(spending, wanted, rtol=1e-12)
    np.testing.assert_allclose(kept, left, rtol=1e-12)
    assert respond(*arrays, power, keeps, 3, np.ones(1, np.uint8)) == 0
