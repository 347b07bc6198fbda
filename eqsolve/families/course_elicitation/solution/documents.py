"""Records from JSON: every part in its form, all faults together. O(numbers in the document)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eqsolve.core.archive import Archive
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import require_forms
from eqsolve.families.course_allocation.solution import (
    SOLUTION_FIELDS as ALLOCATION_FIELDS,
    CourseAllocationSolution,
)
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.solution.parts import Failure, Placement, Query, Utilities
from eqsolve.families.course_elicitation.solution.schema import OUTSIDE, SOLUTION_FIELDS, USAGE

__all__ = ["read_fields"]


def read_fields(document: Mapping[str, Any], plan: CourseElicitation) -> dict[str, Any]:
    """Return what a record of `plan` is made of, by the names of its parameters.

    Raises
    ------
    InstanceError : with every fault.
    """
    require_forms(document, SOLUTION_FIELDS)
    return _Reader(document, plan).fields()


class _Reader:
    """Reads the fields of one document, whose forms are right; collects faults."""

    def __init__(self, document: Mapping[str, Any], plan: CourseElicitation) -> None:
        self.document, self.plan = document, plan
        self.faults: list[Fault] = []

    def fields(self) -> dict[str, Any]:
        """Return the fields of the record by name.

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
        return {
            "reports": reports,
            "queries": tuple(tuple(query for query in own if query) for own in queries),
            "learned_utilities": learned,
            **parts,
            "gain": document.get("gain"),
            "gain_least": document.get("gain_least"),
            "accuracy": document.get("accuracy"),
            "usage": {**dict.fromkeys(USAGE, 0), **(document.get("usage") or {})},
            "failures": tuple(failure for failure in failures if failure),
            "networks": networks,
        }

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
        strange = [key for key in given["details"] if key not in known or key in OUTSIDE]
        self.faults += [Fault(name, "unknown field", ("details", key)) for key in strange]
        fields = {**given["details"], **{key: given[key] for key in OUTSIDE}}
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
