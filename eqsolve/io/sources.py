"""Where instances come from: files, folders, globs, ``.jsonl`` lines, the catalog, standard input.

A `Source` is a light reference that can be sent to a worker process and opened there; listing
20,000 of them reads no instance.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from eqsolve.catalog import catalog_names, catalog_path
from eqsolve.core.errors import Fault, FormatError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.text import visible
from eqsolve.io.instances import read_instance

__all__ = ["TABLES", "PassedOver", "Source", "find_sources", "open_source", "parse_nfg", "walk"]

_SUFFIXES = (".json", ".nfg")

TABLES = (".csv", ".tsv", ".tab")
"""Suffixes of tables."""

Reading = tuple[tuple[str, str], ...]
"""Settings with which a table is read, its kind among them."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """One instance somewhere.

    Parameters
    ----------
    path : the file.
    line : line of a ``.jsonl`` file from 0, or -1 for a whole file.
    offset, length : where that line stands, in bytes.
    table : how a table of text is read, its kind and further settings; empty where the file says
        itself what it holds.
    """

    path: str
    line: int = -1
    offset: int = 0
    length: int = -1
    table: Reading = ()

    def __str__(self) -> str:
        return self.path if self.line < 0 else f"{self.path}#{self.line}"

    @property
    def reading(self) -> str:
        """How its table is read, as text: other settings make another instance."""
        return shlex.join(f"{key}={text}" for key, text in self.table)

    def data(self) -> bytes:
        """Return the bytes of the instance.

        Raises
        ------
        FormatError : the file cannot be read.
        """
        try:
            with Path(self.path).open("rb") as file:
                if self.offset:  # a pipe cannot seek
                    file.seek(self.offset)
                return file.read(self.length)
        except OSError as error:
            raise FormatError(str(self), Fault("", error.strerror or str(error))) from None

    def load(self) -> Instance:
        """Return the instance.

        Raises
        ------
        FormatError : with a line for every fault.
        """
        return self.parse(self.data())

    def parse(self, data: bytes, on_file: Callable[[Path], None] | None = None) -> Instance:
        """Return the instance that `data`, the bytes read from here, describes.

        Parameters
        ----------
        data : as `data` returns it.
        on_file : called with every other file that is read, before it is opened.

        Raises
        ------
        FormatError : with a line for every fault.
        """
        if self.table:
            from eqsolve.io.converting import parse_table

            return parse_table(data, self.path, dict(self.table))
        if self.path.endswith(".nfg"):
            return parse_nfg(data, str(self))
        if converter := _foreign(self.path):
            from eqsolve.io.converting import parse_foreign

            return parse_foreign(data, self.path, converter)
        return read_instance(data, str(self), Path(self.path).parent, on_file)


def parse_nfg(data: bytes, source: str) -> Instance:
    """Return the game of a Gambit file's bytes; the first that is no UTF-8 is a fault."""
    from eqsolve.io.nfg import read_nfg

    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(source, Fault(f"line {line}", "is no UTF-8 text")) from None
    return read_nfg(text, source)


def open_source(name: str) -> Instance:
    """Return the instance of a path, ``file.jsonl#LINE`` or ``catalog:NAME``.

    Raises
    ------
    FormatError : with a line for every fault.
    """
    sources = list(find_sources([name]))
    if len(sources) != 1:
        found = "no instance" if not sources else f"{len(sources)} instances"
        raise FormatError(name, Fault("", f"holds {found}, expected one"))
    return sources[0].load()


class PassedOver:
    """What lies in folders and is no instance of a run: counted, and said with examples.

    Arrays (``.npy``) are not listed: they belong to the instances beside them.

    Parameters
    ----------
    ignored : a file of ours in the folder; what is named after it is passed over without a word.

    Examples
    --------
    >>> found = PassedOver()
    >>> for name in ("a.txt", "b.txt", "c.csv"):
    ...     found.add("of another type", name)
    >>> print(found)
    3 of another type (a.txt, b.txt, ...)
    """

    def __init__(self, ignored: str | Path = "") -> None:
        self._ignored = str(Path(ignored).absolute()) if ignored else ""
        self._names: dict[str, list[str]] = {}

    def add(self, why: str, name: str) -> None:
        """Note one file or folder."""
        if self._ignored and str(Path(name).absolute()).startswith(self._ignored):
            return
        self._names.setdefault(why, []).append(name)

    def __bool__(self) -> bool:
        return bool(self._names)

    def __str__(self) -> str:
        return ", ".join(
            f"{len(names)} {why} ({visible(', '.join((*names[:2], *['...'][: len(names) - 2])))})"
            for why, names in self._names.items()
        )


def find_sources(
    names: list[str],
    passed_over: PassedOver | None = None,
    table: Mapping[str, str] | None = None,
) -> Iterator[Source]:
    """Yield the instances of files, folders (recursive), globs, collections and catalog names.

    Parameters
    ----------
    names : any of these.
    passed_over : gets what the folders hold beside instances.
    table : how tables of text are read, ``kind`` and further settings; None: none is read, and one
        that is named itself is refused.

    Raises
    ------
    FormatError : a name that leads nowhere, or a table whose kind nobody says.
    """
    passed_over = PassedOver() if passed_over is None else passed_over
    reading = tuple((table or {}).items())
    for name in names:
        if name.startswith("catalog:"):
            yield Source(str(_catalog_entry(name)))
        elif not name:
            raise FormatError('""', Fault("", "is no name of a file or folder; . is this folder"))
        elif Path(name).is_dir():
            yield from _folder(Path(name), passed_over, reading)
        elif Path(name).is_file():
            yield from _file(Path(name), reading)
        elif "#" in name and Path(name.rpartition("#")[0]).is_file():
            yield _one_line(name)
        elif has_magic(name):
            matches = sorted(glob(name, recursive=True))  # noqa: PTH207  # the name is a pattern, not a folder
            if not matches:
                raise FormatError(name, Fault("", "no file matches"))
            for match in matches:
                path = Path(match)
                yield from (
                    _folder(path, passed_over, reading) if path.is_dir() else _file(path, reading)
                )
        else:
            raise FormatError(name, Fault("", _absent(Path(name))))


def _absent(path: Path) -> str:
    """Return that a file does not exist, with the nearest name in its folder."""
    if path.is_symlink():
        return "is a symbolic link that leads to nothing"
    rule = "no such file or folder"
    if path.parent.is_dir():
        near = nearest_name(path.name, [entry.name for entry in path.parent.iterdir()])
        rule += f"; {near}" if near.startswith("did") else ""
    return rule


def _catalog_entry(name: str) -> Path:
    """Return the file of ``catalog:NAME``."""
    wanted = name.removeprefix("catalog:")
    try:
        return catalog_path(wanted)
    except KeyError:
        hint = nearest_name(wanted, catalog_names())
        raise FormatError(name, Fault("", f"not in the catalog; {hint}")) from None


def walk(folder: Path, passed_over: PassedOver) -> list[Path]:
    """Return what lies below a folder, sorted by path; hidden and linked places are passed over."""
    found = []

    def unreadable(error: OSError) -> None:
        passed_over.add("folder that cannot be read", str(error.filename))

    for place, folders, files in os.walk(folder, onerror=unreadable):
        for name in sorted(folders):
            path = Path(place, name)
            if name.startswith("."):
                passed_over.add("hidden", f"{path}/")
            elif path.is_symlink():
                passed_over.add("linked folder", f"{path}/")
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in sorted(files):
            if name.startswith("."):
                passed_over.add("hidden", str(Path(place, name)))
            else:
                found.append(Path(place, name))
    return sorted(found)


def _folder(folder: Path, passed_over: PassedOver, reading: Reading) -> Iterator[Source]:
    """Yield the instances below a folder, sorted by path."""
    for path in walk(folder, passed_over):
        if path.suffix == ".npy":
            continue
        table = path.suffix.lower() in TABLES and not _foreign(path.name)
        if table and not reading:
            passed_over.add("tables, which need --kind KIND", str(path))
        elif not table and path.suffix not in (*_SUFFIXES, ".jsonl") and not _foreign(path.name):
            capitals = path.suffix.lower() in (*_SUFFIXES, ".jsonl")
            why = "with its suffix in capitals" if capitals else "of another type"
            passed_over.add(why, str(path))
        elif path.is_file():
            yield from _file(path, reading)
        elif path.exists():
            passed_over.add("no regular file", str(path))
        else:
            yield Source(str(path))  # opening a link that leads nowhere tells what is missing


def _foreign(name: str) -> str | None:
    """Return the converter of a foreign file that is an instance as it is, by its suffix."""
    from eqsolve.io.converting import suffixes

    if name.endswith((*_SUFFIXES, ".jsonl")):
        return None
    return next((found for suffix, found in suffixes().items() if name.endswith(suffix)), None)


def _file(path: Path, reading: Reading = ()) -> Iterator[Source]:
    """Yield the one instance of a file, or every non-blank line of a ``.jsonl``."""
    if path.suffix != ".jsonl":
        ours = path.suffix in _SUFFIXES or _foreign(path.name)
        if not ours and not reading and path.suffix.lower() in TABLES:
            from eqsolve.io.sheets import table_of_what

            raise table_of_what(str(path), "--kind KIND")
        yield Source(str(path), table=() if ours else reading)
        return
    offset = 0
    with path.open("rb") as file:
        for line, data in enumerate(file):
            if data.strip():
                yield Source(str(path), line, offset, len(data))
            offset += len(data)


def _one_line(name: str) -> Source:
    """Return the source of ``file.jsonl#LINE``."""
    path, _, number = name.rpartition("#")
    if not number.isdecimal():
        raise FormatError(name, Fault("", f"line {number!r} must be a whole number from 0"))
    for source in _file(Path(path)):
        if source.line == int(number):
            return source
    raise FormatError(name, Fault("", f"there is no instance on line {number}, counted from 0"))
