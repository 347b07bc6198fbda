"""Winner determination as packing: bids with exact net values, rows for items and bidders (CA-1).

Everything that is claimed is exact: values are whole numbers of the largest money unit that divides
all of them, sets are summed anew, and a bound comes
from item prices alone. At item prices ``pi >= 0`` no set of bids is worth more than

    sum_j supply_j pi_j + sum_i u_i(pi),

where ``u_i`` is the most that bidder i gains at these prices (XOR: the best bid; OR: the sum of the
positive gains). An accepted bid b costs the bound ``d_b``: pi(bundle) + u_i - value. So whatever
lies further below the bound than a set in hand is left out (reduced costs), exactly.

Cost O(entries) per pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction

__all__ = ["Packing", "number", "total"]

_ZERO = Fraction(0)


def number(amount: Fraction) -> int | float:
    """Return an exact amount as a whole number where 64 bits hold it, else as the nearest float."""
    whole = amount.denominator == 1 and abs(amount) < 2**63
    return int(amount) if whole else float(amount)


def total(values: Iterable[Fraction]) -> Fraction:
    """Return an exact sum; many terms share few denominators, so they are added as integers."""
    terms = list(values)
    unit = math.lcm(*(term.denominator for term in terms)) if terms else 1
    return Fraction(sum(term.numerator * (unit // term.denominator) for term in terms), unit)


GRID = 60
"""Item prices are whole multiples of this part of a money unit, which most dual vertices are."""


@dataclass(frozen=True, eq=False)
class Packing:
    """Bids that may win together.

    Parameters
    ----------
    auction : whose bids they are.
    bids : which of its bids take part, rising.
    values : what each adds to the welfare, > 0, in money units.
    unit : the money unit, exact.
    """

    auction: CombinatorialAuction
    bids: IntArray
    values: list[int]
    unit: Fraction

    @classmethod
    def of(
        cls, auction: CombinatorialAuction, *, less: Mapping[int, Fraction] | None = None
    ) -> Packing:
        """Return the bids that can add to the welfare.

        Parameters
        ----------
        less : bidder -> amount taken off each of its bids (CA-4).

        Left out are bids that need more units than there are, that add nothing, and under XOR of a
        bidder's own bids those that ask for more and bring no more than another.
        """
        net = auction.net_prices()
        bidders = auction.bids.bidder.tolist()
        off = {i: amount for i, amount in (less or {}).items() if amount}
        if off:
            net = [v - off.get(i, _ZERO) for v, i in zip(net, bidders, strict=True)]
        unit = Fraction(1, math.lcm(1, *(value.denominator for value in net)))
        whole = [value.numerator * (unit.denominator // value.denominator) for value in net]
        fits = _fits(auction)
        kept = [b for b, value in enumerate(whole) if fits[b] and value > 0]
        if auction.language == "xor":
            kept = _undominated(auction, kept, whole)
        return cls(auction, np.array(kept, dtype=np.int64), [whole[b] for b in kept], unit)

    def without(self, bidder: int) -> Packing:
        """Return the packing without the bids of a bidder."""
        return self.part(np.flatnonzero(self.bidders != bidder))

    def __len__(self) -> int:
        return len(self.bids)

    def part(self, places: IntArray) -> Packing:
        """Return the packing of some of the bids, given by their places."""
        return Packing(
            self.auction,
            self.bids[places],
            [self.values[place] for place in places.tolist()],
            self.unit,
        )

    @property
    def is_xor(self) -> bool:
        """Whether at most one bid of a bidder may win."""
        return self.auction.language == "xor"

    @cached_property
    def bidders(self) -> IntArray:
        """Bidder of each bid."""
        return self.auction.bids.bidder[self.bids]

    @cached_property
    def floats(self) -> FloatArray:
        """The values as floats, in money units."""
        return np.array([float(value) for value in self.values])

    @cached_property
    def entries(self) -> tuple[IntArray, IntArray]:
        """Place of the bid and item of every unit asked for."""
        table = self.auction.bids
        lengths = np.diff(table.starts)[self.bids]
        places = np.repeat(np.arange(len(self)), lengths)
        offsets = np.arange(len(places)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return places, table.items[np.repeat(table.starts[self.bids], lengths) + offsets]

    @cached_property
    def groups(self) -> IntArray:
        """Row of each bid beside the items: bidders under XOR, the bid itself under OR."""
        if not self.is_xor:
            return np.arange(len(self))
        _, rows = np.unique(self.bidders, return_inverse=True)
        return np.asarray(rows, dtype=np.int64)

    @cached_property
    def rows(self) -> tuple[Any, FloatArray]:
        """``A x <= b``: a row per item, then a row per group; A is sparse."""
        from scipy.sparse import csr_array

        places, items = self.entries
        m = self.auction.n_items
        n_groups = int(self.groups.max(initial=-1)) + 1
        # Indices of 32 bits: older versions of scipy and its solvers take no others.
        height = np.concatenate([items, m + self.groups]).astype(np.int32)
        width = np.concatenate([places, np.arange(len(self))]).astype(np.int32)
        matrix = csr_array((np.ones(len(height)), (height, width)), shape=(m + n_groups, len(self)))
        return matrix, np.concatenate([self.auction.supplies.astype(float), np.ones(n_groups)])

    def worth(self, places: Iterable[int]) -> int:
        """Return what the bids at these places add, in money units."""
        return sum(self.values[place] for place in places)

    def is_feasible(self, places: Iterable[int]) -> bool:
        """Return whether the bids at these places can win together."""
        chosen = np.fromiter(places, dtype=np.int64)
        taken = np.isin(self.entries[0], chosen)
        units = np.bincount(self.entries[1][taken], minlength=self.auction.n_items)
        groups = self.groups[chosen]
        return bool((units <= self.auction.supplies).all()) and len(set(groups)) == len(groups)

    def greedy(self, held: Iterable[int] = ()) -> list[int]:
        """Return places of bids that can win together: best value per root of the size first.

        Parameters
        ----------
        held : places that are in it from the start; they can win together.
        """
        return self.taken_in_turn([*held, *self.by_worth_of_size.tolist()])

    @cached_property
    def by_worth_of_size(self) -> IntArray:
        """Places by falling value per root of the size."""
        sizes = np.maximum(np.bincount(self.entries[0], minlength=len(self)), 1)
        return np.lexsort((np.arange(len(self)), -self.floats / np.sqrt(sizes)))

    def taken_in_turn(self, order: Iterable[int]) -> list[int]:
        """Return the places that can win together when each is taken if it still fits, rising."""
        left = self.auction.supplies.tolist()
        used: set[int] = set()
        chosen: list[int] = []
        groups = self.groups.tolist()
        for place in order:
            if groups[place] in used:
                continue
            units = self._units[place]
            if all(left[item] >= count for item, count in units):
                for item, count in units:
                    left[item] -= count
                used.add(groups[place])
                chosen.append(place)
        return sorted(chosen)

    @cached_property
    def _units(self) -> list[list[tuple[int, int]]]:
        """Items and units of each bid."""
        table = self.auction.bids
        found = []
        for b in self.bids.tolist():
            bundle = table.bundle(b).tolist()
            found.append([(item, bundle.count(item)) for item in dict.fromkeys(bundle)])
        return found

    def bound(self, prices: IntArray) -> Fraction:
        """Return the bound by item prices, in money units.

        Parameters
        ----------
        prices : shape (m,), >= 0, whole multiples of ``unit / GRID``.
        """
        paid = sum(
            units * price
            for units, price in zip(self.auction.supplies.tolist(), prices.tolist(), strict=True)
        )
        return Fraction(paid + sum(self.gains(prices).tolist()), GRID)

    def gains(self, prices: IntArray) -> Any:
        """Return the most that each group gains at item prices, in ``unit / GRID``, exactly."""
        gain = self._gain(prices)
        best = np.zeros(int(self.groups.max(initial=-1)) + 1, dtype=gain.dtype)
        np.maximum.at(best, self.groups, gain)
        return best

    def _gain(self, prices: IntArray) -> Any:
        """Return what each bid gains at item prices, in ``unit / GRID``; may be negative."""
        most = max(self.values, default=0) * GRID + int(prices.max(initial=0)) * 10**6
        whole: Any = np.int64 if most < 2**62 else object
        places, items = self.entries
        costs = np.zeros(len(self), dtype=whole)
        np.add.at(costs, places, prices[items].astype(whole))
        return np.array([value * GRID for value in self.values], dtype=whole) - costs

    def reduced_costs(self, prices: IntArray) -> Any:
        """Return by how much accepting each bid lowers the bound, in ``unit / GRID``, exactly."""
        return self.gains(prices)[self.groups] - self._gain(prices)

    def components(self) -> list[IntArray]:
        """Return the places of bids that no shared item or bidder connects, part by part."""
        from scipy.sparse import block_array
        from scipy.sparse.csgraph import connected_components

        matrix, _ = self.rows
        graph = block_array([[None, matrix.T], [matrix, None]], format="csr")
        _, labels = connected_components(graph, directed=False)
        own = labels[: len(self)]
        order = np.argsort(own, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(own[order])) + 1)


def _fits(auction: CombinatorialAuction) -> list[bool]:
    """Return whether each bid asks for no more units than there are."""
    table = auction.bids
    key = table.bid_of_entry() * max(1, auction.n_items) + table.items
    asked, units = np.unique(key, return_counts=True)
    bad = units > auction.supplies[asked % max(1, auction.n_items)] if len(asked) else asked
    fits = np.ones(len(table), dtype=bool)
    fits[asked[np.asarray(bad, dtype=bool)] // max(1, auction.n_items)] = False
    return list(fits.tolist())


def _undominated(auction: CombinatorialAuction, kept: list[int], net: list[int]) -> list[int]:
    """Return bids without those that ask for all that another of the bidder asks, for no more."""
    table = auction.bids
    by_bidder: dict[int, list[int]] = {}
    for b in kept:
        by_bidder.setdefault(int(table.bidder[b]), []).append(b)
    out: set[int] = set()
    for own in by_bidder.values():
        held: list[frozenset[tuple[int, int]]] = []
        for b in sorted(own, key=lambda b: (-net[b], table.starts[b + 1] - table.starts[b], b)):
            bundle = _marked(table.bundle(b).tolist())
            if any(other <= bundle for other in held):
                out.add(b)
            else:
                held.append(bundle)
    return [b for b in kept if b not in out]


def _marked(items: list[int]) -> frozenset[tuple[int, int]]:
    """Return a multiset as a set: (item, how many of it before)."""
    seen: dict[int, int] = {}
    marked = []
    for item in items:
        marked.append((item, seen.get(item, 0)))
        seen[item] = seen.get(item, 0) + 1
    return frozenset(marked)
