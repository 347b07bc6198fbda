"""What is known about a course allocation once it is solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, array_schema, require_forms
from eqsolve.core.shown import Shown
from eqsolve.families.course_allocation.instance import CourseAllocation

__all__ = ["SOLUTION_FIELDS", "CourseAllocationSolution", "Envy", "Stage"]


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}


def _object(text: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": text,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}

SOLUTION_FIELDS = (
    Field("allocation", array_schema("courses of each student", 2, integer=True), required=True),
    Field("prices", _or_null(array_schema("price of each course, artificial money", 1))),
    Field("initial_budgets", _or_null(array_schema("before any perturbation", 1))),
    Field("budgets", _or_null(array_schema("of each student, as used", 1))),
    Field("perturbation", {"type": ["number", "null"], "description": "largest budget change"}),
    Field(
        "excess",
        array_schema("students less seats, by course", 1, integer=True, minimum=None),
        required=True,
    ),
    Field(
        "clearing_error",
        {"type": ["number", "null"], "description": "Euclidean; courses at price 0 may be empty"},
    ),
    Field(
        "clearing_bound",
        {"type": ["number", "null"], "description": "sqrt(min(2k, m) m) / 2"},
    ),
    Field("above_bound", {"type": ["boolean", "null"], "description": "error above the bound"}),
    Field("oversubscribed", {**_COUNT, "description": "seats too many in all"}, required=True),
    Field("utilities", array_schema("of each student", 1, minimum=None), required=True),
    Field("welfare", {**_NUMBER, "description": "sum of the utilities"}, required=True),
    Field("least_utility", {"type": ["number", "null"], "description": "of any student"}),
    Field(
        "envy",
        _object(
            "what students would rather have of others' bundles",
            pairs={**_COUNT, "description": "ordered pairs with envy"},
            worst={**_NUMBER, "description": "greatest gain by another's bundle"},
            ef1_violations={**_COUNT, "description": "pairs where no one course explains it"},
            ef_tb_violations={
                "type": ["integer", "null"],
                "description": "pairs where the richer envies",
            },
        ),
        required=True,
    ),
    Field(
        "maximin_certified",
        {
            "type": ["array", "null"],
            "items": {"type": "boolean"},
            "description": "whether prices prove the maximin share, by student",
        },
    ),
    Field(
        "mechanism",
        {"type": ["string", "null"], "description": "whose allocation it is, without prices"},
    ),
    Field("order", _or_null(array_schema("in which students choose", 1, integer=True))),
    Field(
        "stages",
        {
            "description": "what each stage of course_match left",
            "anyOf": [
                {
                    "type": "array",
                    "items": _object(
                        "",
                        error=_NUMBER,
                        oversubscription=_COUNT,
                        undersubscription=_COUNT,
                    ),
                },
                {"type": "null"},
            ],
        },
    ),
    Field("trace", _or_null(array_schema("clearing error after each price step", 1))),
)


@dataclass(frozen=True, slots=True, repr=False)
class Envy(Shown):
    """How much students would rather have what others got.

    Parameters
    ----------
    pairs : ordered pairs (i, h) where the best part of h's bundle that i may take is worth more to
        i than its own.
    worst : the greatest such gain, utility units, 0 where there is none.
    ef1_violations : pairs where envy remains whichever one course of h is left out.
    ef_tb_violations : pairs where i's initial budget is larger than h's; None without budgets.
    """

    pairs: int
    worst: float
    ef1_violations: int
    ef_tb_violations: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Stage(Shown):
    """What a stage of `course_match` left.

    Parameters
    ----------
    error : clearing error.
    oversubscription : seats too many in all.
    undersubscription : seats left in courses with a price > 0.
    """

    error: float
    oversubscription: int
    undersubscription: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CourseAllocationSolution(Shown):
    """Who gets which courses, at which prices, and how fair that is.

    Parameters
    ----------
    allocation : courses of each student, rising.
    prices : by course, or None where a mechanism has none.
    initial_budgets, budgets : by student, before any perturbation and as used; None likewise.
    perturbation : the largest difference between the two.
    excess : by course, students less seats.
    clearing_error : Euclidean norm of the excess, at price 0 of its positive part.
    clearing_bound : ``sqrt(min(2k, m) m) / 2`` (CRS-1).
    above_bound : whether the error is above the bound.
    oversubscribed : seats too many in all.
    utilities : by student.
    welfare, least_utility : their sum and least.
    envy : see `Envy`.
    maximin_certified : by student, whether prices prove its maximin share (CRS-6).
    mechanism : name of the mechanism, where it has no prices.
    order : in which students choose, where a mechanism has one.
    stages : of `course_match`.
    trace : clearing error after each price step.

    Notes
    -----
    Source: Budish (2011). The combinatorial assignment problem. Journal of Political Economy.

    Examples
    --------
    >>> from eqsolve import solve
    >>> solution = solve(CourseAllocation([[2, 1], [2, 1]], [1, 1], max_courses=1)).solution
    >>> solution.clearing_error, sorted(solution.allocation)
    (0.0, [(0,), (1,)])
    """

    allocation: tuple[tuple[int, ...], ...]
    prices: tuple[float, ...] | None = None
    initial_budgets: tuple[float, ...] | None = None
    budgets: tuple[float, ...] | None = None
    perturbation: float | None = None
    excess: tuple[int, ...]
    clearing_error: float | None = None
    clearing_bound: float | None = None
    above_bound: bool | None = None
    oversubscribed: int
    utilities: tuple[float, ...]
    welfare: float
    least_utility: float | None
    envy: Envy
    maximin_certified: tuple[bool, ...] | None = None
    mechanism: str | None = None
    order: tuple[int, ...] | None = None
    stages: tuple[Stage, ...] | None = None
    trace: tuple[float, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        document = asdict(self)
        return {key: _listed(part) for key, part in document.items()}

    @classmethod
    def from_dict(
        cls, document: Mapping[str, Any], market: CourseAllocation
    ) -> CourseAllocationSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form or length.
        """
        require_forms(document, SOLUTION_FIELDS)
        faults: list[Fault] = []
        n, m = market.n_students, market.n_courses
        lengths = {
            "allocation": n, "initial_budgets": n, "budgets": n, "utilities": n, "order": n,
            "maximin_certified": n, "prices": m, "excess": m,
        }  # fmt: skip
        for name, length in lengths.items():
            part = document.get(name)
            if part is not None and len(part) != length:
                faults.append(Fault(name, f"has length {len(part)}, expected {length}"))
        for i, bundle in enumerate(document["allocation"]):
            for k, j in enumerate(bundle):
                if not 0 <= j < m:
                    faults.append(Fault("allocation", f"must be a course below {m}", (i, k), j))
        for r, i in enumerate(document.get("order") or ()):
            if not 0 <= i < n:
                faults.append(Fault("order", f"must be a student below {n}", (r,), i))
        if faults:
            raise InstanceError(faults)
        stages = document.get("stages")
        return cls(
            allocation=tuple(tuple(bundle) for bundle in document["allocation"]),
            prices=_numbers(document.get("prices")),
            initial_budgets=_numbers(document.get("initial_budgets")),
            budgets=_numbers(document.get("budgets")),
            perturbation=document.get("perturbation"),
            excess=tuple(document["excess"]),
            clearing_error=document.get("clearing_error"),
            clearing_bound=document.get("clearing_bound"),
            above_bound=document.get("above_bound"),
            oversubscribed=document["oversubscribed"],
            utilities=tuple(map(float, document["utilities"])),
            welfare=float(document["welfare"]),
            least_utility=document.get("least_utility"),
            envy=Envy(**document["envy"]),
            maximin_certified=_tuple(document.get("maximin_certified")),
            mechanism=document.get("mechanism"),
            order=_tuple(document.get("order")),
            stages=None if stages is None else tuple(Stage(**stage) for stage in stages),
            trace=_numbers(document.get("trace")),
        )


def _numbers(part: Sequence[float] | None) -> tuple[float, ...] | None:
    """Return numbers as floats, or None."""
    return None if part is None else tuple(map(float, part))


def _tuple(part: Sequence[Any] | None) -> tuple[Any, ...] | None:
    """Return a list as a tuple, or None."""
    return None if part is None else tuple(part)


def _listed(part: Any) -> Any:
    """Return tuples as lists, at every depth."""
    return [_listed(entry) for entry in part] if isinstance(part, list | tuple) else part
