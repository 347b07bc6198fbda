"""TIP-5 markets by one assignment: transactions, duals that prove them, supporting prices.

Couriers meet orders at a place s: the store (pick-up legs) or the buyer (drop-off legs). A unit
flows courier -> place -> other side, and each place lets one unit through. Split every place into
an entrance and an exit and match

- exits and couriers (rows) to entrances and the other side (columns);
- the exit of s to its own entrance at weight B: the place is not used;
- courier k to the entrance of s at weight ``B - legs[k,s]``;
- the exit of s to agent r of the other side at weight ``v - order``.

With B above every value each entrance is matched in an optimum, so that an exit may go to the
other side only where a courier came in: the weight is ``B * places`` plus the welfare. Optimal
duals of entrance plus exit, minus B, are duals of the place; with those of couriers and the other
side they cover every triple, with sum equal to the welfare: so the linear relaxation is tight and
the bound certified. Every efficient T is supported (TIP-5), with the prices of the support test.

Cost: one assignment of (K + places) x (places + other side), one of n x m, and TIP-0 by parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Bounds, Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.delivery.bounds import certify
from eqsolve.delivery.choice import DeliveryMethod, chosen_solution
from eqsolve.delivery.instance import DeliveryMarket
from eqsolve.delivery.matching import matched_with_duals
from eqsolve.delivery.solution import DeliverySolution
from eqsolve.delivery.structure import Structure, find_structure
from eqsolve.delivery.support import cheapest_couriers, examine

__all__ = ["Structured", "efficient_by_assignment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured(DeliveryMethod):
    """Markets of TIP-5 by one assignment."""

    name: ClassVar[str] = "structured"
    summary: ClassVar[str] = "one assignment, where at most one leg depends on the courier"
    theorem: ClassVar[str] = "TIP-5"
    cost: ClassVar[str] = "O((K + n + m)^3) worst case"

    def supports(self, instance: DeliveryMarket) -> str | None:
        """Refuse markets without the structure, without tips, or with a cash-flow floor."""
        if not instance.tips:
            return "without tips the efficient transactions need not be an equilibrium"
        if self.cash_flow_floor is not None:
            return "a floor on cash flow may rule out the efficient transactions"
        if find_structure(instance.costs) is None:
            return "the costs have none of the forms of TIP-5"
        return None

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Solve; `rng` is not used."""
        structure = find_structure(instance.costs)
        assert structure is not None  # `supports` was asked
        found = efficient_by_assignment(instance, structure, deadline)
        if found is None:
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit or Limit.TIME)
        transactions, buyers, stores = found
        examined = examine(instance, transactions)
        welfare = float(
            instance.values[transactions[:, 0], transactions[:, 1]].sum()
            - instance.costs.at(transactions[:, 2], transactions[:, 0], transactions[:, 1]).sum()
        )
        solution = chosen_solution(instance, examined, self.choose, None, welfare, deadline)
        assert solution is not None  # only a floor can rule the transactions out
        certificate = certify(instance, welfare, (buyers, stores), "TIP-5", "certified")
        return Outcome(
            status=Status.SOLVED,
            solution=solution,
            objective=solution.welfare,
            bounds=Bounds(lower=welfare, upper=welfare, source=certificate.source),
            certificate=certificate,
            counts={"structure": structure.words},
        )


def efficient_by_assignment(
    market: DeliveryMarket, structure: Structure, deadline: Deadline
) -> tuple[IntArray, FloatArray, FloatArray] | None:
    """Return efficient transactions and optimal duals of buyers and stores; None at the deadline.

    Parameters
    ----------
    market : a market whose costs are those of `structure`.
    """
    # as seen from the place where couriers come in: values[place, other]
    values, order = market.values, structure.order
    if structure.at_store:
        values, order = values.T, order.T
    n_places, n_others = values.shape
    n_couriers = len(structure.legs)
    whole = market.is_integral
    kind = np.int64 if whole else np.float64
    pass_through = kind(values.max(initial=0) + 1)
    weights = np.full((n_places + n_couriers, n_places + n_others), -1, dtype=kind)
    weights[:n_places, n_places:] = values - order.astype(kind)
    weights[np.arange(n_places), np.arange(n_places)] = pass_through
    weights[n_places:, :n_places] = pass_through - structure.legs.astype(kind)
    found = matched_with_duals(weights, deadline)
    if found is None:
        return None
    others = found.matching[:n_places] - n_places
    entered = np.zeros(n_places, dtype=bool)
    served = found.matching[n_places:]
    entered[served[served >= 0]] = True
    places = np.flatnonzero((others >= 0) & entered)
    sides = (others[places], places) if structure.at_store else (places, others[places])
    orders = np.column_stack(sides)
    orders = orders[np.argsort(orders[:, 0], kind="stable")]
    transactions = cheapest_couriers(market, orders)
    assert transactions is not None  # every entrance has its courier
    at_place = found.col_duals[:n_places] + found.row_duals[:n_places] - pass_through
    at_other = found.col_duals[n_places:]
    duals = (at_other, at_place) if structure.at_store else (at_place, at_other)
    return transactions, duals[0].astype(np.float64), duals[1].astype(np.float64)
