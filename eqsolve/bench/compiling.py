"""Compile the kernels before anything is measured, or on demand, one process per processor.

`compile_time` says what that costs: the processor time of a process that finds an empty cache,
less that of one that finds it filled.

`eqsolve doctor --warm` does it ahead of the first solve. Compiling is never timed, but a cold
cache costs about a minute of processor time, a third of it for the dense kernels with real and with
whole values, which can be compiled side by side.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eqsolve.bench.alone import measured_alone
from eqsolve.bench.measure import Measurement
from eqsolve.core.case import Case

__all__ = ["compile_kernels", "compile_time"]


def compile_kernels(cases: Iterable[Case], seed: int = 0) -> None:
    """Run our contender of each case that brings kernels of its own, at a size that needs them.

    The disk cache keeps what is compiled; a run that fails here will fail where it is measured.
    Each process takes several cases: once all is compiled, what is left is starting them.
    """
    waiting = [case for case in cases if case.compiles is not None]
    processes = min(len(waiting), os.cpu_count() or 1)
    if not waiting:
        return
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _compile_at_once)
    try:
        wait([pool.submit(_run_ours, c.suite, c.name, c.compiles, seed) for c in waiting])
    finally:
        pool.shutdown(cancel_futures=True)


def _compile_at_once() -> None:
    """Let this process take the compiled path for any size, and end without a word."""
    from eqsolve.algorithms import compile as compiling
    from eqsolve.algorithms.matching import service

    compiling.compile_at_once()
    service.PLAIN_PAIRS = 0
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run_ours(suite: str, name: str, size: Any, seed: int) -> None:
    """Solve a problem of a case with the kernels that it is there for."""
    from eqsolve.bench.suites import find_case

    case = find_case(suite, name)
    ours = next(contender for contender in case.contenders if contender.ours)
    ours.run(case.build(size, seed))


def compile_time(case: Case, seed: int = 0) -> Measurement:
    """Return the processor seconds that the kernels of a case take to compile, on one processor.

    Measured in processes of their own with a cache of their own, at the size of ``case.compiles``;
    whatever the machine has compiled before does not matter.
    """
    row = Measurement(
        "compiling",
        f"{case.suite}: {case.name}",
        "empty cache",
        "eqsolve",
        "processor time of compiling",
        "ok",
        rounds=1,
    )
    with TemporaryDirectory() as folder:
        work = (folder, case.suite, case.name, case.compiles, seed)
        cold, warm = (measured_alone(_processor_time, *work) for _ in range(2))
        if cold is None or warm is None:
            row.outcome = "failed: our contender ended without an answer"
        elif not any(Path(folder).rglob("*.nbi")):
            row.outcome = "failed: nothing was compiled, or it could not be kept"
        else:
            row.median = row.fastest = row.slowest = cold - warm
    return row


def _processor_time(folder: str, suite: str, name: str, size: Any, seed: int) -> float:
    """Solve, compiling into `folder`, and return the processor seconds."""
    os.environ["NUMBA_CACHE_DIR"] = folder  # numba is not imported yet
    start = time.process_time()
    _compile_at_once()
    _run_ours(suite, name, size, seed)
    return time.process_time() - start
