"""What is known about a trading network once it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.schema import Field, array_schema
from eqsolve.core.shown import Shown
from eqsolve.families.trading_network.instance import TradingNetwork, checked_pairs

__all__ = ["CERTIFICATE_DATA", "SOLUTION_FIELDS", "TradingSolution"]


def _number(text: str) -> dict[str, Any]:
    return {"type": "number", "description": text}


SOLUTION_FIELDS = (
    Field("introduced", array_schema("pairs introduced", 2, integer=True), required=True),
    Field(
        "matching",
        array_schema("seller of each buyer, null if unmatched", 1, null=True, integer=True),
        required=True,
    ),
    Field("prices", array_schema("equilibrium prices, by seller", 1), required=True),
    Field("revenue", _number("commission times the prices of introduced trades"), required=True),
    Field("welfare", _number("value of all trades"), required=True),
    Field("welfare_without_platform", _number("W0, known pairs only"), required=True),
    Field("welfare_full", _number("W*, known pairs and all candidates"), required=True),
    Field("guarantee", _number("proved lower bound on revenue / optimal revenue"), required=True),
    Field(
        "gain_guarantee",
        {"type": ["number", "null"], "description": "proved lower bound on revenue / (c dW)"},
    ),
    Field(
        "price_rule",
        {
            "enum": ["greatest", "least"],
            "description": "end of the price lattice, by default greatest",
        },
    ),
    Field(
        "max_introductions",
        {"type": ["integer", "null"], "minimum": 0, "description": "limit that was set"},
    ),
)

_OPTIMUM = {
    "type": ["object", "null"],
    "properties": {
        "matching": array_schema("seller of each buyer, -1 if unmatched", 1, integer=True),
        "utilities": array_schema("dual of each buyer", 1),
        "prices": array_schema("dual of each seller", 1),
    },
}

CERTIFICATE_DATA = {
    "without": _OPTIMUM,
    "full": _OPTIMUM,
    "certified": _number("bound that the duals prove"),
    "multipliers": array_schema("buyer, seller and multiplier of known pairs", 2),
    "row_duals": array_schema("dual of each buyer", 1),
    "column_duals": array_schema("dual of each seller", 1),
}
"""What the verifier reads from a certificate's data."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TradingSolution(Shown):
    """Introductions and the equilibrium that they lead to.

    Parameters
    ----------
    introduced : int64, shape (k, 2): the pairs ``(buyer, seller)``, rows rising.
    matching : int64, shape (n,): seller of each buyer, -1 if unmatched.
    prices : shape (m,): greatest (or least) equilibrium prices of known + introduced pairs.
    revenue : commission times the total price of the trades on introduced pairs.
    welfare : total value of the trades.
    welfare_without_platform : W0.
    welfare_full : W*.
    guarantee : proved lower bound on revenue / optimal revenue; 1 when optimal.
    gain_guarantee : proved lower bound on revenue / (commission * dW), e.g. ``1 / (1 + ln K)``
        (REV-4); None where none is claimed.
    price_rule : ``"greatest"`` or ``"least"``.
    max_introductions : the limit on the number of introductions, or None.

    Notes
    -----
    Source: D'Amico-Wong, Gonczarowski, Ma and Parkes (2024).

    Examples
    --------
    >>> from eqsolve import solve
    >>> solution = solve(TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])).solution
    >>> solution.introduced.tolist(), solution.revenue, solution.prices.tolist()
    ([[0, 1]], 2, [4, 2])
    """

    introduced: IntArray
    matching: IntArray
    prices: NumberArray
    revenue: int | float
    welfare: int | float
    welfare_without_platform: int | float
    welfare_full: int | float
    guarantee: float = 0.0
    gain_guarantee: float | None = None
    price_rule: str = "greatest"
    max_introductions: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        return {
            "introduced": self.introduced.tolist(),
            "matching": [None if seller < 0 else seller for seller in self.matching.tolist()],
            "prices": self.prices.tolist(),
            "revenue": self.revenue,
            "welfare": self.welfare,
            "welfare_without_platform": self.welfare_without_platform,
            "welfare_full": self.welfare_full,
            "guarantee": self.guarantee,
            "gain_guarantee": self.gain_guarantee,
            "price_rule": self.price_rule,
            "max_introductions": self.max_introductions,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], network: TradingNetwork) -> TradingSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the network's shape.
        """
        faults: list[Fault] = []
        n, m = network.n_buyers, network.n_sellers
        pairs = checked_pairs(document["introduced"], "introduced", network.values, faults)
        matching = as_numbers(document["matching"], "matching", (n,), faults, missing=True)
        prices = as_numbers(document["prices"], "prices", (m,), faults, signed=True)
        numbers: dict[str, Any] = {}
        for key in (
            "revenue",
            "welfare",
            "welfare_without_platform",
            "welfare_full",
            "guarantee",
            "gain_guarantee",
            "max_introductions",
        ):
            value = document.get(key)
            if value is None and key in ("gain_guarantee", "max_introductions"):
                numbers[key] = None
                continue
            found = as_numbers([value], key, (1,), faults, signed=True)
            numbers[key] = None if found is None else found[0].item()
        most = numbers["max_introductions"]
        if most is not None and (not isinstance(most, int) or most < 0):
            faults.append(Fault("max_introductions", "must be a whole number >= 0", value=most))
        rule = document.get("price_rule", "greatest")
        if rule not in ("greatest", "least"):
            faults.append(Fault("price_rule", "must be 'greatest' or 'least'", value=rule))
        if matching is not None and matching.dtype.kind != "i":
            faults.append(Fault("matching", "must hold whole numbers"))
        if faults or pairs is None or matching is None or prices is None:
            raise InstanceError(faults)
        return cls(
            introduced=read_only(pairs),
            matching=matching,
            prices=prices,
            price_rule=rule,
            **numbers,
        )
