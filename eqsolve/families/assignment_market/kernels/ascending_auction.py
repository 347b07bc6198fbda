"""The exact ascending auction of Demange, Gale and Sotomayor: from reserve prices up to p_min.

At prices p buyer i demands the sellers of greatest surplus v[i, j] - p[j], or nothing when none is
positive (with surplus exactly 0, either). A set S of sellers is *overdemanded* if more than |S|
buyers demand sellers of S only (and are not content with nothing); it is minimal if no proper
subset is overdemanded. The auction raises the prices of a minimal overdemanded set until there is
none.

Theorem (BIP-7): it ends at the least competitive prices at or above the reserves. Sketch: let S be
the first set whose increase would pass p_min, S1 its sellers already at p_min. S without S1 is not
overdemanded, so more than |S1| buyers demand S only and touch S1; at p_min they demand S1 only.

A raise by one unit leaves S minimal overdemanded until a buyer who demands S only finds something
else as good, so the jump to that moment equals a series of unit steps. By jumps the auction ends
after finitely many steps for floats too; all arithmetic is int64 on `integer_grid`.

An overdemanded set is found as a Hall violator: an alternating tree from a buyer whom a maximum
matching of the demand leaves over. It is cut down to a minimal one by leaving out one seller at a
time.

Cost: O(n m) per step, and O(n m |S|) where a violator has to be cut down.
Sources: Demange, Gale and Sotomayor (1986); Hall (1935) and Kuhn (1955) for the matching.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel
from eqsolve.algorithms.matching.integer_grid import Grid, IntArray, put_on_grid

Flags = NDArray[np.uint8]


class DemandSets(NamedTuple):
    """`demanded` (n, m) bool, `content` (n,) bool (nothing is as good), `utilities` (n,) >= 0."""

    demanded: NDArray[np.bool_]
    content: NDArray[np.bool_]
    utilities: NDArray[Any]


class AuctionStep(NamedTuple):
    """One step: the minimal overdemanded set `sellers`, the `increment`, the `prices` after it."""

    sellers: IntArray
    increment: Any
    prices: NDArray[Any]


class AscendingResult(NamedTuple):
    """The end of an ascending auction, with its path.

    `matching` (n,) seller of each buyer or -1; `prices` (m,) int64 or float64 as the values; the
    first `steps` of `n_steps`. If `stopped` by the flag, or `unfinished` after the most steps,
    prices are below p_min and the matching is partial.
    """

    matching: IntArray
    prices: NDArray[Any]
    steps: list[AuctionStep]
    n_steps: int
    stopped: bool
    unfinished: bool = False


def ascending_auction(
    values: NDArray[Any],
    reserves: NDArray[Any] | None = None,
    *,
    unit_steps: bool = False,
    record: int = 10_000,
    most: float = math.inf,
    stop: Flags | None = None,
) -> AscendingResult:
    """Run the exact ascending auction.

    Parameters
    ----------
    values : shape (n, m), int64 or float64, money units; a negative value forbids the pair.
    reserves : shape (m,), money units, >= 0; the prices at the start, by default 0.
    unit_steps : raise by one unit at a time, as in the original; integers only.
    record : keep at most this many steps of the path; all are counted.
    most : end after so many steps: they grow with values over gaps, not with the market.
    stop : uint8, shape (1,); another thread may set it to 1 to end the run early.

    Returns
    -------
    result : see `AscendingResult`. With the prices, `matching` is a competitive equilibrium: buyers
        get what they demand, sellers left over are at their reserve.

    Raises
    ------
    ValueError : wrong shapes, numbers not finite, negative reserves, unit steps for floats.

    >>> result = ascending_auction(np.array([[5, 4], [4, 1], [3, 3]]))
    >>> result.prices, result.matching
    (array([4, 3]), array([ 1,  0, -1]))
    >>> [(step.sellers.tolist(), step.increment.item()) for step in result.steps]
    [([0], 1), ([0, 1], 3)]
    """
    v, p, grid = _on_grid(values, reserves)
    if grid.is_float and unit_steps:
        raise ValueError("unit_steps needs integer values and reserves")
    flag = np.zeros(1, np.uint8) if stop is None else stop
    start = p.copy()
    row_mate, col_mate = np.full(v.shape[0], -1, np.int32), np.full(v.shape[1], -1, np.int32)
    steps: list[AuctionStep] = []
    n_steps, unfinished = 0, False
    while True:
        demanded, content, u = _demand(v, p)
        chosen = _minimal_overdemanded(demanded, content, row_mate, col_mate, flag)
        if flag[0] or not chosen.any():
            break
        if n_steps >= most:
            unfinished = True
            break
        increment = 1 if unit_steps else _jump(v, p, u, demanded, content, chosen)
        p[chosen != 0] += increment
        n_steps += 1
        if len(steps) < record:
            size = grid.from_grid(np.array(increment))[()]
            steps.append(AuctionStep(np.flatnonzero(chosen), size, grid.from_grid(p.copy())))
    if not flag[0] and not unfinished:
        _sell(demanded, p > start, row_mate, col_mate)
    return AscendingResult(
        row_mate.astype(np.int64), grid.from_grid(p), steps, n_steps, bool(flag[0]), unfinished
    )


def demand_sets(values: NDArray[Any], prices: NDArray[Any]) -> DemandSets:
    """Return what each buyer demands at `prices`.

    Parameters
    ----------
    values, prices : shapes (n, m) and (m,), money units; negative values forbid pairs.

    Raises
    ------
    ValueError : wrong shapes, numbers not finite, negative prices.

    >>> demand_sets(np.array([[5, 4], [1, 1]]), np.array([2, 1])).demanded
    array([[ True,  True], [False,  True]])
    """
    v, p, grid = _on_grid(values, prices)
    demanded, content, u = _demand(v, p)
    return DemandSets(demanded != 0, content != 0, grid.from_grid(u))


def overdemanded_set(values: NDArray[Any], prices: NDArray[Any]) -> IntArray:
    """Return the sellers of a minimal overdemanded set at `prices`, ascending; empty if none.

    None is overdemanded exactly if every buyer can get something demanded at once; the prices are
    then at least the least competitive ones. Parameters and errors as for `demand_sets`.

    >>> overdemanded_set(np.array([[5, 4], [4, 1], [3, 3]]), np.array([0, 0]))
    array([0])
    """
    v, p, _ = _on_grid(values, prices)
    demanded, content, _ = _demand(v, p)
    mates = np.full(v.shape[0], -1, np.int32), np.full(v.shape[1], -1, np.int32)
    return np.flatnonzero(_minimal_overdemanded(demanded, content, *mates, np.zeros(1, np.uint8)))


def _on_grid(values: NDArray[Any], prices: NDArray[Any] | None) -> tuple[IntArray, IntArray, Grid]:
    """Return checked values (n, m) and prices (m,) on one grid."""
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"values must be of shape (n, m), got {values.shape}")
    prices = np.zeros(values.shape[1], np.int64) if prices is None else np.asarray(prices)
    if prices.shape != values.shape[1:]:
        raise ValueError(f"prices must be of shape {values.shape[1:]}, got {prices.shape}")
    if (prices < 0).any():
        raise ValueError("prices must not be negative")
    numbers, grid = put_on_grid(np.concatenate([values.ravel(), prices]))
    return numbers[: values.size].reshape(values.shape), numbers[values.size :].copy(), grid


@kernel
def _demand(values: IntArray, prices: IntArray) -> tuple[Flags, Flags, IntArray]:
    """Return demanded (n, m), content (n,) and utilities (n,)."""
    n, m = values.shape
    demanded = np.zeros((n, m), np.uint8)
    content = np.zeros(n, np.uint8)
    utilities = np.zeros(n, np.int64)
    for i in range(n):
        best = np.int64(0)
        for j in range(m):
            best = max(best, values[i, j] - prices[j])
        for j in range(m):
            if values[i, j] - prices[j] == best:
                demanded[i, j] = 1
        content[i] = best == 0
        utilities[i] = best
    return demanded, content, utilities


@kernel
def _violator(
    demanded: Flags, wanting: Flags, row_mate: NDArray[np.int32], col_mate: NDArray[np.int32]
) -> Flags:
    """Match the `wanting` buyers within their demand, or return sellers that too many want.

    The mates are modified in place: pairs that are not valid any more are undone first. The answer
    is a mask (m,), all 0 if every wanting buyer is matched.
    """
    n, m = demanded.shape
    for i in range(n):
        j = row_mate[i]
        if j >= 0 and (wanting[i] == 0 or demanded[i, j] == 0):
            row_mate[i] = -1
            col_mate[j] = -1
    via = np.empty(m, np.int32)
    queue = np.empty(n, np.int32)
    reached = np.zeros(m, np.uint8)
    for source in range(n):
        if wanting[source] == 0 or row_mate[source] >= 0:
            continue
        reached[:] = 0
        queue[0] = source
        head, tail, end = 0, 1, -1
        while head < tail and end < 0:
            i = queue[head]
            head += 1
            for j in range(m):
                if demanded[i, j] and not reached[j]:
                    reached[j] = 1
                    via[j] = i
                    if col_mate[j] < 0:
                        end = j
                        break
                    queue[tail] = col_mate[j]
                    tail += 1
        if end < 0:
            return reached
        while end >= 0:
            i = via[end]
            before = row_mate[i]
            row_mate[i] = end
            col_mate[end] = i
            end = before
    reached[:] = 0
    return reached


@kernel
def _captive(demanded: Flags, content: Flags, sellers: Flags) -> Flags:
    """Return the mask (n,) of the buyers who want something and demand only `sellers`."""
    n, m = demanded.shape
    captive = np.zeros(n, np.uint8)
    for i in range(n):
        if content[i] == 0:
            captive[i] = 1
            for j in range(m):
                if demanded[i, j] and not sellers[j]:
                    captive[i] = 0
                    break
    return captive


@kernel
def _minimal_overdemanded(
    demanded: Flags,
    content: Flags,
    row_mate: NDArray[np.int32],
    col_mate: NDArray[np.int32],
    stop: Flags,
) -> Flags:
    """Return the mask (m,) of a minimal overdemanded set, all 0 if there is none.

    The mates are modified in place, to a matching that is good to start from next time.
    """
    chosen = _violator(demanded, (content == 0).astype(np.uint8), row_mate, col_mate)
    for j in range(len(chosen)):
        if stop[0]:
            break
        # The tree's buyers overdemand no proper subset: only further captive buyers can.
        if chosen[j] and _captive(demanded, content, chosen).sum() > chosen.sum() + 1:
            chosen[j] = 0
            captive = _captive(demanded, content, chosen)
            smaller = _violator(demanded, captive, row_mate.copy(), col_mate.copy())
            if smaller.any():
                chosen = smaller
            else:
                chosen[j] = 1
    return chosen


@kernel
def _jump(
    values: IntArray, prices: IntArray, u: IntArray, demanded: Flags, content: Flags, chosen: Flags
) -> np.int64:
    """Return the increment at which the first buyer captive to `chosen` finds an alternative."""
    captive = _captive(demanded, content, chosen)
    jump = np.int64(2**62)
    for i in range(len(u)):
        if captive[i]:
            jump = min(jump, u[i])
            for j in range(len(prices)):
                if not chosen[j]:
                    jump = min(jump, u[i] - values[i, j] + prices[j])
    return jump


@kernel
def _sell(
    demanded: Flags,
    raised: NDArray[np.bool_],
    row_mate: NDArray[np.int32],
    col_mate: NDArray[np.int32],
) -> None:
    """Sell each `raised` seller, in place, along alternating paths that free one at its reserve."""
    n, m = demanded.shape
    via = np.empty(n, np.int32)
    queue = np.empty(m, np.int32)
    for source in range(m):
        if not raised[source] or col_mate[source] >= 0:
            continue
        reached = np.zeros(n, np.uint8)
        queue[0] = source
        head, tail, end = 0, 1, -1
        while head < tail and end < 0:
            j = queue[head]
            head += 1
            for i in range(n):
                if demanded[i, j] and not reached[i]:
                    reached[i] = 1
                    via[i] = j
                    if row_mate[i] < 0 or not raised[row_mate[i]]:
                        end = i
                        break
                    queue[tail] = row_mate[i]
                    tail += 1
        if end >= 0 and row_mate[end] >= 0:
            col_mate[row_mate[end]] = -1
        while end >= 0:
            j = via[end]
            before = col_mate[j]
            row_mate[end] = j
            col_mate[j] = end
            end = before
