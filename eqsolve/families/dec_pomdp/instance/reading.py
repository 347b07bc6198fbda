"""The smaller fields of a model: checked, each fault with its place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.periods import numbers_at
from eqsolve.families.dec_pomdp.instance.rows import EVEN, SUM

__all__ = ["counts_of", "discount_of", "one_row", "optional_fields"]


def counts_of(value: object, field: str, faults: list[Fault]) -> tuple[int, ...]:
    """Return a whole number >= 1 for each agent, or nothing after adding faults."""
    given = plain_numbers(value)
    given = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(given, list | tuple) or not given:
        faults.append(Fault(field, "must be a list with a number for each agent", value=given))
        return ()
    wrong = [
        Fault(field, "must be a whole number >= 1", (i,), count)
        for i, count in enumerate(given)
        if type(count) is not int or not 1 <= count < 2**31
    ]
    faults += wrong
    return () if wrong else tuple(given)


def discount_of(value: object, faults: list[Fault]) -> float:
    """Return the discount, or 1 after a fault."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (number and 0 <= float(value) <= 1):  # type: ignore[arg-type]  # a number
        faults.append(Fault("discount", "must be in [0, 1]", value=value))
        return 1.0
    return float(value)  # type: ignore[arg-type]


def one_row(
    weights: FloatArray, field: str, place: tuple[int, ...], faults: list[Fault]
) -> FloatArray:
    """Return probabilities that sum to 1, divided by their sum where they were rounded."""
    total = math.fsum(weights.tolist())
    if not abs(total - 1) <= SUM:
        rule = f"sums to {total!r}, but probabilities sum to 1"
        faults.append(Fault(field, rule, place))
    elif abs(total - 1) > EVEN:
        weights = weights / total
    return read_only(weights)


def optional_fields(
    shape: tuple[int, int, int],
    sizes: tuple[int, ...],
    rewards: object,
    embedding: object,
    policies: object,
    faults: list[Fault],
) -> dict[str, Any]:
    """Return rewards, embedding and policies; adds faults."""
    found: dict[str, Any] = {}
    axes: tuple[int | None, ...]
    for field, given, axes in (
        ("rewards", rewards, shape[:2]),
        ("embedding", embedding, (shape[1], None)),
    ):
        found[field] = None
        if given is not None:
            table = numbers_at(plain_numbers(given), field, (), axes, faults)
            found[field] = None if table is None else read_only(table)
    if found["embedding"] is not None and not found["embedding"].shape[1]:
        faults.append(Fault("embedding", "points need at least one dimension"))
    found["policies"] = tuple(read_only(np.full(size, 1 / size)) for size in sizes)
    if policies is not None:
        rows = plain_numbers(policies)
        rows = rows.tolist() if isinstance(rows, np.ndarray) else rows
        if not isinstance(rows, list | tuple) or len(rows) != len(sizes):
            rule = f"must be a list of probabilities for each of {len(sizes)} agents"
            faults.append(Fault("policies", rule))
            return found
        read = [
            (i, numbers_at(row, "policies", (i,), (size,), faults, signed=False))
            for i, (row, size) in enumerate(zip(rows, sizes, strict=True))
        ]
        found["policies"] = tuple(
            one_row(row, "policies", (i,), faults) for i, row in read if row is not None
        )
    return found
