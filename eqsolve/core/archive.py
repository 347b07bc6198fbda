"""`Archive`: named plain arrays that lie in one ``.npz`` file beside a JSON document.

No pickles: archives are read with ``allow_pickle=False``, hold numbers only, lie inside the folder
of the document that names them, and have the SHA-256 that it gives.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import read_only
from eqsolve.core.errors import Fault, InstanceError

__all__ = ["Archive"]

_LARGEST = 1 << 31
"""Bytes of an archive at most, unpacked."""


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """Arrays by name.

    Parameters
    ----------
    arrays : of numbers; floats are finite.

    Examples
    --------
    >>> archive = Archive({"prices": np.array([1.5, 2.0])})
    >>> again = Archive.from_bytes(archive.to_bytes(), "menu.npz")
    >>> again.arrays["prices"].tolist(), again.digest == archive.digest
    ([1.5, 2.0], True)
    """

    arrays: Mapping[str, npt.NDArray[Any]]

    def __post_init__(self) -> None:
        own = {name: read_only(np.asarray(array)) for name, array in self.arrays.items()}
        object.__setattr__(self, "arrays", own)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Archive) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def to_bytes(self) -> bytes:
        """Return the ``.npz`` file; equal arrays give equal bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            for name, array in sorted(self.arrays.items()):
                with file.open(zipfile.ZipInfo(f"{name}.npy"), "w") as entry:
                    np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
        return buffer.getvalue()

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the file."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_lists(self) -> dict[str, Any]:
        """Return the arrays as nested lists, where there is no file to put them."""
        return {"arrays": {name: array.tolist() for name, array in sorted(self.arrays.items())}}

    @classmethod
    def from_lists(cls, document: object, field: str) -> Archive:
        """Return the archive written by `to_lists`.

        Raises
        ------
        InstanceError : no object of lists of numbers.
        """
        lists = document.get("arrays") if isinstance(document, Mapping) else None
        if not isinstance(lists, Mapping):
            raise InstanceError(Fault(field, "must be an object with file or arrays"))
        arrays = {}
        for name, value in lists.items():
            try:
                arrays[str(name)] = np.asarray(value)
            except ValueError:
                raise InstanceError(Fault(field, "has rows of several lengths", (name,))) from None
        return cls(_checked(arrays, field))

    @classmethod
    def from_bytes(cls, data: bytes, field: str) -> Archive:
        """Return the archive of a ``.npz`` file's bytes.

        Raises
        ------
        InstanceError : no such file, or it holds something else than numbers.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                unpacked = sum(entry.file_size for entry in file.infolist())
            if unpacked > _LARGEST:
                raise ValueError(f"{unpacked} bytes unpacked")
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except Exception as error:  # whatever a damaged file makes its readers raise
            pickled = "pickle" in str(error).lower() or "object" in str(error).lower()
            why = "it holds Python objects, which are refused" if pickled else str(error)
            rule = f"is not a plain .npz archive of numbers: {why.partition(chr(10))[0]}"
            raise InstanceError(Fault(field, rule)) from None
        return cls(_checked(arrays, field))

    @classmethod
    def from_file(cls, reference: Mapping[str, Any], field: str, folder: Path | None) -> Archive:
        """Return the archive that ``{"file": NAME, "sha256": DIGEST}`` refers to.

        Parameters
        ----------
        reference : see above; the digest may be absent.
        field : how faults call it.
        folder : the archive must lie in it; None: there is none.

        Raises
        ------
        InstanceError : a name outside the folder, a file that cannot be read, another digest.
        """
        name = reference.get("file")
        if folder is None:
            raise InstanceError(Fault(field, "a file reference needs a file beside it", value=name))
        if not isinstance(name, str) or not name.endswith(".npz") or "\0" in name:
            raise InstanceError(Fault(field, "must name a .npz file", value=name))
        try:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder.resolve()):
                rule = "must stay inside the folder of the file that names it"
                raise InstanceError(Fault(field, rule, value=name))
            if not path.is_file():
                raise InstanceError(Fault(field, "there is no such file", value=name))
            data = path.read_bytes()
        except (OSError, RuntimeError) as error:
            rule = f"cannot be read: {error}"
            raise InstanceError(Fault(field, rule, value=name)) from None
        wanted = reference.get("sha256")
        if wanted is not None and wanted != hashlib.sha256(data).hexdigest():
            raise InstanceError(
                Fault(field, "the file has another SHA-256 than is said", value=name)
            )
        return cls.from_bytes(data, field)


def _checked(arrays: dict[str, npt.NDArray[Any]], field: str) -> dict[str, npt.NDArray[Any]]:
    """Return arrays if they hold finite numbers only.

    Raises
    ------
    InstanceError : a fault for each that does not.
    """
    faults = []
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            faults.append(Fault(field, f"holds {array.dtype}, expected numbers", (name,)))
        elif array.dtype.kind == "f" and not np.isfinite(array).all():
            faults.append(Fault(field, "holds numbers that are not finite", (name,)))
    if faults:
        raise InstanceError(faults)
    return arrays
