"""JSON text to Python objects, refusing what JSON libraries let pass silently.

msgspec reads fast and keeps integers of any size, but lets the last of two equal keys win; NaN
and numbers out of range are refused. Faults carry line and column.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from eqsolve.core.errors import Fault, FormatError

__all__ = ["decode"]

_DIGITS = bytes(b"1 "[chr(code) not in "0123456789"] for code in range(256))
"""Turns each digit into 1 and all else into blanks."""

_LARGE = 2**23
"""Bytes from which on a value is decoded part by part: less takes the decoder no moment."""

_MANY_DIGITS = b"1" * 309
"""What every integer beyond floats holds, and hardly any other text: one memory scan finds it."""


def decode(data: bytes, source: str) -> Any:
    """Return the value of a JSON text.

    Parameters
    ----------
    data : UTF-8 text.
    source : how messages call it.

    Raises
    ------
    FormatError : not JSON, NaN or infinity, a number out of range, or a key given twice.

    Examples
    --------
    >>> decode(b'{"a": 1, "a": 2}', "x.json")
    Traceback (most recent call last):
    eqsolve.core.errors.FormatError: x.json: a: the key stands twice in one object (line 1)
    """
    import msgspec

    try:
        value = _by_pieces(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(source, _syntax_fault(data, error)) from None
    if _MANY_DIGITS in data.translate(_DIGITS):
        fault = _beyond_floats(data.decode("utf-8"))
        if fault is not None:
            raise FormatError(source, fault)
    repeated = _repeated_keys(data)
    if repeated:
        raise FormatError(source, repeated)
    return value


def _by_pieces(data: Any) -> Any:
    """Return the value of a JSON text; a large one is decoded part by part.

    One call of the decoder cannot be interrupted, and a matrix of hundreds of megabytes takes it
    seconds; between two rows Ctrl-C is heard.
    """
    import msgspec

    first = bytes(data[:1]) if memoryview(data).nbytes > _LARGE else b""
    if first == b"{":
        parts = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        return {key: _by_pieces(memoryview(part)) for key, part in parts.items()}
    if first == b"[" and bytes(data[1:64]).lstrip()[:1] in (b"[", b"{"):
        rows = msgspec.json.decode(data, type=list[msgspec.Raw])
        return [_by_pieces(memoryview(row)) for row in rows]
    return msgspec.json.decode(data)


def _syntax_fault(data: bytes, error: Exception) -> Fault:
    """Return a fault with line and column, which the fast decoder does not give."""
    if not data.strip():
        return Fault("", "the file is empty")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        return Fault("", f"line {line}: not UTF-8 text")
    outside = re.compile(r'"(?:[^"\\]|\\.)*"|(-?\b(?:NaN|Infinity)\b)')
    for match in outside.finditer(text):
        if match.group(1):
            return Fault("", f"{_place(text, match.start())}: {match.group(1)} is not allowed")
    try:
        json.loads(text)
    except json.JSONDecodeError as bad:
        return Fault("", f"{_place(text, bad.pos)}: not JSON, {bad.msg}")
    except RecursionError:
        return Fault("", "nested too deeply")
    except ValueError:
        pass  # an integer of more digits than Python reads, found below
    return _beyond_floats(text) or Fault("", str(error))


def _beyond_floats(text: str) -> Fault | None:
    """Return a fault for the first number that no float can come near, None where all can."""
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)', text):
        if match.group(1) and math.isinf(float(match.group(1))):
            number = match.group(1)
            shown = number if len(number) <= 60 else f"{number[:57]}..."
            return Fault("", f"{_place(text, match.start())}: {shown} is beyond the largest float")
    return None


def _place(text: str, position: int) -> str:
    """Return line and column, from 1."""
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"


def _repeated_keys(data: bytes) -> list[Fault]:
    """Return a fault for every key that stands twice in one object of valid JSON text.

    Jumps from string to string, so that long runs of numbers cost only a memory scan.
    """
    faults: list[Fault] = []
    open_objects: list[set[bytes]] = []
    position = 0
    while True:
        begin = data.find(b'"', position)
        for brace in _braces(data, position, begin if begin >= 0 else len(data)):
            if brace == b"{":
                open_objects.append(set())
            else:
                open_objects.pop()
        if begin < 0:
            return faults
        end = _string_end(data, begin)
        position = end + 1
        if open_objects and data[position : position + 40].lstrip()[:1] == b":":
            key = data[begin + 1 : end]
            if b"\\" in key:
                key = json.loads(data[begin : end + 1]).encode()
            if key in open_objects[-1]:
                line = data.count(b"\n", 0, begin) + 1
                name = key.decode("utf-8", "replace")
                faults.append(Fault(name, f"the key stands twice in one object (line {line})"))
            open_objects[-1].add(key)


def _string_end(data: bytes, begin: int) -> int:
    """Return the position of the quote that closes the string opened at `begin`."""
    end = data.find(b'"', begin + 1)
    while True:
        slashes = end - 1
        while data[slashes] == 0x5C:
            slashes -= 1
        if (end - 1 - slashes) % 2 == 0:
            return end
        end = data.find(b'"', end + 1)


def _braces(data: bytes, begin: int, end: int) -> Iterator[bytes]:
    """Yield the braces of a stretch without strings, in order."""
    opening, closing = data.find(b"{", begin, end), data.find(b"}", begin, end)
    while opening >= 0 or closing >= 0:
        if closing < 0 or 0 <= opening < closing:
            yield b"{"
            opening = data.find(b"{", opening + 1, end)
        else:
            yield b"}"
            closing = data.find(b"}", closing + 1, end)
