"""Maximum-weight matching and both price ends by scipy and numpy: nothing to compile, exact.

For weights `w` of shape (n, m): scipy's assignment of the weights cut at zero is a matching of
greatest weight (pairs worth nothing are dropped). Row `i` matched to `j` has utility
``u[i] = w[i,j] - p[j]``, an unmatched one 0, and the least optimal column duals are the least
``p >= 0`` with ``p[k] >= w[i,k] - u[i]`` (BIP-2, BIP-4): the prices that relaxation from zero
reaches. The rows' own least duals are the same on the transpose, and give the greatest prices.

All numbers are multiples of one power of two, below `EXACT` of them: whole numbers as they are,
others rounded to the nearest multiple, which moves a weight by at most 2**-50 of the greatest.
So every sum in scipy and here is exact in doubles, ties stay ties, and relaxation ends.

Cost: O(n m min(n, m)) for the matching. Each relaxation of a row is one pass over it; rows of
least utility go first, a sixteenth of them at a time, which takes about 5 passes over the matrix
on most data, and n / 16 where prices hang on one long chain (products of two factors).

A process that has relaxed for half a second goes on with a small compiled kernel, which takes one
or two seconds to compile, once per machine. The least duals are unique and all sums exact: not a
bit depends on which of the two was at work.

Sources: Crouse (2016) for scipy's matching; Bellman (1958) for relaxation.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.matching.directions import leading_directions
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["EXACT", "Optimum", "exact_in_doubles", "least_column_duals", "optimum"]

EXACT = 2.0**50
"""Greatest multiple of the unit: sums of eight of them are exact in doubles."""

_PARTS = 16
"""Share of the rows relaxed at a time; measured at n = 50 to 1000."""

_FEW = 48
"""Rows that are always relaxed at once, since a step costs as much as its overhead."""

_PATIENCE = 0.5
"""Processor seconds that a process relaxes in numpy before it takes the compiled kernel."""

_spent = [0.0]

_SAMPLED = 200
"""Rows from which a sample pays."""

_RATIO = 4
"""Rows for one that is sampled."""

_BLOCK = 64
"""Rows and columns of the block that is looked at for structure."""

_MIXED = np.arange(_BLOCK) * 27 % _BLOCK  # an order that follows no trend of the block

_RULES = 0.15
"""Share of the leading direction from which a sample helps; noise has 4 / `_BLOCK`."""


class Optimum(NamedTuple):
    """A matching of greatest weight with both ends of the lattice of column duals.

    Attributes
    ----------
    matching : int64, shape (n,): column of each row, or -1.
    low, high : shape (m,), of the type of the weights; equal to 0 for unmatched columns.
    """

    matching: IntArray
    low: NDArray[Any]
    high: NDArray[Any]

    def row_duals(self, weights: NDArray[Any], prices: NDArray[Any]) -> NDArray[Any]:
        """Return the utilities of the rows, shape (n,), at column duals of the lattice."""
        rows = np.flatnonzero(self.matching >= 0)
        columns = self.matching[rows]
        utilities = np.zeros(len(weights), weights.dtype)
        utilities[rows] = np.maximum(weights[rows, columns] - prices[columns], 0)
        return utilities


def exact_in_doubles(greatest: float, *, whole: bool) -> bool:
    """Return whether weights up to `greatest` are handled exactly, or on a grid as fine as said.

    >>> exact_in_doubles(2.0**60, whole=True), exact_in_doubles(1e200, whole=False)
    (False, True)
    """
    return greatest <= EXACT if whole else greatest < 1e300


def optimum(weights: NDArray[Any]) -> Optimum:
    """Return a matching of greatest weight and both ends of its prices.

    Parameters
    ----------
    weights : int64 or float64, shape (n, m), finite; negative means no edge. Whole numbers must
        be at most `EXACT`.

    Examples
    --------
    >>> best = optimum(np.array([[5, 3], [4, 1]]))
    >>> best.matching.tolist(), best.low.tolist(), best.high.tolist()
    ([1, 0], [2, 0], [4, 2])
    """
    n, m = weights.shape
    kind = weights.dtype
    matching = np.full(n, -1, np.int64)
    low, high = np.zeros(m, kind), np.zeros(m, kind)
    if n == 0 or m == 0:
        return Optimum(matching, low, high)
    worth = _on_grid(weights)
    spare = np.empty_like(worth)  # fresh memory costs more than what is computed in it
    rows, columns = _greatest_pairs(worth, spare)
    own = worth[rows, columns]
    used = np.flatnonzero(own > 0)
    if len(used) < len(own):
        rows, columns, own = rows[used], columns[used], own[used]
    matching[rows] = columns
    low[:] = least_column_duals(worth, rows, columns, own)
    turned = spare.reshape(m, n)
    turned[:] = worth.T
    above = np.zeros(n)  # what the rows keep at the least prices is what they can get at most
    above[rows] = own - low[columns]
    high[columns] = own - least_column_duals(turned, columns, rows, own, above)[rows]
    return Optimum(matching, low, high)


def _on_grid(weights: NDArray[Any]) -> FloatArray:
    """Return the weights as doubles, cut at zero, whole or rounded to multiples of one unit."""
    worth: FloatArray = np.maximum(weights, 0, dtype=np.float64)
    if weights.dtype.kind != "f":
        return worth
    # Adding and taking away so great a number leaves a multiple of its unit in the last place.
    great = np.ldexp(1.5, int(np.frexp(worth.max())[1]) + 2)
    worth += great
    worth -= great
    return worth


def _greatest_pairs(worth: FloatArray, spare: FloatArray) -> tuple[IntArray, IntArray]:
    """Return rows and columns of an assignment of the shorter side of greatest sum.

    `spare`, of the same shape, is overwritten.
    """
    from scipy.optimize import linear_sum_assignment

    n, m = worth.shape
    if n != m:
        np.negative(worth, out=spare)
    else:  # all are assigned and levels do not matter: near the optimal ones searches are short
        np.subtract(_start_prices(worth), worth, out=spare)
        spare -= spare.min(axis=1, keepdims=True)
    rows, columns = linear_sum_assignment(spare)
    return rows, columns


def _start_prices(worth: FloatArray) -> FloatArray:
    """Price the columns of a square matrix: by a sample where one direction rules, by maxima else.

    Points on a line and products of two factors make scipy search long, but there the duals of a
    sample, evenly spread along that direction, are close to those of the whole.
    """
    n = len(worth)
    directions = _leading_directions(worth) if n >= _SAMPLED else None
    if directions is None:
        highest: FloatArray = worth.max(axis=0)
        return highest
    sampled = tuple(np.argsort(along, kind="stable")[2::_RATIO] for along in directions)
    part = worth[np.ix_(*sampled)]
    best = optimum(part)
    offers = worth[sampled[0]] - best.row_duals(part, best.low)[:, None]
    offered: FloatArray = offers.max(axis=0)
    return offered


def _leading_directions(worth: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Project rows and columns on the leading singular directions; None if these are noise.

    They are those of a doubly centered block of evenly spaced rows and columns.
    """
    picked = np.linspace(0, len(worth) - 1, _BLOCK).astype(np.int64)
    block = worth[np.ix_(picked, picked)]
    block = block - block.mean(axis=0) - block.mean(axis=1, keepdims=True) + block.mean()
    down, across, share = leading_directions(block, np.linspace(-0.5, 0.5, _BLOCK)[_MIXED])
    if share <= _RULES * float((block * block).sum()):
        return None
    along_rows: FloatArray = (worth[:, picked] * across).sum(axis=1)
    along_columns: FloatArray = (worth[picked] * down[:, None]).sum(axis=0)
    return along_rows, along_columns


def least_column_duals(
    worth: FloatArray,
    rows: IntArray,
    columns: IntArray,
    own: FloatArray,
    above: FloatArray | None = None,
) -> FloatArray:
    """Return the least optimal column duals by relaxation.

    Parameters
    ----------
    worth : shape (n, m), >= 0, multiples of one unit as in `optimum`.
    rows, columns : shapes (k,), the pairs of a matching of greatest weight, all worth > 0.
    own : shape (k,), their worth.
    above : shape (m,), optimal column duals, where any are known: they need only be lowered.

    Returns
    -------
    prices : shape (m,), 0 for unmatched columns.

    Raises
    ------
    ValueError : the matching is not of greatest weight.

    Examples
    --------
    >>> pairs = np.array([0, 1]), np.array([1, 0])
    >>> least_column_duals(np.array([[5.0, 3.0], [4.0, 1.0]]), *pairs, np.array([3.0, 4.0]))
    array([2., 0.])
    """
    n, m = worth.shape
    utilities = np.zeros(n)
    utilities[rows] = own
    value = np.zeros(n)  # of a matched row's own column
    value[rows] = own
    row_of = np.full(m, -1)
    row_of[columns] = rows
    start = time.thread_time()
    if _spent[0] > _PATIENCE:
        prices = _relaxed_by_kernel(worth, row_of, value, utilities, above)
    else:
        prices = _relaxed_by_rows(worth, row_of, value, utilities)
        _spent[0] += time.thread_time() - start
    if prices is None:
        raise ValueError("the matching is not of greatest weight")
    return prices


def _relaxed_by_kernel(
    worth: FloatArray,
    row_of: IntArray,
    value: FloatArray,
    utilities: FloatArray,
    above: FloatArray | None,
) -> FloatArray | None:
    """Relax row after row in compiled code, rows of least worth first, or lower what is optimal."""
    from eqsolve.algorithms.matching.row_relaxation import lower, relax

    table = np.ascontiguousarray(worth)
    if above is not None:
        prices = above.copy()
        lower(table, row_of, value, prices)
        return prices
    prices = np.zeros(worth.shape[1])
    found = relax(table, row_of, value, utilities, prices, np.argsort(value, kind="stable"))
    return prices if found else None


def _relaxed_by_rows(
    worth: FloatArray, row_of: IntArray, value: FloatArray, utilities: FloatArray
) -> FloatArray | None:
    """Relax many rows at a time in numpy; None where the matching is not of greatest weight."""
    prices: FloatArray = np.maximum((worth - utilities[:, None]).max(axis=0), 0.0)
    raised = np.flatnonzero(prices > 0)
    pending = np.zeros(len(worth), np.bool_)
    part = max(_FEW, len(worth) // _PARTS)
    while True:
        holders = row_of[raised]
        if len(raised) and (holders.min() < 0 or bool((prices[raised] > value[holders]).any())):
            return None
        utilities[holders] = value[holders] - prices[raised]
        pending[holders] = True
        chosen = np.flatnonzero(pending)
        if not len(chosen):
            return prices
        if len(chosen) > part:
            chosen = chosen[np.argpartition(utilities[chosen], part)[:part]]
        pending[chosen] = False
        offers = (worth[chosen] - utilities[chosen, None]).max(axis=0)
        raised = np.flatnonzero(offers > prices)
        prices[raised] = offers[raised]
