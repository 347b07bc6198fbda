"""Base of every instance: a name, labels, free metadata, and a digest of the content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from functools import wraps
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.edges import EdgeValues
from eqsolve.core.errors import Fault, InstanceError, nearest_name
from eqsolve.core.result import Solution
from eqsolve.core.shown import fields_table

if TYPE_CHECKING:  # a default, so that `Instance` alone is an instance of any kind
    from typing_extensions import TypeVar

    S_co = TypeVar("S_co", bound=Solution, covariant=True, default=Any)
else:
    from typing import TypeVar

    S_co = TypeVar("S_co", bound=Solution, covariant=True)

__all__ = ["Instance", "once"]

I = TypeVar("I", bound="Instance[Any]")  # noqa: E741  # as methods call it
V = TypeVar("V")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def once(compute: Callable[[I], V]) -> Callable[[I], V]:
    """Let a method of frozen instances without arguments compute what it returns only once."""
    name = compute.__name__

    @wraps(compute)
    def known(instance: I) -> V:
        facts: dict[str, V] = instance._known
        if name not in facts:
            facts[name] = compute(instance)
        return facts[name]

    return known


class Instance(Generic[S_co]):
    """A market or game: frozen, complete, checked on construction, without solving methods.

    Each kind names its solution class, ``class Market(Instance["MarketSolution"])``: nothing
    reads it at run time, and type checkers know by it what ``eqsolve.solve`` returns.

    Subclasses are frozen slotted dataclasses with an ``__init__`` of their own that collects
    every fault and ends with `_settle`. Two instances are equal when their content is, whatever
    their names and labels.

    Attributes
    ----------
    kind : the word in instance files.
    axes : field -> the sides along its axes, for those that are plain numbers; the first with two
        sides is the matrix that a table of text holds.
    marks : fields that are pairs -> their sides.
    name : free text.
    labels : side -> names of its members, used in tables, pictures and messages.
    metadata : carried through untouched.
    """

    __slots__ = ("_known", "labels", "metadata", "name")

    kind: ClassVar[str]
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    marks: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    name: str
    labels: Mapping[str, tuple[str, ...]]
    metadata: Mapping[str, Any]
    _known: dict[str, Any]

    def __init_subclass__(cls) -> None:
        # ``slots=True`` makes the class anew, while the methods that ``frozen=True`` wrote call
        # ``super`` of the first one: a TypeError for names that are no fields. The two below
        # refuse every name.
        super().__init_subclass__()
        for method in ("__setattr__", "__delattr__"):
            if method in vars(cls):
                delattr(cls, method)

    if not TYPE_CHECKING:  # for type checkers a `__setattr__` would make every name a field

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name: str) -> NoReturn:
            raise FrozenInstanceError(f"cannot delete field {name!r}")

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield (field, array or scalar) for everything that defines the instance."""
        raise NotImplementedError

    def side_sizes(self) -> Mapping[str, int]:
        """Return side -> number of members, for labels (``{"buyers": n, ...}``)."""
        raise NotImplementedError

    @property
    @once
    def digest(self) -> str:
        """SHA-256 (hex) of kind and content; independent of file form, names and labels."""
        return content_digest(self.kind, self.content())

    @property
    def asks_models(self) -> bool:
        """Whether solving it asks models elsewhere, whose answers are worth keeping."""
        return False

    def label(self, side: str, index: int) -> str:
        """Return the label of a member, or e.g. ``"buyer 3"`` where there is none."""
        names = self.labels.get(side)
        return names[index] if names else f"{side.removesuffix('s')} {index}"

    def described(self) -> dict[str, Any]:
        """Return name, labels and metadata as files hold them; what is empty is left out."""
        labels = {side: list(names) for side, names in self.labels.items()}
        told = {"name": self.name, "labels": labels, "metadata": dict(self.metadata)}
        return {key: value for key, value in told.items() if value}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{size} {side}" for side, size in self.side_sizes().items())
        name = f" {self.name!r}" if self.name else ""
        return f"<{type(self).__name__}{name}: {sizes}>"

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: sizes, names and fields with their first entries.

        ``eqsolve.view`` shows what the kind says of the instance, and its result.
        """
        table = fields_table(repr(self).strip("<>"), chain(self.labels.items(), self._told()))
        return table._repr_html_()

    def _told(self) -> Iterator[tuple[str, object]]:
        """Yield the content, with the parts themselves that it has the digests of."""
        for name, value in self.content():
            part = getattr(self, name, None)
            named = isinstance(value, str) and getattr(part, "digest", None) == value
            yield name, part if named else value

    def _settle(
        self,
        faults: list[Fault],
        name: object,
        labels: object,
        metadata: object,
        **fields: object,
    ) -> None:
        """Store checked fields, or raise `InstanceError` with every fault."""
        if not faults:
            for key, value in fields.items():
                object.__setattr__(self, key, value)
        object.__setattr__(self, "_known", {})
        object.__setattr__(self, "name", name)
        sizes = None if faults else self.side_sizes()
        for key, given in (("labels", labels), ("metadata", metadata)):
            if given is not None and not isinstance(given, Mapping):
                faults.append(Fault(key, "must be an object", value=given))
        if isinstance(metadata, Mapping) or metadata is None:
            own = MappingProxyType(_own(metadata)) if metadata else _NOTHING
            object.__setattr__(self, "metadata", own)
        if isinstance(labels, Mapping) or labels is None:
            object.__setattr__(self, "labels", _checked_labels(labels or {}, sizes, faults))
        if not isinstance(name, str):
            faults.append(Fault("name", "must be text", value=name))
        if faults:
            named = labels if isinstance(labels, Mapping) else {}
            raise InstanceError([self._with_names(fault, named) for fault in _causes(faults)])

    def _with_names(self, fault: Fault, labels: Mapping[str, Any]) -> Fault:
        """Return a fault of a number with the names of those whose number it is."""
        sides = self.axes.get(fault.field, ())
        if not sides or len(fault.index) != len(sides):
            return fault
        try:
            found = [labels[side][place] for side, place in zip(sides, fault.index, strict=True)]
        except (KeyError, IndexError, TypeError):
            return fault
        return replace(fault, names=tuple(map(str, found)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Not __getstate__: frozen slotted dataclasses get one of their own, which knows no labels.
        state: dict[str, Any] = {}
        for owner in type(self).__mro__:
            for slot in getattr(owner, "__slots__", ()):
                if hasattr(self, slot):
                    state[slot] = getattr(self, slot)
        state["metadata"] = dict(state["metadata"])
        state["labels"] = dict(state["labels"])
        return _restored, (type(self), state)


def _causes(faults: list[Fault]) -> list[Fault]:
    """Return faults without those that follow from others.

    Where the names of two fields differ, neither has a size that could be wrong as well; and what
    is read of a field that is not understood is noise.
    """
    explained = {(field, fault.field == field) for fault in faults for field in fault.explains}
    return [
        fault
        for fault in faults
        if fault.explains
        or (
            ((fault.field, True) not in explained)
            and ((fault.field, False) not in explained or fault.index)
        )
    ]


def _restored(kind: type[Instance], state: dict[str, Any]) -> Instance:
    """Return an unpickled or copied instance, as frozen as it was."""
    instance = kind.__new__(kind)
    for slot, value in state.items():
        _freeze(value)
        frozen = MappingProxyType(value) if slot in ("metadata", "labels") else value
        object.__setattr__(instance, slot, frozen)
    return instance


def _freeze(value: object) -> None:
    """Switch writing off in an array, and in those that a record holds: pickles forget it."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif is_dataclass(value):
        for part in fields(value):
            _freeze(getattr(value, part.name))
    elif isinstance(value, tuple):
        for entry in value:
            _freeze(entry)


def _own(value: Any) -> Any:
    """Return free data as a copy of its own, however deep; what cannot be copied is kept."""
    if isinstance(value, Mapping):
        return {key: _own(entry) for key, entry in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_own, value))
    try:
        return deepcopy(value)
    except TypeError:
        return value


def _checked_labels(
    labels: Mapping[str, Iterable[str]], sizes: Mapping[str, int] | None, faults: list[Fault]
) -> Mapping[str, tuple[str, ...]]:
    """Return labels as tuples; add faults for unknown sides, wrong lengths and non-text."""
    if not labels:
        return _NOTHING
    checked = {}
    for side, names in labels.items():
        if not isinstance(names, list | tuple):
            faults.append(Fault("labels", "must be a list of names", index=(side,)))
            continue
        checked[side] = tuple(names)
        for position, text in enumerate(names):
            if not isinstance(text, str):
                faults.append(Fault("labels", "must be text", (side, position), text))
        if sizes is None:
            continue
        if side not in sizes:
            hint = nearest_name(side, sizes)
            faults.append(Fault("labels", f"no such side; {hint}", index=(side,)))
        elif len(checked[side]) != sizes[side]:
            rule = f"has {len(checked[side])} names, expected {sizes[side]}"
            faults.append(Fault("labels", rule, index=(side,)))
    return MappingProxyType(checked)


def content_digest(kind: str, content: Iterable[tuple[str, object]]) -> str:
    """Return the SHA-256 of a kind and its fields, whatever form they were given in."""
    state = hashlib.sha256(f"eqsolve:1:{kind}".encode())
    for field, value in content:
        state.update(f"|{field}:".encode())
        if isinstance(value, EdgeValues):
            state.update(repr(value.shape).encode())
            # A complete graph is told apart by its number of entries: no column lists needed.
            complete = value.n_edges == value.n_rows * value.n_columns
            for part in (value.dense(),) if complete else value.csr():
                _update(state, part)
        elif isinstance(value, np.ndarray):
            _update(state, value)
        else:
            state.update(repr(value).encode())
    return state.hexdigest()


def _update(state: Any, array: NumberArray) -> None:
    """Feed an array: type, shape and little-endian bytes."""
    letter = "i8" if array.dtype.kind == "i" else "f8"
    state.update(f"{letter}{array.shape}".encode())
    state.update(np.ascontiguousarray(array, dtype="<" + letter).data)
