"""Combinatorial auctions: bids on bundles of items.

There are m items, item j in supply ``supplies[j]`` (whole), with a reserve ``reserves[j] >= 0`` per
unit: what an unsold unit is worth to the seller. A bid is (bidder, bundle, price); a bundle is a
non-empty multiset of items. In the language **XOR** at most one bid of a bidder wins, in **OR** any
of its bids may win together, each once. Free disposal is in the language: the value of a bundle is
the best of the bidder's bids inside it, or the best packing of them.

A set A of bids is feasible if it needs no more units than there are and obeys the language. Its
welfare is the sum of its prices and the worth of the units left.

Numbers are the decimals that the user wrote: a price 0.1 is one tenth, and sums are exact.

Sources: Rothkopf, Pekec and Harstad (1998); Nisan (2000) on bidding languages; Leyton-Brown,
Pearson and Shoham (2000).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.bid_table import BidTable, exact
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers, as_whole
from eqsolve.core.instance import Instance
from eqsolve.core.named_bids import named_bids
from eqsolve.core.named_sides import NamedSides

if TYPE_CHECKING:
    from eqsolve.families.combinatorial_auction.solution import AuctionSolution

__all__ = ["CombinatorialAuction"]

LANGUAGES = ("xor", "or")


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class CombinatorialAuction(Instance["AuctionSolution"]):
    """Bids on bundles of m items, the units there are, and what unsold ones are worth.

    Parameters
    ----------
    n_items : number of items, m; None: as many as have names, or the greatest in a bid + 1.
    bids : lists ``{"bidder": ..., "items": ..., "price": ...}`` with one entry per bid, a frame
        with such columns, an iterable of (bidder, items, price), or a mapping bidder -> bundle ->
        price; a repeated item means several units. Bidders and items are numbers or names; the text
        ``"tea+rice"`` is a bundle.
    n_bidders : by default the greatest bidder + 1; bidders without bids count.
    language : ``"xor"`` (at most one bid of a bidder wins) or ``"or"``.
    supplies : shape (m,), whole units, default 1.
    reserves : shape (m,), money units, worth of an unsold unit, default 0.
    name, labels, metadata : see `Instance`; sides are ``"bidders"`` and ``"items"``.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(size of the bids). Sources: Rothkopf, Pekec and Harstad (1998); Nisan (2000).

    Examples
    --------
    >>> auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])
    >>> auction.n_bidders, auction.n_bids, auction.supplies.tolist()
    (3, 3, [1, 1])
    """

    kind: ClassVar[str] = "combinatorial_auction"

    n_items: int
    n_bidders: int
    bids: BidTable
    language: str
    supplies: IntArray
    reserves: NumberArray

    def __init__(
        self,
        n_items: object,
        bids: object,
        n_bidders: object = None,
        language: object = "xor",
        supplies: object = None,
        reserves: object = None,
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        sides = NamedSides(faults, labels)
        supplies = sides.read(supplies, "supplies", "items")
        reserves = sides.read(reserves, "reserves", "items")
        bids = named_bids(bids, "bids", sides)
        labels = sides.labels(labels)
        if n_items is None and not sides.silent:
            n_items = _named_items(labels, bids)
        m = _size(n_items, "n_items", faults)
        n = None if n_bidders is None else _size(n_bidders, "n_bidders", faults)
        table = BidTable.checked(bids, "bids", faults, n_items=m, n_bidders=n)
        if n_bidders is None and table is not None:
            n = int(table.bidder.max(initial=-1)) + 1
        if language not in LANGUAGES:
            faults.append(Fault("language", "must be 'xor' or 'or'", value=language))
        units = _per_item(supplies, "supplies", m, 1, faults, as_whole)
        worth = _per_item(reserves, "reserves", m, 0, faults, as_numbers)
        self._settle(
            faults,
            name,
            labels,
            metadata,
            n_items=m,
            n_bidders=n,
            bids=table,
            language=language,
            supplies=units,
            reserves=worth,
        )

    @property
    def n_bids(self) -> int:
        """Number of bids."""
        return len(self.bids)

    @property
    def scale(self) -> float:
        """The largest price or reserve."""
        return max(
            float(self.bids.price.max(initial=0)), float(np.asarray(self.reserves).max(initial=0))
        )

    def exact_reserves(self) -> list[Fraction]:
        """Return the reserves as exact decimals."""
        return [exact(worth) for worth in self.reserves.tolist()]

    def net_prices(self) -> list[Fraction]:
        """Return what each bid adds to the worth of its units at their reserves, exactly (CA-1)."""
        worth = self.exact_reserves()
        return [
            price - sum((worth[item] for item in self.bids.bundle(b).tolist()), Fraction(0))
            for b, price in enumerate(self.bids.exact_prices())
        ]

    def unit(self) -> Fraction:
        """Return the money unit of which every price and reserve is a whole multiple."""
        amounts = [*self.bids.exact_prices(), *self.exact_reserves()]
        return Fraction(1, math.lcm(*(amount.denominator for amount in amounts)))

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "n_items", self.n_items
        yield "n_bidders", self.n_bidders
        yield "bidder", self.bids.bidder
        yield "starts", self.bids.starts
        yield "items", self.bids.items
        yield "price", self.bids.price
        yield "language", self.language
        yield "supplies", self.supplies
        yield "reserves", self.reserves

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of bidders and items."""
        return {"bidders": self.n_bidders, "items": self.n_items}


def _named_items(labels: Any, bids: Any) -> int:
    """Return the number of items that have names, or that bids speak of."""
    names = labels.get("items") if isinstance(labels, Mapping) else None
    if names:
        return len(names)
    lists = bids.get("items", ()) if isinstance(bids, Mapping) else [bid[1] for bid in bids]
    return 1 + max((item for bundle in lists for item in bundle), default=-1)


def _size(value: object, field: str, faults: list[Fault]) -> int | None:
    """Return a number of members, or None after adding a fault."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= 0:
        return int(value)
    rule = "must be a whole number >= 0"
    if isinstance(value, list | tuple) and field == "n_items":
        rule += ", or None, with the names in labels"
    faults.append(Fault(field, rule, value=value))
    return None


def _per_item(
    given: object,
    field: str,
    m: int | None,
    default: int,
    faults: list[Fault],
    read: Callable[..., NumberArray | None],
) -> NumberArray | None:
    """Return one number >= 0 per item, `default` for each where nothing is given."""
    if given is None:
        return read_only(np.full(m or 0, default, dtype=np.int64))
    return read(given, field, (m,), faults)
