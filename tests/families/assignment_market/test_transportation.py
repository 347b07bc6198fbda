"""The program of a market with capacities, kernel by kernel, against linear programs of scipy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import linprog

from eqsolve.algorithms.compile import interpreted
from eqsolve.families.assignment_market.kernels.optimum import harms, optimum
from eqsolve.families.assignment_market.kernels.transportation import gather, share

ENDLESS = 10**9

Program = tuple[list[list[int]], list[int], list[int], list[int]]

programs = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda size: st.tuples(
        st.lists(
            st.lists(st.integers(-1, 6), min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        ),
        st.lists(st.integers(0, 2), min_size=size[1], max_size=size[1]),
        st.lists(st.integers(0, 3), min_size=size[0], max_size=size[0]),
        st.lists(st.integers(0, 3), min_size=size[1], max_size=size[1]),
    )
)


def best(gains: npt.NDArray[Any], a: npt.NDArray[Any], b: npt.NDArray[Any]) -> int:
    """Return what the best pairs are worth, by HiGHS."""
    n, m = gains.shape
    rows = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    found = linprog(-gains.ravel(), A_ub=rows, b_ub=np.concatenate([a, b]), bounds=(0, 1))
    return round(-found.fun)


def kept(gains: npt.NDArray[Any], a: npt.NDArray[Any], prices: npt.NDArray[Any]) -> int:
    """Return what best sets of all buyers leave them at these prices."""
    left = np.sort(np.maximum(gains - prices, 0), axis=1)[:, ::-1]
    return int(sum(row[:most].sum() for row, most in zip(left, a.tolist(), strict=True)))


def run(kernel: Callable[..., Any], program: Program, *rest: Any) -> Any:
    """Run a kernel's interpreted twin on the lists of a program whose rows are complete."""
    values, floor, a, b = program
    places = [len(floor) * row for row in range(len(values) + 1)]
    cells = [number for row in values for number in row]
    return interpreted(kernel)(places, [], cells, floor, a, b, *rest, ENDLESS, [0])


@settings(max_examples=150, deadline=None)
@given(programs, st.sampled_from([0, 4]))
def test_duals_prove_the_pairs_and_both_ends_of_them(program: Program, dense: int) -> None:
    values, floor, a, b = map(np.array, program)
    gains = np.maximum(values - floor, 0)
    flat, u, q, low, high = run(optimum, program, dense)
    pairs = np.array(flat, dtype=int).reshape(-1, 2)
    buyers, sellers = pairs.T
    assert (np.diff(buyers * len(b) + sellers) > 0).all()
    assert (np.bincount(buyers, minlength=len(a)) <= a).all()
    assert (np.bincount(sellers, minlength=len(b)) <= b).all()
    worth = best(gains, a, b)
    assert gains[buyers, sellers].sum() == worth
    u, q, low, high = map(np.array, (u, q, low, high))
    closed = b == 0  # such a seller has no dual of its own
    for duals in (q, low, high):
        assert kept(gains, a, np.where(closed, 99, duals)) + b @ duals == worth
        assert (duals >= 0).all()
    for j in np.flatnonzero(closed).tolist():
        others = np.where(closed & (np.arange(len(b)) != j), 99, low)
        nobody, somebody = (kept(gains, a, others - (np.arange(len(b)) == j) * by) for by in (0, 1))
        assert nobody == kept(gains, a, np.where(closed, 99, low))
        assert low[j] == 0 or somebody > nobody
        assert high[j] == gains[:, j].max()
    assert (u >= 0).all()
    assert (low <= high).all()


@settings(max_examples=100, deadline=None)
@given(programs)
def test_harm_is_what_the_others_gain_without_a_buyer(program: Program) -> None:
    values, floor, a, b = map(np.array, program)
    gains = np.maximum(values - floor, 0)
    flat, u, q, _, _ = run(optimum, program, 4)
    harm = run(harms, program, flat, u, q)
    pairs = np.array(flat, dtype=int).reshape(-1, 2)
    held = np.zeros_like(gains)
    held[pairs[:, 0], pairs[:, 1]] = gains[pairs[:, 0], pairs[:, 1]]
    for i in range(len(a)):
        rest = np.where(np.arange(len(a)) == i, 0, a)
        others = held.sum() - held[i].sum()
        assert harm[i] == (best(gains, rest, b) - others if a[i] > 1 else 0)


@given(programs)
def test_pairs_are_listed_by_both_sides(program: Program) -> None:
    values, floor, a, b = map(np.array, program)
    n, m = values.shape
    useful = (values > floor) & (a > 0)[:, None] & (b > 0)
    starts, firsts, units = [0] * (n + 1), [0] * (m + 1), [0, 0]
    heads, tails, worth, rows, owners, turned, order = ([0] * n * m for _ in range(7))
    count = interpreted(gather)(
        [m * row for row in range(n + 1)], [], values.ravel().tolist(), program[1], *program[2:],
        starts, heads, tails, worth, firsts, rows, owners, turned, order, units,
    )  # fmt: skip
    buyer, seller = np.nonzero(useful)
    assert (tails[:count], heads[:count]) == (buyer.tolist(), seller.tolist())
    assert worth[:count] == (values - floor)[useful].tolist()
    seller, buyer = np.nonzero(useful.T)
    assert (owners[:count], rows[:count]) == (seller.tolist(), buyer.tolist())
    assert turned[:count] == [worth[e] for e in order[:count]]
    assert starts == np.append(0, useful.sum(axis=1).cumsum()).tolist()
    assert firsts == np.append(0, useful.sum(axis=0).cumsum()).tolist()
    assert units == [np.minimum(a, useful.sum(1)).sum(), np.minimum(b, useful.sum(0)).sum()]


@pytest.mark.parametrize("step", [share, interpreted(share)])
def test_the_least_of_what_is_held_counts_where_a_row_is_full(step: Any) -> None:
    rows, columns = np.array([0, 0, 1]), np.array([0, 2, 1])
    worth, prices, a = np.array([5.0, 4.0, 3.0]), np.array([1.0, 1.0, 2.0]), np.array([2, 2, 0])
    gained, least = step(rows, columns, worth, prices, a)
    assert gained.tolist() == [6.0, 2.0, 0.0]
    assert least.tolist() == [2.0, 0.0, 0.0]
