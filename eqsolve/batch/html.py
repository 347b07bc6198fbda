"""One self-contained page of a batch run: summary, pictures, a table that sorts and filters.

Everything is inline, so that the page opens offline and can be mailed.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
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
from eqsolve.core.text import visible
from eqsolve.io.opening import require_output, write_output
from eqsolve.version import __version__

__all__ = ["export_html"]

_COLUMNS = ("source", "kind", "method", "state", "status", "limit", "objective", "bound", "gap",
            "max_violation", "solved_by", "seconds", "reason")  # fmt: skip

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem;
       color: #222; }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e5e5e5;
         overflow-wrap: anywhere }
th { background: #f6f6f6; position: sticky; top: 0 }
#items th { cursor: pointer; white-space: nowrap } #items th:hover { background: #e8eef4 }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tr.failed td:first-child { border-left: 4px solid #D55E00 }
tr.timeout td:first-child { border-left: 4px solid #E69F00 }
tr.done td:first-child { border-left: 4px solid #009E73 }
.scroll { overflow-x: auto }
input, select { font: inherit; padding: .3rem .5rem; margin: 0 .6rem .8rem 0 }
svg { max-width: 100%; height: auto } footer { color: #777; margin: 2rem 0; font-size: 13px }
body { background: #fff }
"""

_SCRIPT = """
const body = document.querySelector("#items tbody");
const rows = [...body.rows], filter = document.querySelector("#filter"),
      state = document.querySelector("#state"), shown = document.querySelector("#shown");
function show() {
  const text = filter.value.toLowerCase();
  let count = 0;
  for (const row of rows) {
    const fits = (!state.value || row.className === state.value)
      && row.textContent.toLowerCase().includes(text);
    row.hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${rows.length} items`;
}
filter.addEventListener("input", show);
state.addEventListener("change", show);
let column = -1, direction = 1;
document.querySelectorAll("#items th").forEach((head, index) => {
  head.addEventListener("click", () => {
    direction = column === index ? -direction : 1;
    column = index;
    document.querySelectorAll("#items th").forEach(other => {
      other.textContent = other.textContent.replace(/ [▲▼]$/, "");
    });
    head.textContent += direction > 0 ? " ▲" : " ▼";
    const key = row => row.cells[index].dataset.value ?? row.cells[index].textContent;
    rows.sort((a, b) => {
      const [x, y] = [key(a), key(b)], [p, q] = [parseFloat(x), parseFloat(y)];
      const numeric = !isNaN(p) && !isNaN(q);
      return direction * (numeric ? p - q : x.localeCompare(y));
    });
    body.append(...rows);
  });
});
show();
"""


def export_html(store: Store, path: Path) -> int:
    """Write the page; return the number of items on it.

    Pictures need the extra ``plot`` and are left out, with a note, without it.
    """
    require_output(str(path))
    rows, runs = list(store.rows()), store.runs()
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
        *(_table(table) for table in (*summary_tables(rows), checks)),
        "<h2>Pictures</h2>",
        _pictures(rows),
        "<h2>All items</h2>",
        _items(rows),
        _table(runs_table(runs)),
        f"<footer>Made by eqsolve {__version__}. Every answer was rechecked by the verifier."
        "</footer>",
    ]
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(store.path.name)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}<script>{_SCRIPT}</script></body></html>\n"
    )
    write_output(str(path), page.encode())
    return len(rows)


def _text(text: str) -> str:
    """Return any text as HTML that shows it."""
    return html.escape(visible(text))


def _sentence(document: Mapping[str, Any]) -> str:
    """Return the run in one sentence."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(document["states"].items()))
    return f"{document['items']} items: {states or 'none'}."


def _table(table: Table) -> str:
    """Return a table below a heading."""
    return f"<h2>{_text(table.title)}</h2><div class=scroll>{table.html(caption=False)}</div>"


def _items(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of all items, with a filter; numbers sort by their full value."""
    head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in _COLUMNS)
    states = "".join(
        f"<option>{_text(state)}</option>" for state in sorted({row["state"] for row in rows})
    )
    lines = []
    for row in rows:
        cells = []
        for name in _COLUMNS:
            value = row[name]
            if isinstance(value, int | float):
                full = _text(json.dumps(value))
                cells.append(f'<td class=n data-value="{full}">{number(value)}</td>')
            else:
                cells.append(f"<td>{_text(str(value or ''))}</td>")
        lines.append(f'<tr class="{_text(row["state"])}">{"".join(cells)}</tr>')
    return (
        '<input id=filter placeholder="filter by any text" aria-label="filter">'
        f'<select id=state aria-label="state"><option value="">all states</option>{states}</select>'
        "<span id=shown></span><div class=scroll><table id=items>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
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
