"""`DeliveryCosts`: what it costs each courier to carry each order, in full or as a sum of parts.

Courier k carries the order of buyer i from store j at cost ``c[k,i,j]``. The costs are given as
one array, or as parts that are added up and never expanded where a question can do without::

    c[k,i,j] = courier[k] + pickup[k,j] + dropoff[k,i] + order[i,j]

Questions are answered in float64, which is exact for whole numbers below 2**53; a forbidden
delivery costs infinity there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, NumberArray, is_integral

__all__ = ["PARTS", "DeliveryCosts"]

PARTS = ("courier", "pickup", "dropoff", "order")
"""Names of the parts, in the order of the formula."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DeliveryCosts:
    """Costs of K couriers for the orders of n buyers at m stores.

    Either `full` is given or any of the parts; absent parts are zero.

    Parameters
    ----------
    shape : (K, n, m).
    full : shape (K, n, m), >= 0, -1 where the courier cannot deliver the order.
    courier, pickup, dropoff, order : shapes (K,), (K, m), (K, n), (n, m), >= 0.

    Examples
    --------
    >>> legs = np.array([[1, 2], [3, 0]])
    >>> costs = DeliveryCosts(shape=(2, 1, 2), pickup=legs, order=np.array([[10, 20]]))
    >>> costs.tensor().tolist()
    [[[11.0, 22.0]], [[13.0, 20.0]]]
    """

    shape: tuple[int, int, int]
    full: NumberArray | None = None
    courier: NumberArray | None = None
    pickup: NumberArray | None = None
    dropoff: NumberArray | None = None
    order: NumberArray | None = None
    _structure: tuple[Any] | None = field(default=None, init=False, repr=False)

    @property
    def arrays(self) -> dict[str, NumberArray]:
        """The arrays that are given, by name."""
        names = ("full", *PARTS)
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @property
    def is_integral(self) -> bool:
        """Whether every cost is a whole number."""
        return all(is_integral(array) for array in self.arrays.values())

    @property
    def largest(self) -> float:
        """An upper bound on every possible cost, reached when costs are given in full."""
        return float(sum(max(0, array.max(initial=0)) for array in self.arrays.values()))

    @property
    def has_forbidden(self) -> bool:
        """Whether some courier cannot deliver some order."""
        return self.full is not None and bool((self.full < 0).any())

    def at(self, couriers: IntArray, buyers: IntArray, stores: IntArray) -> FloatArray:
        """Return the costs of the triples ``(couriers[l], buyers[l], stores[l])``, as floats."""
        if self.full is not None:
            return _opened(self.full[couriers, buyers, stores])
        total = np.zeros(np.broadcast(couriers, buyers, stores).shape)
        if self.courier is not None:
            total = total + self.courier[couriers]
        if self.pickup is not None:
            total = total + self.pickup[couriers, stores]
        if self.dropoff is not None:
            total = total + self.dropoff[couriers, buyers]
        if self.order is not None:
            total = total + self.order[buyers, stores]
        return total

    def of_orders(self, buyers: IntArray, stores: IntArray) -> FloatArray:
        """Return every courier's cost of each of L orders, shape (K, L)."""
        couriers = np.arange(self.shape[0])[:, None]
        return self.at(couriers, buyers[None, :], stores[None, :])

    def blocks(self) -> Iterator[tuple[int, FloatArray]]:
        """Yield each courier with its costs of all orders, shape (n, m)."""
        n_couriers, n_buyers, n_stores = self.shape
        for k in range(n_couriers):
            if self.full is not None:
                yield k, _opened(self.full[k])
                continue
            block = np.zeros((n_buyers, n_stores))
            if self.courier is not None:
                block += self.courier[k]
            if self.pickup is not None:
                block += self.pickup[k]
            if self.dropoff is not None:
                block += self.dropoff[k][:, None]
            if self.order is not None:
                block += self.order
            yield k, block

    def tensor(self) -> FloatArray:
        """Return all costs as one new float array of shape (K, n, m), infinite where forbidden."""
        if self.full is not None:
            return _opened(self.full)
        found = np.empty(self.shape)
        for k, block in self.blocks():
            found[k] = block
        return found

    def cheapest(self, wages: FloatArray) -> tuple[FloatArray, IntArray]:
        """Return ``min over k of wages[k] + c[k,i,j]`` for every order, and who attains it.

        Parameters
        ----------
        wages : shape (K,), may be infinite.

        Returns
        -------
        pay : shape (n, m), infinite where nobody can deliver.
        who : shape (n, m), the courier of lowest index that attains it, -1 where `pay` is
            infinite. O(K (n + m) + n m) where at most one kind of leg depends on the courier,
            O(K n m) otherwise.
        """
        n_couriers, n_buyers, n_stores = self.shape
        pay = np.full((n_buyers, n_stores), np.inf)
        who = np.full((n_buyers, n_stores), -1, dtype=np.int64)
        if not n_couriers or not pay.size:
            return pay, who
        if self.full is None and (self.pickup is None or self.dropoff is None):
            base = wages if self.courier is None else wages + self.courier
            if self.pickup is not None:
                sums = base[:, None] + self.pickup
                pay[:], who[:] = sums.min(axis=0), sums.argmin(axis=0)
            elif self.dropoff is not None:
                sums = base[:, None] + self.dropoff
                pay[:], who[:] = sums.min(axis=0)[:, None], sums.argmin(axis=0)[:, None]
            else:
                pay[:], who[:] = base.min(), base.argmin()
            if self.order is not None:
                pay += self.order
        else:
            for k, block in self.blocks():
                block += wages[k]
                better = block < pay
                pay[better] = block[better]
                who[better] = k
        who[np.isinf(pay)] = -1
        return pay, who

    def margins(self, pay: FloatArray) -> tuple[FloatArray, IntArray]:
        """Return each courier's greatest ``pay[i,j] - c[k,i,j]``, and the order that gives it.

        Parameters
        ----------
        pay : shape (n, m), finite.

        Returns
        -------
        margin : shape (K,), -inf where the courier can deliver nothing.
        where : shape (K,), index ``i * m + j`` of the order. Costs as for `cheapest`.
        """
        n_couriers, _, n_stores = self.shape
        margin = np.full(n_couriers, -np.inf)
        where = np.zeros(n_couriers, dtype=np.int64)
        if not n_couriers or not pay.size:
            return margin, where
        if self.full is None and (self.pickup is None or self.dropoff is None):
            net = pay if self.order is None else pay - self.order
            if self.pickup is not None:
                sums = net.max(axis=0)[None, :] - self.pickup
                columns = sums.argmax(axis=1)
                where = net.argmax(axis=0)[columns] * n_stores + columns
                margin = sums.max(axis=1)
            elif self.dropoff is not None:
                sums = net.max(axis=1)[None, :] - self.dropoff
                rows = sums.argmax(axis=1)
                where = rows * n_stores + net.argmax(axis=1)[rows]
                margin = sums.max(axis=1)
            else:
                where[:] = net.argmax()
                margin[:] = net.max()
            return (margin if self.courier is None else margin - self.courier), where
        for k, block in self.blocks():
            np.subtract(pay, block, out=block)
            where[k] = block.argmax()
            margin[k] = block.flat[where[k]]
        return margin, where


def _opened(costs: NumberArray) -> FloatArray:
    """Return costs as new floats, infinite where they are -1."""
    found = costs.astype(np.float64)
    found[costs < 0] = np.inf
    return found
