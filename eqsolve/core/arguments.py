"""What is passed to a function must be of its kind: the one place that says so in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.errors import Fault, InstanceError, OptionError

__all__ = ["function_name", "require_count", "require_instance", "require_solution"]


def require_instance(given: object, kind: type[Any], name: str = "instance") -> None:
    """Raise `InstanceError` unless `given` is of the class `kind`.

    Parameters
    ----------
    given : what was passed for the parameter `name`.
    kind : a family's instance class, or a foreign class that stands for an instance.
    name : how the message calls it.

    Examples
    --------
    >>> require_instance([[5, 3]], dict, "market")
    Traceback (most recent call last):
    eqsolve.core.errors.InstanceError: market: list is no dict
    """
    if not isinstance(given, kind):
        raise InstanceError(Fault(name, f"{type(given).__name__} is no {kind.__name__}"))


def require_solution(given: object, kind: type[Any]) -> None:
    """Raise `OptionError` unless `given` is a solution of the class `kind`."""
    if not isinstance(given, kind):
        raise OptionError(f"{type(given).__name__} is no {kind.__name__}")


def function_name(call: object) -> str:
    """Return how tables call something callable: by its name, or by that of its class.

    Examples
    --------
    >>> function_name(len), function_name(lambda: 0)
    ('len', 'function')
    """
    name = str(getattr(call, "__name__", type(call).__name__))
    return "function" if name == "<lambda>" else name


def require_count(given: object, name: str, least: int = 0) -> None:
    """Raise `OptionError` unless `given` is a whole number of at least `least`; True is none."""
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or int(given) < least:  # type: ignore[call-overload]  # whole
        raise OptionError(f"{name} = {given!r}: must be a whole number >= {least}")
