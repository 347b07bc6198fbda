"""An instance as several files that belong together, in the form that a converter reads.

A family names such forms in ``SETS`` of its room ``files``, by the converter that reads them. What
was written is read back before it leaves: files that would be another instance are refused.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from eqsolve.core.errors import EqsolveError, OptionError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.io.atomic import write_atomic
from eqsolve.io.sheet_writing import is_same
from eqsolve.registry import family_of

__all__ = ["set_options", "write_set"]


def write_set(instance: Instance, path: Path, form: str) -> None:
    """Write the files of an instance.

    Parameters
    ----------
    instance : of a kind that has such a form.
    path : the first file, ``STEM.csv``; the others lie beside it, their names begin with the stem.
    form : the converter that reads them.

    Raises
    ------
    OptionError : no such form of this kind, no ``.csv`` file, or an instance that would be another
        one once read.
    OSError : the folder does not exist or cannot be written.

    Notes
    -----
    Cost O(size of the files), twice, since they are read back.
    """
    if path.suffix != ".csv":
        raise OptionError(f"{path}: with to={form} the target is a .csv file or a folder")
    files, options = _made(instance, path.stem, form)
    if not _comes_back(instance, files, form, options):
        rule = f"does not fit {form}: read back, it would be another one; write .json"
        raise OptionError(f"the instance {instance.name!r} {rule}")
    for name, text in files.items():
        write_atomic(path.with_name(name), text.encode())


def set_options(instance: Instance, form: str) -> dict[str, str]:
    """Return the options with which the files of an instance are read.

    Raises
    ------
    OptionError : as `write_set`.
    """
    return {"from": form, **_made(instance, "table", form)[1]}


def _made(instance: Instance, stem: str, form: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts of the files by name, and options with which they are read."""
    writers = getattr(family_of(instance).module("files"), "SETS", {})
    if form not in writers:
        rule = f"option to = {form!r}: kind {instance.kind!r} is not written so"
        raise OptionError(f"{rule}; {nearest_name(form, writers)}" if writers else rule)
    made: tuple[dict[str, str], dict[str, str]] = writers[form](instance, stem)
    return made


def _comes_back(
    instance: Instance, files: dict[str, str], form: str, options: dict[str, str]
) -> bool:
    """Return whether the files are read as the instance, with the same names."""
    from eqsolve.io.converting import convert

    with TemporaryDirectory(prefix="eqsolve-") as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8", newline="")
        try:
            (made,) = convert(str(Path(folder, next(iter(files)))), {"from": form, **options})
        except EqsolveError:
            return False
    return is_same(made, instance)
