"""Certificates: data with a stated meaning that a verifier can check by itself.

Each kind writes its inequality in its docstring. A family's ``verify`` module rechecks what
it can of them, and says what it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Protocol

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import Fault, InstanceError, nearest_name
from eqsolve.core.schema import array_schema, has_form
from eqsolve.core.shown import Shown

__all__ = [
    "BoundCertificate",
    "Certificate",
    "CycleCertificate",
    "DeviationCertificate",
    "DualCertificate",
    "ExhaustionCertificate",
    "certificate_from_dict",
]


class Certificate(Protocol):
    """Anything with a `kind` that can be written to a solution file."""

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; its ``"kind"`` tells which class reads it back."""
        ...


class _Record(Shown):
    """Reading and writing shared by the certificate dataclasses."""

    __slots__ = ()

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        names = [entry.name for entry in fields(self)]  # type: ignore[arg-type]  # of subclasses
        return {"kind": self.kind, **{name: _plain(getattr(self, name)) for name in names}}


@dataclass(frozen=True, slots=True, repr=False)
class DualCertificate(_Record):
    """A feasible dual solution that closes the gap.

    ``sum(row_duals) + sum(column_duals) >= objective of any solution``, because
    ``row_duals[i] + column_duals[j] >= w[i, j]`` for every edge; equality with the claimed
    objective proves it optimal (BIP-5).
    """

    kind: ClassVar[str] = "dual"
    row_duals: NumberArray
    column_duals: NumberArray


@dataclass(frozen=True, slots=True, repr=False)
class BoundCertificate(_Record):
    """A bound on the objective: ``objective of any solution <= bound`` (or >= when minimizing).

    Parameters
    ----------
    bound : the bound.
    source : ``"certified"`` (a verifier recomputes it from `data`), ``"exhaustive"`` (our own
        search, with its counts in `data`) or ``"backend"`` (a foreign solver's word).
    argument : why it holds, one sentence.
    data : numbers that the verifier or a reader needs.
    """

    kind: ClassVar[str] = "bound"
    bound: float
    source: str
    argument: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class ExhaustionCertificate(_Record):
    """Everything was looked at.

    Parameters
    ----------
    scanned : what was enumerated (``"supports"``, ``"profiles"``, ``"order sets"``).
    rule : the theorem or argument by which nothing else needs a look.
    counts : how many candidates there are, were visited and were pruned, and by which rule.
    data : what a verifier needs to recheck, for instance a proof for each branch.
    """

    kind: ClassVar[str] = "exhaustion"
    scanned: str
    rule: str
    counts: dict[str, int] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class DeviationCertificate(_Record):
    """Not an equilibrium: `agent` gains `gain` > 0 by switching to `action`."""

    kind: ClassVar[str] = "deviation"
    agent: int
    action: int
    gain: float


@dataclass(frozen=True, slots=True, repr=False)
class CycleCertificate(_Record):
    """A closed improvement path: each of `states` follows from the one before by a gain."""

    kind: ClassVar[str] = "cycle"
    states: tuple[tuple[int, ...], ...]


_KINDS: dict[str, type[Any]] = {
    kind.kind: kind
    for kind in (
        DualCertificate,
        BoundCertificate,
        ExhaustionCertificate,
        DeviationCertificate,
        CycleCertificate,
    )
}


_FORMS: dict[str, Mapping[str, Any]] = {
    "row_duals": array_schema("numbers", 1),
    "column_duals": array_schema("numbers", 1),
    "bound": {"type": "number"},
    "source": {"type": "string"},
    "argument": {"type": "string"},
    "scanned": {"type": "string"},
    "rule": {"type": "string"},
    "counts": {"type": "object"},
    "data": {"type": "object"},
    "agent": {"type": "integer"},
    "action": {"type": "integer"},
    "gain": {"type": "number"},
    "states": array_schema("profiles", 2, integer=True),
}
"""Field of a certificate -> its form in a file; `data` is up to the family."""


def certificate_from_dict(
    document: Any, data_forms: Mapping[str, Mapping[str, Any]] | None = None
) -> Certificate:
    """Return the certificate written by `to_dict`.

    Parameters
    ----------
    document : the JSON form.
    data_forms : JSON Schema of the entries of ``data`` that the family's verifier reads.

    Raises
    ------
    InstanceError : the kind or a field is unknown, missing or not of its type.

    Examples
    --------
    >>> bound = BoundCertificate(3.0, "certified", "sum of the row maxima")
    >>> certificate_from_dict(bound.to_dict()) == bound
    True
    """
    if not isinstance(document, Mapping):
        raise InstanceError(Fault("certificate", "must be an object or null", value=document))
    content = dict(document)
    name = str(content.pop("kind", ""))
    if name not in _KINDS:
        rule = f"unknown kind of certificate; {nearest_name(name, _KINDS)}"
        raise InstanceError(Fault("certificate", rule, index=("kind",), value=name))
    kind = _KINDS[name]
    names = [entry.name for entry in fields(kind)]
    unknown = [key for key in content if key not in names]
    if unknown:
        rule = f"unknown field {unknown[0]!r}; {nearest_name(unknown[0], names)}"
        raise InstanceError(Fault("certificate", rule))
    wrong = [
        Fault("certificate", _expected(form), index=place, value=parts[place[-1]])
        for parts, forms, path in (
            (content, _FORMS, ()),
            (content.get("data"), data_forms or {}, ("data",)),
        )
        if isinstance(parts, Mapping)
        for place, form in ((((*path, key)), form) for key, form in forms.items() if key in parts)
        if not has_form(parts[place[-1]], form)
    ]
    if wrong:
        raise InstanceError(wrong)
    if kind is DualCertificate:
        content = {key: np.array(value) for key, value in content.items()}
    if kind is CycleCertificate:
        content = {"states": tuple(tuple(state) for state in content.get("states", ()))}
    try:
        certificate: Certificate = kind(**content)
    except TypeError as error:
        raise InstanceError(Fault("certificate", str(error))) from None
    return certificate


def _expected(form: Mapping[str, Any]) -> str:
    """Return the rule that a form states, in words."""
    depth = 0
    while "anyOf" in form or "items" in form:
        if "anyOf" in form:
            form = form["anyOf"][0]
        else:
            depth, form = depth + 1, form["items"]
    word = form["type"] if isinstance(form["type"], str) else " or ".join(form["type"])
    return f"must be {'a list of ' + 'lists of ' * (depth - 1) if depth else 'of type '}{word}" + (
        "s" if depth else ""
    )


def _plain(value: Any) -> Any:
    """Return arrays (whatever knows `tolist`) and tuples as lists, also inside of others."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return value
