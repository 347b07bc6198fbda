"""Log-probabilities as OpenAI-compatible servers answer them, to `completions` and to `chat`.

`completions` has a list of tokens and beside it an object, token -> logarithm, for each;
`chat` has a list of entries with a token and its likeliest alternatives. Both tell the token that
was taken, and the likeliest ones at its place, which need not hold it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, FormatError
from eqsolve.formats.json_text import parse_json
from eqsolve.formats.text import read_text

__all__ = ["Position", "positions_of", "read_positions"]

_ROUNDED = 1e-3
"""How far probabilities may add up beyond 1: logarithms are told with few digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """What is known of one place of a text.

    Parameters
    ----------
    token : that was taken.
    tokens : that were told, likeliest first.
    probabilities : of these, shape (k,), with a sum of at most 1.
    """

    token: str
    tokens: tuple[str, ...]
    probabilities: FloatArray


def read_positions(path: Path) -> list[list[Position]]:
    """Return the positions of each line of a file of recorded answers.

    Raises
    ------
    FormatError : names the file, the line and the rule.
    """
    found = []
    faults: list[Fault] = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if line.strip():
            place = f"line {number}"
            answer = parse_json(line, str(path), place)
            problems: list[Fault] = []
            found.append(positions_of(answer, problems))
            faults += [Fault(place, f.rule, (f.field, *f.index), f.value) for f in problems]
    if not found and not faults:
        faults.append(Fault("", "holds no answer"))
    if faults:
        raise FormatError(str(path), faults)
    return found


def positions_of(answer: object, faults: list[Fault]) -> list[Position]:
    """Return the positions of the first choice of an answer; adds faults.

    Examples
    --------
    >>> logs = {"tokens": ["a"], "token_logprobs": [0.0], "top_logprobs": [{"a": 0.0}]}
    >>> faults = []
    >>> positions_of({"choices": [{"text": "a", "logprobs": logs}]}, faults)[0].token, faults
    ('a', [])
    """
    choices = answer.get("choices") if isinstance(answer, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        faults.append(Fault("choices", "must be a list with an answer"))
        return []
    logs = choice.get("logprobs")
    if not isinstance(logs, Mapping):
        faults.append(Fault("choices", "has no log-probabilities", (0, "logprobs"), logs))
        return []
    if isinstance(logs.get("content"), list):
        entries, told = logs["content"], _of_chat
    elif isinstance(logs.get("tokens"), list):
        entries, told = _beside(logs), _of_completion
    else:
        rule = "must have content, as chat answers have, or tokens and top_logprobs"
        faults.append(Fault("choices", rule, (0, "logprobs")))
        return []
    found = []
    for k, entry in enumerate(entries):
        try:
            token, pairs = told(entry)
            found.append(_position(token, pairs))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            rule = (
                error.args[0] if isinstance(error, ValueError) else "is no token with top_logprobs"
            )
            faults.append(Fault("choices", rule, (0, "logprobs", k)))
    return found


def _beside(logs: Mapping[str, Any]) -> list[Any]:
    """Return pairs of a token and what stands beside it, None where nothing does."""
    tokens, tops = logs["tokens"], logs.get("top_logprobs") or []
    return [(token, tops[k] if k < len(tops) else None) for k, token in enumerate(tokens)]


def _of_completion(entry: Any) -> tuple[str, list[tuple[Any, Any]]]:
    token, top = entry
    return token, list(top.items())


def _of_chat(entry: Any) -> tuple[str, list[tuple[Any, Any]]]:
    return entry["token"], [(part["token"], part["logprob"]) for part in entry["top_logprobs"]]


def _position(token: Any, pairs: list[tuple[Any, Any]]) -> Position:
    """Return a position after checking its numbers.

    Raises
    ------
    ValueError : with the rule that is broken.
    """
    names = [name for name, _ in pairs]
    if not isinstance(token, str) or not all(isinstance(name, str) for name in names):
        raise ValueError("a token must be text")
    if not names:
        raise ValueError("tells no token")
    if len(set(names)) < len(names):
        raise ValueError("tells a token twice")
    numbers = [value for _, value in pairs]
    good = [
        isinstance(value, int | float) and not isinstance(value, bool) and not value > 1e-6
        for value in numbers
    ]
    if not all(good) or any(math.isnan(value) for value in numbers):
        raise ValueError("a logarithm of a probability must be a number <= 0")
    chances = np.exp(np.minimum(np.array(numbers, dtype=np.float64), 0.0))
    total = float(chances.sum())
    if total > 1 + _ROUNDED:
        raise ValueError(f"probabilities add up to {total:.6g}")
    chances /= max(1.0, total)
    order = np.argsort(-chances, kind="stable")
    return Position(token, tuple(names[k] for k in order.tolist()), chances[order])
