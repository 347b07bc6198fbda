"""Auction design as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as fields_of
from itertools import pairwise
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.digits import EXACT
from eqsolve.core.schema import Field, array_schema
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.instance.laws import (
    AdditiveLaw,
    AdditivePlusLaw,
    Discrete,
    Exponential,
    FiniteLaw,
    Law,
    Marginal,
    SubsetsLaw,
)
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    BidValuations,
    MixedValuations,
    TableValuations,
    Valuations,
)
from eqsolve.families.auction_design.instance.worlds import KINDS, World

__all__ = ["FIELDS", "bidder_fields", "read", "type_fields", "write"]

_VALUATION = {
    "probability": {"type": "number", "minimum": 0, "description": "weight, normalized"},
    "values": array_schema("value of every bundle, by number (bit j: item j); [0] is 0", 1),
    "additive": array_schema("value of each item, summed", 1),
    "unit_demand": array_schema("value of each item; the best in a bundle counts", 1),
    "bids": {"type": "array", "description": "[[items, price], ...]: the best bid inside counts"},
}

_BIDDER = {
    "type": "object",
    "properties": {
        "types": {
            "type": "array",
            "description": "types with weights, each in one language",
            "items": {"type": "object", "properties": _VALUATION, "required": ["probability"]},
        },
        "samples": {
            "type": "object",
            "description": "bids, one entry each; every bidder is one draw",
            "properties": {
                "bidder": array_schema("draw of each bid", 1, integer=True),
                "items": array_schema("items of each bid", 2, integer=True),
                "price": array_schema("price of each bid", 1),
            },
            "required": ["bidder", "items", "price"],
        },
        "distribution": {
            "type": "object",
            "description": "valuation: additive, unit_demand, {k_demand: k}, subsets or "
            "additive_plus; items: {uniform: [a, b]}, {exponential: mean} or {discrete: [[value, "
            "weight], ...]}, one or one for each item; extra: {power: 0.5} or {spread: 1}",
        },
        "world": {
            "type": "object",
            "description": "law of a bidder in a world like those of CATS",
            "properties": {
                "kind": {"enum": list(KINDS)},
                "seed": {"type": "integer", "minimum": 0},
            },
            "required": ["kind", "seed"],
        },
        "count": {
            "type": "integer",
            "minimum": 1,
            "description": "identical independent bidders, default 1",
        },
    },
}

FIELDS = (
    Field(
        "n_items",
        {"type": "integer", "minimum": 0, "description": "number of items"},
        required=True,
    ),
    Field(
        "bidders",
        {"type": "array", "description": "law of every bidder's type", "items": _BIDDER},
        required=True,
    ),
    Field(
        "order",
        array_schema("order of the bidders in sequential mechanisms", 1, integer=True),
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> AuctionDesign:
    """Return the instance of a file.

    Raises
    ------
    InstanceError : with every fault.
    """
    return AuctionDesign(**fields, **common)


def write(design: AuctionDesign) -> dict[str, Any]:
    """Return the kind's own fields; those at their defaults are left out."""
    fields: dict[str, Any] = {
        "n_items": design.n_items,
        "bidders": [
            bidder_fields(law) | ({"count": count} if count != 1 else {})
            for law, count in design.groups
        ],
    }
    if design.order != tuple(range(design.n_bidders)):
        fields["order"] = list(design.order)
    return fields


def bidder_fields(law: Law) -> dict[str, Any]:
    """Return a law as files say it."""
    if isinstance(law, FiniteLaw):
        return _finite(law)
    if isinstance(law, World):
        settings = {
            entry.name: getattr(law, entry.name)
            for entry in fields_of(World)
            if entry.name != "size"
        }
        defaults = {entry.name: entry.default for entry in fields_of(World)}
        return {"world": {key: v for key, v in settings.items() if v != defaults[key]}}
    if isinstance(law, SubsetsLaw):
        return {"distribution": {"valuation": "subsets", "extra": {"power": law.power}}}
    if isinstance(law, AdditivePlusLaw):
        extra = {"spread": law.extra}
        items = _items(law.items)
        return {"distribution": {"valuation": "additive_plus", "items": items, "extra": extra}}
    assert isinstance(law, AdditiveLaw)
    words: dict[int | None, Any] = {None: "additive", 1: "unit_demand"}
    valuation = words.get(law.demand, {"k_demand": law.demand})
    return {"distribution": {"valuation": valuation, "items": _items(law.items)}}


def _finite(law: FiniteLaw) -> dict[str, Any]:
    """Return types or samples."""
    if law.source == "samples":
        assert isinstance(law.valuations, BidValuations)
        bids = law.valuations
        bundles = [np.flatnonzero(row).tolist() for row in bids.bundles]
        return {"samples": {"bidder": bids.owner, "items": bundles, "price": _plain(bids.prices)}}
    spoken = type_fields(law.valuations)
    weights = law.weights.tolist()
    return {"types": [{"probability": w, **said} for w, said in zip(weights, spoken, strict=True)]}


def type_fields(valuations: Valuations) -> list[dict[str, Any]]:
    """Return valuations as files say them, a mapping for each type."""
    if isinstance(valuations, MixedValuations):
        found: list[dict[str, Any]] = [{} for _ in range(len(valuations))]
        for rows, part in valuations.split():
            for row, said in zip(rows.tolist(), type_fields(part), strict=True):
                found[row] = said
        return found
    if isinstance(valuations, BidValuations):
        bundles = [np.flatnonzero(row).tolist() for row in valuations.bundles]
        bids = [list(pair) for pair in zip(bundles, _plain(valuations.prices), strict=True)]
        ends = valuations.starts.tolist()
        return [{"bids": bids[a:b]} for a, b in pairwise(ends)]
    if isinstance(valuations, TableValuations):
        return [{"values": _plain(row)} for row in valuations.values]
    assert isinstance(valuations, AdditiveValuations)
    word = {None: "additive", 1: "unit_demand"}[valuations.demand]
    return [{word: _plain(row)} for row in valuations.values]


def _plain(numbers: FloatArray) -> list[int | float]:
    """Return numbers as lists, whole ones without a point while floats hold them all."""
    return [int(x) if x.is_integer() and abs(x) < EXACT else x for x in numbers.tolist()]


def _items(marginals: tuple[Marginal, ...]) -> Any:
    """Return the laws of the items, one for all where they are equal."""
    found = [_marginal(law) for law in marginals]
    return found[0] if found and len(set(marginals)) == 1 else found


def _marginal(law: Marginal) -> dict[str, Any]:
    """Return the law of one item."""
    if isinstance(law, Discrete):
        return {"discrete": [list(pair) for pair in zip(law.values, law.weights, strict=True)]}
    if isinstance(law, Exponential):
        return {"exponential": law.mean}
    return {"uniform": [law.low, law.high]}
