"""Numbers written as text: read without losing a digit, or refused.

A whole number is read exactly. A decimal is read as the nearest float, and only if that float,
written with as many digits, gives the same digits back. So ``0.1`` is read, and so is whatever a
program printed from a float, while two decimals of as many digits never become the same number.
The check costs a formatted float for decimals of 16 digits and more, nothing for shorter ones.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

import numpy as np

__all__ = [
    "BESIDE",
    "EXACT",
    "FITS",
    "LOST",
    "NumberError",
    "exact_float",
    "float_of",
    "keeps_digits",
    "read_number",
]

EXACT = 2**53
"""Floats hold every whole number up to here."""

FITS = "integers must fit 64 bits; write larger numbers as decimals"
"""The rule for whole numbers, wherever they come from."""

BESIDE = "an integer beyond 2**53 beside fractions would lose digits"
"""The rule where whole numbers and fractions share an array."""

LOST = "has more digits than a 64-bit float holds"
"""The rule for what no float is."""

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SHORT = 15
"""Decimals of so many digits all have floats of their own."""
_LONG = 800
"""No float has so many digits."""


class NumberError(ValueError):
    """A text that is no number, or none that can be held; the message is the rule it breaks."""


def exact_float(value: object) -> float | None:
    """Return a Python or numpy number as the float that equals it; None where there is none.

    Examples
    --------
    >>> exact_float(3), exact_float(2**53 + 1), exact_float("3"), exact_float(True)
    (3.0, None, None, None)
    """
    if isinstance(value, bool | np.timedelta64):
        return None
    if not isinstance(value, int | float | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if number == value else None


def read_number(text: str) -> int | float:
    """Return a text as a number: whole numbers as int, decimals as float.

    Parameters
    ----------
    text : digits with an optional sign, point and exponent; blanks around are fine.

    Raises
    ------
    NumberError : no number, an integer beyond 64 bits, or a decimal that no float holds.

    Examples
    --------
    >>> read_number("9007199254740993"), read_number(" -2.50 ")
    (9007199254740993, -2.5)
    >>> read_number("9007199254740993.0")
    Traceback (most recent call last):
    eqsolve.core.digits.NumberError: has more digits than a 64-bit float holds; nearest: \
9007199254740992.0
    """
    text = text.strip()
    if _WHOLE.fullmatch(text):
        number = int(text) if len(text) < 40 else 2**63
        if not -(2**63) <= number < 2**63:
            raise NumberError(FITS)
        return number
    if not _DECIMAL.fullmatch(text):
        raise NumberError("must be a number")
    return float_of(text)


def float_of(text: str) -> float:
    """Return the float nearest to a decimal.

    Raises
    ------
    NumberError : it is beyond all floats, or has digits that the float loses.
    """
    number = float(text)
    if math.isinf(number):
        raise NumberError("is beyond the largest float")
    if not keeps_digits(text):
        raise NumberError(f"{LOST}; nearest: {number}")
    return number


def keeps_digits(text: str) -> bool:
    """Return whether the float nearest to a decimal, written with as many digits, is the decimal.

    Examples
    --------
    >>> [keeps_digits(text) for text in ("0.1", "0.10000000000000000555", "0.12345678901234567")]
    [True, True, False]
    >>> keeps_digits("1e-400"), keeps_digits("-0.0")
    (False, True)
    """
    mantissa = text.lower().partition("e")[0]
    digits = mantissa.replace(".", "").lstrip("+-").strip("0")
    number = float(text)
    if not digits:
        return True
    if len(digits) <= _SHORT and math.isfinite(number) and abs(number) > 1e-300:
        return True
    if len(digits) > _LONG or not math.isfinite(number):
        return False
    # Next to a power of two the shortest digits that give a float back need not be the nearest.
    return Decimal(text) in (Decimal(f"{number:.{len(digits) - 1}e}"), Decimal(repr(number)))
