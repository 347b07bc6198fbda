"""What a run has to work with: the machine's memory, and the versions of packages."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

__all__ = ["package_version", "total_memory"]


def total_memory() -> int | None:
    """Return the machine's memory in bytes, None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


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
