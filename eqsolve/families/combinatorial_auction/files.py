"""Combinatorial auctions as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction

__all__ = ["FIELDS", "TEXT_FORMATS", "read", "write"]

_SIZE = {"type": "integer", "minimum": 0}

FIELDS = (
    Field("n_items", {**_SIZE, "description": "number of items"}, required=True),
    Field(
        "bids",
        {
            "type": "object",
            "description": "one entry per bid in each of the three lists",
            "properties": {
                "bidder": array_schema("bidder of each bid", 1, integer=True),
                "items": array_schema(
                    "items of each bid, repeated for more units", 2, integer=True
                ),
                "price": array_schema("price of each bid", 1),
            },
            "required": ["bidder", "items", "price"],
            "additionalProperties": False,
        },
        required=True,
    ),
    Field("n_bidders", {**_SIZE, "description": "default: greatest bidder + 1"}),
    Field("language", {"enum": ["xor", "or"], "description": "default xor"}),
    Field("supplies", array_schema("units of each item, default 1", 1, integer=True)),
    Field("reserves", array_schema("worth of an unsold unit of each item, default 0", 1)),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> CombinatorialAuction:
    """Return the auction of a file.

    Raises
    ------
    InstanceError : with every fault.
    """
    return CombinatorialAuction(**fields, **common)


def write(auction: CombinatorialAuction) -> dict[str, Any]:
    """Return the kind's own fields; those at their defaults are left out."""
    fields: dict[str, Any] = {"n_items": auction.n_items, "bids": auction.bids.to_lists()}
    if auction.n_bidders != int(auction.bids.bidder.max(initial=-1)) + 1:
        fields["n_bidders"] = auction.n_bidders
    if auction.language != "xor":
        fields["language"] = auction.language
    if (auction.supplies != 1).any():
        fields["supplies"] = auction.supplies
    if (auction.reserves != 0).any():
        fields["reserves"] = auction.reserves
    return fields


def _cats(auction: CombinatorialAuction) -> str:
    """Return the auction in the format of CATS."""
    from eqsolve.families.combinatorial_auction.convert import to_cats

    return to_cats(auction)


TEXT_FORMATS = {".txt": _cats}
"""Suffix -> what writes the text of such a file."""
