"""Random and structured combinatorial auctions: seeded, each with its source.

``arbitrary`` and ``regions`` follow the worlds of the Combinatorial Auction Test Suite: items have
common values and, in a region, neighbors; a bundle grows from one item by complementarity, and a
bidder's further bids on similar bundles exclude its first. They are worlds like those of the suite,
not its program: numbers differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction

__all__ = ["RECIPES"]

Bids = list[tuple[int, list[int], int | float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AuctionRecipe(Recipe):
    """Base: items and bids.

    Parameters
    ----------
    items, bidders : numbers of them.
    """

    items: int = 10
    bidders: int = 10

    def __post_init__(self) -> None:
        if self.items < 1 or self.bidders < 0:
            raise OptionError(f"recipe {self.name!r}: items must be >= 1 and bidders >= 0")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CombinatorialAuction:
        """Return an auction with the bids drawn."""
        return CombinatorialAuction(
            self.items, self.bids(rng), self.bidders, name=name, metadata=metadata
        )

    def bids(self, rng: np.random.Generator) -> Bids:
        """Return bids."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(_AuctionRecipe):
    """Random bundles with whole prices.

    Parameters
    ----------
    bids_each : bids of each bidder.
    largest : items of a bundle at most.
    high : an item adds 1 .. high to the price.
    language : ``"xor"`` or ``"or"``.
    units : units of each item.
    """

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "random bundles, whole prices that grow with their size"

    bids_each: int = 3
    largest: int = 4
    high: int = 20
    language: str = "xor"
    units: int = 1

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CombinatorialAuction:
        """Return an auction with the bids drawn."""
        return CombinatorialAuction(
            self.items,
            self.bids(rng),
            self.bidders,
            self.language,
            np.full(self.items, self.units),
            name=name,
            metadata=metadata,
        )

    def bids(self, rng: np.random.Generator) -> Bids:
        """Return bids."""
        found: Bids = []
        for bidder in range(self.bidders):
            for _ in range(self.bids_each):
                size = int(rng.integers(1, min(self.largest, self.items) + 1))
                bundle = rng.choice(self.items, size, replace=False).tolist()
                price = int(rng.integers(1, self.high + 1, size).sum())
                found.append((bidder, bundle, price))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _World(_AuctionRecipe):
    """Base of the worlds like those of the suite.

    Parameters
    ----------
    spread : common values of items lie in [1, 100), a bidder's own differ by up to this share.
    grow : chance that a bundle gets one more item.
    alternatives : further bids of a bidder, around items of its first bundle.
    """

    source: ClassVar[str] = "worlds like those of Leyton-Brown, Pearson and Shoham (2000), CATS"

    spread: float = 0.5
    grow: float = 0.9
    alternatives: int = 4

    def links(self, rng: np.random.Generator) -> Any:
        """Return how well items go together, shape (m, m), >= 0."""
        raise NotImplementedError

    def bids(self, rng: np.random.Generator) -> Bids:
        """Return bids: the first of a bidder, then its alternatives where they differ."""
        common = rng.uniform(1, 100, self.items)
        links = self.links(rng)
        found: Bids = []
        for bidder in range(self.bidders):
            own = common * (1 + self.spread * rng.uniform(-1, 1, self.items))
            first = self._bundle(rng, int(rng.integers(self.items)), own, links)
            bundles = [first]
            for _ in range(self.alternatives):
                start = first[int(rng.integers(len(first)))]
                bundle = self._bundle(rng, start, own, links)
                if bundle not in bundles:
                    bundles.append(bundle)
            found += [(bidder, bundle, self._price(bundle, own, links)) for bundle in bundles]
        return found

    def _bundle(self, rng: np.random.Generator, start: int, own: Any, links: Any) -> list[int]:
        """Grow a bundle from an item by what goes well with what is there."""
        bundle = [start]
        while len(bundle) < self.items and rng.random() < self.grow:
            weight = links[bundle].sum(axis=0) * own
            weight[bundle] = 0
            if not weight.any():
                break
            bundle.append(int(rng.choice(self.items, p=weight / weight.sum())))
        return sorted(bundle)

    def _price(self, bundle: list[int], own: Any, links: Any) -> float:
        """Return the sum of own values and what the pairs add, to the cent."""
        together = links[np.ix_(bundle, bundle)].sum() / max(1, self.items)
        return round(float(own[bundle].sum() * (1 + 0.2 * together) + len(bundle) ** 1.2), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitrary(_World):
    """Any two items may go well together."""

    name: ClassVar[str] = "arbitrary"
    summary: ClassVar[str] = "bundles of items that go together at random"

    def links(self, rng: np.random.Generator) -> Any:
        """Return random links between all pairs."""
        links = np.triu(rng.random((self.items, self.items)), 1)
        return links + links.T


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions(_World):
    """Items are the cells of a grid; neighbors go together."""

    name: ClassVar[str] = "regions"
    summary: ClassVar[str] = "bundles of neighboring cells of a grid"

    def links(self, rng: np.random.Generator) -> Any:
        """Return 1 for cells side by side in the most square grid with enough cells."""
        width = int(np.ceil(np.sqrt(self.items)))
        rows, columns = np.divmod(np.arange(self.items), width)
        apart = np.abs(rows[:, None] - rows) + np.abs(columns[:, None] - columns)
        return (apart == 1).astype(float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths(_AuctionRecipe):
    """Items are the stretches of a line; everybody wants one interval (CA-10).

    Parameters
    ----------
    high : a stretch adds 1 .. high to the price.
    """

    name: ClassVar[str] = "paths"
    summary: ClassVar[str] = "one interval of a line each: the linear program is tight"
    source: ClassVar[str] = "Rothkopf, Pekec and Harstad (1998), intervals"

    high: int = 20

    def bids(self, rng: np.random.Generator) -> Bids:
        """Return one bid for each bidder."""
        found: Bids = []
        for bidder in range(self.bidders):
            ends = np.sort(rng.integers(0, self.items + 1, 2))
            start, stop = int(ends[0]), int(max(ends[1], ends[0] + 1))
            bundle = list(range(min(start, self.items - 1), min(stop, self.items)))
            price = int(rng.integers(1, self.high + 1, len(bundle)).sum())
            found.append((bidder, bundle, price))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalLocalGlobal(Recipe):
    """Two bidders want one item each, a third wants both (LLG).

    Parameters
    ----------
    high : prices of the local bidders are 1 .. high, that of the global one up to twice as high.
    """

    name: ClassVar[str] = "llg"
    summary: ClassVar[str] = "two local bidders against one for both items"
    source: ClassVar[str] = "Ausubel and Milgrom (2002); Day and Cramton (2012)"

    high: int = 100

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CombinatorialAuction:
        """Return an auction with the prices drawn."""
        left, right = (int(price) for price in rng.integers(1, self.high + 1, 2))
        both = int(rng.integers(1, 2 * self.high + 1))
        bids = [(0, [0], left), (1, [1], right), (2, [0, 1], both)]
        return CombinatorialAuction(2, bids, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddCycle(Recipe):
    """Bidders around a table, each wants what lies to its left and right (CA-9).

    Parameters
    ----------
    length : bidders and items, odd.
    price : of each bid.
    """

    name: ClassVar[str] = "odd_cycle"
    summary: ClassVar[str] = "neighbors on an odd cycle: no item prices clear"
    source: ClassVar[str] = "Bikhchandani and Mamer (1997)"

    length: int = 3
    price: int = 1

    def __post_init__(self) -> None:
        if self.length < 3 or self.length % 2 == 0:
            raise OptionError(f"option length = {self.length}: must be odd and >= 3")
        if self.price < 1:
            raise OptionError(f"option price = {self.price}: must be >= 1")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CombinatorialAuction:
        """Return the auction; nothing is drawn."""
        bids = [(i, [i, (i + 1) % self.length], self.price) for i in range(self.length)]
        return CombinatorialAuction(self.length, bids, name=name, metadata=metadata)


RECIPES = (Uniform, Arbitrary, Regions, Paths, LocalLocalGlobal, OddCycle)
