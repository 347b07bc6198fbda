"""`Result`: the one record that every solver of every family returns, and its parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar

from eqsolve.core.certificate import Certificate
from eqsolve.core.errors import NoSolutionError, OptionError
from eqsolve.core.named_rows import Named, Rows
from eqsolve.core.report import Report
from eqsolve.core.shown import Shown, badge, within
from eqsolve.core.status import Limit, Status
from eqsolve.core.text import as_html

if TYPE_CHECKING:
    from eqsolve.core.instance import Instance

__all__ = ["Bounds", "Outcome", "Result", "Sense", "Solution", "Stats", "claim_of"]

Sense = Literal["maximize", "minimize"]
"""Whether the objective is to be large or small."""


class Solution(Protocol):
    """What a solution class of a family offers to the file layer."""

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        ...


S = TypeVar("S", bound=Solution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is proved about the best objective; infinite until proved.

    Parameters
    ----------
    lower, upper : proved bounds on the best objective. The objective of a solution is one of them,
        `lower` where large is good and `upper` where small is.
    source : ``"certified"``, ``"exhaustive"`` or ``"backend"``: who vouches for them; None while
        nothing is proved.

    Examples
    --------
    >>> Bounds(lower=3, upper=5, source="certified").upper
    5
    """

    lower: float = -math.inf
    upper: float = math.inf
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How the answer was found.

    Parameters
    ----------
    method : name of the method that did the work (never ``"auto"``).
    reason : why ``auto`` chose it; empty when the user did.
    seconds : wall time in all, verification included, compiling kernels apart.
    compile_time : seconds spent on compiling kernels, normally 0: once per machine.
    seed : seed of the run.
    options : the method's settings, for the record.
    counts : iterations, nodes, oracle calls, bids, ...: exact and repeatable.
    remarks : sentences on what was asked for and not done: an option that a limit left no time
        for, a check that was skipped, a foreign solver that failed. Normally empty.

    Examples
    --------
    >>> Stats(method="hungarian", reason="only 4 pairs").counts
    {}
    """

    method: str
    reason: str = ""
    seconds: float = 0.0
    compile_time: float = 0.0
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int | float | str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Outcome(Shown, Generic[S]):
    """What a method hands over; the driver adds time, verification and seed to make a `Result`."""

    status: Status
    solution: S | None = None
    objective: float | None = None
    limit: Limit | None = None
    bounds: Bounds = Bounds()
    certificate: Certificate | None = None
    method: str = ""
    reason: str = ""
    counts: Mapping[str, int | float | str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result(Generic[S]):
    """The answer to one question on one instance.

    Parameters
    ----------
    status : what is held; there is no default.
    stats : method, seconds, counts, seed.
    limit : what stopped the run early, or None.
    solution : present exactly for ``SOLVED`` and ``FEASIBLE``.
    objective : in the instance's own units, or None where the kind has none.
    bounds : what is proved on the best objective.
    certificate : the proof, or None.
    check : the verifier's report on this very result.
    sense : whether the objective is to be large or small.
    instance : what was asked about, whose names ``result["Ann"]`` knows; None for a result that was
        made by hand. Results are equal whatever their instance.

    Notes
    -----
    ``result["Ann"]["seller"]`` is what stands about a name in the tables of the solution, see
    `Named`: numbers and names, where the arrays of the solution have places. Tables are made at the
    first name that is asked for, in O(size of the solution).

    Examples
    --------
    >>> from eqsolve import AssignmentMarket, solve
    >>> result = solve(AssignmentMarket([[5, 3], [4, 1]], labels={"buyers": ["Ann", "Bob"]}))
    >>> result.status.value, result.objective, result.bounds.upper, result.gap, result.limit
    ('solved', 7, 7, 0.0, None)
    >>> result.require().matching.tolist(), result.certificate.kind, result.check.valid
    ([1, 0], 'dual', True)
    >>> result["Ann"]["seller"], result["Ann"]["value"], "Eve" in result
    ('seller 1', 3, False)
    """

    status: Status
    stats: Stats
    limit: Limit | None = None
    solution: S | None = None
    objective: float | None = None
    bounds: Bounds = Bounds()
    certificate: Certificate | None = None
    check: Report | None = None
    sense: Sense = "maximize"
    instance: Instance[Any] | None = field(default=None, repr=False, compare=False)
    _named: Named | None = field(default=None, init=False, repr=False, compare=False)

    __iter__: ClassVar[None] = None
    """A result is no sequence; `named` can be gone through."""
    _find: ClassVar[Callable[[Any, Any], Named]]

    def __post_init__(self) -> None:
        holds = self.status in (Status.SOLVED, Status.FEASIBLE)
        if holds != (self.solution is not None):
            raise ValueError(f"{self.status} and solution {self.solution!r} contradict each other")

    @property
    def bound(self) -> float | None:
        """What no solution can beat: a bound from above where large is good, else from below."""
        bound = self.bounds.lower if self.sense == "minimize" else self.bounds.upper
        return None if math.isinf(bound) else bound

    @property
    def gap(self) -> float | None:
        """``|bound - objective| / max(1, |objective|)``, None without objective or bound."""
        if self.objective is None or self.bound is None:
            return None
        return abs(self.bound - self.objective) / max(1.0, abs(self.objective))

    @property
    def named(self) -> Named:
        """What the solution says about each name, as ``eqsolve.by_name`` finds it.

        Raises
        ------
        OptionError : there is no solution, or the result does not know its instance.
        """
        if self._named is None:
            if self.instance is None:
                raise OptionError("this result does not know its instance: use eqsolve.by_name")
            object.__setattr__(self, "_named", type(self)._find(self.instance, self))
            return self.named
        return self._named

    @classmethod
    def find_names_by(cls, find: Callable[[Any, Any], Named]) -> None:
        """Let `named` ask `find(instance, result)`: tables are made above this level."""
        cls._find = find

    def __getitem__(self, name: str | tuple[str, str]) -> Rows:
        return self.named[name]

    def __contains__(self, name: object) -> bool:
        return name in self.named

    def require(self) -> S:
        """Return the solution of a ``SOLVED`` result.

        Raises
        ------
        NoSolutionError : any other status; the text says what happened and what to try.
        """
        if self.status is Status.SOLVED and self.solution is not None:
            return self.solution
        advice = {
            Status.FEASIBLE: "raise the limit, or read `result.solution` if this one will do",
            Status.UNKNOWN: "raise the limit or try another method",
            Status.NO_EQUILIBRIUM: "there is nothing to find; see `result.certificate`",
            Status.SOLVED: "",
        }[self.status]
        stopped = f", {self.limit.meaning}" if self.limit else ""
        raise NoSolutionError(f"{self.status.value}{stopped}: {self.status.meaning}; {advice}")

    def __str__(self) -> str:
        return "\n".join(self.summary())

    def __repr__(self) -> str:
        lines = self.summary()
        if self.solution is not None:
            lines += f"solution {self.solution!r}".split("\n")
        return "\n  ".join(within([f"<Result {lines[0]}", *lines[1:]])) + ">"

    def _repr_html_(self) -> str:
        """Return HTML for notebooks; ``eqsolve.view`` shows tables with the names too."""
        first, *lines = map(as_html, replace(self, check=None).summary())  # it shows itself below
        word, _, meaning = first.partition(": ")
        held = {Status.FEASIBLE: None, Status.UNKNOWN: None}.get(self.status, True)
        text = "".join(f"<br>{line}" for line in lines)
        parts = [f"<p>{badge(word, held)} {meaning}{text}</p>"]
        parts += [_html(part) for part in (self.solution, self.check) if part is not None]
        return "".join(parts)

    def summary(self) -> list[str]:
        """Return lines: what was found, why it stopped, how far from optimal, how, verified."""
        stopped = f" ({self.limit.meaning})" if self.limit else ""
        lines = [f"{self.status.value}{stopped}: {self.status.meaning}"]
        if self.objective is not None:
            line = f"objective {_amount(self.objective)}"
            if self.gap is not None and self.bound is not None:
                line += f", bound {_amount(self.bound)}, gap {self.gap:.3g}"
            lines.append(line)
        why = f" ({self.stats.reason})" if self.stats.reason else ""
        lines.append(f"method {self.stats.method}{why}, {self.stats.seconds:.3g} s")
        lines += [f"note: {remark}" for remark in self.stats.remarks]
        if self.check is not None:
            words = str(self.check)
            sound = words.startswith("valid: ")
            lines.append(f"verified: {words.removeprefix('valid: ')}" if sound else words)
        return lines


def _amount(value: float) -> str:
    """Return a number as text, whole ones with all their digits."""
    return str(value) if isinstance(value, int) else f"{value:.12g}"


def _html(part: object) -> str:
    """Return a record as HTML, also one of another package that knows nothing but its text."""
    own = getattr(part, "_repr_html_", None)
    return own() if own is not None else f"<pre>{as_html(repr(part))}</pre>"


def claim_of(claimed: Result[S] | S) -> Result[S]:
    """Return a result as it is, and a bare solution as one claimed without proof."""
    if isinstance(claimed, Result):
        return claimed
    return Result(status=Status.FEASIBLE, stats=Stats(method=""), solution=claimed)
