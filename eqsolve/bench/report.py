"""Benchmark results as tables, as a Markdown page, and against an older run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from eqsolve.bench.measure import Measurement, fitted_growth
from eqsolve.core.table import Table

__all__ = ["compare_runs", "markdown", "tables"]

SLOWER = 1.25
"""From which ratio on a comparison calls a result slower."""


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
                "to best peer",
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
                None if row.ratio is None else f"{row.ratio:.2f}",
                None if row.peak_mib is None else f"{row.peak_mib:.0f}",
                _growth(rows, row),
                {True: "agrees", False: "WRONG", None: "-"}[row.agrees],
            )
        made.append(table)
    return made


def markdown(
    environment: Mapping[str, str], measurements: Sequence[Measurement], notes: Mapping[str, str]
) -> str:
    """Return the page for the documentation."""
    lines = [
        "# Benchmarks",
        "",
        "Produced by `eqsolve bench`; [one table](#at-a-glance) sets every case beside its best "
        "peer.",
        "Contenders take turns within each round; times are medians in seconds with the fastest "
        "and slowest round, and every answer is compared with ours.",
        "`to best peer` is the median divided by that of the fastest contender that is not ours, "
        "so for our rows a number below 1 means that we are ahead, although the peers return "
        "less (see `delivers`).",
        "`memory` is what a run adds to the peak, measured at the largest size in a process of its "
        "own, apart from the timed rounds.",
        "`growth` is the fitted exponent of time against size.",
        "Rows of `compiling` are processor seconds that kernels take to compile, once per machine, "
        "on one processor; all those that a case needs.",
        "",
        "| environment | |",
        "| --- | --- |",
        *(f"| {key} | {value} |" for key, value in environment.items()),
        "",
    ]
    summary = _summary(measurements)
    words = {
        summary.title: "The largest size that a peer has finished, and ours beyond it. A ratio "
        "above 1 means that the peer is faster at what it delivers: one assignment beside a whole "
        "fee curve, matchings kept nowhere beside verified equilibria in a store."
    }
    for table in (summary, *tables(measurements)):
        lines += [
            f"## {table.title}",
            "",
            table.markdown(),
            {**notes, **words}.get(table.title, ""),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _summary(measurements: Iterable[Measurement]) -> Table:
    """Return a row per case: us and the best peer at the largest size that a peer has finished."""
    columns = ["case", "size", "eqsolve, s", "best peer", "its time, s", "ratio", "alone up to"]
    table = Table("At a glance", columns, limit=None)
    for (suite, case), group in groupby(measurements, lambda row: (row.suite, row.case)):
        done = [row for row in group if row.median is not None]
        ours = {row.size: row for row in reversed(done) if row.ours}
        peers = [row for row in done if not row.ours and row.size in ours]
        last = next(iter(ours), None)
        if last is None:
            continue
        if not peers:
            table.add(f"{suite}: {case}", last, _seconds(ours[last].median), None, None, None, None)
            continue
        size = peers[-1].size
        best = min((row for row in peers if row.size == size), key=lambda row: row.median or 0.0)
        table.add(
            f"{suite}: {case}",
            size,
            _seconds(ours[size].median),
            best.contender,
            _seconds(best.median),
            None if ours[size].ratio is None else f"{ours[size].ratio:.2f}",
            last if last != size else None,
        )
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
