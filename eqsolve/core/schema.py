"""Declarations of file fields: from them come reading, unknown-name hints and JSON Schema.

Numbers are not checked here: every rule about values lives in the instance class, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eqsolve.core.archive import Archive
from eqsolve.core.errors import Fault, InstanceError, nearest_name

__all__ = [
    "Field", "Forms", "array_schema", "check_names", "forms_by_name", "forms_of_entries",
    "has_form", "require_forms", "take_object", "takes_null",
]  # fmt: skip

Forms = Sequence[Mapping[str, Any]]
"""JSON Schemas of which a value has one."""


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


def takes_null(schema: Mapping[str, Any]) -> bool:
    """Return whether null is a value of a field of its own, and not one that is left out.

    Examples
    --------
    >>> takes_null({"type": ["integer", "null"]}), takes_null({"type": "integer"})
    (True, False)
    """
    return "null" in schema.get("type", ()) or any(map(takes_null, schema.get("anyOf", ())))


def forms_of_entries(forms: Forms) -> Forms:
    """Return the schemas that entries of a list may have."""
    return [form["items"] for form in _alternatives(forms) if "items" in form]


def forms_by_name(forms: Forms) -> Mapping[str, Forms]:
    """Return name -> the schemas that an entry of an object may have, empty for free objects.

    Examples
    --------
    >>> forms = [{"anyOf": [{"properties": {"lo": {"type": "number"}}}, {"type": "number"}]}]
    >>> forms_by_name(forms)
    {'lo': [{'type': 'number'}]}
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for form in _alternatives(forms):
        for name, inner in form.get("properties", {}).items():
            found.setdefault(name, []).append(inner)
    return found


def _alternatives(forms: Forms) -> list[Mapping[str, Any]]:
    """Return schemas with those that ``anyOf`` stands for in its place."""
    return [
        part
        for form in forms
        for part in (_alternatives(form["anyOf"]) if "anyOf" in form else [form])
    ]


_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (Mapping, Archive),
    "string": (str,),
}


def has_form(value: Any, schema: Mapping[str, Any]) -> bool:
    """Return whether a value has the types that a field's JSON Schema asks for, at every depth.

    Ranges, lengths and names are not looked at: they decide whether a claim is right, not whether
    it can be read. Integers must fit into 64 bits, as everywhere.

    Examples
    --------
    >>> schema = array_schema("prices", depth=1)
    >>> has_form([1, -5], schema), has_form([[1]], schema), has_form(["1"], schema)
    (True, False, False)
    """
    if "anyOf" in schema:
        return any(has_form(value, part) for part in schema["anyOf"] if "$ref" not in part)
    if "type" not in schema:
        return True
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if isinstance(value, bool) and "boolean" not in names:
        return False
    if not any(isinstance(value, _TYPES[name]) for name in names):
        return False
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return False
    if isinstance(value, list) and "items" in schema:
        return all(has_form(entry, schema["items"]) for entry in value)
    if isinstance(value, Mapping):
        parts = schema.get("properties", {})
        return all(has_form(value[key], parts[key]) for key in parts if key in value)
    return True


def require_forms(document: Mapping[str, Any], fields: Iterable[Field]) -> None:
    """Refuse a document unless each field has its form; optional ones may be null or missing.

    Raises
    ------
    InstanceError : with a fault for each field of another form.
    """
    faults = [
        Fault(
            field.name,
            f"does not have its form: {field.schema.get('description', 'has another form')}",
        )
        for field in fields
        if (field.required or document.get(field.name) is not None)
        and not has_form(document.get(field.name), field.schema)
    ]
    if faults:
        raise InstanceError(faults)


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
