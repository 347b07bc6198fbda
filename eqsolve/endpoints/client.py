"""Ask a model once, keep the answer, and use what was kept from then on.

An answer is written before it is used, so that a run that was killed goes on where it was, and
equal runs with one store are equal. Where a server is busy, broken or out of reach it is asked
again, after the time that it names, else after 0.5, 1, 2, ... seconds; a refusal is final. Waiting
obeys the deadline.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.endpoints.address import Address
from eqsolve.endpoints.cost import Budget, Usage, cost_of
from eqsolve.endpoints.errors import EndpointError, MissingAnswerError, StoppedError
from eqsolve.endpoints.reply import AnswerError, Reply, read_reply
from eqsolve.endpoints.request import Request
from eqsolve.endpoints.store import Store
from eqsolve.endpoints.transport import Attempt, Transport

__all__ = ["Client"]

PAUSE = 0.5
"""Seconds before the second attempt; each further one doubles it."""
_LONGEST = 300.0
"""Seconds that a server may ask to wait; who asks for more is not asked again."""
_GLANCE = 0.05
"""Seconds between two looks at the clock."""


class Client:
    """Asks models through a store of answers.

    Parameters
    ----------
    store : of answers; None: a new one in memory.
    offline : ask nobody.
    fresh : ask anew, once in the life of this client, what the store holds from before; the new
        answer takes its place.
    max_cost : of what this client asks anew; None: anything.
    max_requests : that it sends, repeated ones too; None: any number.
    deadline : ends all waiting.
    timeout : seconds for one attempt.
    tries : attempts at most.

    Raises
    ------
    OptionError : a setting that cannot be.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        offline: bool = False,
        fresh: bool = False,
        max_cost: float | None = None,
        max_requests: int | None = None,
        deadline: Deadline | None = None,
        timeout: float = 60.0,
        tries: int = 5,
    ) -> None:
        require_count(tries, "tries", 1)
        if not 0 < timeout < float("inf"):
            raise OptionError(f"timeout = {timeout!r}: must be > 0 and finite")
        if offline and fresh:
            raise OptionError("fresh = True: must ask, and offline asks nobody")
        self.store = Store() if store is None else store
        self.budget = Budget(max_cost, max_requests)
        self.deadline = Deadline() if deadline is None else deadline
        self.offline, self.fresh, self.timeout, self.tries = offline, fresh, timeout, tries
        self._renewed: set[str] = set()
        self._counts = Usage()
        self._costs: list[float] = []
        self._transport: Transport | None = None
        self._lock = threading.Lock()

    @property
    def usage(self) -> Usage:
        """What was asked so far, and what it cost; the sum depends on no order."""
        with self._lock:
            return replace(self._counts, cost=math.fsum(self._costs))

    def ask(
        self, address: Address, request: Request, accept: Callable[[Reply], object] | None = None
    ) -> Reply:
        """Return the answer to a request, from the store or from the model.

        Parameters
        ----------
        address, request : who is asked what.
        accept : raises where a new answer is no use, which is then not kept.

        Raises
        ------
        MissingAnswerError : offline, and the store does not hold it; names its key.
        StoppedError : the time is over, Ctrl-C, or `max_cost` or `max_requests` might be passed.
        EndpointError : the model refused, or gave no answer in all attempts.
        OptionError : the key is missing, or `httpx`.
        """
        answer = self.store.get(request)
        if self.fresh and request.key not in self._renewed:
            answer = None
        kept = answer is not None
        if answer is None:
            if self.offline:
                raise MissingAnswerError(f"{self._where} holds no answer to {request}")
            with self.budget.reserved(address, request):
                answer = self._asked(address, request)
                reply = read_reply(answer)
                self.budget.pay(cost_of(address, request, reply))
            if accept is not None:
                accept(reply)
            answer = self._keep(request, answer)
        reply = read_reply(answer)
        with self._lock:
            self._counts.requests += 1
            self._counts.from_cache += kept
            self._counts.tokens_in += reply.tokens_in or 0
            self._counts.tokens_out += reply.tokens_out or 0
            self._costs.append(cost_of(address, request, reply))
        return reply

    def ask_all(self, asked: Sequence[tuple[Address, Request]], at_once: int = 1) -> list[Reply]:
        """Return the answers to requests in their order, so many of them asked at once."""
        if at_once == 1:
            return [self.ask(*one) for one in asked]
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(lambda one: self.ask(*one), asked))

    def close(self) -> None:
        """Close all connections; the store needs no closing."""
        if self._transport is not None:
            self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _where(self) -> str:
        return "the store in memory" if self.store.path is None else str(self.store.path)

    def _keep(self, request: Request, answer: str) -> str:
        """Return what is kept of a new answer: itself, or what came first from another thread."""
        if not self.fresh:
            return self.store.put(request, answer)
        with self._lock:
            first = request.key not in self._renewed
            kept = self.store.put(request, answer, replace=first)
            self._renewed.add(request.key)
        return kept

    def _asked(self, address: Address, request: Request) -> str:
        """Return a new answer, complete and of the form of answers."""
        with self._lock:
            transport = self._transport = self._transport or Transport(self.timeout)
        address.key()  # a missing one is said here, before a thread is
        where = address.of(request.path)
        for number in range(self.tries):
            self.budget.send()
            attempt = self._in_time(lambda: transport.attempt(address, request), where)
            trouble = str(attempt)
            if attempt.is_answer:
                try:
                    read_reply(attempt.body)
                except AnswerError as fault:
                    trouble = f"the answer {fault}"
                    if fault.whole:
                        raise self._failed(EndpointError(f"{where}: {trouble}")) from None
                else:
                    return attempt.body
            elif not attempt.may_pass:
                refusal = EndpointError(
                    f"{where}: {trouble}", status=attempt.status, said=attempt.body
                )
                raise self._failed(refusal)
            wait = PAUSE * 2**number if attempt.wait is None else attempt.wait
            if number + 1 == self.tries or wait > _LONGEST:
                break
            self._pause(wait, f"{where}: {trouble}")
        tried = f"tried {number + 1} times" if number else "tried once"
        raise self._failed(EndpointError(f"{where}: {trouble} ({tried})", status=attempt.status))

    def _failed(self, error: EndpointError) -> EndpointError:
        """Count a failure."""
        with self._lock:
            self._counts.failures += 1
        return error

    def _pause(self, seconds: float, trouble: str) -> None:
        """Wait before the next attempt, which is counted."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._go_on(trouble)
            time.sleep(min(left, _GLANCE))
        with self._lock:
            self._counts.repeats += 1

    def _in_time(self, work: Callable[[], Attempt], where: str) -> Attempt:
        """Return what an attempt comes to; it is left behind in its thread where time is over."""
        box: queue.SimpleQueue[Attempt | BaseException] = queue.SimpleQueue()

        def run() -> None:
            try:
                box.put(work())
            except BaseException as error:  # handed to who waits
                box.put(error)

        threading.Thread(target=run, name="eqsolve-endpoint", daemon=True).start()
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            self._go_on(f"{where}: no answer yet")
            try:
                found = box.get(timeout=_GLANCE)
            except queue.Empty:
                continue
            if isinstance(found, BaseException):
                raise found
            return found
        return Attempt(failure=f"no answer within {self.timeout:g} seconds")

    def _go_on(self, trouble: str) -> None:
        """Raise where the time is over."""
        limit = self.deadline.limit
        if limit is not None:
            word = "interrupted" if limit is Limit.INTERRUPTED else "the time is over"
            raise StoppedError(f"{word}; {trouble}", limit)
