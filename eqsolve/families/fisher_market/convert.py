"""Foreign files as Fisher markets: how their numbers become budgets and values is stated here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.converter import Converter, file_name, file_stem, named
from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.formats.course_bids import is_course_bids, read_course_bids
from eqsolve.formats.nested import named_table, read_json_object
from eqsolve.formats.preflib import read_categorical

__all__ = ["CONVERTERS", "CategoricalShares", "CourseBidding", "SimilarityShares"]

Kind = Literal["linear", "leontief", "cobb_douglas", "quasi_linear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToFisher(Converter):
    """Base: the kind, the utility, and the record of how a market was made.

    Parameters
    ----------
    utility : kind of utility.
    """

    kind: ClassVar[str] = "fisher_market"

    utility: Kind = "linear"

    def recognizes(self, path: Path) -> bool:
        """Return False: such files are assignment markets unless ``from=`` says otherwise."""
        return False

    def metadata(self, path: Path, **more: Any) -> dict[str, Any]:
        """Return the record that goes into the market's metadata."""
        record = {"converter": self.name, "options": asdict(self), "file": file_name(path)}
        return {"source": self.source, **record, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseBidding(_ToFisher):
    """Course bids: students are buyers, courses are goods, points are values and money.

    A student may hold any share of several courses: the market relaxes whole seats, the limit on
    courses per student and conflicts in the timetable. A course that a student did not bid on is
    worth nothing to that student.

    Parameters
    ----------
    seats : ``"file"`` (supply = number of seats) or ``"fill"`` (seats scaled so that there are as
        many as the students may take in all: the market in which seats are scarce).
    budgets : ``"points"`` (the sum of the student's bids) or ``"equal"``.
    """

    name: ClassVar[str] = "course_bids"
    summary: ClassVar[str] = "course bids; points are values, their sum is the budget"
    source: ClassVar[str] = "fairpyx project, course bids of Ariel University (2023)"

    seats: Literal["file", "fill"] = "file"
    budgets: Literal["points", "equal"] = "points"

    def recognizes(self, path: Path) -> bool:
        """Return whether the file is an object of bids and capacities."""
        return path.is_file() and is_course_bids(path)

    def read(self, path: Path) -> Iterator[FisherMarket]:
        """Yield the market of the file; courses without seats are left out."""
        file = read_course_bids(path)
        seats = file.item_capacities
        open_courses = [j for j, count in enumerate(seats) if count > 0]
        points = file.bids.numbers.filled(0)[:, open_courses]
        negative = [name for name, row in zip(file.bids.rows, points, strict=True) if min(row) < 0]
        if negative:
            rule = "negative bids have no meaning as values"
            faults = [Fault("valuations", rule, (name,)) for name in negative]
            raise FormatError(str(path), faults)
        stock: Any = [seats[j] for j in open_courses]
        if self.seats == "fill":
            stock = np.array(stock) * (sum(file.agent_capacities) / sum(stock))
        money = [1] * len(points)
        if self.budgets == "points":
            money = [sum(row) or 1 for row in points.tolist()]
        closed = [file.bids.columns[j] for j, count in enumerate(seats) if count == 0]
        gone = named("course", closed, "has no seats")
        gone += named("field", file.ignored, "is not part of this kind of market")
        yield FisherMarket(
            points,
            money,
            stock,
            utility=self.utility,
            name=file_stem(path),
            labels={
                "buyers": list(file.bids.rows),
                "goods": [file.bids.columns[j] for j in open_courses],
            },
            metadata=self.metadata(path, **self.leaving(gone)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalShares(_ToFisher):
    """PrefLib categorical bids: voters with equal budgets divide the alternatives.

    Parameters
    ----------
    supply : amount of each alternative, for instance reviews per paper.
    """

    name: ClassVar[str] = "preflib_shares"
    summary: ClassVar[str] = "PrefLib .cat; least wanted category 0, next 1, ...; equal budgets"
    source: ClassVar[str] = "Mattei and Walsh, PrefLib: a library for preferences (2013)"

    supply: float = 1.0

    def read(self, path: Path) -> Iterator[FisherMarket]:
        """Yield the market of the file; an unlisted alternative is worth nothing."""
        if not self.supply > 0:
            raise OptionError(f"option supply = {self.supply}: must be > 0")
        file = read_categorical(path)
        ballots = [ballot for count, ballot in file.ballots for _ in range(count)]
        values = np.zeros((len(ballots), len(file.alternatives)), dtype=np.int64)
        for voter, ballot in enumerate(ballots):
            for alternative, place in ballot.items():
                values[voter, alternative] = len(file.categories) - 1 - place
        yield FisherMarket(
            values,
            np.ones(len(ballots)),
            np.full(len(file.alternatives), self.supply),
            utility=self.utility,
            name=file_stem(path),
            labels={
                "buyers": [f"voter {place + 1}" for place in range(len(ballots))],
                "goods": list(file.alternatives),
            },
            metadata=self.metadata(path, title=file.title),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarityShares(_ToFisher):
    """Tables of similarities: reviewers with equal budgets divide the papers.

    Parameters
    ----------
    supply : amount of each paper, for instance the reviews that it needs.
    """

    name: ClassVar[str] = "similarity_shares"
    summary: ClassVar[str] = "JSON object row -> column -> number, clipped at 0; equal budgets"
    source: ClassVar[str] = "Stelmakh et al., gold standard dataset for reviewer assignment (2023)"

    supply: float = 1.0

    def read(self, path: Path) -> Iterator[FisherMarket]:
        """Yield the market of the file; missing and negative numbers are worth nothing."""
        if not self.supply > 0:
            raise OptionError(f"option supply = {self.supply}: must be > 0")
        table = named_table(read_json_object(path), path)
        yield FisherMarket(
            np.maximum(table.numbers.filled(0), 0),
            np.ones(len(table.rows)),
            np.full(len(table.columns), self.supply),
            utility=self.utility,
            name=file_stem(path),
            labels={"buyers": list(table.rows), "goods": list(table.columns)},
            metadata=self.metadata(path, clipped=int((table.numbers < 0).filled(False).sum())),
        )


CONVERTERS: tuple[type[Converter], ...] = (CourseBidding, CategoricalShares, SimilarityShares)
