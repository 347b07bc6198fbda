"""The record of an elicitation: reports, every query, what was learned, and who gets what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eqsolve.core.archive import Archive
from eqsolve.core.shown import Shown
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.solution.documents import read_fields
from eqsolve.families.course_elicitation.solution.parts import Failure, Placement, Query, Utilities
from eqsolve.families.course_elicitation.solution.schema import USAGE

__all__ = ["ElicitationRecord"]


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
        return cls(plan=plan, **read_fields(document, plan))


def _lists(part: Any) -> Any:
    """Return tuples as lists, at every depth."""
    return [_lists(entry) for entry in part] if isinstance(part, tuple) else part
