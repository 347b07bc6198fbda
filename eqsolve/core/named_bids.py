"""Bids on bundles that name their bidders and items: frames, dictionaries and lists of bids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from eqsolve.core.array_likes import is_frame, plain_numbers
from eqsolve.core.labeled_frames import columns_of
from eqsolve.core.named_sides import NamedSides

__all__ = ["named_bids", "named_bundles"]

_LISTS = ("bidder", "items", "price")
_ALSO = {"bidders": "bidder", "item": "items", "bundle": "items", "prices": "price"}


def named_bids(bids: Any, field: str, sides: NamedSides, *, bidders: str = "bidders") -> Any:
    """Return bids with numbers for names, for `BidTable.checked`; what has none is unchanged.

    Parameters
    ----------
    bids : a frame with the columns ``bidder``, ``items`` and ``price``, a mapping with these lists,
        an iterable of (bidder, items, price), or a mapping bidder -> bundle -> price. A bundle is a
        list of items or one text, in which ``+`` or a comma stands between items.
    field : how faults call it.
    sides : the names known so far; those of bidders and ``"items"`` are learned.
    bidders : the side of the bidders; empty where their names are no labels.
    """
    if sides.silent:
        return bids
    if is_frame(bids):
        held = {str(name): cells for name, cells in columns_of(bids).items()}
        bids = {
            _ALSO.get(name, name): cells.tolist() if isinstance(cells, np.ndarray) else cells
            for name, cells in held.items()
        }
        if lacking := [name for name in _LISTS if name not in bids]:
            rule = f"a frame of bids has columns {', '.join(_LISTS)}, found {', '.join(held)}"
            sides.refuse(field, rule)
            bids = {**{name: [] for name in lacking}, **bids}
    if isinstance(bids, Mapping) and bids and all(isinstance(it, Mapping) for it in bids.values()):
        bids = [(who, own, price) for who, it in bids.items() for own, price in it.items()]
    if isinstance(bids, Mapping) and set(_LISTS) <= set(bids):
        who, bundles = _list(bids["bidder"]), _list(bids["items"])
        if who is None or bundles is None or not _has_text([who, bundles]):
            return bids
        return {
            **bids,
            "bidder": sides.learn(who, f"{field}.bidder", bidders),
            "items": named_bundles(bundles, f"{field}.items", sides),
        }
    if not isinstance(bids, list | tuple) or not _has_text(bids):
        return bids
    if any(not isinstance(bid, Sequence) or isinstance(bid, str) or len(bid) != 3 for bid in bids):
        return bids
    who = sides.learn([bid[0] for bid in bids], f"{field}.bidder", bidders)
    bundles = named_bundles([bid[1] for bid in bids], f"{field}.items", sides)
    return [(i, own, bid[2]) for i, own, bid in zip(who, bundles, bids, strict=True)]


def named_bundles(bundles: Iterable[Any], field: str, sides: NamedSides) -> list[Any]:
    """Return bundles with numbers for the names of items."""
    own = [_parts(bundle) for bundle in bundles]
    flat = [item for bundle in own if isinstance(bundle, list) for item in bundle]
    places = iter(sides.learn(flat, field, "items"))
    return [
        [next(places) for _ in bundle] if isinstance(bundle, list) else bundle for bundle in own
    ]


def _parts(bundle: Any) -> Any:
    """Return a bundle as a list of items, if it is one."""
    if isinstance(bundle, str):
        return [part.strip() for part in re.split(r"[+,;]", bundle) if part.strip()]
    listed = plain_numbers(bundle) if not isinstance(bundle, list | tuple) else list(bundle)
    return listed.tolist() if isinstance(listed, np.ndarray) else listed


def _list(value: Any) -> list[Any] | None:
    listed = plain_numbers(value) if not isinstance(value, list | tuple) else list(value)
    listed = listed.tolist() if isinstance(listed, np.ndarray) else listed
    return listed if isinstance(listed, list) else None


def _has_text(value: Any) -> bool:
    """Return whether text stands anywhere in nested lists."""
    if isinstance(value, list | tuple):
        return any(map(_has_text, value))
    return isinstance(value, str)
