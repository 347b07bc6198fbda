"""What several suites need: building from recipes, answers of a solved instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eqsolve.core.recipe import make_recipe
from eqsolve.core.status import Limit, Status
from eqsolve.registry import get_family

__all__ = ["built", "objective_of", "proved"]


def built(kind: str, recipe: str, seed: int, **options: Any) -> Any:
    """Return the instance of a recipe."""
    recipes = get_family(kind).module("generate").RECIPES
    return make_recipe(recipes, recipe, options).instance(seed)


def objective_of(
    method: str, *, time_limit: float = 60.0, **options: Any
) -> Callable[[Any], float]:
    """Return a contender that solves with proof and answers with the objective.

    A run that ends without a proof raises, so that it is shown as failed and not as fast.
    """

    def run(instance: Any) -> float:
        import eqsolve

        result = eqsolve.solve(instance, method=method, time_limit=time_limit, **options)
        proved(result.status, result.limit)
        assert result.objective is not None
        return float(result.objective)

    return run


def proved(status: Status, limit: Limit | None) -> None:
    """Raise unless the status is a proof.

    Raises
    ------
    TimeoutError : stopped without one.
    """
    if status not in (Status.SOLVED, Status.NO_EQUILIBRIUM):
        stopped = f", {limit.value} limit" if limit else ""
        raise TimeoutError(f"no proof: {status.value}{stopped}")
