"""What a run has found, in a few tables: counts by state and status, times, failures."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eqsolve.batch.task import State
from eqsolve.core.table import Table
from eqsolve.core.text import counted

__all__ = [
    "open_sentence",
    "runs_table",
    "shifted_geometric_mean",
    "summary_document",
    "summary_tables",
]

SHIFT = 1.0
"""Seconds added to each time, so that tiny times do not rule the mean."""

_REASON = 160
"""Characters of a reason that a table shows."""


def shifted_geometric_mean(seconds: Iterable[float], shift: float = SHIFT) -> float:
    """Return ``prod (t + shift) ** (1 / n) - shift``, 0 for no times.

    Examples
    --------
    >>> round(shifted_geometric_mean([0.0, 3.0]), 6)
    1.0
    """
    times = list(seconds)
    if not times:
        return 0.0
    return math.exp(math.fsum(math.log(time + shift) for time in times) / len(times)) - shift


def summary_document(
    rows: Iterable[Mapping[str, Any]], runs: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return the numbers behind `summary_tables` as a JSON object.

    Parameters
    ----------
    rows, runs : of a store.
    """
    states: Counter[str] = Counter()
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    troubles = []
    for row in rows:
        states[row["state"]] += 1
        groups[row["kind"] or "not known", row["method"]].append(row)
        if row["state"] in (State.FAILED, State.TIMEOUT):
            trouble = {key: row[key] for key in ("source", "state", "reason")}
            # At a time limit the best found so far is an answer, if not the last word.
            troubles.append({**trouble, "answered": row["status"] == "feasible"})
    return {
        "items": sum(states.values()),
        "states": dict(states),
        "answered": states[State.DONE] + sum(trouble["answered"] for trouble in troubles),
        "open": max(states[State.OPEN], sum(run["open"] for run in runs)),
        "go_on": [run["command"] for run in runs if run["open"]],
        "runs": [dict(run) for run in runs],
        "groups": [
            {
                "kind": kind,
                "method": method,
                "items": len(members),
                "statuses": dict(Counter(row["status"] or row["state"] for row in members)),
                "seconds_mean": shifted_geometric_mean(_seconds(members)),
                "seconds_max": max(_seconds(members), default=0.0),
                "max_violation": max(row["max_violation"] or 0.0 for row in members),
            }
            for (kind, method), members in sorted(groups.items())
        ],
        "troubles": troubles,
    }


def open_sentence(document: Mapping[str, Any]) -> str:
    """Return how much of what was asked is open, and what goes on with it; empty if nothing is."""
    if not document["open"]:
        return ""
    answered = f"{document['answered']} of {document['items']} items are answered"
    commands = " ; ".join(document["go_on"])
    return f"{answered}, {document['open']} are open. To go on: {commands}"


def runs_table(runs: Iterable[Mapping[str, Any]]) -> Table:
    """Return one line per run: when, what was asked, under which limits, by which versions."""
    table = Table(
        "Runs",
        [
            "started",
            "ended",
            "asked",
            "known",
            "open",
            "method",
            "options",
            "seed",
            "time limit, s",
            "memory limit, MiB",
            "workers",
            "retry",
            "passed over",
            "eqsolve",
            "python",
            "machine",
            "command",
        ],
        limit=None,
    )
    for run in runs:
        settings = json.loads(run["settings"])
        memory = settings.get("memory_limit")
        table.add(
            run["started"],
            run["ended"] or "cut short, or under way",
            run["asked"],
            run["known"],
            run["open"],
            run["method"],
            ", ".join(f"{key}={text}" for key, text in settings.get("options", {}).items()),
            settings.get("seed"),
            "the kind's" if settings.get("time_limit") is None else settings["time_limit"],
            None if memory is None else memory // 2**20,
            settings.get("workers"),
            run["retry"],
            settings.get("passed_over"),
            run["version"],
            settings.get("python"),
            f"{settings.get('platform')}, {settings.get('processors')} processors",
            run["command"],
        )
    return table


def _seconds(rows: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return the times of items that have been worked on."""
    return [row["seconds"] for row in rows if row["seconds"] is not None]


def _in_short(reason: str) -> str:
    """Return a reason as it fits a table: of many faults the first.

    Examples
    --------
    >>> _in_short("a.csv: line 2: no number; " * 10)
    'a.csv: line 2: no number; ..., all in the CSV of eqsolve results'
    """
    if len(reason) <= _REASON:
        return reason
    return f"{reason.partition('; ')[0][:_REASON]}; ..., all in the CSV of eqsolve results"


def summary_tables(rows: Iterable[Mapping[str, Any]]) -> list[Table]:
    """Return tables: one line per kind and method, and one per item in trouble."""
    document = summary_document(rows)
    groups = Table(
        counted(document["items"], "item"),
        [
            "kind",
            "method",
            "items",
            "by status",
            f"time, s (geometric mean, shift {SHIFT:g} s)",
            "longest, s",
            "worst violation",
        ],
    )
    for group in document["groups"]:
        statuses = ", ".join(f"{count} {word}" for word, count in sorted(group["statuses"].items()))
        groups.add(
            group["kind"],
            group["method"],
            group["items"],
            statuses,
            f"{group['seconds_mean']:.3g}",
            f"{group['seconds_max']:.3g}",
            f"{group['max_violation']:.1g}",
        )
    tables = [groups]
    if document["troubles"]:
        troubles = Table("Failed or out of time", ["item", "state", "reason"])
        troubles.extend(
            (trouble["source"], trouble["state"], _in_short(trouble["reason"]))
            for trouble in document["troubles"]
        )
        tables.append(troubles)
    return tables
