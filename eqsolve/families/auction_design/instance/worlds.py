"""Worlds like those of the Combinatorial Auction Test Suite, seen as the law of one bidder.

A world fixes what all bidders share: a common value of every item, U[1, 100], and how well items
go together (``links``). In ``arbitrary`` any two items do, with weight U[0, 1]; in ``regions``
items are cells of a grid, and neighbors do. A draw is a bidder, as the suite makes them:

1. Its private addition to the value of each item is U[-d, d] with d = 100 ``deviation``, or normal.
2. Its first bundle begins with one item, likelier the greater its private addition, and grows by
   one more with chance ``grow``, likelier what goes well with what is there and is valued
   privately; in ``regions`` it jumps anywhere with chance ``jump``.
3. A bundle B is worth the sum of its items' values and ``|B| ** (1 + additivity)``. A bidder whose
   first bundle is worth nothing is drawn again.
4. From every item of it another bundle of that size grows. Of those, different from each other,
   whose worth is at most ``budget`` times that of the first and whose common value is at least
   ``resale`` times that of the first, the best ``substitutes`` are bids as well (XOR).

Draws: all bidders of a block together, in the order above; see `World.sample`.
Source: Leyton-Brown, Pearson and Shoham (2000), "Towards a universal test suite for combinatorial
auction algorithms"; settings as in files of the suite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, read_only
from eqsolve.families.auction_design.instance.bundles import masks_of
from eqsolve.families.auction_design.instance.laws import Law
from eqsolve.families.auction_design.instance.valuations import BidValuations

__all__ = ["KINDS", "World"]

KINDS = ("arbitrary", "regions")
_HIGHEST = 100.0
"""Greatest common value."""

_DIAGONAL = 0.2
"""Chance that a cell is linked to one more, across a corner."""


@dataclass(frozen=True, slots=True)
class World(Law):
    """The law of a bidder in a world.

    Parameters
    ----------
    kind : ``"arbitrary"`` or ``"regions"``.
    size : number of items, m.
    seed : of what all bidders share.
    grow, additivity, budget, resale, substitutes, jump : see above.
    deviation : spread of private values, as a share of 100.
    normal : standard deviation of private values where they are normal; None: uniform.

    Examples
    --------
    >>> drawn = World("regions", 9, 1).sample(np.random.default_rng(0), 3)
    >>> len(drawn), bool((drawn.prices > 0).all())
    (3, True)
    """

    form: ClassVar[str] = "world"

    kind: str
    size: int
    seed: int
    grow: float = 0.9
    additivity: float = 0.2
    budget: float = 1.5
    resale: float = 0.5
    substitutes: int = 5
    jump: float = 0.05
    deviation: float = 0.5
    normal: float | None = None

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return self.size

    @property
    def scale(self) -> float:
        """About the greatest value."""
        spread = _HIGHEST * self.deviation if self.normal is None else 4 * self.normal
        return float(self.size * (_HIGHEST + spread) + self.size ** (1 + self.additivity))

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the law."""
        yield "world", repr(self)

    def common(self) -> FloatArray:
        """Return the common value of every item, shape (m,)."""
        return _common(self.kind, self.size, self.seed)[0]

    def links(self) -> FloatArray:
        """Return how well items go together, shape (m, m), symmetric, diagonal 0."""
        return _common(self.kind, self.size, self.seed)[1]

    def sample(self, rng: np.random.Generator, n: int) -> BidValuations:
        """Return n independent draws."""
        m, common = self.size, self.common()
        if not m:
            return BidValuations(np.zeros(n + 1, np.int64), np.zeros((0, 0), np.bool_), np.zeros(0))
        own, first = np.zeros((n, m)), np.zeros((n, m), dtype=np.bool_)
        shares = np.zeros((n, m))
        open_ = np.arange(n)
        while len(open_):
            added, shares[open_] = self._private(rng, len(open_))
            own[open_] = common + added
            start = _pick(rng, shares[open_])
            sizes = np.minimum(rng.geometric(1 - self.grow, len(open_)), m)
            first[open_] = self._grown(rng, start, sizes, shares[open_])
            open_ = open_[self._worth(first[open_], own[open_]) <= 0]
        whose, start = np.nonzero(first)
        sizes = first.sum(axis=1)[whose]
        others = self._grown(rng, start, sizes, shares[whose])
        return self._bids(first, whose, others, own)

    def _private(self, rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
        """Return private additions and how likely they make items, both shape (n, m)."""
        if self.normal is None:
            u = rng.random((n, self.size))
            return _HIGHEST * self.deviation * (2 * u - 1), u
        z = rng.standard_normal((n, self.size))
        below = 0.5 * (1 + np.vectorize(math.erf, otypes=[np.float64])(z / math.sqrt(2)))
        return self.normal * z, below

    def _grown(
        self, rng: np.random.Generator, start: IntArray, sizes: IntArray, shares: FloatArray
    ) -> BoolArray:
        """Return bundles of given sizes grown from single items, shape (rows, m)."""
        links = self.links()
        rows = np.arange(len(start))
        bundles = np.zeros(shares.shape, dtype=np.bool_)
        bundles[rows, start] = True
        pull = links[start]
        for size in range(2, int(sizes.max(initial=1)) + 1):
            going = np.flatnonzero(sizes >= size)
            free = ~bundles[going]
            weights = pull[going] * shares[going] * free
            astray = weights.sum(axis=1) <= 0
            if self.kind == "regions":
                astray |= rng.random(len(going)) < self.jump
            weights[astray] = free[astray]
            chosen = _pick(rng, weights)
            bundles[going, chosen] = True
            pull[going] += links[chosen]
        return bundles

    def _worth(self, bundles: BoolArray, own: FloatArray) -> FloatArray:
        """Return what bundles are worth, shape (rows,)."""
        sizes = bundles.sum(axis=1)
        found: FloatArray = (bundles * own).sum(axis=1) + sizes ** (1 + self.additivity)
        return found

    def _bids(
        self, first: BoolArray, whose: IntArray, others: BoolArray, own: FloatArray
    ) -> BidValuations:
        """Return the bids of all draws: the first bundle, then its substitutes by worth."""
        common, n = self.common(), len(first)
        most = self.budget * self._worth(first, own)
        least = self.resale * (first @ common)
        worth = self._worth(others, own[whose])
        kept = (worth >= 0) & (worth <= most[whose]) & (others @ common >= least[whose])
        whose, others, worth = whose[kept], others[kept], worth[kept]
        bundles = np.concatenate([first, others])
        owner = np.concatenate([np.arange(n), whose])
        prices = np.concatenate([self._worth(first, own), worth])
        # The first of equal bundles stays; first bundles come before their substitutes.
        keys = np.column_stack([owner.astype(np.uint64), masks_of(bundles)])
        unique = np.unique(keys, axis=0, return_index=True)[1]
        later = np.sort(unique[unique >= n])
        later = later[np.lexsort((-prices[later], owner[later]))]
        rank = np.arange(len(later)) - np.searchsorted(owner[later], owner[later])
        taken = np.concatenate([np.arange(n), later[rank < self.substitutes]])
        taken = taken[np.argsort(owner[taken], kind="stable")]
        starts = np.concatenate([[0], np.cumsum(np.bincount(owner[taken], minlength=n))])
        return BidValuations(starts, bundles[taken], prices[taken])


def _pick(rng: np.random.Generator, weights: FloatArray) -> IntArray:
    """Return a column of each row, drawn by its weights."""
    cumulated = np.cumsum(weights, axis=1)
    mark = rng.random(len(weights)) * cumulated[:, -1]
    found = (cumulated <= mark[:, None]).sum(axis=1)
    chosen: IntArray = np.minimum(found, weights.shape[1] - 1)
    return chosen


@cache
def _common(kind: str, m: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return common values and links of a world, from ``PCG64(seed)``, in this order."""
    rng = np.random.Generator(np.random.PCG64(seed))
    values = rng.uniform(1, _HIGHEST, m)
    if kind == "arbitrary":
        upper = np.triu(rng.random((m, m)), 1)
        links = upper + upper.T
    else:
        links = _grid(rng, m)
    return read_only(values), read_only(links)


def _grid(rng: np.random.Generator, m: int) -> FloatArray:
    """Return the links of a grid: inner cells lack one of four neighbors, some have more."""
    width = max(1, math.ceil(math.sqrt(m)))
    links = np.zeros((m, m))

    def at(row: int, column: int) -> int:
        """Return the item of a cell, -1 where there is none."""
        item = row * width + column
        return item if row >= 0 and 0 <= column < width and item < m else -1

    for item in range(m):
        row, column = divmod(item, width)
        around = [at(row + a, column + b) for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        there = [other for other in around if other >= 0]
        if len(there) == 4:
            del there[int(rng.integers(4))]
        links[item, there] = 1.0
        while rng.random() <= _DIAGONAL:
            a, b = (int(sign) for sign in rng.choice([-1, 1], 2))
            other, side, above = at(row + a, column + b), at(row, column + b), at(row + a, column)
            if other >= 0 and not (side >= 0 and above >= 0 and links[side, above]):
                links[item, other] = links[other, item] = 1.0
    found: FloatArray = np.maximum(links, links.T)
    return found
