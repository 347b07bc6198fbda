"""JSON text to Python objects, refusing what JSON libraries let pass silently.

msgspec reads fast and keeps integers of any size, but lets the last of two equal keys win; NaN
and numbers out of range are refused, and so are decimals that the nearest float does not give
back (see `core.digits`). A byte-order mark is skipped. Faults carry line and column.
"""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import Any

from eqsolve.core.digits import LOST, keeps_digits
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.text import binary_form

__all__ = ["decode"]

_DIGITS = bytes(b"1 "[chr(code) not in "0123456789"] for code in range(256))
"""Turns each digit into 1 and all else into blanks."""

_PLACES = bytes(b"1 "[chr(code) not in "0123456789."] for code in range(256))
"""Turns each digit and point into 1 and all else into blanks."""

_MANY_PLACES = b"1" * 17
_LONG = re.compile(rb"[0-9.]{17,}(?:[eE][+-]?[0-9]+)?")
_TINY = re.compile(rb"[eE]-0*[3-9][0-9]{2}")
_BLOCK = 1 << 14
_NUMBERS = re.compile(r'"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')
_IS_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?").fullmatch

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
    FormatError : not JSON, NaN or infinity, a number that cannot be held, or a key given twice.

    Examples
    --------
    >>> decode(b'{"a": 1, "a": 2}', "x.json")
    Traceback (most recent call last):
    eqsolve.core.errors.FormatError: x.json: a: the key stands twice in one object (line 1)
    """
    import msgspec

    data = data.removeprefix(BOM_UTF8)
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise FormatError(source, Fault("", "line 1: not UTF-8 text but UTF-16"))
    try:
        value = _by_pieces(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(source, _syntax_faults(data, error)) from None
    if _MANY_DIGITS in data.translate(_DIGITS):
        fault = _beyond_floats(data.decode("utf-8"))
        if fault is not None:
            raise FormatError(source, fault)
    repeated = _repeated_keys(data)
    if repeated:
        raise FormatError(source, repeated)
    lost = _lost_digits(data)
    if lost:
        raise FormatError(source, lost)
    return value


def _lost_digits(data: bytes) -> list[Fault]:
    """Return a fault for each decimal whose nearest float has other digits.

    Only decimals of 16 digits and more are looked at, and tiny ones. What a program printed from
    floats is the same after reading and writing, many at a time; the rest is looked at one by one.
    """
    found: list[bytes] = []
    if _MANY_PLACES in data.translate(_PLACES):
        found += [text for text in _LONG.findall(data) if not text.isdigit()]
    if b"e-" in data or b"E-" in data:
        for match in _TINY.finditer(data):
            start = match.start()
            before = data[max(0, start - len(_MANY_PLACES)) : start]
            mantissa = before[len(before.rstrip(b"0123456789.")) :]
            if len(mantissa) < len(_MANY_PLACES):  # a longer one is among the long ones
                found.append(mantissa + match.group())
    lost: set[str] = set()
    for start in range(0, len(found), _BLOCK):
        block = found[start : start + _BLOCK]
        lost |= {text for text in _not_printed(block) if not keeps_digits(text)}
    if not lost:
        return []
    text = data.decode("utf-8")
    return [
        Fault("", f"{_place(text, match.start())}: {_shown(match.group(1))} {LOST}")
        for match in _NUMBERS.finditer(text)
        if match.group(1) and match.group(1).removeprefix("-") in lost
    ][:MAX_FAULTS]


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


def _not_printed(texts: list[bytes]) -> set[str]:
    """Return those of many numbers that neither Python nor msgspec writes so for their floats."""
    import msgspec

    joined = b",".join(texts)
    try:
        values = msgspec.json.decode(b"[" + joined + b"]")
    except msgspec.DecodeError:  # some stand in texts, such as 1.2.3
        return {text.decode() for text in texts if _IS_NUMBER(text.decode())}
    written = msgspec.json.encode(values)[1:-1]
    if written == joined:
        return set()
    pairs = zip(texts, values, written.split(b","), strict=True)
    return {
        text.decode()
        for text, value, other in pairs
        if text != other and text.decode() != repr(value)
    }


def _syntax_faults(data: bytes, error: Exception) -> list[Fault]:
    """Return faults with line and column, which the fast decoder does not give.

    Every NaN and infinity has its own; of other faults only the first is known.
    """
    if not data.strip():
        return [Fault("", "the file is empty")]
    if form := binary_form(data):
        return [Fault("", form)]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        return [Fault("", f"line {line}: not UTF-8 text")]
    outside = re.compile(r'"(?:[^"\\]|\\.)*"|(-?\b(?:NaN|Infinity)\b)')
    words = [match for match in outside.finditer(text) if match.group(1)]
    if words:
        return [
            Fault("", f"{_place(text, word.start())}: {word.group(1)} is not allowed")
            for word in words[:MAX_FAULTS]
        ]
    try:
        json.loads(text)
    except json.JSONDecodeError as bad:
        return [Fault("", f"{_place(text, bad.pos)}: not JSON, {bad.msg}")]
    except RecursionError:
        return [Fault("", "nested too deeply")]
    except ValueError:
        pass  # an integer of more digits than Python reads, found below
    return [_beyond_floats(text) or Fault("", str(error))]


def _beyond_floats(text: str) -> Fault | None:
    """Return a fault for the first number that no float can come near, None where all can."""
    for match in _NUMBERS.finditer(text):
        if match.group(1) and math.isinf(float(match.group(1))):
            shown = _shown(match.group(1))
            return Fault("", f"{_place(text, match.start())}: {shown} is beyond the largest float")
    return None


def _shown(number: str) -> str:
    """Return a number as messages show it."""
    return number if len(number) <= 60 else f"{number[:57]}..."


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
