"""Branch and bound on item prices, compiled: exact whole numbers at every node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.base import AuctionMethod
from eqsolve.families.combinatorial_auction.methods.packing import GRID, Packing
from eqsolve.families.combinatorial_auction.methods.search import Part, Solver

__all__ = ["PriceTree", "price_tree", "too_large"]

_LARGEST = 2**61
"""What the sums of the search stay below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTree(AuctionMethod):
    """Bounds by prices that descend at every node, bids fixed by what they would cost."""

    name: ClassVar[str] = "price_tree"
    summary: ClassVar[str] = "linear program, reduced costs, then compiled branch and bound"
    theorem: ClassVar[str] = "CA-1, CA-9"
    cost: ClassVar[str] = "exponential at worst (set packing); O(entries) a node"
    source: ClassVar[str] = (
        "Werner, T. (2007). A linear programming approach to max-sum problem: a review."
    )
    who: ClassVar[str] = "exhaustive"

    def supports(self, instance: CombinatorialAuction) -> str | None:
        """Refuse amounts whose sums do not fit into 64 bits."""
        return too_large(Packing.of(instance))

    def solver(self) -> Solver:
        """Return the search."""
        return price_tree


def too_large(packing: Packing) -> str | None:
    """Return why sums of the search do not fit into 64 bits, or None."""
    units = int(np.bincount(packing.entries[0], minlength=1).max()) + 1
    most = max(sum(packing.values), units * max(packing.values, default=0)) * GRID
    if most < _LARGEST:
        return None
    return f"the bids sum to {sum(packing.values)} money units of {packing.unit}: 64 bits are short"


def price_tree(packing: Packing, start: list[int], prices: IntArray, deadline: Deadline) -> Part:
    """Return the best set, or the better of it and `start` when time is over."""
    from eqsolve.families.combinatorial_auction.kernels.price_tree import Columns, Rows, search

    matrix, capacity = packing.rows
    scarce = np.flatnonzero(matrix.sum(axis=1) > capacity)
    by_row = matrix[scarce]
    by_column = by_row.tocsc()
    values = np.array([value * GRID for value in packing.values], dtype=np.int64)

    def whole(*arrays: np.ndarray) -> list[IntArray]:
        return [np.asarray(array, dtype=np.int64) for array in arrays]

    columns = Columns(values, *whole(by_column.indptr, by_column.indices, by_column.data))
    rows = Rows(*whole(capacity[scarce], by_row.indptr, by_row.indices, by_row.data))
    (begin,) = whole(np.concatenate([prices, packing.gains(prices)])[scarce])
    least = packing.worth(start)
    with deadline.watching() as stop:
        best, chosen, bound, _ = search(columns, rows, begin, least * GRID, GRID, stop)
    places = np.flatnonzero(chosen).tolist() if best > least * GRID else start
    return Part(places, bound // GRID, deadline.limit if best < bound else None)
