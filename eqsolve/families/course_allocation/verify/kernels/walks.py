"""The verifier's walks through the bundles of a student, compiled: depth first, bound by bound.

Each sums the worth of a bundle anew from its courses, by the definition, so that nothing drifts;
what bounds it is `search`'s and `optimum`'s. At worst 2**m bundles; the number of nodes is limited.
"""

from __future__ import annotations

import math

from eqsolve.algorithms.compile import kernel, part
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.course_allocation.verify.search import CREDIT_SLACK, Student

__all__ = ["best_gain", "better_bundle"]


@part
def worth_of(student: Student, bundle: IntArray, size: int) -> float:
    """Return the utility of the first `size` courses of ``bundle[0]``: values, pairs and groups."""
    worth = 0.0
    for k in range(size):
        worth += student.value[bundle[0, k]]
        if student.delta.shape[0] > 0:
            for other in range(k):
                worth += student.delta[bundle[0, other], bundle[0, k]]
    for g in range(student.member.shape[0]):
        count = 0
        members = 0.0
        for k in range(size):
            if student.member[g, bundle[0, k]]:
                count += 1
                members += student.value[bundle[0, k]]
        worth += student.bonus[g, count] * members
    return worth


@kernel
def better_bundle(
    student: Student,
    clash: BoolArray,
    credits: FloatArray,
    courses: IntArray,
    reduced: FloatArray,
    prices: FloatArray,
    money_price: float,
    budget: float,
    target: float,
    bundle: IntArray,
    best: IntArray,
    nodes: int,
) -> int:
    """Write the best bundle worth more than `target` to `best`, -1 behind the last.

    Parameters
    ----------
    courses, reduced : what may be taken, by falling top less lambda times price; the running sums
        of the positive ones, one entry longer.
    bundle : shape (2, m + 1), changed: the bundle, and where the walk goes on at each depth.
    nodes : how many nodes may be looked at.

    Returns
    -------
    left : how many nodes are left, negative where there were too few.
    """
    taken, tried = bundle[0], bundle[1]
    width = len(courses)
    floor = target
    depth = 0
    tried[0] = 0
    top = 0.0
    cost = 0.0
    credit = 0.0
    most = student.max_credits * (1 + CREDIT_SLACK)
    best[0] = -1
    while depth >= 0:
        place = tried[depth]
        room = min(student.limit - depth, width - place)
        bound = top + money_price * (budget - cost) if money_price > 0 else top
        if room > 0:
            bound += reduced[place + room] - reduced[place]
        slack = 1e-11 * (abs(floor) + abs(bound))
        if room <= 0 or bound <= floor - slack:
            depth -= 1
            if depth >= 0:
                j = taken[depth]
                top -= student.tops[j]
                cost -= prices[j]
                credit -= credits[j]
            continue
        tried[depth] += 1
        nodes -= 1
        if nodes < 0:
            return nodes
        j = courses[place]
        if cost + prices[j] > budget or credit + credits[j] > most:
            continue
        clashes = False
        for other in range(depth):
            clashes = clashes or clash[taken[other], j]
        if clashes:
            continue
        taken[depth] = j
        depth += 1
        top += student.tops[j]
        cost += prices[j]
        credit += credits[j]
        tried[depth] = place + 1
        worth = worth_of(student, bundle, depth)
        if worth > floor:
            floor = worth
            for k in range(len(best)):
                best[k] = taken[k] if k < depth else -1
    return nodes


@kernel
def best_gain(
    student: Student,
    clash: BoolArray,
    credits: FloatArray,
    courses: IntArray,
    gains: FloatArray,
    rest: FloatArray,
    prices: FloatArray,
    flat: float,
    floor: float,
    bundle: IntArray,
    found: FloatArray,
    nodes: int,
) -> int:
    """Write the best gain to ``found[0]``; return the nodes left, negative if there were too few.

    Parameters
    ----------
    gains : running sums of what each of `courses` can bring less its price, where that is > 0.
    rest : what the courses from each place on can be worth at most.
    bundle : shape (2, m + 1), changed: as for `better_bundle`.
    """
    taken, tried = bundle[0], bundle[1]
    best = flat if floor <= 0.0 else -math.inf
    width = len(courses)
    most = student.max_credits * (1 + CREDIT_SLACK)
    top = 0.0
    cost = 0.0
    credit = 0.0
    depth = 0
    tried[0] = 0
    while depth >= 0:
        place = tried[depth]
        room = min(student.limit - depth, width - place)
        bound = (flat if flat > 0.0 else top) - cost
        if room > 0:
            bound += gains[place + room] - gains[place]
        if room <= 0 or bound <= best or top + rest[place] < floor:
            depth -= 1
            if depth >= 0:
                j = taken[depth]
                top -= student.tops[j]
                cost -= prices[j]
                credit -= credits[j]
            continue
        tried[depth] += 1
        nodes -= 1
        if nodes < 0:
            break
        j = courses[place]
        fits = credit + credits[j] <= most
        for other in range(depth):
            if clash[taken[other], j]:
                fits = False
        if not fits:
            continue
        taken[depth] = j
        depth += 1
        top += student.tops[j]
        cost += prices[j]
        credit += credits[j]
        tried[depth] = place + 1
        worth = worth_of(student, bundle, depth)
        if worth >= floor:
            best = max(best, (flat if flat > 0.0 else worth) - cost)
    found[0] = best
    return nodes
