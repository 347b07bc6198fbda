"""Branch and bound on item prices, compiled: exact whole numbers at every node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.base import AuctionMethod
from eqsolve.families.combinatorial_auction.methods.packing import GRID, Packing
from eqsolve.families.combinatorial_auction.methods.search import Found, Part, Solver, Turn

__all__ = ["PriceTree", "price_tree", "too_large", "without_each"]

_PATIENCE = 3.0
"""Seconds after which a search without a winner is left to the method's own solver."""
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

    def without_each(
        self, best: Found, winners: Sequence[int], deadline: Deadline
    ) -> dict[int, Found]:
        """Return those that searches with one program settle."""
        return without_each(best, winners, deadline)


def too_large(packing: Packing) -> str | None:
    """Return why sums of the search do not fit into 64 bits, or None."""
    units = int(np.bincount(packing.entries[0], minlength=1).max()) + 1
    most = max(sum(packing.values), units * max(packing.values, default=0)) * GRID
    if most < _LARGEST:
        return None
    return f"the bids sum to {sum(packing.values)} money units of {packing.unit}: 64 bits are short"


def price_tree(packing: Packing, start: list[int], prices: IntArray, deadline: Deadline) -> Part:
    """Return the best set, or the better of it and `start` when time is over."""
    return _Program(packing, prices).best(start, deadline)


def without_each(best: Found, winners: Sequence[int], deadline: Deadline) -> dict[int, Found]:
    """Return winner -> the best set without it, of those that are found before the search tires.

    All searches share one program and the item prices of `best`. Each begins with the best set at
    hand: what is left of `best`, filled up, or one found before that the winner has no part in.
    After the first search that takes longer than `_PATIENCE` none is begun.

    Parameters
    ----------
    best : the optimum with everybody.
    winners : who is left out, each in turn.
    """
    packing = best.packing
    if best.prices is None or too_large(packing):
        return {}
    program = _Program(packing, best.prices)
    held = np.isin(packing.bids, best.bids)
    ranked = packing.by_worth_of_size
    found = {}
    sets: list[list[int]] = []
    for bidder in winners:
        turn = Turn(deadline, _PATIENCE)
        barred = packing.bidders == bidder
        rest = packing.taken_in_turn([*np.flatnonzero(held & ~barred), *ranked[~barred[ranked]]])
        others = [places for places in sets if not barred[places].any()]
        start = max([rest, *others], key=packing.worth)
        part = program.best(start, turn, barred=barred, ceiling=best.bound)
        if part.limit is not None:
            break
        sets.append(part.places)
        bids = tuple(sorted(packing.bids[part.places].tolist()))
        counts = {"bids": len(packing), "bids_left": len(packing), "programs": 1}
        found[bidder] = Found(packing, bids, part.bound, part.bound, False, counts=counts)
    return found


class _Program:
    """The rows of a packing that can be short, as arrays for the search."""

    def __init__(self, packing: Packing, prices: IntArray) -> None:
        from eqsolve.families.combinatorial_auction.kernels.price_tree import Columns, Rows

        matrix, capacity = packing.rows
        scarce = np.flatnonzero(matrix.sum(axis=1) > capacity)
        by_row = matrix[scarce]
        by_column = by_row.tocsc()
        values = np.array([value * GRID for value in packing.values], dtype=np.int64)

        def whole(*arrays: np.ndarray) -> list[IntArray]:
            return [np.asarray(array, dtype=np.int64) for array in arrays]

        self.packing = packing
        self.columns = Columns(values, *whole(by_column.indptr, by_column.indices, by_column.data))
        self.rows = Rows(*whole(capacity[scarce], by_row.indptr, by_row.indices, by_row.data))
        (self.prices,) = whole(np.concatenate([prices, packing.gains(prices)])[scarce])

    def best(
        self,
        start: list[int],
        deadline: Deadline,
        *,
        barred: BoolArray | None = None,
        ceiling: int | None = None,
    ) -> Part:
        """Return the best set, or the better of it and `start` when time is over.

        Parameters
        ----------
        barred : bids that take no part, shape (k,), or None.
        ceiling : a bound that is known otherwise, in money units.
        """
        from eqsolve.families.combinatorial_auction.kernels.price_tree import search

        least = self.packing.worth(start)
        most = sum(self.packing.values) if ceiling is None else ceiling
        with deadline.watching() as stop:
            best, chosen, bound, _ = search(
                self.columns, self.rows, self.prices, least * GRID, GRID, stop,
                barred=barred, ceiling=most * GRID,
            )  # fmt: skip
        places = np.flatnonzero(chosen).tolist() if best > least * GRID else start
        late = deadline.limit or Limit.TIME
        return Part(places, bound // GRID, late if best < bound else None)
