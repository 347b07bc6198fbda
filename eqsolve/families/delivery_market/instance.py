"""Delivery markets: buyers i order from stores j, couriers k carry the orders.

Buyer i values a delivery from store j at ``v[i,j] >= 0``; courier k carries order (i, j) at cost
``c[k,i,j] >= 0``, or cannot. A transaction is a triple (i, j, k); every agent is in at most one.
The welfare of a set T of transactions is the sum of ``v[i,j] - c[k,i,j]``.

An **equilibrium** is T with purchase prices ``p[j] >= 0``, compensations ``d[i,j] >= 0`` (paid by
the platform to whoever carries the order) and tips ``t[i,j] >= 0`` (paid by the buyer) such that

1. every buyer gets a most preferred store at cost ``p[j] + t[i,j]``, or nothing if no store gives
   a positive utility;
2. every courier carries a most preferred order at pay ``d[i,j] + t[i,j] - c[k,i,j]``, among all
   buyer-store pairs, ordered or not, or none if no order gives a positive utility;
3. a store without a transaction has price 0.

Without tips: the same with ``t = 0``. Source: Gonczarowski, Ma and Parkes 2025, *Pricing with
Tips in Three-Sided Delivery Platforms*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.arrays import NumberArray, is_integral, read_only
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.exactness import largest_number
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.families.delivery_market.costs import PARTS, DeliveryCosts

if TYPE_CHECKING:
    from eqsolve.families.delivery_market.solution import DeliverySolution

__all__ = ["DeliveryCosts", "DeliveryMarket"]

_AXES = {
    "courier": ("couriers",),
    "pickup": ("couriers", "stores"),
    "dropoff": ("couriers", "buyers"),
    "order": ("buyers", "stores"),
}
"""The sides along the axes of each part."""


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class DeliveryMarket(Instance["DeliverySolution"]):
    """A market of n buyers, m stores and K couriers.

    Parameters
    ----------
    values : array-like of shape (n, m), >= 0, in money units.
    costs : array-like of shape (K, n, m), >= 0; None or NaN where a courier cannot deliver. A list
        or dictionary with a matrix for each courier will do.
    cost_parts : instead of `costs`: mapping with any of ``courier`` (K,), ``pickup`` (K, m),
        ``dropoff`` (K, n) and ``order`` (n, m), summed and never expanded without need. At least
        one of the first three, which tell the number of couriers.
    tips : whether buyers may tip.
    name, labels, metadata : see `Instance`; sides are ``"buyers"``, ``"stores"``,
        ``"couriers"``. ``metadata["coordinates"]`` may place each side on a plane.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(K n m), with `cost_parts` O(n m) and the size of the parts. Source: Gonczarowski, Ma and
    Parkes (2025).

    Examples
    --------
    >>> market = DeliveryMarket([[5, 3], [4, 4]], [[[1, 2], [None, 0]]])
    >>> market.n_buyers, market.n_stores, market.n_couriers, market.tips
    (2, 2, 1, True)
    """

    kind: ClassVar[str] = "delivery_market"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "values": ("buyers", "stores"),
        "costs": ("couriers", "buyers", "stores"),
    }

    values: NumberArray
    costs: DeliveryCosts
    tips: bool

    def __init__(
        self,
        values: object,
        costs: object = None,
        *,
        cost_parts: Mapping[str, object] | None = None,
        tips: object = True,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        named = NamedSides(faults, labels)
        values = named.read(values, "values", *_AXES["order"])
        costs = (
            None if costs is None else named.read(costs, "costs", "couriers", "buyers", "stores")
        )
        if isinstance(cost_parts, Mapping):
            cost_parts = {
                key: named.read(part, f"cost_parts.{key}", *_AXES.get(key, ()))
                for key, part in cost_parts.items()
            }
        labels = named.labels(labels)
        table = as_numbers(values, "values", (None, None), faults)
        if type(tips) is not bool:
            faults.append(Fault("tips", "must be true or false", value=tips))
        if (costs is None) == (cost_parts is None):
            found = "neither" if costs is None else "both"
            faults.append(Fault("costs", f"give either costs or cost_parts (found {found})"))
            kept: DeliveryCosts | None = None
        else:
            sides = (None, None) if table is None else (table.shape[0], table.shape[1])
            if costs is not None:
                kept = _full(costs, sides, faults)
            else:
                kept = _parts(cost_parts, sides, faults)
        self._settle(faults, name, labels, metadata, values=table, costs=kept, tips=bool(tips))

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the instance; full costs and parts are different content."""
        yield "values", self.values
        for name, array in self.costs.arrays.items():
            yield f"costs.{name}", array
        yield "couriers", self.n_couriers
        yield "tips", self.tips

    def side_sizes(self) -> Mapping[str, int]:
        """Return the number of buyers, stores and couriers."""
        return {
            "buyers": self.n_buyers,
            "stores": self.n_stores,
            "couriers": self.n_couriers,
        }

    @property
    def n_buyers(self) -> int:
        """Number of buyers."""
        return int(self.values.shape[0])

    @property
    def n_stores(self) -> int:
        """Number of stores."""
        return int(self.values.shape[1])

    @property
    def n_couriers(self) -> int:
        """Number of couriers."""
        return self.costs.shape[0]

    @property
    def is_integral(self) -> bool:
        """Whether values and costs are whole numbers."""
        return is_integral(self.values) and self.costs.is_integral

    @property
    def is_exact(self) -> bool:
        """Whether the numbers are whole and so small that float64 sums of them are exact."""
        return self.is_integral and self.scale * 4 * (1 + sum(self.side_sizes().values())) < 2**52

    @property
    def largest(self) -> int | float:
        """The largest value or cost, an `int` to the last digit where all numbers are whole."""
        parts = [largest_number(array) for array in self.costs.arrays.values()]
        return max(largest_number(self.values), sum(parts))

    @property
    def money(self) -> float:
        """The scale of what decides: the largest value, or a share of costs far beyond it.

        Rounding of sums is a share of the largest cost, 2**-50 say; tolerances relative to this
        figure stay above it, and below what matters to buyers.
        """
        return max(float(self.values.max(initial=0)), 1e-4 * self.scale)

    @property
    def scale(self) -> float:
        """The largest value or cost."""
        return max(float(self.values.max(initial=0)), self.costs.largest)


def _full(
    costs: object, sides: tuple[int | None, int | None], faults: list[Fault]
) -> DeliveryCosts | None:
    """Check costs given in full."""
    n_buyers, n_stores = sides
    array = as_numbers(costs, "costs", (None, None, None), faults, missing=True)
    if array is None:
        return None
    n_couriers = array.shape[0]
    if array.size == 0:  # lists cannot tell the lengths of empty axes
        if n_couriers and array.shape[1:] == (0, 0):
            array = np.zeros((n_couriers, n_buyers or 0, n_stores or 0), dtype=np.int64)
            if array.size:
                faults.append(Fault("costs", f"rows are empty, expected {n_buyers} x {n_stores}"))
        elif n_buyers is not None and n_stores is not None:
            array = np.zeros((n_couriers, n_buyers, n_stores), dtype=np.int64)
    for axis, (side, expected) in enumerate(zip(("buyers", "stores"), sides, strict=True), 1):
        if expected is not None and array.shape[axis] != expected:
            rule = f"has {array.shape[axis]} {side} along axis {axis}, values have {expected}"
            faults.append(Fault("costs", rule))
    return DeliveryCosts(shape=array.shape, full=read_only(array))


def _parts(
    parts: object, sides: tuple[int | None, int | None], faults: list[Fault]
) -> DeliveryCosts | None:
    """Check costs given by parts."""
    if not isinstance(parts, Mapping):
        faults.append(Fault("cost_parts", f"must be an object with any of {', '.join(PARTS)}"))
        return None
    before = len(faults)
    faults.extend(
        Fault("cost_parts", f"unknown field; {nearest_name(str(key), PARTS)}", index=(str(key),))
        for key in parts
        if key not in PARTS
    )
    n_buyers, n_stores = sides
    given = [name for name in PARTS[:3] if name in parts]
    if not given:
        rule = "needs courier, pickup or dropoff, which tell the number of couriers"
        faults.append(Fault("cost_parts", rule))
    found: dict[str, NumberArray] = {}
    n_couriers: int | None = None
    second = {"courier": (), "pickup": (n_stores,), "dropoff": (n_buyers,)}
    for name in given:
        given_part = _with_width(parts[name], second[name])
        array = as_numbers(given_part, f"cost_parts.{name}", (n_couriers, *second[name]), faults)
        if array is not None:
            n_couriers = array.shape[0] if n_couriers is None else n_couriers
            found[name] = array
    if "order" in parts:
        order = _with_width(parts["order"], (n_stores,))
        array = as_numbers(order, "cost_parts.order", (n_buyers, n_stores), faults)
        if array is not None:
            found["order"] = array
    if len(faults) > before or n_couriers is None:
        return None
    return DeliveryCosts(shape=(n_couriers, n_buyers or 0, n_stores or 0), **found)


def _with_width(part: object, width: tuple[int | None, ...]) -> object:
    """Return an empty list as an array whose rows have the length that values tell."""
    if isinstance(part, list | tuple) and not part and None not in width:
        return np.zeros((0, *(size or 0 for size in width)), dtype=np.int64)
    return part
