"""Converters: foreign files to instances, as frozen values whose fields are their parameters.

A family has one tuple ``CONVERTERS`` in its ``convert`` module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.instance import Instance

__all__ = [
    "READ_AS",
    "Converter",
    "Recast",
    "file_name",
    "file_stem",
    "left_out",
    "named",
    "read_as",
    "source_faults",
]

READ_AS = "read_as"
_LEFT_OUT = "left_out"
_FAULTS = "source_faults"


def file_name(path: Path) -> str:
    """Return the name of a file as text that any output can hold, whatever its encoding."""
    return path.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def file_stem(path: Path) -> str:
    """Return `file_name` without the suffix."""
    return file_name(path.with_suffix(""))


def named(sort: str, names: Iterable[str], why: str) -> list[str]:
    """Return a sentence about each member that a converter leaves out, for `Converter.leaving`.

    Examples
    --------
    >>> named("model", ["gpt"], "no score for 'writing'")
    ["model 'gpt': no score for 'writing'"]
    """
    return [f"{sort} {name!r}: {why}" for name in names]


def left_out(instance: Instance, most: int | None = None) -> list[str]:
    """Return what the converter of an instance left out, a sentence each.

    Every view of the instance shows these lines, and the command line says them on standard error.

    Parameters
    ----------
    instance : of any kind, made by a converter or not.
    most : how many sentences to give before the rest is counted; None gives all.
    """
    return _listed(instance, _LEFT_OUT, most)


def source_faults(instance: Instance, most: int | None = None) -> list[str]:
    """Return what the converter of an instance found wrong in its source and kept, likewise."""
    return _listed(instance, _FAULTS, most)


def read_as(instance: Instance) -> list[str]:
    """Return how the source of an instance was read where that was guessed, a sentence each."""
    return _listed(instance, READ_AS, None)


def _listed(instance: Instance, key: str, most: int | None) -> list[str]:
    """Return the sentences that the metadata of an instance lists under a key."""
    lines = instance.metadata.get(key, ())
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        return []  # metadata is free: somebody else's
    if most is None or len(lines) <= most:
        return list(lines)
    return [*lines[:most], f"and {len(lines) - most} more, listed in the metadata"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converter:
    """Base of every converter.

    Attributes
    ----------
    name : how users select it (``--option from=NAME``); also the default for files it recognizes.
    summary : one line: format, and how its numbers become values.
    source : where such files come from.
    kind : the kind of instance made.
    scheme : prefix of sources that are no files (``"gymnasium"`` for ``gymnasium:NAME``), or empty.
    reading : what the file is read as, where it can be read as several things (``as=READING``).
    unasked : whether it is read so when nothing is said.
    suffixes : of files that hold one instance each, which folders of a batch are searched for.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str] = ""
    kind: ClassVar[str]
    scheme: ClassVar[str] = ""
    reading: ClassVar[str] = ""
    unasked: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = ()

    def recognizes(self, path: Path) -> bool:
        """Return whether the file or folder looks like this format; reads at most its head."""
        raise NotImplementedError

    def read(self, path: Path) -> Iterator[Any]:
        """Yield the instances in the file.

        Raises
        ------
        FormatError : names the file, the line and the rule.
        """
        raise NotImplementedError

    def answered(self, path: Path) -> Iterator[tuple[Any, Any]]:
        """Yield the instances in the file, each with the result that stands there too, or None.

        Raises
        ------
        FormatError : as `read`.
        """
        for instance in self.read(path):
            yield instance, None

    def exchanges(self, path: Path) -> Iterator[tuple[Any, str]]:
        """Yield what a file holds of questions to models, each a request and its answer.

        Raises
        ------
        FormatError : names the file, the line and the rule; also of files that hold none.
        """
        raise FormatError(str(path), Fault("", f"{self.name} holds no answers of models"))

    def fetch(self, name: str) -> Iterator[Any]:
        """Yield the instances behind a name, for sources ``SCHEME:NAME``.

        Raises
        ------
        OptionError, FormatError : there is no such thing, or it makes no instance.
        """
        raise NotImplementedError

    @staticmethod
    def leaving(lines: Iterable[str]) -> dict[str, list[str]]:
        """Return the part of an instance's metadata that says what was left out, if anything."""
        found = list(lines)
        return {_LEFT_OUT: found} if found else {}

    @staticmethod
    def finding(lines: Iterable[str]) -> dict[str, list[str]]:
        """Return the part of an instance's metadata that says what is wrong in its source."""
        found = list(lines)
        return {_FAULTS: found} if found else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recast(Converter):
    """Base of converters that see an instance of another kind as one of this kind.

    Attributes
    ----------
    of : the kind that is recast; sources are whatever holds such instances.
    """

    of: ClassVar[str]

    def recognizes(self, path: Path) -> bool:
        """Return False: such files are instances already."""
        return False

    def recast(self, instance: Any) -> Any:
        """Return an instance of kind `of` as one of `kind`.

        Raises
        ------
        OptionError : a setting does not fit the instance.
        """
        raise NotImplementedError
