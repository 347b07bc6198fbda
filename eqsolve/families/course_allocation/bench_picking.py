"""Picking beside fairpyx and beside plain loops: the allocation alone, nothing told about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eqsolve.core.case import Case, Contender, built
from eqsolve.families.course_allocation.bench_fairpyx import in_turn
from eqsolve.families.course_allocation.generate import RECIPES
from eqsolve.families.course_allocation.methods.picking import pick, pick_all

__all__ = ["PICKING"]


def _worth(market: Any, allocation: list[list[int]]) -> float:
    """Return the total utility of an additive market."""
    return float(sum(market.values[i, bundle].sum() for i, bundle in enumerate(allocation)))


def distinct(size: tuple[int, int, int], seed: int) -> Any:
    """Return a market whose values hardly tie, so that every rule picks the same courses."""
    students, courses, most = size
    return built(
        RECIPES, "additive", seed, students=students, courses=courses, most=most, supply=0.9,
        largest=10**9,
    )  # fmt: skip


def _round_robin(market: Any) -> float:
    return _worth(market, pick(market, range(market.n_students), snake=False))


def _serial(market: Any) -> float:
    return _worth(market, pick_all(market, range(market.n_students)))


def _loops(market: Any, rounds: bool) -> float:
    """Pick by plain loops: every turn looks at every course."""
    values, left = market.values.tolist(), market.capacities.tolist()
    bundles: list[list[int]] = [[] for _ in values]
    most = market.max_courses.tolist()
    turns = [i for _ in range(max(most)) for i in range(len(values))]
    for i in turns if rounds else sorted(turns):
        open_ = [
            j for j, seats in enumerate(left)
            if seats and j not in bundles[i] and values[i][j] > 0
        ]  # fmt: skip
        if open_ and len(bundles[i]) < most[i]:
            best = max(open_, key=lambda j, i=i: (values[i][j], -j))  # type: ignore[misc]  # bound at once
            bundles[i].append(best)
            left[best] -= 1
    return _worth(market, bundles)


def _case(name: str, rule: str, ours: Callable[[Any], float], rounds: bool) -> Case:
    """Return the case of one rule."""
    return Case(
        suite="courses",
        name=name,
        build=distinct,
        sizes=((100, 25, 5), (1000, 50, 5)),
        quick_sizes=((100, 25, 5),),
        contenders=(
            Contender(name=f"eqsolve {rule}", run=ours),
            Contender(name="plain loops", run=lambda market: _loops(market, rounds)),
            Contender(
                name="fairpyx",
                package="fairpyx",
                run=lambda market: _worth(market, in_turn(rule, market)),
            ),
        ),
        unit="students, courses, courses a student",
        note="Answers are total utilities. The allocation alone is timed, without what is told and "
        "verified.",
    )


PICKING = (
    _case("round robin, additive", "round_robin", _round_robin, True),
    _case("serial dictatorship, additive", "serial_dictatorship", _serial, False),
)
