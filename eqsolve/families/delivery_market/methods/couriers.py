"""The couriers' side: greatest wages that support an assignment of couriers to given orders.

Let every order of a set O be carried at least total cost ``MC(O)``. *Wages* ``u[k] >= 0`` are the
couriers' utilities: an idle courier has 0, and courier k carries order o at pay ``u[k] + c[k,o]``,
which nobody else would undercut: ``u[l] + c[l,o] >= u[k] + c[k,o]``. So wages are exactly the
solutions of ``u[k] <= u[l] + (c[l,o(k)] - c[k,o(k)])``: the greatest ones are shortest distances
to an idle courier along "l takes over the order of k", and the least pay at which any order
outside O is delivered is its marginal cost (TIP-0)::

    tau[i,j] = MC(O + (i,j)) - MC(O) = min over k of u[k] + c[k,i,j]

Cost: Bellman-Ford on couriers, at most |O| rounds of O(K |O|), usually a few.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["Wages", "greatest_wages", "settle_scarce"]


class Wages(NamedTuple):
    """Greatest supporting wages.

    `wages`, shape (K,): infinite for a courier whose order could not be passed on to an idle one.
    `successor`, shape (K,): who takes over the courier's order on a shortest path, -1 at its end.
    """

    wages: FloatArray
    successor: IntArray


def greatest_wages(
    costs: FloatArray, couriers: IntArray, slack: float, caps: FloatArray | None = None
) -> Wages:
    """Return the greatest wages that support a cheapest assignment.

    Parameters
    ----------
    costs : shape (K, L), cost of each courier for each placed order, infinite where forbidden.
    couriers : shape (L,), who carries each order; must be of least total cost.
    slack : improvements up to this are rounding; 0 for whole numbers.
    caps : shape (L,), wages may not exceed these; None: no caps.

    Examples
    --------
    >>> costs = np.array([[0.0, 5.0], [2.0, 3.0], [4.0, 9.0]])
    >>> greatest_wages(costs, np.array([0, 1]), 0.0).wages.tolist()
    [4.0, 6.0, 0.0]
    """
    n_couriers, n_orders = costs.shape
    wages = np.zeros(n_couriers)
    successor = np.full(n_couriers, -1, dtype=np.int64)
    wages[couriers] = np.inf if caps is None else caps
    extra = costs - costs[couriers, np.arange(n_orders)]  # when row takes over column's order
    for _ in range(n_orders):
        offers = wages[:, None] + extra
        best = offers.argmin(axis=0)
        found = offers[best, np.arange(n_orders)]
        lower = np.flatnonzero(found < wages[couriers] - slack)
        if not len(lower):
            break
        wages[couriers[lower]] = np.maximum(found[lower], 0.0)
        successor[couriers[lower]] = best[lower]
    return Wages(wages, successor)


def settle_scarce(
    wages: FloatArray, costs: FloatArray, couriers: IntArray, needed: FloatArray
) -> FloatArray:
    """Return finite wages: infinite ones become the least that `needed` and the others allow.

    A courier with infinite wages cannot be replaced, and no order outside is within reach of it;
    all such wages may be moved together. They are set high enough that no order that a buyer
    could want tempts a courier.

    Parameters
    ----------
    wages, costs, couriers : as for and from `greatest_wages`.
    needed : shape (K,), a lower bound on each infinite wage.
    """
    scarce = np.isinf(wages)
    if not scarce.any():
        return wages
    mine = np.flatnonzero(scarce[couriers])
    who = couriers[mine]
    extra = costs[np.ix_(who, mine)] - costs[who, mine]
    levels = np.zeros(len(who))
    for _ in range(len(who)):
        lower = np.minimum(levels, (levels[:, None] + extra).min(axis=0))
        if (lower == levels).all():
            break
        levels = lower
    shift = (np.maximum(needed[who], 0.0) - levels).max()
    others = np.flatnonzero(~scarce[couriers])
    if len(others):
        # nobody outside may be underbid by a scarce courier: u[l] <= u[k] + c[k,o(l)] - c[l,o(l)]
        taken = costs[np.ix_(who, others)] - costs[couriers[others], others]
        shift = max(shift, (wages[couriers[others]] - taken - levels[:, None]).max())
    settled = wages.copy()
    settled[who] = levels + shift
    return settled
