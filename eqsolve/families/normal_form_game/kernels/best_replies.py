"""All profiles in which everybody plays a best reply: sweeps over a payoff tensor.

The first sweep keeps the largest payoff of every line (one player's strategies, the others
fixed); the second lists the profiles where every player has it, and leaves a profile at the
first player who has not. If any were found, a third counts how often each largest payoff occurs.
Shapes: for P profiles of N players and L lines, `flat` is (P, N), `sizes` (N,), `weights` (N, N),
`offsets` (N + 1,), `best` and `times` are (L,), `digits` and `lines` (N,).
Memory: two numbers per line, of which there are ``sum_i P / a_i`` for P profiles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import BoolArray, IntArray, NumberArray

__all__ = ["MutualBestReplies", "mutual_best_replies"]


class MutualBestReplies(NamedTuple):
    """What the sweeps found.

    Attributes
    ----------
    profiles : int64, flat indices in ascending order.
    strict : bool, whether nobody is indifferent to another strategy.
    complete : whether the second sweep reached the end.
    stopped : whether the stop flag ended a sweep.
    """

    profiles: IntArray
    strict: BoolArray
    complete: bool
    stopped: bool


def mutual_best_replies(
    payoffs: NumberArray, *, stop: npt.NDArray[np.uint8], most: int | None = None
) -> MutualBestReplies:
    """Return the profiles where every player's payoff is the largest in its line.

    Parameters
    ----------
    payoffs : C-contiguous, shape (a_1, ..., a_N, N), no NaN.
    stop : uint8, shape (1,); a nonzero value ends the search soon.
    most : end as soon as more than `most` profiles are found, and return `most` of them.

    Notes
    -----
    O(P N) time for P profiles. Profiles listed before a stop are right: lines are complete.
    """
    sizes = np.array(payoffs.shape[:-1], dtype=np.int64)
    flat = payoffs.reshape(-1, payoffs.shape[-1])
    weights, offsets = _line_index(sizes)
    least = -np.inf if payoffs.dtype.kind == "f" else np.iinfo(payoffs.dtype).min
    best = np.full(offsets[-1], least, dtype=payoffs.dtype)
    nothing = np.zeros(0, dtype=np.int64)
    if not _largest_in_lines(flat, sizes, weights, offsets, best, stop):
        return MutualBestReplies(nothing, nothing.astype(bool), False, True)
    cap = len(flat) if most is None else most
    found, end = _where_all_largest(flat, sizes, weights, offsets, best, stop, cap + 1)
    more = len(found) > cap
    found = found[:cap]
    strict = np.ones(len(found), dtype=bool)
    if len(found):
        times = np.zeros(offsets[-1], dtype=np.int32)
        _count_largest(flat, sizes, weights, offsets, best, times)
        digits = np.stack(np.unravel_index(found, payoffs.shape[:-1]), axis=0)
        for i in range(len(sizes)):
            strict &= times[offsets[i] + weights[i] @ digits] == 1
    complete = end == len(flat) and not more
    return MutualBestReplies(found, strict, complete, not complete and not more)


def _line_index(sizes: IntArray) -> tuple[IntArray, IntArray]:
    """Return weights and offsets: profile s lies in line ``offsets[i] + weights[i] @ s`` of i."""
    n = len(sizes)
    weights = np.zeros((n, n), dtype=np.int64)
    offsets = np.zeros(n + 1, dtype=np.int64)
    for i in range(n):
        step = 1
        for j in reversed(range(n)):
            if j != i:
                weights[i, j] = step
                step *= int(sizes[j])
        offsets[i + 1] = offsets[i] + step
    return weights, offsets


@kernel
def _advance(digits: IntArray, lines: IntArray, sizes: IntArray, weights: IntArray) -> None:
    """Step to the next row: all digits but the last are an odometer; keep `lines` in step."""
    n = len(sizes)
    j = n - 2
    while j >= 0 and digits[j] == sizes[j] - 1:
        for i in range(n):
            lines[i] -= weights[i, j] * digits[j]
        digits[j] = 0
        j -= 1
    if j >= 0:
        digits[j] += 1
        for i in range(n):
            lines[i] += weights[i, j]


@kernel
def _largest_in_lines(
    flat: NumberArray,
    sizes: IntArray,
    weights: IntArray,
    offsets: IntArray,
    best: NumberArray,
    stop: npt.NDArray[np.uint8],
) -> bool:
    """Raise `best` to the largest payoff of each line; False if stopped."""
    total, n = flat.shape
    row = sizes[n - 1]
    digits = np.zeros(n, dtype=np.int64)
    lines = offsets[:n].copy()
    for start in range(0, total, row):
        if stop[0]:
            return False
        for i in range(n - 1):
            line = lines[i]
            for k in range(row):
                best[line + k] = max(best[line + k], flat[start + k, i])
        largest = best[lines[n - 1]]
        for k in range(row):
            largest = max(largest, flat[start + k, n - 1])
        best[lines[n - 1]] = largest
        _advance(digits, lines, sizes, weights)
    return True


@kernel
def _where_all_largest(
    flat: NumberArray,
    sizes: IntArray,
    weights: IntArray,
    offsets: IntArray,
    best: NumberArray,
    stop: npt.NDArray[np.uint8],
    cap: int,
) -> tuple[IntArray, int]:
    """List at most `cap` profiles with all payoffs largest; also where the sweep ended."""
    total, n = flat.shape
    row = sizes[n - 1]
    digits = np.zeros(n, dtype=np.int64)
    lines = offsets[:n].copy()
    found = np.empty(1024, dtype=np.int64)
    count = 0
    for start in range(0, total, row):
        if stop[0] or count == cap:
            return found[:count], start
        largest = best[lines[n - 1]]
        for k in range(row):
            if flat[start + k, n - 1] != largest:
                continue
            i = 0
            while i < n - 1 and flat[start + k, i] == best[lines[i] + k]:
                i += 1
            if i < n - 1 or count == cap:
                continue
            if count == len(found):
                longer = np.empty(2 * count, dtype=np.int64)
                longer[:count] = found
                found = longer
            found[count] = start + k
            count += 1
        _advance(digits, lines, sizes, weights)
    return found[:count], total


@kernel
def _count_largest(
    flat: NumberArray,
    sizes: IntArray,
    weights: IntArray,
    offsets: IntArray,
    best: NumberArray,
    times: npt.NDArray[np.int32],
) -> None:
    """Count how often the largest payoff of each line occurs."""
    total, n = flat.shape
    row = sizes[n - 1]
    digits = np.zeros(n, dtype=np.int64)
    lines = offsets[:n].copy()
    for start in range(0, total, row):
        for i in range(n):
            line = lines[i]
            step = 0 if i == n - 1 else 1
            for k in range(row):
                times[line + k * step] += flat[start + k, i] == best[line + k * step]
        _advance(digits, lines, sizes, weights)
