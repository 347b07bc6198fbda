"""`BidTable`: bids on bundles of items, as arrays that own their data and check themselves.

A bid is (bidder, bundle, price >= 0); a bundle is a non-empty multiset of items, held sorted.
Shared by every kind whose valuations are bids on bundles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers, require_whole

__all__ = ["BidTable", "exact"]

_LISTS = ("bidder", "items", "price")


def exact(amount: float) -> Fraction:
    """Return the decimal number that a user wrote and a float stands for, exactly.

    Examples
    --------
    >>> exact(0.1) + exact(0.2) == exact(0.3), exact(7)
    (True, Fraction(7, 1))
    """
    return Fraction(str(amount)) if isinstance(amount, float) else Fraction(int(amount))


@dataclass(frozen=True, slots=True, eq=False)
class BidTable:
    """Bids on bundles.

    Parameters
    ----------
    bidder : int64, shape (k,).
    starts : int64, shape (k + 1,): the bundle of bid b is ``items[starts[b]:starts[b + 1]]``.
    items : int64: all bundles one after the other, rising within each; repeated for more units.
    price : shape (k,), money units, >= 0; whole numbers where all are whole.

    Examples
    --------
    >>> faults = []
    >>> table = BidTable.checked([(0, [1, 0], 5), (1, [1], 2)], "bids", faults, n_items=2)
    >>> table.bundle(0).tolist(), table.price.tolist(), len(table)
    ([0, 1], [5, 2], 2)
    """

    bidder: IntArray
    starts: IntArray
    items: IntArray
    price: NumberArray

    def __post_init__(self) -> None:
        for name in ("bidder", "starts", "items", "price"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def __reduce__(self) -> tuple[Any, ...]:
        return BidTable, (self.bidder, self.starts, self.items, self.price)

    def __len__(self) -> int:
        return len(self.bidder)

    @classmethod
    def checked(
        cls,
        bids: object,
        field: str,
        faults: list[Fault],
        *,
        n_items: int | None = None,
        n_bidders: int | None = None,
    ) -> BidTable | None:
        """Return the table of given bids, or None after adding a fault for everything wrong.

        Parameters
        ----------
        bids : a `BidTable`, a mapping with the lists ``bidder``, ``items``, ``price``, or an
            iterable of (bidder, items, price).
        field : how faults call it.
        faults : faults are appended here.
        n_items, n_bidders : indices must be below these; None: any whole number >= 0.
        """
        before = len(faults)
        if isinstance(bids, BidTable):
            table: BidTable | None = bids
        else:
            lists = _as_lists(bids, field, faults)
            table = None if lists is None else cls._from_lists(lists, field, faults)
        if table is not None:
            table._check_range(field, faults, n_items, n_bidders)
        return table if len(faults) == before else None

    @classmethod
    def _from_lists(
        cls, lists: Mapping[str, Any], field: str, faults: list[Fault]
    ) -> BidTable | None:
        """Return the table of three lists of equal length."""
        before = len(faults)
        bundles = plain_numbers(lists["items"])
        if isinstance(bundles, np.ndarray):
            bundles = bundles.tolist()
        if not isinstance(bundles, Sequence) or isinstance(bundles, str | bytes):
            faults.append(Fault(field, "must be a list of bundles", ("items",), bundles))
            return None
        bidder = as_numbers(lists["bidder"], f"{field}.bidder", (len(bundles),), faults)
        price = as_numbers(lists["price"], f"{field}.price", (len(bundles),), faults)
        if bidder is not None:
            require_whole(faults, f"{field}.bidder", bidder)
        own = [_bundle(bundle, place, field, faults) for place, bundle in enumerate(bundles)]
        if len(faults) > before or bidder is None or price is None:
            return None
        starts = np.cumsum([0, *(len(bundle) for bundle in own)])
        items = np.array([item for bundle in own for item in bundle], dtype=np.int64)
        return cls(bidder, read_only(starts.astype(np.int64)), read_only(items), price)

    def _check_range(
        self, field: str, faults: list[Fault], n_items: int | None, n_bidders: int | None
    ) -> None:
        """Add a fault for each bidder or item that is not there."""
        wrong: list[Fault] = []
        if n_bidders is not None:
            wrong += [
                Fault(f"{field}.bidder", f"there are only {n_bidders} bidders", (int(b),), int(i))
                for b in np.flatnonzero(self.bidder >= n_bidders)
                for i in [self.bidder[b]]
            ]
        if n_items is not None:
            for b in np.unique(self.bid_of_entry()[self.items >= n_items]).tolist():
                bundle = self.bundle(b)
                outside = int(bundle[bundle >= n_items][0])
                wrong.append(
                    Fault(f"{field}.items", f"there are only {n_items} items", (b,), outside)
                )
        faults.extend(wrong[:MAX_FAULTS])
        if len(wrong) > MAX_FAULTS:
            faults.append(Fault(field, f"{len(wrong) - MAX_FAULTS} more bids are out of range"))

    def bundle(self, bid: int) -> IntArray:
        """Return the items of a bid, rising."""
        return self.items[self.starts[bid] : self.starts[bid + 1]]

    def bid_of_entry(self) -> IntArray:
        """Return the bid that each entry of `items` belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def bids_of(self, bidder: int) -> IntArray:
        """Return the bids of a bidder, rising."""
        return np.flatnonzero(self.bidder == bidder)

    def exact_prices(self) -> list[Fraction]:
        """Return the prices as exact decimals."""
        return [exact(price) for price in self.price.tolist()]

    def to_lists(self) -> dict[str, Any]:
        """Return the form of instance files."""
        bundles = [self.bundle(b).tolist() for b in range(len(self))]
        return {"bidder": self.bidder, "items": bundles, "price": self.price}

    def __iter__(self) -> Iterator[tuple[int, list[int], int | float]]:
        for b in range(len(self)):
            yield int(self.bidder[b]), self.bundle(b).tolist(), self.price[b].item()


def _as_lists(bids: object, field: str, faults: list[Fault]) -> Mapping[str, Any] | None:
    """Return bids as three lists, or None after adding faults."""
    if isinstance(bids, Mapping):
        missing = [name for name in _LISTS if name not in bids]
        unknown = [name for name in bids if name not in _LISTS]
        faults.extend(Fault(field, "required field is missing", (name,)) for name in missing)
        rule = f"unknown field; the lists are {', '.join(_LISTS)}"
        faults.extend(Fault(field, rule, (str(name),)) for name in unknown)
        return None if missing or unknown else bids
    if not isinstance(bids, Iterable) or isinstance(bids, str | bytes):
        faults.append(Fault(field, "must be lists bidder, items, price", value=bids))
        return None
    rows = [list(bid) if isinstance(bid, Sequence) else [bid] for bid in bids]
    bad = [place for place, row in enumerate(rows) if len(row) != 3]
    rule = "a bid is (bidder, items, price)"
    faults.extend(Fault(field, rule, (place,), rows[place]) for place in bad[:MAX_FAULTS])
    if bad:
        return None
    return {name: [row[k] for row in rows] for k, name in enumerate(_LISTS)}


def _bundle(bundle: object, place: int, field: str, faults: list[Fault]) -> list[int]:
    """Return a bundle as rising whole numbers, an empty list after adding a fault."""
    name = f"{field}.items[{place}]"
    if len(faults) > MAX_FAULTS:
        return []
    given = plain_numbers(bundle)
    entries = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(entries, list | tuple):
        faults.append(Fault(name, "must be a list of items", value=bundle))
        return []
    if not entries:
        faults.append(Fault(name, "a bundle must not be empty"))
        return []
    items = as_numbers(list(entries), name, (len(entries),), faults)
    if items is None or not require_whole(faults, name, items):
        return []
    return sorted(items.tolist())
