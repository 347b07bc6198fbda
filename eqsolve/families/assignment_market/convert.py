"""Foreign files as assignment markets: how their numbers become values is stated per converter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.converter import Converter, file_name, file_stem, named
from eqsolve.core.digits import BESIDE, EXACT
from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.formats.course_bids import CourseBids, is_course_bids, read_course_bids
from eqsolve.formats.nested import named_table, outline_of, read_json_object
from eqsolve.formats.orlib import is_orlib_assignment, read_orlib_assignment
from eqsolve.formats.preflib import is_categorical, read_categorical, worth_of_places
from eqsolve.formats.unit_demand import is_unit_demand, read_unit_demand

__all__ = [
    "CONVERTERS",
    "CategoricalBids",
    "CourseSeats",
    "OrLibrary",
    "Similarities",
    "UnitDemand",
]


_LARGEST = 10**8
"""Pairs of a dense market made from a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToAssignment(Converter):
    """Base: the kind, and the record of how a market was made."""

    kind: ClassVar[str] = "assignment_market"

    def metadata(self, path: Path, **more: Any) -> dict[str, Any]:
        """Return the record that goes into the market's metadata."""
        record = {"converter": self.name, "options": asdict(self), "file": file_name(path)}
        return {"source": self.source, **record, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class _WithCapacities(_ToAssignment):
    """Base of converters of data in which agents may trade several times.

    Parameters
    ----------
    buyer_capacity, seller_capacity : how many different sellers each buyer may take, and units of
        each seller; 0 for none given, which means 1 where the other side has capacities.
    """

    buyer_capacity: int = 0
    seller_capacity: int = 0

    def limits(self, n_buyers: int, n_sellers: int) -> dict[str, Any]:
        """Return the capacities of both sides, as fields of a market; None where not given."""
        found: dict[str, Any] = {}
        for side, most, size in (
            ("buyer", self.buyer_capacity, n_buyers),
            ("seller", self.seller_capacity, n_sellers),
        ):
            if most < 0:
                raise OptionError(f"option {side}_capacity = {most}: must be >= 0")
            found[f"{side}_capacities"] = np.full(size, most) if most else None
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OrLibrary(_ToAssignment):
    """Square cost matrices of the OR-Library.

    Parameters
    ----------
    numbers : ``"costs"`` (minimize: value = `constant` - cost) or ``"values"`` (maximize: the
        numbers are the values).
    constant : what the costs are taken from; None: the largest cost plus 1, so that every pair
        is worth something and all agents trade. With n trades the least total cost is
        ``n * constant - welfare``.
    """

    name: ClassVar[str] = "orlib"
    summary: ClassVar[str] = "OR-Library assignment costs; value = constant - cost"
    source: ClassVar[str] = "J. E. Beasley, OR-Library (1990), assignment problems"

    numbers: Literal["costs", "values"] = "costs"
    constant: float | None = None

    def recognizes(self, path: Path) -> bool:
        """Return whether the file begins with its size alone on a line."""
        return path.is_file() and is_orlib_assignment(path)

    def read(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file."""
        costs = read_orlib_assignment(path)
        if self.numbers == "values":
            yield AssignmentMarket(costs, name=file_stem(path), metadata=self.metadata(path))
            return
        largest = costs.max(initial=0).item()
        constant = largest + 1 if self.constant is None else self.constant
        if not constant >= largest:
            raise OptionError(f"option constant = {constant!r}: must be >= {largest}, the top cost")
        if costs.dtype.kind == "i" and float(constant).is_integer():
            constant = int(constant)
            # Python's integers do not wrap around: the market refuses what is too large.
            wide = constant - costs.min(initial=0).item() >= 2**63
            values: Any = constant - (costs.astype(object) if wide else costs)
        elif costs.dtype.kind == "i" and np.abs(costs).max(initial=0) > EXACT:
            rule = f"{BESIDE}; say --option constant=WHOLE NUMBER"
            raise FormatError(str(path), Fault("costs", rule))
        else:
            values = constant - costs
        record = self.metadata(path, cost_constant=constant)
        yield AssignmentMarket(values, name=file_stem(path), metadata=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDemand(_WithCapacities):
    """Unit-demand market files: consumers are buyers, items are sellers, values as they stand.

    Parameters
    ----------
    unlisted : a pair that is not listed has no edge (``"absent"``) or an edge of value 0
        (``"zero"``); prices and welfare are the same.
    """

    name: ClassVar[str] = "unit_demand"
    summary: ClassVar[str] = "unit-demand markets: `consumer item value` lines"
    source: ClassVar[str] = "Fernandes, Ferreira, Franco and Schouery, unit-demand market models"

    unlisted: Literal["absent", "zero"] = "absent"

    def recognizes(self, path: Path) -> bool:
        """Return whether the first two lines hold three numbers each."""
        return path.is_file() and is_unit_demand(path)

    def read(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file, read to its end."""
        file = read_unit_demand(path)
        found = len(file.value)
        record = self.metadata(path, announced_values=file.announced, values=found)
        if self.unlisted == "absent":
            yield AssignmentMarket.from_edges(
                file.n_consumers,
                file.n_items,
                file.consumer,
                file.item,
                file.value,
                **self.limits(file.n_consumers, file.n_items),
                name=file_name(path),
                metadata=record,
            )
            return
        if file.n_consumers * file.n_items > _LARGEST:
            rule = f"more than {_LARGEST} pairs do not fit; use unlisted=absent"
            raise FormatError(str(path), Fault("", rule))
        values = np.zeros((file.n_consumers, file.n_items), dtype=file.value.dtype)
        values[file.consumer, file.item] = file.value
        limits = self.limits(*values.shape)
        yield AssignmentMarket(values, **limits, name=file_name(path), metadata=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalBids(_WithCapacities):
    """PrefLib categorical bids: voters are buyers, alternatives are sellers.

    A pair that a voter does not list cannot trade (in the conference data: a conflict of interest).

    Parameters
    ----------
    scale : value of each category in the order of the file, as numbers with commas between; the
        default counts down to 0 for the last category (yes 2, maybe 1, no 0).
    """

    name: ClassVar[str] = "preflib"
    summary: ClassVar[str] = "PrefLib categorical bids; categories become values by a scale"
    source: ClassVar[str] = "Mattei and Walsh, PrefLib (2013)"

    scale: str = "count-down"

    def recognizes(self, path: Path) -> bool:
        """Return whether the header says ``DATA TYPE: cat``."""
        return path.is_file() and is_categorical(path)

    def read(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file; a line given by several voters becomes several buyers."""
        file = read_categorical(path)
        worth = worth_of_places(self.scale, len(file.categories))
        ballots = [ballot for count, ballot in file.ballots for _ in range(count)]
        buyer = np.repeat(np.arange(len(ballots)), [len(ballot) for ballot in ballots])
        yield AssignmentMarket.from_edges(
            len(ballots),
            len(file.alternatives),
            buyer,
            np.array([seller for ballot in ballots for seller in ballot], dtype=np.int64),
            [worth[place] for ballot in ballots for place in ballot.values()],
            **self.limits(len(ballots), len(file.alternatives)),
            name=file_stem(path),
            labels={
                "buyers": [f"voter {place + 1}" for place in range(len(ballots))],
                "sellers": list(file.alternatives),
            },
            metadata=self.metadata(
                path, title=file.title, scale=dict(zip(file.categories, worth, strict=True))
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarities(_WithCapacities):
    """Tables of similarities as nested JSON objects: reviewers are buyers, papers are sellers.

    Parameters
    ----------
    negative : what becomes of negative numbers, which are no values: ``"clip"`` makes them 0,
        ``"drop"`` removes the edge, ``"shift"`` adds one constant to all numbers so that the
        least becomes 0 (this changes what an unmatched agent is worth beside a matched one).
    """

    name: ClassVar[str] = "similarity"
    summary: ClassVar[str] = "JSON object row -> column -> number; negative numbers are clipped"
    source: ClassVar[str] = "Stelmakh et al., gold standard dataset for reviewer assignment (2023)"

    negative: Literal["clip", "shift", "drop"] = "clip"

    def recognizes(self, path: Path) -> bool:
        """Return whether the file is JSON that begins with objects in an object, no deeper."""
        return outline_of(path).is_table and not is_course_bids(path)

    def read(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file."""
        table = named_table(read_json_object(path), path)
        values, changed = self._values(table.numbers)
        yield AssignmentMarket(
            values,
            **self.limits(len(table.rows), len(table.columns)),
            name=file_stem(path),
            labels={"buyers": list(table.rows), "sellers": list(table.columns)},
            metadata=self.metadata(path, **changed),
        )

    def _values(
        self, numbers: np.ma.MaskedArray[Any, Any]
    ) -> tuple[np.ma.MaskedArray[Any, Any], dict[str, Any]]:
        """Return values >= 0 and what was done to get them."""
        negative = (numbers < 0).filled(False)
        if self.negative == "shift":
            low = min(numbers.min().item(), 0) if numbers.count() else 0
            top = numbers.max().item() if numbers.count() else 0
            wide = numbers.dtype.kind == "i" and top - low >= 2**63
            exact: Any = numbers.astype(object) if wide else numbers
            return exact - low, {"shift": -low}
        below = int(negative.sum())
        if self.negative == "clip":
            clipped = numbers.copy()
            clipped[negative] = 0
            return clipped, {"clipped": below}
        return np.ma.masked_where(negative, numbers), {"dropped": below}


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSeats(_ToAssignment):
    """Course bids: each student wants one seat, or as many courses as the file allows.

    Parameters
    ----------
    seats : seats sold for each course; 0 takes the number in the file.
    several : every student may take as many courses as the file says: courses are sellers with
        capacities. Otherwise one, and the seats of a course are sellers of their own.
    """

    name: ClassVar[str] = "course_seats"
    summary: ClassVar[str] = "course bids as one seat per student; points are values"
    source: ClassVar[str] = "fairpyx project, course bids of Ariel University (2023)"

    seats: int = 1
    several: bool = False

    def recognizes(self, path: Path) -> bool:
        """Return False: such files are Fisher markets unless ``from=course_seats`` is said."""
        return False

    def read(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file."""
        if self.seats < 0:
            raise OptionError(f"option seats = {self.seats}: must be >= 0")
        file = read_course_bids(path)
        if self.several:
            yield self._several(path, file)
            return
        copies = [self.seats or seats for seats in file.item_capacities]
        names = [
            name if count == 1 else f"{name} (seat {seat + 1})"
            for name, count in zip(file.bids.columns, copies, strict=True)
            for seat in range(count)
        ]
        closed = [name for name, count in zip(file.bids.columns, copies, strict=True) if not count]
        gone = named("course", closed, "has no seats")
        gone += named("field", file.ignored, "is not part of this kind of market")
        yield AssignmentMarket(
            file.bids.numbers.repeat(copies, axis=1),
            name=file_stem(path),
            labels={"buyers": list(file.bids.rows), "sellers": names},
            metadata=self.metadata(path, **self.leaving(gone)),
        )

    def _several(self, path: Path, file: CourseBids) -> AssignmentMarket:
        """Return the market in which students take several courses."""
        bids = file.bids
        gone = named("field", file.ignored, "is not part of this kind of market")
        return AssignmentMarket(
            bids.numbers,
            buyer_capacities=file.agent_capacities,
            seller_capacities=[self.seats or seats for seats in file.item_capacities],
            name=file_stem(path),
            labels={"buyers": list(bids.rows), "sellers": list(bids.columns)},
            metadata=self.metadata(path, **self.leaving(gone)),
        )


CONVERTERS: tuple[type[Converter], ...] = (
    OrLibrary,
    UnitDemand,
    CategoricalBids,
    Similarities,
    CourseSeats,
)
