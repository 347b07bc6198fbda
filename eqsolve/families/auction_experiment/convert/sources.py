"""What converters of logs share: faults that are told, never mended, and the making of records.

A record of others says in its ``source`` which files it comes from and what is wrong in them. What
is written there stays as it was written, so that a verifier finds it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from eqsolve.core.converter import Converter, file_name
from eqsolve.core.result import Result, Stats
from eqsolve.core.status import Status
from eqsolve.families.auction_experiment.bidding.equilibrium import equilibrium_of
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Number, Round, plain
from eqsolve.families.auction_experiment.statistics import benchmark_by, statistics_of

__all__ = ["Faults", "Recorded", "line_of", "number_or_none", "record_of", "result_of"]


@dataclass(slots=True)
class Faults:
    """What is wrong in the files of a record.

    Parameters
    ----------
    listed : objects with ``what`` and, where known, ``file``, ``session``, ``round``, ``bidder``.
    """

    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        what: str,
        file: Path | None = None,
        session: int | None = None,
        round: int | None = None,
        bidder: int | None = None,
    ) -> None:
        """Note a fault."""
        places = {"session": session, "round": round, "bidder": bidder}
        entry: dict[str, Any] = {"what": what}
        if file is not None:
            entry["file"] = file_name(file)
        entry.update({key: place for key, place in places.items() if place is not None})
        self.listed.append(entry)

    @property
    def lines(self) -> list[str]:
        """One line for each."""
        return [line_of(entry) for entry in self.listed]


def line_of(fault: Mapping[str, Any]) -> str:
    """Return one line about a fault.

    Examples
    --------
    >>> line_of({"what": "no bid", "file": "a.json", "session": 0, "round": 3})
    'a.json, session 0, round 3: no bid'
    """
    places = [f"{key} {fault[key]}" for key in ("session", "round", "bidder") if key in fault]
    where = ", ".join([*([fault["file"]] if "file" in fault else []), *places])
    return f"{where}: {fault['what']}" if where else str(fault["what"])


def number_or_none(value: object) -> Number | None:
    """Return a finite number without a point where it is whole; None for everything else."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or value != value or value in (float("inf"), float("-inf")):
        return None
    return plain(value)  # type: ignore[arg-type]  # a number


def record_of(
    plan: Mapping[str, Any],
    rounds: Sequence[Round],
    files: Sequence[Path],
    faults: Faults,
    *,
    converter: str,
    benchmark: str,
    notes: Mapping[str, Any] | None = None,
) -> ExperimentRecord:
    """Return the record of what files tell.

    Parameters
    ----------
    plan : fields of the experiment.
    rounds : in the order of play.
    files : where they come from.
    faults : what is wrong in these.
    converter : its name, for the metadata.
    benchmark : what bids are compared with: ``"truthful"``, ``"bne"`` or ``"none"``.
    notes : what else is known of the source.
    """
    metadata = {"converter": converter, **(notes or {})}
    metadata |= Converter.finding(faults.lines)
    experiment = AuctionExperiment(**plan, metadata=metadata)
    source = {
        "files": [file_name(file) for file in files],
        **(notes or {}),
        "faults": faults.listed,
    }
    solution = equilibrium_of(experiment.auction) if benchmark == "bne" else None
    kind = "none" if benchmark == "bne" and solution is None else benchmark
    return ExperimentRecord(
        experiment=experiment,
        rounds=tuple(rounds),
        statistics=statistics_of(experiment, rounds, benchmark_by(kind, solution)),
        benchmark=solution,
        benchmark_kind=kind,
        source=source,
    )


def result_of(record: ExperimentRecord) -> Result[ExperimentRecord]:
    """Return a record of others as a result: what was played, and nothing is proved of it."""
    stats = Stats(method="recorded", reason="a record of others")
    return Result(
        status=Status.FEASIBLE,
        stats=stats,
        solution=record,
        objective=float(record.revenue),
        instance=record.experiment,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Converter):
    """Base of the converters of records: the plan and what was played come from one reading."""

    kind: ClassVar[str] = "auction_experiment"

    def records(self, path: Path) -> Iterator[ExperimentRecord]:
        """Yield the records of a file or folder.

        Raises
        ------
        FormatError : with every fault; names file and place.
        """
        raise NotImplementedError

    def read(self, path: Path) -> Iterator[AuctionExperiment]:
        """Yield the plans of the records."""
        for record in self.records(path):
            yield record.experiment

    def answered(self, path: Path) -> Iterator[tuple[AuctionExperiment, Result[ExperimentRecord]]]:
        """Yield the plans with their records."""
        for record in self.records(path):
            yield record.experiment, result_of(record)
