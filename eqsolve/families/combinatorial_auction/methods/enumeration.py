"""Every set of bids that can win together: the reference, for few bids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.base import AuctionMethod, too_wide
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.search import Part, Solver

__all__ = ["MAX_BIDS", "Enumeration"]

MAX_BIDS = 20
"""Bids up to which all sets, at most 2^20, are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(AuctionMethod):
    """Depth first over the bids, taken or not; sets that cannot catch up are cut off."""

    name: ClassVar[str] = "enumeration"
    summary: ClassVar[str] = "all sets of at most 20 bids, in exact arithmetic"
    theorem: ClassVar[str] = "CA-1"
    cost: ClassVar[str] = "O(2^k) for k bids"
    who: ClassVar[str] = "exhaustive"

    def supports(self, instance: CombinatorialAuction) -> str | None:
        """Refuse many bids."""
        if instance.n_bids > MAX_BIDS:
            return f"{instance.n_bids} bids are more than {MAX_BIDS}"
        return too_wide(instance)

    def solver(self) -> Solver:
        """Return the search."""
        return _search


def _search(packing: Packing, start: list[int], prices: IntArray, deadline: Deadline) -> Part:
    """Return the best set; the first of equal ones in the order of the bids."""
    size = len(packing)
    rest = [0] * (size + 1)
    for place in reversed(range(size)):
        rest[place] = rest[place + 1] + packing.values[place]
    places, items = packing.entries
    asked = np.zeros((size, packing.auction.n_items), dtype=np.int64)
    np.add.at(asked, (places, items), 1)
    groups = packing.groups.tolist()
    best: tuple[int, list[int]] = (packing.worth(start), list(start))
    stopped = False
    looks = 0

    def visit(place: int, left: np.ndarray, used: frozenset[int], held: list[int]) -> None:
        nonlocal best, stopped, looks
        looks += 1
        if looks % 4096 == 0 and deadline.expired():
            stopped = True
        worth = packing.worth(held)
        if worth > best[0]:
            best = worth, held
        if stopped or place == size or worth + rest[place] <= best[0]:
            return
        if groups[place] not in used and (asked[place] <= left).all():
            taken = used | {groups[place]}
            visit(place + 1, left - asked[place], taken, [*held, place])
        visit(place + 1, left, used, held)

    visit(0, packing.auction.supplies.copy(), frozenset(), [])
    if stopped:
        return Part(best[1], sum(packing.values), deadline.limit)
    return Part(best[1], best[0])
