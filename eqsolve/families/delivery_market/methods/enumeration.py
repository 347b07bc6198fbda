"""Small markets by looking at every set of orders, best welfare first, until one is supported.

By TIP-0 support depends on the orders alone, given cheapest couriers. So the matchings of buyers
and stores are listed, each with cheapest couriers, and tested from the best on: the first that
passes is the best equilibrium, and if none does there is none. No solver is loaded and nobody's
word is needed. One small assignment for each of at most `MOST` matchings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.certificate import Certificate, ExhaustionCertificate
from eqsolve.core.exactness import Reach
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.delivery_market.choice import Chosen, chosen_solution
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import DeliveryMethod
from eqsolve.families.delivery_market.methods.bounds import certify, certify_none, solved
from eqsolve.families.delivery_market.methods.courier_prices import price_couriers
from eqsolve.families.delivery_market.methods.order_sets import OrderSets
from eqsolve.families.delivery_market.methods.reassignment import gains_of
from eqsolve.families.delivery_market.methods.untipped import why_none
from eqsolve.families.delivery_market.scales import (
    MOST,
    count_matchings,
    is_small,
    out_of_reach,
    solved_tamed,
    tamed,
)
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.supported import cheapest_couriers, examine

__all__ = ["Enumeration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(DeliveryMethod):
    """Every set of orders, best first; for small markets."""

    name: ClassVar[str] = "enumeration"
    summary: ClassVar[str] = "every set of orders, best welfare first; for small markets"
    theorem: ClassVar[str] = "TIP-0"
    cost: ClassVar[str] = f"one small assignment for each of at most {MOST} sets of orders"

    def supports(self, instance: DeliveryMarket) -> str | None:
        """Refuse markets with many sets of orders."""
        if count_matchings(instance.n_buyers, instance.n_stores) > MOST:
            return f"there are more than {MOST} sets of orders"
        if not is_small(instance):
            return out_of_reach(instance)
        reach = Reach(whole=2**63 - 1)  # of the amounts reported
        terms = 2 * min(instance.side_sizes().values()) + 2
        reason = reach.refusal(instance.largest, terms)
        if reason is None and self._has_own_question:
            reason = out_of_reach(instance)
        return reason

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Look at everything; over in a moment, so that `deadline` matters for prices only."""
        if is_small(instance) and not instance.is_exact and not self._has_own_question:
            return self._in_units(instance, deadline)
        if instance.is_exact:
            return self._in_floats(instance, deadline)
        return solved_tamed(instance, self.name, lambda market: self._in_floats(market, deadline))

    def _in_floats(self, market: DeliveryMarket, deadline: Deadline) -> Outcome[DeliverySolution]:
        """Look at everything in floats, which are exact where the market is."""
        floor = self.cash_flow_floor
        ranked = _ranked(market)
        efficient, shown = ranked[0]
        tested, open_welfare = 0, None
        limit: Limit | None = None
        for welfare, transactions in ranked:
            tested += 1
            examined = examine(market, transactions)
            if examined.gain > 0:
                continue
            chosen = chosen_solution(market, examined, self.choose, floor, efficient, deadline)
            if chosen.solution is None and chosen.limit is not None and limit is None:
                limit, open_welfare = chosen.limit, welfare  # whether it reaches the floor is open
            if chosen.solution is None:
                continue
            counts = {"sets": len(ranked), "tested": tested}
            best = welfare if open_welfare is None else open_welfare
            words = "none of the sets of orders with more welfare is supported"
            if floor is not None:
                words += " and reaches the cash flow asked for"
            priced = price_couriers(market, deadline)
            duals = (priced.buyers, priced.stores)
            show = shown if efficient > best else None
            certificate = certify(market, best, duals, words, "exhaustive", floor, show)
            return solved(self, chosen, certificate, counts, limit)
        counts = {"sets": len(ranked), "tested": tested}
        held: Incumbent[DeliverySolution] = Incumbent(method=self.name, counts=counts)
        if limit is not None:
            return held.outcome(answered=False, limit=limit)
        return held.no_equilibrium(self._none(market, len(ranked), deadline))

    @property
    def _has_own_question(self) -> bool:
        """Whether other prices are asked for than those of the support test."""
        return self.cash_flow_floor is not None or self.choose not in ("none", "couriers")

    def _in_units(self, market: DeliveryMarket, deadline: Deadline) -> Outcome[DeliverySolution]:
        """Look at everything without rounding; the answer is rounded once."""
        sets = OrderSets(market)
        ranked = sets.ranked()
        counts = {"sets": len(ranked), "tested": len(ranked)}
        for tested, chosen in enumerate(ranked, 1):
            held = sets.support(chosen)
            if held is None:
                continue
            efficient = ranked[0]
            solution = sets.solution(chosen, held, efficient.welfare)
            words = f"none of the {tested - 1} sets of orders with more welfare is supported"
            show = efficient.transactions if efficient.welfare > chosen.welfare else None
            mild, duals = tamed(market), None
            if not market.is_integral or mild.is_exact:
                priced = price_couriers(mild, deadline)
                duals = priced.buyers, priced.stores
            certificate = certify(
                mild, solution.welfare, duals, words, "exhaustive", efficient=show
            )
            counts["tested"] = tested
            return solved(self, Chosen(solution), certificate, counts)
        words = f"none of the {len(ranked)} sets of orders that can be delivered is supported"
        none = ExhaustionCertificate("order sets", words, {"sets": len(ranked)})
        nothing: Incumbent[DeliverySolution] = Incumbent(method=self.name, counts=counts)
        return nothing.no_equilibrium(none)

    def _none(self, market: DeliveryMarket, count: int, deadline: Deadline) -> Certificate:
        """Return why there is no equilibrium, known that there is none."""
        floor = self.cash_flow_floor
        words = f"none of the {count} sets of orders that can be delivered is supported"
        if floor is not None:
            priced = price_couriers(market, deadline)
            words = "no supported set of orders reaches the cash flow asked for"
            duals = (priced.buyers, priced.stores)
            return certify_none(market, floor, duals, words, "exhaustive")
        if not market.tips:
            return why_none(market, words, deadline)
        return ExhaustionCertificate("order sets", words, {"sets": count})


def _ranked(market: DeliveryMarket) -> list[tuple[float, IntArray]]:
    """Return all deliverable sets of orders with cheapest couriers and welfare, best first."""
    found = []
    for orders in _matchings(market):
        transactions = cheapest_couriers(market, orders)
        if transactions is not None:
            found.append((float(gains_of(market, transactions).sum()), transactions))
    return sorted(found, key=lambda pair: -pair[0])


def _matchings(market: DeliveryMarket) -> Iterator[IntArray]:
    """Yield every matching of buyers and stores that there are couriers for, by rising size."""
    for size in range(min(market.side_sizes().values()) + 1):
        for buyers in combinations(range(market.n_buyers), size):
            for stores in permutations(range(market.n_stores), size):
                yield np.array([buyers, stores], dtype=np.int64).T.reshape(size, 2)
