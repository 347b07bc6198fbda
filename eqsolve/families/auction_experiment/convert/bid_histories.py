"""Bid histories of eBay: a line a bid, as proxy auctions without values.

Columns ``auctionid, bid, bidtime, bidder`` and perhaps ``openbid`` and ``price`` (the closing one),
or those that options name. A session is an auction, its seats are its bidders in the order of their
first bids; seats that an auction does not fill stay out. Times are days, periods are parts of days.

The history tells maxima, not prices: prices and leaders are those of AUC-12 with one increment,
and a closing price other than that is a fault, as is one of a bidder who bid less than before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from eqsolve.core.converter import file_stem
from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.auction_experiment.convert.sources import Faults, Recorded, record_of
from eqsolve.families.auction_experiment.convert.tables import MISSING, number_in, read_table
from eqsolve.families.auction_experiment.instance import ProxyRules
from eqsolve.families.auction_experiment.rules.proxy import ProxyBidding
from eqsolve.families.auction_experiment.solution import Action, ExperimentRecord, Number, Round
from eqsolve.formats.text import head_of

__all__ = ["BidHistories"]

_NAMES = {
    "auction": ("auctionid", "auction id", "auction_id", "auction"),
    "bid": ("bid", "bid amount", "bid_amount", "amount"),
    "time": ("bidtime", "bid time", "bid_time", "time"),
    "bidder": ("bidder", "bidder name", "bidder_name", "bidder id"),
    "price": ("price", "closing price", "closing_price", "final price"),
}
"""Column -> names under which it goes, in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidHistories(Recorded):
    """A CSV file of bid histories.

    Parameters
    ----------
    auction, bid, time, bidder, price : names of columns, where they are not the usual ones.
    increment : of prices, money.
    days : that auctions last; else up to the last bid, rounded up.
    periods_a_day : parts of a day that count as one period.
    """

    name: ClassVar[str] = "bid_histories"
    summary: ClassVar[str] = (
        "CSV bid histories of eBay (auctionid, bid, bidtime, bidder, ...): proxy auctions"
    )
    source: ClassVar[str] = "eBay, as collected by Jank and Shmueli"

    auction: str | None = None
    bid: str | None = None
    time: str | None = None
    bidder: str | None = None
    price: str | None = None
    increment: float = 0.01
    days: float | None = None
    periods_a_day: int = 24
    cut: Literal["refuse", "keep"] = "refuse"

    def __post_init__(self) -> None:
        if not 0 < self.increment < math.inf or self.periods_a_day < 1:
            raise OptionError("increment must be > 0, and periods_a_day >= 1")

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line has columns of the usual names."""
        if path.suffix != ".csv" or not path.is_file():
            return False
        head = head_of(path).split("\n")[0].replace('"', "").lower()
        names = {name.strip() for name in head.split(",")}
        return all(names & set(_NAMES[key]) for key in ("auction", "bid", "time", "bidder"))

    def records(self, path: Path) -> Iterator[ExperimentRecord]:
        """Yield the record."""
        yield self.record(path)

    def record(self, path: Path) -> ExperimentRecord:
        """Return the record of a file.

        Raises
        ------
        FormatError : with every fault, by line.
        """
        table = read_table(path, (), keep_cut=self.cut == "keep", lower=True)
        columns = {key: self._column(key, table.names) for key in _NAMES}
        missing = [key for key in ("auction", "bid", "time", "bidder") if columns[key] is None]
        if missing:
            rule = f"lacks a column for {', '.join(missing)}; name it by option"
            raise FormatError(str(path), Fault("line 1", rule))
        faults: list[Fault] = []
        auctions: dict[str, list[_Bid]] = {}
        for line, cells in table.rows:
            one = _bid(line, cells, columns, faults)
            if one is not None:
                auctions.setdefault(one.auction, []).append(one)
        if not auctions and not faults:
            faults.append(Fault("", "holds no bid"))
        if faults:
            raise FormatError(str(path), faults[:MAX_FAULTS])
        found = Faults()
        if table.cut is not None:
            found.add(table.cut.rule, path)
        return self._record(path, auctions, found)

    def _column(self, key: str, names: tuple[str, ...]) -> str | None:
        """Return the column that holds something, or None."""
        asked = getattr(self, key)
        if asked is not None:
            return asked.lower() if asked.lower() in names else None
        return next((name for name in _NAMES[key] if name in names), None)

    def _record(
        self, path: Path, auctions: Mapping[str, list[_Bid]], faults: Faults
    ) -> ExperimentRecord:
        """Return the record of all auctions."""
        n = max(len({one.bidder for one in bids}) for bids in auctions.values())
        n = max(n, 2)
        last = max(one.time for bids in auctions.values() for one in bids)
        days = math.ceil(last) if self.days is None else self.days
        rules = ProxyRules(max(1, math.ceil(days * self.periods_a_day)))
        rounds = [
            self._round(bids, t, n, rules, path, faults) for t, bids in enumerate(auctions.values())
        ]
        most = max(one.bid for bids in auctions.values() for one in bids)
        steps = math.ceil(most / self.increment)
        top = number_in(f"{steps * self.increment:.10g}") or self.increment
        plan: dict[str, Any] = {
            "auction": {
                "format": "second_price",
                "n_bidders": n,
                "values": {"model": "private", "prior": {"uniform": [0, top]}},
                "bids": {"min": 0, "max": top, "increment": self.increment},
            },
            "bidders": [{"rule": "function", "name": f"bidder {seat}"} for seat in range(n)],
            "sessions": len(auctions),
            "proxy": rules,
            "name": file_stem(path),
        }
        notes = {"auctions": list(auctions)}
        return record_of(
            plan, rounds, [path], faults, converter=self.name, benchmark="none", notes=notes
        )

    def _round(
        self, bids: list[_Bid], t: int, n: int, rules: ProxyRules, path: Path, faults: Faults
    ) -> Round:
        """Return an auction as a round; bids in the order of their times."""
        ordered = sorted(bids, key=lambda one: (one.time, one.line))
        seats = {
            name: seat for seat, name in enumerate(dict.fromkeys(one.bidder for one in ordered))
        }
        proxy = ProxyBidding(rules, n, increment=self.increment, start=0)
        actions = []
        for one in ordered:
            seat = seats[one.bidder]
            period = int(one.time * self.periods_a_day)
            if period >= rules.periods:
                faults.add(f"line {one.line}: a bid after the close", path, t, 0, seat)
            if not proxy.move(seat, one.bid):
                what = f"line {one.line}: bid {one.bid}, the own maximum is {proxy.maxima[seat]}"
                faults.add(what, path, t, 0, seat)
            actions.append(Action(period, seat, one.bid, proxy.price, proxy.leader))
        winner = proxy.leader
        price = next((one.price for one in ordered if one.price is not None), proxy.price)
        if price != proxy.price:
            faults.add(f"closing price {price}, by the rules it is {proxy.price:g}", path, t, 0)
        return Round(
            session=t,
            round=0,
            values=(None,) * n,
            common=None,
            bids=tuple(bid if bid > 0 else None for bid in proxy.maxima),
            winner=winner,
            price=price,
            payments=tuple(price if seat == winner else 0 for seat in range(n)),
            profits=tuple(None if seat == winner else 0 for seat in range(n)),
            periods=tuple(actions),
        )


@dataclass(frozen=True, slots=True)
class _Bid:
    """One line.

    Parameters
    ----------
    line : in the file.
    auction, bidder : whose.
    bid, time : money and days.
    price : at the close, None where it is not told.
    """

    line: int
    auction: str
    bidder: str
    bid: Number
    time: Number
    price: Number | None


def _bid(
    line: int, cells: Mapping[str, str], columns: Mapping[str, str | None], faults: list[Fault]
) -> _Bid | None:
    """Return one line as a bid, or None after adding faults."""
    place, before = f"line {line}", len(faults)
    numbers: dict[str, Number | None] = {}
    for key in ("bid", "time", "price"):
        column = columns[key]
        text = "" if column is None else cells[column].strip()
        numbers[key] = None if text in MISSING else number_in(text)
        number = numbers[key]
        if (number is None and (key != "price" or text not in MISSING)) or (
            number is not None and number < 0
        ):
            faults.append(Fault(place, f"{column} must be a number >= 0", value=text))
    bid, time = numbers["bid"], numbers["time"]
    if len(faults) > before or bid is None or time is None:
        return None
    auction, bidder = cells[str(columns["auction"])], cells[str(columns["bidder"])].strip()
    name = bidder if bidder not in MISSING else f"(no name, line {line})"
    return _Bid(line, auction, name, bid, time, numbers["price"])
