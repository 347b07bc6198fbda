"""Base of the methods: the question's own options, and how answers are wrapped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eqsolve.core.arrays import IntArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.exactness import REACH, Reach
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.trading_network.equilibrium import PriceRule, as_lists
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.bound import RevenueBound
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["TradingMethod", "beyond_search", "log_share", "standing", "wrapped"]

_SEARCHED = Reach(whole=2**44)
"""Whole numbers whose sums floats hold to far less than a unit, whatever is done with them."""

MAX_CELLS = 36_000_000
"""Largest n * m: several dense matrices of this size are held."""

_ARGUMENT = (
    "stability of the known pairs, priced with multipliers, turns the revenue into an assignment "
    "problem whose duals sum to the bound"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingMethod(Method[TradingNetwork, TradingSolution]):
    """Base of the methods.

    Parameters
    ----------
    prices : whether trades take place at the greatest or at the least equilibrium prices.
    max_introductions : most pairs that may be introduced; None: no limit.
    """

    source: ClassVar[str] = (
        "D'Amico-Wong, L., Gonczarowski, Y. A., Ma, G. and Parkes, D. C. (2024). Disrupting "
        "bipartite trading networks: matching for revenue maximization."
    )

    prices: PriceRule = "greatest"
    max_introductions: int | None = None

    def __post_init__(self) -> None:
        if self.max_introductions is not None and self.max_introductions < 0:
            most = self.max_introductions
            raise OptionError(f"option max_introductions = {most}: must be >= 0 or none")

    def supports(self, instance: TradingNetwork) -> str | None:
        """Return why the network is too large, or None."""
        cells = instance.n_buyers * instance.n_sellers
        if cells > MAX_CELLS:
            return f"it needs dense matrices; {cells} pairs are more than {MAX_CELLS}"
        reach = REACH[instance.kind]
        if instance.is_integral:
            return reach.refusal(
                instance.largest, 2 * min(instance.n_buyers, instance.n_sellers) + 1
            )
        return reach.refusal(instance.largest) or reach.vanishing(instance.values.least_share)

    @property
    def has_own_question(self) -> bool:
        """Whether an option changes the question from that of the theorems."""
        return self.prices != "greatest" or self.max_introductions is not None


def beyond_search(network: TradingNetwork) -> str | None:
    """Return why a search in floats could miss a unit of whole values, or None."""
    if not network.is_integral:
        return None
    return _SEARCHED.refusal(network.largest, network.n_buyers + network.n_sellers)


def log_share(network: TradingNetwork) -> float:
    """Return ``1 / (1 + ln K)``, the share of the welfare gain that REV-4 guarantees."""
    return 1.0 / (1.0 + math.log(max(1, min(network.n_buyers, network.n_sellers))))


def wrapped(
    method: TradingMethod,
    evaluator: Evaluator,
    introduced: IntArray,
    bound: RevenueBound,
    *,
    limit: Limit | None = None,
    **proved: Any,
) -> Outcome[TradingSolution]:
    """Return the outcome for a set of introductions; see `standing` for the rest.

    Parameters
    ----------
    limit : what stopped the search; read only where the set is not proved to be the best.
    """
    held, close = standing(method, evaluator, introduced, bound, **proved)
    return held.outcome(answered=close, limit=limit)


def standing(
    method: TradingMethod,
    evaluator: Evaluator,
    introduced: IntArray,
    bound: RevenueBound,
    *,
    backend_bound: float | None = None,
    proved_by: str = "",
    counts: Mapping[str, Any] | None = None,
) -> tuple[Incumbent[TradingSolution], bool]:
    """Return a set of introductions with the bound that is proved, and whether it is the best.

    Parameters
    ----------
    method : whose options and name are recorded.
    evaluator : the network's arrays.
    introduced : the pairs, shape (k, 2).
    bound : multipliers and duals.
    backend_bound : a better bound on the revenue on the word of a solver or theorem.
    proved_by : ``"backend"`` or ``"exhaustive"``: who vouches for `backend_bound`.
    counts : as in `Outcome`.
    """
    network = evaluator.network
    revenue = evaluator.solution(introduced).revenue
    certified = max(bound.upper(evaluator), revenue)  # equal up to rounding, never below
    upper, source = certified, "certified"
    if backend_bound is not None and backend_bound < certified:
        upper, source = max(backend_bound, revenue), proved_by
    close = upper - revenue <= (
        0 if network.is_integral and network.commission == 1 else 1e-9 * abs(upper)
    )
    upper = revenue if close else upper
    gain = network.commission * evaluator.gain
    share = log_share(network)
    solution = evaluator.solution(
        introduced,
        guarantee=1.0 if close else float(revenue / upper),
        gain_guarantee=share if revenue >= share * gain and not method.has_own_question else None,
        max_introductions=method.max_introductions,
    )
    data = {
        "without": as_lists(evaluator.without),
        "full": as_lists(evaluator.full),
        "certified": certified,
        **bound.to_data(),
    }
    held = Incumbent(
        method=method.name,
        solution=solution,
        objective=solution.revenue,
        bound=upper,
        source=source,
        certificate=BoundCertificate(upper, source, _ARGUMENT, data),
        counts=counts or {},
    )
    return held, close
