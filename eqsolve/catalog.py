"""The catalog: small instances that ship with a package, each with its source and answer.

Ours lie in ``instances/KIND/SOURCE/NAME.json``; a family of another package may bring its own in
``instances/SOURCE/NAME.json`` inside its folder. A name is the file's stem, or ``SOURCE/NAME``
where a stem is not unique.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from eqsolve.registry import BUILT_IN, families, from_each, get_family

__all__ = ["catalog", "catalog_names", "catalog_path"]

_PACKAGE = Path(__file__).resolve().parent


@cache
def _entries() -> dict[str, tuple[Path, str]]:
    """Return name -> file and kind; ours keep their names whatever other packages bring."""
    inside = _PACKAGE / "instances"  # in an installed package
    root = inside if inside.is_dir() else _PACKAGE.parent / "instances"
    entries = _named({family.kind: root / family.kind for family in BUILT_IN})
    strangers = families()[len(BUILT_IN) :]
    folders, _ = from_each(lambda family: family.folder / "instances", strangers)
    return _named(folders) | entries


def _named(folders: dict[str, Path]) -> dict[str, tuple[Path, str]]:
    """Return name -> file and kind for the folders of kinds."""
    files = [
        (path, kind)
        for kind, folder in folders.items()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".json", ".nfg")
    ]
    stems = [path.stem for path, _ in files]
    return {
        path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}/{path.stem}": (
            path,
            kind,
        )
        for path, kind in files
    }


def catalog_names(kind: str | None = None) -> list[str]:
    """Return the names in the catalog, of one kind or of all, sorted."""
    return sorted(name for name, (_, own) in _entries().items() if kind in (None, own))


def catalog(kind: str | None = None) -> list[str]:
    """Return the names of the instances that ship with the package: ``load("catalog:NAME")``.

    Parameters
    ----------
    kind : of the instances; None: of all kinds.

    Raises
    ------
    OptionError : no such kind.

    Notes
    -----
    Cost: a look into folders, once. Sources: each instance names its own.

    Examples
    --------
    >>> "shapley-shubik-1971" in catalog("assignment_market")
    True
    """
    if kind is not None:
        get_family(kind)
    return catalog_names(kind)


def catalog_path(name: str) -> Path:
    """Return the file of a catalog entry.

    Raises
    ------
    KeyError : no such entry.
    """
    return _entries()[name][0]
