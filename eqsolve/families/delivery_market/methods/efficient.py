"""Efficient transactions of TIP-5 markets by one assignment, with duals that prove them.

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
side they cover every triple, with sum equal to the welfare: so the linear relaxation is tight.

Cost: one assignment of (K + places) x (places + other side).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.algorithms.matching.service import dense_matching
from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.core.limits import Deadline
from eqsolve.families.delivery_market.structure import Structure

__all__ = ["Efficient", "efficient_by_assignment"]


class Efficient(NamedTuple):
    """Efficient orders, rows (buyer, store) by rising buyer, and optimal duals of both sides."""

    orders: IntArray
    buyers: FloatArray
    stores: FloatArray


def efficient_by_assignment(
    values: NumberArray, structure: Structure, deadline: Deadline
) -> Efficient | None:
    """Return efficient orders and optimal duals of buyers and stores; None at the deadline.

    Parameters
    ----------
    values : shape (n, m), >= 0; whole numbers are treated exactly where the costs are whole.
    structure : the costs.
    deadline : watched by the kernels.

    Examples
    --------
    >>> legs = Structure("pick-up legs", True, np.array([[1.0, 4.0]]), np.zeros((2, 2)))
    >>> found = efficient_by_assignment(np.array([[9, 0], [0, 8]]), legs, Deadline())
    >>> found.orders.tolist(), bool(found.buyers.sum() + found.stores.sum() <= 9 - 1)
    ([[0, 0]], True)
    """
    # as seen from the place where couriers come in: values[place, other]
    order = structure.order
    if structure.at_store:
        values, order = values.T, order.T
    n_places, n_others = values.shape
    n_couriers = len(structure.legs)
    whole = all(
        bool((part == np.rint(part)).all()) and part.max(initial=0) < 2**52
        for part in (values, order, structure.legs)
    )
    kind = np.int64 if whole else np.float64
    # above every value, and of their size: beside 1 there is no room for amounts of 1e-9
    pass_through = kind(2 * values.max(initial=0) or 1)
    weights = np.full((n_places + n_couriers, n_places + n_others), -1, dtype=kind)
    weights[:n_places, n_places:] = values - order.astype(kind)
    weights[np.arange(n_places), np.arange(n_places)] = pass_through
    weights[n_places:, :n_places] = pass_through - structure.legs.astype(kind)
    with deadline.watching() as stop:
        found = dense_matching(weights, stop)
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
    at_place = found.col_duals[:n_places] + found.row_duals[:n_places] - pass_through
    at_other = found.col_duals[n_places:]
    duals = (at_other, at_place) if structure.at_store else (at_place, at_other)
    return Efficient(orders, duals[0].astype(np.float64), duals[1].astype(np.float64))
