"""What was played: every round with types, bids, winner, price and money, and what follows from it.

Numbers are money, whole ones without a point. Of a round that nobody won, winner and price are
null. Clocks record as `bids` the price at which a bidder left, and for the winner the price at
which the clock stopped; in a Dutch auction nobody but who claims the prize shows a bid. Proxy
auctions record as `bids` the maxima at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, has_form
from eqsolve.core.shown import Shown
from eqsolve.families.auction_experiment.instance import AuctionExperiment, Crra
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = [
    "BENCHMARKS", "CERTIFICATE_DATA", "SOLUTION_FIELDS", "STATISTICS", "USAGE", "Action",
    "ExperimentRecord", "Failure", "Number", "Round", "plain",
]  # fmt: skip

Number = int | float

CERTIFICATE_DATA: Mapping[str, Mapping[str, Any]] = {}
"""Certificates hold no data: the verifier recomputes everything."""

BENCHMARKS = ("bne", "truthful", "none")

STATISTICS = (
    "bids", "share_truthful", "share_within_increment", "share_above", "share_below",
    "mean_absolute_deviation", "ss_above", "ss_below", "r_squared_truthful",
    "r_squared_equilibrium", "mean_revenue", "efficiency", "winner_profit", "implied_rho",
)  # fmt: skip
"""Names of the statistics; each is a number, or null where there is nothing to compute it from."""

USAGE = ("requests", "from_cache", "repeats", "failures", "tokens_in", "tokens_out", "cost")

_NUMBER = {"type": "number"}
_OR_NULL = {"type": ["number", "null"]}
_PER_BIDDER = {"type": "array", "items": _NUMBER}
_PER_BIDDER_OR_NULL = {"type": "array", "items": _OR_NULL}
_ACTION = {
    "type": "object",
    "description": "one move: bid null holds; price and leader after it",
    "properties": {
        "period": {"type": "integer", "minimum": 0},
        "bidder": {"type": "integer", "minimum": 0},
        "bid": _OR_NULL,
        "price": _NUMBER,
        "leader": {"type": ["integer", "null"]},
    },
    "required": ["period", "bidder", "bid", "price", "leader"],
}
_ROUND = {
    "type": "object",
    "properties": {
        "session": {"type": "integer", "minimum": 0},
        "round": {"type": "integer", "minimum": 0},
        "values": {**_PER_BIDDER_OR_NULL, "description": "types; null where not known"},
        "common": {**_OR_NULL, "description": "what types have in common, or the true value"},
        "bids": {**_PER_BIDDER_OR_NULL, "description": "null: stayed out, or was not seen"},
        "winner": {"type": ["integer", "null"], "description": "null: nobody"},
        "price": _OR_NULL,
        "payments": _PER_BIDDER,
        "profits": {**_PER_BIDDER_OR_NULL, "description": "null where the value is not known"},
        "tie_draw": {**_OR_NULL, "description": "uniform number that broke a tie, if there was"},
        "exits": {
            "type": ["array", "null"],
            "items": _OR_NULL,
            "description": "clocks: price at which each left; null: stayed, or never came in",
        },
        "periods": {
            "type": ["array", "null"],
            "items": _ACTION,
            "description": "proxy: moves in their order",
        },
        "notes": {
            "type": ["array", "null"],
            "items": {"type": ["object", "null"]},
            "description": "per bidder: plan and reflection",
        },
    },
    "required": [
        "session", "round", "values", "bids", "winner", "price", "payments", "profits", "tie_draw",
    ],
}  # fmt: skip

SOLUTION_FIELDS = (
    Field(
        "rounds",
        {"type": "array", "items": _ROUND, "description": "in the order of play"},
        required=True,
    ),
    Field(
        "statistics",
        {
            "type": "object",
            "description": "of all rounds together",
            "properties": dict.fromkeys(STATISTICS, _OR_NULL),
        },
        required=True,
    ),
    Field(
        "benchmark",
        {"type": ["object", "null"], "description": "the equilibrium, as single_item_auction"},
    ),
    Field(
        "benchmark_kind", {"enum": list(BENCHMARKS), "description": "what bids are compared with"}
    ),
    Field(
        "strategies",
        {
            "type": ["array", "null"],
            "items": {"type": ["object", "null"]},
            "description": "by seat the strategy that its bids follow, null: a plain formula",
        },
    ),
    Field(
        "usage",
        {
            "type": "object",
            "description": "what chat bidders were asked, and what it cost",
            "properties": dict.fromkeys(USAGE, _NUMBER),
        },
    ),
    Field(
        "failures",
        {
            "type": "array",
            "items": {"type": "object"},
            "description": "who failed, where, why, and what was done",
        },
    ),
    Field(
        "source",
        {"type": ["object", "null"], "description": "of records of others: files and faults"},
    ),
)


@dataclass(frozen=True, slots=True, repr=False)
class Action(Shown):
    """One move in proxy bidding.

    Parameters
    ----------
    period : from 0.
    bidder : who moves.
    bid : the new maximum that was asked for; None: holds.
    price, leader : after it; the leader is None while nobody has bid.
    """

    period: int
    bidder: int
    bid: Number | None
    price: Number
    leader: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {
            "period": self.period,
            "bidder": self.bidder,
            "bid": self.bid,
            "price": self.price,
            "leader": self.leader,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Round(Shown):
    """What happened in one round; tuples by bidder.

    Parameters
    ----------
    session, round : from 0.
    values : types: values, or signals of a common one; None where a converted log has none.
    common : the part of values that all share, the true value where it is common, or None.
    bids : None: stayed out; see the top of the module for clocks and proxy bidding.
    winner, price : None where nobody won.
    payments, profits : of each bidder; a profit is None where the value is not known.
    tie_draw : uniform in [0, 1) that broke a tie among the top bids, or None.
    exits : clocks: the price at which each left, None for who stayed to the end or never came in.
    periods : proxy: all moves.
    notes : per bidder an object with ``plan`` and ``reflection``, or None.
    """

    session: int
    round: int
    values: tuple[Number | None, ...]
    common: Number | None
    bids: tuple[Number | None, ...]
    winner: int | None
    price: Number | None
    payments: tuple[Number, ...]
    profits: tuple[Number | None, ...]
    tie_draw: float | None = None
    exits: tuple[Number | None, ...] | None = None
    periods: tuple[Action, ...] | None = None
    notes: tuple[Mapping[str, str] | None, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files; `exits`, `periods` and `notes` only where there are any."""
        fields: dict[str, Any] = {
            "session": self.session,
            "round": self.round,
            "values": list(self.values),
            "common": self.common,
            "bids": list(self.bids),
            "winner": self.winner,
            "price": self.price,
            "payments": list(self.payments),
            "profits": list(self.profits),
            "tie_draw": self.tie_draw,
        }
        if self.exits is not None:
            fields["exits"] = list(self.exits)
        if self.periods is not None:
            fields["periods"] = [action.to_dict() for action in self.periods]
        if self.notes is not None:
            fields["notes"] = [None if note is None else dict(note) for note in self.notes]
        return fields


@dataclass(frozen=True, slots=True, repr=False)
class Failure(Shown):
    """What went wrong, and what was done about it.

    Parameters
    ----------
    session, round : where.
    bidder : who; None where it was the whole session.
    reason : why, one line.
    done : what was done: ``"stayed out"``, ``"lowest bid"`` or ``"session ended"``.
    """

    session: int
    round: int
    bidder: int | None
    reason: str
    done: str

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {
            "session": self.session,
            "round": self.round,
            "bidder": self.bidder,
            "reason": self.reason,
            "done": self.done,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ExperimentRecord(Shown):
    """The record of an experiment.

    Parameters
    ----------
    experiment : the plan; it is not part of the file.
    rounds : in the order of play, session after session; those that were played.
    statistics : name -> number or None, see `STATISTICS`.
    benchmark : the equilibrium that bids are held against, or None.
    benchmark_kind : ``"bne"``, ``"truthful"`` or ``"none"``.
    strategies : by seat the strategy that its bids follow where it is no plain formula, else None.
    usage : name -> number, see `USAGE`; all 0 where nobody was asked.
    failures : of chat bidders and functions.
    source : of records that others made: where from (``"files"``), and ``"faults"``, a list of what
        is wrong in them, each an object with ``"what"`` and, where known, ``"file"``,
        ``"session"``, ``"round"``, ``"bidder"``. None for what was played here.

    Examples
    --------
    >>> record = ExperimentRecord.example()
    >>> record, record.rounds[0].price, record.is_complete
    (<ExperimentRecord: second_price, 1 of 1 rounds>, 3, True)
    """

    experiment: AuctionExperiment
    rounds: tuple[Round, ...]
    statistics: Mapping[str, Number | None] = field(default_factory=dict)
    benchmark: SingleItemAuctionSolution | None = None
    benchmark_kind: str = "none"
    strategies: tuple[Strategy | None, ...] | None = None
    usage: Mapping[str, Number] = field(default_factory=lambda: dict.fromkeys(USAGE, 0))
    failures: tuple[Failure, ...] = ()
    source: Mapping[str, Any] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every round of the plan was played."""
        return len(self.rounds) == self.experiment.n_rounds

    @property
    def broken_off(self) -> int:
        """Number of sessions that ended because a model gave no answer."""
        return sum(failure.bidder is None for failure in self.failures)

    @property
    def sessions(self) -> tuple[tuple[Round, ...], ...]:
        """The rounds by session, those sessions that have any."""
        found: dict[int, list[Round]] = {}
        for entry in self.rounds:
            found.setdefault(entry.session, []).append(entry)
        return tuple(tuple(found[number]) for number in sorted(found))

    @property
    def revenue(self) -> Number:
        """All that was paid."""
        return plain(sum(sum(entry.payments) for entry in self.rounds))

    def __repr__(self) -> str:
        plan = self.experiment
        played = f"{len(self.rounds)} of {plan.n_rounds} rounds"
        return f"<ExperimentRecord: {plan.auction.format}, {played}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExperimentRecord) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # of a record that compares by content

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        strategies = self.strategies
        return {
            "rounds": [entry.to_dict() for entry in self.rounds],
            "statistics": dict(self.statistics),
            "benchmark": None if self.benchmark is None else self.benchmark.to_dict(),
            "benchmark_kind": self.benchmark_kind,
            "strategies": None
            if strategies is None
            else [None if one is None else one.to_dict() for one in strategies],
            "usage": dict(self.usage),
            "failures": [failure.to_dict() for failure in self.failures],
            "source": None if self.source is None else dict(self.source),
        }

    @classmethod
    def from_dict(
        cls, document: Mapping[str, Any], experiment: AuctionExperiment
    ) -> ExperimentRecord:
        """Return the record written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form, or sizes do not fit.
        """
        return _Reader(document, experiment).record()

    @classmethod
    def example(cls) -> ExperimentRecord:
        """Return a record of one round, for examples."""
        values = {"model": "private", "prior": {"integers": [0, 9]}}
        auction = {"format": "second_price", "n_bidders": 2, "values": values}
        plan = AuctionExperiment(auction, [{"rule": "truthful"}] * 2, values=[[5, 3]])
        return cls(
            experiment=plan,
            rounds=(Round(0, 0, (5, 3), None, (5, 3), 0, 3, (3, 0), (2, 0)),),
        )


def plain(number: Number) -> Number:
    """Return a number without a point where it is whole.

    Examples
    --------
    >>> plain(3.0), plain(2.5), plain(7)
    (3, 2.5, 7)
    """
    if isinstance(number, int):
        return number
    whole = number.is_integer() and abs(number) < 2**53
    return int(number) if whole else float(number)


class _Reader:
    """Reads the fields of one document; collects faults."""

    def __init__(self, document: Mapping[str, Any], experiment: AuctionExperiment) -> None:
        self.document, self.experiment = document, experiment
        self.faults: list[Fault] = []

    def record(self) -> ExperimentRecord:
        """Return the record.

        Raises
        ------
        InstanceError : with every fault.
        """
        document, faults = self.document, self.faults
        for entry in SOLUTION_FIELDS:
            value = document.get(entry.name)
            if value is None and not entry.required:
                continue
            listed = entry.schema.get("enum")
            fits = value in listed if listed else has_form(value, entry.schema)
            if not fits:
                faults.append(Fault(entry.name, "is not of its form"))
        if faults:
            raise InstanceError(faults)
        n = self.experiment.n_bidders
        rounds = [self._round(k, entry, n) for k, entry in enumerate(document["rounds"])]
        failures = [
            self._failure(k, entry) for k, entry in enumerate(document.get("failures") or ())
        ]
        benchmark = self._benchmark(document.get("benchmark"))
        strategies = self._strategies(document.get("strategies"), n)
        if faults:
            raise InstanceError(faults)
        return ExperimentRecord(
            experiment=self.experiment,
            rounds=tuple(entry for entry in rounds if entry is not None),
            statistics=dict(document["statistics"]),
            benchmark=benchmark,
            benchmark_kind=document.get("benchmark_kind") or "none",
            strategies=strategies,
            usage={**dict.fromkeys(USAGE, 0), **(document.get("usage") or {})},
            failures=tuple(entry for entry in failures if entry is not None),
            source=document.get("source"),
        )

    def _round(self, k: int, entry: Mapping[str, Any], n: int) -> Round | None:
        """Return one round, or None after adding faults."""
        before = len(self.faults)
        for name in _ROUND["required"]:
            if name not in entry:
                self.faults.append(Fault("rounds", "required field is missing", (k, name)))
        for name in ("values", "bids", "payments", "profits", "exits", "notes"):
            held = entry.get(name)
            if held is not None and len(held) != n:
                rule = f"has {len(held)} entries, expected {n}, one per bidder"
                self.faults.append(Fault("rounds", rule, (k, name)))
        moves = entry.get("periods")
        for j, move in enumerate(moves or ()):
            missing = [name for name in _ACTION["required"] if name not in move]
            self.faults += [
                Fault("rounds", "required field is missing", (k, "periods", j, name))
                for name in missing
            ]
        if len(self.faults) > before:
            return None
        exits, notes = entry.get("exits"), entry.get("notes")
        return Round(
            session=entry["session"],
            round=entry["round"],
            values=tuple(entry["values"]),
            common=entry.get("common"),
            bids=tuple(entry["bids"]),
            winner=entry["winner"],
            price=entry["price"],
            payments=tuple(entry["payments"]),
            profits=tuple(entry["profits"]),
            tie_draw=entry["tie_draw"],
            exits=None if exits is None else tuple(exits),
            periods=None
            if moves is None
            else tuple(Action(*(move[name] for name in _ACTION["required"])) for move in moves),
            notes=None if notes is None else tuple(notes),
        )

    def _failure(self, k: int, entry: Mapping[str, Any]) -> Failure | None:
        """Return one failure, or None after adding faults."""
        forms: Mapping[str, Mapping[str, Any]] = {
            "session": {"type": "integer"},
            "round": {"type": "integer"},
            "bidder": {"type": ["integer", "null"]},
            "reason": {"type": "string"},
            "done": {"type": "string"},
        }
        bad = [name for name, form in forms.items() if not has_form(entry.get(name), form)]
        self.faults += [Fault("failures", "is not of its form", (k, name)) for name in bad]
        return None if bad else Failure(*(entry[name] for name in forms))

    def _benchmark(self, given: Mapping[str, Any] | None) -> SingleItemAuctionSolution | None:
        """Return the benchmark, or None where there is none or after adding faults."""
        if given is None:
            return None
        try:
            return SingleItemAuctionSolution.from_dict(given, self.experiment.auction)
        except InstanceError as error:
            self.faults += [
                Fault("benchmark", fault.rule, (fault.field, *fault.index), fault.value)
                for fault in error.faults
            ]
            return None

    def _strategies(self, given: Any, n: int) -> tuple[Strategy | None, ...] | None:
        """Return the strategies by seat, or None where there are none or after adding faults."""
        if given is None:
            return None
        if len(given) != n:
            rule = f"has {len(given)} entries, expected {n}, one per seat"
            self.faults.append(Fault("strategies", rule))
            return None
        found: list[Strategy | None] = []
        for seat, entry in enumerate(given):
            if entry is None:
                found.append(None)
            elif not has_form(entry, _STRATEGY) or not {"values", "bids"} <= set(entry):
                self.faults.append(Fault("strategies", "is not of its form", (seat,)))
            else:
                place = f"strategies[{seat}]"
                # AUC-2 is drawn as lines between breakpoints, for whole numbers as well.
                lines = isinstance(self.experiment.bidders[seat].undisturbed, Crra)
                finite = self.experiment.auction.values.is_finite and not lines
                found.append(
                    Strategy.from_dict(entry, finite=finite, place=place, faults=self.faults)
                )
        return tuple(found)


_STRATEGY = {
    "type": "object",
    "properties": {
        "values": _PER_BIDDER,
        "bids": {"anyOf": [_PER_BIDDER_OR_NULL, {"type": "array", "items": _PER_BIDDER_OR_NULL}]},
        "probabilities": {"type": ["array", "null"], "items": _PER_BIDDER},
    },
}
