"""Elicitation: reports with mistakes, comparisons of bundles, and courses by what was learned.

The **market** holds true utilities. **Reports** follow from it by mistakes (`noise`), or are given.
The mechanism is run on the reports; its prices stand while students are asked. Each of them, apart
from all others, is asked `queries` times which of two bundles it prefers: which two is for the
**acquisition** to say, what the answer tells for the **learner**. Then the mechanism is run on what
was learned, and on the truth for comparison. Everything is drawn by `seed`: student i has the
streams ``Philox(SeedSequence(seed, spawn_key=(k, i)))``, k = 0 for mistakes, 1 for the choice of
queries, 2 for answers, 3 for what a learner draws at first.

Both bundles of a query are permissible, and no two bundles are compared twice.

Source: Soumalias, E., Jiang, Y., Zhu, K., Curry, M., Seuken, S. and Parkes, D. C. (2025).
LLM-Powered Preference Elicitation in Combinatorial Assignment.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.schema import check_names
from eqsolve.families.course_allocation.instance import CourseAllocation, with_utilities
from eqsolve.families.course_allocation.reading import named_adjustments
from eqsolve.families.course_elicitation.instance.answerers import (
    Answerer,
    Chat,
    Noisy,
    Truthful,
)
from eqsolve.families.course_elicitation.instance.learners import Learner
from eqsolve.families.course_elicitation.instance.noise import Noise
from eqsolve.families.course_elicitation.instance.reading import (
    read_answerer,
    read_learner,
    read_noise,
    read_texts,
    whole,
    word,
)

if TYPE_CHECKING:
    from eqsolve.families.course_elicitation.solution import ElicitationRecord

__all__ = [
    "ACQUISITIONS",
    "EQUILIBRIA",
    "MECHANISMS",
    "CourseElicitation",
    "Pair",
    "with_utilities",
]

ACQUISITIONS = ("double_thompson", "obis", "top_two", "random")
EQUILIBRIA = ("aceei", "tabu", "course_match", "exact")
MECHANISMS = (
    *EQUILIBRIA, "serial_dictatorship", "round_robin", "draft", "utilitarian", "egalitarian"
)  # fmt: skip

Pair = tuple[int, int, float]
"""Two courses, rising, and what having both adds."""

_MARKET = {
    "values": True, "capacities": True, "max_courses": False, "credits": False,
    "max_credits": False, "conflicts": False, "timetable": False, "adjustments": False,
    "groups": False, "budgets": False, "name": False, "labels": False, "metadata": False,
    "kind": False, "eqsolve": False,
}  # fmt: skip
"""Fields of a market that stands inside; the header of its own file may have stayed."""


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class CourseElicitation(Instance["ElicitationRecord"]):
    """A plan to learn what students want, and to give them courses by it.

    Parameters
    ----------
    market : a `CourseAllocation` with true utilities, or the object that files have.
    noise : how reports come about: ``"popular6"``, ``"popular9"``, ``"none"``, or an object with
        ``forget_base``, ``base_sd``, ``forget_adjustments`` and ``adjustment_spread``.
    reports : instead of `noise`: ``{"values": ..., "adjustments": ...}``, a value by student and
        course, and a list of ``[a, b, delta]`` for each student.
    queries : comparisons that each student is asked, >= 0.
    answerer : who answers: ``{"rule": "truthful"}``, ``{"rule": "noisy", "accuracy": a}``,
        ``{"rule": "chat", "endpoint": ..., "model": ...}``, or a callable, see `eqsolve.proxies`.
    learner : ``"bayes"``, ``"logistic"`` (needs scikit-learn), ``"mvnn"`` (needs PyTorch), or an
        object with this ``rule`` and its numbers, see `Bayes`, `Logistic` and `Mvnn`.
    acquisition : ``"double_thompson"``, ``"obis"``, ``"top_two"`` or ``"random"``.
    mechanism : a method of `CourseAllocation`.
    seed : of all draws, >= 0.
    texts : what students write of themselves, one text each, for models and functions; or
        ``"template"``: written from their true preferences.
    name, labels, metadata : see `Instance`; sides and their names are those of the market, by which
        reports and texts that come with names are put in order.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost: that of the market, and O(queries) bundles looked at per student. Source: Soumalias et al.
    (2024, 2025).

    Examples
    --------
    >>> market = {"values": [[50, 30, 20], [60, 50, 10]], "capacities": [1, 2, 1], "max_courses": 2}
    >>> CourseElicitation(market, queries=3)
    <CourseElicitation: 2 students, 3 courses, 3 queries, truthful, double_thompson>
    """

    kind: ClassVar[str] = "course_elicitation"

    market: CourseAllocation
    noise: Noise | None
    reports: CourseAllocation | None
    queries: int
    answerer: Answerer
    learner: Learner
    acquisition: str
    mechanism: str
    seed: int
    texts: tuple[str, ...] | str | None

    def __init__(
        self,
        market: object,
        *,
        noise: object = None,
        reports: object = None,
        queries: object = 10,
        answerer: object = Truthful(),  # frozen
        learner: object = "bayes",
        acquisition: object = "double_thompson",
        mechanism: object = "aceei",
        seed: object = 0,
        texts: object = None,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        truth = _read_market(market, faults)
        sides = NamedSides(faults)
        for side, names in () if truth is None else truth.labels.items():
            sides.know(side, names, "market")
        texts = sides.read(texts, "texts", "students")
        if noise is not None and reports is not None:
            faults.append(Fault("reports", "must be left out where noise is given"))
        mistakes = None
        if reports is None:
            given = "popular9" if noise is None else noise
            mistakes = read_noise(given, faults)
        fields: dict[str, Any] = {
            "market": truth,
            "noise": mistakes,
            "reports": _read_reports(reports, truth, sides, faults),
            "queries": whole(queries, "queries", faults),
            "answerer": read_answerer(answerer, faults),
            "learner": read_learner(learner, faults),
            "acquisition": acquisition,
            "mechanism": mechanism,
            "seed": whole(seed, "seed", faults),
            "texts": read_texts(texts, None if truth is None else truth.n_students, faults),
        }
        word(acquisition, "acquisition", ACQUISITIONS, faults)
        word(mechanism, "mechanism", MECHANISMS, faults)
        if isinstance(fields["answerer"], Chat) and texts is None:
            rule = "required for a chat answerer: one text per student, or 'template'"
            faults.append(Fault("texts", rule))
        learns = fields["learner"]
        speaks = fields["answerer"]
        if learns and learns.error is None and isinstance(speaks, Noisy) and speaks.error >= 0.5:
            rule = "must be above 1/2, or the learner must be told its error"
            faults.append(Fault("answerer", rule, ("accuracy",), speaks.accuracy))
        if truth is not None:
            _enough_bundles(truth, fields["queries"], faults)
            labels = truth.labels if labels is None else labels
        self._settle(faults, name, labels, metadata, **fields)

    @property
    def n_students(self) -> int:
        """Number of students, n."""
        return self.market.n_students

    @property
    def n_courses(self) -> int:
        """Number of courses, m."""
        return self.market.n_courses

    @property
    def asks_models(self) -> bool:
        """Whether a model answers."""
        return isinstance(self.answerer, Chat)

    @property
    def error(self) -> float:
        """Share of wrong answers that the learner expects."""
        return self.answerer.error if self.learner.error is None else self.learner.error

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "market", self.market.digest
        yield "noise", None if self.noise is None else sorted(self.noise.to_dict().items())
        yield "reports", None if self.reports is None else self.reports.digest
        yield "queries", self.queries
        yield "answerer", json.dumps(self.answerer.to_dict(), sort_keys=True)
        yield "learner", json.dumps(self.learner.to_dict(), sort_keys=True)
        yield "acquisition", self.acquisition
        yield "mechanism", self.mechanism
        yield "seed", self.seed
        yield "texts", self.texts

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of students and courses."""
        return {"students": self.n_students, "courses": self.n_courses}

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        sizes = f"{self.n_students} students, {self.n_courses} courses, {self.queries} queries"
        return f"<CourseElicitation{name}: {sizes}, {self.answerer.title}, {self.acquisition}>"


def _read_market(given: object, faults: list[Fault]) -> CourseAllocation | None:
    """Return the market: as it is, from an object, or from the text of its file."""
    if isinstance(given, CourseAllocation):
        return given
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            faults.append(Fault("market", "is no JSON text"))
            return None
    if not isinstance(given, Mapping):
        faults.append(Fault("market", "must be a market of courses, as an object", value=given))
        return None
    before = len(faults)
    check_names(given, _MARKET, "market", faults)
    if given.get("kind", CourseAllocation.kind) != CourseAllocation.kind:
        rule = f"must be {CourseAllocation.kind!r}"
        faults.append(Fault("market", rule, ("kind",), given["kind"]))
    known = {
        key: value
        for key, value in given.items()
        if key in _MARKET and key not in ("kind", "eqsolve")
    }
    if "values" not in known or "capacities" not in known:
        return None
    try:
        market = CourseAllocation(**known)
    except InstanceError as error:
        faults += [
            Fault("market", fault.rule, (fault.field, *fault.index), fault.value)
            for fault in error.faults
        ]
        return None
    return market if len(faults) == before else None


def _read_reports(
    given: object, market: CourseAllocation | None, sides: NamedSides, faults: list[Fault]
) -> CourseAllocation | None:
    """Return given reports as a market of their own, None where there are none."""
    if given is None:
        return None
    if isinstance(given, CourseAllocation):
        given = {"values": given.values, "adjustments": given.adjustments}
    if not isinstance(given, Mapping):
        rule = "must be an object with values and adjustments"
        faults.append(Fault("reports", rule, value=given))
        return None
    before = len(faults)
    check_names(given, {"values": True, "adjustments": False}, "reports", faults)
    if len(faults) > before or market is None:
        return None
    values = sides.read(given["values"], "reports", "students", "courses")
    pairs = named_adjustments(given.get("adjustments"), sides, faults)
    if len(faults) > before:
        return None
    seats = market.capacities
    try:
        alone = CourseAllocation(values, seats, adjustments=pairs)
    except InstanceError as error:
        faults += [
            Fault("reports", fault.rule, (fault.field, *fault.index), fault.value)
            for fault in error.faults
        ]
        return None
    if alone.n_students != market.n_students:
        rule = f"has length {alone.n_students} along axis 0, expected {market.n_students}"
        faults.append(Fault("reports", rule, ("values",)))
        return None
    return with_utilities(market, alone.values, alone.adjustments)


def _enough_bundles(market: CourseAllocation, queries: int, faults: list[Fault]) -> None:
    """Add a fault for each student that has fewer pairs of bundles than there are queries."""
    needed = math.isqrt(2 * queries) + 2
    for i in range(market.n_students):
        found = _count(market, i, needed)
        if found < needed and found * (found - 1) // 2 < queries:
            rule = (
                f"student {i} has {found} permissible bundles, {found * (found - 1) // 2} pairs to "
                "compare"
            )
            faults.append(Fault("queries", rule, value=queries))
            return


def _count(market: CourseAllocation, i: int, most: int) -> int:
    """Return how many permissible bundles student i has, counted up to `most`."""
    apart: list[set[int]] = [set() for _ in range(market.n_courses)]
    for a, b in market.conflicts.tolist():
        apart[a].add(b)
        apart[b].add(a)
    loads, limit = market.credits.tolist(), float(market.max_credits[i])
    courses = np.flatnonzero(market.allowed[i]).tolist()
    found = 0
    open_: list[tuple[tuple[int, ...], int, float]] = [((), 0, 0.0)]
    while open_ and found < most:
        bundle, start, load = open_.pop()
        found += 1
        if len(bundle) == market.max_courses[i]:
            continue
        for place in range(start, len(courses)):
            j = courses[place]
            if load + loads[j] <= limit * (1 + 1e-12) and not apart[j].intersection(bundle):
                open_.append(((*bundle, j), place + 1, load + loads[j]))
    return found
