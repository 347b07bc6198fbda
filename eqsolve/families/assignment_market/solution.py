"""What is known about an assignment market once it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers, report_entries, require_whole
from eqsolve.core.schema import Field, array_schema
from eqsolve.core.shown import Shown
from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["SOLUTION_FIELDS", "AssignmentSolution", "PriceStep", "item_prices"]

SOLUTION_FIELDS = (
    Field(
        "matching",
        {
            "anyOf": [
                array_schema("seller of each buyer, null if unmatched", 1, null=True, integer=True),
                {"type": "null", "description": "the market has capacities: see pairs"},
            ]
        },
        required=True,
    ),
    Field("pairs", array_schema("with capacities: sorted pairs [buyer, seller]", 2, integer=True)),
    Field("prices", array_schema("equilibrium prices, by seller", 1), required=True),
    Field("price_min", array_schema("least equilibrium prices", 1), required=True),
    Field("price_max", array_schema("greatest equilibrium prices", 1), required=True),
    Field("utilities", array_schema("utility of each buyer", 1), required=True),
    Field("vcg_payments", array_schema("VCG payment of each buyer, 0 if it buys nothing", 1)),
    Field("welfare", {"type": "number", "description": "sum of v - r over trades"}, required=True),
    Field(
        "price_path",
        {
            "type": "array",
            "description": "steps of an ascending auction from the reserves to price_min",
            "items": {
                "type": "object",
                "properties": {
                    "sellers": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                    "increase": {"type": "number", "exclusiveMinimum": 0},
                },
                "required": ["sellers", "increase"],
                "additionalProperties": False,
            },
        },
    ),
)


@dataclass(frozen=True, slots=True, repr=False)
class PriceStep(Shown):
    """One step of an ascending auction: the prices of an overdemanded set rise together.

    Parameters
    ----------
    sellers : the overdemanded set, rising.
    increase : by how much each of its prices rises, > 0, money units.

    Notes
    -----
    Source: the ascending auction of Demange, Gale and Sotomayor (1986), BIP-7.

    Examples
    --------
    >>> from eqsolve import solve
    >>> market = AssignmentMarket([[5], [3]])
    >>> solve(market, method="ascending").solution.price_path
    (PriceStep(sellers=(0,), increase=3),)
    """

    sellers: tuple[int, ...]
    increase: int | float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AssignmentSolution(Shown):
    """A competitive equilibrium with both ends of the price lattice.

    Parameters
    ----------
    matching : int64, shape (n,): seller of each buyer, -1 if unmatched; None where the market has
        capacities.
    prices : shape (m,): the price vector asked for.
    price_min, price_max : shape (m,): least and greatest equilibrium prices (BIP-2).
    utilities : shape (n,): buyers' utilities at `prices`.
    vcg_payments : shape (n,): what each buyer owes under the Vickrey-Clarke-Groves rule, the
        least equilibrium price of its item (BIP-4); 0 if unmatched.
    welfare : sum of value minus reserve over the trades.
    price_path : steps of the ascending auction from the reserves to `price_min` (BIP-7), or
        None where another method was used.
    pairs : int64, shape (k, 2): buyer and seller of each trade, sorted, where the market has
        capacities; else None. `trades` has them in both cases.

    Notes
    -----
    Source: Shapley and Shubik (1971); Demange, Gale and Sotomayor (1986); Leonard (1983).

    Examples
    --------
    >>> from eqsolve import solve
    >>> solution = solve(AssignmentMarket([[5, 3], [4, 1]])).solution
    >>> solution.matching.tolist(), solution.welfare
    ([1, 0], 7)
    >>> solution.price_min.tolist(), solution.price_max.tolist(), solution.vcg_payments.tolist()
    ([2, 0], [4, 2], [0, 2])
    """

    matching: IntArray
    prices: NumberArray
    price_min: NumberArray
    price_max: NumberArray
    utilities: NumberArray
    vcg_payments: NumberArray
    welfare: int | float
    price_path: tuple[PriceStep, ...] | None = None
    pairs: IntArray | None = None

    @property
    def trades(self) -> tuple[IntArray, IntArray]:
        """Buyers and sellers of the trades, shapes (k,), by rising buyer and seller."""
        if self.pairs is not None:
            return self.pairs[:, 0], self.pairs[:, 1]
        buyers = np.flatnonzero(self.matching >= 0)
        return buyers, self.matching[buyers]

    @property
    def has_payments(self) -> bool:
        """Whether VCG payments are known: always, unless buyers may take several items."""
        payments: object = self.vcg_payments
        return payments is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        document: dict[str, Any] = {"matching": None}
        if self.pairs is not None:
            document["pairs"] = self.pairs.tolist()
        else:
            document["matching"] = [None if j < 0 else j for j in self.matching.tolist()]
        for field in ("prices", "price_min", "price_max", "utilities", "vcg_payments"):
            if field != "vcg_payments" or self.has_payments:
                document[field] = getattr(self, field).tolist()
        document["welfare"] = self.welfare
        if self.price_path is not None:
            document["price_path"] = [
                {"sellers": list(step.sellers), "increase": step.increase}
                for step in self.price_path
            ]
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], market: AssignmentMarket) -> AssignmentSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the market's shape.
        """
        faults: list[Fault] = []
        n, m = market.n_buyers, market.n_sellers
        matching, pairs = _held(document, market, faults)
        prices = {
            key: as_numbers(document[key], key, (m,), faults, signed=True)
            for key in ("prices", "price_min", "price_max")
        }
        buyers = {
            key: as_numbers(document[key], key, (n,), faults, signed=True)
            for key in ("utilities", "vcg_payments")
            if document.get(key) is not None
        }
        welfare = as_numbers([document["welfare"]], "welfare", (1,), faults, signed=True)
        path = _path(document.get("price_path"), m, faults)
        if faults or welfare is None:
            raise InstanceError(faults)
        found: dict[str, Any] = {
            key: array for key, array in (prices | buyers).items() if array is not None
        }
        if pairs is not None or matching is None:
            found.setdefault("vcg_payments", None)
        else:
            found.setdefault("vcg_payments", item_prices(matching, found["price_min"]))
        total = welfare[0].item()
        # A market with capacities has pairs and no matching, whatever the type says.
        return cls(matching=matching, welfare=total, price_path=path, pairs=pairs, **found)  # type: ignore[arg-type]


def _held(
    document: Mapping[str, Any], market: AssignmentMarket, faults: list[Fault]
) -> tuple[IntArray | None, IntArray | None]:
    """Return the matching of a file, or its pairs where the market has capacities."""
    n, m = market.n_buyers, market.n_sellers
    given = {field: document.get(field) for field in ("matching", "pairs")}
    field, other = ("pairs", "matching") if market.has_capacities else ("matching", "pairs")
    if given[other] is not None:
        word = "has capacities" if market.has_capacities else "has no capacities"
        faults.append(Fault(other, f"must be null: the market {word}, its trades are in {field}"))
    if given[field] is None:
        faults.append(Fault(field, "must not be null"))
        return None, None
    if field == "matching":
        matching = as_numbers(given[field], field, (n,), faults, missing=True)
        if matching is not None and matching.dtype.kind != "i":
            faults.append(Fault("matching", "must hold whole numbers"))
        elif matching is not None:
            outside = (matching < -1) | (matching >= m)
            report_entries(faults, "matching", matching, outside, f"must be null or below {m}")
        return matching, None
    pairs = as_numbers(given[field], field, (None, 2), faults)
    if pairs is not None and require_whole(faults, field, pairs):
        outside = pairs >= np.array([n, m])
        report_entries(faults, field, pairs, outside, f"must be below {n}, and below {m}")
    return None, pairs


def item_prices(matching: IntArray, prices: NumberArray) -> NumberArray:
    """Return the price of the item that each buyer holds, 0 if it holds none; shape (n,)."""
    paid = np.zeros(len(matching), dtype=prices.dtype)
    matched = np.flatnonzero(matching >= 0)
    paid[matched] = prices[matching[matched]]
    return read_only(paid)


def _path(steps: object, n_sellers: int, faults: list[Fault]) -> tuple[PriceStep, ...] | None:
    """Return the steps of a price path, or None after adding faults or where there is none."""
    if steps is None:
        return None
    if not isinstance(steps, list | tuple):
        faults.append(Fault("price_path", "must be a list of steps"))
        return None
    path = []
    for place, step in enumerate(steps):
        try:
            sellers = tuple(int(seller) for seller in step["sellers"])
            increase = step["increase"]
            if not increase > 0 or any(not 0 <= seller < n_sellers for seller in sellers):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            rule = "must have sellers that exist and an increase > 0"
            faults.append(Fault("price_path", rule, index=(place,)))
            continue
        path.append(PriceStep(sellers, increase))
    return tuple(path)
