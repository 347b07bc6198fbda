"""Instance files: a document to an instance and back. Every fault of a file in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.edges import EdgeValues
from eqsolve.core.errors import Fault, FormatError, InstanceError, OptionError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import numbers_only
from eqsolve.core.schema import (
    Forms,
    check_names,
    forms_by_name,
    forms_of_entries,
    takes_null,
)
from eqsolve.io.decode import decode
from eqsolve.registry import Family, families, family_of, get_family

__all__ = ["COMMON", "instance_document", "instance_from_document", "read_instance"]

COMMON = {"eqsolve": True, "kind": True, "name": False, "metadata": False, "labels": False}
"""Fields of every instance file, and whether they are required."""

FORMAT_VERSION = 1


def read_instance(
    data: bytes,
    source: str,
    folder: Path | None = None,
    on_file: Callable[[Path], None] | None = None,
) -> Instance:
    """Return the instance of a JSON text; see `instance_from_document`."""
    return instance_from_document(decode(data, source), source, folder, on_file)


def instance_from_document(
    document: Any,
    source: str,
    folder: Path | None = None,
    on_file: Callable[[Path], None] | None = None,
) -> Instance:
    """Return the instance that a decoded document describes.

    Parameters
    ----------
    document : what stood in the file.
    source : how messages call it.
    folder : where ``{"file": ...}`` references are looked up; None refuses them.
    on_file : called with every file referred to before it is opened, also if it is not there.

    Raises
    ------
    FormatError : with a line for every fault found.
    """
    if not isinstance(document, dict):
        raise FormatError(source, Fault("", "an instance must be a JSON object"))
    faults: list[Fault] = []
    family = _family(document, faults)
    if family is None:
        raise FormatError(source, faults)
    files = family.module("files")
    valid = COMMON | {field.name: field.required for field in files.FIELDS}
    if {"status", "instance"} <= document.keys() - valid.keys():
        raise FormatError(source, Fault("", "is a solution file, not an instance"))
    forms: Mapping[str, Forms] = {field.name: (field.schema,) for field in files.FIELDS}
    meant = {field.name for field in files.FIELDS if takes_null(field.schema)}
    document = {  # null stands for "left out" where a field may be, and has no meaning of its own
        key: value
        for key, value in document.items()
        if value is not None or key in meant or valid.get(key, True)
    }
    check_names(document, valid, "", faults)
    unread: list[Fault] = []
    references = _References(getattr(files, "FILES", {}), folder, on_file, unread)
    fields = {
        key: references.resolved(value, (key,), forms[key])
        for key, value in document.items()
        if key in valid and key not in COMMON
    }
    faults.extend(unread)
    common = {key: document[key] for key in ("name", "labels", "metadata") if key in document}
    missing = [key for key, required in valid.items() if required and key not in document]
    # Without one of its arrays an instance has no shape that the others could fit or not.
    if not unread and not [key for key in missing if key not in COMMON]:
        try:
            with numbers_only():
                instance: Instance = files.read(fields, common)
        except InstanceError as error:
            faults.extend(error.faults)
    if faults:
        raise FormatError(source, faults)
    return instance


def instance_document(instance: Instance) -> dict[str, Any]:
    """Return the document of an instance, arrays still being arrays."""
    document: dict[str, Any] = {"eqsolve": FORMAT_VERSION, "kind": instance.kind}
    if instance.name:  # readers look for it at the top
        document["name"] = instance.name
    return {
        **document,
        **family_of(instance).module("files").write(instance),
        **instance.described(),
    }


def _family(document: Mapping[str, Any], faults: list[Fault]) -> Family | None:
    """Return the family of a document's kind, or None, after adding faults of its header."""
    version = document.get("eqsolve")
    if "eqsolve" in document and (version != FORMAT_VERSION or isinstance(version, bool)):
        faults.append(
            Fault("eqsolve", f"must be {FORMAT_VERSION}, the format version", value=version)
        )
    kind = document.get("kind")
    try:
        return get_family(kind)
    except OptionError:  # only now are all kinds looked up, those of other packages too
        kinds = [family.kind for family in families()]
    if "kind" not in document:
        faults.append(Fault("kind", f"required field is missing; kinds: {', '.join(kinds)}"))
    else:
        hint = nearest_name(kind, kinds) if isinstance(kind, str) else "must be text"
        faults.append(Fault("kind", f"unknown kind; {hint}", value=kind))
    if "eqsolve" not in document:
        faults.append(Fault("eqsolve", "required field is missing"))
    return None


@dataclass(frozen=True, slots=True)
class _References:
    """Replaces ``{"file": NAME}`` by what the file holds: an array, or what the kind says.

    On the way it leaves out entries of objects that are null; an unknown name stays, to be refused.

    Parameters
    ----------
    others : field that holds a reference -> ``"text"`` (its content) or ``"path"`` (the path alone;
        the file need not be there) instead of the array of a ``.npy`` file.
    folder : where names are looked up; None refuses them.
    on_file : called with every file before it is opened.
    faults : faults are appended here.
    """

    others: Mapping[str, str]
    folder: Path | None
    on_file: Callable[[Path], None] | None
    faults: list[Fault]

    def resolved(self, value: Any, place: tuple[str | int, ...], forms: Forms) -> Any:
        """Return a value, which has one of the forms, with all references in it replaced."""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = forms_of_entries(forms)
            return [self.resolved(part, (*place, k), inner) for k, part in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if set(value) == {"file"}:
            return self._loaded(value["file"], place)
        known = forms_by_name(forms)
        return {
            key: self.resolved(part, (*place, key), known.get(key, ()))
            for key, part in value.items()
            if part is not None or (known and key not in known)
        }

    def _loaded(self, name: object, place: tuple[str | int, ...]) -> Any:
        """Return what a reference inside the instance's folder stands for."""
        field, index = str(place[0]), (*place[1:], "file")
        form = self.others.get(str(place[-1]), "array")
        if self.folder is None:
            self.faults.append(Fault(field, "a file reference needs an instance file", index, name))
            return None
        fits = isinstance(name, str) and "\0" not in name
        if not (fits and (form != "array" or str(name).endswith(".npy"))):
            rule = "must name a .npy file" if form == "array" else "must name a file"
            self.faults.append(Fault(field, rule, index, name))
            return None
        found: Any
        try:
            path = (self.folder / str(name)).resolve()
            inside = path.is_relative_to(self.folder.resolve())
            if inside and self.on_file is not None:
                # Not `path`: the name may be a link that is led elsewhere.
                self.on_file(self.folder / str(name))
            found = (
                _read(path, form) if inside else _Unusable("must stay inside the instance's folder")
            )
        except OSError as error:
            found = _Unusable(f"cannot be read: {error.strerror or error}")
        except RuntimeError:  # how Python before 3.13 says that links lead in a circle
            found = _Unusable("cannot be read: links that lead to themselves")
        if isinstance(found, _Unusable):
            self.faults.append(Fault(field, found.why, index, name))
            return None
        return found


@dataclass(frozen=True, slots=True)
class _Unusable:
    """Why a file is of no use."""

    why: str


def _regular(path: Path) -> _Unusable | None:
    """Return why a path is no file that can be opened, None if it is one."""
    if path.exists() and not path.is_file():
        # Opening a named pipe would wait for its other end.
        return _Unusable("cannot be read: it is no regular file")
    if not path.exists() and not path.is_symlink():
        return _Unusable("cannot be read: No such file or directory")
    return None


def _text(path: Path) -> str | _Unusable:
    """Return a UTF-8 text, without a byte-order mark and with unified line ends, or why not.

    Raises
    ------
    OSError : the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return _Unusable(f"is not UTF-8 text (byte {error.start})")


def _array(path: Path) -> np.ndarray[Any, Any] | _Unusable:
    """Return the array of a ``.npy`` file, mapped for reading, or why it cannot be one.

    Raises
    ------
    OSError : the file cannot be read.
    """
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except OSError:
        raise
    except Exception as error:  # a damaged header: whatever its parser makes of it
        pickled = "pickle" in str(error) or "Python objects" in str(error)
        words = str(error).partition("\n")[0] or type(error).__name__
        why = "it is none, or it holds pickled objects, which are refused" if pickled else words
        return _Unusable(f"is not a plain .npy array of numbers: {why}")
    if array.dtype.kind not in "iuf":
        return _Unusable(f"holds {array.dtype}, expected numbers")
    if array.dtype.kind == "f" and np.isnan(array).any():
        return _Unusable("holds NaN; use the sparse form for missing edges")
    return array


_FORMS: Mapping[str, Callable[[Path], Any]] = {"array": _array, "text": _text}
"""What a reference stands for -> how it is read."""


def _read(path: Path, form: str) -> Any:
    """Return what a path stands for; whether a file is there is seen when it is needed."""
    return path if form == "path" else _regular(path) or _FORMS[form](path)


def split_arrays(document: Mapping[str, Any], stem: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the document with large arrays replaced by references, and file name -> array.

    Matrices with missing edges stay inline, since ``.npy`` files cannot hold null.
    """
    arrays: dict[str, Any] = {}

    def replaced(value: Any, name: str) -> Any:
        if isinstance(value, EdgeValues):
            value = value if (value.dense() < 0).any() else value.dense()
        if isinstance(value, Mapping):
            return {key: replaced(part, f"{name}.{key}") for key, part in value.items()}
        if isinstance(value, np.ndarray) and value.size > 1:
            arrays[f"{stem}.{name}.npy"] = value
            return {"file": f"{stem}.{name}.npy"}
        return value

    kept = {
        key: value if key in COMMON else replaced(value, key) for key, value in document.items()
    }
    return kept, arrays
