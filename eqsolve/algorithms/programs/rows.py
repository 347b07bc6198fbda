"""Rows ``A x <= b``, written block by block and put together once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import FloatArray

__all__ = ["Rows"]


class Rows:
    """Builder of ``A x <= b`` with `width` variables.

    Parameters
    ----------
    width : number of variables.

    Examples
    --------
    >>> rows = Rows(3)
    >>> rows.at_most([1.0, 2.0], ([0, 1], [0, 2], 1.0), ([0, 1], 1, [-1.0, 5.0]))
    >>> rows.matrix().toarray().tolist(), rows.right().tolist()
    ([[1.0, -1.0, 0.0], [0.0, 5.0, 1.0]], [1.0, 2.0])
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.height = 0
        self._at: list[npt.NDArray[np.int64]] = []
        self._columns: list[npt.NDArray[np.int64]] = []
        self._entries: list[FloatArray] = []
        self._right: list[FloatArray] = []

    def at_most(self, right: npt.ArrayLike, *terms: tuple[Any, Any, Any]) -> None:
        """Add a block of rows ``sum of terms <= right``.

        Parameters
        ----------
        right : shape (r,), or a number for a single row.
        terms : (row within the block, column, coefficient), each an array or a number; those of
            the same place are added up.
        """
        bounds = np.atleast_1d(np.asarray(right, dtype=np.float64))
        for term in terms:
            row, column, entry = np.broadcast_arrays(*(np.atleast_1d(part) for part in term))
            self._at.append(row.astype(np.int64).ravel() + self.height)
            self._columns.append(column.astype(np.int64).ravel())
            self._entries.append(entry.astype(np.float64).ravel())
        self._right.append(bounds)
        self.height += len(bounds)

    def equal(self, right: npt.ArrayLike, *terms: tuple[Any, Any, Any]) -> None:
        """Add a block of rows ``sum of terms = right``, as two that bound it from both sides."""
        self.at_most(right, *terms)
        self.at_most(
            -np.atleast_1d(np.asarray(right, dtype=np.float64)),
            *((row, column, -np.asarray(entry)) for row, column, entry in terms),
        )

    def matrix(self) -> Any:
        """Return A, a scipy sparse array in CSR form without zeros."""
        from scipy.sparse import csr_array

        parts = [
            np.concatenate(part) if part else np.zeros(0, dtype=kind)
            for part, kind in (
                (self._entries, np.float64),
                (self._at, np.int64),
                (self._columns, np.int64),
            )
        ]
        matrix = csr_array((parts[0], (parts[1], parts[2])), shape=(self.height, self.width))
        matrix.eliminate_zeros()
        return matrix

    def right(self) -> FloatArray:
        """Return b."""
        return np.concatenate(self._right) if self._right else np.zeros(0)
