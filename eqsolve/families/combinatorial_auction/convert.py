"""Foreign files as combinatorial auctions, and assignment markets both ways.

What numbers mean is stated per converter.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.converter import Converter, Recast, file_name, file_stem
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, InstanceError, OptionError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.formats.bundles import (
    BundleBids,
    is_cats,
    is_muca,
    read_cats,
    read_muca,
    write_cats,
)
from eqsolve.formats.course_bids import read_course_bids
from eqsolve.formats.text import head_of, read_text

__all__ = ["CONVERTERS", "from_cats", "to_cats"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToAuction(Converter):
    """Base: the record of how an auction was made."""

    kind: ClassVar[str] = "combinatorial_auction"

    def metadata(self, path: Path, **more: Any) -> dict[str, Any]:
        """Return the record that goes into the auction's metadata."""
        record = {"converter": self.name, "options": asdict(self), "file": file_name(path)}
        return {"source": self.source, **record, **more}

    def auction(self, file: BundleBids, path: Path, **more: Any) -> CombinatorialAuction:
        """Return the auction of a file's bids."""
        try:
            return CombinatorialAuction(
                file.n_items,
                file.bids,
                file.n_bidders,
                supplies=list(file.supplies),
                name=file_stem(path),
                metadata=self.metadata(path, **more),
            )
        except InstanceError as error:
            raise FormatError(str(path), error.faults) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cats(_ToAuction):
    """CATS files: bids that share a dummy good are one XOR bidder."""

    name: ClassVar[str] = "cats"
    summary: ClassVar[str] = "CATS auctions; bids that share a dummy good are one bidder"
    source: ClassVar[str] = "Leyton-Brown, Pearson and Shoham (2000), CATS"
    reading: ClassVar[str] = "auction"

    def recognizes(self, path: Path) -> bool:
        """Return whether the file begins with ``goods``."""
        return path.is_file() and is_cats(path)

    def read(self, path: Path) -> Iterator[CombinatorialAuction]:
        """Yield the auction of the file, read to its end."""
        file = read_cats(path)
        more = {"announced_bids": file.announced} if file.announced != len(file.bids) else {}
        yield self.auction(file, path, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Muca(_ToAuction):
    """Multi-unit auctions of the PAAL library."""

    name: ClassVar[str] = "muca"
    summary: ClassVar[str] = "PAAL multi-unit combinatorial auctions"
    source: ClassVar[str] = "Practical Approximation Algorithms Library, MUCA"

    def recognizes(self, path: Path) -> bool:
        """Return whether the file begins with three sizes and a bid."""
        return path.is_file() and is_muca(path)

    def read(self, path: Path) -> Iterator[CombinatorialAuction]:
        """Yield the auction of the file."""
        yield self.auction(read_muca(path), path)


@dataclass(frozen=True, slots=True, kw_only=True)
class BidLists(_ToAuction):
    """Spreadsheets with the columns bidder, items, price; items are separated by blanks or ``;``.

    Parameters
    ----------
    language : ``"xor"`` or ``"or"``.
    """

    name: ClassVar[str] = "bids_csv"
    summary: ClassVar[str] = "CSV with the columns bidder, items, price; names become labels"
    source: ClassVar[str] = "any spreadsheet"

    language: Literal["xor", "or"] = "xor"

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line names the three columns."""
        first = head_of(path).split("\n")[0]
        words = [word.strip().lower() for word in first.split(",")]
        return path.is_file() and words[:3] == ["bidder", "items", "price"]

    def read(self, path: Path) -> Iterator[CombinatorialAuction]:
        """Yield the auction of the file."""
        rows = list(csv.reader(read_text(path).splitlines()))
        bidders: dict[str, int] = {}
        items: dict[str, int] = {}
        bids = []
        faults: list[Fault] = []
        for place, row in enumerate(rows[1:], start=2):
            if not row or not "".join(row).strip():
                continue
            names = row[1].replace(";", " ").split() if len(row) == 3 else []
            if len(row) != 3 or not names or not row[0].strip():
                rule = "must be `bidder, items, price` with at least one item"
                faults.append(Fault(f"line {place}", rule, value=",".join(row)[:60]))
                continue
            try:
                price = read_number(row[2].strip())
            except NumberError as error:
                faults.append(Fault(f"line {place}", f"the price {error}", value=row[2]))
                continue
            bidder = bidders.setdefault(row[0].strip(), len(bidders))
            bids.append((bidder, [items.setdefault(name, len(items)) for name in names], price))
        if faults:
            raise FormatError(str(path), faults[:MAX_FAULTS])
        try:
            yield CombinatorialAuction(
                len(items),
                bids,
                len(bidders),
                self.language,
                name=file_stem(path),
                labels={"bidders": list(bidders), "items": list(items)},
                metadata=self.metadata(path),
            )
        except InstanceError as error:
            raise FormatError(str(path), error.faults) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSeats(_ToAuction):
    """Course bids: seats are units, points are prices of single courses.

    Parameters
    ----------
    language : ``"or"`` (a student may get every course it bid on) or ``"xor"`` (at most one).
    """

    name: ClassVar[str] = "course_auction"
    summary: ClassVar[str] = "course bids as bids on single seats, capacities as supplies"
    source: ClassVar[str] = "fairpyx project, course bids of Ariel University (2023)"

    language: Literal["xor", "or"] = "or"

    def recognizes(self, path: Path) -> bool:
        """Return False: such files are assignment markets unless ``from=`` says otherwise."""
        return False

    def read(self, path: Path) -> Iterator[CombinatorialAuction]:
        """Yield the auction of the file; what a student did not bid on is no bid."""
        file = read_course_bids(path)
        points = file.bids.numbers
        places = np.argwhere(~np.ma.getmaskarray(points))
        bids = [(int(i), [int(j)], points[i, j].item()) for i, j in places.tolist()]
        try:
            yield CombinatorialAuction(
                len(file.bids.columns),
                bids,
                len(file.bids.rows),
                self.language,
                supplies=list(file.item_capacities),
                name=file_stem(path),
                labels={"bidders": file.bids.rows, "items": file.bids.columns},
                metadata=self.metadata(path, ignored=list(file.ignored)),
            )
        except InstanceError as error:
            raise FormatError(str(path), error.faults) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDemand(Recast):
    """Assignment markets: a bid of every buyer on every item it has a value for, XOR.

    Welfare is the same, and the least equilibrium prices are the VCG payments (BIP-4).
    """

    name: ClassVar[str] = "assignment_market"
    summary: ClassVar[str] = "assignment market: XOR bids on single items, the same reserves"
    source: ClassVar[str] = "Demange, G., Gale, D. and Sotomayor, M. (1986). Multi-item auctions."
    kind: ClassVar[str] = "combinatorial_auction"
    of: ClassVar[str] = "assignment_market"

    def recast(self, instance: AssignmentMarket) -> CombinatorialAuction:
        """Return the auction."""
        starts, items, values = instance.values.csr()
        buyers = np.repeat(np.arange(instance.n_buyers), np.diff(starts))
        bids = {"bidder": buyers, "items": items[:, None].tolist(), "price": values}
        sides = {"buyers": "bidders", "sellers": "items"}
        return CombinatorialAuction(
            instance.n_sellers,
            bids,
            instance.n_buyers,
            reserves=instance.reserves,
            name=instance.name,
            labels={sides[side]: names for side, names in instance.labels.items()},
            metadata={**instance.metadata, "converter": self.name, "options": {}},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleItems(Recast):
    """Combinatorial auctions in which nobody can win two items: the best bid on each is a value.

    The VCG payments are the least equilibrium prices (BIP-4).
    """

    name: ClassVar[str] = "combinatorial_auction"
    summary: ClassVar[str] = "combinatorial auction with one item a bidder: bids are values"
    source: ClassVar[str] = "Demange, G., Gale, D. and Sotomayor, M. (1986). Multi-item auctions."
    kind: ClassVar[str] = "assignment_market"
    of: ClassVar[str] = "combinatorial_auction"

    def recast(self, instance: CombinatorialAuction) -> AssignmentMarket:
        """Return the market.

        Raises
        ------
        OptionError : an item with several units or none, a bid on several, or OR bids.
        """
        bids = instance.bids
        bundles, units = np.diff(bids.starts) > 1, instance.supplies != 1
        several = instance.language == "or" and len(np.unique(bids.bidder)) < len(bids)
        if bundles.any() or units.any() or several:
            why = "a bidder has several OR bids"
            if units.any():
                item = int(units.argmax())
                why = f"{instance.label('items', item)} has {instance.supplies[item]} units"
            if bundles.any():
                why = f"bid {bundles.argmax()} asks for several items"
            raise OptionError(f"no assignment market: {why}")
        order = np.lexsort((-bids.price, bids.items, bids.bidder))
        pairs = np.column_stack([bids.bidder, bids.items])[order]
        pairs, first = np.unique(pairs, axis=0, return_index=True)
        sides = {"bidders": "buyers", "items": "sellers"}
        return AssignmentMarket.from_edges(
            instance.n_bidders,
            instance.n_items,
            pairs[:, 0],
            pairs[:, 1],
            bids.price[order][first],
            instance.reserves,
            name=instance.name,
            labels={sides[side]: names for side, names in instance.labels.items()},
            metadata={**instance.metadata, "converter": self.name, "options": {}},
        )


CONVERTERS: tuple[type[Converter], ...] = (
    Cats,
    Muca,
    BidLists,
    CourseSeats,
    UnitDemand,
    SingleItems,
)


def from_cats(path: str | Path) -> CombinatorialAuction:
    """Return the auction of a CATS file.

    Raises
    ------
    FormatError : a line for every fault of the file.

    Notes
    -----
    Cost O(size of the file). Source: Leyton-Brown, Pearson and Shoham (2000).
    """
    return next(Cats().read(Path(path)))


def to_cats(auction: CombinatorialAuction) -> str:
    """Return an XOR auction of single units without reserves as CATS text.

    Raises
    ------
    OptionError : the auction has OR bids, several units or reserves, which the format cannot say.

    Notes
    -----
    Cost O(size of the bids). Source: Leyton-Brown, Pearson and Shoham (2000).

    Examples
    --------
    >>> to_cats(CombinatorialAuction(1, [(0, [0], 3)])).splitlines()[0]
    'goods 1'
    """
    single = len(np.unique(auction.bids.bidder)) == auction.n_bids
    if auction.language == "or" and not single:
        raise OptionError("the CATS format has no OR bidders with several bids")
    if (auction.supplies != 1).any():
        raise OptionError("the CATS format has no items with several units, or none")
    if (auction.reserves != 0).any():
        raise OptionError("the CATS format has no reserves")
    return write_cats(auction.n_items, auction.bids, auction.name)
