"""The catalog: small instances that ship with the package, each with its source and answer.

They live in ``instances/KIND/SOURCE/NAME.json``; a name is the file's stem, or
``SOURCE/NAME`` where a stem is not unique.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["catalog_names", "catalog_path"]

_PACKAGE = Path(__file__).resolve().parent


@cache
def _entries() -> dict[str, Path]:
    """Return name -> file."""
    inside = _PACKAGE / "instances"  # in an installed package
    root = inside if inside.is_dir() else _PACKAGE.parent / "instances"
    files = [path for path in sorted(root.rglob("*")) if path.suffix in (".json", ".nfg")]
    stems = [path.stem for path in files]
    return {
        path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}/{path.stem}": path
        for path in files
    }


def catalog_names() -> list[str]:
    """Return the names in the catalog, sorted."""
    return sorted(_entries())


def catalog_path(name: str) -> Path:
    """Return the file of a catalog entry.

    Raises
    ------
    KeyError : no such entry.
    """
    return _entries()[name]
