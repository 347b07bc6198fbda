"""`solve` and `verify` for an instance of any kind, and the one place where requests are checked.

The command line, the batch and the library all ask through `Request`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.instance import Instance
from eqsolve.core.limits import Deadline, Limits, Progress
from eqsolve.core.method import Method, parse_method_options
from eqsolve.core.report import Report
from eqsolve.core.result import Result, Solution
from eqsolve.core.tolerances import Tolerances
from eqsolve.registry import Family, family_of

__all__ = ["Request", "clock", "solve", "verify"]

S = TypeVar("S", bound=Solution)


def clock(
    family: Family, time_limit: float | None, on_progress: Callable[[Progress], None] | None = None
) -> Deadline:
    """Return a running clock with the user's time limit, or the family's where there is none.

    Raises
    ------
    OptionError : a limit that is none.
    """
    limit = time_limit if time_limit is not None else family.time_limit
    return Deadline(Limits(time=limit), on_progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of an instance, whoever asks; seed and limit are checked at once.

    Parameters
    ----------
    method : a name, or a method object.
    texts : options as ``KEY=VALUE`` texts; ``options`` : the same as values.
    time_limit : seconds; None takes the family's default.
    seed : for methods that draw random numbers.

    Raises
    ------
    OptionError : a seed or limit that is none.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> request = Request(texts={"prices": "min"}, time_limit=10)
    >>> request.solve(AssignmentMarket([[5, 3], [4, 1]])).solution.prices.tolist()
    [2, 0]
    """

    method: str | Method[Any, Any] = "auto"
    texts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    time_limit: float | None = None
    seed: int | None = 0

    def __post_init__(self) -> None:
        if self.seed is not None:
            require_count(self.seed, "seed")
        Limits(time=self.time_limit)

    def settings(self, family: Family) -> dict[str, Any]:
        """Return the options as values of the family's method.

        Raises
        ------
        OptionError : an unknown method or option, or an impossible value.
        """
        parsed = {}
        if self.texts:
            name = self.method if isinstance(self.method, str) else self.method.name
            parsed = parse_method_options(family.methods, name, self.texts)
        return {**parsed, **self.options}

    def solve(self, instance: Instance[S], deadline: Deadline | None = None) -> Result[S]:
        """Return the verified answer; a deadline given is obeyed instead of the time limit.

        Raises
        ------
        OptionError, UnsupportedError : before any work is done.
        """
        family = family_of(instance)
        settings = {"seed": self.seed, **self.settings(family)}
        running = deadline if deadline is not None else clock(family, self.time_limit)
        result: Result[S] = family.module("solve").solve(
            instance, method=self.method, deadline=running, **settings
        )
        return result


def solve(
    instance: Instance[S],
    *,
    method: str | Method[Any, Any] = "auto",
    time_limit: float | None = None,
    seed: int | None = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[S]:
    """Answer the question of an instance's kind, verified.

    Parameters
    ----------
    instance : an instance of any kind.
    method : a name from ``eqsolve.methods(kind)`` or a method object.
    time_limit : seconds; None takes the family's default.
    seed : for methods that draw random numbers; same seed, same answer. None where a kind knows
        answers without a draw.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : see the family's own verb for its solution, objective and certificate.

    Raises
    ------
    OptionError : not an instance of any kind.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Cost and source: those of the family's own verb, such as `competitive_equilibrium`.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> result = solve(AssignmentMarket([[5, 3], [4, 1]]), prices="min")
    >>> result.status.value, result.solution.prices.tolist()
    ('solved', [2, 0])
    """
    request = Request(method=method, options=options, time_limit=time_limit, seed=seed)
    return request.solve(instance, deadline)


def verify(
    instance: Instance,
    result: Result[Any] | Solution,
    *,
    tolerance: float = 1e-6,
    time_limit: float | None = None,
    deadline: Deadline | None = None,
    recheck: Collection[str] = (),
) -> Report:
    """Recheck a result or solution from the instance alone.

    Parameters
    ----------
    instance : an instance of any kind.
    result : a result, or a bare solution of the instance's family.
    tolerance : relative tolerance for floating-point data.
    time_limit : seconds for the verifier's own searches; what is not looked through by then is
        not proved. Conditions of the definition are always checked. None: no limit.
    deadline : a running clock to obey instead of `time_limit`.
    recheck : names of what the kind recomputes on request only: ``["learner"]`` of an elicitation.

    Returns
    -------
    report : one check per condition; ``report.valid``, ``report.checks``.

    Raises
    ------
    OptionError : `result` is no solution of the instance's kind, `tolerance` is not in [0, 1), or
        `time_limit` is none; or the kind does not know a name in `recheck`.

    Notes
    -----
    Cost: as the family's ``verify`` module says; it shares no code with the solvers. Source: the
    definitions of the family, whose theorem ids the checks name.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> verify(market, solve(market)).valid
    True
    """
    Tolerances(tolerance)  # whole numbers are compared exactly and never ask for it
    running = deadline if deadline is not None else Deadline(Limits(time=time_limit))
    family = family_of(instance)
    solution = result.solution if isinstance(result, Result) else result
    missing = solution is None and isinstance(result, Result)
    if not missing and not isinstance(solution, family.solution_type):
        expected = family.solution_type.__name__
        raise OptionError(f"{type(solution).__name__} is no {expected} and no result with one")
    report: Report = family.module("verify").verify(
        instance, result, tolerance=tolerance, deadline=running, **family.rechecks(recheck)
    )
    return report
