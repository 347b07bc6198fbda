from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from eqsolve.algorithms.programs.rows import Rows

_TERM = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(-3, 3))


@given(st.lists(st.tuples(st.lists(_TERM, max_size=6), st.booleans()), max_size=4))
def test_blocks_say_what_a_dense_matrix_says(
    blocks: list[tuple[list[tuple[int, int, int]], bool]],
) -> None:
    rows = Rows(4)
    dense: list[np.ndarray] = []
    right: list[float] = []
    for number, (terms, equal) in enumerate(blocks):
        block = np.zeros((3, 4))
        for row, column, entry in terms:
            block[row, column] += entry
        bounds = np.arange(3.0) + number
        (rows.equal if equal else rows.at_most)(bounds, *terms)
        for sign in (1, -1) if equal else (1,):
            dense.extend(sign * block)
            right.extend(sign * bounds)
    assert rows.matrix().toarray().tolist() == np.reshape(dense, (len(right), 4)).tolist()
    assert rows.right().tolist() == right
    assert rows.matrix().nnz == np.count_nonzero(dense)
