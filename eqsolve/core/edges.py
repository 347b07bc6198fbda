"""`EdgeValues`: numbers on the edges of a bipartite graph, dense or sparse, behind one face.

Every number is >= 0, so a negative one can mean "no edge": in the dense form missing edges
hold -1. The sparse form is compressed by rows (CSR) with columns rising inside each row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, extent, is_integral, read_only
from eqsolve.core.digits import EXACT
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers, report_entries, require_whole, take_numbers
from eqsolve.core.shown import brief

__all__ = ["LARGEST_SIDE", "NO_EDGE", "EdgeValues", "check_sizes"]

NO_EDGE = -1

LARGEST_SIDE = 10**9
"""More agents on a side are a typing error: arrays of one number each would not fit."""


def check_sizes(sizes: Mapping[str, object], faults: list[Fault]) -> None:
    """Add a fault for each number of agents that cannot be."""
    rule = f"must be a whole number from 0 to {LARGEST_SIDE}"
    for name, size in sizes.items():
        whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
        if not whole or not 0 <= int(size) <= LARGEST_SIDE:  # type: ignore[call-overload]  # whole
            faults.append(Fault(name, rule, value=size))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EdgeValues:
    """Numbers >= 0 on the edges of a bipartite graph with n rows and m columns.

    Exactly one of `matrix` and `indptr` is given; make instances with `from_matrix` or
    `from_edges`, which check everything. ``numpy.asarray(values)`` gives a float64 matrix with
    NaN where there is no edge; ``values[i, j]`` one number or None.

    Parameters
    ----------
    n_rows, n_columns : the sides.
    matrix : shape (n, m), int64 or float64, read-only, `NO_EDGE` where there is no edge.
    indptr, indices, data : CSR arrays of shapes (n + 1,), (edges,), (edges,).

    Examples
    --------
    >>> faults = []
    >>> values = EdgeValues.from_matrix([[3, None], [1, 2]], "values", faults)
    >>> values[0, 0], values[0, 1], values.n_edges, values.is_integral
    (3, None, 3, True)
    """

    n_rows: int
    n_columns: int
    matrix: NumberArray | None = None
    indptr: IntArray | None = None
    indices: IntArray | None = None
    data: NumberArray | None = None
    _span: tuple[Any, Any] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        # More than `brief` shows, so that it says where something is left out.
        rows, columns = range(min(self.n_rows, 24)), range(min(self.n_columns, 24))
        corner = np.array([[self[i, j] for j in columns] for i in rows], dtype=object)
        entries = brief(corner, 48, shape=False)
        return f"<EdgeValues {self.n_rows} x {self.n_columns}, {self.n_edges} edges: {entries}>"

    def __post_init__(self) -> None:
        for name in ("matrix", "indptr", "indices", "data"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, read_only(array))

    @classmethod
    def from_matrix(cls, value: object, name: str, faults: list[Fault]) -> EdgeValues | None:
        """Check a dense matrix (None or NaN: no edge); return None after adding faults."""
        taken = take_numbers(value, name, (None, None), faults, missing=True)
        if taken is None:
            return None
        matrix, span = taken
        return cls(matrix.shape[0], matrix.shape[1], matrix=matrix, _span=span)

    @classmethod
    def from_edges(
        cls,
        n_rows: int,
        n_columns: int,
        rows: object,
        columns: object,
        value: object,
        names: tuple[str, str, str],
        faults: list[Fault],
    ) -> EdgeValues | None:
        """Check lists of edges, `names` being the three fields; return None after adding faults."""
        before = len(faults)
        n_rows, n_columns = int(n_rows), int(n_columns)
        row = as_numbers(rows, names[0], (None,), faults)
        length = None if row is None else len(row)
        column = as_numbers(columns, names[1], (length,), faults)
        data = as_numbers(value, names[2], (length,), faults)
        for array, name, size in ((row, names[0], n_rows), (column, names[1], n_columns)):
            if array is not None:
                bad = array >= size
                if require_whole(faults, name, array) and bad.any():
                    report_entries(faults, name, array, bad, f"must be below {size}")
        if row is None or column is None or data is None or len(faults) > before:
            return None
        key = row * n_columns + column
        order = np.arange(len(key))
        if not (key[1:] > key[:-1]).all():
            order = np.argsort(key, kind="stable")
            key = key[order]
        row, column, data = key // max(n_columns, 1), key % max(n_columns, 1), data[order]
        twice = np.zeros(len(key), dtype=bool)
        twice[1:] = key[1:] == key[:-1]
        for place in np.flatnonzero(twice)[:100]:
            rule = f"the edge ({row[place]}, {column[place]}) is listed twice"
            faults.append(Fault(names[0], rule, index=(int(order[place]),)))
        if twice.any():
            return None
        indptr = np.zeros(n_rows + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=n_rows), out=indptr[1:])
        for array in (indptr, column, data):
            array.flags.writeable = False  # all three were made here
        return cls(n_rows, n_columns, indptr=indptr, indices=column, data=data)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return self.n_rows, self.n_columns

    @property
    def is_sparse(self) -> bool:
        """Whether the sparse form is held."""
        return self.matrix is None

    @property
    def is_integral(self) -> bool:
        """Whether all numbers are whole and held exactly."""
        return is_integral(self._numbers)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        if self.has_gaps:
            return int(np.count_nonzero(self._numbers >= 0))
        return self._numbers.size

    @property
    def has_gaps(self) -> bool:
        """Whether the dense form is held and edges are missing in it."""
        return self.matrix is not None and bool(self._extent[0] < 0)

    @property
    def scale(self) -> float:
        """The largest number, 0 where there is no edge."""
        return float(self.largest)

    @property
    def largest(self) -> int | float:
        """The largest number in its own type, whole ones to the last digit; 0 without edges."""
        _, top = self._extent
        largest: int | float = top.item() if top > 0 else 0
        return largest

    @property
    def least_share(self) -> float:
        """The least positive number as a share of the largest; 1 where none is positive."""
        least, largest = self._extent
        if not least > 0:
            numbers = self._numbers
            least = numbers.min(where=numbers > 0, initial=max(largest, 0))
        return float(least / largest) if largest > 0 else 1.0

    @property
    def _extent(self) -> tuple[Any, Any]:
        """Least and greatest number held, read once; zeros where there is none."""
        if self._span is None:
            span = extent(self._numbers) if self._numbers.size else (0, 0)
            object.__setattr__(self, "_span", span)
            return span
        return self._span

    @property
    def _numbers(self) -> NumberArray:
        held = self.data if self.matrix is None else self.matrix
        assert held is not None  # one of the two forms is always given
        return held

    def __getitem__(self, edge: tuple[int, int]) -> int | float | None:
        row, column = edge
        if self.matrix is not None:
            number = self.matrix[row, column].item()
            return None if number < 0 else number
        columns, data = self.row(row)
        place = int(np.searchsorted(columns, column))
        found = place < len(columns) and columns[place] == column
        return data[place].item() if found else None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NumberArray:
        if self.is_integral and self._extent[1] > EXACT:
            raise OverflowError("whole numbers beyond 2**53 do not fit floats: use dense()")
        matrix = self.dense().astype(np.float64)
        matrix[matrix < 0] = np.nan
        return matrix if dtype is None else matrix.astype(dtype)

    def row(self, row: int) -> tuple[IntArray, NumberArray]:
        """Return the columns of a row's edges, rising, and the numbers on them."""
        if self.matrix is not None:
            columns = np.flatnonzero(self.matrix[row] >= 0)
            return columns, self.matrix[row, columns]
        indptr, indices, data = self.csr()
        return indices[indptr[row] : indptr[row + 1]], data[indptr[row] : indptr[row + 1]]

    def at(self, rows: IntArray, columns: IntArray) -> NumberArray:
        """Return the numbers on the given edges, `NO_EDGE` where there is none."""
        if self.matrix is not None:
            return self.matrix[rows, columns]
        indptr, indices, data = self.csr()
        if not len(data):
            return np.full(len(rows), NO_EDGE, dtype=data.dtype)
        low, end = indptr[rows], indptr[rows + 1]
        high = end.copy()
        # Bisection in all rows at once: the first place whose column is not below the wanted one.
        for _ in range(int((end - low).max(initial=0)).bit_length()):
            middle = (low + high) // 2
            below = (low < high) & (indices[np.minimum(middle, len(data) - 1)] < columns)
            low = np.where(below, middle + 1, low)
            high = np.where(below, high, middle)
        place = np.minimum(low, len(data) - 1)
        return np.where((low < end) & (indices[place] == columns), data[place], NO_EDGE)

    def dense(self) -> NumberArray:
        """Return the matrix with `NO_EDGE` where there is no edge; O(n m) memory."""
        if self.matrix is not None:
            return self.matrix
        indptr, indices, data = self.csr()
        matrix = np.full(self.shape, NO_EDGE, dtype=data.dtype)
        matrix[np.repeat(np.arange(self.n_rows), np.diff(indptr)), indices] = data
        return read_only(matrix)

    def cells(self) -> tuple[IntArray, IntArray, NumberArray]:
        """Return (starts, columns, numbers) row by row, as kernels read them, without a copy.

        Row i is ``numbers[starts[i] : starts[i + 1]]`` on `columns`; these are empty where each row
        has a number for every column in turn, `NO_EDGE` where there is no edge.
        """
        if self.matrix is None:
            return self.csr()
        n, m = self.shape
        return m * np.arange(n + 1), np.zeros(0, dtype=np.int64), self.matrix.ravel()

    def csr(self) -> tuple[IntArray, IntArray, NumberArray]:
        """Return (indptr, indices, data) with columns rising inside each row."""
        if self.indptr is not None and self.indices is not None and self.data is not None:
            return self.indptr, self.indices, self.data
        matrix = self._numbers
        if not self.has_gaps:
            n, m = self.shape
            return m * np.arange(n + 1), np.tile(np.arange(m), n), matrix.ravel()
        present: BoolArray = matrix >= 0
        counts = np.count_nonzero(present, axis=1)
        places = np.flatnonzero(present)
        indptr = np.zeros(self.n_rows + 1, dtype=np.int64)
        np.cumsum(counts, out=indptr[1:])
        first = self.n_columns * np.arange(self.n_rows)
        return indptr, places - np.repeat(first, counts), matrix.ravel()[places]
