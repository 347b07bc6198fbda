"""Maximum-weight matching of a dense matrix, with optimal duals that prove it.

For weights `w` of shape (n, m) find a matching of greatest weight (it need not be perfect; edges of
negative weight count as absent) and duals `u`, `p >= 0` with ``u[i] + p[j] >= w[i,j]`` everywhere,
equality on matched pairs and zero at unmatched agents (BIP-5). `p` are then competitive prices.

Method: good start prices (`dense_starts`), short lists of the best columns of every row at these
prices (`dense_shortlist`), a greedy matching and two rounds of bidding (`dense_bidding`), or where
values repeat a matching along ties (`dense_ties`); then exact shortest augmenting paths for the
rows left over (`dense_augment`), and, if the start left unsold columns with a positive price, the
same searches from those columns. Matrices with more rows than columns are transposed first.

The steps are strung together in Python: a kernel that calls them all would be compiled with all of
their code once more.

Cost: O(n m) for the lists, then O(n m) at worst for each row left over, far less on most data.
Sources: Kuhn (1955), Jonker and Volgenant (1987); the rest is described in the modules named.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import plain
from eqsolve.algorithms.matching.dense.augment import augment_all, new_search
from eqsolve.algorithms.matching.dense.bidding import bidding, greedy
from eqsolve.algorithms.matching.dense.pairing import Pairing, unmatched
from eqsolve.algorithms.matching.dense.shortlist import (
    Shortlists,
    list_rows,
    new_scan,
    new_shortlists,
)
from eqsolve.algorithms.matching.dense.starts import (
    RATIO,
    SMALL,
    SMALLEST,
    all_can_match,
    best_offers,
    column_prices,
    offered,
    probe,
)
from eqsolve.algorithms.matching.dense.ties import along_ties

__all__ = ["LARGEST_WEIGHT", "MatchingResult", "max_weight_matching"]

LARGEST_WEIGHT = 2**60
"""Whole weights up to this size (in absolute value) are handled exactly, for any n and m.

No sum over agents is ever formed: duals lie between 0 and the greatest weight, and path lengths
below it, so that every intermediate number stays below 2**63.
"""

Array = NDArray[Any]
IntArray = NDArray[np.int64]


class MatchingResult(NamedTuple):
    """A maximum-weight matching with optimal duals.

    Attributes
    ----------
    matching : int64, shape (n,): column of each row, or -1.
    row_duals, col_duals : shapes (n,) and (m,), of the type of the weights.
    searches : shortest path searches made for the matrix itself (not for samples of it).
    row_scans : rows looked at in these searches, by their short lists.
    full_scans : times a whole row was read again in these searches.
    start : "given", "zero", "columns", "sample" or "ties", see `dense_starts`.
    stopped : the stop flag was raised; the matching is then incomplete and proves nothing.
    """

    matching: IntArray
    row_duals: Array
    col_duals: Array
    searches: int
    row_scans: int
    full_scans: int
    start: str
    stopped: bool


def max_weight_matching(
    weights: Array,
    initial_prices: Array | None = None,
    stop: NDArray[np.uint8] | None = None,
) -> MatchingResult:
    """Return a matching of greatest total weight, with duals that prove it.

    Parameters
    ----------
    weights : int64 or float64, shape (n, m), finite; negative means no edge. Whole weights must not
        exceed `LARGEST_WEIGHT` in absolute value, and are then handled exactly.
    initial_prices : shape (m,), not NaN: where to start the column duals. Any vector gives a right
        answer, one near the optimal prices saves time.
    stop : uint8, shape (1,): set it to nonzero from another thread to stop early.

    Returns
    -------
    MatchingResult
        With floats, matched pairs are tight and duals feasible up to a few units in the last place
        of the greatest weight.

    Raises
    ------
    ValueError : `weights` is not a matrix of int64 or float64, or `initial_prices` do not fit.

    Notes
    -----
    Deterministic. Among equal choices there is no promise but repeatability.

    Examples
    --------
    >>> found = max_weight_matching(np.array([[5, 8], [4, 6]]))
    >>> found.matching.tolist(), int(found.row_duals.sum() + found.col_duals.sum())
    ([1, 0], 12)
    """
    weights = np.ascontiguousarray(weights)
    if weights.ndim != 2 or weights.dtype not in (np.int64, np.float64):
        raise ValueError(
            f"weights: shape {weights.shape} of {weights.dtype}: must be an int64 or float64 matrix"
        )
    n, m = weights.shape
    prices = None
    if initial_prices is not None:
        given = np.asarray(initial_prices)
        if given.shape != (m,) or np.isnan(given).any():
            raise ValueError(f"initial_prices: shape {given.shape}: must be {m} numbers, not NaN")
        greatest = max(0, weights.max(initial=0))
        prices = np.ascontiguousarray(np.clip(given, 0, greatest), weights.dtype)
    if n == 0 or m == 0:
        empty = unmatched(n, np.zeros(m, weights.dtype))
        return MatchingResult(empty.row_to_col, empty.u, empty.p, 0, 0, 0, "zero", False)
    whole = plain(weights)
    tall = n > m
    if tall:
        whole = np.ascontiguousarray(whole.T)
        prices = None if prices is None else np.maximum(best_offers(whole, prices), 0)
    run = _Run.of(weights.dtype, stop)
    if prices is not None:
        start, pairing = "given", _search_from(whole, prices, run.zero, run)
    elif min(n, m) < SMALL:
        start, pairing = _simple_start(whole, n == m, run)
    else:
        along_rows, along_cols, additive, coarse = probe(whole)
        if along_rows.size:
            start, pairing = "sample", _from_samples(whole, along_rows, along_cols, run)
        else:
            ties = _along_ties(whole, n == m or additive, run) if coarse else None
            if ties is not None:
                start, pairing = "ties", ties
            else:
                start, pairing = _simple_start(whole, n == m or additive, run)
    u, p, matching, _ = pairing.flipped() if tall else pairing
    searches, row_scans, full_scans = run.counts.tolist()
    return MatchingResult(matching, u, p, searches, row_scans, full_scans, start, bool(run.stop[0]))


class _Run(NamedTuple):
    """What every step of one call needs: inf or 2**62, zero, the stop flag, counts of the work."""

    top: Any
    zero: Any
    stop: NDArray[np.uint8]
    counts: IntArray

    @classmethod
    def of(cls, dtype: np.dtype[Any], stop: NDArray[np.uint8] | None) -> _Run:
        """Return the constants of a type and fresh counts."""
        top = dtype.type(2**62 if dtype.kind == "i" else np.inf)
        flag = np.zeros(1, np.uint8) if stop is None else stop
        return cls(top, dtype.type(0), flag, np.zeros(3, np.int64))


def _simple_start(weights: Array, by_columns: bool, run: _Run) -> tuple[str, Pairing]:
    """Solve from prices by column or from zero; return the name of the start, too."""
    if by_columns:
        return "columns", _search_from(weights, column_prices(weights), run.zero, run)
    return "zero", _search_from(weights, np.zeros(weights.shape[1], weights.dtype), run.zero, run)


def _along_ties(weights: Array, by_columns: bool, run: _Run) -> Pairing | None:
    """Solve from a matching along ties at zero prices, or by column; None if ties are too few."""
    n, m = weights.shape
    pairing = unmatched(n, np.zeros(m, weights.dtype))
    if not along_ties(weights, pairing, run.stop):
        if not by_columns:
            return None
        pairing = unmatched(n, column_prices(weights))
        if not along_ties(weights, pairing, run.stop):
            return None
    if _any_left(pairing, run.zero):
        _augment(weights, False, pairing, new_shortlists(pairing, run.top), run.zero, run)
    return _finished(weights, pairing, run.zero, run)


def _from_samples(weights: Array, along_rows: Array, along_cols: Array, run: _Run) -> Pairing:
    """Solve a sample, a larger one from its prices, and so on up to the whole matrix."""
    n, m = weights.shape
    least = run.zero - run.top if all_can_match(weights, run.top / 16) else run.zero
    row_order, col_order = (np.argsort(along, kind="stable") for along in (along_rows, along_cols))
    stride = 1
    while n // (stride * RATIO) >= SMALLEST:
        stride *= RATIO
    prices = np.zeros(col_order[stride // 2 :: stride].size, weights.dtype)
    while stride > 1:
        rows, cols = (order[stride // 2 :: stride].copy() for order in (row_order, col_order))
        solved = _search_from(weights[np.ix_(rows, cols)], prices, least, run)
        run.counts[:] = 0  # the work for samples is not reported
        stride //= RATIO
        cols = np.arange(m) if stride == 1 else col_order[stride // 2 :: stride].copy()
        prices = offered(weights, rows, solved.u, cols)
    return _search_from(weights, prices, least, run)


def _search_from(weights: Array, prices: Array, least: Any, run: _Run) -> Pairing:
    """Solve a nonempty matrix from start prices.

    `least` is zero, or minus `top` if `all_can_match`: then no row gives up on the way, and the
    level of all prices is mended at the end. This spares rows that a dear start would drive out.
    """
    pairing = unmatched(weights.shape[0], prices)
    lists = new_shortlists(pairing, run.top)
    scan = new_scan(pairing)
    rows = np.arange(pairing.u.size)
    list_rows(weights, False, rows, pairing.p, lists, scan, run.top)
    greedy(pairing, lists, least)
    if _any_left(pairing, least):
        bidding(weights, False, pairing, lists, scan, rows, run.top, least)
    if _any_left(pairing, least):
        _augment(weights, False, pairing, lists, least, run)
    return _finished(weights, pairing, least, run)


def _finished(weights: Array, pairing: Pairing, least: Any, run: _Run) -> Pairing:
    """Find buyers for unsold columns of positive price, and make the duals tight and >= 0."""
    u, p, row_to_col, _ = pairing
    turned = pairing.flipped()
    if _any_left(turned, run.zero):  # the start was too dear for these
        _augment(weights, True, turned, new_shortlists(turned, run.top), least, run)
    deficit = u.min()
    if deficit < 0:
        np.maximum(p + deficit, 0, out=p)
    rows = np.flatnonzero(row_to_col >= 0)
    cols = row_to_col[rows]
    u[rows] = np.maximum(weights[rows, cols] - p[cols], 0)
    return pairing


def _any_left(pairing: Pairing, least: Any) -> bool:
    """Return whether a row is unmatched that would gain more than `least`."""
    return bool(((pairing.row_to_col < 0) & (pairing.u > least)).any())


def _augment(
    weights: Array, flipped: bool, pairing: Pairing, lists: Shortlists, least: Any, run: _Run
) -> None:
    """Run the searches of one side and count them."""
    search = new_search(pairing, run.top)
    work = lists, new_scan(pairing), search
    augment_all(weights, flipped, pairing, *work, run.top, run.zero, least, run.stop)
    run.counts[:] += search.counters
