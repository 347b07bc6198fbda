"""Files of bids on bundles: CATS (Combinatorial Auction Test Suite), PAAL's multi-unit auctions.

CATS: comments with ``%``, lines ``goods G``, ``bids B``, ``dummy D``, then one line per bid:
``index price good good ... #``. Goods from G up are dummies: bids that share one exclude each other
and come from one bidder. Files may hold more bids than announced, as the suite writes them.

PAAL: bidders, items, bids, each on a line; then ``bidder number value item item ...`` per bid, then
the supply of each item.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.text import head_of, read_text, whole

__all__ = ["BundleBids", "is_cats", "is_muca", "read_cats", "read_muca", "write_cats"]


@dataclass(frozen=True, slots=True)
class BundleBids:
    """The content of a file.

    Parameters
    ----------
    n_items, n_bidders : sizes.
    bids : (bidder, items, price) in the order of the file.
    supplies : units of each item.
    announced : number of bids that the file speaks of.
    """

    n_items: int
    n_bidders: int
    bids: tuple[tuple[int, list[int], int | float], ...]
    supplies: tuple[int, ...]
    announced: int


def _content(path: Path) -> list[tuple[int, list[str]]]:
    """Return line number and words of every line that says something."""
    lines = read_text(path).split("\n")
    split = ((place, line.partition("%")[0].split()) for place, line in enumerate(lines, start=1))
    return [(place, words) for place, words in split if words]


def is_cats(path: Path) -> bool:
    """Return whether a file begins, after comments, with ``goods G``.

    One that ends within its comments is one if these name CATS: so that its end is the fault.
    """
    head = head_of(path)
    for line in head.split("\n"):
        words = line.partition("%")[0].split()
        if words:
            return len(words) == 2 and words[0] == "goods" and whole(words[1]) is not None
    return "CATS" in head


def is_muca(path: Path) -> bool:
    """Return whether a file begins with three lines of one whole number, then a bid."""
    lines = [line.split() for line in head_of(path).split("\n")[:4]]
    if len(lines) < 4 or any(len(line) != 1 or whole(line[0]) is None for line in lines[:3]):
        return False
    count = whole(lines[3][1]) if len(lines[3]) > 3 else None
    return count is not None and len(lines[3]) == 3 + count


def read_cats(path: Path) -> BundleBids:
    """Return the bids of a CATS file; a bidder for each dummy, and for each bid without one.

    Raises
    ------
    FormatError : a line for each fault: a header or number that is missing or malformed, a good
        that is neither item nor dummy, two dummies in one bid, fewer bids than announced.
    """
    header: dict[str, int] = {}
    faults: list[Fault] = []
    rows: list[tuple[int, list[int], int | float]] = []
    indices: dict[int, int] = {}
    for place, words in _content(path):
        if words[0] in ("goods", "bids", "dummy"):
            number = whole(words[1]) if len(words) == 2 else None
            if number is None or words[0] in header:
                rule = f"must be `{words[0]} NUMBER`, once"
                faults.append(Fault(f"line {place}", rule, value=" ".join(words)[:60]))
            header[words[0]] = number or 0
            continue
        try:
            index, row = _cats_bid(words)
            first = indices.setdefault(index, place)
            if first != place:
                raise NumberError(f"bid {index} is listed twice, first in line {first}")
            rows.append((place, *row))
        except NumberError as error:
            faults.append(Fault(f"line {place}", str(error), value=" ".join(words)[:60]))
    faults += [
        Fault(key, "the header line is missing") for key in ("goods", "bids") if key not in header
    ]
    goods, dummies = header.get("goods", 0), header.get("dummy", 0)
    bids: list[tuple[int, list[int], int | float]] = []
    bidder_of: dict[int, int] = {}
    n_bidders = 0
    for place, numbers, price in rows if "goods" in header else []:
        items = [good for good in numbers if good < goods]
        extra = [good for good in numbers if good >= goods]
        outside = [good for good in extra if good >= goods + dummies]
        if outside:
            rule = f"there are {goods} goods and {dummies} dummies, so no good {outside[0]}"
            faults.append(Fault(f"line {place}", rule))
        elif len(extra) > 1:
            rule = f"a bid with two dummies, {extra[0]} and {extra[1]}, belongs to no one bidder"
            faults.append(Fault(f"line {place}", rule))
        elif not items:
            faults.append(Fault(f"line {place}", "a bid must name a good"))
        elif extra and extra[0] in bidder_of:
            bids.append((bidder_of[extra[0]], items, price))
        else:
            if extra:
                bidder_of[extra[0]] = n_bidders
            bids.append((n_bidders, items, price))
            n_bidders += 1
    announced = header.get("bids", 0)
    if not faults and len(bids) < announced:
        rule = f"{announced} bids are announced, but the file holds {len(bids)}"
        faults.append(Fault("bids", rule))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return BundleBids(goods, n_bidders, tuple(bids), (1,) * goods, announced)


def _cats_bid(words: list[str]) -> tuple[int, tuple[list[int], int | float]]:
    """Return index, goods and price of a line, or raise `NumberError`."""
    if words[-1] != "#" or len(words) < 3:
        raise NumberError("a bid must be `index price good ... #`")
    index, price = whole(words[0]), _price(words[1])
    goods = [whole(word) for word in words[2:-1]]
    if index is None or None in goods:
        raise NumberError("index and goods must be whole numbers >= 0")
    return index, ([good for good in goods if good is not None], price)


def _price(word: str) -> int | float:
    """Return a price, or raise `NumberError`."""
    try:
        price = read_number(word)
    except NumberError as error:
        raise NumberError(f"the price {error}") from None
    if price < 0:
        raise NumberError("the price must be >= 0")
    return price


def read_muca(path: Path) -> BundleBids:
    """Return the bids of a PAAL file; a bidder wins at most one of its bids.

    Raises
    ------
    FormatError : a line for each fault.
    """
    lines = _content(path)
    sizes = [whole(words[0]) if len(words) == 1 else None for _, words in lines[:3]]
    if len(sizes) < 3 or None in sizes:
        rule = "must begin with bidders, items and bids, a whole number on each line"
        raise FormatError(str(path), Fault("", rule))
    n, m, count = (size or 0 for size in sizes)
    faults: list[Fault] = []
    bids: list[tuple[int, list[int], int | float]] = []
    supplies: list[int] = []
    for place, words in lines[3:]:
        try:
            if len(bids) < count:
                bids.append(_muca_bid(words, n, m))
                continue
            found = [whole(word) for word in words]
            if None in found:
                raise NumberError("a supply must be a whole number >= 0")
            supplies += [units for units in found if units is not None]
        except NumberError as error:
            faults.append(Fault(f"line {place}", str(error), value=" ".join(words)[:60]))
    if not faults and len(bids) < count:
        rule = f"{count} bids are announced, but the file holds {len(bids)}"
        faults.append(Fault("bids", rule))
    if not faults and len(supplies) != m:
        faults.append(Fault("supplies", f"there are {m} items, but {len(supplies)} supplies"))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return BundleBids(m, n, tuple(bids), tuple(supplies), count)


def _muca_bid(words: list[str], n: int, m: int) -> tuple[int, list[int], int | float]:
    """Return the bid of a line, or raise `NumberError`."""
    numbers = [whole(word) for place, word in enumerate(words) if place != 2]
    if len(words) < 4 or None in numbers or numbers[1] != len(words) - 3:
        raise NumberError("a bid must be `bidder number value item ...` with that number of items")
    bidder, _, *items = (number or 0 for number in numbers)
    if bidder >= n or any(item >= m for item in items):
        raise NumberError(f"there are {n} bidders and {m} items")
    return bidder, items, _price(words[2])


def write_cats(
    n_items: int, bids: Iterable[tuple[int, list[int], int | float]], comment: str = ""
) -> str:
    """Return bids as a CATS file; a bidder with several bids gets a dummy.

    Examples
    --------
    >>> print(write_cats(2, [(0, [0], 5), (0, [1], 4), (1, [0, 1], 7.5)]), end="")
    goods 2
    bids 3
    dummy 1
    <BLANKLINE>
    0	5	0	2	#
    1	4	1	2	#
    2	7.5	0	1	#
    """
    rows = list(bids)
    counts: dict[int, int] = {}
    for bidder, _, _ in rows:
        counts[bidder] = counts.get(bidder, 0) + 1
    several = sorted(bidder for bidder, count in counts.items() if count > 1)
    dummy = {bidder: n_items + k for k, bidder in enumerate(several)}
    lines = [f"% {line}" for line in comment.splitlines()]
    lines += [f"goods {n_items}", f"bids {len(rows)}", f"dummy {len(dummy)}", ""]
    for index, (bidder, items, price) in enumerate(rows):
        goods = [*items, *([dummy[bidder]] if bidder in dummy else [])]
        lines.append("\t".join([str(index), repr(price), *map(str, goods), "#"]))
    return "\n".join(lines) + "\n"
