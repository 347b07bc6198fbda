"""Mechanisms with finitely many bids, as tables of aggregates (TOK-4).

For one agent, `table[x, y]` is the aggregate at its bid x against the others' joint bid y. A bid is
**preferred** to another against y if every coordinate lies between that of the other and the
agent's own. Payments under which a bid pays at least as much iff it is preferred exist iff
preference over own bids is total and transitive for every y; it is **consistent** if what is
strictly preferred against some y is weakly preferred against every y. Both together hold for every
agent iff each agent's bids can be renamed so that the aggregation is monotone. Cost O(X X Y T).
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray

__all__ = ["can_be_renamed", "is_priced_and_consistent", "preferences"]


def preferences(table: FloatArray, p: FloatArray) -> BoolArray:
    """Return whether bid x is weakly preferred to bid z against y, shape (X, X, Y).

    Parameters
    ----------
    table : shape (X, Y, T).
    p : the agent's distribution, shape (T,).
    """
    x, z = table[:, None] - p, table[None] - p
    nearer = (np.abs(x) <= np.abs(z)) & (x * z >= 0)
    found: BoolArray = np.logical_and.reduce(nearer, axis=-1)
    return found


def is_priced_and_consistent(prefers: BoolArray) -> bool:
    """Return whether payment-monotone payments exist and the aggregation is consistent."""
    total = bool((prefers | prefers.swapaxes(0, 1)).all())
    chained = prefers[:, :, None] & prefers[None]  # x over z, z over v
    transitive = not (chained & ~prefers[:, None]).any()
    strict: BoolArray = np.logical_and(prefers, ~prefers.swapaxes(0, 1))
    ever: BoolArray = np.logical_or.reduce(strict, axis=2, keepdims=True)
    consistent = not (ever & ~prefers).any()
    return total and transitive and consistent


def can_be_renamed(prefers: BoolArray) -> bool:
    """Return whether bids can be put in an order along which each is preferred to those before."""
    always: BoolArray = np.logical_and.reduce(prefers, axis=2)
    order = sorted(range(len(always)), key=lambda x: int(always[x].sum()))
    return all(always[b, a] for k, a in enumerate(order) for b in order[k + 1 :])
