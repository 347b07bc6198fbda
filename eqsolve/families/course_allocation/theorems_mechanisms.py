"""What must be true of mechanisms without prices: serial dictatorship and picking (CRS-9, CRS-10).

Reports, alternatives and envy are looked through in full by the definitions, with code that the
mechanisms do not use.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from eqsolve.core.theorem import Theorem
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.questions.misreporting import reporting
from eqsolve.families.course_allocation.solve import solve

__all__ = ["OF_MECHANISMS"]

_TIGHT = 1e-9

Bundle = tuple[int, ...]


def worth(market: CourseAllocation, i: int, bundle: Bundle) -> float:
    """Return the utility of a bundle, by the definition."""
    total = float(sum(market.values[i, j] for j in bundle))
    total += sum(delta for a, b, delta in market.adjustments[i] if a in bundle and b in bundle)
    for group in market.groups[i]:
        mine = [j for j in bundle if j in group.courses]
        if mine:
            total += group.bonus[len(mine) - 1] * float(sum(market.values[i, j] for j in mine))
    return total


def permissible(market: CourseAllocation, i: int) -> list[Bundle]:
    """Return the bundles that student i may take, the empty one among them."""
    clash = {tuple(pair) for pair in market.conflicts.tolist()}
    courses = np.flatnonzero(market.allowed[i]).tolist()
    return [
        bundle
        for size in range(min(int(market.max_courses[i]), len(courses)) + 1)
        for bundle in itertools.combinations(courses, size)
        if sum(market.credits[j] for j in bundle) <= market.max_credits[i] + _TIGHT
        and not any(pair in clash for pair in itertools.combinations(bundle, 2))
    ]


def allocations(market: CourseAllocation) -> Iterator[tuple[Bundle, ...]]:
    """Yield every allocation within the seats."""
    choices = [permissible(market, i) for i in range(market.n_students)]

    def extended(i: int, seats: list[int]) -> Iterator[tuple[Bundle, ...]]:
        if i == len(choices):
            yield ()
            return
        for bundle in choices[i]:
            if all(seats[j] for j in bundle):
                left = [q - (j in bundle) for j, q in enumerate(seats)]
                for rest in extended(i + 1, left):
                    yield bundle, *rest

    yield from extended(0, market.capacities.tolist())


def _reports(market: CourseAllocation, i: int) -> Iterator[list[float]]:
    """Yield other values that student i might report: one course alone, first, last or reversed."""
    own = market.values[i].tolist()
    m = market.n_courses
    yield own[::-1]
    for j in range(m):
        yield [own[j] if k == j else 0 for k in range(m)]
        yield [max(own) + 1 if k == j else own[k] for k in range(m)]
        yield [0 if k == j else own[k] for k in range(m)]


def _truthful(market: CourseAllocation) -> str | None:
    """CRS-9, the first half: no report brings more."""
    order = list(range(market.n_students))
    found = solve(market, method="serial_dictatorship", order=order).require().allocation
    for i in order:
        if not market.n_courses:
            continue
        honest = worth(market, i, found[i])
        for report in _reports(market, i):
            lied = reporting(market, i, report)
            other = solve(lied, method="serial_dictatorship", order=order).require().allocation[i]
            if worth(market, i, other) > honest + _TIGHT:
                return (
                    f"student {i} gets {list(other)} by {report}, worth "
                    f"{worth(market, i, other):g} instead of {honest:g}"
                )
    return None


def _strict(market: CourseAllocation) -> bool:
    """Return whether no two bundles of a student are worth the same."""
    return all(
        len({round(worth(market, i, bundle), 9) for bundle in bundles}) == len(bundles)
        for i in range(market.n_students)
        for bundles in [permissible(market, i)]
    )


def _efficient(market: CourseAllocation) -> str | None:
    """CRS-9, the second half: nobody can have more without another having less."""
    order = list(range(market.n_students))
    found = solve(market, method="serial_dictatorship", order=order).require().allocation
    mine = [worth(market, i, bundle) for i, bundle in enumerate(found)]
    for other in allocations(market):
        theirs = [worth(market, i, bundle) for i, bundle in enumerate(other)]
        never_less = all(b >= a - _TIGHT for a, b in zip(mine, theirs, strict=True))
        if never_less and any(b > a + _TIGHT for a, b in zip(mine, theirs, strict=True)):
            return f"{[list(bundle) for bundle in other]} is worth {theirs}, not {mine}"
    return None


def _plain(market: CourseAllocation) -> bool:
    """Return whether utilities are additive and only numbers of courses are limited."""
    no_limit = not np.isfinite(market.max_credits).any()
    return market.is_additive and not len(market.conflicts) and no_limit


def _single(market: CourseAllocation) -> bool:
    """Return whether the hypotheses of CRS-10 hold."""
    return _plain(market) and bool((market.capacities <= 1).all())


def _beyond_one(market: CourseAllocation, method: str, order: Sequence[int]) -> str | None:
    """Return who envies whom whichever one course is left out."""
    found = solve(market, method=method, order=order).require().allocation
    for i in order:
        mine = worth(market, i, found[i])
        may = set(permissible(market, i))
        for h in order:
            rests = [tuple(j for j in found[h] if j != out) for out in found[h]] or [()]
            best = [
                max(
                    worth(market, i, part)
                    for size in range(len(rest) + 1)
                    for part in itertools.combinations(rest, size)
                    if part in may
                )
                for rest in rests
            ]
            if h != i and min(best) > mine + _TIGHT:
                return (
                    f"{method}, order {list(order)}: student {i} has {list(found[i])}, "
                    f"{h} has {list(found[h])}"
                )
    return None


def _picking(market: CourseAllocation) -> str | None:
    """CRS-10: both rules, every order."""
    for order in itertools.permutations(range(market.n_students)):
        for method in ("round_robin", "draft"):
            found = _beyond_one(market, method, order)
            if found is not None:
                return found
    return None


def _several_seats(market: CourseAllocation) -> str | None:
    """CRS-10w: a witness has envy beyond one course in some order."""
    return _picking(market) if _plain(market) else None


def _theorem(id: str, title: str, statement: str, **more: Any) -> Theorem:
    return Theorem(
        id=id,
        title=title,
        statement=statement,
        kind="course_allocation",
        strategy=more.pop("strategy", "course_allocations"),
        **more,
    )


_HATFIELD = (
    "Hatfield (2009). Strategy-proof, efficient, and nonbossy quota allocations. Social Choice and "
    "Welfare."
)
_CANTILLON = (
    "Budish and Cantillon (2012). The multi-unit assignment problem: Theory and evidence from "
    "course allocation at Harvard. American Economic Review."
)

OF_MECHANISMS = (
    _theorem(
        "CRS-9", "serial dictatorship is truthful",
        "Where students choose bundles in turn, nobody gains by reporting other values.",
        source=_HATFIELD, claim=_truthful,
    ),
    _theorem(
        "CRS-9e", "serial dictatorship is efficient",
        "Where no two bundles of a student are worth the same, nobody can have more without "
        "another having less.",
        source=_HATFIELD, claim=_efficient, strategy="strict_course_allocations",
        applies=_strict, hypotheses="strict preferences",
    ),
    _theorem(
        "CRS-10", "picking is fair up to one course",
        "Round robin and the snake draft leave no envy beyond one course where every course has "
        "one seat.",
        source=_CANTILLON, claim=_picking, strategy="single_seat_course_allocations",
        applies=_single,
        hypotheses="additive, no conflicts, no limit on credits, at most one seat a course",
    ),
    _theorem(
        "CRS-10w", "several seats",
        "With several seats a course, picking can leave envy beyond one course.",
        source=_CANTILLON, claim=_several_seats, strategy="picking_course_allocations",
        can_happen=True,
    ),
)  # fmt: skip
"""What ``theorems`` lists beside equilibria."""
