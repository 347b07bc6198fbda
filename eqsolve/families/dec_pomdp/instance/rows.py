"""Rows of probabilities, kept sparse: large models have thousands of states and few ways on.

A row whose decimals were rounded, so that it misses 1 by up to 1e-5, is divided by its sum, once;
a sum within 1e-9 of 1 is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, IntArray, read_only, sealed
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers, report_entries
from eqsolve.core.periods import SUM as EVEN, depth_of

__all__ = ["EVEN", "SUM", "Rows", "read_rows", "rounded_sums"]

SUM = 1.000001e-5
"""How far a row may be from 1: files say 0.33333 three times."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Probability rows: row r has ``chances[k]`` at ``columns[k]``, indptr[r] <= k < indptr[r + 1].

    Parameters
    ----------
    indptr : int64, shape (R + 1,).
    columns : int64, rising within a row.
    chances : float64, all > 0.
    width : number of columns.

    Examples
    --------
    >>> rows = Rows.of(np.array([[0.5, 0.5], [0.0, 1.0]]))
    >>> rows.columns.tolist(), rows.dense().tolist(), [part.tolist() for part in rows.row(1)]
    ([0, 1, 1], [[0.5, 0.5], [0.0, 1.0]], [[1], [1.0]])
    """

    indptr: IntArray
    columns: IntArray
    chances: FloatArray
    width: int

    @classmethod
    def of(cls, table: FloatArray) -> Rows:
        """Return the rows of a dense table."""
        owners, columns = np.nonzero(table)
        return cls.entries(len(table), table.shape[1], owners, columns, table[owners, columns])

    @classmethod
    def entries(
        cls, count: int, width: int, owners: IntArray, columns: IntArray, chances: FloatArray
    ) -> Rows:
        """Return rows given by entries that are sorted by row and column."""
        indptr = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=count))])
        return cls(
            sealed(indptr.astype(np.int64)),
            sealed(columns.astype(np.int64)),
            sealed(chances.astype(np.float64)),
            width,
        )

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def row(self, number: int) -> tuple[IntArray, FloatArray]:
        """Return columns and chances of a row."""
        part = slice(self.indptr[number], self.indptr[number + 1])
        return self.columns[part], self.chances[part]

    def owners(self) -> IntArray:
        """Return the row of each entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    def sums(self) -> FloatArray:
        """Return the sum of each row."""
        found: FloatArray = np.bincount(self.owners(), self.chances, len(self)).astype(np.float64)
        return found

    def dense(self) -> FloatArray:
        """Return the table, shape (R, width)."""
        table = np.zeros((len(self), self.width))
        table[self.owners(), self.columns] = self.chances
        return table

    def block(self, number: int, size: int) -> Any:
        """Return `size` rows, those of joint action `number`, as a scipy matrix."""
        from scipy.sparse import csr_array

        first, last = self.indptr[number * size], self.indptr[(number + 1) * size]
        indptr = self.indptr[number * size : (number + 1) * size + 1] - first
        parts = (self.chances[first:last], self.columns[first:last], indptr)
        return csr_array(parts, shape=(size, self.width))


def read_rows(
    value: object, field: str, shape: tuple[int, int, int], faults: list[Fault]
) -> Rows | None:
    """Return the rows of a table ``[joint action][state]``, or None after adding faults.

    Parameters
    ----------
    value : each row a list of all probabilities, or (then everywhere) of pairs
        ``[column, probability]``.
    shape : joint actions, states, columns.
    """
    value = plain_numbers(value)
    before = len(faults)
    if depth_of(value) == 4:
        entries = _pairs(value, field, shape, faults)
        if entries is None:
            return None
        owners, columns, chances = entries
    else:
        table = as_numbers(value, field, shape, faults)
        if table is None:
            return None
        flat = table.reshape(shape[0] * shape[1], shape[2])
        owners, columns = np.nonzero(flat)
        chances = flat[owners, columns].astype(np.float64)
    rows = Rows.entries(shape[0] * shape[1], shape[2], owners, columns, chances)
    sums = rows.sums()
    wrong = ~(np.abs(sums - 1) <= SUM)
    for number in np.flatnonzero(wrong)[:MAX_FAULTS].tolist():
        rule = f"sums to {float(sums[number])!r}, but probabilities sum to 1"
        faults.append(Fault(field, rule, divmod(number, shape[1])))
    if wrong.sum() > MAX_FAULTS:
        rule = f"probabilities sum to 1 ({int(wrong.sum()) - MAX_FAULTS} more rows)"
        faults.append(Fault(field, rule))
    return rounded_sums(rows, sums) if len(faults) == before else None


def rounded_sums(rows: Rows, sums: FloatArray) -> Rows:
    """Return rows whose sums are 1 but for rounding, divided by them where that changes them."""
    off = np.abs(sums - 1) > EVEN
    if not off.any():
        return rows
    factors = np.where(off, sums, 1.0)[rows.owners()]
    return Rows(rows.indptr, rows.columns, read_only(rows.chances / factors), rows.width)


def _pairs(
    value: Any, field: str, shape: tuple[int, int, int], faults: list[Fault]
) -> tuple[IntArray, IntArray, FloatArray] | None:
    """Return owner, column and chance of each entry given as pairs, sorted."""
    before = len(faults)
    if len(value) != shape[0]:
        faults.append(Fault(field, f"has length {len(value)} along axis 0, expected {shape[0]}"))
    owners: list[int] = []
    pairs: list[list[float]] = []
    for a, states in enumerate(value):
        if not isinstance(states, list | tuple) or len(states) != shape[1]:
            faults.append(Fault(field, f"must be a list of {shape[1]} rows", (a,)))
            continue
        for s, row in enumerate(states):
            good = isinstance(row, list | tuple) and all(
                isinstance(pair, list | tuple) and len(pair) == 2 for pair in row
            )
            if not good:
                faults.append(Fault(field, "must be a list of pairs [number, chance]", (a, s)))
                continue
            owners += [a * shape[1] + s] * len(row)
            pairs += row
    if len(faults) > before:
        return None
    table = as_numbers(pairs, field, (None, 2), faults)
    if table is None:
        return None
    owner, columns, chances = np.array(owners, dtype=np.int64), table[:, 0], table[:, 1]
    missing = (columns != np.floor(columns)) | (columns >= shape[2])
    report_entries(faults, field, columns, missing, f"must be a number from 0 to {shape[2] - 1}")
    if missing.any():
        return None
    order = np.lexsort((columns, owner))
    owner, columns = owner[order], columns[order].astype(np.int64)
    twice = (np.diff(owner) == 0) & (np.diff(columns) == 0)
    for k in np.flatnonzero(twice)[:MAX_FAULTS].tolist():
        place = divmod(int(owner[k]), shape[1])
        faults.append(Fault(field, f"names {int(columns[k])} twice", place))
    chances = chances[order].astype(np.float64)
    keep = chances > 0
    return owner[keep], columns[keep], chances[keep]
