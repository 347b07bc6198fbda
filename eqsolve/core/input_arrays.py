"""The one place where what a user passes becomes a numeric array.

Numbers keep their nature: data made of whole numbers (also ``3.0``) is held as int64 and solved
exactly, everything else as float64. Nothing is rounded silently: an integer that would lose
digits is a fault. All faults are collected, none is raised here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from eqsolve.core.array_likes import kinds_of, plain_numbers
from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, extent, owned
from eqsolve.core.digits import BESIDE, EXACT, FITS, LOST
from eqsolve.core.errors import Fault

__all__ = ["MAX_FAULTS", "as_numbers", "as_whole", "report_entries", "require_whole"]

MAX_FAULTS = 100
"""Faults listed per field; the rest are counted in one more line."""

_RULE, _FINITE = "must be >= 0 and finite", "must be finite"
_MISSING = "a number is missing here"


def as_numbers(
    value: object,
    name: str,
    shape: Sequence[int | None],
    faults: list[Fault],
    *,
    missing: bool = False,
    signed: bool = False,
) -> NumberArray | None:
    """Return `value` as a read-only int64 or float64 array, or None after adding faults.

    Parameters
    ----------
    value : array or nested sequences of numbers; None or NaN marks a missing entry.
    name : field name used in faults.
    shape : expected length of each axis, None where any length will do.
    faults : faults found are appended here.
    missing : whether missing entries are allowed; they come back as -1.
    signed : whether negative numbers are allowed (not together with `missing`).

    Returns
    -------
    array : C-contiguous and read-only; int64 when every number is whole.

    Examples
    --------
    >>> found = []
    >>> as_numbers([[1, None], [2.0, 3]], "values", (None, None), found, missing=True)
    array([[ 1, -1],
           [ 2,  3]])
    >>> as_numbers([1, -2], "budgets", (2,), found) is None, str(found[0])
    (True, 'budgets[1] = -2: must be >= 0 and finite')
    """
    taken = take_numbers(value, name, shape, faults, missing=missing, signed=signed)
    return None if taken is None else taken[0]


def take_numbers(
    value: object,
    name: str,
    shape: Sequence[int | None],
    faults: list[Fault],
    *,
    missing: bool = False,
    signed: bool = False,
) -> tuple[NumberArray, tuple[Any, Any] | None] | None:
    """Return what `as_numbers` returns, and its least and greatest number if they are known."""
    before = len(faults)
    parsed = _parse(value, name, len(shape), faults, missing=missing, signed=signed)
    if parsed is None:
        expected = shape[0] if shape else None
        if isinstance(value, list | tuple) and expected not in (None, len(value)):
            where = " along axis 0" if len(shape) > 1 else ""
            faults.append(Fault(name, f"has length {len(value)}{where}, expected {expected}"))
        return None
    array, absent, span, given = parsed
    for axis, (length, expected) in enumerate(zip(array.shape, shape, strict=True)):
        if expected is not None and length != expected:
            where = f" along axis {axis}" if len(shape) > 1 else ""
            faults.append(Fault(name, f"has length {length}{where}, expected {expected}"))
    if absent is not None and not missing:
        report_entries(faults, name, None, absent, _MISSING)
    bad = _bad_entries(array, absent, span, signed=signed)
    if bad is not None:
        report_entries(faults, name, array, bad, _FINITE if signed else _RULE)
    if len(faults) > before:
        return None
    return _settled(array, absent, span, given), span


def report_entries(
    faults: list[Fault], name: str, array: npt.NDArray[Any] | None, bad: BoolArray, rule: str
) -> None:
    """Append a fault for each True of `bad`, and one that counts those beyond `MAX_FAULTS`."""
    places = np.argwhere(bad)
    for place in places[:MAX_FAULTS]:
        index = tuple(int(part) for part in place)
        shown = None if array is None else array[index].item()
        faults.append(Fault(name, rule, index=index, value=shown))
    if len(places) > MAX_FAULTS:
        faults.append(Fault(name, f"{rule} ({len(places) - MAX_FAULTS} more entries)"))


def require_whole(faults: list[Fault], name: str, array: NumberArray) -> bool:
    """Return whether indices are held as integers, after adding a fault for each that is none.

    Floats beyond 2**53 are no indices either, although they have no fraction.
    """
    if array.dtype.kind == "i":
        return True
    bad = (array != np.floor(array)) | (np.abs(array) >= EXACT)
    report_entries(faults, name, array, bad, "must be whole")
    return False


def as_whole(
    value: object, name: str, shape: tuple[int | None], faults: list[Fault]
) -> IntArray | None:
    """Return a list of whole numbers >= 0, or None after adding a fault for each that is none.

    Examples
    --------
    >>> found = []
    >>> as_whole([-1, 0.5], "supplies", (2,), found) is None, [fault.index for fault in found]
    (True, [(0,), (1,)])
    """
    array = as_numbers(value, name, shape, faults)
    if array is not None:
        return array if require_whole(faults, name, array) else None
    given = plain_numbers(value)
    entries = given.tolist() if isinstance(given, np.ndarray) else given
    if isinstance(entries, list | tuple):  # refused for something else, which hides no fraction
        shown = np.array([x if isinstance(x, float) and 0 < x < EXACT else 0.0 for x in entries])
        report_entries(faults, name, shown, shown != np.floor(shown), "must be whole")
    return None


class _Parsed(NamedTuple):
    """Numbers (int64 or float64), where entries are missing (None: nowhere), least and greatest.

    The last is None where entries are missing or the array is empty. `given` is the caller's own
    array, if there is one: the numbers may still share its memory.
    """

    array: NumberArray
    absent: BoolArray | None
    span: tuple[Any, Any] | None
    given: npt.NDArray[Any] | None = None


def _parse(
    value: object, name: str, ndim: int, faults: list[Fault], *, missing: bool, signed: bool
) -> _Parsed | None:
    """Convert to numbers of the right depth, or return None after adding faults."""
    if type(value) is np.ndarray and value.dtype == np.int64 and value.size and value.ndim == ndim:
        return _Parsed(value, None, extent(value), value)  # nothing to find out
    mask: BoolArray | None = None
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value) if np.ma.is_masked(value) else None
        value = np.ma.getdata(value)
    value = plain_numbers(value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        hidden: Any = False if mask is None else mask
        value, mask = plain_numbers(np.ma.array(value, mask=hidden).tolist()), None
    array = value if isinstance(value, np.ndarray) else _array_of(value)
    if array is not None and array.size == 0 and array.ndim <= ndim:  # [] stands for an empty side
        shape = array.shape + (0,) * (ndim - array.ndim)
        return _Parsed(np.empty(shape, dtype=np.int64), None, None)
    parsed: _Parsed | None
    kind = "" if array is None else array.dtype.kind
    if array is not None and (kind == "i" or (kind == "u" and array.max() < 2**63)):
        whole = array.astype(np.int64, copy=False)
        parsed = _Parsed(whole, mask, extent(whole) if mask is None and whole.size else None)
    elif array is not None and kind == "f":
        parsed = _parse_floats(array, mask, name, faults)
        if isinstance(value, list) and np.nanmax(np.abs(array), initial=0.0) >= EXACT:
            _report_lost_digits(value, name, faults)
    else:
        if isinstance(value, np.ndarray):
            if kind not in "ub?US":
                faults.append(Fault(name, f"holds {value.dtype}, expected numbers"))
                return None
            value = value.tolist()
        parsed = _parse_objects(value, name, ndim, faults, missing=missing, signed=signed)
    if parsed is None:
        return None
    if parsed.array.ndim != ndim:
        faults.append(Fault(name, f"is {_form(parsed.array.ndim)}, must be {_form(ndim)}"))
        return None
    return parsed._replace(given=value if isinstance(value, np.ndarray) else None)


def _form(ndim: int) -> str:
    """Return what numbers with so many axes are called.

    Examples
    --------
    >>> _form(0), _form(2), _form(4)
    ('one number', 'a matrix', 'an array of 4 axes')
    """
    words = ("one number", "a list of numbers", "a matrix", "a list of matrices")
    return words[ndim] if ndim < len(words) else f"an array of {ndim} axes"


def _array_of(value: object) -> npt.NDArray[Any] | None:
    """Return nested lists of numbers as an array, None where one has to look at each entry."""
    kinds = kinds_of(value) if isinstance(value, list) else {type(value)}
    if not kinds <= {int, float}:
        return None
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):  # ragged
        return None
    # numpy makes floats of int64 beside uint64, and objects of what is larger still.
    exact = array.dtype.kind == "i" or (array.dtype.kind == "f" and kinds != {int})
    return array if exact or not array.size else None


def _parse_floats(
    array: npt.NDArray[Any], mask: BoolArray | None, name: str, faults: list[Fault]
) -> _Parsed:
    """Convert floats of any width; NaN and masked entries are missing."""
    with np.errstate(over="ignore"):
        doubles = array.astype(np.float64, copy=False)
    if array.dtype.itemsize > doubles.dtype.itemsize:
        lost = (doubles != array) & ~np.isnan(array)
        lost = lost if mask is None else lost & ~mask
        if lost.any():
            report_entries(faults, name, array, lost, LOST)
    span = extent(doubles) if doubles.size and mask is None else None
    if span is not None and not np.isnan(span[0]):
        return _Parsed(doubles, None, span)
    absent = np.isnan(doubles) if mask is None else mask | np.isnan(doubles)
    return _Parsed(doubles, absent if absent.any() else None, None)


def _parse_objects(
    value: object, name: str, ndim: int, faults: list[Fault], *, missing: bool, signed: bool
) -> _Parsed | None:
    """Convert what numpy did not take at once: nulls, big integers, ragged rows, wrong types."""
    before = len(faults)
    _report_ragged(value, name, ndim, faults)
    whole = True
    others: list[Fault] = []  # what the array would show, were there one
    for index, entry in _leaves(value, ndim):
        if len(faults) - before > MAX_FAULTS:
            break
        if isinstance(entry, bool) or not (entry is None or isinstance(entry, int | float)):
            shown = entry if isinstance(entry, bool | str) else f"<{type(entry).__name__}>"
            rule = LOST if isinstance(entry, np.floating) else "must be a number"
            shown = str(entry) if isinstance(entry, np.floating) else shown
            faults.append(Fault(name, rule, index=index, value=shown))
        elif len(index) != ndim:
            rule = f"expected lists nested {ndim} deep, found a number {len(index)} deep"
            faults.append(Fault(name, rule, index=index, value=entry))
        elif isinstance(entry, int) and not -(2**63) <= entry < 2**63:
            faults.append(Fault(name, FITS, index=index, value=entry))
        elif entry is None:
            others += [] if missing else [Fault(name, _MISSING, index=index)]
        elif (entry < 0 and not signed) or math.isinf(entry):
            others.append(Fault(name, _FINITE if signed else _RULE, index=index, value=entry))
        whole = whole and not isinstance(entry, float)
    if len(faults) > before:
        found = [*faults[before:], *others[:MAX_FAULTS]]
        faults[before:] = sorted(found, key=lambda fault: fault.index)
        return None
    array: NumberArray = np.array(value, dtype=np.float64)
    absent = np.isnan(array)
    if whole:
        flat = [0 if entry is None else entry for _, entry in _leaves(value)]
        array = np.array(flat, dtype=np.int64).reshape(array.shape)
    elif np.nanmax(np.abs(array), initial=0.0) >= EXACT:
        _report_lost_digits(value, name, faults)
    if absent.any():
        return _Parsed(array, absent, None)
    return _Parsed(array, None, extent(array) if array.size else None)


def _leaves(
    value: object, ndim: int = 0, index: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], object]]:
    """Yield (position, entry) for every entry of nested lists, and empty lists at depth `ndim`."""
    if isinstance(value, list | tuple) and (value or len(index) != ndim or not ndim):
        for position, part in enumerate(value):
            yield from _leaves(part, ndim, (*index, position))
    else:
        yield index, value


def _report_lost_digits(value: object, name: str, faults: list[Fault]) -> None:
    """Add a fault for each integer that a float cannot hold."""
    for index, entry in _leaves(value):
        if isinstance(entry, int) and int(float(entry)) != entry:
            faults.append(Fault(name, BESIDE, index=index, value=entry))


def _report_ragged(
    value: object,
    name: str,
    ndim: int,
    faults: list[Fault],
    index: tuple[int, ...] = (),
    lengths: dict[int, int] | None = None,
) -> None:
    """Add a fault for every row that is no list or whose length differs from the first row's.

    `lengths` keeps the first row's length at each depth, for rows of different parents.
    """
    if ndim < 2 or not isinstance(value, list | tuple) or not value:
        return
    lengths = {} if lengths is None else lengths
    first = next((len(row) for row in value if isinstance(row, list | tuple)), 0)
    expected = lengths.setdefault(ndim, first)
    for position, row in enumerate(value):
        place = (*index, position)
        if not isinstance(row, list | tuple):
            faults.append(Fault(name, f"must be a list of {expected} entries", place, row))
        elif len(row) != expected:
            rule = f"has {len(row)} entries, expected {expected} as in the first row"
            faults.append(Fault(name, rule, place))
        else:
            _report_ragged(row, name, ndim - 1, faults, place, lengths)


def _bad_entries(
    array: NumberArray,
    absent: BoolArray | None,
    span: tuple[Any, Any] | None,
    *,
    signed: bool,
) -> BoolArray | None:
    """Return where numbers are negative or infinite, or None when they are all good."""
    if array.size == 0:
        return None
    floating = array.dtype.kind == "f"
    if span is not None:
        low, high = span
        if (signed or low >= 0) and not (floating and (np.isinf(low) or np.isinf(high))):
            return None
    bad = np.zeros(array.shape, dtype=bool) if signed else array < 0
    if floating:
        bad |= np.isinf(array)
    if absent is not None:
        bad &= ~absent
    return bad if bad.any() else None


def _settled(
    array: NumberArray,
    absent: BoolArray | None,
    span: tuple[Any, Any] | None,
    given: npt.NDArray[Any] | None,
) -> NumberArray:
    """Mark missing entries by -1, hold whole numbers as int64, lose the sign of zero, own them."""
    if absent is not None:
        array = np.where(absent, -1, array)
    if array.dtype.kind == "f" and array.size:
        # Most data fails on its first row, which spares the pass over all of it.
        first = array[:1]
        if bool((first == np.floor(first)).all()) and bool((array == np.floor(array)).all()):
            if np.abs(array).max() <= EXACT:
                array = array.astype(np.int64)
        elif span is None or span[0] <= 0:
            array = array + 0.0
    array = np.ascontiguousarray(array)
    return owned(array, array if given is None else given)
