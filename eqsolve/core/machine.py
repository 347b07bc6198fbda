"""What a run has to work with: memory, open files, and the versions of packages."""

from __future__ import annotations

import contextlib
import os
from importlib.metadata import PackageNotFoundError, version

__all__ = ["open_files", "package_version", "total_memory"]


def total_memory() -> int | None:
    """Return the machine's memory in bytes, None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def open_files() -> int:
    """Return how many files this process may have open; the limit is raised as far as allowed."""
    try:
        import resource
    except ImportError:  # no such limit on this system
        return 2**20
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return 2**20 if soft == resource.RLIM_INFINITY else soft


def package_version(name: str) -> str:
    """Return the version of a package, or ``"not installed"``.

    Examples
    --------
    >>> package_version("no-such-package")
    'not installed'
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
