"""Records from JSON: every field in its form, all faults together. O(numbers in the document)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import has_form
from eqsolve.families.auction_experiment.instance import AuctionExperiment, Crra
from eqsolve.families.auction_experiment.solution.rounds import Action, Failure, Round
from eqsolve.families.auction_experiment.solution.schema import (
    ACTION,
    ROUND,
    SOLUTION_FIELDS,
    STRATEGY,
    USAGE,
)
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["read_fields"]


def read_fields(document: Mapping[str, Any], experiment: AuctionExperiment) -> dict[str, Any]:
    """Return what a record of `experiment` is made of, by the names of its parameters.

    Raises
    ------
    InstanceError : with every fault.
    """
    return _Reader(document, experiment).fields()


class _Reader:
    """Reads the fields of one document; collects faults."""

    def __init__(self, document: Mapping[str, Any], experiment: AuctionExperiment) -> None:
        self.document, self.experiment = document, experiment
        self.faults: list[Fault] = []

    def fields(self) -> dict[str, Any]:
        """Return the fields of the record by name.

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
        return {
            "rounds": tuple(entry for entry in rounds if entry is not None),
            "statistics": dict(document["statistics"]),
            "benchmark": benchmark,
            "benchmark_kind": document.get("benchmark_kind") or "none",
            "strategies": strategies,
            "usage": {**dict.fromkeys(USAGE, 0), **(document.get("usage") or {})},
            "failures": tuple(entry for entry in failures if entry is not None),
            "source": document.get("source"),
        }

    def _round(self, k: int, entry: Mapping[str, Any], n: int) -> Round | None:
        """Return one round, or None after adding faults."""
        before = len(self.faults)
        for name in ROUND["required"]:
            if name not in entry:
                self.faults.append(Fault("rounds", "required field is missing", (k, name)))
        for name in ("values", "bids", "payments", "profits", "exits", "notes"):
            held = entry.get(name)
            if held is not None and len(held) != n:
                rule = f"has {len(held)} entries, expected {n}, one per bidder"
                self.faults.append(Fault("rounds", rule, (k, name)))
        moves = entry.get("periods")
        for j, move in enumerate(moves or ()):
            missing = [name for name in ACTION["required"] if name not in move]
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
            else tuple(Action(*(move[name] for name in ACTION["required"])) for move in moves),
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
            elif not has_form(entry, STRATEGY) or not {"values", "bids"} <= set(entry):
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
