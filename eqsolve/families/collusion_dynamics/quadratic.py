"""When the high price pays: the sign of the advantage, a quadratic in exact fractions (COL-4).

With the share of high prices ``h = 1 - rho + theta (2 rho - 1)`` the advantage times ``h (1 - h)``
is a quadratic of the propensity theta, for any number of sellers and any payoffs. Its zeros in
(0, 1) are the interior rest points of learning; each is enclosed by two fractions between which
the sign changes. O(n) operations with fractions, O(1) for the zeros.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Quadratic", "Zero", "drift", "linear_parts", "sign", "signs_between", "zeros"]

_BITS = 52
"""Brackets have ends of so many binary places, which floats hold, unless zeros are nearer."""


@dataclass(frozen=True, slots=True)
class Quadratic:
    """``constant + linear * x + square * x**2`` in fractions.

    Examples
    --------
    >>> Quadratic(Fraction(-1, 4), Fraction(1), Fraction(-1))(Fraction(1, 2))
    Fraction(0, 1)
    """

    constant: Fraction
    linear: Fraction
    square: Fraction

    def __call__(self, x: Fraction) -> Fraction:
        """Return the value at x."""
        return self.constant + x * (self.linear + x * self.square)

    @property
    def derivative(self) -> Quadratic:
        """The slope, as a quadratic whose last coefficient is 0."""
        return Quadratic(self.linear, 2 * self.square, Fraction(0))


@dataclass(frozen=True, slots=True)
class Zero:
    """A zero inside (0, 1).

    Parameters
    ----------
    value : the nearest float.
    lower, upper : the sign changes between them: that of the quadratic, or of its slope where the
        zero is double.
    double : whether the quadratic touches zero without changing sign.
    """

    value: float
    lower: Fraction
    upper: Fraction
    double: bool = False


def sign(number: Fraction) -> int:
    """Return -1, 0 or 1."""
    return (number > 0) - (number < 0)


def linear_parts(
    high: Sequence[Fraction], low: Sequence[Fraction], fidelity: Fraction
) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
    """Return ``E[payoff; own price high]`` and ``E[payoff; own price low]``, linear in theta.

    Parameters
    ----------
    high, low : payoffs when 0, 1, ... others price high.
    fidelity : rho.

    Returns
    -------
    high, low : (value at theta = 0, value at theta = 1).
    """
    p, s = fidelity, 1 - fidelity
    m = len(high) - 1
    up = [math.comb(m, j) * p**j * s ** (m - j) for j in range(m + 1)]

    def mean(payoffs: Sequence[Fraction], chances: Sequence[Fraction]) -> Fraction:
        return sum((x * a for x, a in zip(payoffs, chances, strict=True)), Fraction(0))

    down = up[::-1]
    return (
        (s * mean(high, down), p * mean(high, up)),
        (p * mean(low, down), s * mean(low, up)),
    )


def drift(high: Sequence[Fraction], low: Sequence[Fraction], fidelity: Fraction) -> Quadratic:
    """Return advantage times ``h (1 - h)``: its sign is that of learning.

    Examples
    --------
    The shorthand with r = 8/5 at fidelity 3/4 is critical: a double zero at 1/2.

    >>> r = Fraction(8, 5)
    >>> drift([Fraction(0), r / 2], [1 - r / 2, Fraction(1)], Fraction(3, 4))
    Quadratic(constant=Fraction(-3, 80), linear=Fraction(3, 20), square=Fraction(-3, 20))
    """
    (e0, e1), (f0, f1) = linear_parts(high, low, fidelity)
    e1, f1 = e1 - e0, f1 - f0
    p, s, gap = fidelity, 1 - fidelity, 2 * fidelity - 1
    # (e0 + e1 x) (p - gap x) - (f0 + f1 x) (s + gap x)
    return Quadratic(e0 * p - f0 * s, e1 * p - f1 * s - gap * (e0 + f0), -gap * (e1 + f1))


def zeros(quadratic: Quadratic) -> tuple[Zero, ...]:
    """Return the zeros inside (0, 1), rising; none where the quadratic is 0 everywhere.

    Examples
    --------
    >>> touching = zeros(Quadratic(Fraction(-1, 4), Fraction(1), Fraction(-1)))
    >>> [(zero.value, zero.double) for zero in touching]
    [(0.5, True)]
    """
    unit = math.lcm(
        *(c.denominator for c in (quadratic.constant, quadratic.linear, quadratic.square))
    )
    c, b, a = (
        int(unit * part) for part in (quadratic.constant, quadratic.linear, quadratic.square)
    )
    if a == 0:
        roots = [Fraction(-c, b)] if b else []
        return tuple(_enclosed(quadratic, x) for x in roots if 0 < x < 1)
    inner = b * b - 4 * a * c
    if inner < 0:
        return ()
    if inner == 0:
        x = Fraction(-b, 2 * a)
        return (_enclosed(quadratic, x, double=True),) if 0 < x < 1 else ()
    # Enough places that the distance of a zero from 0, 1 and the other zero is not lost.
    places = 2 * max(abs(part).bit_length() for part in (a, b, c)) + 2 * _BITS
    root = Fraction(math.isqrt(inner << 2 * places), 1 << places)
    found = sorted((-b + side * root) / (2 * a) for side in (-1, 1))
    return tuple(_enclosed(quadratic, x) for x in found if 0 < x < 1)


def signs_between(quadratic: Quadratic, found: Sequence[Zero]) -> tuple[int, ...]:
    """Return the signs on (0, 1) before, between and after its zeros; (0,) where it vanishes."""
    if not found:
        return (sign(quadratic(Fraction(1, 2))),)
    first = found[0]
    if first.double:
        # Of a quadratic with a double zero, every other value has the same sign.
        return (sign(quadratic.square),) * 2
    return (sign(quadratic(first.lower)), *(sign(quadratic(zero.upper)) for zero in found))


def _enclosed(quadratic: Quadratic, x: Fraction, *, double: bool = False) -> Zero:
    """Return the zero next to x with the narrowest bracket of binary fractions that shows it."""
    function = quadratic.derivative if double else quadratic
    bits = _BITS
    while True:
        cell = math.floor(x * (1 << bits))
        for below, above in ((cell, cell + 1), (cell - 1, cell + 1)):
            lower, upper = Fraction(below, 1 << bits), Fraction(above, 1 << bits)
            inside = lower >= 0 and upper <= 1
            if inside and sign(function(lower)) * sign(function(upper)) < 0:
                return Zero(float(x), lower, upper, double)
        bits *= 2
