"""What is known about a Fisher market once it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.schema import Field, array_schema
from eqsolve.core.shown import Shown
from eqsolve.families.fisher_market.instance import FisherMarket

__all__ = ["SOLUTION_FIELDS", "FisherSolution"]

SOLUTION_FIELDS = (
    Field("allocation", array_schema("amount of each good for each buyer", 2), required=True),
    Field("prices", array_schema("equilibrium prices, by good", 1), required=True),
    Field("utilities", array_schema("utility of each buyer", 1, minimum=None)),
    Field("leftover", array_schema("money that each buyer keeps", 1)),
    Field(
        "duality_gap",
        {"type": "number", "description": "primal-dual gap of Eisenberg-Gale / total budget"},
    ),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FisherSolution(Shown):
    """An (approximate) equilibrium.

    Parameters
    ----------
    allocation : float64, shape (n, m): amounts ``x[i, j]``.
    prices : float64, shape (m,), money per unit of good.
    utilities : float64, shape (n,): utility of each buyer; of a quasi-linear one, value minus
        payment.
    leftover : float64, shape (n,): money that each buyer keeps.
    duality_gap : gap between the Eisenberg-Gale objective of `allocation` and the dual bound of
        `prices`, divided by the total budget: 0 exactly at equilibrium (FIS-1).

    Notes
    -----
    Source: Eisenberg and Gale (1959).

    Examples
    --------
    >>> from eqsolve import solve
    >>> solution = solve(FisherMarket([[2, 1], [1, 2]], budgets=[1, 1])).solution
    >>> solution.prices.round(6).tolist(), solution.utilities.round(6).tolist()
    ([1.0, 1.0], [2.0, 2.0])
    """

    allocation: NumberArray
    prices: NumberArray
    utilities: NumberArray
    leftover: NumberArray
    duality_gap: float

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        return {
            "allocation": self.allocation.tolist(),
            "prices": self.prices.tolist(),
            "utilities": self.utilities.tolist(),
            "leftover": self.leftover.tolist(),
            "duality_gap": self.duality_gap,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], market: FisherMarket) -> FisherSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        A field other than allocation and prices may be absent; it is then NaN, which makes no
        claim.

        Raises
        ------
        InstanceError : a field does not have the market's shape.
        """
        faults: list[Fault] = []
        n, m = market.n_buyers, market.n_goods
        table = document["allocation"] if n else np.zeros((0, m))  # [] does not tell its width
        allocation = as_numbers(table, "allocation", (n, m), faults, signed=True)
        prices = as_numbers(document["prices"], "prices", (m,), faults, signed=True)
        vectors: dict[str, NumberArray | None] = {
            key: as_numbers(document[key], key, (n,), faults, signed=True)
            if document.get(key) is not None
            else np.full(n, np.nan)
            for key in ("utilities", "leftover")
        }
        gap = document.get("duality_gap")
        if gap is not None and (isinstance(gap, bool) or not isinstance(gap, int | float)):
            faults.append(Fault("duality_gap", "must be a number", value=gap))
        utilities, leftover = vectors["utilities"], vectors["leftover"]
        if faults or allocation is None or prices is None or utilities is None or leftover is None:
            raise InstanceError(faults)
        return cls(
            allocation=allocation,
            prices=prices,
            utilities=utilities,
            leftover=leftover,
            duality_gap=np.nan if gap is None else float(gap),
        )
