"""Run cases: contenders interleaved, medians with spread, every answer checked.

Machines are shared and noisy, so contenders take turns within each round and are compared by
the ratio of their medians. A contender that would exceed its limit at a size, judged by its
growth so far, is skipped and shown as such.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from eqsolve.bench.memory import peak_memory
from eqsolve.core.case import Case, Contender, processor_seconds

__all__ = ["Measurement", "measure"]

QUICK_ROUNDS = 5
"""Timed rounds of a quick run."""
QUICK_SECONDS = 1.0
"""A contender that has taken this long sits out the rest of a quick run's rounds."""


@dataclass(slots=True)
class Measurement:
    """One contender at one size.

    Parameters
    ----------
    median, fastest, slowest : seconds over the rounds; None when it did not run.
    ratio : median divided by that of the best contender that is not ours (ours: how we compare).
    answer : what it returned, as text; agrees : whether it is the common answer.
    peak_mib : additional memory of one run, MiB, where measured.
    outcome : ``"ok"``, ``"not installed"``, ``"skipped: ..."``, ``"failed: ..."``, ``"WRONG"``.
    clock : whose seconds: ``"wall"`` or ``"processor"``.
    """

    suite: str
    case: str
    size: str
    contender: str
    delivers: str
    outcome: str
    median: float | None = None
    fastest: float | None = None
    slowest: float | None = None
    rounds: int = 0
    ratio: float | None = None
    answer: str = ""
    agrees: bool | None = None
    peak_mib: float | None = None
    clock: str = "wall"

    @property
    def ours(self) -> bool:
        """Whether the contender is eqsolve."""
        return self.contender.startswith("eqsolve")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def measure(
    case: Case,
    *,
    quick: bool,
    memory: bool,
    seed: int = 0,
    clock: str = "wall",
    on_step: Callable[[str], None] = lambda text: None,
) -> Iterator[Measurement]:
    """Yield the measurements of a case, size by size.

    Parameters
    ----------
    case : what to run.
    quick : small sizes; slow contenders take part in one round only.
    memory : also measure the peak memory at the largest size, each contender in a process of
        its own.
    seed : of the problems.
    clock : ``"wall"``, or ``"processor"`` for a machine that is busy with other work.
    on_step : told what is about to run.
    """
    past: dict[str, list[tuple[float, float]]] = {}
    sizes = case.quick_sizes if quick else case.sizes
    for size in sizes:
        rows = {
            contender.name: Measurement(
                case.suite,
                case.name,
                size_text(size),
                contender.name,
                contender.delivers,
                _reason_to_skip(contender, size, past.get(contender.name, [])),
                clock=clock,
            )
            for contender in case.contenders
        }
        now = processor_seconds if clock == "processor" else time.perf_counter
        _time_all(case, size, rows, now, quick=quick, seed=seed, step=on_step)
        for contender in case.contenders:
            row = rows[contender.name]
            if row.median is not None:
                past.setdefault(contender.name, []).append((_magnitude(size), row.median))
            if memory and size == sizes[-1] and row.outcome == "ok":
                on_step(f"{case.name} {size_text(size)}: memory of {contender.name}")
                row.peak_mib = peak_memory(case.suite, case.name, size, contender.name, seed)
        _compare(case, rows)
        yield from rows.values()


def size_text(size: Any) -> str:
    """Return a size as text: ``"2000"``, ``"60 x 1000 x 12"``."""
    return " x ".join(map(str, size)) if isinstance(size, tuple) else str(size)


def _magnitude(size: Any) -> float:
    """Return one number for a size, for the growth of times; words in it count for nothing."""
    parts = size if isinstance(size, tuple) else (size,)
    return float(math.prod(part for part in parts if not isinstance(part, str)))


def _reason_to_skip(contender: Contender, size: Any, past: list[tuple[float, float]]) -> str:
    """Return ``"ok"`` or why a contender does not run at a size."""
    if not contender.installed:
        return "not installed"
    if not past:
        return "ok"
    (n, seconds), growth = past[-1], fitted_growth(past)
    expected = seconds * (_magnitude(size) / n) ** (growth if growth is not None else 1.0)
    if max(expected, seconds) > contender.limit:
        return f"skipped: about {expected:.0f} s expected, limit {contender.limit:.0f} s"
    return "ok"


def fitted_growth(past: list[tuple[float, float]]) -> float | None:
    """Return the exponent of the power law through (size, seconds), None for one point.

    Examples
    --------
    >>> round(fitted_growth([(10, 1.0), (100, 100.0)]), 6)
    2.0
    """
    points = [(math.log(n), math.log(max(t, 1e-9))) for n, t in past]
    mean_x, mean_y = (statistics.fmean(axis) for axis in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def _time_all(
    case: Case,
    size: Any,
    rows: dict[str, Measurement],
    now: Callable[[], float],
    *,
    quick: bool,
    seed: int,
    step: Callable[[str], None],
) -> None:
    """Time the contenders in turn; round -1 warms up (compiles, imports) and is not counted."""
    times: dict[str, list[float]] = {}
    problem = case.build(size, seed)
    rounds = QUICK_ROUNDS if quick else case.repeats
    for number in range(-1, rounds):
        if number == 0:
            gc.collect()
            gc.freeze()  # what is imported and built by now need not be searched before each run
        for contender in case.contenders:
            row = rows[contender.name]
            spent = sum(times.get(contender.name, []))
            enough = min(contender.limit, QUICK_SECONDS) if quick else contender.limit
            if row.outcome != "ok" or (number >= 0 and spent > enough):
                continue
            step(f"{case.name} {size_text(size)}: {contender.name}")
            if number >= 0:
                gc.collect()
            start = now()
            try:
                answer = _run(contender, problem)
            except Exception as error:  # a peer that fails is a finding, not the end of the run
                row.outcome = f"failed: {type(error).__name__}: {error}"[:200]
                continue
            seconds = now() - start
            row.answer = repr(answer)
            # A first run beyond the limit is the only one: what was imported hardly matters then.
            if number >= 0 or (not contender.ours and seconds > contender.limit):
                times.setdefault(contender.name, []).append(seconds)
    gc.unfreeze()
    for name, found in times.items():
        row = rows[name]
        if row.outcome == "ok":
            row.median, row.rounds = statistics.median(found), len(found)
            row.fastest, row.slowest = min(found), max(found)


def _run(contender: Contender, problem: Any) -> Any:
    """Return a contender's answer; what a peer warns of is its own business."""
    if contender.ours:
        return contender.run(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return contender.run(problem)


def _compare(case: Case, rows: dict[str, Measurement]) -> None:
    """Fill in ratios to the best peer and whether answers agree with ours."""
    ran = [row for row in rows.values() if row.median is not None]
    peers = [row.median for row in ran if not row.ours and row.median]
    best = min(peers, default=None)
    reference = next((row for row in ran if row.ours), None)
    exact = {contender.name: contender.exact for contender in case.contenders}
    for row in ran:
        if best is not None and row.median is not None:
            row.ratio = row.median / best
        if reference is not None and exact[row.contender]:
            row.agrees = _close(row.answer, reference.answer, case.tolerance)
            if not row.agrees:
                row.outcome = "WRONG"


def _close(one: str, other: str, tolerance: float) -> bool:
    """Return whether two answers, written as text, agree."""
    import ast

    first, second = (_flat(ast.literal_eval(text)) for text in (one, other))
    return len(first) == len(second) and all(
        abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
        for a, b in zip(first, second, strict=True)
    )


def _flat(answer: Any) -> list[float]:
    """Return an answer as a list of numbers."""
    return list(answer) if isinstance(answer, tuple) else [answer]
