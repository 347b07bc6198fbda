"""Bidders whose types name the items: by name in any order, or by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.named_bids import named_bids, named_bundles
from eqsolve.core.named_sides import NamedSides

__all__ = ["named_bidders"]

_BY_ITEM = ("additive", "unit_demand")


def named_bidders(bidders: Any, sides: NamedSides) -> tuple[Any, Any]:
    """Return bidders with numbers for the names of items, and the labels.

    Parameters
    ----------
    bidders : a list as files have it, or a dictionary of single bidders by name.
    sides : takes the names.
    """
    if sides.silent:
        return bidders, sides.labels()
    single = isinstance(bidders, Mapping) and all(isinstance(b, Mapping) for b in bidders.values())
    if single:
        sides.learn(map(str, bidders), "bidders", "bidders")
        bidders = list(bidders.values())
    if not isinstance(bidders, list | tuple):
        return bidders, sides.labels()
    read = [
        _bidder(entry, f"bidders[{place}]", sides) if isinstance(entry, Mapping) else entry
        for place, entry in enumerate(bidders)
    ]
    return read, sides.labels()


def _bidder(entry: Mapping[str, Any], field: str, sides: NamedSides) -> dict[str, Any]:
    """Return one bidder, or group of such, without names."""
    own = dict(entry)
    if "samples" in own:  # their bidders are draws, and no members of the auction
        own["samples"] = named_bids(own["samples"], f"{field}.samples", sides, bidders="")
    types = own.get("types")
    if isinstance(types, list | tuple):
        own["types"] = [
            _type(part, f"{field}.types[{place}]", sides) if isinstance(part, Mapping) else part
            for place, part in enumerate(types)
        ]
    return own


def _type(entry: Mapping[str, Any], field: str, sides: NamedSides) -> dict[str, Any]:
    """Return one type without names."""
    own = dict(entry)
    for word in _BY_ITEM:
        if word in own:
            own[word] = sides.read(own[word], f"{field}.{word}", "items")
    bids: Any = own.get("bids")
    pairs = isinstance(bids, list | tuple) and all(
        isinstance(bid, list | tuple) and len(bid) == 2 for bid in bids
    )
    if pairs and any(isinstance(bid[0], str) or _names(bid[0]) for bid in bids):
        bundles = named_bundles([bid[0] for bid in bids], f"{field}.bids", sides)
        own["bids"] = [[own_items, bid[1]] for own_items, bid in zip(bundles, bids, strict=True)]
    return own


def _names(bundle: Any) -> bool:
    """Return whether a bundle names an item."""
    return isinstance(bundle, list | tuple) and any(isinstance(item, str) for item in bundle)
