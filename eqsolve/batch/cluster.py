"""The batch on a Dask cluster: the same tasks, the same watch over them, one writer of the store.

The client submits light references and writes every result as it arrives; workers (which must
see the same files) run each item in a child process under a `Supervisor`, so that time and
memory limits hold there too. A lost worker's items go to another one; when the scheduler is
lost, or the client killed, what had arrived is in the store and the rest is solved next time.
"""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

from eqsolve.batch.supervisor import Supervisor
from eqsolve.batch.task import Outcome, Question, State, unfinished
from eqsolve.core.errors import BackendError, OptionError, UnsupportedError
from eqsolve.core.extras import install_command
from eqsolve.io.sources import Source

__all__ = ["ClusterExecutor"]

_AHEAD = 4
"""Items under way per cluster thread: enough to hide the network, few enough to stay light."""
_CONNECT = 15.0
"""Seconds to reach the scheduler."""


class ClusterExecutor:
    """Runs tasks on a Dask cluster; an `Executor`.

    Parameters
    ----------
    address : of the scheduler, e.g. ``"tcp://127.0.0.1:8786"``.
    question : what is asked of every instance.
    memory_limit : bytes per item's process, or None.

    Raises
    ------
    UnsupportedError : the extra ``dask`` is not installed.
    OptionError : no scheduler answers at the address.
    """

    def __init__(self, address: str, question: Question, memory_limit: int | None) -> None:
        try:
            from distributed import Client
        except ImportError:
            reason = f"distributed is not installed; {install_command('distributed')}"
            raise UnsupportedError("dask", reason, ["process"]) from None
        try:
            connect: Any = Client  # ships no complete types
            self._client = connect(address, timeout=_CONNECT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise OptionError(f"no Dask scheduler at {address}: {error}") from None
        self._question, self._memory_limit = question, memory_limit
        self._arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._numbers: dict[Any, int] = {}

    def run(self, tasks: Iterator[tuple[int, Source]]) -> Iterator[tuple[int, Outcome] | None]:
        """Yield (number, outcome) as results arrive, None several times a second.

        Raises
        ------
        BackendError : the scheduler is gone.
        """
        self._submit(tasks, self._width())
        while self._numbers:
            try:
                future = self._arrived.get(timeout=0.2)
            except queue.Empty:
                if self._client.status in ("closed", "closing"):
                    raise BackendError("the Dask scheduler is gone") from None
                yield None
                continue
            outcome = self._outcome(future)
            number = self._numbers.pop(future)
            self._submit(tasks, 1)
            yield number, outcome

    def stop(self) -> None:
        """Cancel what has not begun and leave the cluster."""
        if self._client.status == "running":
            self._client.cancel(list(self._numbers), force=True)
        self._numbers.clear()
        self._client.close(timeout=2)

    def _width(self) -> int:
        """Return how many items to keep under way."""
        threads: int = sum(self._client.nthreads().values())
        return _AHEAD * max(1, threads)

    def _submit(self, tasks: Iterator[tuple[int, Source]], count: int) -> None:
        """Send the next tasks."""
        for number, source in islice(tasks, count):
            future = self._client.submit(
                run_watched, source, self._question, self._memory_limit, pure=False
            )
            self._numbers[future] = number
            future.add_done_callback(self._arrived.put)

    def _outcome(self, future: Any) -> Outcome:
        """Return what a finished future holds."""
        try:
            outcome: Outcome = future.result()
        except Exception as error:
            # The scheduler may go between the arrival and this line: its word ends in an error
            # that no item has raised.
            if future.status != "error":
                raise BackendError("the Dask scheduler is gone") from error
            # KilledWorker: the item took several workers down with it.
            return unfinished(f"{type(error).__name__}: {error}", State.FAILED, 0.0)
        return outcome


_local = threading.local()


def run_watched(source: Source, question: Question, memory_limit: int | None) -> Outcome:
    """Run one item in this cluster thread's own child process; called on the workers."""
    supervisor: Supervisor | None = getattr(_local, "supervisor", None)
    if supervisor is None or _local.question != question:
        # A nanny's worker is a daemon, which multiprocessing forbids to have children; ours
        # die with their parent by themselves.
        multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # no public way
        supervisor = Supervisor(
            1, "", question, "none", time_limit=question.time_limit, memory_limit=memory_limit
        )
        _local.supervisor, _local.question = supervisor, question
    for event in supervisor.run(iter([(0, source)])):
        if event is not None:
            return event[1]
    raise BackendError("the item's process has ended without a word")
