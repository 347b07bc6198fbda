"""The one field of the kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field, array_schema
from lone_seller.instance import LoneSeller

FIELDS = (Field("values", array_schema("value of each buyer", 1), required=True),)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> LoneSeller:
    """Return the market of a file."""
    return LoneSeller(fields["values"], **common)


def write(market: LoneSeller) -> dict[str, Any]:
    """Return the kind's own fields."""
    return {"values": market.values}
