"""TIP-5: costs in which at most one leg depends on the courier, found in any cost array.

=============  ==============================  ====================================
word           cost                            where couriers meet the orders
=============  ==============================  ====================================
identical      ``g[i,j]``                      anywhere
constants      ``a[k] + g[i,j]``               anywhere
pick-up legs   ``a[k,j] + g[i,j]``             at the store
drop-off legs  ``a[k,i] + g[i,j]``             at the buyer
=============  ==============================  ====================================

Costs given by parts tell it at once; of a full array one pass of O(K n m) asks whether
``c[k,i,j] - c[0,i,j]`` is the same for all buyers (pick-up) or all stores (drop-off).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, NumberArray
from eqsolve.families.delivery_market.costs import DeliveryCosts

__all__ = ["Structure", "find_structure"]

_ROUNDING = 1e-12
"""Share of the largest cost by which sums of decimal parts may miss each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """Costs ``legs[k, s] + order[i, j]`` with s = j (at the store) or s = i (at the buyer).

    Parameters
    ----------
    words : which structure, for messages.
    at_store : whether couriers meet orders at the store; else at the buyer.
    legs : shape (K, m) or (K, n), >= 0.
    order : shape (n, m), >= 0.
    """

    words: str
    at_store: bool
    legs: FloatArray
    order: FloatArray


def find_structure(costs: DeliveryCosts) -> Structure | None:
    """Return the structure of TIP-5 that the costs have, or None; they remember what was found.

    Examples
    --------
    >>> full = np.array([[[1, 5], [2, 6]], [[4, 5], [5, 6]]])
    >>> found = find_structure(DeliveryCosts(shape=(2, 2, 2), full=full))
    >>> found.words, found.legs.tolist(), found.order.tolist()
    ('pick-up legs', [[0.0, 0.0], [3.0, 0.0]], [[1.0, 5.0], [2.0, 6.0]])
    """
    if costs._structure is None:
        object.__setattr__(costs, "_structure", (_look(costs),))
    assert costs._structure is not None  # just looked for
    found: Structure | None = costs._structure[0]
    return found


def _look(costs: DeliveryCosts) -> Structure | None:
    """Look for a structure: O(K n m) in a full array."""
    n_couriers, n_buyers, n_stores = costs.shape
    if not (n_couriers and n_buyers and n_stores) or costs.has_forbidden:
        return None
    if costs.full is not None:
        return _in_full(costs.full)
    if costs.pickup is not None and costs.dropoff is not None:
        return None
    order = np.zeros((n_buyers, n_stores)) if costs.order is None else costs.order
    legs = np.zeros((n_couriers, n_buyers if costs.pickup is None else n_stores))
    words = "courier constants"
    if costs.pickup is not None:
        legs, words = legs + costs.pickup, "pick-up legs"
    if costs.dropoff is not None:
        legs, words = legs + costs.dropoff, "drop-off legs"
    if costs.courier is not None:
        legs = legs + costs.courier[:, None]
    at_store = costs.dropoff is None
    if costs.pickup is None and costs.dropoff is None:
        legs = np.broadcast_to(legs[:, :1], (n_couriers, n_stores))
        if (legs == legs[0]).all():
            words = "identical couriers"
    return Structure(words, at_store, legs, order.astype(np.float64))


def _in_full(full: NumberArray) -> Structure | None:
    """Look for a structure in a full array."""
    slack = 0.0 if full.dtype.kind == "i" else _ROUNDING * float(full.max())
    for at_store in (True, False):
        # the slice of the first buyer (or store) gives the legs up to what the order costs
        first = full[:, :1, :] if at_store else full[:, :, :1]
        least = first.min(axis=0, keepdims=True)
        legs = first - least
        order = full[:1] - legs[:1]
        if float(order.min()) < -slack:
            continue
        if all(
            float(np.abs(full[k] - legs[k] - order[0]).max()) <= slack for k in range(len(full))
        ):
            flat = legs[:, 0, :] if at_store else legs[:, :, 0]
            words = "pick-up legs" if at_store else "drop-off legs"
            if (flat == flat[:, :1]).all():
                words = "courier constants" if flat.any() else "identical couriers"
            return Structure(
                words, at_store, flat.astype(np.float64), np.maximum(order[0], 0).astype(np.float64)
            )
    return None
