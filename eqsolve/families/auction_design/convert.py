"""Foreign files as auction designs: bidders of a file as draws of one bidder's type."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, Literal

from eqsolve.core.converter import Converter, file_name, file_stem
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, InstanceError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.prices import price_rows
from eqsolve.formats.bundles import is_cats, read_cats
from eqsolve.formats.text import head_of, read_text

__all__ = ["CONVERTERS", "price_list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToDesign(Converter):
    """Base: the record of how a design was made."""

    kind: ClassVar[str] = "auction_design"

    def made(self, path: Path, n_items: int, bidder: dict[str, Any], **more: Any) -> AuctionDesign:
        """Return the design of one bidder."""
        record = {
            "source": self.source,
            "converter": self.name,
            "options": asdict(self),
            "file": file_name(path),
        }
        try:
            return AuctionDesign(n_items, [bidder], name=file_stem(path), metadata=record, **more)
        except InstanceError as error:
            raise FormatError(str(path), error.faults) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatsSamples(_ToDesign):
    """CATS files: every bidder of the file is a draw of the one bidder to sell to."""

    name: ClassVar[str] = "cats_samples"
    summary: ClassVar[str] = "CATS auctions; every bidder of the file is one draw"
    source: ClassVar[str] = "Leyton-Brown, Pearson and Shoham (2000), CATS"
    reading: ClassVar[str] = "samples"
    unasked: ClassVar[bool] = False

    def recognizes(self, path: Path) -> bool:
        """Return whether the file begins with ``goods``."""
        return path.is_file() and is_cats(path)

    def read(self, path: Path) -> Iterator[AuctionDesign]:
        """Yield the design of the file."""
        file = read_cats(path)
        bidder, items, price = zip(*file.bids, strict=True) if file.bids else ((), (), ())
        samples = {"bidder": list(bidder), "items": list(items), "price": list(price)}
        yield self.made(path, file.n_items, {"samples": samples})


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawsCsv(_ToDesign):
    """Spreadsheets of values: a row for each draw, a column for each item.

    Parameters
    ----------
    valuation : what the columns mean: values that add up, or of which the best counts.
    """

    name: ClassVar[str] = "draws_csv"
    summary: ClassVar[str] = "CSV with a column for each item and a row of values for each draw"
    source: ClassVar[str] = "any spreadsheet"

    valuation: Literal["additive", "unit_demand"] = "additive"

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line begins with the word ``draw`` or ``probability``."""
        first = head_of(path).split("\n")[0].split(",")[0].strip().lower() if path.is_file() else ""
        return first in ("draw", "probability")

    def read(self, path: Path) -> Iterator[AuctionDesign]:
        """Yield the design of the file; a first column ``probability`` holds weights.

        Raises
        ------
        FormatError : a line for every fault.
        """
        rows = [row for row in csv.reader(read_text(path).splitlines()) if any(row)]
        names = [name.strip() for name in rows[0][1:]] if rows else []
        weighted = bool(rows) and rows[0][0].strip().lower() == "probability"
        types: list[dict[str, Any]] = []
        faults: list[Fault] = []
        for place, row in enumerate(rows[1:], start=2):
            if len(row) != len(names) + 1:
                rule = f"must have {len(names) + 1} cells, as the first line"
                faults.append(Fault(f"line {place}", rule))
                continue
            numbers: list[int | float] = []
            for name, cell in zip(["", *names], row, strict=True):
                if not name and not weighted:
                    numbers.append(1)
                    continue
                try:
                    numbers.append(read_number(cell.strip()))
                except NumberError as error:
                    faults.append(Fault(f"line {place}", f"{name or 'probability'} {error}"))
            types.append({"probability": numbers[0] if numbers else 1, self.valuation: numbers[1:]})
        if faults:
            raise FormatError(str(path), faults[:MAX_FAULTS])
        yield self.made(path, len(names), {"types": types}, labels={"items": names})


CONVERTERS: tuple[type[Converter], ...] = (CatsSamples, DrawsCsv)


def price_list(design: AuctionDesign, solution: Any) -> str:
    """Return the menus of a solution as CSV: state, what is sold, how likely, for how much.

    Parameters
    ----------
    solution : a `DesignSolution` whose mechanism is a sequence of menus.

    Raises
    ------
    OptionError : the mechanism has no price list.

    Notes
    -----
    Cost O(size of the menus). Source: theory MEC-1.

    Examples
    --------
    >>> from eqsolve import solve
    >>> types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    >>> design = AuctionDesign(1, [{"types": types}])
    >>> print(price_list(design, solve(design, method="grand_bundle").solution), end="")
    bidder,left,entry,probability,items,price
    bidder 0,item 0,0,1.0,item 0,3.0
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["bidder", "left", "entry", "probability", "items", "price"])
    writer.writerows(price_rows(design, solution.mechanism))
    return text.getvalue()
