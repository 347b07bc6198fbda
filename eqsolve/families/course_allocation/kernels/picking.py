"""Descent on the excess: one student takes another of its bundles, or two do at once.

Choices have the shape (r, k), those of student i from ``start[i]`` on; a pick has the shape (n,),
the excess (m,). A sweep costs O(choices times courses of a bundle) for moves of one; moves of two
are tried between students who can move, and only where no move of one helps.
"""

from __future__ import annotations

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import BoolArray, IntArray

__all__ = ["descend"]


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
def _one(
    start: IntArray, rows: IntArray, movers: IntArray, excess: IntArray, free: BoolArray,
    squares: bool, pick: IntArray, work: IntArray,
) -> bool:  # fmt: skip
    """Make every improving move of one student; return whether there was one."""
    moved = False
    for i in movers:
        for new in range(start[i], start[i + 1]):
            if new != pick[i] and _change(rows, pick[i], new, excess, free, squares, work) < 0:
                _take(rows, pick[i], new, excess)
                pick[i] = new
                moved = True
    return moved


@kernel
def _two(
    start: IntArray, rows: IntArray, movers: IntArray, excess: IntArray, free: BoolArray,
    squares: bool, pick: IntArray, work: IntArray,
) -> bool:  # fmt: skip
    """Make one improving move of two students; return whether there was one."""
    for place in range(len(movers)):
        i = movers[place]
        old = pick[i]
        for new in range(start[i], start[i + 1]):
            if new == old:
                continue
            first = _change(rows, old, new, excess, free, squares, work)
            _take(rows, old, new, excess)
            for second in range(place + 1, len(movers)):
                h = movers[second]
                for other in range(start[h], start[h + 1]):
                    if other == pick[h]:
                        continue
                    change = _change(rows, pick[h], other, excess, free, squares, work)
                    if first + change < 0:
                        _take(rows, pick[h], other, excess)
                        pick[i], pick[h] = new, other
                        return True
            _take(rows, new, old, excess)
    return False


@kernel
def descend(
    start: IntArray, rows: IntArray, movers: IntArray, excess: IntArray, free: BoolArray,
    squares: bool, pick: IntArray, work: IntArray,
) -> None:  # fmt: skip
    """Move students, `pick` and `excess` with them, until no move of one or two improves."""
    going = True
    while going:
        while _one(start, rows, movers, excess, free, squares, pick, work):
            pass
        going = _two(start, rows, movers, excess, free, squares, pick, work)
