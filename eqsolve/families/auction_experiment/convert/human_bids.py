"""Decisions of people in the study of bidding for a good worth 10: a record for each condition.

A line is one decision: ``sid`` (who), ``snb`` (condition), ``bid``, ``b2_bid`` (the rival's),
``s1_rp``, ``s2_rp`` (what sellers ask at least), ``outcome`` and ``profit``. In ``NC`` there is one
seller, in ``SC`` two, of whom the cheaper counts, in ``BC`` one and a rival: the higher bid that
the seller accepts gets the good at its price. A session is a person.

What sellers asked is new in every round, which no plan can say: it stands in the record's source,
by round. A verifier that knows of no reserve names the sales that were refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from eqsolve.core.converter import file_stem
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.auction_experiment.convert.sources import Faults, Recorded, record_of
from eqsolve.families.auction_experiment.convert.tables import MISSING, number_in, read_table
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Number, Round
from eqsolve.formats.text import head_of

__all__ = ["HumanBids"]

_COLUMNS = ("sid", "snb", "bid", "b2_bid", "s1_rp", "s2_rp", "outcome", "profit")
_CONDITIONS = ("NC", "SC", "BC")
_WORTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanBids(Recorded):
    """A file ``data.csv`` of the study.

    Parameters
    ----------
    condition : one of them; else a record for each.
    cut : ``keep`` takes the whole lines of a file that was cut off.
    """

    name: ClassVar[str] = "human_bids"
    summary: ClassVar[str] = (
        "data.csv of people who bid for a good worth 10 (NC, SC, BC): a session for each person"
    )
    source: ClassVar[str] = "mmartinezsaito/action-in-auctions"

    condition: Literal["NC", "SC", "BC"] | None = None
    cut: Literal["refuse", "keep"] = "refuse"

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line has the columns of the study."""
        if path.suffix != ".csv" or not path.is_file():
            return False
        names = head_of(path).split("\n")[0].replace('"', "").strip().split(",")
        return set(_COLUMNS) <= set(names)

    def records(self, path: Path) -> Iterator[ExperimentRecord]:
        """Yield a record for each condition.

        Raises
        ------
        FormatError : with every fault, by line.
        """
        table = read_table(path, _COLUMNS, keep_cut=self.cut == "keep")
        faults: list[Fault] = []
        decisions = [_decision(line, cells, faults) for line, cells in table.rows]
        if not decisions:
            faults.append(Fault("", "holds no decision"))
        if faults:
            raise FormatError(str(path), faults[:MAX_FAULTS])
        for condition in _CONDITIONS if self.condition is None else (self.condition,):
            own = [one for one in decisions if one is not None and one.condition == condition]
            if own:
                found = Faults()
                if table.cut is not None:
                    found.add(table.cut.rule, path)
                yield self._record(condition, own, path, found)

    def _record(
        self, condition: str, decisions: list[_Decision], path: Path, faults: Faults
    ) -> ExperimentRecord:
        """Return the record of one condition."""
        people = list(dict.fromkeys(one.person for one in decisions))
        counts = dict.fromkeys(people, 0)
        rounds: list[Round] = []
        asked: list[list[Number | None]] = []
        for one in sorted(decisions, key=lambda one: people.index(one.person)):
            t, r = people.index(one.person), counts[one.person]
            counts[one.person] += 1
            if one.bid is None:
                faults.add(f"line {one.line}: no decision was made", path, t, r, 0)
            rounds.append(_round(one, t, r, condition == "BC"))
            asked.append([*one.asked])
        known = {"points": [_WORTH], "weights": [1]}
        values: dict[str, Any] = {"model": "private", "prior": known}
        if condition == "BC":
            values = {"model": "private", "priors": [known, {"uniform": [0, _WORTH]}]}
        seats = ["person", "rival"][: 2 if condition == "BC" else 1]
        plan: dict[str, Any] = {
            "auction": {"format": "first_price", "n_bidders": len(seats), "values": values},
            "bidders": [{"rule": "function", "name": seat} for seat in seats],
            "rounds": max(counts.values()),
            "sessions": len(people),
            "name": f"{file_stem(path)}-{condition}",
            "labels": {"bidders": seats},
        }
        notes = {"condition": condition, "people": people, "reserves": asked}
        return record_of(
            plan, rounds, [path], faults, converter=self.name, benchmark="truthful", notes=notes
        )


@dataclass(frozen=True, slots=True)
class _Decision:
    """One line.

    Parameters
    ----------
    line : in the file.
    person, condition : whose, and under which.
    bid, rival : None where missing.
    asked : by one or two sellers.
    accepted : whether the person got the good.
    profit : of the person; None where missing.
    """

    line: int
    person: str
    condition: str
    bid: Number | None
    rival: Number | None
    asked: tuple[Number, ...]
    accepted: bool
    profit: Number | None


def _decision(line: int, cells: Mapping[str, str], faults: list[Fault]) -> _Decision | None:
    """Return one line as a decision, or None after adding faults."""
    place, before = f"line {line}", len(faults)
    numbers: dict[str, Number | None] = {}
    for name in ("bid", "b2_bid", "s1_rp", "s2_rp", "profit"):
        text = cells[name].strip()
        numbers[name] = None if text in MISSING else number_in(text)
        if numbers[name] is None and (text not in MISSING or name == "s1_rp"):
            faults.append(Fault(place, f"{name} must be a number", value=text))
    if cells["snb"] not in _CONDITIONS:
        rule = f"snb must be {', '.join(_CONDITIONS)}"
        faults.append(Fault(place, rule, value=cells["snb"]))
    if cells["outcome"] not in ("accept", "reject", *MISSING):
        faults.append(Fault(place, "outcome must be accept or reject", value=cells["outcome"]))
    first = numbers["s1_rp"]
    if len(faults) > before or first is None:
        return None
    second = numbers["s2_rp"]
    return _Decision(
        line=line,
        person=cells["sid"],
        condition=cells["snb"],
        bid=numbers["bid"],
        rival=numbers["b2_bid"],
        asked=(first,) if second is None else (first, second),
        accepted=cells["outcome"] == "accept",
        profit=numbers["profit"],
    )


def _round(one: _Decision, t: int, r: int, with_rival: bool) -> Round:
    """Return a decision as a round."""
    bids = (one.bid, one.rival) if with_rival else (one.bid,)
    winner: int | None = 0 if one.accepted else None
    if with_rival and winner is None and one.rival is not None and one.rival >= min(one.asked):
        # Of equal bids the person's was not taken; a higher one not accepted sells nothing.
        winner = 1 if one.bid is None or one.rival >= one.bid else None
    price = None if winner is None else bids[winner]
    paid = tuple(price if seat == winner and price is not None else 0 for seat in range(len(bids)))
    return Round(
        session=t,
        round=r,
        values=(_WORTH, None)[: len(bids)],
        common=None,
        bids=bids,
        winner=winner,
        price=price,
        payments=paid,
        profits=(one.profit, None if winner == 1 else 0)[: len(bids)],
    )
