"""What a verifier says: a `Report` with one `Check` per condition, also when all is well.

Its `Verdict` has three words. A claim is *violated* where a condition fails; it is *not proved*
where all conditions hold but a word such as "solved" rests on evidence that is missing, or that
nobody can recheck; and *valid* otherwise.

A report collects, it never stops at the first failure. `Check.worst` names the agent, the
place and the amount in a sentence, so that nobody has to ask "is that right?".
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.limits import Deadline
from eqsolve.core.shown import badge, within
from eqsolve.core.table import Table
from eqsolve.core.text import as_html, visible
from eqsolve.core.tolerances import Tolerances

__all__ = ["Check", "Report", "ReportBuilder", "Verdict"]


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a definition or certificate, and how it fared.

    Parameters
    ----------
    id : dotted name, e.g. ``"assignment.buyer-demand"``.
    condition : the condition in words.
    theorem : id on the theory page, or empty.
    violations : number of places where it fails.
    max_violation : largest violation, relative to the numbers compared (absolute when exact).
    worst : who, what and by how much at the worst place, or empty.
    index : position of the worst place.

    Examples
    --------
    >>> Check("file.gap", "the gap follows from objective and bound", violations=1).passed
    False
    """

    id: str
    condition: str
    theorem: str = ""
    violations: int = 0
    max_violation: float = 0.0
    worst: str = ""
    index: tuple[int, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the condition holds everywhere."""
        return self.violations == 0


class Verdict(enum.Enum):
    """What a claim deserves; the value is the word in reports and files.

    Examples
    --------
    >>> [verdict.value for verdict in Verdict]
    ['valid', 'violated', 'not proved']
    """

    VALID = "valid"
    VIOLATED = "violated"
    NOT_PROVED = "not proved"


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Every check of one verification.

    Parameters
    ----------
    checks : one per condition.
    tolerance : relative tolerance used, 0 for exact comparison.
    unchecked : what is claimed but neither proved by the evidence given nor settled here (a
        backend's word, for instance), a sentence each; normally empty.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve, verify
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> report = verify(market, solve(market))
    >>> report.verdict.value, report.tolerance, report.failures, report.unchecked
    ('valid', 0.0, (), ())
    >>> bool(report), report.max_violation, report.checks[0].id
    (True, 0.0, 'assignment.matching')
    """

    checks: tuple[Check, ...]
    tolerance: float
    unchecked: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether every check passed: nothing that is claimed is refuted."""
        return all(check.passed for check in self.checks)

    @property
    def verdict(self) -> Verdict:
        """Whether all that is claimed is proved, something is not, or something is false."""
        if not self.valid:
            return Verdict.VIOLATED
        return Verdict.NOT_PROVED if self.unchecked else Verdict.VALID

    @property
    def max_violation(self) -> float:
        """The largest violation of any check, also of those within tolerance."""
        return max((check.max_violation for check in self.checks), default=0.0)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed, worst first; wrong totals, which name nobody, come last."""

        def rank(check: Check) -> tuple[bool, float]:
            total = not check.index and math.isfinite(check.max_violation)
            return total, -check.max_violation

        return tuple(sorted((check for check in self.checks if not check.passed), key=rank))

    def __bool__(self) -> bool:
        return self.valid

    def __str__(self) -> str:
        if self.valid:
            how = "exactly" if self.tolerance == 0 else f"within {self.tolerance:g}"
            held = f"{len(self.checks)} conditions hold {how}"
            if not self.unchecked:
                return f"valid: {held}"
            return "\n".join(
                [f"not proved: {held}, but nothing shows", *(f"  {it}" for it in self.unchecked)]
            )
        lines = [f"not valid: {len(self.failures)} of {len(self.checks)} conditions fail"]
        lines += [
            f"  {check.id}: {visible(check.worst or check.condition)}" for check in self.failures
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return "\n".join(within(f"<Report {self}>".split("\n"), 12))

    def table(self) -> Table:
        """Return one row for each condition, those that fail first."""
        table = Table(
            "Conditions", ["condition", "what", "theorem", "fails", "largest", "worst"], limit=None
        )
        held = (check for check in self.checks if check.passed)
        for check in (*self.failures, *held):
            what = check.id, check.condition, check.theorem
            table.add(*what, check.violations, check.max_violation, check.worst)
        return table

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: the verdict; the conditions open where one fails."""
        first, *lines = map(as_html, str(self).split("\n"))
        word, _, rest = first.partition(": ")
        good = {Verdict.VALID: True, Verdict.VIOLATED: False}.get(self.verdict)
        claims = "".join(f"<br>{line}" for line in lines)
        return (
            f"<details{'' if self.valid else ' open'}><summary>{badge(word, good)} {rest}"
            f"{claims}</summary>{self.table()._repr_html_()}</details>"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the form written into solution files."""
        document: dict[str, object] = {
            "valid": self.valid,
            "max_violation": self.max_violation if math.isfinite(self.max_violation) else None,
            "tolerance": self.tolerance,
        }
        if not self.valid:
            document["failures"] = [
                {"id": check.id, "condition": check.condition, "worst": check.worst}
                for check in self.failures
            ]
        if self.unchecked:
            document["verdict"] = self.verdict.value
            document["unchecked"] = list(self.unchecked)
        return document


class _TooLateError(Exception):
    """The time is over; never leaves `ReportBuilder.search`."""


@dataclass(slots=True)
class ReportBuilder:
    """Collects checks; each verifier makes one and calls `finish`.

    Parameters
    ----------
    tolerances : used for every comparison.
    scale : the largest number of the instance, for the rounding floor.
    deadline : the clock of the verifier's own searches; None: they run to their end. Conditions
        of the definition never ask for it.
    """

    tolerances: Tolerances
    scale: float
    deadline: Deadline | None = None
    _checks: list[Check] = field(default_factory=list)
    _unchecked: list[str] = field(default_factory=list)

    def compare(
        self,
        id: str,
        condition: str,
        violation: NumberArray | float,
        magnitude: NumberArray | float | Callable[[], NumberArray],
        describe: Callable[..., str],
        *,
        theorem: str = "",
    ) -> bool:
        """Check that every `violation` is <= 0; `describe(*index)` tells the worst one.

        Where nothing is violated by a bit, a `magnitude` that is a function is not called.

        Returns
        -------
        passed : whether the condition holds everywhere.
        """
        return self.judge(Check(id, condition, theorem), violation, magnitude, describe)

    def judge(
        self,
        check: Check,
        violation: NumberArray | float,
        magnitude: NumberArray | float | Callable[[], NumberArray],
        describe: Callable[..., str],
    ) -> bool:
        """Do what `compare` does for a condition that is given as a check which passed."""
        amounts = np.asarray(violation)
        largest: Any = violation
        if amounts.ndim:
            largest = np.maximum.reduce(amounts, axis=None) if amounts.size else 0
        if largest <= 0:  # the usual case; not so where there is a NaN
            self._checks.append(check)
            return True
        beside = magnitude() if callable(magnitude) else magnitude
        excess = self.tolerances.excess(amounts, beside, self.scale)
        # NaN compares false with everything, so a claim that holds one must be caught here.
        broken = ~(excess <= self.tolerances.relative)
        failures, worst = int(np.count_nonzero(broken)), ""
        place: tuple[int, ...] = ()
        largest = float(np.maximum.reduce(excess, axis=None))
        if failures:
            position = int(np.argmax(np.where(np.isnan(excess), math.inf, excess)))
            place = tuple(int(part) for part in np.unravel_index(position, excess.shape))
            largest, worst = float(excess.flat[position]), describe(*place)
        self._checks.append(
            replace(check, violations=failures, max_violation=largest, worst=worst, index=place)
        )
        return not failures

    def hold(self, checks: Iterable[Check], missed: Mapping[str, float]) -> None:
        """Add conditions that are known to hold, with how far those in `missed` are missed."""
        for check in checks:
            amount = missed.get(check.id, 0.0)
            self._checks.append(replace(check, max_violation=amount) if amount else check)

    def require(
        self, id: str, condition: str, problems: Iterable[str], *, theorem: str = ""
    ) -> bool:
        """Check a condition that is not numeric: it fails once for each of `problems`."""
        found = list(problems)
        amount = math.inf if found else 0.0
        worst = found[0] if found else ""
        self._checks.append(Check(id, condition, theorem, len(found), amount, worst))
        return not found

    def leave(self, sentence: str) -> None:
        """Record a claim that is neither proved by its evidence nor settled here."""
        self._unchecked.append(sentence)

    @contextmanager
    def search(self, claim: str) -> Iterator[Callable[[], None]]:
        """Run a search of the verifier's own, which may take long, for as long as time allows.

        Parameters
        ----------
        claim : what the search settles ("that ..."), left as not proved if the time is over first.

        Yields
        ------
        poll : to be called at every step; it ends the ``with`` block when the time is over.

        Examples
        --------
        >>> from eqsolve.core.limits import Deadline
        >>> from eqsolve.core.tolerances import EXACT
        >>> deadline = Deadline()
        >>> deadline.cancel()
        >>> builder = ReportBuilder(EXACT, 1.0, deadline)
        >>> with builder.search("that nothing is better") as poll:
        ...     poll()
        >>> builder.finish().unchecked
        ('that nothing is better: not looked through within the time limit',)
        """

        def poll() -> None:
            if self.deadline is not None and self.deadline.expired():
                raise _TooLateError

        try:
            yield poll
        except _TooLateError:
            self.leave(f"{claim}: not looked through within the time limit")

    def finish(self) -> Report:
        """Return the report."""
        return Report(tuple(self._checks), self.tolerances.relative, tuple(self._unchecked))
