"""Surplus units are pushed out of few columns at the least loss, with duals that prove it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st
from scipy.optimize import linear_sum_assignment

from eqsolve.algorithms.compile import interpreted
from eqsolve.families.assignment_market.kernels.few_columns import push_between

tables = st.integers(1, 3).flatmap(
    lambda m: st.tuples(
        st.lists(st.lists(st.integers(0, 6), min_size=m, max_size=m), min_size=1, max_size=6),
        st.lists(st.integers(0, 3), min_size=m, max_size=m),
    )
)


@settings(max_examples=80)
@given(tables)
def test_what_is_left_is_a_best_matching_and_duals_prove_it(
    market: tuple[list[list[int]], list[int]],
) -> None:
    values, b = np.array(market[0]), np.array(market[1])
    n, m = values.shape
    tails, heads = np.nonzero(values)  # rows take what is worth something, one column each
    worth = values[tails, heads]
    starts = np.searchsorted(tails, np.arange(n + 1))
    held = np.zeros(len(heads), dtype=np.int8)
    for i in range(n):
        if starts[i] < starts[i + 1]:
            held[starts[i] + np.argmax(worth[starts[i] : starts[i + 1]])] = 1
    load = np.bincount(heads[held == 1], minlength=m)
    first = np.concatenate([[0], np.cumsum(np.bincount(heads, minlength=m))])
    slots = np.zeros(len(heads), dtype=np.int64)
    for j in range(m):
        own = np.flatnonzero((heads == j) & (held == 1))
        slots[first[j] : first[j] + len(own)] = own
    before = worth[held == 1].sum()
    u, q = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)

    lost = interpreted(push_between)(
        starts, heads, tails, worth, b, held, first, slots, load, u, q,
        np.full(n * m, -1), *np.zeros((3, m * m), np.int64), np.zeros(m, np.int64),
        *np.zeros((5, m), np.int64), 10**6, np.zeros(1, np.uint8),
    )  # fmt: skip

    seats = np.repeat(values, b, axis=1)
    rows, columns = linear_sum_assignment(seats, maximize=True)
    best = seats[rows, columns].sum()
    kept = worth[held == 1].sum()
    assert (kept, before - lost) == (best, best)
    assert (np.bincount(heads[held == 1], minlength=m) == load).all()
    assert (load <= b).all()
    assert (np.bincount(tails[held == 1], minlength=n) <= 1).all()
    assert (q >= 0).all()
    assert np.maximum(values - q, 0).max(axis=1).sum() + q @ b == best
