"""Side questions are frozen values, as methods are: what can be asked of an instance by name.

A family has one tuple ``QUESTIONS`` in its room ``questions``. Options of the command line and
keyword arguments of the library are the fields of these classes. An answer carries a report of
its own where something can be rechecked; ``eqsolve.ask`` refuses to hand over one that fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.shown import badge, within
from eqsolve.core.status import Limit
from eqsolve.core.table import Table
from eqsolve.core.text import as_html
from eqsolve.core.tolerances import Tolerances

__all__ = ["Answer", "Means", "Question", "seconds_left", "together", "whole_numbers"]

I = TypeVar("I", contravariant=True)  # noqa: E741  # the field's letter for an instance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Answer:
    """What a question found out.

    Parameters
    ----------
    value : what the library function behind the question returns.
    sentence : the answer in one sentence.
    fields : the answer as JSON.
    tables : the answer as tables.
    check : what was rechecked, or None where there is nothing to recheck.
    limit : what stopped the work early, or None.
    record : kind, question, instance, options, seed and seconds; filled in by ``eqsolve.ask``.
    """

    value: Any
    sentence: str
    fields: Mapping[str, Any]
    tables: Sequence[Table] = ()
    check: Report | None = None
    limit: Limit | None = None
    record: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: the record, the answer, its limit and its check."""
        limit = None if self.limit is None else self.limit.value
        check = None if self.check is None else self.check.to_dict()
        return {**self.record, **self.fields, "limit": limit, "check": check}

    def summary(self) -> list[str]:
        """Return lines: the answer, what stopped it, what was checked."""
        lines = [self.sentence]
        if self.limit is not None:
            lines.append(f"stopped early: {self.limit.meaning}")
        if self.check is not None:
            words = str(self.check)
            lines.append(f"verified: {words.removeprefix('valid: ')}" if self.check else words)
        return lines

    def __str__(self) -> str:
        parts = ["\n".join(self.summary()), *(str(table) for table in self.tables)]
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        first, *lines = self.summary()
        return "\n  ".join(within([f"<Answer: {first}", *lines])) + ">"

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: sentence, what was checked, tables."""
        lines = "<br>".join(map(as_html, self.summary()))
        sure = "" if self.check is None else badge(self.check.verdict.value, bool(self.check)) + " "
        return f"<p>{sure}{lines}</p>" + "".join(table._repr_html_() for table in self.tables)


@dataclass(frozen=True, slots=True)
class Means:
    """What a question works with, beside the instance and its own settings.

    Parameters
    ----------
    deadline : the running clock.
    rng : for what is drawn.
    result : the solution that the question is about, or None: it finds one itself.
    """

    deadline: Deadline
    rng: np.random.Generator
    result: Result[Any] | None = None

    def builder(self, tolerances: Tolerances, scale: float) -> ReportBuilder:
        """Return what collects rechecks, with a clock for those that search."""
        return ReportBuilder(tolerances, scale, self.deadline.grace())


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[I]):
    """Base of every question.

    Attributes
    ----------
    name : how users ask it.
    summary : one line for ``eqsolve methods KIND``.
    theorem, cost, source, needs : as for methods.
    about_result : whether it is about a solution of the instance: `ask` then gets the user's, or
        None and finds one itself.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = ""
    source: ClassVar[str] = ""
    needs: ClassVar[Mapping[str, str]] = {}
    about_result: ClassVar[bool] = False

    def supports(self, instance: I) -> str | None:
        """Return why the question cannot be asked of the instance, or None when it can."""
        return None

    def ask(
        self,
        instance: I,
        deadline: Deadline,
        rng: np.random.Generator,
        result: Result[Any] | None = None,
    ) -> Answer:
        """Return the answer; what ``eqsolve.ask`` calls."""
        return self.answer(instance, Means(deadline, rng, result))

    def answer(self, instance: I, means: Means) -> Answer:
        """Answer; never mutate the instance; obey the deadline. What a question defines."""
        raise NotImplementedError


def whole_numbers(given: Sequence[float] | None, option: str) -> list[int] | None:
    """Return an option's numbers as integers; None stays.

    Raises
    ------
    OptionError : one of them is no whole number.

    Examples
    --------
    >>> whole_numbers((1.0, 2), "start")
    [1, 2]
    """
    if given is None:
        return None
    for number in given:
        if not isinstance(number, int | float | np.number) or not float(number).is_integer():
            raise OptionError(f"option {option}: {number!r} is no whole number")
    return [int(number) for number in given]


def seconds_left(deadline: Deadline, shares: int = 1) -> float | None:
    """Return the time limit for one of so many equal parts of the work, None for no limit."""
    left = deadline.remaining
    return None if left == float("inf") else max(left / shares, 1e-3)


def together(reports: Mapping[str, Report | None]) -> Report | None:
    """Return several reports as one, each check under its report's name; None if there is none."""
    found = {name: report for name, report in reports.items() if report is not None}
    if not found:
        return None
    return Report(
        tuple(
            replace(check, id=f"{name}: {check.id}")
            for name, report in found.items()
            for check in report.checks
        ),
        max(report.tolerance for report in found.values()),
        tuple(f"{name}: {it}" for name, report in found.items() for it in report.unchecked),
    )
