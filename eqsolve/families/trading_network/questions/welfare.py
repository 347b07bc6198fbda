"""What the platform does to welfare, and who wins and who loses by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.table import Table
from eqsolve.families.trading_network.equilibrium import Equilibrium
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.matchings import greatest_prices, least_prices
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["WelfareEffects", "welfare_effects"]


@dataclass(frozen=True, slots=True, eq=False)
class WelfareEffects:
    """Welfare without the platform, with it, and in full; gains of every agent.

    Parameters
    ----------
    without, with_platform, full : W0, the welfare after the introductions, and W*.
    revenue : of the platform; it is part of the sellers' prices, not of welfare.
    buyer_gains, seller_gains : shapes (n,), (m,): utility and price after the introductions minus
        before, both at the price rule of the solution. The sellers' gains are before commission.

    Notes
    -----
    Source: D'Amico-Wong, Gonczarowski, Ma and Parkes (2024), REV-5.

    Examples
    --------
    >>> from eqsolve import solve
    >>> network = TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
    >>> effects = welfare_effects(network, solve(network).solution)
    >>> effects.without, effects.with_platform, effects.full
    (5, 7, 7)
    >>> effects.buyer_gains.tolist(), effects.seller_gains.tolist()
    ([1, 0], [-1, 2])
    """

    without: int | float
    with_platform: int | float
    full: int | float
    revenue: int | float
    buyer_gains: NumberArray
    seller_gains: NumberArray

    @property
    def price_of_revenue(self) -> float:
        """``W* / welfare`` with the platform: what maximizing revenue costs; 1 is efficient."""
        return float(self.full / self.with_platform) if self.with_platform else 1.0

    @property
    def losing_buyers(self) -> IntArray:
        """Buyers who are worse off by the introductions."""
        return np.flatnonzero(self.buyer_gains < 0)

    @property
    def losing_sellers(self) -> IntArray:
        """Sellers who are worse off by the introductions, before commission."""
        return np.flatnonzero(self.seller_gains < 0)

    def table(self) -> Table:
        """Return the figures as a table."""
        table = Table("Welfare effects", ["figure", "amount"])
        table.add("welfare without platform", self.without)
        table.add("welfare with platform", self.with_platform)
        table.add("welfare with all candidates", self.full)
        table.add("price of revenue maximization", self.price_of_revenue)
        table.add("platform revenue", self.revenue)
        for name, gains in (("buyers", self.buyer_gains), ("sellers", self.seller_gains)):
            table.add(f"{name} who gain", int((gains > 0).sum()))
            table.add(f"{name} who lose", int((gains < 0).sum()))
            table.add(f"total gain of {name}", gains.sum().item())
        return table


def welfare_effects(network: TradingNetwork, solution: TradingSolution) -> WelfareEffects:
    """Return what the introductions of a solution do to welfare and to every agent.

    Parameters
    ----------
    network : the network.
    solution : as returned by `maximize_revenue` or `evaluate_introductions`.

    Raises
    ------
    InstanceError : not a trading network.
    OptionError : not a solution of one.

    Notes
    -----
    Cost: two assignment problems. REV-5 bounds the welfare of revenue-optimal outcomes from below.
    Source: D'Amico-Wong, Gonczarowski, Ma and Parkes (2024).

    Examples
    --------
    >>> from eqsolve.families.trading_network.evaluate import evaluate_introductions
    >>> network = TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
    >>> effects = welfare_effects(network, evaluate_introductions(network, [(0, 1)]))
    >>> effects.without, effects.with_platform, effects.full
    (5, 7, 7)
    >>> effects.buyer_gains.tolist(), effects.seller_gains.tolist()
    ([1, 0], [-1, 2])
    """
    require_instance(network, TradingNetwork, "network")
    require_solution(solution, TradingSolution)
    evaluator = Evaluator(network, "greatest" if solution.price_rule == "greatest" else "least")
    before = evaluator.without.copy()
    known, known_t = evaluator.view.restricted(evaluator.view.known)
    _settle(solution.price_rule, known, known_t, before)
    utilities = np.zeros(network.n_buyers, dtype=np.result_type(known, solution.prices))
    buyers = np.flatnonzero(solution.matching >= 0)
    sellers = solution.matching[buyers]
    utilities[buyers] = evaluator.view.values[buyers, sellers] - solution.prices[sellers]
    return WelfareEffects(
        without=evaluator.welfare_without,
        with_platform=solution.welfare,
        full=evaluator.welfare_full,
        revenue=solution.revenue,
        buyer_gains=read_only(_clean(utilities - before.utilities, evaluator.view.tolerance)),
        seller_gains=read_only(_clean(solution.prices - before.prices, evaluator.view.tolerance)),
    )


def _settle(rule: str, weights: NumberArray, weights_t: NumberArray, found: Equilibrium) -> None:
    """Move duals to the end of the lattice that counts."""
    if rule == "greatest":
        greatest_prices(weights_t, found)
    else:
        least_prices(weights, found)


def _clean(gains: NumberArray, tolerance: float) -> NumberArray:
    """Return gains with rounding noise set to zero."""
    cleaned: NumberArray = np.where(np.abs(gains) <= tolerance, 0, gains)
    return cleaned
