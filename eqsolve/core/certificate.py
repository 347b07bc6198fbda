"""Certificates: data with a stated meaning that a verifier can check by itself.

Each kind writes its inequality in its docstring. A family's ``verify`` module rechecks what
it can of them, and says what it cannot.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Protocol

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import Fault, InstanceError, nearest_name

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


class _Record:
    """Reading and writing shared by the certificate dataclasses."""

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        content = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        return {"kind": self.kind, **{key: _plain(value) for key, value in content.items()}}


@dataclass(frozen=True, slots=True)
class DualCertificate(_Record):
    """A feasible dual solution that closes the gap.

    ``sum(row_duals) + sum(column_duals) >= objective of any solution``, because
    ``row_duals[i] + column_duals[j] >= w[i, j]`` for every edge; equality with the claimed
    objective proves it optimal (BIP-5).
    """

    kind: ClassVar[str] = "dual"
    row_duals: NumberArray
    column_duals: NumberArray


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class DeviationCertificate(_Record):
    """Not an equilibrium: `agent` gains `gain` > 0 by switching to `action`."""

    kind: ClassVar[str] = "deviation"
    agent: int
    action: int
    gain: float


@dataclass(frozen=True, slots=True)
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


def certificate_from_dict(document: dict[str, Any]) -> Certificate:
    """Return the certificate written by `to_dict`.

    Raises
    ------
    InstanceError : the kind or a field is unknown or missing.

    Examples
    --------
    >>> bound = BoundCertificate(3.0, "certified", "sum of the row maxima")
    >>> certificate_from_dict(bound.to_dict()) == bound
    True
    """
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
    if kind is DualCertificate:
        content = {key: np.array(value) for key, value in content.items()}
    if kind is CycleCertificate:
        content = {"states": tuple(tuple(state) for state in content.get("states", ()))}
    try:
        certificate: Certificate = kind(**content)
    except TypeError as error:
        raise InstanceError(Fault("certificate", str(error))) from None
    return certificate


def _plain(value: Any) -> Any:
    """Return arrays and tuples as lists."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
