"""Sessions of sealed bids and clocks as the authors wrote them: one JSON file each.

An object of rounds ``round_0``, ``round_1``, ...; each with ``value`` (types by seat), ``history``
(``bidding history``: agents and bids, of clocks in the order in which they left; ``winner``: name
and price), ``profit`` by seat, ``common`` and ``plan``. Seats are in the order of names. The
winner's bid in a clock is the final price.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.auction_experiment.convert.cut import Cut, read_members
from eqsolve.families.auction_experiment.convert.seeds import drawn, seeds_of
from eqsolve.families.auction_experiment.convert.sources import Faults, number_or_none, record_of
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Number, Round
from eqsolve.families.single_item_auction.instance import CLOCKS, SingleItemAuction
from eqsolve.families.single_item_auction.rules import award, top_bidders

__all__ = ["Session", "read_session", "record_of_sessions"]

_ROUNDS = re.compile(r"result_(\d+)_")
_FIELDS = ("value", "history", "profit")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One round as written.

    Parameters
    ----------
    types, profits : by seat.
    bids : (name, bid) as listed; None where either is missing.
    winner, price, common : None where missing.
    plans : by seat, may be empty texts.
    """

    types: tuple[Number, ...]
    bids: tuple[tuple[str | None, Number | None], ...]
    winner: str | None
    price: Number | None
    profits: tuple[Number | None, ...]
    common: Number | None
    plans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """One file.

    Parameters
    ----------
    path : of the file.
    entries : its rounds.
    planned : how many rounds its name tells, or None.
    cut : where it was cut off, or None.
    """

    path: Path
    entries: tuple[_Entry, ...]
    planned: int | None
    cut: Cut | None

    @property
    def names(self) -> set[str]:
        """The names of all bidders in it."""
        listed = {name for entry in self.entries for name, _ in entry.bids}
        won = {entry.winner for entry in self.entries}
        return {name for name in listed | won if name is not None}

    @property
    def n_bidders(self) -> int:
        """How many types a round has."""
        return len(self.entries[0].types) if self.entries else 0


def read_session(path: Path, *, keep_cut: bool = False) -> Session:
    """Return the session of a file.

    Parameters
    ----------
    path : the file.
    keep_cut : take the whole rounds of a file that was cut off.

    Raises
    ------
    FormatError : not such a file; with every fault of form; or cut off, with the byte and what was
        expected there.
    """
    members, cut = read_members(path)
    if cut is not None and not keep_cut:
        rule = f"{cut.rule}; --option cut=keep takes the {len(members)} rounds that are whole"
        raise FormatError(str(path), Fault("", rule))
    faults: list[Fault] = []
    entries = []
    for k, (key, member) in enumerate(members.items()):
        if key != f"round_{k}":
            faults.append(Fault(key, f"unexpected, round_{k} comes here"))
            continue
        entry = _entry(key, member, faults)
        if entry is not None:
            entries.append(entry)
    sizes = {len(entry.types) for entry in entries}
    if len(sizes) > 1:
        faults.append(Fault("value", f"the number of bidders changes: {sorted(sizes)}"))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    told = _ROUNDS.match(path.name)
    return Session(path, tuple(entries), int(told[1]) if told else None, cut)


def _entry(key: str, member: object, faults: list[Fault]) -> _Entry | None:
    """Return a round, or None after adding faults."""
    before = len(faults)
    if not isinstance(member, Mapping):
        faults.append(Fault(key, "must be an object"))
        return None
    faults += [
        Fault(key, "required field is missing", (name,)) for name in _FIELDS if name not in member
    ]
    if len(faults) > before:
        return None
    types = _numbers(member["value"])
    profits = member["profit"]
    history = member["history"]
    listed = history.get("bidding history") if isinstance(history, Mapping) else None
    won = history.get("winner") if isinstance(history, Mapping) else None
    if types is None or not types:
        faults.append(Fault(key, "must be a list of numbers", ("value",)))
    if not isinstance(profits, list) or (types and len(profits) != len(types)):
        faults.append(Fault(key, "must be a list of numbers, one a bidder", ("profit",)))
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        faults.append(Fault(key, "must be a list of objects", ("history", "bidding history")))
    if not isinstance(won, Mapping):
        faults.append(Fault(key, "must be an object", ("history", "winner")))
    if len(faults) > before or types is None or listed is None or won is None:
        return None
    plans = member.get("plan")
    return _Entry(
        types=types,
        bids=tuple((_name(one.get("agent")), number_or_none(one.get("bid"))) for one in listed),
        winner=_name(won.get("winner")),
        price=number_or_none(won.get("price")),
        profits=tuple(number_or_none(profit) for profit in profits),
        common=number_or_none(member.get("common")),
        plans=tuple(map(str, plans)) if isinstance(plans, list) else (),
    )


def _numbers(value: object) -> tuple[Number, ...] | None:
    """Return a list of numbers, or None."""
    if not isinstance(value, list):
        return None
    found = [number_or_none(entry) for entry in value]
    kept = tuple(number for number in found if number is not None)
    return kept if len(kept) == len(found) else None


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def record_of_sessions(
    sessions: Sequence[Session],
    auction: SingleItemAuction,
    *,
    name: str,
    aborted: str = "keep",
    benchmark: str,
    converter: str,
) -> ExperimentRecord:
    """Return the record of the sessions of one treatment, in the order in which they are given.

    Parameters
    ----------
    sessions : of one number of bidders.
    auction : that they played.
    name : of the treatment.
    aborted : ``"keep"`` or ``"drop"`` sessions with fewer rounds than the longest.
    benchmark, converter : see `record_of`.

    Raises
    ------
    FormatError : sessions of different numbers of bidders, or none with a round.
    """
    faults = Faults()
    kept = _kept(sessions, auction, aborted, faults)
    rounds = max(len(session.entries) for session in kept)
    names = _seats(kept, auction, faults)
    _misplaced(auction, kept, faults)
    played = [
        _round(auction, names, session, t, r, faults)
        for t, session in enumerate(kept)
        for r in range(len(session.entries))
    ]
    for t, session in enumerate(kept):
        plans = [plan for entry in session.entries for plan in entry.plans]
        if plans and not any(plans):
            faults.add("all plans are empty texts", session.path, t)
    found = _seeds(auction, kept)
    plan: dict[str, Any] = {
        "auction": auction,
        "bidders": _bidders(auction, names, kept, played, rounds),
        "rounds": rounds,
        "sessions": len(kept),
        "name": name,
        "labels": {"bidders": names},
        **_types(auction, kept, rounds, found, faults),
    }
    seeds = [seed[0] if len(seed) == 1 else None for seed in found]
    notes = {"python_random_seeds": seeds} if any(seed is not None for seed in seeds) else {}
    files = [session.path for session in kept]
    return record_of(
        plan, played, files, faults, converter=converter, benchmark=benchmark, notes=notes
    )


def _kept(
    sessions: Sequence[Session], auction: SingleItemAuction, aborted: str, faults: Faults
) -> list[Session]:
    """Return the sessions that count; notes those that ended early."""
    whole = [session for session in sessions if session.n_bidders == auction.n_bidders]
    if len(whole) < len([session for session in sessions if session.entries]):
        sizes = sorted({session.n_bidders for session in sessions})
        raise FormatError(
            str(sessions[0].path.parent), Fault("", f"numbers of bidders differ: {sizes}")
        )
    for session in sessions:
        if not session.entries:
            faults.add("holds no whole round; left out", session.path)
    longest = max((len(session.entries) for session in whole), default=0)
    if not longest:
        raise FormatError(str(sessions[0].path), Fault("", "holds no round"))
    kept: list[Session] = []
    for session in whole:
        count = len(session.entries)
        planned = longest if session.planned is None else max(longest, session.planned)
        dropped = count < longest and aborted == "drop"
        place = None if dropped else len(kept)
        if session.cut is not None:
            faults.add(session.cut.rule, session.path, place)
        if count < planned:
            end = "; left out" if dropped else ""
            faults.add(f"aborted after {count} of {planned} rounds{end}", session.path, place)
        if not dropped:
            kept.append(session)
    return kept


def _seats(sessions: Sequence[Session], auction: SingleItemAuction, faults: Faults) -> list[str]:
    """Return the names by seat; seats whose name never occurs are numbered."""
    names = sorted(set().union(*(session.names for session in sessions)))
    n = auction.n_bidders
    if len(names) > n:
        rule = f"{len(names)} names for {n} seats: {', '.join(names)}"
        raise FormatError(str(sessions[0].path.parent), Fault("agent", rule))
    if len(names) < n:
        faults.add(f"only {len(names)} of {n} bidders have a name: {', '.join(names)}")
        names += [f"bidder {seat}" for seat in range(len(names), n)]
    return names


def _misplaced(auction: SingleItemAuction, sessions: Sequence[Session], faults: Faults) -> None:
    """Note sessions of a clock in which the winner's bid is never the final price."""
    if auction.format not in CLOCKS:
        return
    for t, session in enumerate(sessions):
        won = [
            (dict(entry.bids).get(entry.winner), entry.price)
            for entry in session.entries
            if entry.winner is not None
        ]
        if won and all(bid != price for bid, price in won):
            what = "no winner's bid is the final price: looks like sealed bids, and not a clock"
            faults.add(what, session.path, t)


def _round(
    auction: SingleItemAuction,
    names: Sequence[str],
    session: Session,
    t: int,
    r: int,
    faults: Faults,
) -> Round:
    """Return a round as it is written, with what is wrong in it noted."""
    entry, path, n = session.entries[r], session.path, auction.n_bidders
    seats = {name: seat for seat, name in enumerate(names)}

    def note(what: str, bidder: int | None = None) -> None:
        faults.add(what, path, t, r, bidder)

    bids = _bids(entry, seats, n, note)
    winner = None if entry.winner is None else seats[entry.winner]
    if entry.winner is None and entry.price is not None:
        note(f"the winner has no name, the price is {entry.price}")
    is_clock = auction.format in CLOCKS
    if is_clock:
        paid = _clock_rules(entry, bids, winner, n, note)
    else:
        paid = _sealed_rules(auction, bids, winner, entry.price, note)
    common = None if auction.values.model == "private" else entry.common
    worths = [common if auction.values.model == "common" else own for own in entry.types]
    for seat, (worth, profit) in enumerate(zip(worths, entry.profits, strict=True)):
        right = (worth if seat == winner and worth is not None else 0) - paid[seat]
        if profit is None or abs(profit - right) > 1e-9 * max(1, abs(right)):
            note(f"profit {profit}, by the rules it is {number_or_none(right)}", seat)
    _grid(auction, bids, winner if is_clock else None, note)
    for seat, own in enumerate(entry.types):
        low, high = auction.values.support(seat)
        if not low <= own <= high:
            note(f"type {own} lies outside {low:g} to {high:g}", seat)
    notes = None
    if any(entry.plans):
        padded = [*entry.plans, *[""] * n][:n]
        notes = tuple({"plan": plan} if plan else None for plan in padded)
    exits = None
    if is_clock:
        exits = tuple(None if seat == winner else bid for seat, bid in enumerate(bids))
    return Round(
        session=t,
        round=r,
        values=entry.types,
        common=common,
        bids=tuple(bids),
        winner=winner,
        price=entry.price,
        payments=tuple(paid),
        profits=entry.profits,
        exits=exits,
        notes=notes,
    )


def _bids(entry: _Entry, seats: Mapping[str, int], n: int, note: Any) -> list[Number | None]:
    """Return the bids by seat."""
    bids: list[Number | None] = [None] * n
    seen: set[int] = set()
    nameless = []
    for name, bid in entry.bids:
        if name is None:
            nameless.append(bid)
            continue
        seat = seats[name]
        if seat in seen:
            note(f"bids twice: {bids[seat]}, then {bid}; the first is kept", seat)
            continue
        seen.add(seat)
        bids[seat] = bid
        if bid is None:
            note("the bid is no number", seat)
    absent = [seat for seat in range(n) if seat not in seen]
    if len(nameless) == len(absent) == 1:
        bids[absent[0]] = nameless[0]
        note(f"the bid {nameless[0]} has no name; only this one is without a bid", absent[0])
        return bids
    for bid in nameless:
        note(f"the bid {bid} has no name; left out")
    for seat in absent:
        note("has no bid", seat)
    return bids


def _lot(bids: Sequence[Number | None], winner: int | None, auction: SingleItemAuction) -> float:
    """Return a number that draws the winner among equal top bids, if it is one of them."""
    top = top_bidders(bids, auction.reserve)
    return (top.index(winner) + 0.5) / len(top) if winner in top else 0.0


def _sealed_rules(
    auction: SingleItemAuction,
    bids: Sequence[Number | None],
    winner: int | None,
    price: Number | None,
    note: Any,
) -> list[Number]:
    """Return what each bidder pays if the winner is right; notes a wrong winner or price."""
    right = award(auction, bids, _lot(bids, winner, auction))
    if winner != right.winner:
        note(f"winner {winner}, by the rules it is {right.winner}")
    if price != right.price:
        note(f"price {price}, by the rules it is {right.price}")
    if auction.format == "all_pay":
        return list(right.payments)
    paid: list[Number] = [0] * len(bids)
    if winner is not None and price is not None:
        paid[winner] = price
    return paid


def _clock_rules(
    entry: _Entry, bids: Sequence[Number | None], winner: int | None, n: int, note: Any
) -> list[Number]:
    """Return what each bidder pays; notes a wrong winner or price of a clock."""
    others = [bid for seat, bid in enumerate(bids) if seat != winner and bid is not None]
    last = max(others, default=0)
    if winner is not None and entry.price is not None and entry.price != last:
        note(f"price {entry.price}, but the last to leave did so at {last}")
    if winner is not None and bids[winner] != entry.price:
        note(f"the winner's bid is {bids[winner]}, and not the price", winner)
    paid: list[Number] = [0] * n
    if winner is not None and entry.price is not None:
        paid[winner] = entry.price
    return paid


def _grid(
    auction: SingleItemAuction, bids: Sequence[Number | None], winner: int | None, note: Any
) -> None:
    """Note bids that there are none of."""
    grid = auction.bids
    assert grid is not None  # every treatment has one
    high, low, step = float(grid.bids[-1]), float(grid.bids[0]), float(grid.increment)
    for seat, bid in enumerate(bids):
        if bid is None or seat == winner:
            continue
        if bid > high:
            note(f"bid {bid} exceeds the cap {high:g}", seat)
        elif bid < low:
            note(f"bid {bid} is below {low:g}", seat)
        elif abs((bid - low) / step - round((bid - low) / step)) > 1e-9:
            note(f"bid {bid} is no multiple of {step:g}", seat)


def _bidders(
    auction: SingleItemAuction,
    names: Sequence[str],
    sessions: Sequence[Session],
    played: Sequence[Round],
    rounds: int,
) -> list[dict[str, Any]]:
    """Return who sits in the seats: sealed bids can be bid again from a list, others cannot."""
    listed = [bid for entry in played for bid in entry.bids if bid is not None]
    if auction.format in CLOCKS or min(listed, default=0) < 0:
        return [{"rule": "function", "name": name} for name in names]
    bids = {(entry.session, entry.round): entry.bids for entry in played}
    absent: tuple[Number | None, ...] = (None,) * len(names)
    return [
        {
            "rule": "fixed",
            "bids": [
                bids.get((t, r), absent)[seat] for t in range(len(sessions)) for r in range(rounds)
            ],
        }
        for seat in range(len(names))
    ]


def _seeds(auction: SingleItemAuction, sessions: Sequence[Session]) -> list[list[int]]:
    """Return the seeds that draw the types of each session.

    Where they count up from the first session all others are known from it.
    """
    types = [[entry.types for entry in session.entries] for session in sessions]
    for first in seeds_of(auction, types[0]):
        if all(seeds_of(auction, own, [first + t]) for t, own in enumerate(types)):
            return [[first + t] for t in range(len(types))]
    return [seeds_of(auction, own) for own in types]


def _types(
    auction: SingleItemAuction,
    sessions: Sequence[Session],
    rounds: int,
    found: Sequence[Sequence[int]],
    faults: Faults,
) -> dict[str, Any]:
    """Return where types come from: seeds that count up with the sessions, or a list."""
    first = next((seeds[0] - t for t, seeds in enumerate(found) if len(seeds) == 1), None)
    if first is not None and all(first + t in seeds for t, seeds in enumerate(found)):
        return {"seed": first, "draws": "python_random"}
    same: dict[tuple[tuple[Number, ...], ...], int] = {}
    values, commons = [], []
    for t, session in enumerate(sessions):
        types = tuple(entry.types for entry in session.entries)
        if types in same:
            faults.add(f"types are those of session {same[types]}", session.path, t)
        same.setdefault(types, t)
        rows: list[list[Number]] = [list(entry.types) for entry in session.entries]
        shared = [entry.common for entry in session.entries]
        if len(rows) < rounds:
            if len(found[t]) == 1:
                drawn_types, drawn_commons = drawn(auction, found[t][0], rounds)
                rows += [list(own) for own in drawn_types[len(rows) :]]
                shared += drawn_commons[len(shared) :]
            else:
                what = "types of rounds that were not played are not known; the plan has zeros"
                faults.add(what, session.path, t)
                rows += [[0] * auction.n_bidders for _ in range(rounds - len(rows))]
                shared += [0] * (rounds - len(shared))
        values += rows
        commons += [0 if common is None else common for common in shared]
    given: dict[str, Any] = {"values": values}
    if auction.values.model != "private":
        given["commons"] = commons
    return given
