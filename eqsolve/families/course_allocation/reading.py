"""What files say of limits, conflicts, adjustments, groups and budgets: where it is checked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, IntArray, NumberArray, read_only
from eqsolve.core.bid_table import exact
from eqsolve.core.digits import EXACT, exact_float
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers, as_whole, report_entries
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.schema import take_object

__all__ = [
    "LARGEST", "ORDERS", "Group", "Incomes", "Timetable", "is_rule", "length_of",
    "named_adjustments", "named_groups", "named_timetable", "read_adjustments", "read_budgets",
    "read_conflicts", "read_credits", "read_groups", "read_limits", "read_timetable",
]  # fmt: skip

ORDERS = ("index", "random")
LARGEST = 1e100
"""Adjustments and bonuses beyond would overflow in products."""

Timetable = tuple[tuple[tuple[int, ...], ...], ...]
"""Day, slot -> courses taught then."""


@dataclass(frozen=True, slots=True)
class Group:
    """Courses that are worth more, or less, together.

    Parameters
    ----------
    courses : rising.
    bonus : with t of them, ``bonus[t - 1]`` times the sum of their values is added.
    """

    courses: tuple[int, ...]
    bonus: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Incomes:
    """Budgets that are nearly equal: ``base * (1 + spread * r / n)`` for number r in the order.

    Parameters
    ----------
    base : the least budget, > 0.
    spread : >= 0.
    order : ``"index"``, or ``"random"`` by the seed of the run.
    """

    base: float = 1.0
    spread: float = 0.04
    order: str = "random"

    def ladder(self, n: int) -> FloatArray:
        """Return the n budgets, rising."""
        rank: FloatArray = np.arange(n) / max(n, 1)
        return self.base * (1 + self.spread * rank)


def named_timetable(value: object, sides: NamedSides, faults: list[Fault]) -> Any:
    """Return a timetable with numbers for names of courses, None after adding faults."""
    before = len(faults)
    found = sides.places(value, "timetable", "courses")
    return found if len(faults) == before else None


def named_adjustments(value: object, sides: NamedSides, faults: list[Fault]) -> Any:
    """Return adjustments with numbers for names of students and courses, None after faults."""
    before = len(faults)

    def numbered(own: Any, depth: int) -> Any:
        if not isinstance(own, list | tuple):
            return own
        if depth:
            return [numbered(part, depth - 1) for part in own]
        return [*sides.places(list(own[:2]), "adjustments", "courses"), *own[2:]]

    if isinstance(value, Mapping | list | tuple):
        value = numbered(sides.lists(value, "adjustments", "students"), 2)
    return value if len(faults) == before else None


def named_groups(value: object, sides: NamedSides, faults: list[Fault]) -> Any:
    """Return groups with numbers for names of students and courses, None after adding faults."""
    before = len(faults)

    def numbered(own: Any) -> Any:
        if isinstance(own, list | tuple):
            return [numbered(part) for part in own]
        if isinstance(own, Mapping) and "courses" in own:
            return {**own, "courses": sides.places(own["courses"], "groups", "courses")}
        return own

    found = numbered(sides.lists(value, "groups", "students"))
    return found if len(faults) == before else None


def is_rule(budgets: object, sides: NamedSides) -> bool:
    """Return whether budgets are given by a rule: an object that names no student, or `Incomes`."""
    if isinstance(budgets, Mapping):
        return not any(str(name) in sides.members("students") for name in budgets)
    return isinstance(budgets, Incomes)


def length_of(value: object) -> int | None:
    """Return how many entries a refused field has, so that others are checked against it."""
    if isinstance(value, np.ndarray):
        return value.shape[0] if value.ndim else None
    return len(value) if isinstance(value, list | tuple) else None


def _entries(value: object, field: str, faults: list[Fault], rule: str) -> list[Any] | None:
    """Return a list, or None after adding a fault."""
    value = plain_numbers(value)
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, list | tuple):
        return list(value)
    faults.append(Fault(field, rule, value=value))
    return None


def _per_student(
    value: object, field: str, n: int | None, faults: list[Fault]
) -> Iterator[tuple[int, list[Any]]]:
    """Yield each student with its own list; adds faults."""
    outer = _entries(value, field, faults, "must be a list with one list per student")
    if outer is not None and n is not None and len(outer) != n:
        faults.append(Fault(field, f"has length {len(outer)}, expected {n}: one list per student"))
    for i, own in enumerate(outer or ()):
        if isinstance(own, list | tuple):
            yield i, list(own)
        else:
            faults.append(Fault(field, "must be a list", (i,), own))


def _course(
    value: object, m: int | None, field: str, index: tuple[int | str, ...], faults: list[Fault]
) -> int | None:
    """Return a course, or None after adding a fault."""
    number = exact_float(value)
    if number is not None and number.is_integer() and 0 <= number < (np.inf if m is None else m):
        return int(number)
    limit = "" if m is None else f" below {m}"
    faults.append(Fault(field, f"must be a course, a whole number >= 0{limit}", index, value))
    return None


def _number(
    value: object, field: str, index: tuple[int | str, ...], faults: list[Fault], rule: str,
    low: float = -LARGEST, *, open_low: bool = False,
) -> float | None:  # fmt: skip
    """Return a number >= low (> low where that is open), or None after adding a fault."""
    number = exact_float(value)
    if number is None or not low <= number <= LARGEST or (open_low and number == low):
        faults.append(Fault(field, rule, index, value))
        return None
    return number + 0.0


def read_limits(
    value: object, field: str, n: int | None, default: float | None, faults: list[Fault],
    *, whole: bool = False,
) -> NumberArray | None:  # fmt: skip
    """Return one limit per student, from one for all or one for each."""
    kind = np.int64 if whole else np.float64
    if value is None:
        return read_only(np.full(n or 0, default or 0, dtype=kind))
    given = plain_numbers(value)
    if isinstance(given, int | float | np.number) or (
        isinstance(given, np.ndarray) and given.ndim == 0
    ):
        before = len(faults)
        one = as_whole([given], field, (1,), faults) if whole else as_numbers(
            [given], field, (1,), faults
        )  # fmt: skip
        faults[before:] = [Fault(field, f.rule, (), f.value) for f in faults[before:]]
        if one is None:
            return None
        if not whole:
            _keep_digits(one, field, faults)
        return read_only(np.full(n or 0, one[0], dtype=kind))
    if whole:
        return as_whole(value, field, (n,), faults)
    array = as_numbers(value, field, (n,), faults)
    if array is None:
        return None
    _keep_digits(array, field, faults)
    return read_only(array.astype(np.float64))


def _keep_digits(array: NumberArray, field: str, faults: list[Fault]) -> None:
    """Add a fault for each whole number that a float does not hold."""
    if array.dtype.kind == "i":
        report_entries(faults, field, array, array > EXACT, "a float does not hold its digits")


def read_credits(value: object, m: int | None, faults: list[Fault]) -> FloatArray | None:
    """Return credits > 0 per course, 1 by default."""
    if value is None:
        return read_only(np.ones(m or 0))
    array = as_numbers(value, "credits", (m,), faults)
    if array is None:
        return None
    report_entries(faults, "credits", array, array <= 0, "must be > 0")
    _keep_digits(array, "credits", faults)
    decimals = [exact(credit) for credit in array.tolist()]
    if sum(decimals) * math.lcm(*(credit.denominator for credit in decimals)) > 2**62:
        faults.append(Fault("credits", "sums of these decimals do not fit 64 bits"))
    return read_only(array.astype(np.float64))


def read_timetable(value: object, m: int | None, faults: list[Fault]) -> Timetable | None:
    """Return the courses of each day and slot."""
    if value is None:
        return None
    days = []
    outer = _entries(value, "timetable", faults, "must be a list of days, each a list of slots")
    for d, day in enumerate(outer or ()):
        if not isinstance(day, list | tuple):
            faults.append(Fault("timetable", "must be a list of slots", (d,), day))
            continue
        slots = []
        for s, taught in enumerate(day):
            if not isinstance(taught, list | tuple):
                faults.append(Fault("timetable", "must be a list of courses", (d, s), taught))
                continue
            slots.append(_different(taught, m, "timetable", (d, s), faults))
        days.append(tuple(slots))
    return tuple(days)


def _different(
    value: list[Any] | tuple[Any, ...], m: int | None, field: str,
    index: tuple[int | str, ...], faults: list[Fault],
) -> tuple[int, ...]:  # fmt: skip
    """Return different courses, rising; adds faults."""
    found: list[int] = []
    for k, entry in enumerate(value):
        j = _course(entry, m, field, (*index, k), faults)
        if j is not None and j in found:
            faults.append(Fault(field, "is there twice", (*index, k), j))
        elif j is not None:
            found.append(j)
    return tuple(sorted(found))


def read_conflicts(
    value: object, timetable: Timetable | None, m: int | None, faults: list[Fault]
) -> IntArray | None:
    """Return conflicting pairs, rising, from a list of pairs or from a timetable."""
    pairs: set[tuple[int, int]] = set()
    if timetable is not None:
        pairs = {pair for day in timetable for slot in day for pair in combinations(slot, 2)}
    elif value is not None:
        outer = _entries(value, "conflicts", faults, "must be a list of pairs of courses")
        for k, pair in enumerate(outer or ()):
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                faults.append(Fault("conflicts", "must be a pair of courses", (k,), pair))
                continue
            a, b = (_course(end, m, "conflicts", (k, e), faults) for e, end in enumerate(pair))
            if a is not None and a == b:
                rule = "must be two different courses: none conflicts with itself"
                faults.append(Fault("conflicts", rule, (k,), list(pair)))
            elif a is not None and b is not None:
                pairs.add((min(a, b), max(a, b)))
    return read_only(np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2))


def read_adjustments(
    value: object, n: int | None, m: int | None, faults: list[Fault]
) -> tuple[tuple[tuple[int, int, float], ...], ...]:
    """Return each student's adjusted pairs, rising, with what they add."""
    if value is None:
        return ((),) * (n or 0)
    found: list[tuple[tuple[int, int, float], ...]] = []
    for i, own in _per_student(value, "adjustments", n, faults):
        pairs: dict[tuple[int, int], float] = {}
        for k, entry in enumerate(own):
            if not isinstance(entry, list | tuple) or len(entry) != 3:
                faults.append(Fault("adjustments", "must be [a, b, delta]", (i, k), entry))
                continue
            a, b = (_course(entry[e], m, "adjustments", (i, k, e), faults) for e in (0, 1))
            rule = f"must be a finite number, at most {LARGEST:g}"
            delta = _number(entry[2], "adjustments", (i, k, 2), faults, rule)
            if a is None or b is None or delta is None:
                continue
            pair = (min(a, b), max(a, b))
            if a == b:
                rule = "must be of two different courses"
                faults.append(Fault("adjustments", rule, (i, k), list(entry)))
            elif pair in pairs:
                faults.append(Fault("adjustments", "is adjusted twice", (i, k), list(pair)))
            pairs[pair] = delta
        found.append(tuple((a, b, delta) for (a, b), delta in sorted(pairs.items())))
    return tuple(found)


def read_groups(
    value: object, n: int | None, m: int | None, faults: list[Fault]
) -> tuple[tuple[Group, ...], ...]:
    """Return each student's groups."""
    if value is None:
        return ((),) * (n or 0)
    found = []
    names = {"courses": True, "bonus": True}
    for i, own in _per_student(value, "groups", n, faults):
        groups = []
        for k, entry in enumerate(own):
            entry = (
                {"courses": entry.courses, "bonus": entry.bonus}
                if isinstance(entry, Group)
                else entry
            )
            inner: list[Fault] = []
            taken = take_object({"groups": entry}, "groups", names, inner)
            faults += [Fault(f.field, f.rule, (i, k, *f.index), f.value) for f in inner]
            if taken is None:
                continue
            groups.append(_group(taken, m, (i, k), faults))
        found.append(tuple(group for group in groups if group is not None))
    return tuple(found)


def _group(
    taken: Mapping[str, Any], m: int | None, index: tuple[int, int], faults: list[Fault]
) -> Group | None:
    """Return one group, or None after adding faults."""
    parts = {}
    for key in ("courses", "bonus"):
        part = taken[key].tolist() if isinstance(taken[key], np.ndarray) else taken[key]
        if not isinstance(part, list | tuple):
            faults.append(Fault("groups", "must be a list", (*index, key), part))
            return None
        parts[key] = part
    before = len(faults)
    courses = _different(parts["courses"], m, "groups", (*index, "courses"), faults)
    rule = f"must be a finite number, at most {LARGEST:g}"
    bonus = [
        _number(entry, "groups", (*index, "bonus", t), faults, rule)
        for t, entry in enumerate(parts["bonus"])
    ]
    if len(parts["bonus"]) != len(parts["courses"]):
        rule = f"has {len(parts['bonus'])} bonuses, expected {len(parts['courses'])}"
        faults.append(Fault("groups", f"{rule}: as many as courses", (*index, "bonus")))
    if len(faults) > before:
        return None
    return Group(courses, tuple(part for part in bonus if part is not None))


def read_budgets(
    value: object, n: int | None, faults: list[Fault]
) -> tuple[Incomes | None, FloatArray | None]:
    """Return the rule by which budgets are drawn, or given budgets."""
    if value is None:
        return Incomes(), None
    if isinstance(value, Incomes):
        return value, None
    if not isinstance(value, Mapping):
        array = as_numbers(value, "budgets", (n,), faults)
        if array is None:
            return None, None
        report_entries(faults, "budgets", array, array <= 0, "must be > 0")
        _keep_digits(array, "budgets", faults)
        return None, read_only(array.astype(np.float64))
    names = dict.fromkeys(("base", "spread", "order"), False)
    taken = take_object({"budgets": value}, "budgets", names, faults)
    if taken is None:
        return None, None
    base = _number(
        taken.get("base", 1), "budgets", ("base",), faults, "must be > 0 and finite", 0,
        open_low=True,
    )  # fmt: skip
    spread = _number(
        taken.get("spread", 0.04), "budgets", ("spread",), faults, "must be >= 0 and finite", 0
    )
    order = taken.get("order", "random")
    if order not in ORDERS:
        faults.append(Fault("budgets", "must be 'index' or 'random'", ("order",), order))
    if base is None or spread is None or order not in ORDERS:
        return None, None
    if not math.isfinite(base * (1 + spread)):
        faults.append(Fault("budgets", "must stay finite", ("spread",), spread))
        return None, None
    return Incomes(base, spread, str(order)), None
