"""What was elicited: reports, every query with its answer, what was learned, and who gets what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eqsolve.core.archive import Archive
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, array_schema, require_forms
from eqsolve.core.shown import Shown
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import (
    SOLUTION_FIELDS as ALLOCATION_FIELDS,
    CourseAllocationSolution,
)
from eqsolve.families.course_elicitation.instance import CourseElicitation, Pair

__all__ = [
    "CERTIFICATE_DATA", "SIDE_FILES", "SOLUTION_FIELDS", "USAGE", "ElicitationRecord", "Failure",
    "Placement", "Query", "Utilities", "utilities_of",
]  # fmt: skip

CERTIFICATE_DATA: Mapping[str, Mapping[str, Any]] = {}
"""Certificates hold no data: the verifier recomputes everything."""

SIDE_FILES = ("networks",)
"""Fields that may refer to archives beside the file."""

USAGE = ("requests", "from_cache", "repeats", "failures", "tokens_in", "tokens_out", "cost")

_NUMBER = {"type": "number"}
_OR_NULL = {"type": ["number", "null"]}
_COURSES = {"type": "array", "items": {"type": "integer", "minimum": 0}}
_PAIRS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "array", "items": _NUMBER}},
    "description": "[student] -> list of [a, b, delta]",
}
_OUTSIDE = ("allocation", "prices", "clearing_error")
"""Fields of an allocation that stand beside the mean, not inside ``details``."""
_PLACEMENT = {
    "type": ["object", "null"],
    "properties": {
        "allocation": {"type": "array", "items": _COURSES},
        "prices": {"type": ["array", "null"], "items": _NUMBER},
        "mean_utility": {**_NUMBER, "description": "of all students, by their true preferences"},
        "least_utility": {**_NUMBER, "description": "likewise"},
        "clearing_error": _OR_NULL,
        "details": {"type": "object", "description": "the other fields of course_allocation"},
    },
}
_QUERY = {
    "type": "object",
    "properties": {
        "bundles": {"type": "array", "items": _COURSES},
        "answer": {"enum": [0, 1], "type": "integer", "description": "which is better"},
        "right": {"type": "boolean", "description": "no worse by true preferences"},
    },
}

SOLUTION_FIELDS = (
    Field(
        "reports",
        {
            "type": "object",
            "description": "what students report before they are asked",
            "properties": {
                "values": array_schema("by student and course", 2),
                "adjustments": _PAIRS,
            },
        },
        required=True,
    ),
    Field(
        "queries",
        {
            "type": "array",
            "items": {"type": "array", "items": _QUERY},
            "description": "[student] -> queries in their order",
        },
        required=True,
    ),
    Field(
        "learned_values", array_schema("[student][course] utility", 2, minimum=None), required=True
    ),
    Field("learned_adjustments", _PAIRS, required=True),
    Field(
        "networks",
        {
            "type": ["object", "null"],
            "description": "of mvnn: best guesses, student by student; null for other learners",
        },
    ),
    Field("reported", {**_PLACEMENT, "description": "who gets what by the reports"}),
    Field("learned", {**_PLACEMENT, "description": "... by what was learned"}),
    Field("true", {**_PLACEMENT, "description": "... by the truth"}),
    Field("gain", {**_OR_NULL, "description": "mean utility, learned over reported, less 1"}),
    Field("gain_least", {**_OR_NULL, "description": "the same of the worst-off student"}),
    Field("accuracy", {**_OR_NULL, "description": "share of right answers"}),
    Field(
        "usage",
        {
            "type": "object",
            "description": "what models were asked, and what it cost",
            "properties": dict.fromkeys(USAGE, _NUMBER),
        },
    ),
    Field(
        "failures",
        {
            "type": "array",
            "items": {"type": "object"},
            "description": "students whose queries ended early: which, at which query, why",
        },
    ),
)


@dataclass(frozen=True, slots=True, repr=False)
class Query(Shown):
    """One comparison.

    Parameters
    ----------
    bundles : the two, courses rising.
    answer : 0 or 1, the one that was called better.
    right : whether it is no worse than the other by true preferences.
    """

    bundles: tuple[tuple[int, ...], tuple[int, ...]]
    answer: int
    right: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {
            "bundles": [list(bundle) for bundle in self.bundles],
            "answer": self.answer,
            "right": self.right,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Utilities(Shown):
    """Base values and pairs of all students.

    Parameters
    ----------
    values : by student and course.
    adjustments : by student, (a, b, delta) with a < b, rising.
    """

    values: tuple[tuple[float, ...], ...]
    adjustments: tuple[tuple[Pair, ...], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Placement(Shown):
    """What the mechanism makes of some utilities, valued by the true ones.

    Parameters
    ----------
    outcome : the allocation with prices and all else, its own figures being those of the utilities
        that the mechanism was told.
    mean_utility, least_utility : by true preferences.
    """

    outcome: CourseAllocationSolution
    mean_utility: float
    least_utility: float

    @property
    def is_settled(self) -> bool:
        """Whether the outcome is what the mechanism promises, with nothing left to a bound.

        An equilibrium that clears, or what a mechanism does in an order that can be replayed; not
        what Course Match makes of an equilibrium.
        """
        clears = self.outcome.clearing_error == 0 and self.outcome.stages is None
        return clears or self.outcome.order is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        fields = self.outcome.to_dict()
        return {
            "allocation": fields["allocation"],
            "prices": fields["prices"],
            "mean_utility": self.mean_utility,
            "least_utility": self.least_utility,
            "clearing_error": fields["clearing_error"],
            "details": {name: part for name, part in fields.items() if name not in _OUTSIDE},
        }


@dataclass(frozen=True, slots=True, repr=False)
class Failure(Shown):
    """A student whose queries ended early.

    Parameters
    ----------
    student : which.
    query : number of the query that was not answered, from 0.
    reason : why, one line.
    """

    student: int
    query: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {"student": self.student, "query": self.query, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ElicitationRecord(Shown):
    """The record of an elicitation.

    Parameters
    ----------
    plan : the instance; it is not part of the file.
    reports, learned_utilities : before and after the queries.
    queries : by student.
    reported, learned, true : what the mechanism makes of reports, of what was learned and of the
        truth; None where it found nothing in time.
    gain : mean true utility under `learned` over that under `reported`, less 1; None where one is
        missing or the latter is not positive.
    gain_least : the same of the least true utility.
    accuracy : share of right answers, None without queries.
    usage : name -> number, see `USAGE`; all 0 where no model was asked.
    failures : students whose queries ended early.
    networks : of ``mvnn``, the best guesses: ``values`` (n, m), ``deltas`` (n, p) of reported pairs
        in their order, ``inner`` (n, h, m), ``bias`` and ``height`` (n, h) of free units, see
        `learning.network`; None for other learners.

    Examples
    --------
    >>> from eqsolve import CourseElicitation, elicit
    >>> market = {"values": [[50, 30, 20], [60, 50, 10]], "capacities": [1, 2, 1]}
    >>> plan = CourseElicitation(market | {"max_courses": 2}, noise="none", queries=2)
    >>> record = elicit(plan).require()
    >>> record.accuracy, record.gain
    (1.0, 0.0)
    """

    plan: CourseElicitation
    reports: Utilities
    queries: tuple[tuple[Query, ...], ...]
    learned_utilities: Utilities
    reported: Placement | None
    learned: Placement | None
    true: Placement | None
    gain: float | None
    gain_least: float | None
    accuracy: float | None
    usage: Mapping[str, int | float] = field(default_factory=lambda: dict.fromkeys(USAGE, 0))
    failures: tuple[Failure, ...] = ()
    networks: Archive | None = None

    @property
    def placements(self) -> dict[str, Placement | None]:
        """The three outcomes by name."""
        return {"reported": self.reported, "learned": self.learned, "true": self.true}

    @property
    def n_queries(self) -> int:
        """Number of queries that were answered, of all students."""
        return sum(map(len, self.queries))

    @property
    def is_complete(self) -> bool:
        """Whether all was asked, and the mechanism has answered all three times."""
        asked = all(len(own) == self.plan.queries for own in self.queries)
        return asked and all(part is not None for part in self.placements.values())

    @property
    def is_settled(self) -> bool:
        """Whether, besides, all three outcomes are what the mechanism promises."""
        return self.is_complete and all(
            part is not None and part.is_settled for part in self.placements.values()
        )

    def __repr__(self) -> str:
        asked = f"{self.n_queries} of {self.plan.queries * self.plan.n_students} queries"
        gain = "" if self.gain is None else f", gain {self.gain:+.1%}"
        return f"<ElicitationRecord: {asked}{gain}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ElicitationRecord) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # of a record that compares by content

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        parts = {
            name: None if part is None else part.to_dict() for name, part in self.placements.items()
        }
        kept = {} if self.networks is None else {"networks": self.networks}
        return {
            "reports": {
                "values": _lists(self.reports.values),
                "adjustments": _lists(self.reports.adjustments),
            },
            "queries": [[query.to_dict() for query in own] for own in self.queries],
            "learned_values": _lists(self.learned_utilities.values),
            "learned_adjustments": _lists(self.learned_utilities.adjustments),
            **kept,
            **parts,
            "gain": self.gain,
            "gain_least": self.gain_least,
            "accuracy": self.accuracy,
            "usage": dict(self.usage),
            "failures": [failure.to_dict() for failure in self.failures],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], plan: CourseElicitation) -> ElicitationRecord:
        """Return the record written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form, or sizes do not fit.
        """
        require_forms(document, SOLUTION_FIELDS)
        return _Reader(document, plan).record()


def utilities_of(market: CourseAllocation) -> Utilities:
    """Return the values and pairs of a market without groups."""
    values = tuple(tuple(map(float, row)) for row in market.values.tolist())
    return Utilities(values, market.adjustments)


def _lists(part: Any) -> Any:
    """Return tuples as lists, at every depth."""
    return [_lists(entry) for entry in part] if isinstance(part, tuple) else part


class _Reader:
    """Reads the fields of one document, whose forms are right; collects faults."""

    def __init__(self, document: Mapping[str, Any], plan: CourseElicitation) -> None:
        self.document, self.plan = document, plan
        self.faults: list[Fault] = []

    def record(self) -> ElicitationRecord:
        """Return the record.

        Raises
        ------
        InstanceError : with every fault.
        """
        document = self.document
        said = document["reports"]
        reports = self._utilities(said.get("values"), said.get("adjustments"), "reports")
        values, pairs = document["learned_values"], document["learned_adjustments"]
        learned = self._utilities(values, pairs, "learned_values")
        self._length("queries", document["queries"])
        queries = tuple(
            tuple(self._query(query, (i, t)) for t, query in enumerate(own))
            for i, own in enumerate(document["queries"])
        )
        parts = {name: self._placement(name) for name in ("reported", "learned", "true")}
        failures = tuple(
            self._failure(entry, k) for k, entry in enumerate(document.get("failures") or ())
        )
        networks = self._networks(document.get("networks"))
        if self.faults:
            raise InstanceError(self.faults)
        return ElicitationRecord(
            plan=self.plan,
            reports=reports,
            queries=tuple(tuple(query for query in own if query) for own in queries),
            learned_utilities=learned,
            **parts,
            gain=document.get("gain"),
            gain_least=document.get("gain_least"),
            accuracy=document.get("accuracy"),
            usage={**dict.fromkeys(USAGE, 0), **(document.get("usage") or {})},
            failures=tuple(failure for failure in failures if failure),
            networks=networks,
        )

    def _length(self, name: str, part: Sequence[Any] | None, place: str = "") -> bool:
        """Note a list that has not one entry per student; return whether it has."""
        n = self.plan.n_students
        if part is not None and len(part) == n:
            return True
        rule = (
            "required field is missing" if part is None else f"has length {len(part)}, expected {n}"
        )
        self.faults.append(Fault(name, rule, (place,) if place else ()))
        return False

    def _utilities(self, values: Any, pairs: Any, name: str) -> Utilities:
        """Return values and pairs; empty after adding faults."""
        before, m = len(self.faults), self.plan.n_courses
        if self._length(name, values, "values"):
            for i, row in enumerate(values):
                if len(row) != m:
                    rule = f"has length {len(row)}, expected {m}"
                    self.faults.append(Fault(name, rule, ("values", i)))
        if self._length(name, pairs, "adjustments"):
            for i, own in enumerate(pairs):
                for k, pair in enumerate(own):
                    whole = len(pair) == 3 and all(type(end) is int for end in pair[:2])
                    if not (whole and 0 <= pair[0] < pair[1] < m):
                        rule = "must be [a, b, delta], two courses a < b and a number"
                        self.faults.append(Fault(name, rule, ("adjustments", i, k)))
        if len(self.faults) > before:
            return Utilities((), ())
        return Utilities(
            tuple(tuple(map(float, row)) for row in values),
            tuple(tuple((a, b, float(delta)) for a, b, delta in own) for own in pairs),
        )

    def _networks(self, given: object) -> Archive | None:
        """Return the arrays of networks, or None where there are none or after adding faults."""
        if given is None:
            return None
        try:
            archive = given if isinstance(given, Archive) else Archive.from_lists(given, "networks")
        except InstanceError as error:
            self.faults += error.faults
            return None
        n, m = self.plan.n_students, self.plan.n_courses
        shapes = {name: array.shape for name, array in archive.arrays.items()}
        free = shapes.get("height", (0, 0))[1:]
        pairs = shapes.get("deltas", (0, 0))[1:]
        wanted = {
            "values": (n, m), "deltas": (n, *pairs), "inner": (n, *free, m), "bias": (n, *free),
            "height": (n, *free),
        }  # fmt: skip
        if shapes != wanted or len(free) != 1 or len(pairs) != 1:
            rule = "must be values (n, m), deltas (n, p), inner (n, h, m), bias and height (n, h)"
            self.faults.append(Fault("networks", rule, value=str(shapes)))
            return None
        return archive

    def _query(self, entry: Mapping[str, Any], place: tuple[int, int]) -> Query | None:
        """Return one query, or None after adding a fault."""
        missing = [name for name in ("bundles", "answer", "right") if name not in entry]
        if missing:
            self.faults.append(Fault("queries", "required field is missing", (*place, missing[0])))
            return None
        bundles, m = entry["bundles"], self.plan.n_courses
        if len(bundles) != 2 or entry["answer"] not in (0, 1):
            rule = "must have two bundles, and 0 or 1 as answer"
            self.faults.append(Fault("queries", rule, place))
            return None
        if any(not 0 <= j < m for bundle in bundles for j in bundle):
            self.faults.append(Fault("queries", f"must be courses below {m}", (*place, "bundles")))
            return None
        return Query((tuple(bundles[0]), tuple(bundles[1])), entry["answer"], entry["right"])

    def _placement(self, name: str) -> Placement | None:
        """Return one of the three outcomes, or None where there is none or after adding faults."""
        given = self.document.get(name)
        if given is None:
            return None
        needed = (
            "allocation",
            "prices",
            "mean_utility",
            "least_utility",
            "clearing_error",
            "details",
        )
        missing = [key for key in needed if key not in given]
        if missing:
            self.faults += [Fault(name, "required field is missing", (key,)) for key in missing]
            return None
        known = {entry.name for entry in ALLOCATION_FIELDS}
        strange = [key for key in given["details"] if key not in known or key in _OUTSIDE]
        self.faults += [Fault(name, "unknown field", ("details", key)) for key in strange]
        fields = {**given["details"], **{key: given[key] for key in _OUTSIDE}}
        try:
            outcome = CourseAllocationSolution.from_dict(fields, self.plan.market)
        except InstanceError as error:
            self.faults += [
                Fault(name, fault.rule, (fault.field, *fault.index), fault.value)
                for fault in error.faults
            ]
            return None
        return Placement(outcome, float(given["mean_utility"]), float(given["least_utility"]))

    def _failure(self, entry: Mapping[str, Any], k: int) -> Failure | None:
        """Return one failure, or None after adding a fault."""
        student, query, reason = (entry.get(name) for name in ("student", "query", "reason"))
        if type(student) is int and type(query) is int and isinstance(reason, str):
            return Failure(student, query, reason)
        self.faults.append(Fault("failures", "must hold student, query and reason", (k,)))
        return None
