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
def table_of_utilities(
    wishes: Wishes, bundles: IntArray, loads: IntArray, inside: IntArray, table: IntArray
) -> None:
    """Fill ``table[i, b]``: utilities in units, `FORBIDDEN` where a bundle is not permissible.

    Parameters
    ----------
    bundles : shape (B, k), without conflicts.
    loads : shape (B, 2), courses and credits of each.
    inside : one entry for each group, all 0: work space.
    table : shape (n, B).
    """
    n, m = wishes.values.shape
    for i in range(n):
        paired = wishes.pair_start[(i + 1) * m] > wishes.pair_start[i * m]
        grouped = wishes.student_groups[i + 1] > wishes.student_groups[i]
        for b in range(len(bundles)):
            size = loads[b, 0]
            fits = size <= wishes.limit[i] and loads[b, 1] <= wishes.max_credits[i]
            total = 0
            for k in range(size):
                j = bundles[b, k]
                fits = fits and wishes.allowed[i, j]
                total += wishes.values[i, j]
            if not fits:
                table[i, b] = FORBIDDEN
                continue
            if paired:
                for k in range(1, size):
                    place = i * m + bundles[b, k]
                    for pair in range(wishes.pair_start[place], wishes.pair_start[place + 1]):
                        for other in range(k):
                            if bundles[b, other] == wishes.pair_other[pair]:
                                total += wishes.pair_delta[pair]
            if grouped:
                for k in range(size):
                    place = i * m + bundles[b, k]
                    for entry in range(wishes.in_start[place], wishes.in_start[place + 1]):
                        inside[wishes.in_group[entry]] += 1
                for k in range(size):
                    place = i * m + bundles[b, k]
                    for entry in range(wishes.in_start[place], wishes.in_start[place + 1]):
                        g = wishes.in_group[entry]
                        width = wishes.group_start[g + 1] - wishes.group_start[g]
                        row = wishes.gain_start[g] + (inside[g] - 1) * width
                        total += wishes.gain[row + wishes.in_place[entry]]
                for g in range(wishes.student_groups[i], wishes.student_groups[i + 1]):
                    inside[g] = 0
            table[i, b] = total


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
