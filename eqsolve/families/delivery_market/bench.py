"""Delivery markets: best equilibria, proved, against the compact program with HiGHS."""

from __future__ import annotations

from typing import Any

from eqsolve.core.case import Case, Contender, built, objective_of
from eqsolve.families.delivery_market.generate import RECIPES
from eqsolve.families.delivery_market.solve import solve

__all__ = ["CASES"]

COMPACT_UP_TO = 20
"""Size beyond which the compact program does not finish within a minute, mostly."""


def compact(instance: Any) -> float:
    """Solve the theory page's compact program with HiGHS."""
    if instance.n_buyers > COMPACT_UP_TO:
        raise TimeoutError("the compact program is not tried at this size")
    return objective_of(solve, "compact", time_limit=60.0)(instance)


def case(
    recipe: str, title: str, *, couriers: float = 1.0, quick: tuple[int, ...] = (4, 8)
) -> Case:
    """Return a case of one recipe; `couriers` is their share of the buyers."""

    def build(size: int, seed: int) -> Any:
        sides = {"buyers": size, "stores": size, "couriers": max(1, round(couriers * size))}
        return built(RECIPES, recipe, seed, **sides)

    return Case(
        suite="delivery",
        name=title,
        build=build,
        sizes=(10, 15, 20, 30, 40),
        quick_sizes=quick,
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "auto"),
                delivers="best equilibrium, proved",
                limit=60,
            ),
            Contender(
                name="compact program, HiGHS",
                run=compact,
                package="ortools",
                delivers="best equilibrium",
                limit=60,
            ),
        ),
        unit="buyers = stores",
        repeats=3,
        note="The compact program is not tried beyond size 20; runs that end without proof within "
        "60 s are shown as failed.",
    )


def structured(size: int, seed: int) -> Any:
    """Return a market with pick-up legs, given by parts."""
    return built(RECIPES, "pickup", seed, buyers=size, stores=size, couriers=size)


CASES = (
    case("uniform", "uniform"),
    case("masked", "masked: half of the deliveries prohibitive"),
    case("geometric", "geometric, couriers of different pace"),
    case("scarce", "scarce couriers (0.6 per buyer)", couriers=0.6),
    case("rearranged", "efficient outcome not supported", quick=(4,)),
    Case(
        suite="delivery",
        name="pick-up legs",
        build=structured,
        sizes=(50, 100, 300),
        quick_sizes=(5,),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "structured"),
                delivers="best equilibrium, proved",
            ),
        ),
        unit="buyers = stores = couriers",
        repeats=3,
    ),
)
