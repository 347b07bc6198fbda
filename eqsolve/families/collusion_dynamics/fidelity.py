"""The critical fidelity, from which on high prices can take hold (COL-3, COL-4).

In closed form for every duopoly prisoner's dilemma; by bisection on "the advantage is positive at
some propensity" otherwise, which is decided in whole numbers at every step: below the fidelity
found it was nowhere positive, above it it was, 2**-52 apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from eqsolve.families.collusion_dynamics.quadratic import drift, signs_between, zeros

__all__ = ["critical", "pays_somewhere"]

_STEPS = 52


def pays_somewhere(high: Sequence[Fraction], low: Sequence[Fraction], fidelity: Fraction) -> bool:
    """Return whether the high price pays at some propensity in (0, 1)."""
    quadratic = drift(high, low, fidelity)
    return max(signs_between(quadratic, zeros(quadratic))) > 0


def critical(high: Sequence[Fraction], low: Sequence[Fraction]) -> float | None:
    """Return the critical fidelity; None where high prices pay at 1/2 already, or not at 1.

    Examples
    --------
    >>> r = Fraction(3, 2)
    >>> round(critical([Fraction(0), r / 2], [1 - r / 2, Fraction(1)]), 4)  # (1 + 3 ** -0.5) / 2
    0.7887
    """
    if len(high) == 2:
        (s, r), (p, t) = high, low
        if t > r > p > s:
            k = float(r - p) / (math.sqrt(r - s) + math.sqrt(t - p)) ** 2
            return (1 + math.sqrt(1 - 4 * k)) / 2
    below, above = Fraction(1, 2), Fraction(1)
    if pays_somewhere(high, low, below) or not pays_somewhere(high, low, above):
        return None
    for _ in range(_STEPS):
        middle = (below + above) / 2
        if pays_somewhere(high, low, middle):
            above = middle
        else:
            below = middle
    return float(above)
