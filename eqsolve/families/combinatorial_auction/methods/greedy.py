"""Greedy by value per root of size, then local search: a good set soon, with a bound beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.arrays import IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.combinatorial_auction.methods.base import AuctionMethod
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.search import Part, Solver

__all__ = ["Greedy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Greedy(AuctionMethod):
    """Takes a bid in, and out what stands in its way, as long as that adds to the welfare."""

    name: ClassVar[str] = "greedy"
    summary: ClassVar[str] = "greedy and local search, with the bound of the linear program"
    theorem: ClassVar[str] = "CA-9"
    cost: ClassVar[str] = "O(k^2) a pass, besides one linear program"
    source: ClassVar[str] = (
        "Lehmann, D., O'Callaghan, L. I. and Shoham, Y. (2002). Truth revelation in approximately "
        "efficient combinatorial auctions."
    )

    def solver(self) -> Solver:
        """Return the local search."""
        return _improved


def _improved(packing: Packing, start: list[int], prices: IntArray, deadline: Deadline) -> Part:
    """Improve a greedy set by one bid at a time until nothing helps."""
    best = max(packing.greedy(start), packing.greedy(), key=packing.worth)
    value = packing.worth(best)
    improved = True
    while improved and not deadline.expired():
        improved = False
        for place in range(len(packing)):
            if place in best:
                continue
            kept = [place]
            for other in sorted(best, key=lambda other: -packing.values[other]):
                if packing.is_feasible([*kept, other]):
                    kept.append(other)
            trial = packing.greedy(kept)
            if packing.worth(trial) > value:
                best, value, improved = trial, packing.worth(trial), True
    return Part(best, sum(packing.values), deadline.limit)
