"""Instance files: a document to an instance and back. Every fault of a file in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.edges import EdgeValues
from eqsolve.core.errors import Fault, FormatError, InstanceError, OptionError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.schema import check_names
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
    check_names(document, valid, "", faults)
    unread: list[Fault] = []
    fields = {
        key: _resolved(value, (key,), folder, on_file, unread)
        for key, value in document.items()
        if key in valid and key not in COMMON
    }
    faults.extend(unread)
    common = {key: document[key] for key in ("name", "labels", "metadata") if key in document}
    missing = [key for key, required in valid.items() if required and key not in document]
    # Without one of its arrays an instance has no shape that the others could fit or not.
    if not unread and not [key for key in missing if key not in COMMON]:
        try:
            instance: Instance = files.read(fields, common)
        except InstanceError as error:
            faults.extend(error.faults)
    if faults:
        raise FormatError(source, faults)
    return instance


def instance_document(instance: Instance) -> dict[str, Any]:
    """Return the document of an instance, arrays still being arrays."""
    document: dict[str, Any] = {"eqsolve": FORMAT_VERSION, "kind": instance.kind}
    if instance.name:
        document["name"] = instance.name
    document.update(family_of(instance).module("files").write(instance))
    if instance.labels:
        document["labels"] = {side: list(names) for side, names in instance.labels.items()}
    if instance.metadata:
        document["metadata"] = dict(instance.metadata)
    return document


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


def _resolved(
    value: Any,
    place: tuple[str, ...],
    folder: Path | None,
    on_file: Callable[[Path], None] | None,
    faults: list[Fault],
) -> Any:
    """Replace references to ``.npy`` files by their arrays."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"file"}:
        return _load_array(value["file"], place, folder, on_file, faults)
    return {
        key: _resolved(part, (*place, key), folder, on_file, faults) for key, part in value.items()
    }


def _load_array(
    name: object,
    place: tuple[str, ...],
    folder: Path | None,
    on_file: Callable[[Path], None] | None,
    faults: list[Fault],
) -> Any:
    """Return the array of a ``.npy`` file inside the instance's folder, memory-mapped."""
    field, index = place[0], (*place[1:], "file")
    if folder is None:
        faults.append(Fault(field, "a file reference needs an instance file", index, name))
        return None
    if not isinstance(name, str) or not name.endswith(".npy") or "\0" in name:
        faults.append(Fault(field, "must name a .npy file", index, name))
        return None
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve())
        if inside and on_file is not None:
            on_file(folder / name)  # not `path`: the name may be a link that is led elsewhere
        found = _mapped(path) if inside else "must stay inside the instance's folder"
    except OSError as error:
        found = f"cannot be read: {error.strerror or error}"
    except RuntimeError:  # how Python before 3.13 says that links lead in a circle
        found = "cannot be read: links that lead to themselves"
    if isinstance(found, str):
        faults.append(Fault(field, found, index, name))
        return None
    return found


def _mapped(path: Path) -> np.ndarray[Any, Any] | str:
    """Return the array of a ``.npy`` file, mapped for reading, or why it cannot be one.

    Raises
    ------
    OSError : the file cannot be read.
    """
    kind = "" if path.exists() or path.is_symlink() else "No such file or directory"
    if path.exists() and not path.is_file():
        kind = "it is no regular file"  # opening a named pipe would wait for its other end
    if kind:
        return f"cannot be read: {kind}"
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except OSError:
        raise
    except Exception as error:  # a damaged header: whatever its parser makes of it
        pickled = "pickle" in str(error) or "Python objects" in str(error)
        words = str(error).partition("\n")[0] or type(error).__name__
        why = "it is none, or it holds pickled objects, which are refused" if pickled else words
        return f"is not a plain .npy array of numbers: {why}"
    if array.dtype.kind not in "iuf":
        return f"holds {array.dtype}, expected numbers"
    if array.dtype.kind == "f" and np.isnan(array).any():
        return "holds NaN; use the sparse form for missing edges"
    return array


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
