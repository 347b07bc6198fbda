"""TIP-5 markets, where at most one leg depends on the courier, by one assignment or two.

With tips every efficient T is supported (TIP-5): `efficient` finds one, with duals that
certify it. Without tips O must be a maximum-weight matching of the values: it uses only pairs
that are tight under optimal duals of the values and serves everyone whose dual is positive
(`untipped`). So a second assignment, with a reward above all costs for every such agent and
nothing for other pairs, serves all of them at least cost, or shows that couriers cannot. Costs
by parts are never expanded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.delivery_market.choice import chosen_solution
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import DeliveryMethod
from eqsolve.families.delivery_market.methods.bounds import certify, solved
from eqsolve.families.delivery_market.methods.efficient import (
    Efficient,
    efficient_by_assignment,
)
from eqsolve.families.delivery_market.methods.reassignment import gains_of
from eqsolve.families.delivery_market.methods.untipped import certify_untipped, demanded, why_none
from eqsolve.families.delivery_market.scales import out_of_reach, solved_tamed, tamed
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.structure import Structure, find_structure
from eqsolve.families.delivery_market.supported import cheapest_couriers, examine

__all__ = ["Structured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured(DeliveryMethod):
    """Markets of TIP-5 by one assignment, without tips by two."""

    name: ClassVar[str] = "structured"
    summary: ClassVar[str] = "one assignment, where at most one leg depends on the courier"
    theorem: ClassVar[str] = "TIP-5"
    cost: ClassVar[str] = "O((K + n + m)^3) worst case"

    def supports(self, instance: DeliveryMarket) -> str | None:
        """Refuse markets without the structure, or with a cash-flow floor."""
        if self.cash_flow_floor is not None:
            return "a floor on cash flow may rule out the best transactions"
        if find_structure(tamed(instance).costs) is None:
            return "the costs have none of the forms of TIP-5"
        return out_of_reach(instance)

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Solve; `rng` is not used."""
        return solved_tamed(instance, self.name, lambda market: self._tame(market, deadline))

    def _tame(self, instance: DeliveryMarket, deadline: Deadline) -> Outcome[DeliverySolution]:
        """Solve a market without prohibitive costs."""
        structure = find_structure(instance.costs)
        assert structure is not None  # `supports` was asked
        found = efficient_by_assignment(instance.values, structure, deadline)
        if found is None:
            limit = deadline.limit or Limit.TIME
            return Incumbent(method=self.name).outcome(answered=False, limit=limit)
        transactions = cheapest_couriers(instance, found.orders)
        assert transactions is not None  # every entrance has its courier
        if not instance.tips:
            return self._untipped(instance, structure, found, transactions, deadline)
        efficient = float(gains_of(instance, transactions).sum())
        examined = examine(instance, transactions)
        chosen = chosen_solution(instance, examined, self.choose, None, efficient, deadline)
        duals = (found.buyers, found.stores)
        certificate = certify(instance, efficient, duals, "TIP-5", "certified")
        return solved(self, chosen, certificate, {"structure": structure.words})

    def _untipped(
        self,
        market: DeliveryMarket,
        structure: Structure,
        efficient: Efficient,
        shown: IntArray,
        deadline: Deadline,
    ) -> Outcome[DeliverySolution]:
        """Serve everyone who must be served, at least cost; `shown` are efficient."""
        efficient_welfare = float(gains_of(market, shown).sum())
        demand = demanded(market)
        found = efficient_by_assignment(demand.rewards, structure, deadline)
        if found is None:
            duals = (efficient.buyers, efficient.stores)
            held: Incumbent[DeliverySolution] = Incumbent(method=self.name)
            certificate = certify(market, efficient_welfare, duals, "TIP-5", "certified")
            held.prove(efficient_welfare, certificate.source, certificate)
            return held.outcome(answered=False, limit=deadline.limit or Limit.TIME)
        wanted = demand.rewards[found.orders[:, 0], found.orders[:, 1]] > 0
        transactions = cheapest_couriers(market, found.orders[wanted])
        assert transactions is not None  # every entrance has its courier
        examined = examine(market, transactions)
        counts = {"structure": structure.words}
        if examined.gain > 0:
            words = "the assignment of couriers that serves most of those who must be served"
            none: Incumbent[DeliverySolution] = Incumbent(method=self.name, counts=counts)
            return none.no_equilibrium(why_none(market, words, deadline))
        chosen = chosen_solution(market, examined, self.choose, None, efficient_welfare, deadline)
        welfare = float(gains_of(market, transactions).sum())
        certificate = certify_untipped(market, welfare, demand, efficient, found, shown)
        return solved(self, chosen, certificate, counts)
