"""Sealed-bid sessions of oTree from its wide export: a line a participant, columns by round.

Columns are ``APP.ROUND.player.FIELD`` and ``APP.ROUND.group.FIELD``, beside ``session.code``. Which
fields hold what is said by options. A session of the record is a group of an oTree session, with
the same number in all rounds; seats are the numbers in the group.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from eqsolve.core.converter import file_stem
from eqsolve.core.errors import Fault, FormatError, OptionError, nearest_name
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.auction_experiment.convert.sources import Faults, Recorded, record_of
from eqsolve.families.auction_experiment.convert.tables import MISSING, number_in, read_table
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Number, Round
from eqsolve.families.single_item_auction.instance import FORMATS, SingleItemAuction
from eqsolve.families.single_item_auction.rules import award, top_bidders
from eqsolve.formats.text import head_of

__all__ = ["OTree"]

_COLUMN = re.compile(
    r"(?P<app>[A-Za-z_]\w*)\.(?P<round>\d+)\.(?P<part>player|group)\.(?P<field>\w+)"
)
_TRUE = ("1", "1.0", "True", "true", "TRUE")


@dataclass(frozen=True, slots=True, kw_only=True)
class OTree(Recorded):
    """A wide export of sealed-bid rounds.

    Parameters
    ----------
    format : of the auction; required.
    app : whose columns count; needed where several apps have a field of bids.
    bid, value, payoff, winner : fields of players; values, payoffs and winners may be missing.
    common : field of groups with a common value; values are then signals, and `noise` is needed.
    low, high : of values; else the least and the greatest that occur.
    noise : greatest error of signals.
    k : of the k-th price.
    """

    name: ClassVar[str] = "otree_wide"
    summary: ClassVar[str] = "wide CSV export of oTree, sealed bids: a session for each group"
    source: ClassVar[str] = "oTree"

    format: str | None = None
    app: str | None = None
    bid: str = "bid_amount"
    value: str = "value"
    payoff: str = "payoff"
    winner: str = "is_winner"
    common: str | None = None
    low: float | None = None
    high: float | None = None
    noise: float | None = None
    k: int = 3
    benchmark: Literal["truthful", "bne", "none"] = "truthful"

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line has columns of rounds of oTree."""
        if path.suffix != ".csv" or not path.is_file():
            return False
        head = head_of(path, 65536).split("\n")[0]
        return "participant.code" in head and bool(_COLUMN.search(head))

    def records(self, path: Path) -> Iterator[ExperimentRecord]:
        """Yield the record."""
        yield self.record(path)

    def record(self, path: Path) -> ExperimentRecord:
        """Return the record of a file.

        Raises
        ------
        OptionError : no format, or fields that no app or several have.
        FormatError : with every fault, by line.
        """
        if self.format not in FORMATS:
            asked = "otree_wide needs format=" if self.format is None else "unknown format"
            raise OptionError(f"{asked}; {nearest_name(str(self.format), FORMATS)}")
        table = read_table(path, ("participant.code", "session.code"))
        app, numbers = self._app(table.names)
        faults: list[Fault] = []
        groups: dict[tuple[str, str], dict[int, dict[int, _Player]]] = defaultdict(dict)
        for line, cells in table.rows:
            for r in numbers:
                player = self._player(app, r, line, cells, faults)
                if player is None:
                    continue
                code = (cells["session.code"], player.group)
                seats = groups[code].setdefault(r, {})
                if player.seat in seats:
                    rule = f"seat {player.seat} of group {player.group} is taken in round {r}"
                    faults.append(Fault(f"line {line}", rule))
                seats[player.seat] = player
        sizes = {len(seats) for held in groups.values() for seats in held.values()}
        if not groups and not faults:
            faults.append(Fault("", "holds no round"))
        if len(sizes) > 1:
            faults.append(Fault("", f"groups differ in size: {sorted(sizes)}"))
        if faults:
            raise FormatError(str(path), faults[:MAX_FAULTS])
        return self._record(path, groups, sizes.pop(), numbers)

    def _app(self, names: tuple[str, ...]) -> tuple[str, list[int]]:
        """Return the app whose columns count, and its rounds."""
        rounds: dict[str, set[int]] = defaultdict(set)
        for name in names:
            found = _COLUMN.fullmatch(name)
            if found and found["part"] == "player" and found["field"] == self.bid:
                rounds[found["app"]].add(int(found["round"]))
        apps = sorted(rounds)
        if self.app is not None and self.app not in rounds:
            raise OptionError(f"no app {self.app!r} has a field {self.bid!r}; there are {apps}")
        if self.app is None and len(apps) != 1:
            which = ", ".join(apps) or "none"
            raise OptionError(f"apps with a field {self.bid!r}: {which}; say app= and bid=")
        app = apps[0] if self.app is None else self.app
        return app, sorted(rounds[app])

    def _player(
        self, app: str, r: int, line: int, cells: Mapping[str, str], faults: list[Fault]
    ) -> _Player | None:
        """Return what a line tells of a round; None where it tells nothing, or after faults."""

        def cell(part: str, field: str) -> str:
            return cells.get(f"{app}.{r}.{part}.{field}", "").strip()

        seat, group = number_in(cell("player", "id_in_group")), cell("group", "id_in_subsession")
        if seat is None and all(cell("player", name) in MISSING for name in (self.bid, self.value)):
            return None
        before = len(faults)
        if not isinstance(seat, int) or seat < 1:
            rule = f"round {r}: id_in_group must be a whole number >= 1"
            faults.append(Fault(f"line {line}", rule, value=cell("player", "id_in_group")))
        numbers = {}
        fields = [("player", self.bid), ("player", self.value), ("player", self.payoff)]
        if self.common is not None:
            fields.append(("group", self.common))
        for part, name in fields:
            text = cell(part, name)
            numbers[name] = None if text in MISSING else number_in(text)
            if numbers[name] is None and text not in MISSING:
                rule = f"round {r}: {name} must be a number"
                faults.append(Fault(f"line {line}", rule, value=text))
        if len(faults) > before or not isinstance(seat, int):
            return None
        shared = None if self.common is None else numbers[self.common]
        won = cell("player", self.winner)
        return _Player(
            group, seat, numbers[self.bid], numbers[self.value], numbers[self.payoff], shared,
            won in _TRUE, bool(won),
        )  # fmt: skip

    def _record(
        self,
        path: Path,
        groups: Mapping[tuple[str, str], Mapping[int, Mapping[int, _Player]]],
        n: int,
        numbers: list[int],
    ) -> ExperimentRecord:
        """Return the record of groups of one size."""
        players = [
            player
            for held in groups.values()
            for seats in held.values()
            for player in seats.values()
        ]
        auction = self._auction(players, n)
        faults = Faults()
        rounds = []
        for t, (code, held) in enumerate(groups.items()):
            if len(held) < len(numbers):
                rule = f"group {code[1]} of session {code[0]}: {len(held)} of {len(numbers)} rounds"
                faults.add(rule, path, t)
            rounds += [
                self._round(auction, t, place, held[r], path, faults)
                for place, r in enumerate(sorted(held))
            ]
        plan: dict[str, Any] = {
            "auction": auction,
            "bidders": [{"rule": "function", "name": f"seat {seat + 1}"} for seat in range(n)],
            "rounds": len(numbers),
            "sessions": len(groups),
            "name": file_stem(path),
        }
        whole = len(rounds) == len(numbers) * len(groups)
        if whole and all(own is not None for entry in rounds for own in entry.values):
            plan["values"] = [list(entry.values) for entry in rounds]
            if self.common is not None:
                plan["commons"] = [entry.common or 0 for entry in rounds]
        notes = {"groups": [f"{code}, group {number}" for code, number in groups]}
        return record_of(
            plan, rounds, [path], faults,
            converter=self.name, benchmark=self.benchmark, notes=notes,
        )  # fmt: skip

    def _auction(self, players: list[_Player], n: int) -> SingleItemAuction:
        """Return the auction, its prior from options or from what occurs."""
        of = [player.common if self.common is not None else player.value for player in players]
        known = [float(value) for value in of if value is not None]
        low = self.low if self.low is not None else min(known, default=0.0)
        high = self.high if self.high is not None else max(known, default=1.0)
        whole = all(float(value).is_integer() for value in (*known, low, high))
        ends = [int(low), int(high)] if whole else [low, high]
        prior = {"integers" if whole else "uniform": ends}
        values: dict[str, Any] = {"model": "private", "prior": prior}
        if self.common is not None:
            if self.noise is None:
                raise OptionError("otree_wide with common= needs noise=, the greatest error")
            values = {"model": "common", "value": prior, "noise": self.noise}
        k = self.k if self.format == "kth_price" else None
        return SingleItemAuction(self.format, n, values, k=k)

    def _round(
        self,
        auction: SingleItemAuction,
        t: int,
        r: int,
        seats: Mapping[int, _Player],
        path: Path,
        faults: Faults,
    ) -> Round:
        """Return a round; what is not told follows from the rules."""
        held = [seats[seat] for seat in sorted(seats)]
        bids = [player.bid for player in held]
        won = [seat for seat, player in enumerate(held) if player.won]
        top = top_bidders(bids, auction.reserve)
        lot = (top.index(won[0]) + 0.5) / len(top) if won and won[0] in top else 0.0
        right = award(auction, bids, lot)
        winner = won[0] if won else right.winner
        if any(player.told for player in held) and (len(won) > 1 or winner != right.winner):
            faults.add(f"winners {won}, by the rules it is {right.winner}", path, t, r)
        paid = list(right.payments)
        if winner != right.winner and auction.format != "all_pay":
            paid = [0] * len(held)
            if winner is not None and right.price is not None:
                paid[winner] = right.price
        common = held[0].common
        profits: list[Number | None] = []
        for seat, player in enumerate(held):
            worth = common if self.common is not None else player.value
            gain = 0 if seat != winner else worth
            wanted = None if gain is None else gain - paid[seat]
            if player.payoff is not None and wanted is not None and player.payoff != wanted:
                faults.add(f"payoff {player.payoff}, by the rules it is {wanted}", path, t, r, seat)
            profits.append(wanted if player.payoff is None else player.payoff)
        return Round(
            session=t,
            round=r,
            values=tuple(player.value for player in held),
            common=common,
            bids=tuple(bids),
            winner=winner,
            price=None if winner is None else right.price,
            payments=tuple(paid),
            profits=tuple(profits),
        )


@dataclass(frozen=True, slots=True)
class _Player:
    """What a line tells of a round.

    Parameters
    ----------
    group, seat : where.
    bid, value, payoff, common : None where missing.
    won, told : whether it won, and whether that is told at all.
    """

    group: str
    seat: int
    bid: Number | None
    value: Number | None
    payoff: Number | None
    common: Number | None
    won: bool
    told: bool
