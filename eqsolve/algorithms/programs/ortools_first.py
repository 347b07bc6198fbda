"""OR-tools, loaded in the one order that works.

OR-tools and highspy (which cvxpy imports) bring different versions of a shared library of the same
name, libhighs; the first one loaded serves both. OR-tools cannot live with highspy's, cvxpy can do
without highspy: so OR-tools comes first, wherever either may be used. Where a user was faster,
OR-tools works in a process of its own (`in_process`).
"""

from __future__ import annotations

import sys
from typing import Any

from eqsolve.core.errors import BackendError

__all__ = ["load_mathopt", "too_late_for_mathopt"]


def too_late_for_mathopt() -> bool:
    """Return whether somebody has loaded highspy before OR-tools, and the two do not agree."""
    if "highspy" not in sys.modules:
        return False
    try:
        load_mathopt()
    except BackendError:
        return True
    return False


def load_mathopt() -> Any:
    """Return the module ``ortools.math_opt.python.mathopt``.

    Raises
    ------
    BackendError : it is not installed, or highspy was imported before.
    """
    try:
        from ortools.math_opt.python import mathopt
        from ortools.util.python import solve_interrupter  # noqa: F401  # the same library
    except ImportError as error:
        raise BackendError(
            f"OR-tools cannot be loaded; where highspy or cvxpy is used too, OR-tools must be "
            f"imported first ({error})"
        ) from error
    return mathopt
