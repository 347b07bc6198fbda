"""Who would rather have what another got, and whether one course of it explains that."""

from __future__ import annotations

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import BoolArray, IntArray
from eqsolve.families.course_allocation.kernels.wishes import best_part, permissible
from eqsolve.families.course_allocation.wishes import Wishes

__all__ = ["fill_envy", "fill_tops", "largest_bundle"]

_NEVER = 2**62


@kernel
def fill_tops(wishes: Wishes, tops: IntArray) -> None:
    """Fill ``tops[i, j]`` so that no bundle is worth more to i than the sum over its courses.

    The shape is (n, m). Half of each positive adjustment counts for either course, and of each
    group the best bonus.
    """
    n, m = tops.shape
    for i in range(n):
        for j in range(m):
            place = i * m + j
            top = wishes.values[i, j]
            for pair in range(wishes.pair_start[place], wishes.pair_start[place + 1]):
                top += (max(wishes.pair_delta[pair], 0) + 1) // 2
            for entry in range(wishes.in_start[place], wishes.in_start[place + 1]):
                g = wishes.in_group[entry]
                size = wishes.group_start[g + 1] - wishes.group_start[g]
                best = 0
                for t in range(size):
                    best = max(
                        best, wishes.gain[wishes.gain_start[g] + t * size + wishes.in_place[entry]]
                    )
                top += best
            tops[i, j] = top


@kernel
def fill_envy(
    wishes: Wishes,
    tops: IntArray,
    bundles: IntArray,
    own: IntArray,
    gains: IntArray,
    remains: BoolArray,
    work: IntArray,
) -> None:
    """Fill what i gains by the best part of h's bundle, and whether that remains without any one.

    Parameters
    ----------
    tops : see `fill_tops`.
    bundles : shape (n, k), who has what.
    own : shape (n,), utilities.
    gains, remains : shape (n, n), filled; gains at least 0.
    work : shape (2, k + 1).
    """
    n = len(bundles)
    for h in range(n):
        for i in range(n):
            gains[i, h] = 0
            remains[i, h] = False
            bound = 0
            for j in bundles[h]:
                if j < 0:
                    break
                if wishes.allowed[i, j]:
                    bound += tops[i, j]
            if i == h or bound <= own[i]:
                continue
            best = best_part(wishes, i, bundles[h], -1, _NEVER, work)
            if best <= own[i]:
                continue
            gains[i, h] = best - own[i]
            explained = False
            for j in bundles[h]:
                if j < 0 or explained:
                    break
                explained = best_part(wishes, i, bundles[h], j, own[i], work) <= own[i]
            remains[i, h] = not explained


@kernel
def largest_bundle(
    wishes: Wishes, i: int, known: int, goal: int, order: IntArray, work: IntArray
) -> int:
    """Return the size of student i's largest permissible bundle if it is above `known`.

    Conflicts apart no bundle is larger than that of the courses with the fewest credits.

    Parameters
    ----------
    goal : the search stops at a bundle of this size.
    order : the courses that the student may take, by rising credits.
    work : shape (2, m + 1), changed.
    """
    part, tried = work[0], work[1]
    part[:] = -1
    best = known
    depth = 0
    tried[0] = 0
    while depth >= 0:
        if best >= goal:
            return best
        place = tried[depth]
        credit = 0
        for k in range(depth):
            credit += wishes.credits[part[k]]
        most = depth
        for k in range(place, len(order)):
            credit += wishes.credits[order[k]]
            most += credit <= wishes.max_credits[i]
        if most <= best or place >= len(order):
            depth -= 1
            if depth >= 0:
                part[depth] = -1
            continue
        tried[depth] += 1
        part[depth] = order[place]
        if permissible(wishes, i, part):
            depth += 1
            best = max(best, depth)
            tried[depth] = place + 1
        else:
            part[depth] = -1
    return best
