"""Fields of problems that go on from state to state: horizon and discount, chances of states."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault

__all__ = ["DEFAULT", "ROUNDING", "SUM", "checked_time", "no_such_state", "normalized"]

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
