"""Fields of problems that go on from state to state: horizon and discount, chances of states."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.digits import EXACT
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers, report_entries

__all__ = [
    "DEFAULT",
    "ROUNDING",
    "SUM",
    "chances_at",
    "chances_of_start",
    "checked_time",
    "depth_of",
    "is_state",
    "no_such_state",
    "normalized",
    "numbers_at",
]

DEFAULT: Any = object()
"""Stands for a horizon that is not given."""

SUM, ROUNDING = 1e-9, 2.0**-48
"""How far a sum of probabilities may lie from 1, and from where on it is divided out."""


def checked_time(
    horizon: object, discount: object, moves: bool, faults: list[Fault]
) -> tuple[int | None, float]:
    """Return horizon and discount; add faults.

    Parameters
    ----------
    horizon : whole number >= 1, None for no end, or `DEFAULT`.
    discount : in (0, 1], below 1 without a horizon.
    moves : whether there are transitions, beside which the horizon must be given.
    faults : faults are appended here.
    """
    if horizon is DEFAULT:
        if moves:
            rule = "required beside transitions: a number of periods, or null for no end"
            faults.append(Fault("horizon", rule))
        horizon = 1
    whole = isinstance(horizon, int | np.integer) and not isinstance(horizon, bool)
    if horizon is not None and not (whole and 1 <= int(horizon) < 2**31):  # type: ignore[call-overload]
        faults.append(Fault("horizon", "must be a whole number >= 1, or null", value=horizon))
    number = isinstance(discount, int | float | np.number) and not isinstance(discount, bool)
    if not (number and 0 < float(discount) <= 1):  # type: ignore[arg-type]
        faults.append(Fault("discount", "must be in (0, 1]", value=discount))
    elif horizon is None and float(discount) == 1:  # type: ignore[arg-type]
        rule = "must be below 1 where there is no horizon"
        faults.append(Fault("discount", rule, value=discount))
    if faults:
        return None, 1.0
    return (None if horizon is None else int(horizon)), float(discount)  # type: ignore[call-overload, arg-type]


def no_such_state(place: tuple[int, ...], value: object, n_states: int) -> Fault:
    """Return the fault of a transition that leads nowhere."""
    rule = f"must be a state, 0 to {n_states - 1}, probabilities of all states, or null"
    return Fault("transitions", rule, place, value)


def normalized(
    weights: FloatArray, field: str, place: tuple[int, ...], faults: list[Fault]
) -> FloatArray | None:
    """Return probabilities that sum to 1, or None after a fault where they are too far from it."""
    total = math.fsum(weights.tolist())
    if not abs(total - 1) <= SUM:
        faults.append(Fault(field, f"sums to {total!r}, but probabilities sum to 1", place))
        return None
    return weights / total if abs(total - 1) > ROUNDING else weights


def depth_of(value: object) -> int:
    """Return how deep the first number of nested sequences lies, passing over None and [].

    Examples
    --------
    >>> depth_of([[None, None], [None, [0.5, 0.5]]]), depth_of([]), depth_of(3)
    (3, 1, 0)
    """
    found = _depth(value)
    if found is not None:
        return found
    return int(isinstance(value, list | tuple))


def _depth(value: object) -> int | None:
    """Return the depth of the first number, None where there is none."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if not isinstance(value, list | tuple):
        return None if value is None else 0
    inner = next((depth for part in value if (depth := _depth(part)) is not None), None)
    return None if inner is None else inner + 1


def numbers_at(
    value: object,
    field: str,
    place: tuple[int, ...],
    shape: tuple[int | None, ...],
    faults: list[Fault],
    *,
    signed: bool = True,
) -> FloatArray | None:
    """Return numbers that stand at `place` of a field as floats, or None after adding faults."""
    found: list[Fault] = []
    array = as_numbers(value, field, shape, found, signed=signed)
    if array is not None and array.dtype.kind == "i":
        lost = np.abs(array) > EXACT
        if lost.any():
            rule = "a whole number beyond 2**53 would lose digits"
            report_entries(found, field, array, lost, rule)
            array = None
    faults += [
        Fault(field, fault.rule, (*place, *fault.index), fault.value)
        for fault in found[: max(0, MAX_FAULTS - len(faults))]
    ]
    return None if array is None else array.astype(np.float64)


def chances_at(
    value: object, field: str, place: tuple[int, ...], n_states: int, faults: list[Fault]
) -> FloatArray | None:
    """Return probabilities of all states, or None after adding faults."""
    weights = numbers_at(value, field, place, (n_states,), faults, signed=False)
    return None if weights is None else normalized(weights, field, place, faults)


def is_state(value: object, n_states: int) -> bool:
    """Return whether a value is the number of a state."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and 0 <= int(value) < n_states  # type: ignore[call-overload]


def chances_of_start(value: object, n_states: int, faults: list[Fault]) -> FloatArray:
    """Return the probabilities of the first state; all 0 after a fault."""
    start = np.zeros(n_states)
    if is_state(value, n_states):
        start[int(value)] = 1.0  # type: ignore[call-overload]
    elif isinstance(value, list | tuple | np.ndarray):
        weights = chances_at(value, "initial", (), n_states, faults)
        start = start if weights is None else weights
    else:
        rule = f"must be a state, 0 to {n_states - 1}, or a probability for each"
        faults.append(Fault("initial", rule, value=value))
    return start
