"""Permissible bundles, true utilities and reports, by the words of the definitions alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.instance import CourseElicitation

__all__ = ["Report", "all_bundles", "fault_of", "numbers", "replayed_report", "utility"]

Report = tuple[list[float], dict[tuple[int, int], float]]
"""Values by course, and what pairs add."""


def numbers(seed: int, kind: int, student: int) -> np.random.Generator:
    """Return the stream of a student."""
    return np.random.Generator(
        np.random.Philox(np.random.SeedSequence(seed, spawn_key=(kind, student)))
    )


def utility(market: CourseAllocation, i: int, bundle: Sequence[int]) -> float:
    """Return the true utility of a bundle."""
    held = set(bundle)
    total = sum(float(market.values[i, j]) for j in held)
    total += sum(delta for a, b, delta in market.adjustments[i] if a in held and b in held)
    for group in market.groups[i]:
        inside = [float(market.values[i, j]) for j in group.courses if j in held]
        if inside:
            total += group.bonus[len(inside) - 1] * sum(inside)
    return total


def fault_of(market: CourseAllocation, i: int, bundle: Sequence[int]) -> str:
    """Return why a student may not take a bundle, empty if it may."""
    if list(bundle) != sorted(set(bundle)):
        return "its courses are not different and rising"
    if not all(market.allowed[i, j] for j in bundle):
        return "it holds a course that the student may not take"
    if len(bundle) > market.max_courses[i]:
        return f"it holds {len(bundle)} courses, the limit is {market.max_courses[i]}"
    load, most = sum(float(market.credits[j]) for j in bundle), float(market.max_credits[i])
    if load > most * (1 + 1e-12):
        return f"it has {load:g} credits, the limit is {most:g}"
    for a, b in market.conflicts.tolist():
        if a in bundle and b in bundle:
            return f"courses {a} and {b} conflict"
    return ""


def all_bundles(market: CourseAllocation, i: int) -> Iterator[tuple[int, ...]]:
    """Yield every permissible bundle of a student, the empty one first."""
    courses = [j for j in range(market.n_courses) if market.allowed[i, j]]
    apart = {(a, b) for a, b in market.conflicts.tolist()}
    most = float(market.max_credits[i]) * (1 + 1e-12)
    waiting: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    while waiting:
        bundle, load = waiting.pop()
        yield bundle
        if len(bundle) < market.max_courses[i]:
            last = bundle[-1] if bundle else -1
            for j in courses:
                heavier = load + float(market.credits[j])
                if j > last and heavier <= most and all((a, j) not in apart for a in bundle):
                    waiting.append(((*bundle, j), heavier))


def replayed_report(plan: CourseElicitation, i: int) -> Report:
    """Return what a student reports, draw by draw."""
    if plan.reports is not None:
        own = {(a, b): delta for a, b, delta in plan.reports.adjustments[i]}
        return [float(value) for value in plan.reports.values[i]], own
    market, noise = plan.market, plan.noise
    assert noise is not None
    rng = numbers(plan.seed, 0, i)
    shifts = rng.standard_normal(market.n_courses).tolist()
    values, may = [], []
    for j in range(market.n_courses):
        noisy = utility(market, i, [j]) + noise.base_sd * shifts[j]
        values.append(max(noisy, 0.0) if market.allowed[i, j] else 0.0)
        may += [j] if market.allowed[i, j] else []
    lot = float(rng.random())
    many = int(noise.forget_base * len(may) + lot)
    lost = sorted(may, key=lambda j: (values[j], j))[:many]
    for j in lost:
        values[j] = 0.0
    pairs: dict[tuple[int, int], float] = {}
    for members, first, is_group in [
        *(
            (group.courses, group.bonus[1] - group.bonus[0], True)
            for group in market.groups[i]
            if len(group.courses) >= 2
        ),
        *(((a, b), delta, False) for a, b, delta in market.adjustments[i]),
    ]:
        lots = [float(rng.random()) for _ in members]
        left = [
            j
            for j, drawn in zip(members, lots, strict=True)
            if drawn >= noise.forget_adjustments and j in may and j not in lost
        ]
        for place, a in enumerate(left):
            for b in left[place + 1 :]:
                low, high = 1 - noise.adjustment_spread, 1 + noise.adjustment_spread
                factor = low + (high - low) * float(rng.random())
                amount = first * factor * (values[a] + values[b] if is_group else 1.0)
                pairs[a, b] = pairs.get((a, b), 0.0) + amount
    return values, pairs
