"""Small markets by looking at every set of orders, best welfare first, until one is supported.

By TIP-0 support depends on the orders alone, given cheapest couriers. So the matchings of buyers
and stores are listed, each with cheapest couriers, and tested from the best on: the first that
passes is the best equilibrium, and if none does there is none. No solver is loaded and nobody's
word is needed. One small assignment for each of at most `MOST` matchings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from math import comb, perm
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.certificate import Certificate, ExhaustionCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.delivery_market.choice import DeliveryMethod, chosen_solution
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.bounds import certify, certify_none, solved
from eqsolve.families.delivery_market.methods.courier_prices import price_couriers
from eqsolve.families.delivery_market.methods.improvement import gains_of
from eqsolve.families.delivery_market.methods.untipped import why_none
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.supported import cheapest_couriers, examine

__all__ = ["MOST", "Enumeration", "count_matchings"]

MOST = 250
"""Most matchings of buyers and stores: 4 x 4 have 209."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(DeliveryMethod):
    """Every set of orders, best first; for small markets."""

    name: ClassVar[str] = "enumeration"
    summary: ClassVar[str] = "every set of orders, best welfare first; for small markets"
    theorem: ClassVar[str] = "TIP-0"
    cost: ClassVar[str] = f"one small assignment for each of at most {MOST} sets of orders"

    def supports(self, instance: DeliveryMarket) -> str | None:
        """Refuse markets with many sets of orders."""
        count = count_matchings(instance.n_buyers, instance.n_stores)
        return f"there are more than {MOST} sets of orders" if count > MOST else None

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Look at everything; over in a moment, so that `deadline` matters for prices only."""
        market, floor = instance, self.cash_flow_floor
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
            outcome = solved(chosen, self.choose, certificate, counts)
            if limit is not None:
                bounds = replace(outcome.bounds, lower=welfare)
                return replace(outcome, status=Status.FEASIBLE, limit=limit, bounds=bounds)
            return outcome
        counts = {"sets": len(ranked), "tested": tested}
        if limit is not None:
            return Outcome(status=Status.UNKNOWN, limit=limit, counts=counts)
        return Outcome(
            status=Status.NO_EQUILIBRIUM,
            certificate=self._none(market, len(ranked), deadline),
            counts=counts,
        )

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


def count_matchings(n_buyers: int, n_stores: int) -> int:
    """Return how many matchings there are; more than `MOST` is not counted further.

    Examples
    --------
    >>> count_matchings(3, 3), count_matchings(0, 9)
    (34, 1)
    """
    total = 0
    for size in range(min(n_buyers, n_stores) + 1):
        total += comb(n_buyers, size) * perm(n_stores, size)
        if total > MOST:
            break
    return total


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
