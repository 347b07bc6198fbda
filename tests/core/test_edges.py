"""Dense and sparse values are the same thing behind one face."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from eqsolve.core.edges import EdgeValues
from eqsolve.core.errors import Fault

matrices = st.integers(0, 4).flatmap(
    lambda m: st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=m, max_size=m),
        min_size=1,
        max_size=4,
    )
)


def both(matrix: list[list[int | None]]) -> tuple[EdgeValues, EdgeValues]:
    faults: list[Fault] = []
    dense = EdgeValues.from_matrix(matrix, "values", faults)
    edges = [(i, j, v) for i, row in enumerate(matrix) for j, v in enumerate(row) if v is not None]
    columns = [list(part) for part in zip(*edges, strict=True)] or [[], [], []]
    sparse = EdgeValues.from_edges(
        len(matrix), len(matrix[0]), *columns, ("buyer", "seller", "value"), faults
    )
    assert faults == []
    assert dense is not None
    assert sparse is not None
    return dense, sparse


@given(matrices)
def test_both_forms_agree(matrix: list[list[int | None]]) -> None:
    dense, sparse = both(matrix)
    assert dense.shape == sparse.shape
    assert dense.n_edges == sparse.n_edges
    assert dense.scale == sparse.scale
    np.testing.assert_array_equal(dense.dense(), sparse.dense())
    for part, other in zip(dense.csr(), sparse.csr(), strict=True):
        np.testing.assert_array_equal(part, other)
    rows, columns = np.indices(dense.shape).reshape(2, -1)
    np.testing.assert_array_equal(dense.at(rows, columns), sparse.at(rows, columns))
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            assert dense[i, j] == sparse[i, j] == value


def test_asarray_shows_nan_for_missing_edges() -> None:
    dense, _ = both([[1, None]])
    shown = np.asarray(dense)
    assert shown[0, 0] == 1
    assert np.isnan(shown[0, 1])


def test_faults_of_edge_lists_are_named() -> None:
    faults: list[Fault] = []
    names = ("edges.buyer", "edges.seller", "edges.value")
    assert EdgeValues.from_edges(2, 2, [0, 5], [0, 7], [1, -1], names, faults) is None
    shown = [str(fault) for fault in faults]
    assert shown == [
        "edges.value[1] = -1: must be >= 0 and finite",
        "edges.buyer[1] = 5: must be below 2",
        "edges.seller[1] = 7: must be below 2",
    ]
    faults.clear()
    assert EdgeValues.from_edges(2, 2, [0, 0], [1, 1], [1, 2], names, faults) is None
    assert "listed twice" in str(faults[0])
