"""Bundles of one or two items, one bid each: maximum-weight matching of the items (CA-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.base import AuctionMethod, too_wide
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.search import Found, Part, Solver
from eqsolve.families.combinatorial_auction.methods.tree import without_each

__all__ = ["Matching"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching(AuctionMethod):
    """Edmonds' matching through networkx, with whole numbers of money units."""

    name: ClassVar[str] = "matching"
    summary: ClassVar[str] = "maximum-weight matching, for bundles of at most two items"
    theorem: ClassVar[str] = "CA-10"
    cost: ClassVar[str] = "O(m^3)"
    source: ClassVar[str] = "Edmonds, J. (1965). Paths, trees, and flowers."
    who: ClassVar[str] = "exhaustive"

    def supports(self, instance: CombinatorialAuction) -> str | None:
        """Refuse bundles of three, several units, and bidders whose bids exclude each other."""
        if len(instance.bids) and int(np.diff(instance.bids.starts).max()) > 2:
            return "some bundle has more than two items"
        if (instance.supplies > 1).any():
            return "some item has more than one unit"
        several = len(np.unique(instance.bids.bidder)) < instance.n_bids
        if instance.language == "xor" and several:
            return "some bidder has several bids that exclude each other"
        return too_wide(instance)

    def solver(self) -> Solver:
        """Return the matching."""
        return _matched

    def without_each(
        self, best: Found, winners: Sequence[int], deadline: Deadline
    ) -> dict[int, Found]:
        """Return those that searches with one program settle."""
        return without_each(best, winners, deadline)


def _matched(packing: Packing, start: list[int], prices: IntArray, deadline: Deadline) -> Part:
    """Return the best set; of bids on the same items the first of the best."""
    import networkx

    graph: Any = networkx.Graph()
    edges: dict[frozenset[Any], int] = {}
    table = packing.auction.bids
    for place, b in enumerate(packing.bids.tolist()):
        items = table.bundle(b).tolist()
        ends = (items[0], items[1]) if len(items) == 2 else (items[0], ("own", items[0]))
        known = edges.get(frozenset(ends))
        if known is None or packing.values[place] > packing.values[known]:
            edges[frozenset(ends)] = place
            graph.add_edge(*ends, weight=packing.values[place])
    places = sorted(edges[frozenset(pair)] for pair in networkx.max_weight_matching(graph))
    return Part(places, packing.worth(places))
