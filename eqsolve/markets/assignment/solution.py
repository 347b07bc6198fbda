"""What is known about an assignment market once it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.numbers import as_numbers
from eqsolve.core.schema import Field, array_schema
from eqsolve.markets.assignment.instance import AssignmentMarket

__all__ = ["SOLUTION_FIELDS", "AssignmentSolution"]

SOLUTION_FIELDS = (
    Field(
        "matching",
        array_schema("seller of each buyer, null if unmatched", 1, null=True, integer=True),
        required=True,
    ),
    Field("prices", array_schema("equilibrium prices, by seller", 1), required=True),
    Field("price_min", array_schema("least equilibrium prices", 1), required=True),
    Field("price_max", array_schema("greatest equilibrium prices", 1), required=True),
    Field("utilities", array_schema("utility of each buyer", 1), required=True),
    Field("vcg_payments", array_schema("VCG payment of each buyer", 1)),
    Field("welfare", {"type": "number", "description": "sum of v - r over trades"}, required=True),
)


@dataclass(frozen=True, slots=True, eq=False)
class AssignmentSolution:
    """A competitive equilibrium with both ends of the price lattice.

    Parameters
    ----------
    matching : int64, shape (n,): seller of each buyer, -1 if unmatched.
    prices : shape (m,): the price vector asked for.
    price_min, price_max : shape (m,): least and greatest equilibrium prices (BIP-2).
    utilities : shape (n,): buyers' utilities at `prices`.
    welfare : sum of value minus reserve over the trades.
    """

    matching: IntArray
    prices: NumberArray
    price_min: NumberArray
    price_max: NumberArray
    utilities: NumberArray
    welfare: int | float

    @property
    def vcg_payments(self) -> NumberArray:
        """Payment of each buyer under VCG, 0 if unmatched: the least equilibrium price (BIP-4)."""
        if not len(self.price_min):
            return np.zeros(len(self.matching), dtype=self.price_min.dtype)
        return np.where(self.matching >= 0, self.price_min[self.matching], 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        return {
            "matching": [None if seller < 0 else seller for seller in self.matching.tolist()],
            "prices": self.prices.tolist(),
            "price_min": self.price_min.tolist(),
            "price_max": self.price_max.tolist(),
            "utilities": self.utilities.tolist(),
            "vcg_payments": self.vcg_payments.tolist(),
            "welfare": self.welfare,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], market: AssignmentMarket) -> AssignmentSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the market's shape.
        """
        faults: list[Fault] = []
        n, m = market.n_buyers, market.n_sellers
        matching = as_numbers(document["matching"], "matching", (n,), faults, missing=True)
        prices = {
            key: as_numbers(document[key], key, (m,), faults, signed=True)
            for key in ("prices", "price_min", "price_max")
        }
        utilities = as_numbers(document["utilities"], "utilities", (n,), faults, signed=True)
        welfare = as_numbers([document["welfare"]], "welfare", (1,), faults, signed=True)
        if matching is not None and matching.dtype.kind != "i":
            faults.append(Fault("matching", "must hold whole numbers"))
        if faults or matching is None or utilities is None or welfare is None:
            raise InstanceError(faults)
        return cls(matching=matching, utilities=utilities, welfare=welfare[0].item(), **prices)  # type: ignore[arg-type]  # faults are empty, so no array is None
