"""Proxy auctions as the authors wrote them: one CSV file each, a line for every move.

Columns ``period_id, turn_id, current_price, reserve_price, agent_selected, action, bid, max_bids,
highest_bidder`` and in some files ``value``; ``max_bids`` is a Python dictionary as text, which is
read, never evaluated. Price, maxima and leader are those after the move; of equal maxima the first
seat's leads.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.auction_experiment.convert.cut import Cut
from eqsolve.families.auction_experiment.convert.sources import Faults, record_of
from eqsolve.families.auction_experiment.convert.tables import number_in, read_table
from eqsolve.families.auction_experiment.solution import Action, ExperimentRecord, Number, Round
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["COLUMNS", "Run", "read_run", "record_of_runs"]

COLUMNS = (
    "period_id", "turn_id", "current_price", "reserve_price", "agent_selected", "action", "bid",
    "max_bids", "highest_bidder",
)  # fmt: skip
"""Columns that every file has."""

_ACTIONS = ("bid", "hold")
USUAL_PERIODS = 10


@dataclass(frozen=True, slots=True)
class Move:
    """One line.

    Parameters
    ----------
    line : in the file.
    period : from 0.
    name : who moves.
    bid : None where it holds.
    price, leader, maxima : after the move.
    reserve : hidden reserve.
    value : of who moves, None where not told.
    """

    line: int
    period: int
    name: str
    bid: Number | None
    price: Number
    leader: str
    maxima: Mapping[str, Number]
    reserve: Number
    value: Number | None


@dataclass(frozen=True, slots=True)
class Run:
    """One file.

    Parameters
    ----------
    path : of the file.
    moves : in their order.
    cut : where it was cut off, or None.
    """

    path: Path
    moves: tuple[Move, ...]
    cut: Cut | None

    @property
    def names(self) -> set[str]:
        """The names of all bidders."""
        return set().union(*(move.maxima for move in self.moves))

    @property
    def n_periods(self) -> int:
        """How many periods there were."""
        return 1 + max(move.period for move in self.moves)


def read_run(path: Path, *, keep_cut: bool = False) -> Run:
    """Return the auction of a file.

    Parameters
    ----------
    path : the file.
    keep_cut : take the whole lines of a file that was cut off.

    Raises
    ------
    FormatError : not such a file; with every fault, by line; or cut off.
    """
    table = read_table(path, COLUMNS, keep_cut=keep_cut)
    faults: list[Fault] = []
    moves = [
        move for number, cells in table.rows if (move := _move(number, cells, faults)) is not None
    ]
    if not moves and not faults and table.cut is None:
        faults.append(Fault("", "holds no move"))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return Run(path, tuple(moves), table.cut)


def _move(line: int, cells: Mapping[str, str], faults: list[Fault]) -> Move | None:
    """Return one line as a move, or None after adding faults."""
    place, before = f"line {line}", len(faults)
    numbers: dict[str, Number] = {}
    for column in ("period_id", "current_price", "reserve_price", "bid", "value"):
        if column not in cells or (column == "value" and not cells[column].strip()):
            continue
        number = number_in(cells[column])
        if number is None or number < 0 or (column == "period_id" and number != int(number)):
            rule = f"{column} must be a {'whole ' * (column == 'period_id')}number >= 0"
            faults.append(Fault(place, rule, value=cells[column]))
        else:
            numbers[column] = number
    if cells["action"] not in _ACTIONS:
        rule = f"action must be {' or '.join(_ACTIONS)}"
        faults.append(Fault(place, rule, value=cells["action"]))
    maxima = _maxima(cells["max_bids"])
    if maxima is None:
        rule = "max_bids must be a dictionary of names and numbers"
        faults.append(Fault(place, rule, value=cells["max_bids"][:60]))
    elif cells["agent_selected"] not in maxima:
        rule = "agent_selected is none of max_bids"
        faults.append(Fault(place, rule, value=cells["agent_selected"]))
    if len(faults) > before or maxima is None:
        return None
    return Move(
        line=line,
        period=int(numbers["period_id"]),
        name=cells["agent_selected"],
        bid=numbers["bid"] if cells["action"] == "bid" else None,
        price=numbers["current_price"],
        leader=cells["highest_bidder"],
        maxima=maxima,
        reserve=numbers["reserve_price"],
        value=numbers.get("value"),
    )


def _maxima(text: str) -> dict[str, Number] | None:
    """Return the dictionary that a text writes, or None: a literal, and nothing is run."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(tree, ast.Dict):
        return None
    found: dict[str, Number] = {}
    for key, value in zip(tree.keys, tree.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        if not isinstance(value, ast.Constant) or key.value in found:
            return None
        number = number_in(str(value.value)) if type(value.value) in (int, float) else None
        if number is None:
            return None
        found[key.value] = number
    return found or None


def record_of_runs(
    runs: Sequence[Run],
    auction: SingleItemAuction,
    *,
    name: str,
    closing: str,
    periods: int = USUAL_PERIODS,
    benchmark: str,
    converter: str,
) -> ExperimentRecord:
    """Return the record of proxy auctions, a session of one round for each.

    Parameters
    ----------
    runs : of one number of bidders and one hidden reserve.
    auction : with the format ``second_price``.
    name : of the treatment.
    closing : ``"hard"`` or ``"soft"``.
    periods : before the close.
    benchmark, converter : see `record_of`.

    Raises
    ------
    FormatError : auctions of different bidders or hidden reserves, or none.
    """
    faults = Faults()
    whole = []
    for run in runs:
        if run.cut is None:
            whole.append(run)
        else:
            faults.add(f"{run.cut.rule}; left out", run.path)
    if not whole:
        raise FormatError(str(runs[0].path), Fault("", "holds no whole auction"))
    seats = sorted(set().union(*(run.names for run in whole)))
    reserves = {move.reserve for run in whole for move in run.moves}
    problem = ""
    if len(seats) != auction.n_bidders or len(seats) < 2:
        problem = f"{len(seats)} names for {auction.n_bidders} seats: {', '.join(seats)}"
    elif len(reserves) > 1:
        problem = f"hidden reserves differ: {sorted(reserves)}"
    if problem:
        raise FormatError(str(whole[0].path.parent), Fault("", problem))
    reserve = reserves.pop()
    rounds = [
        _round(auction, seats, run, t, closing, periods, faults) for t, run in enumerate(whole)
    ]
    plan: dict[str, Any] = {
        "auction": auction,
        "bidders": [{"rule": "function", "name": seat} for seat in seats],
        "rounds": 1,
        "sessions": len(whole),
        "proxy": {"periods": periods, "closing": closing, "hidden_reserve": reserve},
        "name": name,
        "labels": {"bidders": seats},
    }
    known = [entry.values for entry in rounds]
    if all(value is not None for values in known for value in values):
        plan["values"] = [list(values) for values in known]
    files = [run.path for run in whole]
    return record_of(plan, rounds, files, faults, converter=converter, benchmark=benchmark)


def _round(
    auction: SingleItemAuction,
    names: Sequence[str],
    run: Run,
    t: int,
    closing: str,
    periods: int,
    faults: Faults,
) -> Round:
    """Return an auction as it is written, with what is wrong in it noted."""
    seats = {name: seat for seat, name in enumerate(names)}
    grid = auction.bids
    assert grid is not None  # every treatment has one
    cap, step = float(grid.bids[-1]), grid.increment
    held: dict[str, Number] = dict.fromkeys(names, 0)
    leader: str | None = None
    values: dict[str, Number] = {}
    actions = []
    for move in run.moves:
        seat = seats[move.name]

        def note(what: str, move: Any = move, seat: int = seat) -> None:
            faults.add(f"line {move.line}: {what}", run.path, t, 0, seat)

        if move.value is not None and values.setdefault(move.name, move.value) != move.value:
            note(f"value {move.value}, before it was {values[move.name]}")
        if move.bid is not None:
            if move.bid > cap:
                note(f"bid {move.bid} exceeds the cap {cap:g}")
            if move.bid < held[move.name]:
                note(f"the maximum falls from {held[move.name]} to {move.bid}")
            held[move.name] = move.bid
        if dict(move.maxima) != held:
            note("max_bids are not those that follow from the bids")
            held = {**held, **move.maxima}
        ranked = sorted(held.values(), reverse=True)
        price = min(ranked[0], ranked[1] + step) if ranked[1] > 0 else 0
        leader = next((name for name in names if 0 < held[name] == ranked[0]), None)
        if move.price != price:
            note(f"price {move.price}, by the rules it is {price:g}")
        if leader is None:
            note(f"{move.leader} leads before anyone has bid")
        elif move.leader != leader:
            note(f"{move.leader} leads, by the rules it is {leader}")
            leader = move.leader if move.leader in seats else leader
        shown = None if leader is None else seats[leader]
        actions.append(Action(move.period, seat, move.bid, move.price, shown))
    _close(run, t, closing, periods, faults)
    last = run.moves[-1]
    sold = leader is not None and last.price >= last.reserve
    winner = seats[leader] if sold and leader is not None else None
    paid: list[Number] = [0] * len(names)
    if winner is not None:
        paid[winner] = last.price
    own = tuple(values.get(name) for name in names)
    profits: list[Number | None] = [0] * len(names)
    if winner is not None:
        worth = own[winner]
        profits[winner] = None if worth is None else worth - last.price
    return Round(
        session=t,
        round=0,
        values=own,
        common=None,
        bids=tuple(held[name] if held[name] > 0 else None for name in names),
        winner=winner,
        price=None if winner is None else last.price,
        payments=tuple(paid),
        profits=tuple(profits),
        periods=tuple(actions),
    )


def _close(run: Run, t: int, closing: str, periods: int, faults: Faults) -> None:
    """Note an auction that does not end when its rule says."""
    best: dict[str, Number] = {}
    raised = set()
    for move in run.moves:
        if move.bid is not None and move.bid > best.get(move.name, 0):
            best[move.name] = move.bid
            raised.add(move.period)
    end = periods
    while closing == "soft" and end - 1 in raised:
        end += 1
    if run.n_periods != end:
        rule = f"has {run.n_periods} periods, by the rule of a {closing} close it has {end}"
        faults.add(rule, run.path, t, 0)
