"""Find the converter for a foreign file, by name or by looking at the file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from glob import has_magic
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eqsolve.core.converter import Converter, Recast
from eqsolve.core.errors import (
    EqsolveError,
    Fault,
    FormatError,
    InstanceError,
    OptionError,
    in_words,
    nearest_name,
)
from eqsolve.core.instance import Instance
from eqsolve.core.options import option_table, parse_options
from eqsolve.core.result import Result
from eqsolve.io.opening import INPUT, STANDARD, called, spooled
from eqsolve.io.sources import TABLES, PassedOver, find_sources, walk
from eqsolve.registry import named_by_each

__all__ = [
    "TABLE",
    "answered",
    "convert",
    "converters",
    "converters_and_failures",
    "exchanges",
    "open_table",
    "parse_foreign",
    "parse_table",
    "recognized",
    "suffixes",
]


TABLE = "table"
"""What ``from=`` calls a CSV file of any kind that fits one."""


def converters() -> list[type[Converter]]:
    """Return the converters of all families."""
    return list(converters_and_failures()[0].values())


def converters_and_failures() -> tuple[dict[str, type[Converter]], dict[str, str]]:
    """Return name -> converter of all families, and kind -> why of those that fail."""
    return named_by_each(
        lambda family: {
            entry.name: entry for entry in family.entries("convert", "CONVERTERS", Converter)
        }
    )


@cache
def suffixes() -> dict[str, str]:
    """Return the suffixes of foreign files that are instances as they are, with the converters."""
    return {suffix: entry.name for entry in converters() for suffix in entry.suffixes}


def parse_foreign(data: bytes, path: str, converter: str) -> Instance:
    """Return the instance of a foreign file's bytes; `path` is what faults call it.

    Raises
    ------
    FormatError : with a line for every fault.
    """
    with _copied(data, path) as copy:
        return next(convert(copy, {"from": converter}))


def parse_table(data: bytes, path: str, settings: Mapping[str, str]) -> Instance:
    """Return the instance in the bytes of a table of text; `path` is what faults call it.

    Raises
    ------
    FormatError : with a line for every fault.
    OptionError : no such kind or setting.
    """
    with _copied(data, path) as copy:
        return open_table(copy, settings)


@contextmanager
def _copied(data: bytes, path: str) -> Iterator[str]:
    """Yield a file with the bytes that were read from a path, which faults call by that path."""
    with TemporaryDirectory(prefix="eqsolve-") as folder:
        copy = Path(folder, Path(path).name)
        copy.write_bytes(data)
        with called(str(copy), path):
            yield str(copy)


def convert(
    source: str, texts: Mapping[str, str], passed_over: PassedOver | None = None
) -> Iterator[Instance]:
    """Yield the instances of a foreign or eqsolve file, as `answered` finds them."""
    for instance, _ in answered(source, texts, passed_over):
        yield instance


def exchanges(source: str, texts: Mapping[str, str]) -> Iterator[tuple[Any, str]]:
    """Yield the requests to models that a foreign file holds, each with its answer.

    Parameters
    ----------
    source : a foreign file.
    texts : ``from=NAME`` and the converter's settings as texts.

    Raises
    ------
    FormatError : the file is missing, faulty or not recognized, or holds none.
    OptionError : unknown converter or setting.
    """
    settings = dict(texts)
    by_name, _ = converters_and_failures()
    wanted, path = settings.pop("from", None), Path(source)
    if wanted is None:
        wanted = _recognized(path, by_name, settings.pop("as", None))
    _require_path(path)
    yield from _chosen(wanted, by_name, settings).exchanges(path)


def answered(
    source: str, texts: Mapping[str, str], passed_over: PassedOver | None = None
) -> Iterator[tuple[Instance, Result[Any] | None]]:
    """Yield the instances of a foreign or eqsolve file, and the results that stand there too.

    Parameters
    ----------
    source : a foreign file, a folder of such files, whatever `find_sources` understands, or
        ``SCHEME:NAME`` of a converter with a scheme.
    texts : ``from=NAME``, ``as=READING`` and the converter's settings as texts. Instances of one
        kind are recast as another where the settings are those of one such converter.
    passed_over : gets what a folder holds beside instances.

    Raises
    ------
    FormatError : the file is missing, faulty or not recognized.
    OptionError : unknown converter or setting.
    """
    if source == STANDARD:
        with spooled(sys.stdin.buffer.read()) as spool, called(str(spool), INPUT):
            yield from answered(str(spool), texts)
        return
    settings = dict(texts)
    if settings.get("from", TABLE) == TABLE and "kind" in settings:
        settings.pop("from", None)
        yield open_table(source, settings), None
        return
    by_name, _ = converters_and_failures()
    wanted, reading = settings.pop("from", None), settings.pop("as", None)
    scheme, name = _scheme(source, by_name)
    if wanted is None and reading is None and not scheme and _is_instance(source):
        if not settings:
            for found in find_sources([source], passed_over):
                yield found.load(), None
            return
        wanted = _recasting(settings, by_name)
    path = Path(source)
    if wanted is None and scheme:
        wanted = scheme
    elif wanted is None:
        wanted = _recognized(path, by_name, reading)
    chosen = _chosen(wanted, by_name, settings)
    if isinstance(chosen, Recast):
        for found in find_sources([source], passed_over):
            yield _recast(chosen, str(found), found.load()), None
        return
    if scheme == wanted:
        fetched = ((instance, None) for instance in chosen.fetch(name))
        yield from _named(source, chosen, fetched)
        return
    _require_path(path)
    whole = path.is_file() or chosen.recognizes(path)
    passed_over = PassedOver() if passed_over is None else passed_over
    for part in [path] if whole else _files(path, passed_over):
        yield from _named(str(part), chosen, chosen.answered(part))


def open_table(source: str, settings: Mapping[str, str]) -> Instance:
    """Return the instance in a table of the kind that the settings name.

    Raises
    ------
    FormatError : with a line for every fault.
    OptionError : no such kind or setting.
    """
    from eqsolve.io.sheets import read_table

    path = Path(source)
    _require_path(path)
    if path.is_dir():
        raise FormatError(source, Fault("", "is a folder; a table is one file"))
    return read_table(path, settings)


def _chosen(
    wanted: str, by_name: Mapping[str, type[Converter]], settings: Mapping[str, str]
) -> Converter:
    """Return the converter of a name with its settings.

    Raises
    ------
    OptionError : unknown converter or setting.
    """
    if wanted not in by_name:
        raise OptionError(f"unknown converter {wanted!r}; {nearest_name(wanted, by_name)}")
    kind = by_name[wanted]
    return kind(**parse_options(kind, f"converter {wanted!r}", settings))


def _scheme(source: str, by_name: Mapping[str, type[Converter]]) -> tuple[str, str]:
    """Return the converter of a source ``SCHEME:NAME`` and the name, or empty texts."""
    scheme, colon, name = source.partition(":")
    for converter, entry in by_name.items():
        if colon and entry.scheme == scheme and not Path(source).exists():
            return converter, name
    return "", ""


def _recasting(settings: Mapping[str, str], by_name: Mapping[str, type[Converter]]) -> str:
    """Return the one converter of instances that has these settings."""
    fitting = [
        name
        for name, entry in by_name.items()
        if issubclass(entry, Recast) and set(settings) <= set(option_table(entry))
    ]
    if len(fitting) != 1:
        raise OptionError(f"option {next(iter(settings))!r} needs from=NAME")
    return fitting[0]


def _recast(converter: Recast, source: str, instance: Instance) -> Instance:
    """Return an instance as one of another kind."""
    if instance.kind != converter.of:
        rule = f"converter {converter.name!r} is for kind {converter.of!r}, not {instance.kind!r}"
        raise FormatError(source, Fault("", rule))
    made: Instance = converter.recast(instance)
    return made


def _require_path(path: Path) -> None:
    """Raise unless there is such a file or folder."""
    if not path.exists():
        raise FormatError(str(path), Fault("", "no such file or folder"))


def _recognized(path: Path, by_name: Mapping[str, type[Converter]], reading: str | None) -> str:
    """Return the one converter that recognizes a file or folder, as what is asked for."""
    _require_path(path)
    fitting, broken = _fitting(path, by_name, reading)
    if len(fitting) != 1:
        unknown = f"format not recognized{f' as {reading}' if reading else ''}{broken}"
        rule = f"could be {' or '.join(fitting)}" if fitting else unknown
        names = ", ".join(sorted(by_name))
        if path.suffix.lower() in TABLES and not fitting:
            from eqsolve.io.sheets import table_of_what

            raise table_of_what(str(path), "kind=KIND", f", or from=NAME ({names})")
        raise FormatError(str(path), Fault("", f"{rule}; say --option from=NAME ({names})"))
    return fitting[0]


def recognized(name: str) -> list[str]:
    """Return the converters that recognize a name as a foreign file; none for files of ours.

    Raises
    ------
    FormatError : none does, and one of another package breaks.
    """
    path = Path(name)
    if not path.is_file() or _is_instance(name):
        return []
    fitting, broken = _fitting(path, converters_and_failures()[0])
    if broken and not fitting:
        raise FormatError(name, Fault("", f"format not recognized{broken}"))
    return fitting


def _fitting(
    path: Path, by_name: Mapping[str, type[Converter]], reading: str | None = None
) -> tuple[list[str], str]:
    """Return the converters that recognize a file or folder, and what is said of broken ones.

    Parameters
    ----------
    reading : what the file is to be read as; None: what it is read as when nothing is said.
    """
    fitting, broken = [], ""
    for name, entry in by_name.items():
        if not (entry.unasked if reading is None else entry.reading == reading):
            continue
        try:
            if entry().recognizes(path):
                fitting.append(name)
        except Exception as error:
            broken += f"; {_broken(entry, error)}"
    return fitting, broken


def _named(
    source: str, converter: Converter, instances: Iterator[tuple[Instance, Any]]
) -> Iterator[tuple[Instance, Any]]:
    """Pass instances on; a fault of one that does not name its source is given the name."""
    try:
        yield from instances
    except FormatError:
        raise
    except InstanceError as error:
        raise FormatError(source, error.faults) from None
    except Exception as error:
        raise FormatError(source, Fault("", _broken(type(converter), error))) from error


def _broken(converter: type[Converter], error: Exception) -> str:
    """Return one line about an error inside a converter of another package; ours are raised."""
    expected = isinstance(error, EqsolveError | OSError | MemoryError)
    if expected or converter.__module__.partition(".")[0] == __name__.partition(".")[0]:
        raise error
    return f"converter {converter.name!r} is broken: {in_words(error)}"


def _files(folder: Path, passed_over: PassedOver) -> Iterator[Path]:
    """Yield the files below a folder, sorted; hidden ones are passed over."""
    for path in walk(folder, passed_over):
        if path.is_file():
            yield path
        else:
            passed_over.add("no regular file", str(path))


def _is_instance(source: str) -> bool:
    """Return whether the name means eqsolve's own files, or a folder that holds some."""
    if source.startswith("catalog:") or source.endswith(".nfg") or "#" in source:
        return True
    path = Path(source)
    if path.is_dir():
        return any(_is_instance(str(file)) for file in _files(path, PassedOver()))
    if has_magic(source) and not path.exists():
        return True
    if path.suffix not in (".json", ".jsonl") or not path.is_file():
        return False
    if not path.stat().st_size:
        return True
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        return text.find(b'"eqsolve"') >= 0
