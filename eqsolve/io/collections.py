"""Many instances into a folder, a ``.jsonl`` file, one file, or standard output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.core.instance import Instance
from eqsolve.io import save
from eqsolve.io.atomic import is_stream, require_writable, write_atomic
from eqsolve.io.encode import plain
from eqsolve.io.instances import instance_document
from eqsolve.io.names import FreeNames
from eqsolve.io.opening import STANDARD, write_output

__all__ = ["write_instances"]


def write_instances(instances: Iterable[Instance], target: str, *, arrays: str = "inline") -> int:
    """Write instances and return how many.

    Parameters
    ----------
    instances : any number of them; drawn one at a time.
    target : ``-``, a ``.jsonl`` file, a device or pipe, a single ``.json``, ``.nfg`` or
        ``.txt`` file, or else a folder that is made if need be; files in it are named after the
        instances.
    arrays : ``"inline"`` or ``"npy"``.

    Raises
    ------
    FormatError : several instances for one file.
    OptionError : unknown `arrays`.
    """
    if arrays not in ("inline", "npy"):
        raise OptionError(f"option arrays = {arrays!r}: must be inline | npy")
    path = Path(target)
    if target == STANDARD:
        written = 0
        for line in _lines(instances):
            write_output(STANDARD, line)
            written += 1
        return written
    if path.suffix == ".jsonl" or is_stream(path):
        require_writable(path)
        lines = list(_lines(instances))
        write_atomic(path, b"".join(lines))
        return len(lines)
    if path.suffix in (".json", ".nfg", ".txt") and not path.is_dir():
        require_writable(path)
        first = list(islice(instances, 2))
        if len(first) != 1:
            rule = f"one file cannot hold {'several' if first else 'no'} instances; name a folder"
            raise FormatError(target, Fault("", rule))
        save(first[0], path, arrays="npy" if arrays == "npy" else "inline")
        return 1
    return _fill_folder(instances, path, arrays)


def _lines(instances: Iterable[Instance]) -> Iterator[bytes]:
    """Yield one line of JSON per instance."""
    import msgspec

    for instance in instances:
        yield msgspec.json.encode(plain(instance_document(instance))) + b"\n"


def _fill_folder(instances: Iterable[Instance], folder: Path, arrays: str) -> int:
    """Write one file per instance, with a number where names repeat."""
    if folder.exists() and not folder.is_dir():
        rule = "is a file, expected a folder; name a .json, .jsonl or .nfg file, or a folder"
        raise FormatError(str(folder), Fault("", rule))
    iterator = iter(instances)
    first = next(iterator, None)  # a faulty source should not leave an empty folder behind
    folder.mkdir(parents=True, exist_ok=True)
    names = FreeNames("instance")
    count = 0
    for instance in chain([first] if first is not None else [], iterator):
        target = folder / f"{names.take(instance.name)}.json"
        save(instance, target, arrays="npy" if arrays == "npy" else "inline")
        count += 1
    return count
