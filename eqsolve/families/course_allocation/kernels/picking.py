"""Tabu search on the excess: one student after the other takes another of its bundles.

Choices have the shape (r, k), those of student i from ``start[i]`` on; a pick has the shape (n,),
the excess (m,). A move costs O(choices times courses of a bundle).
"""

from __future__ import annotations

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import BoolArray, IntArray

__all__ = ["wander"]


@kernel
def _change(
    rows: IntArray, old: int, new: int, excess: IntArray, free: BoolArray, squares: bool,
    work: IntArray,
) -> int:  # fmt: skip
    """Return by how much the norm changes when one bundle replaces another; `work` stays zero."""
    for j in rows[old]:
        if j >= 0:
            work[j] -= 1
    for j in rows[new]:
        if j >= 0:
            work[j] += 1
    total = 0
    for row in (old, new):
        for j in rows[row]:
            if j >= 0 and work[j] != 0:
                total += _size(excess[j] + work[j], free[j], squares)
                total -= _size(excess[j], free[j], squares)
                work[j] = 0
    return total


@kernel
def _size(excess: int, free: bool, squares: bool) -> int:
    """Return what an excess counts."""
    if free and excess < 0:
        return 0
    if squares:
        return excess * excess
    return abs(excess)


@kernel
def _take(rows: IntArray, old: int, new: int, excess: IntArray) -> None:
    """Let one bundle replace another."""
    for j in rows[old]:
        if j >= 0:
            excess[j] -= 1
    for j in rows[new]:
        if j >= 0:
            excess[j] += 1


@kernel
def wander(
    start: IntArray, rows: IntArray, movers: IntArray, excess: IntArray, free: BoolArray,
    squares: bool, pick: IntArray, best: IntArray, until: IntArray, work: IntArray, patience: int,
) -> int:  # fmt: skip
    """Make the best move of one student that is not tabu, again and again; return the least norm.

    Whoever moved may not go back for a few moves, unless that is the best so far. `best` keeps the
    best pick, `until` of shape (r,) when a choice is free again; the search ends after `patience`
    moves without gain, or at 0.
    """
    norm = 0
    for j in range(len(excess)):
        norm += _size(excess[j], free[j], squares)
    least = norm
    best[:] = pick
    until[:] = 0
    turn = 0
    last = 0
    luck = 12345
    while turn - last < patience and least > 0:
        turn += 1
        step = 2**62
        who = -1
        where = -1
        for i in movers:
            for new in range(start[i], start[i + 1]):
                if new == pick[i]:
                    continue
                change = _change(rows, pick[i], new, excess, free, squares, work)
                if change < step and (until[new] <= turn or norm + change < least):
                    step = change
                    who = i
                    where = new
        if who < 0:
            continue
        luck = (luck * 1103515245 + 12345) % 2147483648
        until[pick[who]] = turn + 4 + (luck >> 16) % 8
        _take(rows, pick[who], where, excess)
        pick[who] = where
        norm += step
        if norm < least:
            least = norm
            last = turn
            best[:] = pick
    return least
