"""Declarations of file fields: from them come reading, unknown-name hints and JSON Schema.

Numbers are not checked here: every rule about values lives in the instance class, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eqsolve.core.errors import Fault, nearest_name

__all__ = ["Field", "array_schema", "check_names", "take_object"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an instance or solution file.

    Parameters
    ----------
    name : as it stands in the file.
    schema : its JSON Schema; see `array_schema`.
    required : whether it must be there.
    """

    name: str
    schema: Mapping[str, Any]
    required: bool = False


def array_schema(
    description: str,
    depth: int,
    *,
    null: bool = False,
    integer: bool = False,
    minimum: float | None = 0,
) -> dict[str, Any]:
    """Return the JSON Schema of nested lists of numbers, or of a reference to a ``.npy`` file.

    Parameters
    ----------
    description : meaning, axes and units.
    depth : number of nested lists.
    null : whether an entry may be null.
    integer, minimum : restrictions on the numbers.
    """
    name = "integer" if integer else "number"
    entry: dict[str, Any] = {"type": [name, "null"] if null else name}
    if minimum is not None:
        entry["minimum"] = minimum
    for _ in range(depth):
        entry = {"type": "array", "items": entry}
    return {"description": description, "anyOf": [entry, {"$ref": "#/$defs/file"}]}


def check_names(
    mapping: Mapping[str, Any], valid: Mapping[str, bool], field: str, faults: list[Fault]
) -> None:
    """Add a fault for each unknown key and each missing required one.

    Parameters
    ----------
    mapping : the object read from the file.
    valid : name -> whether it is required.
    field : the object's own name, empty for the whole file.
    faults : faults are appended here.
    """
    faults.extend(
        _named(field, key, f"unknown field; {nearest_name(key, valid)}")
        for key in mapping
        if key not in valid
    )
    faults.extend(
        _named(field, key, "required field is missing")
        for key, required in valid.items()
        if required and key not in mapping
    )


def take_object(
    fields: Mapping[str, Any], field: str, valid: Mapping[str, bool], faults: list[Fault]
) -> Mapping[str, Any] | None:
    """Return the object at ``fields[field]`` with its names checked, or None after a fault."""
    value = fields[field]
    if not isinstance(value, Mapping):
        faults.append(Fault(field, f"must be an object with {', '.join(valid)}", value=value))
        return None
    before = len(faults)
    check_names(value, valid, field, faults)
    return value if len(faults) == before else None


def _named(field: str, key: str, rule: str) -> Fault:
    """Return a fault at `key`, inside `field` when that is given."""
    return Fault(field, rule, index=(key,)) if field else Fault(key, rule)
