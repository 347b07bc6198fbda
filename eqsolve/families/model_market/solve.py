"""The main verb of model markets: all pure equilibria, proved complete."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.auto import Auto
from eqsolve.families.model_market.methods.count_search import CountSearch
from eqsolve.families.model_market.methods.enumeration import Enumeration
from eqsolve.families.model_market.methods.replies import Replies
from eqsolve.families.model_market.methods.support_search import SupportSearch
from eqsolve.families.model_market.questions.dynamics import Dynamics
from eqsolve.families.model_market.solution import ModelMarketSolution
from eqsolve.families.model_market.verify.conditions import verify

__all__ = ["METHODS", "market_equilibria", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    SupportSearch,
    CountSearch,
    Replies,
    Enumeration,
    Dynamics,
)


def market_equilibria(
    market: ModelMarket,
    *,
    method: str | Method[ModelMarket, ModelMarketSolution] = "auto",
    time_limit: float | None = 60.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[ModelMarketSolution]:
    """Return all pure equilibria with the social optimum and the price of anarchy, verified.

    Parameters
    ----------
    market : the market.
    method : a name from ``eqsolve.methods("model_market")`` or a method object.
    time_limit : seconds, default 60; None for no limit.
    seed : used by ``dynamics`` only; recorded.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings; all take ``find="all" | "first" | "best" | "worst"`` (by
        user welfare) and ``max_equilibria``.

    Returns
    -------
    result : its objective is the user welfare of the best equilibrium listed; the bound is the
        same once no better one can exist, else the social optimum's. Status:

        - ``SOLVED``: all equilibria (``solution.exhaustive``), or the one asked for, with proof;
        - ``NO_EQUILIBRIUM``: proved that there is none, with an exhaustion certificate;
        - ``FEASIBLE``: equilibria, but a limit stopped the search;
        - ``UNKNOWN``: a limit stopped the search before any was found.

    Raises
    ------
    InstanceError : not a model market.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Cost under hardmax: O(M**2 K) per node of a search over supports, at most 2**(M + 1) nodes
    whatever N is where no models tie (NASH-2); other methods state theirs in ``cost``. Source:
    Wei, Shi and Zhang (2026).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> result = market_equilibria(market)
    >>> [e.counts.tolist() for e in result.solution.equilibria], result.solution.exhaustive
    ([[2, 1]], True)
    """
    return solve_with(
        market,
        METHODS,
        verify,
        instance_type=ModelMarket,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = market_equilibria
