"""Many instances into a folder, a ``.jsonl`` file, one file, or standard output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.core.instance import Instance
from eqsolve.core.result import Result
from eqsolve.io import save, save_solution
from eqsolve.io.atomic import is_stream, require_writable, write_atomic
from eqsolve.io.encode import plain
from eqsolve.io.file_sets import write_set
from eqsolve.io.instances import instance_document
from eqsolve.io.names import FreeNames
from eqsolve.io.opening import STANDARD, require_form, write_output

__all__ = ["SOLUTION", "write_answered", "write_instances"]

SOLUTION = ".solution.json"
"""What the name of a solution ends in that is written beside its instance."""


def write_instances(instances: Iterable[Instance], target: str, *, arrays: str = "inline") -> int:
    """Write instances as `write_answered` does, and return how many."""
    pairs = ((instance, None) for instance in instances)
    return write_answered(pairs, target, arrays=arrays)[0]


def write_answered(
    pairs: Iterable[tuple[Instance, Result[Any] | None]],
    target: str,
    *,
    arrays: str = "inline",
    form: str | None = None,
) -> tuple[int, int]:
    """Write instances, and beside each the result that comes with it; return how many of both.

    Where there is no beside, in a stream or a ``.jsonl`` file, results are left out.

    Parameters
    ----------
    pairs : any number of them; drawn one at a time.
    target : ``-``, a ``.jsonl`` file, a device or pipe, a single ``.json``, ``.nfg``,
        ``.txt`` or ``.csv`` file, or else a folder that is made if need be; files in it are named
        after the instances.
    arrays : ``"inline"`` or ``"npy"``.
    form : the converter that reads what is written, where it is several ``.csv`` files that belong
        together; see `write_set`.

    Raises
    ------
    FormatError : several instances for one file.
    OptionError : unknown `arrays` or form, or a form that the target or an instance does not fit.
    """
    if form is not None and (target == STANDARD or is_stream(Path(target))):
        raise OptionError(f"{target}: with to={form} the target is a .csv file or a folder")
    if arrays not in ("inline", "npy"):
        raise OptionError(f"option arrays = {arrays!r}: must be inline | npy")
    path = Path(target)
    if target == STANDARD:
        written = 0
        for line in _lines(pairs):
            write_output(STANDARD, line)
            written += 1
        return written, 0
    if (form is None and path.suffix == ".jsonl") or is_stream(path):
        require_writable(path)
        lines = list(_lines(pairs))
        write_atomic(path, b"".join(lines))
        return len(lines), 0
    if path.suffix.lower() in (".json", ".nfg", ".txt", ".csv") and not path.is_dir():
        require_writable(path)
        first = list(islice(pairs, 2))
        if len(first) != 1:
            rule = f"one file cannot hold {'several' if first else 'no'} instances; name a folder"
            raise FormatError(target, Fault("", rule))
        return 1, _save(*first[0], path, arrays, form)
    if not path.is_dir():
        forms = (".json file", ".csv table", "folder of files")
        require_form(path, "instances are written as", *forms)
    return _fill_folder(pairs, path, arrays, form)


def _save(
    instance: Instance, result: Result[Any] | None, path: Path, arrays: str, form: str | None
) -> int:
    """Write an instance and what comes with it; return how many results."""
    if form is not None:
        write_set(instance, path, form)
    else:
        save(instance, path, arrays="npy" if arrays == "npy" else "inline")
    if result is None:
        return 0
    save_solution(instance, result, path.with_name(path.stem + SOLUTION))
    return 1


def _lines(pairs: Iterable[tuple[Instance, object]]) -> Iterator[bytes]:
    """Yield one line of JSON per instance."""
    import msgspec

    for instance, _ in pairs:
        yield msgspec.json.encode(plain(instance_document(instance))) + b"\n"


def _fill_folder(
    pairs: Iterable[tuple[Instance, Result[Any] | None]],
    folder: Path,
    arrays: str,
    form: str | None,
) -> tuple[int, int]:
    """Write one file per instance, with a number where names repeat."""
    if folder.exists() and not folder.is_dir():
        rule = "is a file, expected a folder; name a .json, .jsonl, .nfg or .csv file, or a folder"
        raise FormatError(str(folder), Fault("", rule))
    iterator = iter(pairs)
    first = next(iterator, None)  # a faulty source should not leave an empty folder behind
    folder.mkdir(parents=True, exist_ok=True)
    names = FreeNames("instance")
    count = answers = 0
    for instance, result in chain([first] if first is not None else [], iterator):
        target = folder / f"{names.take(instance.name)}.{'json' if form is None else 'csv'}"
        answers += _save(instance, result, target, arrays, form)
        count += 1
    return count, answers
