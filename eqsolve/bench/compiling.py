"""Compile the kernels before anything is measured, or on demand, one process per processor.

`eqsolve doctor --warm` does it ahead of the first solve. Compiling is never timed, but a cold
cache costs a minute or two of processor time, half of it for the dense kernels with real and with
whole values, which can be compiled side by side.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from eqsolve.core.case import Case

__all__ = ["compile_kernels"]


def compile_kernels(cases: Iterable[Case], seed: int = 0) -> None:
    """Run our contender of each case that brings kernels of its own, at its smallest size.

    The disk cache keeps what is compiled; a run that fails here will fail where it is measured.
    """
    context = multiprocessing.get_context("spawn")
    waiting = [(case.suite, case.name, seed) for case in cases if case.compiles]
    running: list[BaseProcess] = []
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            process = context.Process(target=_run_ours, args=waiting.pop(0), daemon=True)
            process.start()
            running.append(process)
        wait([process.sentinel for process in running])
        running = [process for process in running if process.is_alive()]


def _run_ours(suite: str, name: str, seed: int) -> None:
    """Solve the smallest problem of a case, with the kernels that larger ones need."""
    from eqsolve.algorithms import compile as compiling
    from eqsolve.algorithms.matching import service
    from eqsolve.bench.suites import find_case

    compiling.compile_at_once()
    service.PLAIN_PAIRS = 0

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends without a word
    case = find_case(suite, name)
    ours = next(contender for contender in case.contenders if contender.ours)
    ours.run(case.build(case.quick_sizes[0], seed))
