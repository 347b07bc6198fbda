"""Pickled lists of numbers and numpy arrays, read as data: nothing that a pickle names is run.

A pickle is a program for a small stack machine, and Python's own reader calls whatever the program
names. This reader knows the opcodes that numbers, texts and containers need, and five names of
numpy that it plays itself: an array is bytes, a shape and a number type. Everything else is
refused by name. Cost: one pass over the opcodes; memory in proportion to the file.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.errors import Fault, FormatError

__all__ = ["is_pickle", "read_pickled_numbers"]

_MARK = object()
_NUMBERS = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_CARRIES = {
    "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
}  # fmt: skip
"""Opcodes that push what they carry."""
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class _RefusedError(Exception):
    """The pickle asks for something that is no number; the message says what."""


@dataclass(slots=True)
class _Kind:
    """A number type of numpy, to be finished by the byte order that follows."""

    word: str
    order: str = "="

    def numpy(self) -> np.dtype[Any]:
        return np.dtype(self.order + self.word)


@dataclass(slots=True)
class _Blank:
    """An array that is to be filled; `places` are where the machine remembers it."""

    places: list[int]


@dataclass(frozen=True, slots=True)
class _Name:
    """One of the names that this reader plays."""

    play: Callable[..., Any] | None


def is_pickle(path: Path) -> bool:
    """Return whether a file begins as pickles of protocol 2 and later do."""
    try:
        with path.open("rb") as file:
            head = file.read(2)
    except OSError:
        return False
    return len(head) == 2 and head[0] == 0x80 and 2 <= head[1] <= 5


def read_pickled_numbers(path: Path) -> Any:
    """Return what a pickle holds: lists, tuples, dictionaries, texts, numbers and arrays of them.

    Numbers of numpy come back as Python's.

    Raises
    ------
    FormatError : no pickle, or one that names anything else; the name is given.
    """
    try:
        return _Machine().run(path.read_bytes())
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
    except _RefusedError as refused:
        rule = str(refused)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError):
        rule = "is no whole pickle of numbers, lists and arrays"
    raise FormatError(str(path), Fault("", rule)) from None


class _Machine:
    """The stack machine, with the few opcodes that data needs."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        """Return the object that a pickle describes."""
        for opcode, carried, _ in pickletools.genops(data):
            name = opcode.name
            if name == "STOP":
                (found,) = self.stack
                if isinstance(found, _Name | _Kind | _Blank):
                    raise _RefusedError("holds no data")
                return found
            if name in _CARRIES:
                self.stack.append(carried)
            elif name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name])
            elif name in _TUPLES:
                self._gather(_TUPLES[name])
            else:
                step = _STEPS.get(name)
                if step is None:
                    raise _RefusedError(f"uses {name}, which data does not need")
                step(self, carried)
        raise ValueError(data)

    def _gather(self, count: int) -> None:
        """Put the last few into a tuple."""
        cut = len(self.stack) - count
        if cut < 0:
            raise IndexError(count)
        self.stack[cut:] = [tuple(self.stack[cut:])]

    def _since_mark(self) -> list[Any]:
        """Take what lies above the last mark."""
        cut = len(self.stack) - 1
        while self.stack[cut] is not _MARK:
            cut -= 1
            if cut < 0:
                raise IndexError
        found = self.stack[cut + 1 :]
        del self.stack[cut:]
        return found

    def _nothing(self, _: Any) -> None:
        """Protocol and frame: the bytes are all here."""

    def _mark(self, _: Any) -> None:
        self.stack.append(_MARK)

    def _empty_list(self, _: Any) -> None:
        self.stack.append([])

    def _empty_dict(self, _: Any) -> None:
        self.stack.append({})

    def _tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._since_mark()))

    def _list(self, _: Any) -> None:
        self.stack.append(self._since_mark())

    def _append(self, _: Any) -> None:
        last = self.stack.pop()
        self._open(list).append(last)

    def _appends(self, _: Any) -> None:
        more = self._since_mark()
        self._open(list).extend(more)

    def _setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._open(dict)[key] = value

    def _setitems(self, _: Any) -> None:
        flat = self._since_mark()
        self._open(dict).update(zip(flat[::2], flat[1::2], strict=True))

    def _open(self, kind: type[Any]) -> Any:
        """Return the container on top of the stack."""
        if type(self.stack[-1]) is not kind:
            raise TypeError(kind)
        return self.stack[-1]

    def _remember(self, place: Any) -> None:
        spot = len(self.memo) if place is None else int(place)
        self.memo[spot] = self.stack[-1]
        if isinstance(self.stack[-1], _Blank):
            self.stack[-1].places.append(spot)

    def _recall(self, place: Any) -> None:
        self.stack.append(self.memo[int(place)])

    def _global(self, words: Any) -> None:
        module, _, name = words.partition(" ")
        self._named(module, name)

    def _stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self._named(module, name)

    def _named(self, module: Any, name: Any) -> None:
        """Push one of the names that are played."""
        found = _PLAYED.get((str(module).replace("numpy._core", "numpy.core"), name))
        if found is None:
            raise _RefusedError(
                f"names {module}.{name}; only numbers, lists and numpy arrays are read"
            )
        self.stack.append(found)

    def _reduce(self, _: Any) -> None:
        given, called = self.stack.pop(), self.stack.pop()
        if not isinstance(called, _Name) or called.play is None:
            raise _RefusedError("calls something that is no array or number")
        self.stack.append(called.play(*given))

    def _build(self, _: Any) -> None:
        state, built = self.stack.pop(), self.stack[-1]
        if isinstance(built, _Kind):
            order = {"<": "<", ">": ">", "|": "|", "=": "="}[state[1]]
            if any(part is not None for part in state[2:5]):
                raise _RefusedError("holds an array of records, which are no numbers")
            built.order = order
        elif isinstance(built, _Blank):
            _, shape, kind, by_columns, data = state
            array = _array(data, kind, shape, "F" if by_columns else "C")
            self.stack[-1] = array
            for spot in built.places:
                self.memo[spot] = array
        else:
            raise _RefusedError("gives a state to something that is no array")


_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": _Machine._nothing, "FRAME": _Machine._nothing, "MARK": _Machine._mark,
    "EMPTY_LIST": _Machine._empty_list, "EMPTY_DICT": _Machine._empty_dict,
    "TUPLE": _Machine._tuple, "LIST": _Machine._list,
    "APPEND": _Machine._append, "APPENDS": _Machine._appends,
    "SETITEM": _Machine._setitem, "SETITEMS": _Machine._setitems,
    "PUT": _Machine._remember, "BINPUT": _Machine._remember, "LONG_BINPUT": _Machine._remember,
    "MEMOIZE": _Machine._remember, "GET": _Machine._recall, "BINGET": _Machine._recall,
    "LONG_BINGET": _Machine._recall, "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global, "REDUCE": _Machine._reduce,
    "BUILD": _Machine._build,
}  # fmt: skip


def _kind(word: Any, *_: Any) -> _Kind:
    """Play ``numpy.dtype``."""
    if word not in _NUMBERS:
        raise _RefusedError(f"holds an array of {word!r}, which are no numbers")
    return _Kind(word)


def _array(data: Any, kind: Any, shape: Any, order: Any = "C") -> np.ndarray[Any, Any]:
    """Play ``_frombuffer`` and the state of an array: bytes, number type, shape, order."""
    if not isinstance(kind, _Kind) or not isinstance(data, bytes | bytearray):
        raise _RefusedError("holds an array that is no bytes with a number type")
    if order not in ("C", "F"):
        raise ValueError(order)
    return np.frombuffer(data, kind.numpy()).reshape(shape, order=order).copy()


def _scalar(kind: Any, data: Any) -> Any:
    """Play ``scalar``: one number."""
    (number,) = _array(data, kind, (1,)).tolist()
    return number


def _blank(*_: Any) -> _Blank:
    """Play ``_reconstruct``: the array is filled by what follows."""
    return _Blank([])


def _encoded(text: str, coding: str) -> bytes:
    """Play ``_codecs.encode``, by which old protocols write bytes."""
    if coding != "latin1":
        raise ValueError(coding)
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """Play ``bytes()``, which is how old protocols write none."""
    return b""


_PLAYED = {
    ("numpy", "dtype"): _Name(_kind),
    ("numpy", "ndarray"): _Name(None),
    ("numpy.core.multiarray", "_reconstruct"): _Name(_blank),
    ("numpy.core.multiarray", "scalar"): _Name(_scalar),
    ("numpy.core.numeric", "_frombuffer"): _Name(_array),
    ("_codecs", "encode"): _Name(_encoded),
    ("__builtin__", "bytes"): _Name(_no_bytes),
}
