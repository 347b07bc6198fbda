"""Fisher markets against cvxpy with Clarabel on the Eisenberg-Gale program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eqsolve.core.case import Case, Contender, built, objective_of
from eqsolve.families.fisher_market.generate import RECIPES
from eqsolve.families.fisher_market.solve import solve

__all__ = ["CASES"]


def market(utility: str, recipe: str) -> Callable[[tuple[int, int], int], Any]:
    """Return a builder of markets of a recipe with (buyers, goods)."""

    def build(size: tuple[int, int], seed: int) -> Any:
        buyers, goods = size
        options = {"buyers": buyers, "goods": goods, "utility": utility}
        return built(RECIPES, recipe, seed, **options)

    return build


def by_hand(instance: Any) -> float:
    """Write the Eisenberg-Gale program of a linear market in cvxpy and let Clarabel solve it."""
    import numpy as np

    from eqsolve.algorithms.programs.conic import (
        algebra as cp,  # cvxpy without its remarks on other solvers
    )

    utilities = np.asarray(instance.utilities, dtype=float)
    budgets = np.asarray(instance.budgets, dtype=float)
    supplies = np.asarray(instance.supplies, dtype=float)
    x = cp.Variable(utilities.shape, nonneg=True)
    spent = budgets @ cp.log(cp.sum(cp.multiply(utilities, x), axis=1))
    problem = cp.Problem(cp.Maximize(spent), [cp.sum(x, axis=0) <= supplies])
    return float(problem.solve(solver=cp.CLARABEL))


def case(
    name: str,
    utility: str,
    peers: tuple[Contender, ...],
    note: str = "",
    *,
    recipe: str = "uniform",
    sizes: tuple[tuple[int, int], ...] = ((50, 20), (200, 100), (500, 250), (1000, 500)),
) -> Case:
    """Return a case of markets of one utility."""
    return Case(
        suite="fisher",
        name=name,
        build=market(utility, recipe),
        sizes=sizes,
        quick_sizes=((20, 10), (100, 50)),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "auto"),
                delivers="allocation, prices, gap <= 1e-6 verified",
            ),
            *peers,
        ),
        unit="buyers x goods",
        repeats=3,
        tolerance=1e-5,
        note=note,
        compiles=(200, 100) if utility == "linear" else None,
    )


THROUGH_EQSOLVE = Contender(
    name="cvxpy + Clarabel, through eqsolve",
    run=objective_of(solve, "eisenberg_gale", time_limit=300.0),
    package="cvxpy",
    delivers="allocation, prices, verified",
    limit=90,
)

CASES = (
    case(
        "linear",
        "linear",
        (
            Contender(
                name="cvxpy + Clarabel",
                run=by_hand,
                package="cvxpy",
                delivers="allocation",
                limit=90,
            ),
        ),
        "Answers are values of the Eisenberg-Gale program.",
    ),
    case("quasi-linear", "quasi_linear", (THROUGH_EQSOLVE,)),
    case(
        "ad-auction",
        "quasi_linear",
        (THROUGH_EQSOLVE,),
        "Budgets and interests with heavy tails.",
        recipe="ad_auction",
        sizes=((50, 20), (500, 250)),
    ),
    case("ces", "ces", (THROUGH_EQSOLVE,), "rho = 0.5.", sizes=((50, 20), (500, 250))),
    case("leontief", "leontief", (THROUGH_EQSOLVE,), sizes=((50, 20), (500, 250))),
)
