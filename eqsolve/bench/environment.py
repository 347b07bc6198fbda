"""Machine and versions of a benchmark run."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eqsolve.version import __version__

__all__ = ["environment"]

PEERS = (
    "numpy", "scipy", "numba", "ortools", "cvxpy", "clarabel", "networkx",
    "lapx", "POT", "pygambit", "quantecon",
)  # fmt: skip


def environment() -> dict[str, str]:
    """Return what decides about times: processor, memory, versions, date."""
    facts = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "eqsolve": __version__,
        "python": sys.version.split()[0],
        "system": platform.system(),
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "memory": _memory(),
    }
    for name in PEERS:
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            facts[name] = "not installed"
    return facts


def _processor() -> str:
    """Return the processor's model name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> str:
    """Return the machine's memory."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return "unknown"
    return f"{total / 2**30:.0f} GiB"
