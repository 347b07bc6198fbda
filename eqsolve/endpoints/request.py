"""What a model is asked, and the key of the answer: SHA-256 of the request in canonical form.

Part of it are the path below the address, the model, every parameter, and which repetition of the
same question it is; not the address, so that a model may move, and nothing from the environment.
Servers that give the same name to different models are told apart by a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

__all__ = ["CHAT", "COMPLETIONS", "Request", "chat", "completion"]

CHAT = "chat/completions"
COMPLETIONS = "completions"


@dataclass(frozen=True)
class Request:
    """One question.

    Parameters
    ----------
    path : below the address.
    body : what is sent: model, parameters, and messages or a prompt.
    repeat : 0 for the first time that it is asked, 1 for the second answer to the same, ...
    server : number of the address among several that give this name to different models.

    Examples
    --------
    >>> chat("m", [{"role": "user", "content": "bid?"}]).key[:16]
    '20710b2ec7f17287'
    """

    path: str
    body: Mapping[str, Any]
    repeat: int = 0
    server: int = 0

    @cached_property
    def canonical(self) -> str:
        """The request as text, the same for equal requests."""
        fields: dict[str, Any] = {"path": self.path, "body": self.body, "repeat": self.repeat}
        if self.server:
            fields["server"] = self.server
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @cached_property
    def key(self) -> str:
        """Under which the answer is kept, 64 hexadecimal digits."""
        return sha256(self.canonical.encode()).hexdigest()

    @property
    def content(self) -> bytes:
        """What is sent."""
        return json.dumps(self.body, separators=(",", ":"), allow_nan=False).encode()

    def __str__(self) -> str:
        return f"{self.path} of model {self.body.get('model')!r}, key {self.key}"


def chat(
    model: str,
    messages: Sequence[Mapping[str, str]],
    *,
    repeat: int = 0,
    server: int = 0,
    **parameters: Any,
) -> Request:
    """Return a question in a conversation; parameters that are None are left out."""
    body = {"model": model, "messages": [dict(message) for message in messages]}
    return Request(CHAT, {**body, **_given(parameters)}, repeat, server)


def completion(
    model: str, prompt: str, *, repeat: int = 0, server: int = 0, **parameters: Any
) -> Request:
    """Return the request to continue a text; parameters that are None are left out."""
    body = {"model": model, "prompt": prompt, **_given(parameters)}
    return Request(COMPLETIONS, body, repeat, server)


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}
