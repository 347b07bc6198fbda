"""The verbs of delivery markets."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.auto import Auto
from eqsolve.families.delivery_market.methods.compact import Compact
from eqsolve.families.delivery_market.methods.enumeration import Enumeration
from eqsolve.families.delivery_market.methods.structured import Structured
from eqsolve.families.delivery_market.methods.support_search import SupportSearch
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.verify.conditions import verify

__all__ = ["METHODS", "solve", "tipped_equilibrium"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    SupportSearch,
    Structured,
    Enumeration,
    Compact,
)


def tipped_equilibrium(
    market: DeliveryMarket,
    *,
    method: str | Method[DeliveryMarket, DeliverySolution] = "auto",
    time_limit: float | None = 60.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[DeliverySolution]:
    """Return the equilibrium of greatest welfare, with or without tips as the market says.

    Parameters
    ----------
    market : the market.
    method : a name from ``eqsolve.methods("delivery_market")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : not used by the deterministic methods; recorded.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings; all take ``choose`` (which of the supporting prices) and
        ``cash_flow_floor``.

    Returns
    -------
    result : ``SOLVED`` with the best equilibrium, ``NO_EQUILIBRIUM`` with the reason,
        ``FEASIBLE`` or ``UNKNOWN`` when a limit was hit. ``bounds.source`` says who vouches for
        optimality: duals (``certified``) or a solver (``backend``).

    Raises
    ------
    InstanceError : not a delivery market.
    OptionError, UnsupportedError : before any work is done.
    BackendError : a solver failed.

    Notes
    -----
    Cost: exponential at worst, since it is NP-hard (TIP-4); O((K + n + m)^3) in markets with
    structure (TIP-5). Source: Gonczarowski, Ma and Parkes (2025). Ties between best equilibria are
    broken the same way for the same input and version.

    Examples
    --------
    >>> market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    >>> result = tipped_equilibrium(market)
    >>> result.status.value, result.objective, result.solution.efficient_welfare
    ('solved', 3, 5)
    """
    return solve_with(
        market,
        METHODS,
        verify,
        instance_type=DeliveryMarket,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = tipped_equilibrium
