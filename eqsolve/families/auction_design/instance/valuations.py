"""What bundles are worth to many types at once: four languages behind one face.

``TableValuations`` list the value of every bundle, ``AdditiveValuations`` those of single items
(a bidder who wants k items counts the best k in the bundle), ``BidValuations`` bids on bundles of
which the best inside the bundle counts (XOR), and ``MixedValuations`` put types of several
languages in one row. Values need not be monotone in a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, read_only
from eqsolve.families.auction_design.instance.bundles import inside, masks_of, numbers_of

__all__ = [
    "AdditiveValuations",
    "BidValuations",
    "MixedValuations",
    "TableValuations",
    "Valuations",
    "joined",
]

_AT_ONCE = 1 << 18
"""Pairs of bid and bundle up to which their amounts are held together."""

_LOOKED_UP = 1 << 23
"""Pairs of bid and bundle that are looked up together."""


class Valuations:
    """Base: N types, each with a value >= 0 for every bundle of m items, 0 for nothing."""

    __slots__ = ()

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def take(self, rows: npt.ArrayLike) -> Valuations:
        """Return the types of given rows; a row may be taken several times."""
        raise NotImplementedError

    def of(self, bundles: BoolArray) -> FloatArray:
        """Return the value of every bundle to every type, shape (N, K).

        Parameters
        ----------
        bundles : shape (K, m).
        """
        raise NotImplementedError

    def each(self, bundles: BoolArray) -> FloatArray:
        """Return the value of bundle n to type n, shape (N,).

        Parameters
        ----------
        bundles : shape (N, m).
        """
        raise NotImplementedError

    def greatest(self) -> FloatArray:
        """Return the greatest value of any bundle to each type, shape (N,)."""
        raise NotImplementedError

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield (field, array or scalar) for everything that defines the types."""
        raise NotImplementedError

    def of_all_items(self) -> FloatArray:
        """Return the value of all items together, shape (N,)."""
        return self.of(np.ones((1, self.n_items), dtype=np.bool_))[:, 0]


def _store(owner: object, **arrays: npt.NDArray[np.generic]) -> None:
    """Set fields of a frozen object to read-only arrays."""
    for name, array in arrays.items():
        object.__setattr__(owner, name, read_only(array))


@dataclass(frozen=True, slots=True, eq=False)
class TableValuations(Valuations):
    """The value of every bundle.

    Parameters
    ----------
    values : shape (N, 2**m), by bundle number; column 0 is 0.

    Examples
    --------
    >>> types = TableValuations(np.array([[0.0, 3.0, 2.0, 4.0]]))
    >>> types.of(np.array([[True, True], [False, True]])).tolist()
    [[4.0, 2.0]]
    """

    values: FloatArray

    def __post_init__(self) -> None:
        _store(self, values=np.asarray(self.values, dtype=np.float64))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return int(self.values.shape[1]).bit_length() - 1

    def take(self, rows: npt.ArrayLike) -> TableValuations:
        """Return the types of given rows."""
        return TableValuations(self.values[np.asarray(rows, dtype=np.int64)])

    def of(self, bundles: BoolArray) -> FloatArray:
        """Return the value of every bundle to every type."""
        return self.values[:, numbers_of(bundles)]

    def each(self, bundles: BoolArray) -> FloatArray:
        """Return the value of bundle n to type n."""
        return self.values[np.arange(len(self)), numbers_of(bundles)]

    def greatest(self) -> FloatArray:
        """Return the greatest value of any bundle to each type."""
        found: FloatArray = self.values.max(axis=1)
        return found

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the types."""
        yield "values", self.values


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveValuations(Valuations):
    """Values of single items; the best `demand` of them in the bundle count.

    Parameters
    ----------
    values : shape (N, m).
    demand : how many items count; None: all (additive), 1: unit demand.

    Examples
    --------
    >>> types = AdditiveValuations(np.array([[3.0, 2.0]]), 1)
    >>> types.of(np.array([[True, True], [False, True]])).tolist()
    [[3.0, 2.0]]
    """

    values: FloatArray
    demand: int | None = None

    def __post_init__(self) -> None:
        _store(self, values=np.asarray(self.values, dtype=np.float64))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return int(self.values.shape[1])

    @property
    def counted(self) -> int:
        """How many items count at most."""
        return self.n_items if self.demand is None else min(self.demand, self.n_items)

    def take(self, rows: npt.ArrayLike) -> AdditiveValuations:
        """Return the types of given rows."""
        return AdditiveValuations(self.values[np.asarray(rows, dtype=np.int64)], self.demand)

    def of(self, bundles: BoolArray) -> FloatArray:
        """Return the value of every bundle to every type."""
        if self.counted == self.n_items:
            found: FloatArray = self.values @ bundles.T.astype(np.float64)
            return found
        return np.stack(
            [self._best(self.values[:, bundle]) for bundle in bundles], axis=1
        ) if len(bundles) else np.zeros((len(self), 0))  # fmt: skip

    def each(self, bundles: BoolArray) -> FloatArray:
        """Return the value of bundle n to type n."""
        return self._best(np.where(bundles, self.values, 0.0))

    def _best(self, values: FloatArray) -> FloatArray:
        """Return the sum of the best `demand` values of each row."""
        if values.shape[1] > self.counted:
            place = values.shape[1] - self.counted
            values = np.partition(values, place, axis=1)[:, place:]
        found: FloatArray = values.sum(axis=1)
        return found

    def greatest(self) -> FloatArray:
        """Return the greatest value of any bundle to each type."""
        return self._best(self.values)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the types."""
        yield "items", self.values
        yield "demand", self.demand


@dataclass(frozen=True, slots=True, eq=False)
class BidValuations(Valuations):
    """Bids on bundles, of which the best one inside counts (XOR).

    Parameters
    ----------
    starts : int64, shape (N + 1,): the bids of type n are ``starts[n]:starts[n + 1]``.
    bundles : shape (B, m).
    prices : shape (B,).

    Examples
    --------
    >>> bids = np.array([[True, False], [True, True]])
    >>> types = BidValuations(np.array([0, 2, 2]), bids, np.array([3.0, 4.0]))
    >>> types.of(np.array([[True, True], [True, False], [False, True]])).tolist()
    [[4.0, 3.0, 0.0], [0.0, 0.0, 0.0]]
    """

    starts: IntArray
    bundles: BoolArray
    prices: FloatArray

    def __post_init__(self) -> None:
        _store(
            self,
            starts=np.asarray(self.starts, dtype=np.int64),
            bundles=np.asarray(self.bundles, dtype=np.bool_),
            prices=np.asarray(self.prices, dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return int(self.bundles.shape[1])

    @property
    def owner(self) -> IntArray:
        """The type of each bid, shape (B,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def take(self, rows: npt.ArrayLike) -> BidValuations:
        """Return the types of given rows."""
        wanted = np.asarray(rows, dtype=np.int64)
        counts = np.diff(self.starts)[wanted]
        starts = np.concatenate([[0], np.cumsum(counts)])
        bids = np.repeat(self.starts[wanted] - starts[:-1], counts) + np.arange(starts[-1])
        return BidValuations(starts, self.bundles[bids], self.prices[bids])

    def best(self, amounts: npt.NDArray[np.float64], nothing: float = 0.0) -> FloatArray:
        """Return the greatest amount of each type's bids, at least `nothing`.

        Parameters
        ----------
        amounts : shape (B,) or (B, K), by bid.
        """
        shape = (len(self), *amounts.shape[1:])
        found = np.full(shape, nothing)
        full = np.flatnonzero(np.diff(self.starts))
        if len(full):
            found[full] = np.maximum(np.maximum.reduceat(amounts, self.starts[full]), nothing)
        return found

    def of(self, bundles: BoolArray) -> FloatArray:
        """Return the value of every bundle to every type."""
        if len(self.prices) * len(bundles) <= _AT_ONCE:
            return self.best(inside(self.bundles, bundles) * self.prices[:, None])
        found, amounts = np.zeros((len(self), len(bundles))), np.empty(len(bundles))
        owner, prices = self.owner.tolist(), self.prices.tolist()
        rows = max(1, _LOOKED_UP // len(bundles))
        for start in range(0, len(prices), rows):
            some = slice(start, start + rows)
            held = inside(self.bundles[some], bundles)
            for n, price, lies in zip(owner[some], prices[some], held, strict=True):
                np.multiply(lies, price, out=amounts)
                np.maximum(found[n], amounts, out=found[n])  # bid by bid: no others in the cache
        return found

    def each(self, bundles: BoolArray) -> FloatArray:
        """Return the value of bundle n to type n."""
        missing = self.bundles & ~bundles[self.owner]
        return self.best(np.where(missing.any(axis=1), 0.0, self.prices))

    def greatest(self) -> FloatArray:
        """Return the greatest value of any bundle to each type."""
        return self.best(self.prices)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the types."""
        yield "starts", self.starts
        yield "bundles", masks_of(self.bundles).view(np.int64)
        yield "prices", self.prices


@dataclass(frozen=True, slots=True, eq=False)
class MixedValuations(Valuations):
    """Types of several languages.

    Parameters
    ----------
    parts : one for each language, over the same items.
    part, row : int64, shape (N,): where type n is found.
    """

    parts: tuple[Valuations, ...]
    part: IntArray
    row: IntArray

    def __post_init__(self) -> None:
        _store(self, part=self.part, row=self.row)

    def __len__(self) -> int:
        return len(self.part)

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return self.parts[0].n_items

    def take(self, rows: npt.ArrayLike) -> MixedValuations:
        """Return the types of given rows."""
        wanted = np.asarray(rows, dtype=np.int64)
        return MixedValuations(self.parts, self.part[wanted], self.row[wanted])

    def split(self) -> Sequence[tuple[IntArray, Valuations]]:
        """Return, for each language in use, the rows that speak it and their valuations."""
        found = []
        for k, part in enumerate(self.parts):
            rows = np.flatnonzero(self.part == k)
            if len(rows):
                found.append((rows, part.take(self.row[rows])))
        return found

    def of(self, bundles: BoolArray) -> FloatArray:
        """Return the value of every bundle to every type."""
        found = np.zeros((len(self), len(bundles)))
        for rows, part in self.split():
            found[rows] = part.of(bundles)
        return found

    def each(self, bundles: BoolArray) -> FloatArray:
        """Return the value of bundle n to type n."""
        found = np.zeros(len(self))
        for rows, part in self.split():
            found[rows] = part.each(bundles[rows])
        return found

    def greatest(self) -> FloatArray:
        """Return the greatest value of any bundle to each type."""
        found = np.zeros(len(self))
        for rows, part in self.split():
            found[rows] = part.greatest()
        return found

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the types."""
        yield "part", self.part
        yield "row", self.row
        for k, part in enumerate(self.parts):
            yield from ((f"{k}.{key}", value) for key, value in part.content())


def joined(parts: Sequence[Valuations]) -> Valuations:
    """Return the types of several batches, of one language, as one batch."""
    first = parts[0]
    if isinstance(first, TableValuations):
        tables = [part.values for part in parts if isinstance(part, TableValuations)]
        return TableValuations(np.concatenate(tables))
    if isinstance(first, AdditiveValuations):
        items = [part.values for part in parts if isinstance(part, AdditiveValuations)]
        return AdditiveValuations(np.concatenate(items), first.demand)
    bids = [part for part in parts if isinstance(part, BidValuations)]
    assert len(bids) == len(parts)
    ends = np.cumsum([0, *(part.starts[-1] for part in bids)])
    starts = [part.starts[:-1] + end for part, end in zip(bids, ends[:-1], strict=True)]
    return BidValuations(
        np.concatenate([*starts, ends[-1:]]),
        np.concatenate([part.bundles for part in bids]),
        np.concatenate([part.prices for part in bids]),
    )
