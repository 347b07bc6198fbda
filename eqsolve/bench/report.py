"""Benchmark results as tables, as a Markdown page, and against an older run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from eqsolve.bench.measure import Measurement, fitted_growth
from eqsolve.bench.suites import described
from eqsolve.core.case import Case
from eqsolve.core.table import Table

__all__ = ["BY_HAND", "END", "compare_runs", "hand_written", "markdown", "merged", "tables"]

SLOWER = 1.25
"""From which ratio on a comparison calls a result slower."""
BY_HAND = "<!-- by hand: `eqsolve bench -o` keeps what stands from here -->"
END = "<!-- to here -->"
_UNITS = ((1.0, "s"), (1e3, "ms"), (1e6, "µs"))
_AGREES = {True: "agrees", False: "WRONG", None: "-"}


def without_blanks(table: Table) -> Table:
    """Return a table without the columns that hold only dashes.

    Examples
    --------
    >>> without_blanks(Table("", ["a", "b"]).extend([(1, None), (2, None)])).columns
    ['a']
    """
    kept = [k for k in range(len(table.columns)) if any(row[k] != "-" for row in table.rows)]
    made = Table(table.title, [table.columns[k] for k in kept], limit=None)
    return made.extend([row[k] for k in kept] for row in table.rows)


def tables(measurements: Iterable[Measurement]) -> list[Table]:
    """Return one table per case."""
    made = []
    for (suite, case), group in groupby(measurements, lambda row: (row.suite, row.case)):
        rows = list(group)
        table = Table(
            f"{suite}: {case}",
            [
                "size",
                "contender",
                "delivers",
                "median, s",
                "spread, s",
                "speed",
                "memory, MiB",
                "growth",
                "answer",
            ],
            limit=None,
        )
        for row in rows:
            table.add(
                row.size,
                row.contender,
                row.delivers,
                _seconds(row.median) if row.median is not None else row.outcome,
                "-" if row.fastest is None else f"{_seconds(row.fastest)}..{_seconds(row.slowest)}",
                _speed(row),
                None if row.peak_mib is None else f"{row.peak_mib:.0f}",
                _growth(rows, row),
                _AGREES[row.agrees],
            )
        made.append(table)
    return made


def markdown(
    environment: Mapping[str, str],
    measurements: Sequence[Measurement],
    cases: Mapping[str, Case],
    by_hand: str = "",
) -> str:
    """Return the page for the documentation: what a reader asks first comes first.

    Parameters
    ----------
    environment : machine and versions, told last.
    measurements : rows of any runs; pages have them in the order of the suites.
    cases : title of a table -> its case, for what its sizes count and its note.
    by_hand : what stands between `BY_HAND` and `END` in an earlier page.
    """
    suites = described()
    order = {suite: place for place, suite in enumerate(suites)}
    rows = sorted(measurements, key=lambda row: order.get(row.suite, len(order)))
    lines = [
        "# Benchmarks",
        "",
        "How long eqsolve takes to answer *and* verify, beside the fastest other package on the "
        "same instances in the same run.",
        "`times as fast` compares the two: below 1 the peer is faster at what it delivers, which "
        "is often less, one assignment beside a whole fee curve, say.",
        "Then come [every contender at every size](#every-contender), "
        "[how it is measured](#how-it-is-measured) and [the machine](#machine-and-versions).",
        "",
        "## At a glance",
        "",
        _summary(rows, suites).markdown(),
        "The largest size that a peer has finished, and what we did beyond it.",
        "",
        "## Every contender",
        "",
    ]
    for suite, group in groupby(rows, lambda row: row.suite):
        title, asks = suites.get(suite, (suite, ""))
        lines += [f"### {title}", "", *([asks, ""] if asks else [])]
        measured = list(group)
        busy = {f"{row.suite}: {row.case}" for row in measured if row.clock == "processor"}
        for table in tables(measured):
            case = cases.get(table.title)
            told = [] if case is None else [f"Sizes: {case.unit}.", case.note]
            told += ["Processor seconds."] if table.title in busy else []
            lines += [f"#### {table.title.partition(': ')[2]}", ""]
            lines += [" ".join(filter(None, told)), "", without_blanks(table).markdown()]
    kept = [BY_HAND, by_hand.strip(), END, ""] if by_hand.strip() else []
    lines += [
        *kept,
        "## How it is measured",
        "",
        "Contenders take turns within each round; times are medians in seconds with the fastest "
        "and slowest round; processor seconds where that is said, since the machine was busy.",
        "Problems are built outside the clock; every answer is compared with ours.",
        "`speed` is the time of the fastest contender that is not ours divided by the row's: for "
        "our rows 4 means that we are four times as fast, although peers return less (see "
        "`delivers`).",
        "`memory` is what a run adds to the peak, measured at the largest size in a process of its "
        "own, apart from the timed rounds.",
        "`growth` is the fitted exponent of time against size.",
        "Compiling is told in processor seconds, once per machine, on one processor; all kernels "
        "that a case needs.",
        "The page is written by `eqsolve bench`, from a run or from stored ones.",
        "",
        "## Machine and versions",
        "",
        "| | |",
        "| --- | --- |",
        *(f"| {key} | {value} |" for key, value in environment.items()),
    ]
    return "\n".join(lines).rstrip() + "\n"


def hand_written(page: str) -> str:
    r"""Return what people wrote on a page between `BY_HAND` and `END`; empty if nothing.

    Examples
    --------
    >>> hand_written(f"# Benchmarks\n{BY_HAND}\nOurs.\n{END}\n")
    'Ours.'
    """
    return page.partition(BY_HAND)[2].partition(END)[0].strip()


def merged(environments: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the facts of several runs as those of one; where they differ, all of them.

    Examples
    --------
    >>> merged([{"date": "1 May", "numpy": "2"}, {"date": "2 May", "numpy": "2"}])
    {'date': '1 May, 2 May', 'numpy': '2'}
    """
    told: dict[str, dict[str, None]] = {}
    for facts in environments:
        for key, value in facts.items():
            told.setdefault(key, {})[value] = None
    return {key: ", ".join(_installed(values) or values) for key, values in told.items()}


def _installed(versions: Iterable[str]) -> list[str]:
    """Return the versions without the word for none."""
    return [version for version in versions if version != "not installed"]


def _summary(rows: Iterable[Measurement], suites: Mapping[str, tuple[str, str]]) -> Table:
    """Return a row per case: us and the best peer at the largest size that a peer has finished."""
    columns = [
        "question", "case", "size", "eqsolve", "fastest peer", "its time", "times as fast",
        "answers", "alone up to",
    ]  # fmt: skip
    table = Table("At a glance", columns, limit=None)
    said = None
    for (suite, case), group in groupby(rows, lambda row: (row.suite, row.case)):
        done = [row for row in group if row.median is not None]
        ours = {row.size: row for row in reversed(done) if row.ours}
        peers = [row for row in done if not row.ours and row.size in ours]
        last = next(iter(ours), None)
        if last is None:
            continue
        asks = suites.get(suite, ("", ""))[1] or suite
        asked, said = ("" if asks == said else asks), asks
        if not peers:
            cells = [last, _people(ours[last].median), None, None, None, "alone", None]
        else:
            size = peers[-1].size
            here = [row for row in peers if row.size == size]
            best = min(here, key=lambda row: row.median or 0.0)
            cells = [
                size,
                _people(ours[size].median),
                best.contender,
                _people(best.median),
                _speed(ours[size]),
                _AGREES[
                    None if best.agrees is None else all(row.agrees is not False for row in here)
                ],
                last if last != size else None,
            ]
        table.add(asked, case, *cells)
    return table


def compare_runs(old: Iterable[Measurement], new: Iterable[Measurement]) -> tuple[Table, list[str]]:
    """Return a table of our times against an older run, and the names of what got slower.

    Where both runs have a peer, the ratio to the best peer is compared, since it does not
    depend on the machine's mood; otherwise the times are.
    """
    before = {(row.suite, row.case, row.size, row.contender): row for row in old}
    columns = ["case", "size", "contender", "then, s", "now, s", "change", "verdict"]
    table = Table("Against the older run", columns, limit=None)
    slower = []
    for row in new:
        past = before.get((row.suite, row.case, row.size, row.contender))
        if not row.ours or past is None or not row.median or not past.median:
            continue
        relative = bool(row.ratio and past.ratio)
        change = row.ratio / past.ratio if row.ratio and past.ratio else row.median / past.median
        verdict = "slower" if change > SLOWER else "faster" if change < 1 / SLOWER else "same"
        if verdict == "slower":
            slower.append(f"{row.suite}: {row.case} {row.size}")
        table.add(
            f"{row.suite}: {row.case}",
            row.size,
            row.contender,
            _seconds(past.median),
            _seconds(row.median),
            f"{change:.2f}{' (to peers)' if relative else ''}",
            verdict,
        )
    return table, slower


def _growth(rows: Sequence[Measurement], row: Measurement) -> str | None:
    """Return the fitted exponent, shown at a contender's largest size of a plain series."""
    series = [other for other in rows if other.contender == row.contender and other.median]
    if len(series) < 2 or series[-1] is not row or not all(one.size.isdecimal() for one in series):
        return None
    growth = fitted_growth([(float(one.size), one.median or 0.0) for one in series])
    return None if growth is None else f"n^{growth:.1f}"


def _seconds(value: float | None) -> str:
    """Return seconds with three significant digits."""
    return "-" if value is None else f"{value:.3g}"


def _speed(row: Measurement) -> str | None:
    """Return how many times as fast as the fastest peer a row is."""
    if not row.ratio:
        return None
    speed = 1 / row.ratio
    return f"{speed:.{0 if speed > 10 else 1 if speed > 2 else 2}f}"


def _people(seconds: float | None) -> str | None:
    """Return a time as people write it, with two or three digits; its unit stays beside it.

    Examples
    --------
    >>> [_people(t).replace("\N{NO-BREAK SPACE}", " ") for t in (13.1, 0.252, 3.44e-3, 7.12e-5)]
    ['13.1 s', '252 ms', '3.44 ms', '71.2 µs']
    """
    if seconds is None:
        return None
    scale, unit = next((one for one in _UNITS if seconds * one[0] >= 1), _UNITS[-1])
    count = seconds * scale
    return (f"{count:.0f}" if count >= 100 else f"{count:.3g}") + f"\N{NO-BREAK SPACE}{unit}"
