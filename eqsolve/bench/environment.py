"""Machine and versions of a benchmark run."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from eqsolve.core.machine import package_version, total_memory
from eqsolve.version import __version__

__all__ = ["environment"]

PEERS = (
    "numpy", "scipy", "numba", "ortools", "cvxpy", "clarabel", "networkx",
    "lapx", "POT", "pygambit", "quantecon", "nltk", "transformers",
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
    return facts | {name: package_version(name) for name in PEERS}


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
    total = total_memory()
    return "unknown" if total is None else f"{total / 2**30:.0f} GiB"
