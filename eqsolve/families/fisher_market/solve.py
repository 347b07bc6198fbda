"""The verbs of Fisher markets."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.auto import Auto
from eqsolve.families.fisher_market.methods.closed_form import ClosedForm
from eqsolve.families.fisher_market.methods.convex import EisenbergGale
from eqsolve.families.fisher_market.methods.interior import InteriorPoint
from eqsolve.families.fisher_market.methods.leontief import LeontiefInterior
from eqsolve.families.fisher_market.methods.newton import Newton
from eqsolve.families.fisher_market.methods.proportional import ProportionalResponse
from eqsolve.families.fisher_market.solution import FisherSolution
from eqsolve.families.fisher_market.verify.conditions import verify

__all__ = ["METHODS", "fisher_equilibrium", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    InteriorPoint,
    LeontiefInterior,
    Newton,
    ClosedForm,
    ProportionalResponse,
    EisenbergGale,
)


def fisher_equilibrium(
    market: FisherMarket,
    *,
    method: str | Method[FisherMarket, FisherSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[FisherSolution]:
    """Return an equilibrium of a Fisher market with its primal-dual gap, verified.

    Parameters
    ----------
    market : the market.
    method : a name from ``eqsolve.methods("fisher_market")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : not used by the methods, which are deterministic; recorded.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : ``SOLVED`` where the gap and the money wasted by any buyer are at most 1e-6 (FIS-1);
        otherwise ``FEASIBLE``, with the measured gap in ``solution.duality_gap``.

    Raises
    ------
    InstanceError : not a Fisher market.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Prices are unique except for Leontief utilities (FIS-2); the allocation need not be. Where
    several are in equilibrium the interior-point methods return a central one, so that equal
    buyers are treated equally. Cost O(n m min(n, m)) per iteration of the interior-point methods,
    10 to 40 iterations; other methods state theirs in ``cost``. Theorem FIS-1; source: Eisenberg
    and Gale (1959).

    Examples
    --------
    >>> market = FisherMarket([[2, 1], [1, 2]], budgets=[3, 1])
    >>> solution = fisher_equilibrium(market).solution
    >>> solution.prices.round(6).tolist(), solution.allocation.round(6).tolist()
    ([2.666667, 1.333333], [[1.0, 0.25], [0.0, 0.75]])
    """
    return solve_with(
        market,
        METHODS,
        verify,
        instance_type=FisherMarket,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = fisher_equilibrium
