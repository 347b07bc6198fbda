"""Peak memory of one run, in a process of its own so that nothing else counts."""

from __future__ import annotations

import contextlib
import resource
import warnings
from pathlib import Path
from typing import Any

from eqsolve.bench.alone import measured_alone

__all__ = ["peak_memory"]


def peak_memory(suite: str, case: str, size: Any, contender: str, seed: int) -> float | None:
    """Return by how many MiB one run raised the peak memory, None if it failed.

    The problem itself does not count, nor do imports and compiled code, which a warm-up run at the
    greatest of the quick sizes has brought in.
    """
    return measured_alone(_increase, suite, case, size, contender, seed)


def _increase(suite: str, case: str, size: Any, contender: str, seed: int) -> float:
    """Build, warm up, run once, return the increase of the peak."""
    from eqsolve.bench.suites import find_case

    warnings.simplefilter("ignore")  # a peer's are its own business
    found = find_case(suite, case)
    entry = next(entry for entry in found.contenders if entry.name == contender)
    entry.run(found.build(found.quick_sizes[-1], seed))
    problem = found.build(size, seed)
    before = _restart_peak()
    entry.run(problem)
    return (_peak() - before) / 1024


def _restart_peak() -> int:
    """Let the peak begin anew at what is in use now (Linux); return it, KiB.

    Elsewhere the peak of building the problem stays and may hide some of the run's.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    """Return the peak of resident memory, KiB."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
