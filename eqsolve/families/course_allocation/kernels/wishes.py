"""What a bundle is worth, and to whom it may go, in whole units.

A bundle has the shape (k,): courses, rising, with -1 behind the last. O(k + adjustments and groups
of its courses) for a bundle of k courses.
"""

from __future__ import annotations

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import IntArray
from eqsolve.families.course_allocation.wishes import FORBIDDEN, Wishes

__all__ = ["best_part", "permissible", "table_of_utilities", "worth"]


@kernel
def permissible(wishes: Wishes, i: int, bundle: IntArray) -> bool:
    """Return whether student i may take a bundle."""
    size = 0
    credit = 0
    for k in range(len(bundle)):
        j = bundle[k]
        if j < 0:
            break
        size += 1
        credit += wishes.credits[j]
        if not wishes.allowed[i, j]:
            return False
        for other in range(k):
            if wishes.clash[bundle[other], j]:
                return False
    return bool(size <= wishes.limit[i] and credit <= wishes.max_credits[i])


@kernel
def worth(wishes: Wishes, i: int, bundle: IntArray) -> int:
    """Return student i's utility of a bundle, permissible or not, in units."""
    m = wishes.values.shape[1]
    total = 0
    size = 0
    for k in range(len(bundle)):
        j = bundle[k]
        if j < 0:
            break
        size += 1
        total += wishes.values[i, j]
        place = i * m + j
        for pair in range(wishes.pair_start[place], wishes.pair_start[place + 1]):
            for other in range(k):
                if bundle[other] == wishes.pair_other[pair]:
                    total += wishes.pair_delta[pair]
    for g in range(wishes.student_groups[i], wishes.student_groups[i + 1]):
        begin, end = wishes.group_start[g], wishes.group_start[g + 1]
        inside = 0
        for k in range(size):
            for place in range(begin, end):
                inside += wishes.group_courses[place] == bundle[k]
        if inside == 0:
            continue
        row = wishes.gain_start[g] + (inside - 1) * (end - begin) - begin
        for k in range(size):
            for place in range(begin, end):
                if wishes.group_courses[place] == bundle[k]:
                    total += wishes.gain[row + place]
    return total


@kernel
def table_of_utilities(wishes: Wishes, bundles: IntArray, table: IntArray) -> None:
    """Fill ``table[i, b]``: utilities in units, `FORBIDDEN` where a bundle is not permissible."""
    for i in range(table.shape[0]):
        for b in range(table.shape[1]):
            if permissible(wishes, i, bundles[b]):
                table[i, b] = worth(wishes, i, bundles[b])
            else:
                table[i, b] = FORBIDDEN


@kernel
def best_part(
    wishes: Wishes, i: int, bundle: IntArray, left_out: int, goal: int, work: IntArray
) -> int:
    """Return the utility of a part of a bundle that is permissible for i: the best, at least 0.

    Parameters
    ----------
    left_out : a course that is not to be used, or -1.
    goal : parts worth more than this are as good as the best: the search stops at one.
    work : shape (2, len(bundle) + 1), changed: the part, and how far each depth has come.
    """
    size = 0
    while size < len(bundle) and bundle[size] >= 0:
        size += 1
    part, tried = work[0], work[1]
    part[:] = -1
    best = 0
    depth = 0
    tried[0] = 0
    while depth >= 0:
        if best > goal:
            return best
        k = tried[depth]
        if k >= size:
            depth -= 1
            if depth >= 0:
                part[depth] = -1
            continue
        tried[depth] += 1
        if bundle[k] == left_out:
            continue
        part[depth] = bundle[k]
        if permissible(wishes, i, part):
            best = max(best, worth(wishes, i, part))
            depth += 1
            tried[depth] = k + 1
        else:
            part[depth] = -1
    return best
