"""One self-contained page of a batch run: summary, pictures, a table that sorts and filters.

Everything is inline, so that the page opens offline and can be mailed; style and script lie in
`page/`. Names are relative to the folder that the items have in common. Cost: O(items).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eqsolve.batch.store import Store
from eqsolve.batch.summary import (
    open_sentence,
    runs_table,
    summary_document,
    summary_tables,
)
from eqsolve.core.extras import install_command
from eqsolve.core.table import Table, number
from eqsolve.core.text import as_html as _text
from eqsolve.io.opening import require_form, require_output, write_output
from eqsolve.version import __version__

__all__ = ["export_html"]

_COLUMNS = ("source", "kind", "method", "options", "state", "status", "limit", "objective",
            "bound", "gap", "max_violation", "solved_by", "seconds", "reason")  # fmt: skip

_ROUGH = ("gap", "max_violation", "seconds")
"""Numbers of which three digits are shown; they sort by all."""

_TOLD = ("method", "options", "seed", "time limit, s", "memory limit, MiB", "workers", "eqsolve",
         "machine", "command")  # fmt: skip
"""What of the last run stands at the top of the page."""

_PAGE = Path(__file__).with_name("page")


def export_html(store: Store, path: Path) -> int:
    """Write the page; return the number of items on it.

    Pictures need the extra ``plot`` and are left out, with a note, without it.
    """
    require_form(path, "a run is shown as", ".html page", ".htm page")
    require_output(str(path))
    stored, runs = list(store.rows()), store.runs()
    folder = common_folder(row["source"] for row in stored)
    rows = [
        {
            **row,
            "source": row["source"].removeprefix(folder),
            "options": _options(row["question"]),
            "reason": (row["reason"] or "").replace(folder, "") if folder else row["reason"],
        }
        for row in sorted(stored, key=lambda row: natural(row["source"]))
    ]
    document = summary_document(rows, runs)
    worst = sorted(
        (row for row in rows if row["max_violation"] is not None),
        key=lambda row: -row["max_violation"],
    )[:10]
    checks = Table("Worst checks", ["item", "largest violation", "solved by"], limit=None)
    checks.extend((row["source"], row["max_violation"], row["solved_by"]) for row in worst)
    parts = [
        f"<h1>Batch run {_text(store.path.name)}</h1>",
        f"<p>{_sentence(document)}</p>",
        f"<p><strong>{_text(open_sentence(document))}</strong></p>" * bool(document["open"]),
        _last_run(runs, folder),
        *(_table(table) for table in (*summary_tables(rows), checks)),
        "<h2>Pictures</h2>",
        _pictures(rows),
        "<h2>All items</h2>",
        _items(rows),
        _table(runs_table(runs)),
        f"<footer>Made by eqsolve {__version__}. Every answer was rechecked by the verifier."
        "</footer>",
    ]
    style, script = ((_PAGE / name).read_text("utf-8") for name in ("style.css", "script.js"))
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(store.path.name)}</title><style>{style}</style></head>"
        f"<body>{''.join(parts)}<script>{script}</script></body></html>\n"
    )
    write_output(str(path), page.encode())
    return len(rows)


def common_folder(sources: Iterable[str]) -> str:
    """Return the folder that all absolute paths lie in, with its separator; empty for none.

    Examples
    --------
    >>> common_folder(["/data/a/1.json", "/data/b/many.jsonl#2", "catalog:ironing"])
    '/data/'
    """
    folders = {path.parent for path in map(Path, sources) if path.is_absolute()}
    if not folders or len({folder.anchor for folder in folders}) > 1:
        return ""
    return os.path.commonpath(folders).rstrip(os.sep) + os.sep


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a key by which numbers inside of names count as numbers.

    Examples
    --------
    >>> sorted(["many#10", "many#2", "many"], key=natural)
    ['many', 'many#2', 'many#10']
    """
    parts = re.split(r"([0-9]+)", text)
    return [(0, int(part), "") if k % 2 else (1, 0, part) for k, part in enumerate(parts)]


def _options(question: str) -> str:
    """Return what was asked of an item beside its method, as text."""
    asked = json.loads(question)
    texts = [f"{key}={text}" for key, text in asked["options"].items()]
    return ", ".join([*texts, f"seed {asked['seed']}"])


def _last_run(runs: Sequence[Mapping[str, Any]], folder: str) -> str:
    """Return when and how the last run was made; the table of runs has them all."""
    facts = {"names are below": folder} if folder else {}
    if runs:
        heads, last = runs_table(runs).columns, runs_table(runs).rows[-1]
        told = dict(zip(heads, last, strict=True))
        name = "run" if len(runs) == 1 else "last run"
        facts |= {name: f"{_when(told['started'])} to {_when(told['ended'])}"}
        facts |= {key: told[key] for key in _TOLD if told[key] not in ("", "-")}
    lines = "".join(f"<dt>{_text(key)}</dt><dd>{_text(text)}</dd>" for key, text in facts.items())
    return f"<dl>{lines}</dl>"


def _sentence(document: Mapping[str, Any]) -> str:
    """Return the run in one sentence."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(document["states"].items()))
    return f"{document['items']} items: {states or 'none'}."


def _when(moment: str) -> str:
    """Return a moment as people write it; words instead of one stay as they are."""
    date, at, time = moment.partition("T")
    return f"{date} {time[:8]} UTC" if at else moment


def _table(table: Table) -> str:
    """Return a table below a heading; it scrolls by itself where it is wide."""
    title = _text(table.title)
    return f"<h2>{title}</h2>{_scrolling(title, table.html(caption=False))}"


def _scrolling(name: str, table: str) -> str:
    """Return a table in a box that scrolls, also by the keyboard."""
    return f'<div class=scroll tabindex=0 role=region aria-label="{name}">{table}</div>'


def _items(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of all items, with a filter; numbers sort by their full value."""
    states = "".join(
        f"<option>{_text(state)}</option>" for state in sorted({row["state"] for row in rows})
    )
    heads, boxes = [], []
    for name in _COLUMNS:
        words = name.replace("_", " ")
        sort = "ascending" if name == "source" else "none"
        marks = f'scope=col data-name="{words}" aria-sort={sort}'
        heads.append(f"<th {marks}><button type=button>{words}</button></th>")
        told = {row[name] for row in rows} - {None, ""}
        checked = " checked" if len(told) > (name == "options") else ""
        boxes.append(f"<label><input type=checkbox{checked}> {words}</label>")
    lines = []
    for row in rows:
        cells = []
        for name in _COLUMNS:
            value = row[name]
            if isinstance(value, int | float):
                full = _text(json.dumps(value))
                short = f"{value:.3g}" if name in _ROUGH else number(value)
                cells.append(f'<td class=n data-value="{full}">{short}</td>')
            else:
                cells.append(f"<td>{_text(str(value or ''))}</td>")
        lines.append(f'<tr class="{_text(row["state"])}">{"".join(cells)}</tr>')
    table = (
        f"<table id=items><thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )
    return (
        '<div class=tools><input type=search id=filter placeholder="filter by any text" '
        'aria-label="filter">'
        f'<select id=state aria-label="state"><option value="">all states</option>{states}</select>'
        "<span id=shown role=status></span><details id=columns><summary>columns</summary>"
        f"<fieldset aria-label=columns>{''.join(boxes)}</fieldset></details></div>"
        + _scrolling("All items", table)
    )


def _pictures(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the run's pictures as inline SVG."""
    if find_spec("matplotlib") is None:
        return f"<p>Pictures need matplotlib: {install_command('matplotlib')}.</p>"
    from eqsolve.batch.pictures import answered_over_time, performance_profile
    from eqsolve.draw import render

    functions = [answered_over_time] if any(row["state"] == "done" for row in rows) else []
    if len({row["method"] for row in rows}) > 1:
        functions.append(performance_profile)
    if not functions:
        return "<p>Nothing to draw: no item has an answer.</p>"
    texts = [render(function, rows, None, "svg").decode() for function in functions]
    return "".join(text[text.index("<svg") :] for text in texts)
