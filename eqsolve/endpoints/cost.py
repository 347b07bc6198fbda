"""What answers cost, and how to stop before too much is paid or asked.

Before a request is sent, the most that it can cost is set aside: a token that is read is at least
one byte of what is sent, and no more are written than the request allows. Where that would pass the
limit, nothing is sent; afterwards the tokens that the server counted take its place. Requests are
counted as they are sent, repeated ones too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.status import Limit
from eqsolve.endpoints.address import Address
from eqsolve.endpoints.errors import StoppedError
from eqsolve.endpoints.reply import Reply
from eqsolve.endpoints.request import Request

__all__ = ["Budget", "Usage", "cost_of"]

_MILLION = 1e6
_EXTRA = 100
"""Tokens that a server may add around what is sent, for each message."""


@dataclass(slots=True)
class Usage:
    """What was asked and what it cost.

    Parameters
    ----------
    requests : answers used, new ones and kept ones.
    from_cache : of these, those that the store held.
    repeats : attempts beyond the first.
    failures : requests that got no answer.
    tokens_in, tokens_out, cost : of all answers used, also of kept ones, which were paid before.
    """

    requests: int = 0
    from_cache: int = 0
    repeats: int = 0
    failures: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


class Budget:
    """What may be spent, and what has been.

    Parameters
    ----------
    max_cost : in the currency of the prices; None: anything.
    max_requests : sent at most; None: any number.

    Raises
    ------
    OptionError : a limit that cannot be.

    Examples
    --------
    >>> budget = Budget(1.0)
    >>> dear = Address("http://127.0.0.1", price_in=1e6)
    >>> with budget.reserved(dear, Request("completions", {"prompt": "a"})):
    ...     pass
    Traceback (most recent call last):
        ...
    eqsolve.endpoints.errors.StoppedError: 0 of max_cost 1 is spent, the next answer may cost 114
    """

    def __init__(self, max_cost: float | None = None, max_requests: int | None = None) -> None:
        if max_cost is not None and not 0 <= max_cost < float("inf"):
            raise OptionError(f"option max_cost = {max_cost}: must be >= 0 and finite")
        if max_requests is not None:
            require_count(max_requests, "option max_requests")
        self.max_cost, self.max_requests = max_cost, max_requests
        self.spent, self.sent = 0.0, 0
        self._reserved = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def reserved(self, address: Address, request: Request) -> Iterator[None]:
        """Set aside the most that an answer can cost while the model is asked.

        Raises
        ------
        StoppedError : the limit might be passed.
        OptionError : there is a limit, and none to what the model may write.
        """
        most = 0.0 if self.max_cost is None else _most(address, request)
        with self._lock:
            planned = self.spent + self._reserved + most
            if self.max_cost is not None and planned > self.max_cost:
                reason = (
                    f"{self.spent:.6g} of max_cost {self.max_cost:.6g} is spent, "
                    f"the next answer may cost {most:.6g}"
                )
                raise StoppedError(reason, Limit.COST)
            self._reserved += most
        try:
            yield
        finally:
            with self._lock:
                self._reserved -= most

    def send(self) -> None:
        """Count a request before it is sent.

        Raises
        ------
        StoppedError : as many as may be have been sent.
        """
        with self._lock:
            if self.sent == self.max_requests:
                reason = f"{self.sent} requests were sent, max_requests"
                raise StoppedError(reason, Limit.REQUESTS)
            self.sent += 1

    def pay(self, cost: float) -> None:
        """Count what an answer cost."""
        with self._lock:
            self.spent += cost


def cost_of(address: Address, request: Request, reply: Reply) -> float:
    """Return what an answer cost: what the server does not count costs the most that it can."""
    read, written = reply.tokens_in, reply.tokens_out
    if read is None:
        read = _most_read(request)
    if written is None:
        written = min(len(reply.text.encode("utf-8", "replace")) + 1, _most_written(request))
    return (read * address.price_in + written * address.price_out) / _MILLION


def _most(address: Address, request: Request) -> float:
    """Return the most that an answer can cost."""
    if address.price_out and "max_tokens" not in request.body:
        raise OptionError("max_cost needs max_tokens: else there is no limit to what is written")
    written = _most_written(request) if address.price_out else 0
    return (_most_read(request) * address.price_in + written * address.price_out) / _MILLION


def _most_read(request: Request) -> int:
    """Return how many tokens a request can be: one for each byte, and the server's own."""
    return len(request.content) + _EXTRA * max(1, len(request.body.get("messages", ())))


def _most_written(request: Request) -> int:
    """Return how many tokens may be written."""
    return int(request.body.get("max_tokens", 1 << 30))
