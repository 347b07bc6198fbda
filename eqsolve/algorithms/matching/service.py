"""The one entry to dense matching, with one size rule for every family that matches.

A handful of pairs is matched in plain Python (`hungarian`, `relaxation`), before anything is
loaded. Up to `PLAIN_PAIRS` pairs scipy and numpy answer (`arrays`): a first answer waits for no
compiler, and warm ones cost about what scipy's matching costs. Beyond, or where whole numbers are
too large for exact doubles, the compiled kernels answer (`dense`), which pays from there on.

The rule looks at the weights alone, never at what happens to be compiled already: which of several
optimal matchings comes out, and the last digits of floats, are the same on every machine, in every
worker of a batch and after `doctor --warm`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.matching.arrays import Optimum, exact_in_doubles, optimum
from eqsolve.algorithms.matching.hungarian import match_plainly
from eqsolve.algorithms.matching.relaxation import relaxed_price_ends
from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.limits import Deadline

__all__ = ["PLAIN_PAIRS", "Matched", "dense_matching", "needs_kernels"]

PLAIN_PAIRS = 1_000_000
"""Pairs up to which numpy and scipy take at most a second or two."""


_HANDFUL = 64
"""Pairs up to which plain Python takes about a millisecond."""


class Matched(NamedTuple):
    """A matching of greatest weight with optimal duals.

    Attributes
    ----------
    matching : int64, shape (n,): column of each row, or -1.
    row_duals, col_duals : shapes (n,) and (m,), >= 0; up to `PLAIN_PAIRS` the least ones of the
        columns.
    """

    matching: IntArray
    row_duals: NumberArray
    col_duals: NumberArray


def needs_kernels(pairs: int, greatest: float, *, whole: bool) -> str | None:
    """Return why a dense matching is left to the compiled kernels, or None if it is not.

    Parameters
    ----------
    pairs : rows times columns.
    greatest : the largest weight.
    whole : whether weights are int64.

    Examples
    --------
    >>> needs_kernels(90_000, 1000.0, whole=True)
    >>> needs_kernels(4_000_000, 1000.0, whole=True)
    'more than 1000000 pairs'
    """
    if pairs > PLAIN_PAIRS:
        return f"more than {PLAIN_PAIRS} pairs"
    if not exact_in_doubles(greatest, whole=whole):
        return "numbers too large for exact sums in doubles"
    return None


def dense_matching(weights: NDArray[Any], stop: NDArray[np.uint8] | None = None) -> Matched | None:
    """Return a matching of greatest weight with duals; None when stopped.

    Parameters
    ----------
    weights : int64 or float64, shape (n, m); negative means no edge.
    stop : uint8, shape (1,): set it to nonzero from another thread to stop the kernels.

    Examples
    --------
    >>> found = dense_matching(np.array([[5, 8], [4, 6]]))
    >>> found.matching.tolist(), found.row_duals.tolist(), found.col_duals.tolist()
    ([1, 0], [6, 4], [0, 2])
    """
    if 0 < weights.size <= _HANDFUL:
        return _matched_plainly(weights)
    greatest = float(weights.max(initial=0))
    if needs_kernels(weights.size, greatest, whole=weights.dtype.kind != "f"):
        from eqsolve.algorithms.matching.dense.matching import max_weight_matching

        large = max_weight_matching(weights, stop=stop)
        return None if large.stopped else Matched(*large[:3])
    best = optimum(weights)
    return Matched(best.matching, best.row_duals(weights, best.low), best.low)


def _matched_plainly(weights: NDArray[Any]) -> Matched:
    """Match in plain Python, at the least column duals."""
    table, m = weights.tolist(), weights.shape[1]
    matching = match_plainly(table, m, Deadline())
    assert matching is not None  # no limit was given
    low, _ = relaxed_price_ends(table, m, matching)
    best = Optimum(np.array(matching, np.int64), *(np.array(low, weights.dtype),) * 2)
    return Matched(best.matching, best.row_duals(weights, best.low), best.low)
