"""Games of many agents: least bonuses in the Coin Game, beside linear programs by HiGHS."""

from __future__ import annotations

from typing import Any

from eqsolve.core.case import Case, Contender, built, objective_of
from eqsolve.families.contract_game.generate import RECIPES
from eqsolve.families.contract_game.solve import solve

__all__ = ["CASES"]


def coins(size: tuple[int, int], seed: int) -> Any:
    """Return the Coin Game with (side, steps)."""
    return built(RECIPES, "coin_game", seed, size=size[0], steps=size[1])


def random(size: int, seed: int) -> Any:
    """Return a random game with so many states, 2 agents, 3 actions, 3 periods."""
    return built(RECIPES, "random", seed, states=size)


CASES = (
    Case(
        suite="steering",
        name="coin game",
        build=coins,
        sizes=((3, 20), (5, 50), (7, 50)),
        quick_sizes=((2, 3),),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "exploitability", time_limit=600.0),
                delivers="bonuses, verified",
                limit=300,
            ),
        ),
        unit="side, steps",
        repeats=1,
    ),
    Case(
        suite="steering",
        name="random games",
        build=random,
        sizes=(4, 20, 50),
        quick_sizes=(4,),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "exploitability"),
                delivers="bonuses, verified",
            ),
            Contender(
                name="linear programs, HiGHS",
                run=objective_of(solve, "lp"),
                package="scipy",
                delivers="bonuses, verified",
                limit=60,
            ),
        ),
        unit="states",
        repeats=3,
        tolerance=1e-6,
    ),
)
