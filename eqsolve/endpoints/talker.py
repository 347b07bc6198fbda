"""A model to talk to, as files name one: address, name, and how it is to speak.

The object holds ``endpoint`` and ``model``, and optionally ``temperature``, ``max_tokens``,
``key_env``, ``price_in`` and ``price_out``. Everything that is wrong with it is said before the
first request; a key in it is refused without being shown. (A model that is not talked to but asked
for its next token is named by ``url`` and ``top``: another object of another format.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eqsolve.core.errors import Fault
from eqsolve.endpoints.address import ADDRESS_FIELDS, Address, read_address
from eqsolve.endpoints.request import Request, chat

__all__ = ["KEY_FIELDS", "TALKER_FIELDS", "Talker", "read_talker"]

TALKER_FIELDS = ("endpoint", "model", "temperature", "max_tokens", *ADDRESS_FIELDS)
"""Fields of an object that names a model to talk to; the first two are required."""

KEY_FIELDS = (
    "key", "api_key", "apikey", "api-key", "token", "access_token", "secret", "password",
    "authorization", "bearer", "headers",
)  # fmt: skip
"""Names under which a key would stand in a file."""


@dataclass(frozen=True, slots=True)
class Talker:
    """A model behind an OpenAI-compatible address.

    Parameters
    ----------
    address : where it answers.
    model : its name there.
    temperature : of its answers; None: the server's own.
    max_tokens : that it may write in one answer; None: any number.

    Examples
    --------
    >>> talker = Talker(Address("http://127.0.0.1:8000/v1"), "m", temperature=0.5)
    >>> talker.request([{"role": "user", "content": "bid?"}], repeat=1).repeat
    1
    """

    address: Address
    model: str
    temperature: float | None = None
    max_tokens: int | None = None

    def request(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        repeat: int = 0,
        seed: int | None = None,
        server: int = 0,
    ) -> Request:
        """Return the question that a conversation asks it.

        Parameters
        ----------
        messages : each with ``role`` and ``content``.
        repeat : 0 for the first time that it is asked, 1 for the second answer to the same, ...
        seed : for servers that draw by it; None: none is sent.
        server : number of the address among several that give this name to different models.
        """
        return chat(
            self.model, messages, repeat=repeat, server=server,
            temperature=self.temperature, max_tokens=self.max_tokens, seed=seed,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of files, those that are not given left out."""
        given = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        optional = {name: value for name, value in given.items() if value is not None}
        where = {name: getattr(self.address, name) for name in ADDRESS_FIELDS}
        return {
            "endpoint": self.address.url,
            "model": self.model,
            **optional,
            **{name: value for name, value in where.items() if value},
        }


def read_talker(fields: Mapping[str, Any], faults: list[Fault]) -> Talker | None:
    """Return the model that an object of a file names, or None after adding faults.

    Parameters
    ----------
    fields : an object with `TALKER_FIELDS`; fields that are none of them are for who knows them,
        but for `KEY_FIELDS`.
    faults : faults are appended here, with the field's name alone; none shows a key.

    Examples
    --------
    >>> faults = []
    >>> read_talker({"endpoint": "127.0.0.1", "api_key": "k"}, faults)
    >>> [fault.field for fault in faults]
    ['api_key', 'endpoint', 'model']
    """
    before = len(faults)
    faults.extend(
        Fault(name, "no key may stand here; name the environment variable that holds it: key_env")
        for name in fields
        if isinstance(name, str) and name.lower() in KEY_FIELDS
    )
    address = read_address(fields, faults, "endpoint")
    model, warmth, most = (fields.get(name) for name in ("model", "temperature", "max_tokens"))
    if not isinstance(model, str) or not model.strip():
        faults.append(Fault("model", "must be the name of a model", value=model))
    number = isinstance(warmth, int | float) and not isinstance(warmth, bool)
    if warmth is not None and not (number and 0 <= warmth < math.inf):
        faults.append(Fault("temperature", "must be >= 0 and finite", value=warmth))
    if most is not None and not (type(most) is int and most >= 1):
        faults.append(Fault("max_tokens", "must be a whole number >= 1", value=most))
    if address is None or len(faults) > before:
        return None
    return Talker(address, str(model), None if warmth is None else float(warmth), most)
