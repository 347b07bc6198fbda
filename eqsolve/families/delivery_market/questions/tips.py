"""What tips do: one market with tips, without, and at its efficient welfare, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.table import Table
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution

__all__ = ["TipComparison", "compare_tips", "with_tips"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TipComparison:
    """The best equilibria of one market with and without tips.

    Parameters
    ----------
    market : the market compared, with tips.
    tipped, untipped : the two results; either may have no equilibrium, or be cut short.
    """

    market: DeliveryMarket
    tipped: Result[DeliverySolution]
    untipped: Result[DeliverySolution]

    @property
    def efficient_welfare(self) -> float | None:
        """The greatest welfare of any transactions, None where not proved."""
        for result in (self.tipped, self.untipped):
            if result.solution is not None and result.solution.efficient_welfare is not None:
                return result.solution.efficient_welfare
        return None

    @property
    def gain(self) -> float | None:
        """Welfare with tips minus welfare without, None unless both are proved."""
        results = (self.tipped, self.untipped)
        if any(result.status is not Status.SOLVED for result in results):
            return None
        return float(self.tipped.require().welfare - self.untipped.require().welfare)

    @property
    def tipped_orders(self) -> list[tuple[int, int]]:
        """Orders (buyer, store) that carry a tip in the equilibrium with tips.

        They are never placed ones: a tip there stands for what a further order would cost.
        """
        if self.tipped.solution is None:
            return []
        return [(int(i), int(j)) for i, j in np.argwhere(self.tipped.solution.tips > 0)]

    def table(self) -> Table:
        """Return who gains: totals of each side with and without tips."""
        table = Table("What tips do", ("", "with tips", "without tips"))
        columns = [self.totals(tipped=tipped) for tipped in (True, False)]
        for key in columns[0]:
            table.add(key, *(column[key] for column in columns))
        table.add("efficient welfare", self.efficient_welfare, self.efficient_welfare)
        return table

    def tip_table(self) -> Table:
        """Return where tips appear, largest first: orders that nobody placed."""
        table = Table("Tips, on orders that are not placed", ("buyer", "store", "tip", "value"))
        solution = self.tipped.solution
        if solution is not None:
            for i, j in sorted(self.tipped_orders, key=lambda order: -solution.tips[order]):
                table.add(
                    self.market.label("buyers", i),
                    self.market.label("stores", j),
                    solution.tips[i, j],
                    self.market.values[i, j],
                )
        return table

    def totals(self, *, tipped: bool) -> dict[str, Any]:
        """Return what the equilibrium with or without tips gives to each side, by name."""
        return _totals(self.tipped if tipped else self.untipped)

    def __str__(self) -> str:
        return str(self.table())


def _totals(result: Result[DeliverySolution]) -> dict[str, Any]:
    """Return what one equilibrium gives to each side."""
    found: dict[str, Any] = dict.fromkeys(_TOTALS)
    found["status"] = result.status.value
    if result.solution is not None:
        solution = result.solution
        amounts = (
            solution.welfare,
            len(solution.transactions),
            float(solution.buyer_utilities.sum()),
            float(solution.prices.sum()),
            float(solution.courier_utilities.sum()),
            solution.platform_cash_flow,
            int((solution.tips > 0).sum()),
        )
        found.update(zip(_TOTALS[1:], amounts, strict=True))
    return found


_TOTALS = (
    "status",
    "welfare",
    "transactions",
    "buyers' utility",
    "stores' revenue",
    "couriers' utility",
    "platform cash flow",
    "orders with a tip",
)


def with_tips(market: DeliveryMarket, tips: bool) -> DeliveryMarket:
    """Return the same market with tips allowed or not."""
    if market.tips == tips:
        return market
    arrays = dict(market.costs.arrays)
    return DeliveryMarket(
        market.values,
        _missing(arrays.pop("full")) if "full" in arrays else None,
        cost_parts=arrays or None,
        tips=tips,
        name=market.name,
        labels=market.labels,
        metadata=market.metadata,
    )


def _missing(costs: Any) -> Any:
    """Return costs with NaN instead of -1."""
    return np.where(costs < 0, np.nan, costs) if (costs < 0).any() else costs


def compare_tips(
    market: DeliveryMarket, *, time_limit: float | None = 60.0, **options: Any
) -> TipComparison:
    """Return the best equilibria of a market with and without tips (TIP-3).

    Parameters
    ----------
    market : the market; whether it allows tips itself does not matter.
    time_limit : seconds for each of the two.
    **options : passed on, see `tipped_equilibrium`; ``choose="least_tips"`` shows where tips
        are needed.

    Raises
    ------
    InstanceError : not a delivery market.

    Notes
    -----
    Cost: `tipped_equilibrium` twice, NP-hard (TIP-4). Source: Gonczarowski, Ma and Parkes (2025).

    Examples
    --------
    >>> market = DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]])
    >>> found = compare_tips(market)
    >>> found.tipped.objective, found.untipped.status.value
    (1, 'no_equilibrium')
    """
    from eqsolve.families.delivery_market.solve import tipped_equilibrium

    require_instance(market, DeliveryMarket, "market")
    tipped, untipped = (
        tipped_equilibrium(with_tips(market, tips), time_limit=time_limit, **options)
        for tips in (True, False)
    )
    return TipComparison(market=with_tips(market, True), tipped=tipped, untipped=untipped)
