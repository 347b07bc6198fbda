"""Where a model answers, under which key, at what price.

A key is never given, only the name of the environment variable that holds it; it is read when a
request is sent and is part of no value here.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from eqsolve.core.errors import Fault, OptionError

__all__ = ["ADDRESS_FIELDS", "Address", "read_address"]

ADDRESS_FIELDS = ("key_env", "price_in", "price_out")
"""Optional fields of every object that names an endpoint."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Address:
    """An OpenAI-compatible server.

    Parameters
    ----------
    url : what stands before ``/completions`` or ``/chat/completions``.
    key_env : name of the environment variable that holds the key; None: no key is sent.
    price_in, price_out : of a million tokens that it reads, and that it writes.

    Examples
    --------
    >>> Address("http://127.0.0.1:8000/v1/").of("completions")
    'http://127.0.0.1:8000/v1/completions'
    """

    url: str
    key_env: str | None = None
    price_in: float = 0.0
    price_out: float = 0.0

    def of(self, path: str) -> str:
        """Return the whole address of a path below it."""
        return f"{self.url.rstrip('/')}/{path}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine, so that no proxy is asked."""
        host = urlsplit(self.url).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")

    def key(self) -> str | None:
        """Return the key as the environment holds it now, None where none is needed.

        Raises
        ------
        OptionError : the variable is not set, or holds what no header can carry.
        """
        if self.key_env is None:
            return None
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise OptionError(f"environment variable {self.key_env} is not set: key of {self.url}")
        if not (key.isascii() and key.isprintable()):
            raise OptionError(f"environment variable {self.key_env} holds no key of plain letters")
        return key


def read_address(
    fields: Mapping[str, Any], faults: list[Fault], url: str = "url"
) -> Address | None:
    """Return the address that an object of a file names, or None after adding faults.

    Faults never show what might be a key.

    Parameters
    ----------
    fields : an object with the field `url` and those of `ADDRESS_FIELDS`, which may be absent.
    faults : faults are appended here, with the field's name alone.
    url : name of the field with the address.
    """
    before = len(faults)
    where, key_env = fields.get(url), fields.get("key_env")
    rule = _url_rule(where)
    if rule:
        # What stands in an address beside the host may be a key.
        plain = isinstance(where, str) and not re.search("[@?#]", where)
        faults.append(Fault(url, rule, value=where if plain else None))
    if key_env is not None and not (isinstance(key_env, str) and _VARIABLE.fullmatch(key_env)):
        rule = "must be the name of an environment variable that holds the key, not the key"
        faults.append(Fault("key_env", rule))
    prices = []
    for name in ("price_in", "price_out"):
        price = fields.get(name, 0.0)
        number = isinstance(price, int | float) and not isinstance(price, bool)
        if not (number and 0 <= price < math.inf):
            faults.append(Fault(name, "must be >= 0 and finite, for a million tokens", value=price))
        prices.append(price)
    if len(faults) > before:
        return None
    return Address(str(where), key_env, float(prices[0]), float(prices[1]))


def _url_rule(url: object) -> str:
    """Return what is wrong with the address of a server, or empty text."""
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        return "must begin with http:// or https://"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not host or not url.isprintable() or " " in url:
        return "is no address"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "must hold no name, key or question mark; a key belongs into the variable of key_env"
    return ""
