"""What is known about a combinatorial auction once it is solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import NumberArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers, require_whole
from eqsolve.core.schema import Field, array_schema
from eqsolve.core.shown import Shown
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction

__all__ = ["CERTIFICATE_DATA", "SOLUTION_FIELDS", "AuctionSolution"]

RULES = ("vcg", "core", "first_price")


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also takes null."""
    return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}


def _number(text: str, *, null: bool = False) -> dict[str, Any]:
    return {"type": ["number", "null"] if null else "number", "description": text}


_BOUNDS = _or_null(array_schema("least and greatest VCG payment, where not known", 2))

SOLUTION_FIELDS = (
    Field("accepted", array_schema("winning bids, rising", 1, integer=True), required=True),
    Field("bundles", array_schema("items of each bidder", 2, integer=True), required=True),
    Field("welfare", _number("prices of winning bids and worth of unsold units"), required=True),
    Field("unsold_worth", _number("worth of unsold units at their reserves"), required=True),
    Field("payment_rule", {"enum": list(RULES), "description": "rule of `payments`"}),
    Field("payments", array_schema("payment of each bidder", 1), required=True),
    Field("utilities", array_schema("accepted prices less payment, by bidder", 1), required=True),
    Field("revenue", _number("sum of the payments"), required=True),
    Field("vcg_payments", _or_null(array_schema("VCG payments, null if not proved", 1))),
    Field("vcg_bounds", _BOUNDS),
    Field(
        "vcg_in_core",
        {"type": ["boolean", "null"], "description": "whether the VCG payments are in the core"},
    ),
    Field("core_gap", _number("greatest gain of a blocking coalition", null=True)),
    Field("blocking", _or_null(array_schema("bidders of that coalition", 1, integer=True))),
    Field("item_prices", _or_null(array_schema("clearing prices, null if there are none", 1))),
    Field("lp_bound", _number("bound by the dual of the linear program", null=True)),
    Field("marginals", _or_null(array_schema("W less W without the bidder, by bidder", 1))),
)

CERTIFICATE_DATA: Mapping[str, Mapping[str, Any]] = {
    "lp_dual": {
        "type": ["object", "null"],
        "properties": {
            "items": array_schema("price of each item", 1),
            "bidders": array_schema("utility of each bidder", 1),
        },
    },
    "lp_primal": {
        "type": ["object", "null"],
        "properties": {
            "bids": array_schema("bids", 1, integer=True),
            "amounts": array_schema("share of each bid", 1),
        },
    },
    "coalitions": array_schema("bidders of each coalition", 2, integer=True),
}
"""What the verifier reads from a certificate's data."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AuctionSolution(Shown):
    """Who wins, what they pay, and what is known of core and prices.

    Parameters
    ----------
    accepted : the winning bids, rising.
    bundles : items of each bidder, rising, one entry per unit.
    welfare : prices of the winning bids and worth of unsold units.
    unsold_worth : worth of unsold units at their reserves.
    payment_rule : ``"vcg"``, ``"core"`` or ``"first_price"``: the rule of `payments`.
    payments, utilities : shape (n,), by bidder; utility is accepted prices less payment.
    revenue : sum of the payments.
    vcg_payments : shape (n,), or None where they are not proved.
    vcg_bounds : shape (n, 2): between which they lie if the accepted bids are optimal, where they
        are not proved; or None.
    vcg_in_core : whether the VCG payments are in the core; None where that is not known.
    core_gap : greatest gain of a coalition that blocks `payments`, 0 in the core; None: unknown.
    blocking : that coalition's bidders, rising, or None.
    item_prices : shape (m,), prices at which everybody gets a best bundle (CA-9), or None.
    lp_bound : bound on the welfare by the dual of the linear program, or None.
    marginals : shape (n,), W less W without the bidder; None where not known.

    Examples
    --------
    >>> from eqsolve import solve
    >>> auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])
    >>> solution = solve(auction, payments="core").solution
    >>> solution.accepted, solution.payments.tolist(), solution.vcg_payments.tolist()
    ((0, 1), [60, 40, 0], [40, 20, 0])
    """

    accepted: tuple[int, ...]
    bundles: tuple[tuple[int, ...], ...]
    welfare: int | float
    unsold_worth: int | float
    payment_rule: str
    payments: NumberArray
    utilities: NumberArray
    revenue: int | float
    vcg_payments: NumberArray | None = None
    vcg_bounds: NumberArray | None = None
    vcg_in_core: bool | None = None
    core_gap: int | float | None = None
    blocking: tuple[int, ...] | None = None
    item_prices: NumberArray | None = None
    lp_bound: int | float | None = None
    marginals: NumberArray | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""

        def listed(array: NumberArray | Sequence[int] | None) -> Any:
            return array.tolist() if isinstance(array, np.ndarray) else array and list(array)

        return {
            "accepted": list(self.accepted),
            "bundles": [list(bundle) for bundle in self.bundles],
            "welfare": self.welfare,
            "unsold_worth": self.unsold_worth,
            "payment_rule": self.payment_rule,
            "payments": self.payments.tolist(),
            "utilities": self.utilities.tolist(),
            "revenue": self.revenue,
            "vcg_payments": listed(self.vcg_payments),
            "vcg_bounds": listed(self.vcg_bounds),
            "vcg_in_core": self.vcg_in_core,
            "core_gap": self.core_gap,
            "blocking": None if self.blocking is None else list(self.blocking),
            "item_prices": listed(self.item_prices),
            "lp_bound": self.lp_bound,
            "marginals": listed(self.marginals),
        }

    @classmethod
    def from_dict(
        cls, document: Mapping[str, Any], auction: CombinatorialAuction
    ) -> AuctionSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the auction's shape, or an index is out of range.
        """
        faults: list[Fault] = []
        n, m = auction.n_bidders, auction.n_items

        def indices(value: Any, name: str, limit: int) -> tuple[int, ...]:
            array = as_numbers(value, name, (None,), faults)
            if array is None or not require_whole(faults, name, array):
                return ()
            faults.extend(
                Fault(name, f"must be below {limit}", (place,), entry)
                for place, entry in enumerate(array.tolist())
                if entry >= limit
            )
            return tuple(array.tolist())

        def numbers(name: str, shape: tuple[int, ...]) -> NumberArray | None:
            if document.get(name) is None:
                return None
            return as_numbers(document[name], name, shape, faults, signed=True)

        accepted = indices(document["accepted"], "accepted", auction.n_bids)
        given = document["bundles"]
        if not isinstance(given, list) or len(given) != n:
            faults.append(Fault("bundles", f"must be a list with {n} bundles"))
            given = []
        bundles = tuple(
            indices(bundle, f"bundles[{place}]", m) for place, bundle in enumerate(given)
        )
        blocking = document.get("blocking")
        rule = document.get("payment_rule", "vcg")
        if rule not in RULES:
            faults.append(Fault("payment_rule", f"must be one of {', '.join(RULES)}", value=rule))
        inside = document.get("vcg_in_core")
        payments, utilities = numbers("payments", (n,)), numbers("utilities", (n,))
        found = cls(
            accepted=accepted,
            bundles=bundles,
            welfare=document["welfare"],
            unsold_worth=document["unsold_worth"],
            payment_rule=str(rule),
            payments=read_only(np.zeros(n)) if payments is None else payments,
            utilities=read_only(np.zeros(n)) if utilities is None else utilities,
            revenue=document["revenue"],
            vcg_payments=numbers("vcg_payments", (n,)),
            vcg_bounds=numbers("vcg_bounds", (n, 2)),
            vcg_in_core=inside if isinstance(inside, bool) else None,
            core_gap=document.get("core_gap"),
            blocking=None if blocking is None else indices(blocking, "blocking", n),
            item_prices=numbers("item_prices", (m,)),
            lp_bound=document.get("lp_bound"),
            marginals=numbers("marginals", (n,)),
        )
        names = ("welfare", "unsold_worth", "revenue", "lp_bound", "core_gap")
        for name in names:
            value = getattr(found, name)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int | float)
            ):
                faults.append(Fault(name, "must be a number", value=value))
        if not isinstance(inside, bool | None):
            faults.append(Fault("vcg_in_core", "must be true, false or null", value=inside))
        if faults:
            raise InstanceError(faults)
        return found
