"""JSON of other programs: repeated keys are refused, and no number loses a digit on the way in."""

from __future__ import annotations

import json
from typing import Any

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError

__all__ = ["Unreadable", "parse_json", "rule_of"]


_NUMBER = "must be a finite number"


class Unreadable(str):
    """A number as it stands in the text that cannot be held; who uses it must refuse it.

    Attributes
    ----------
    rule : what it breaks.
    """

    rule: str


def rule_of(value: object) -> str:
    """Return why a value is no number that can be held, empty if it is one.

    Examples
    --------
    >>> rule_of(2.5), rule_of("2.5"), rule_of(True)
    ('', 'must be a finite number', 'must be a finite number')
    """
    if isinstance(value, Unreadable):
        return value.rule
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if good else _NUMBER


def parse_json(text: str, source: str, place: str = "") -> Any:
    """Return the value of a JSON text, numbers that cannot be held as `Unreadable`.

    Parameters
    ----------
    text : the whole file, or one line of it.
    source, place : the file, and where the text stands in it, for messages.

    Raises
    ------
    FormatError : not JSON, or a key that stands twice in one object.
    """
    twice: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                twice.append(key)
            found[key] = value
        return found

    def number(word: str) -> int | float | Unreadable:
        try:
            return read_number(word)
        except NumberError as error:
            found = Unreadable(word)
            found.rule = _NUMBER if "must be a number" in str(error) else str(error)
            return found

    hooks: dict[str, Any] = {"parse_int": number, "parse_float": number, "parse_constant": number}
    try:
        value = json.loads(text, object_pairs_hook=collect, **hooks)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if place else f"line {error.lineno}, column {error.colno}"
        raise FormatError(source, Fault(place, f"is not JSON: {error.msg} at {where}")) from None
    except RecursionError:
        raise FormatError(source, Fault(place, "is nested too deeply")) from None
    if twice:
        index = (place,) if place else ()
        raise FormatError(source, [Fault(key, "key is given twice", index) for key in twice])
    return value
