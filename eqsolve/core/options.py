"""Options are the fields of frozen dataclasses: checking given values, parsing given texts."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal

import numpy as np

from eqsolve.core.digits import read_number
from eqsolve.core.errors import OptionError, nearest_name

__all__ = ["check_options", "option_rule", "option_table", "parse_options"]


def option_table(owner: type[Any]) -> Mapping[str, tuple[Any, Any]]:
    """Return option -> (type, default) of a method, recipe or converter class."""
    if owner not in _TABLES:
        hints = typing.get_type_hints(owner)
        _TABLES[owner] = {entry.name: (hints[entry.name], entry.default) for entry in fields(owner)}
    return _TABLES[owner]


_TABLES: dict[type[Any], dict[str, tuple[Any, Any]]] = {}
"""Tables made so far: resolving annotations takes longer than solving a small market."""


def check_options(owner: type[Any], title: str, options: Mapping[str, Any]) -> None:
    """Check names and types of options given as Python values.

    Parameters
    ----------
    owner : the dataclass whose fields are the options.
    title : how messages call it, e.g. ``"method 'auction'"``.

    Raises
    ------
    OptionError : an unknown option (names the nearest) or a value of the wrong type.
    """
    table = option_table(owner)
    for key, value in options.items():
        _known(key, title, table)
        if not _fits(value, table[key][0]):
            raise OptionError(f"option {key} = {value!r}: must be {option_rule(table[key][0])}")


def parse_options(owner: type[Any], title: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return options given as ``KEY=VALUE`` texts, converted by the fields' types.

    Raises
    ------
    OptionError : an unknown option or a text that is not of its type.
    """
    table = option_table(owner)
    parsed = {}
    for key, text in texts.items():
        _known(key, title, table)
        parsed[key] = _parse(key, text, table[key][0])
    return parsed


def option_rule(annotation: Any) -> str:
    """Return what an option accepts, in words."""
    words = []
    for part in _alternatives(annotation):
        if typing.get_origin(part) is Literal:
            words.append(" | ".join(str(choice) for choice in typing.get_args(part)))
        else:
            rows = ", rows with semicolons" if _is_table(part) else ""
            words.append(_WORDS.get(typing.get_origin(part) or part, str(part)) + rows)
    return " | ".join(dict.fromkeys(words))


_WORDS: Mapping[Any, str] = {
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    Sequence: "numbers with commas between",
    np.ndarray: "numbers with commas between",
}


def _known(key: str, title: str, table: Mapping[str, object]) -> None:
    """Raise unless the option exists."""
    if key not in table:
        hint = nearest_name(key, table) if table else "it has no options"
        raise OptionError(f"{title} has no option {key!r}; {hint}")


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the annotation alone."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _fits(value: Any, annotation: Any) -> bool:
    """Return whether a value is of the annotated type."""
    for part in _alternatives(annotation):
        if typing.get_origin(part) is Literal:
            if value in typing.get_args(part):
                return True
        elif isinstance(value, bool) and part is not bool:
            continue
        elif typing.get_origin(part) is Sequence:
            if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes):
                return True
        elif isinstance(value, int | float if part is float else typing.get_origin(part) or part):
            return True
    return False


def _parse(key: str, text: str, annotation: Any) -> Any:
    """Return a text as a value of the annotated type."""
    for part in _alternatives(annotation):
        if typing.get_origin(part) is Literal:
            for choice in typing.get_args(part):
                if text == str(choice):
                    return choice
        elif part is type(None) and text.lower() in ("none", "null"):
            return None
        elif part is bool and text.lower() in ("true", "yes", "1", "false", "no", "0"):
            return text.lower() in ("true", "yes", "1")
        elif part in (int, float):
            try:
                return _number(text, part)
            except ValueError:
                continue
        elif part is str:
            return text
        elif typing.get_origin(part) is Sequence:
            try:
                if _is_table(part):
                    return tuple(_numbers(row) for row in text.split(";"))
                return _numbers(text)
            except ValueError:
                continue
    raise OptionError(f"option {key} = {text!r}: must be {option_rule(annotation)}")


def _is_table(annotation: Any) -> bool:
    """Return whether an option is a sequence of sequences."""
    return any(typing.get_origin(part) is Sequence for part in typing.get_args(annotation))


def _numbers(text: str) -> tuple[float, ...]:
    """Return numbers with commas between; none for an empty text."""
    return tuple(_number(word, float) for word in text.split(",")) if text.strip() else ()


def _number(text: str, kind: type[Any]) -> Any:
    """Return a text as a number of a type, as strictly as in files.

    Raises
    ------
    ValueError : no number, or one that the type does not hold.
    """
    number = read_number(text)
    if kind(number) != number:
        raise ValueError(text)
    return kind(number)
