"""Mechanisms in files of their own: JSON, large arrays in one ``.npz`` beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eqsolve.core.archive import Archive
from eqsolve.core.errors import Fault, FormatError, InstanceError, OptionError
from eqsolve.families.auction_design.solution.documents import mechanism_document, read_mechanism
from eqsolve.families.auction_design.solution.mechanism import (
    Mechanism,
    PolicyMechanism,
    SequentialMechanism,
)

__all__ = ["load_mechanism", "save_mechanism"]


def save_mechanism(mechanism: Mechanism, path: str | Path) -> None:
    """Write a mechanism as JSON; a large menu or network goes into a ``.npz`` beside it.

    Raises
    ------
    OptionError : the name does not end with ``.json``.
    OSError : the file cannot be written.

    Notes
    -----
    Plain arrays, no pickles; reading and playing need numpy only. Cost O(size).

    Examples
    --------
    >>> import tempfile
    >>> from eqsolve import AuctionDesign, solve
    >>> types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    >>> design = AuctionDesign(1, [{"types": types}])
    >>> mechanism = solve(design, method="lp").solution.mechanism
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_mechanism(mechanism, f"{folder}/menu.json")
    ...     again = load_mechanism(f"{folder}/menu.json")
    >>> again.menus[0].prices.tolist() == mechanism.menus[0].prices.tolist()
    True
    """
    target = Path(path)
    if target.suffix != ".json":
        raise OptionError(f"{path}: a mechanism is written to a .json file")
    n = (
        len(mechanism.order)
        if isinstance(mechanism, SequentialMechanism | PolicyMechanism)
        else mechanism.n_bidders
    )
    document = {
        "eqsolve": 1,
        "n_items": mechanism.n_items,
        "n_bidders": n,
        "mechanism": mechanism_document(mechanism),
    }
    count = 0

    def put(value: Any) -> Any:
        """Write archives beside the file."""
        nonlocal count
        if isinstance(value, Archive):
            name = f"{target.stem}.{count}.npz"
            count += 1
            (target.parent / name).write_bytes(value.to_bytes())
            return {"file": name, "sha256": value.digest}
        if isinstance(value, Mapping):
            return {key: put(part) for key, part in value.items()}
        return [put(part) for part in value] if isinstance(value, list) else value

    target.write_text(json.dumps(put(document)) + "\n")


def load_mechanism(path: str | Path) -> Mechanism:
    """Return the mechanism of a file written by `save_mechanism`.

    Raises
    ------
    FormatError : names the file, the field and the rule: an archive outside the folder, with
        Python objects, or with another digest; an unknown class; numbers that do not fit.

    Notes
    -----
    Cost O(size).
    """
    source = Path(path)
    try:
        document = json.loads(source.read_text())
    except (OSError, ValueError) as error:
        raise FormatError(str(path), Fault("", f"cannot be read as JSON: {error}")) from None
    names = {"eqsolve", "n_items", "n_bidders", "mechanism"}
    if not isinstance(document, dict) or set(document) != names:
        raise FormatError(
            str(path), Fault("", f"must be an object with {', '.join(sorted(names))}")
        )

    def take(value: Any, place: str) -> Any:
        """Read the archives beside the file."""
        if isinstance(value, dict) and "file" in value and set(value) <= {"file", "sha256"}:
            return Archive.from_file(value, place, source.parent)
        if isinstance(value, dict):
            return {key: take(part, f"{place}.{key}") for key, part in value.items()}
        return [take(part, place) for part in value] if isinstance(value, list) else value

    try:
        sizes = document["n_items"], document["n_bidders"]
        if any(isinstance(k, bool) or not isinstance(k, int) or k < 0 for k in sizes):
            raise InstanceError(Fault("n_items", "sizes must be whole numbers >= 0"))
        return read_mechanism(take(document["mechanism"], "mechanism"), *sizes)
    except InstanceError as error:
        raise FormatError(str(path), error.faults) from None
