"""The verbs of trading networks."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.auto import Auto
from eqsolve.families.trading_network.methods.enumeration import Enumeration
from eqsolve.families.trading_network.methods.exact import Exact
from eqsolve.families.trading_network.methods.homogeneous import Homogeneous
from eqsolve.families.trading_network.methods.local_search import LocalSearch
from eqsolve.families.trading_network.methods.log_approximation import LogApproximation
from eqsolve.families.trading_network.methods.multipliers import Multipliers
from eqsolve.families.trading_network.methods.no_known import NoKnown
from eqsolve.families.trading_network.methods.program_as_stated import Plain
from eqsolve.families.trading_network.solution import TradingSolution
from eqsolve.families.trading_network.verify.conditions import verify

__all__ = ["METHODS", "maximize_revenue", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto,
    LogApproximation,
    LocalSearch,
    Multipliers,
    Exact,
    Enumeration,
    NoKnown,
    Homogeneous,
    Plain,
)


def maximize_revenue(
    network: TradingNetwork,
    *,
    method: str | Method[TradingNetwork, TradingSolution] = "auto",
    time_limit: float | None = 60.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[TradingSolution]:
    """Return the introductions that earn the platform most, verified.

    Parameters
    ----------
    network : the network.
    method : a name from ``eqsolve.methods("trading_network")`` or a method object.
    time_limit : seconds, 60 by default since the problem is NP-hard (REV-8); None: no limit.
    seed : for methods that draw random numbers.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings; all take ``prices="greatest" | "least"`` and
        ``max_introductions``.

    Returns
    -------
    result : ``SOLVED`` with a bound that meets the revenue, or ``FEASIBLE`` with the best found, a
        bound and the guarantee they prove.

    Raises
    ------
    InstanceError : not a trading network.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Ties between sets of equal revenue are broken the same way for the same input, seed and
    version. Cost: exponential at worst, since it is NP-hard (REV-8); 2 K assignment problems for
    the guarantee of REV-4, with K = min(n, m). Source: D'Amico-Wong, Gonczarowski, Ma and Parkes
    (2024).

    Examples
    --------
    >>> network = TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
    >>> result = maximize_revenue(network)
    >>> result.status.value, result.objective, result.solution.introduced.tolist()
    ('solved', 2, [[0, 1]])
    """
    return solve_with(
        network,
        METHODS,
        verify,
        instance_type=TradingNetwork,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = maximize_revenue
