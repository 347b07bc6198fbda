"""Find the converter for a foreign file, by name or by looking at the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from eqsolve.core.converter import Converter
from eqsolve.core.errors import Fault, FormatError, OptionError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.options import parse_options
from eqsolve.io.sources import find_sources
from eqsolve.registry import FAMILIES

__all__ = ["convert", "converters"]


def converters() -> list[type[Converter]]:
    """Return the converters of all families."""
    found: list[type[Converter]] = []
    for family in FAMILIES:
        if find_spec(f"{family.package}.convert") is not None:
            found += family.module("convert").CONVERTERS
    return found


def convert(source: str, texts: Mapping[str, str]) -> Iterator[Instance]:
    """Yield the instances of a foreign or eqsolve file.

    Parameters
    ----------
    source : path, or whatever `find_sources` understands.
    texts : ``from=NAME`` and the converter's settings as texts.

    Raises
    ------
    FormatError : the file is missing, faulty or not recognized.
    OptionError : unknown converter or setting.
    """
    settings = dict(texts)
    by_name = {entry.name: entry for entry in converters()}
    wanted = settings.pop("from", None)
    if wanted is None and _is_instance(source):
        if settings:
            raise OptionError(f"option {next(iter(settings))!r} needs from=NAME")
        for found in find_sources([source]):
            yield found.load()
        return
    path = Path(source)
    if not path.exists():
        raise FormatError(source, Fault("", "no such file or folder"))
    if wanted is None:
        fitting = [name for name, entry in by_name.items() if entry().recognizes(path)]
        if len(fitting) != 1:
            rule = f"could be {' or '.join(fitting)}" if fitting else "format not recognized"
            names = ", ".join(sorted(by_name))
            raise FormatError(source, Fault("", f"{rule}; say --option from=NAME ({names})"))
        wanted = fitting[0]
    if wanted not in by_name:
        raise OptionError(f"unknown converter {wanted!r}; {nearest_name(wanted, by_name)}")
    chosen = by_name[wanted]
    yield from chosen(**parse_options(chosen, f"converter {wanted!r}", settings)).read(path)


def _is_instance(source: str) -> bool:
    """Return whether the name means eqsolve's own files (an object with the format version)."""
    if source.startswith("catalog:") or source.endswith((".jsonl", ".nfg")) or "#" in source:
        return True
    path = Path(source)
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"eqsolve"' in file.read(4096)
