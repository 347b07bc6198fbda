"""The one place where a name that a user typed becomes an instance, a solution or an output.

An instance is a file of ours, one in a foreign format that a converter recognizes, a line of a
collection, a catalog entry, or ``-``, standard input. A solution is a file or ``-``, and ``-`` as
an output is standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.core.instance import Instance
from eqsolve.io.atomic import require_writable, write_atomic

__all__ = [
    "INPUT",
    "STANDARD",
    "called",
    "folder_of",
    "form_of",
    "open_instance",
    "read_bytes",
    "require_file",
    "require_form",
    "require_output",
    "require_two",
    "spooled",
    "write_output",
]

STANDARD = "-"
"""Stands for standard input where something is read, for standard output where it is written."""

INPUT = "standard input"
"""How messages call it."""

_FORMS = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "; spreadsheets open .csv files"),
    **dict.fromkeys((".html", ".htm"), "; pages are made by eqsolve results"),
    **dict.fromkeys((".png", ".svg", ".pdf"), "; pictures are drawn by eqsolve plot"),
    **dict.fromkeys((".csv", ".tsv", ".json", ".jsonl", ".md", ".nfg", ".parquet"), ""),
    **dict.fromkeys((".npy", ".npz", ".pkl", ".sqlite", ".gz", ".zip"), ""),
}
"""Endings of names that promise a form, and what to do where something does not have it."""


def open_instance(name: str, table: Mapping[str, str] | None = None) -> Instance:
    """Return the one instance that a name stands for.

    Parameters
    ----------
    name : what the user typed.
    table : how a CSV file is read: ``kind``, what it holds, and further settings; None or empty:
        the file is none, or a converter knows it.

    Raises
    ------
    FormatError : with a line for every fault; also for a foreign file that holds several.
    OptionError : no such kind or setting of a table.
    """
    from eqsolve.io.converting import recognized
    from eqsolve.io.instances import read_instance
    from eqsolve.io.sources import open_source, parse_nfg

    if table:
        return _table(name, table)
    if name != STANDARD:
        fitting = recognized(name)
        return _only_one(name, name, fitting) if fitting else open_source(name)
    data = sys.stdin.buffer.read()
    if form_of(data) == ".nfg":
        return parse_nfg(data, INPUT)
    with spooled(data) as path:
        fitting = recognized(str(path))
        if fitting:
            return _only_one(str(path), INPUT, fitting)
    return read_instance(data, INPUT, Path.cwd())


def _table(name: str, table: Mapping[str, str]) -> Instance:
    """Return the instance in a CSV file."""
    from eqsolve.io.converting import open_table

    if name != STANDARD:
        return open_table(name, table)
    with spooled(sys.stdin.buffer.read()) as path, called(str(path), INPUT):
        return open_table(str(path), table)


def _only_one(path: str, name: str, fitting: list[str]) -> Instance:
    """Return the only instance of a foreign file, or say how to make files of its instances."""
    from eqsolve.io.converting import convert

    advice = f"eqsolve convert {name if name != INPUT else STANDARD} DIR"
    if len(fitting) > 1:
        rule = f"could be {' or '.join(fitting)}; {advice} --option from=NAME makes it an instance"
        raise FormatError(name, Fault("", rule))
    with called(path, name):
        found = list(islice(convert(path, {"from": fitting[0]}), 2))
    if len(found) != 1:
        rule = f"holds {'several instances' if found else 'no instance'}; {advice} makes files"
        raise FormatError(name, Fault("", rule))
    return found[0]


@contextmanager
def spooled(data: bytes) -> Iterator[Path]:
    """Yield a temporary file with what came from standard input, named after its form."""
    with TemporaryDirectory(prefix="eqsolve-") as folder:
        path = Path(folder) / f"standard-input{form_of(data)}"
        path.write_bytes(data)
        yield path


def form_of(data: bytes) -> str:
    r"""Return the suffix that fits the data: ``.nfg``, ``.jsonl``, ``.json`` or none.

    Examples
    --------
    >>> form_of(b'{"a": 1}'), form_of(b'{"a": 1}\n{"a": 2}\n'), form_of(b"2 2\n1 2\n")
    ('.json', '.jsonl', '')
    """
    lines = [line.strip() for line in data.removeprefix(b"\xef\xbb\xbf").splitlines()]
    lines = [line for line in lines if line]
    if not lines or not lines[0].startswith((b"{", b"[", b"NFG")):
        return ""
    if lines[0].startswith(b"NFG"):
        return ".nfg"
    whole = all(line.startswith(b"{") and line.endswith(b"}") for line in lines)
    return ".jsonl" if whole and len(lines) > 1 else ".json"


@contextmanager
def called(path: str, name: str) -> Iterator[None]:
    """Let faults of a temporary file speak of what the user named."""
    try:
        yield
    except FormatError as error:
        raise FormatError(error.source.replace(path, name), error.faults) from None


def folder_of(name: str) -> Path:
    """Return the folder in which files lie that a named document refers to."""
    return Path.cwd() if name == STANDARD else Path(name).parent


def read_bytes(name: str) -> tuple[bytes, str]:
    """Return the content of a file or of standard input, and how messages call it.

    Raises
    ------
    FormatError : the file cannot be read.
    """
    from eqsolve.io.sources import Source

    if name == STANDARD:
        return sys.stdin.buffer.read(), INPUT
    return Source(name).data(), name


def require_two(first: str, second: str | None) -> None:
    """Raise `OptionError` if standard input is to be two files at once."""
    if first == STANDARD == second:
        raise OptionError("- can stand for one file only: standard input is read once")


def require_output(name: str | None) -> None:
    """Raise at once if an output could not be written later; None is no output.

    Raises
    ------
    OSError : as `require_writable`.
    """
    if name not in (None, STANDARD):
        require_writable(Path(str(name)))


def require_file(name: str | Path | None, what: str = "an answer") -> bool:
    """Return whether a file is to hold a table; refuse at once one that promises another form.

    Parameters
    ----------
    name : of the file; None: none is written.
    what : what is to be written.

    Raises
    ------
    OptionError : the name ends like a workbook, a page or a picture.

    Examples
    --------
    >>> require_file("trades.CSV"), require_file("solution.json"), require_file(None)
    (True, False, False)
    """
    if name is None:
        return False
    return require_form(name, f"{what} is written as", ".json file", ".csv table") == ".csv"


def require_form(name: str | Path, said: str, *forms: str) -> str:
    """Return the ending of a name in lower case; refuse at once one that promises another form.

    Parameters
    ----------
    name : of what is to be written.
    said : what is written; the sentence goes on with the forms.
    forms : those that it can have, an ending and a noun each, ``".csv table"``.

    Raises
    ------
    OptionError : the name ends like something else, such as a workbook, a page or a picture.

    Examples
    --------
    >>> require_form("run.CSV", "items are written as", ".csv table"), require_form("run", "", "")
    ('.csv', '')
    """
    form = Path(name).suffix.lower()
    if form in _FORMS and form not in [own.partition(" ")[0] for own in forms]:
        rule = f"{said} {', or as '.join(f'a {own}' for own in forms)}{_FORMS[form]}"
        raise OptionError(f"{name}: {rule}")
    return form


def write_output(name: str, data: bytes) -> None:
    """Write to a file, whole or not at all, or to standard output.

    Raises
    ------
    OSError : it cannot be written.
    """
    if name != STANDARD:
        write_atomic(Path(name), data)
        return
    buffer: Any = getattr(sys.stdout, "buffer", None)
    sys.stdout.flush()
    if buffer is None:  # someone has put a stream of text there
        sys.stdout.write(data.decode(errors="backslashreplace"))
        return
    buffer.write(data)
    buffer.flush()
