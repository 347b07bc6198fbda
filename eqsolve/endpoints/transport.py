"""One attempt over HTTP, with `httpx`.

Proxies of the environment are used, but not for addresses on this machine; redirections are not
followed, so that a key goes to no other server.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from eqsolve.core.errors import OptionError
from eqsolve.core.extras import install_command
from eqsolve.endpoints.address import Address
from eqsolve.endpoints.request import Request

__all__ = ["Attempt", "Transport", "seconds_to_wait"]

_SHOWN = 300
"""Characters of a refusal that are shown."""
_BUSY = 429
_SERVER = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt.

    Parameters
    ----------
    status : of HTTP; 0 where no answer came.
    body : the answer.
    failure : why none came, where none did.
    wait : seconds that the server asks to wait, None where it does not.
    """

    status: int = 0
    body: str = ""
    failure: str = ""
    wait: float | None = None

    @property
    def is_answer(self) -> bool:
        """Whether the server gave what it was asked for."""
        return 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether another attempt may do better: busy, broken or out of reach, but no refusal."""
        return not self.status or self.status == _BUSY or self.status >= _SERVER

    def __str__(self) -> str:
        if not self.status:
            return self.failure
        said = " ".join(self.body.split())[:_SHOWN]
        return f"HTTP status {self.status}" + (f": {said}" if said else "")


class Transport:
    """Connections that stay open between requests, for any number of threads.

    Parameters
    ----------
    timeout : seconds that a server may be silent.

    Raises
    ------
    OptionError : `httpx` is not installed.
    """

    def __init__(self, timeout: float) -> None:
        try:
            import httpx
        except ImportError:
            reason = f"endpoints need httpx, not installed here; {install_command('httpx')}"
            raise OptionError(reason) from None
        self._httpx, self._timeout = httpx, timeout
        self._connections: dict[bool, Any] = {}
        self._lock = threading.Lock()

    def attempt(self, address: Address, request: Request) -> Attempt:
        """Return what comes of asking once; the key appears in nothing that is returned."""
        key = address.key()
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        url = address.of(request.path)
        try:
            answer = self._open(address.is_loopback).post(
                url, content=request.content, headers=headers
            )
            body = answer.content.decode("utf-8", "replace")
        except self._httpx.TimeoutException:
            return Attempt(failure=f"no answer within {self._timeout:g} seconds")
        except (self._httpx.HTTPError, self._httpx.InvalidURL) as error:
            return Attempt(failure=_without(key, str(error) or type(error).__name__))
        wait = seconds_to_wait(answer.headers.get("Retry-After"))
        return Attempt(answer.status_code, _without(key, body), wait=wait)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close()

    def _open(self, loopback: bool) -> Any:
        with self._lock:
            if loopback not in self._connections:
                self._connections[loopback] = self._httpx.Client(
                    timeout=self._timeout, trust_env=not loopback, follow_redirects=False
                )
            return self._connections[loopback]


def _without(key: str | None, text: str) -> str:
    """Return a text in which a key is blotted out: servers may repeat what they were sent."""
    return text if key is None else text.replace(key, "***")


def seconds_to_wait(text: str | None) -> float | None:
    """Return the seconds of a ``Retry-After``, a number or a date; None where it says nothing.

    Examples
    --------
    >>> seconds_to_wait("1.5"), seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT")
    (1.5, 0.0)
    >>> seconds_to_wait(None), seconds_to_wait("soon"), seconds_to_wait("nan")
    (None, None, None)
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            then = parsedate_to_datetime(text)
        except ValueError:
            return None
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        seconds = (then - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if seconds == seconds else None
