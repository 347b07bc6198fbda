"""What is known about a delivery market once it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.schema import Field, array_schema
from eqsolve.core.shown import Shown
from eqsolve.families.delivery_market.instance import DeliveryMarket

__all__ = ["CERTIFICATE_DATA", "SOLUTION_FIELDS", "DeliverySolution", "as_transactions"]

_MONEY = {"type": "number"}

SOLUTION_FIELDS = (
    Field(
        "transactions",
        array_schema("list of [buyer, store, courier]", 2, integer=True),
        required=True,
    ),
    Field("prices", array_schema("purchase price of each store", 1), required=True),
    Field("compensations", array_schema("pay by the platform, by buyer and store", 2), True),
    Field("tips", array_schema("tip by buyer and store", 2), required=True),
    Field("buyer_utilities", array_schema("utility of each buyer", 1), required=True),
    Field("courier_utilities", array_schema("utility of each courier", 1), required=True),
    Field("welfare", _MONEY | {"description": "sum of v - c over transactions"}, required=True),
    Field(
        "efficient_welfare",
        {"type": ["number", "null"], "description": "greatest welfare, null: not proved"},
        required=True,
    ),
    Field(
        "platform_cash_flow",
        _MONEY | {"description": "prices minus compensations over transactions"},
        required=True,
    ),
)

CERTIFICATE_DATA = {
    "efficient": array_schema("transactions of greatest welfare", 2, integer=True),
    "buyers": array_schema("dual of each buyer", 1),
    "stores": array_schema("dual of each store", 1),
    "orders": array_schema("orders that buyers demand", 2, integer=True),
    "cash_flow_floor": {"type": "number"},
}
"""What the verifier reads from a certificate's data."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class DeliverySolution(Shown):
    """An equilibrium of a delivery market.

    Parameters
    ----------
    transactions : int64, shape (T, 3): rows (buyer, store, courier), by rising buyer.
    prices : shape (m,): purchase price of each store, 0 without a transaction.
    compensations : shape (n, m): what the platform pays for carrying an order; 0 where the order
        is not placed.
    tips : shape (n, m): the tip that goes with an order, 0 on placed orders.
    buyer_utilities, courier_utilities : shapes (n,), (K,).
    welfare : sum of value minus cost over the transactions.
    efficient_welfare : greatest welfare of any set of transactions; None where not proved.
    platform_cash_flow : prices minus compensations, summed over the transactions.

    Notes
    -----
    Source: Gonczarowski, Ma and Parkes (2025).

    Examples
    --------
    >>> from eqsolve import solve
    >>> market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    >>> solution = solve(market).solution
    >>> solution.transactions.tolist(), solution.welfare, solution.efficient_welfare
    ([[0, 0, 1], [1, 1, 0]], 3, 5)
    """

    transactions: IntArray
    prices: NumberArray
    compensations: NumberArray
    tips: NumberArray
    buyer_utilities: NumberArray
    courier_utilities: NumberArray
    welfare: int | float
    efficient_welfare: int | float | None
    platform_cash_flow: int | float

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        return {
            "transactions": self.transactions.tolist(),
            "prices": self.prices.tolist(),
            "compensations": self.compensations.tolist(),
            "tips": self.tips.tolist(),
            "buyer_utilities": self.buyer_utilities.tolist(),
            "courier_utilities": self.courier_utilities.tolist(),
            "welfare": self.welfare,
            "efficient_welfare": self.efficient_welfare,
            "platform_cash_flow": self.platform_cash_flow,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], market: DeliveryMarket) -> DeliverySolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the market's shape.
        """
        faults: list[Fault] = []
        n, m, couriers = market.n_buyers, market.n_stores, market.n_couriers
        shapes = {
            "prices": (m,),
            "compensations": (n, m),
            "tips": (n, m),
            "buyer_utilities": (n,),
            "courier_utilities": (couriers,),
        }
        arrays: dict[str, Any] = {}
        for key, shape in shapes.items():
            # an empty side cannot be told from [] and [[], []]
            given = np.zeros(shape) if 0 in shape else document[key]
            arrays[key] = as_numbers(given, key, shape, faults, signed=True)
        numbers: dict[str, Any] = {}
        for key in ("welfare", "efficient_welfare", "platform_cash_flow"):
            if key == "efficient_welfare" and document[key] is None:
                numbers[key] = None
                continue
            number = as_numbers([document[key]], key, (1,), faults, signed=True)
            numbers[key] = None if number is None else number[0].item()
        transactions = as_numbers(document["transactions"], "transactions", (None, 3), faults)
        if document["transactions"] in ([], ()):
            transactions = np.zeros((0, 3), dtype=np.int64)
            faults = [fault for fault in faults if fault.field != "transactions"]
        if transactions is not None and transactions.dtype.kind != "i":
            faults.append(Fault("transactions", "must hold whole numbers"))
        if faults or transactions is None:
            raise InstanceError(faults)
        return cls(transactions=transactions, **arrays, **numbers)


def as_transactions(value: object, market: DeliveryMarket) -> IntArray:
    """Return transactions as rows (buyer, store, courier) sorted by buyer.

    Raises
    ------
    InstanceError : not a list of triples of existing agents, each agent in at most one, or one
        of a courier who cannot deliver.
    """
    faults: list[Fault] = []
    rows = np.zeros((0, 3), dtype=np.int64)
    if not (isinstance(value, list | tuple | np.ndarray) and len(value) == 0):
        found = as_numbers(value, "transactions", (None, 3), faults)
        if found is not None and found.dtype.kind != "i":
            faults.append(Fault("transactions", "must hold whole numbers"))
        elif found is not None:
            rows = found
    sides = zip(("buyers", "stores", "couriers"), range(3), strict=True)
    for side, column in sides:
        size = market.side_sizes()[side]
        seen: set[int] = set()
        for position, agent in enumerate(rows[:, column].tolist()):
            if agent >= size:
                rule = f"there are {size} {side}"
                faults.append(Fault("transactions", rule, (position, column), agent))
            elif agent in seen:
                rule = f"{market.label(side, agent)} is in two transactions"
                faults.append(Fault("transactions", rule, (position, column), agent))
            seen.add(agent)
    if not faults and len(rows):
        costs = market.costs.at(rows[:, 2], rows[:, 0], rows[:, 1])
        faults += [
            Fault("transactions", "this courier cannot deliver this order", (int(position),))
            for position in np.flatnonzero(np.isinf(costs))
        ]
    if faults:
        raise InstanceError(faults)
    return rows[np.argsort(rows[:, 0], kind="stable")]
