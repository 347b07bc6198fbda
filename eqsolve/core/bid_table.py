"""`BidTable`: bids on bundles of items, as arrays that own their data and check themselves.

A bid is (bidder, bundle, price >= 0); a bundle is a non-empty multiset of items, held sorted.
Shared by every kind whose valuations are bids on bundles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers, as_whole

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
            lists: Mapping[str, Any] | None = None
        else:
            lists = _as_lists(bids, field, faults)
            table = None if lists is None else cls._from_lists(lists, field, faults)
        if table is not None and table._reaches_beyond(n_items, n_bidders):
            lists = table.to_lists()
        elif table is not None:
            return table
        if lists is not None:  # also of bids that are no table: every fault in one pass
            _report_outside(lists, field, faults, n_items, n_bidders)
        return table if len(faults) == before else None

    @classmethod
    def _from_lists(
        cls, lists: Mapping[str, Any], field: str, faults: list[Fault]
    ) -> BidTable | None:
        """Return the table of three lists of equal length."""
        before = len(faults)
        bundles = _entries(lists["items"])
        if bundles is None:
            faults.append(Fault(field, "must be a list of bundles", ("items",), lists["items"]))
            return None
        bidder = as_whole(lists["bidder"], f"{field}.bidder", (len(bundles),), faults)
        price = as_numbers(lists["price"], f"{field}.price", (len(bundles),), faults)
        wrong: list[Fault] = []
        own = [_bundle(bundle, place, field, wrong) for place, bundle in enumerate(bundles)]
        _add(faults, wrong, f"{field}.items", "more faults")
        if len(faults) > before or bidder is None or price is None:
            return None
        starts = np.cumsum([0, *(len(bundle) for bundle in own)])
        items = np.array([item for bundle in own for item in bundle], dtype=np.int64)
        return cls(bidder, read_only(starts.astype(np.int64)), read_only(items), price)

    def _reaches_beyond(self, n_items: int | None, n_bidders: int | None) -> bool:
        """Return whether there is a bidder or item that is not there."""
        return (n_bidders is not None and bool((self.bidder >= n_bidders).any())) or (
            n_items is not None and bool((self.items >= n_items).any())
        )

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


def _entries(given: object) -> Sequence[Any] | None:
    """Return what a list or array holds, None where it is neither."""
    given = plain_numbers(given)
    if isinstance(given, np.ndarray):
        given = given.tolist()
    return given if isinstance(given, Sequence) and not isinstance(given, str | bytes) else None


def _add(faults: list[Fault], wrong: list[Fault], name: str, words: str) -> None:
    """Add the first faults of a field, and one that counts the rest."""
    faults.extend(wrong[:MAX_FAULTS])
    if len(wrong) > MAX_FAULTS:
        faults.append(Fault(name, f"{len(wrong) - MAX_FAULTS} {words}"))


def _report_outside(
    lists: Mapping[str, Any],
    field: str,
    faults: list[Fault],
    n_items: int | None,
    n_bidders: int | None,
) -> None:
    """Add a fault for each bidder or item that is not there, whatever else is wrong."""
    wrong = _outside(lists["bidder"], f"{field}.bidder", n_bidders, "bidders")
    _add(faults, wrong, f"{field}.bidder", "more bidders are out of range")
    wrong = []
    for place, bundle in enumerate(_entries(lists["items"]) or ()):
        wrong += _outside(bundle, f"{field}.items[{place}]", n_items, "items")
    _add(faults, wrong, f"{field}.items", "more items are out of range")


def _outside(given: object, name: str, size: int | None, what: str) -> list[Fault]:
    """Return a fault for each whole number of a list that is not below `size`."""
    if size is None:
        return []
    return [
        Fault(name, f"there are only {size} {what}", (place,), int(entry))
        for place, entry in enumerate(_entries(given) or ())
        if isinstance(entry, int | float) and size <= entry < math.inf and entry == int(entry)
    ]


def _bundle(bundle: object, place: int, field: str, faults: list[Fault]) -> list[int]:
    """Return a bundle as rising whole numbers, an empty list after adding a fault."""
    name = f"{field}.items[{place}]"
    given = plain_numbers(bundle)
    entries = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(entries, list | tuple):
        faults.append(Fault(name, "must be a list of items", value=bundle))
        return []
    if not entries:
        faults.append(Fault(name, "a bundle must not be empty"))
        return []
    items = as_whole(list(entries), name, (len(entries),), faults)
    return [] if items is None else sorted(items.tolist())
