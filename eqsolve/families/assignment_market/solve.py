"""The verbs of assignment markets."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.ascending import Ascending
from eqsolve.families.assignment_market.methods.auction import Auction
from eqsolve.families.assignment_market.methods.augmenting import AugmentingPath
from eqsolve.families.assignment_market.methods.auto import Auto
from eqsolve.families.assignment_market.methods.flow import Flow
from eqsolve.families.assignment_market.methods.hungarian import Hungarian
from eqsolve.families.assignment_market.methods.linear_program import LinearProgram
from eqsolve.families.assignment_market.methods.relaxation import Relaxation
from eqsolve.families.assignment_market.methods.sparse import SparsePath
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.verify.conditions import verify

__all__ = ["METHODS", "competitive_equilibrium", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    Relaxation,
    AugmentingPath,
    SparsePath,
    Auction,
    Ascending,
    Hungarian,
    Flow,
    LinearProgram,
)


def competitive_equilibrium(
    market: AssignmentMarket,
    *,
    method: str | Method[AssignmentMarket, AssignmentSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[AssignmentSolution]:
    """Return a competitive equilibrium with both ends of its price lattice, verified.

    Parameters
    ----------
    market : the market.
    method : a name from ``eqsolve.methods("assignment_market")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : not used by the deterministic methods; recorded.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings; all take ``prices="max" | "min" | "mid"``.

    Returns
    -------
    result : ``SOLVED`` with a dual certificate (BIP-5), or ``UNKNOWN`` when a limit was hit.

    Raises
    ------
    InstanceError : not an assignment market.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Ties between optimal matchings are broken the same way for the same input and version. Cost
    O(n m min(n, m)) at worst, O(min(n, m) E log E) for sparse markets of E edges; other methods
    state theirs in ``cost``. Theorems BIP-1, BIP-2 and BIP-5; sources: Shapley and Shubik (1971);
    Demange, Gale and Sotomayor (1986).

    Examples
    --------
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> solution = competitive_equilibrium(market, prices="min").solution
    >>> solution.matching.tolist(), solution.price_min.tolist(), solution.price_max.tolist()
    ([1, 0], [2, 0], [4, 2])
    """
    return solve_with(
        market,
        METHODS,
        verify,
        instance_type=AssignmentMarket,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = competitive_equilibrium
