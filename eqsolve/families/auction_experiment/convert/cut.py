"""Logs that were cut off in the middle: where, what was expected there, and what is whole before.

A program that dies leaves the file it was writing. The cut is told from other damage by standing at
the end: everything up to there is right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.core.errors import Fault, FormatError
from eqsolve.formats.json_text import parse_json

__all__ = ["Cut", "bytes_of", "read_members"]

_EXPECTED = {
    "Unterminated string starting at": "the end of a text",
    "Expecting ',' delimiter": "a comma or a closing bracket",
    "Expecting ':' delimiter": "a colon",
    "Expecting property name enclosed in double quotes": "the name of a field",
    "Expecting value": "a value",
}
_LITERAL = re.compile(r"-?|t|tr|tru|f|fa|fal|fals|n|nu|nul")
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a file was cut off.

    Parameters
    ----------
    byte : how many bytes there are.
    expected : what should have followed.
    """

    byte: int
    expected: str

    @property
    def rule(self) -> str:
        """One line for the reader."""
        return f"is cut off at byte {self.byte}: expected {self.expected}"


def bytes_of(path: Path) -> tuple[str, Cut | None]:
    """Return a file as text, and the cut where it ends within a letter.

    Raises
    ------
    FormatError : it cannot be read, or is not UTF-8 before its end.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
        raise FormatError(str(path), Fault("", rule)) from None
    cut = None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            rule = f"is not UTF-8 text (byte {error.start})"
            raise FormatError(str(path), Fault("", rule)) from None
        text, cut = data[: error.start].decode(), Cut(len(data), "the rest of a letter")
    return text.removeprefix("\ufeff"), cut


def read_members(path: Path) -> tuple[Mapping[str, Any], Cut | None]:
    """Return the fields of the object that a file holds; of one that is cut off, the whole ones.

    Raises
    ------
    FormatError : it cannot be read, is no JSON other than by a cut, or no object.
    """
    text, cut = bytes_of(path)
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        found = _cut(text, error) if cut is None else cut
        if found is not None:
            return _whole_members(text), found
    except RecursionError:
        pass
    document = parse_json(text, str(path))
    if not isinstance(document, Mapping):
        raise FormatError(str(path), Fault("", "must be an object of rounds"))
    return document, None


def _cut(text: str, error: json.JSONDecodeError) -> Cut | None:
    """Return the cut that an error comes from, or None where it is other damage."""
    rest = text[error.pos :].strip()
    at_end = not rest or error.msg.startswith("Unterminated") or bool(_LITERAL.fullmatch(rest))
    at_end = at_end or ("escape" in error.msg and len(rest) < len("\\u0000"))
    if not at_end:
        return None
    expected = "an object of rounds" if not text.strip() else _EXPECTED.get(error.msg, "more")
    return Cut(len(text.encode()), expected)


def _whole_members(text: str) -> dict[str, Any]:
    """Return the fields of a broken object before the break."""
    decoder, found = json.JSONDecoder(), {}
    try:
        place = _skip(text, 0, "{")
        while True:
            key, place = decoder.raw_decode(text, _skip(text, place))
            value, place = decoder.raw_decode(text, _skip(text, _skip(text, place, ":")))
            place = _skip(text, place, ",")  # a number may have been cut: what follows tells
            found[key] = value
    except (ValueError, TypeError, RecursionError):
        return found


def _skip(text: str, place: int, sign: str = "") -> int:
    """Return the place after blanks, a sign and blanks.

    Raises
    ------
    ValueError : the sign does not stand there.
    """
    blank = _BLANK.match(text, place)
    place = blank.end() if blank else place
    if not sign:
        return place
    if text[place : place + 1] != sign:
        raise ValueError(sign)
    return _skip(text, place + 1)
