"""Single-item auctions as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field
from eqsolve.families.single_item_auction.instance import (
    FORMATS,
    TICKS,
    BidGrid,
    SingleItemAuction,
)
from eqsolve.families.single_item_auction.instance.reading import PRIORS

__all__ = ["FIELDS", "read", "write"]

_NUMBER = {"type": "number", "minimum": 0}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
_RHO = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
_NUMBERS = {"type": "array", "items": _NUMBER, "minItems": 1}


def _form(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of a list of a few numbers."""
    return {
        "type": "array",
        "items": {"type": "number"},
        "minItems": len(names),
        "maxItems": len(names),
        "description": f"[{', '.join(names)}]",
    }


_PRIOR = {
    "type": "object",
    "description": "how a number is drawn: one of the forms",
    "properties": {
        **{form: _form(names) for form, names in PRIORS.items() if names},
        "points": _NUMBERS,
        "weights": {**_NUMBERS, "description": "of points, normalized; default equal"},
        "sample": {**_NUMBERS, "description": "each as likely"},
        "histogram": {
            "type": "object",
            "properties": {"edges": _NUMBERS, "weights": _NUMBERS},
            "required": ["edges", "weights"],
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


def _model(word: str, required: list[str], **properties: Any) -> dict[str, Any]:
    """Return the schema of a model of values."""
    return {
        "type": "object",
        "properties": {"model": {"const": word}, **properties},
        "required": ["model", *required],
        "additionalProperties": False,
    }


FIELDS = (
    Field("format", {"enum": list(FORMATS), "type": "string"}, required=True),
    Field(
        "n_bidders",
        {
            "type": "integer",
            "minimum": 1,
            "description": "number of bidders; left out where priors are given",
        },
    ),
    Field(
        "values",
        {
            "description": "what bidders know and what the prize is worth",
            "anyOf": [
                _model("private", ["prior"], prior=_PRIOR),
                _model("private", ["priors"], priors={"type": "array", "items": _PRIOR}),
                _model("affiliated", ["common", "private"], common=_PRIOR, private=_PRIOR),
                _model("common", ["value", "noise"], value=_PRIOR, noise=_POSITIVE),
            ],
        },
        required=True,
    ),
    Field(
        "k",
        {"type": "integer", "minimum": 3, "description": "kth_price: which bid the winner pays"},
    ),
    Field(
        "bids",
        {
            "type": "object",
            "description": "min, min + increment, ..., max; default: any bid >= 0",
            "properties": {"min": _NUMBER, "max": _NUMBER, "increment": _POSITIVE},
            "required": ["min", "max", "increment"],
            "additionalProperties": False,
        },
    ),
    Field("reserve", {**_NUMBER, "description": "bids below are not accepted, default 0"}),
    Field(
        "risk",
        {
            "description": "CRRA coefficient, one or one for each bidder, default 0",
            "anyOf": [_RHO, {"type": "array", "items": _RHO}],
        },
    ),
    Field("tick", {"enum": list(TICKS), "description": "of clocks, default in_turn"}),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> SingleItemAuction:
    """Return the instance of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    return SingleItemAuction(**fields, **common)


def write(auction: SingleItemAuction) -> dict[str, Any]:
    """Return the kind's own fields, those at their defaults left out; `read` gives it back."""
    values = auction.values.to_dict()
    fields: dict[str, Any] = {"format": auction.format}
    if "priors" not in values:
        fields["n_bidders"] = auction.n_bidders
    fields["values"] = values
    if auction.k is not None:
        fields["k"] = auction.k
    if auction.bids is not None:
        fields["bids"] = _grid(auction.bids)
    if auction.reserve:
        fields["reserve"] = auction.reserve
    risk = auction.risk.tolist()
    if any(risk):
        fields["risk"] = risk[0] if len(set(risk)) == 1 else risk
    if auction.tick == "at_once":
        fields["tick"] = auction.tick
    return fields


def _grid(grid: BidGrid) -> dict[str, float]:
    """Return a grid of bids as files say it."""
    return {"min": grid.min, "max": grid.max, "increment": grid.increment}
