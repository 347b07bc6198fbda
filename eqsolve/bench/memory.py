"""Peak memory of one run, in a process of its own so that nothing else counts."""

from __future__ import annotations

import multiprocessing
import resource
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["peak_memory"]


def peak_memory(suite: str, case: str, size: Any, contender: str, seed: int) -> float | None:
    """Return by how many MiB one run raised the peak memory, None if it failed.

    The problem itself, imports and compiled code of a small warm-up run do not count.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_probe, args=(theirs, suite, case, size, contender, seed))
    process.start()
    theirs.close()
    try:
        found: float = ours.recv()
    except EOFError:
        return None
    finally:
        process.join()
        ours.close()
    return found


def _probe(
    connection: Connection, suite: str, case: str, size: Any, contender: str, seed: int
) -> None:
    """Build, warm up, run once, send the increase of the peak."""
    from eqsolve.bench.suites import find_case

    found = find_case(suite, case)
    entry = next(entry for entry in found.contenders if entry.name == contender)
    entry.run(found.build(found.quick_sizes[0], seed))
    problem = found.build(size, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    entry.run(problem)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection.send((after - before) / 1024)
