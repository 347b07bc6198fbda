"""Tables of bids: a row a bid, with the bidder, the bundle and the price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.errors import Fault, FormatError, InstanceError, OptionError
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.formats.sheet import Sheet

__all__ = ["read", "settings", "write"]

_COLUMNS = {"bidder": ("bidder", "bidders"), "items": ("items", "item", "bundle"),
            "price": ("price", "bid", "value")}  # fmt: skip


def read(
    sheet: Sheet, options: Mapping[str, str], given: Mapping[str, Any]
) -> tuple[CombinatorialAuction, str]:
    """Return the auction of a table, and how it was read.

    Parameters
    ----------
    sheet : with columns ``bidder``, ``items`` (names with ``+`` or a comma between) and ``price``.
    options : ``bidder``, ``items``, ``price`` choose columns, ``language`` is ``xor`` or ``or``.
    given : ``name``.

    Raises
    ------
    FormatError : with every fault.
    OptionError : an unknown option.
    """
    left = dict(options)
    place = {}
    for word, names in _COLUMNS.items():
        asked = left.pop(word, None)
        low = [head.lower() for head in sheet.header]
        found = next((low.index(name) for name in names if low.count(name) == 1), None)
        if asked is None and found is None:
            raise FormatError(sheet.source, Fault("header", f"needs a column {word!r}"))
        place[word] = sheet.column(asked) if asked is not None else int(found or 0)
    language = left.pop("language", "xor")
    left.pop("layout", None)
    if left:
        raise OptionError(f"a table of bids has no option {next(iter(left))!r}")
    prices = sheet.numbers(place["price"])
    for row, price in enumerate(prices):
        for word in ("bidder", "items"):
            if not sheet.rows[row][place[word]]:
                sheet.fault(row, place[word], "is empty")
        if price is None and not sheet.faults:
            sheet.fault(row, place["price"], "a number is missing here")
    sheet.settle()
    bids = {
        "bidder": sheet.texts(place["bidder"]),
        "items": sheet.texts(place["items"]),
        "price": prices,
    }
    try:
        auction = CombinatorialAuction(None, bids, language=language, **given)
    except InstanceError as error:
        raise FormatError(sheet.source, error.faults) from None
    words = ", ".join(f"{word} in column {sheet.header[c]!r}" for word, c in place.items())
    return auction, f"a list of {len(prices)} bids: {words}"


def settings(auction: CombinatorialAuction) -> dict[str, str]:
    """Return what a table of bids does not say of an auction."""
    return {"language": auction.language}


def write(auction: CombinatorialAuction) -> list[list[Any]]:
    """Return header and rows that `read` reads as the auction."""
    bids = auction.bids
    rows: list[list[Any]] = [["bidder", "items", "price"]]
    for k, (bidder, price) in enumerate(
        zip(bids.bidder.tolist(), bids.price.tolist(), strict=True)
    ):
        items = bids.items[bids.starts[k] : bids.starts[k + 1]].tolist()
        names = "+".join(auction.label("items", item) for item in items)
        rows.append([auction.label("bidders", bidder), names, price])
    return rows
