"""Archives of a solution: in files beside it, or as lists in it where there are no files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eqsolve.core.archive import Archive
from eqsolve.core.errors import Fault, InstanceError

__all__ = ["attached", "detached", "inlined"]


def inlined(value: Any) -> Any:
    """Return a document with every archive as lists."""
    return _replaced(value, "", lambda archive, _: archive.to_lists())


def detached(document: Mapping[str, Any], stem: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a document with references for archives, and file name -> content.

    Parameters
    ----------
    stem : the names of the files begin with it.

    Examples
    --------
    >>> import numpy as np
    >>> document, files = detached({"policy": Archive({"w0": np.ones((2, 2))})}, "out")
    >>> document["policy"]["file"], list(files)
    ('out.policy.npz', ['out.policy.npz'])
    """
    files: dict[str, bytes] = {}

    def put(archive: Archive, place: str) -> dict[str, str]:
        """Put an archive away."""
        name = f"{stem}{place}.npz"
        files[name] = archive.to_bytes()
        return {"file": name, "sha256": archive.digest}

    return _replaced(document, "", put), files


def _replaced(value: Any, place: str, put: Callable[[Archive, str], Any]) -> Any:
    """Return a value with every archive in it replaced."""
    if isinstance(value, Archive):
        return put(value, place)
    if isinstance(value, Mapping):
        return {key: _replaced(part, f"{place}.{key}", put) for key, part in value.items()}
    if isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        return [_replaced(part, f"{place}.{k}", put) for k, part in enumerate(value)]
    return value


def attached(
    document: Mapping[str, Any], fields: Sequence[str], folder: Path | None
) -> dict[str, Any]:
    """Return a document with the archives that some of its fields refer to.

    Parameters
    ----------
    fields : those that may hold references ``{"file": NAME, "sha256": DIGEST}``.
    folder : of the document; None: there is none.

    Raises
    ------
    InstanceError : a reference that cannot be followed, see `Archive.from_file`.
    """
    faults: list[Fault] = []

    def found(value: Any, place: str) -> Any:
        """Return a value with the archives that it refers to."""
        if isinstance(value, Mapping) and "file" in value and set(value) <= {"file", "sha256"}:
            try:
                return Archive.from_file(value, place, folder)
            except InstanceError as error:
                faults.extend(error.faults)
                return value
        if isinstance(value, Mapping):
            return {key: found(part, f"{place}.{key}") for key, part in value.items()}
        if isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
            return [found(part, f"{place}[{k}]") for k, part in enumerate(value)]
        return value

    resolved = {key: found(v, key) if key in fields else v for key, v in document.items()}
    if faults:
        raise InstanceError(faults)
    return resolved
