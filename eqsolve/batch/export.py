"""A store's rows as CSV or Parquet, its answers as solution files.

Items that were asked for and have no answer yet are rows as well: state ``open``, and as reason
the command that goes on.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from eqsolve.batch.store import Store
from eqsolve.core.errors import UnsupportedError
from eqsolve.core.extras import install_command
from eqsolve.core.text import visible
from eqsolve.io.atomic import write_atomic
from eqsolve.io.names import FreeNames
from eqsolve.io.opening import require_form, require_output, write_output

__all__ = ["export_csv", "export_parquet", "export_solutions"]


_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What spreadsheets take for the begin of a formula, wide forms included."""
_NUMBER = re.compile(r"-?\d+")


def export_csv(store: Store, path: Path) -> int:
    """Write one line per item; return how many.

    Text that a spreadsheet would run as a formula gets a ``'`` in front; control characters are
    written as escapes; numbers stay as they are.
    """
    require_form(path, "items are written as", ".csv table")
    require_output(str(path))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, Store.COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for row in store.rows():
        writer.writerow({name: _cell(value) for name, value in row.items()})
        count += 1
    write_output(str(path), buffer.getvalue().encode())
    return count


def _cell(value: object) -> object:
    """Return what stands in a CSV cell: text that is only text to whoever opens it."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def export_parquet(store: Store, path: Path) -> int:
    """Write one row per item; return how many. Needs the extra ``parquet``.

    Raises
    ------
    UnsupportedError : pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        reason = f"pyarrow is not installed; {install_command('pyarrow')}"
        raise UnsupportedError("parquet", reason, ["csv"]) from None
    require_form(path, "rows are written as", ".parquet file")
    require_output(str(path))
    numbers = ("objective", "bound", "gap", "max_violation", "seconds")
    rows = list(store.rows())
    columns = {
        name: pa.array(
            [None if row[name] is None else float(row[name]) for row in rows], pa.float64()
        )
        if name in numbers
        else pa.array([row[name] for row in rows], pa.string())
        for name in Store.COLUMNS
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    write_output(str(path), buffer.getvalue())
    return len(rows)


def export_solutions(store: Store, folder: Path) -> int:
    """Write one solution file per answered item; return how many.

    Files are named after the instance file (and line), with a number where names repeat.
    """
    if not folder.is_dir():
        require_form(folder, "solutions are written into", "folder")
    folder.mkdir(parents=True, exist_ok=True)
    names = FreeNames("instance")
    count = 0
    for row in store.rows():
        text = store.solution(row["digest"], row["method"], row["question"])
        if text is None:
            continue
        name = names.take(Path(row["source"]).name.removesuffix(".json"))
        write_atomic(folder / f"{name}.solution.json", text)
        count += 1
    return count
