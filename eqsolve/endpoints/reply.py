"""Answers of OpenAI-compatible servers: the text, and how many tokens were read and written.

Log-probabilities in them are read by `eqsolve.formats.logprobs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["AnswerError", "Reply", "read_reply"]


class AnswerError(ValueError):
    """An answer that is not of its form.

    Parameters
    ----------
    rule : what is wrong.
    whole : whether the answer is complete JSON, so that the next would be no better.
    """

    def __init__(self, rule: str, *, whole: bool = True) -> None:
        self.whole = whole
        super().__init__(rule)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered.

    Parameters
    ----------
    text : the answer; may be empty.
    tokens_in, tokens_out : as the server counts them, None where it does not.
    answer : all that it said.
    """

    text: str
    tokens_in: int | None
    tokens_out: int | None
    answer: Mapping[str, Any] = field(repr=False)


def read_reply(answer: str) -> Reply:
    """Return the reply that an answer holds.

    Raises
    ------
    AnswerError : it is no JSON, or lacks a field that every answer has.

    Examples
    --------
    >>> read_reply('{"choices": [{"message": {"content": "7"}}]}')
    Reply(text='7', tokens_in=None, tokens_out=None)
    """
    try:
        document = json.loads(answer)
    except ValueError:
        raise AnswerError("is not JSON", whole=False) from None
    choice = _part(_part(document, "choices"), 0, "choices")
    if isinstance(choice, Mapping) and isinstance(choice.get("text"), str):
        text = choice["text"]
    else:
        message = _part(choice, "message", "choices[0]")
        text = _part(message, "content", "choices[0].message")
        text = "" if text is None else text
        if not isinstance(text, str):
            raise AnswerError("choices[0].message.content is no text")
    usage = document.get("usage")
    counts = usage if isinstance(usage, Mapping) else {}
    return Reply(
        text,
        _count(counts.get("prompt_tokens")),
        _count(counts.get("completion_tokens")),
        document,
    )


def _part(value: Any, key: str | int, place: str = "") -> Any:
    """Return a part of an answer, or raise an `AnswerError` that names it."""
    name = f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}".lstrip(".")
    if isinstance(key, int):
        if isinstance(value, list) and len(value) > key:
            return value[key]
    elif isinstance(value, Mapping) and key in value:
        return value[key]
    raise AnswerError(f"lacks {name}")


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
