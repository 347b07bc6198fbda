"""Where does learning lead? Regime, rest points, limits and attractors of the dynamics (COL-2, 5).

All from the exact quadratic of `quadratic`: O(n) for one fidelity, O(1) a start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from eqsolve.families.collusion_dynamics.quadratic import (
    Quadratic,
    Zero,
    drift,
    linear_parts,
    sign,
    signs_between,
    zeros,
)

if TYPE_CHECKING:
    from eqsolve.families.collusion_dynamics.solution import Attractor

__all__ = ["Regime", "attractor_at", "regime_of"]

_NAMES = {
    (-1,): "competition",
    (1,): "full_collusion",
    (0,): "neutral",
    (-1, 1, -1): "bistable",
    (-1, 1): "bistable_high",
    (-1, -1): "critical",
    (1, 1): "critical",
    (1, -1): "mixed",
    (1, -1, 1): "mixed",
}
_STABILITY = {(1, -1): "stable", (-1, 1): "unstable"}


@dataclass(frozen=True, slots=True)
class Regime:
    """The phase line of one model: interior rest points and the signs between them.

    Parameters
    ----------
    quadratic : advantage times ``h (1 - h)``.
    zeros : interior rest points, rising.
    signs : of the motion on (0, 1), one more than there are zeros.
    """

    quadratic: Quadratic
    zeros: tuple[Zero, ...]
    signs: tuple[int, ...]

    @property
    def name(self) -> str:
        """The word in solutions."""
        return _NAMES[self.signs]

    @property
    def stabilities(self) -> tuple[str, ...]:
        """Of each interior rest point: ``"stable"``, ``"unstable"`` or ``"semi_stable"``."""
        pairs = zip(self.signs, self.signs[1:], strict=False)
        return tuple(_STABILITY.get(pair, "semi_stable") for pair in pairs)

    @property
    def unstable(self) -> float | None:
        """The unstable interior rest point, theta-, from which on high prices take hold."""
        for zero, found in zip(self.zeros, self.stabilities, strict=True):
            if found == "unstable":
                return zero.value
        return None

    @property
    def collusive(self) -> float | None:
        """The stable interior rest point above theta-, where high prices settle: theta+."""
        return self.zeros[1].value if self.signs == (-1, 1, -1) else None

    @property
    def attracting(self) -> tuple[float, ...]:
        """Where interior starts end, rising: ends and zeros that attract from some side."""
        if self.signs == (0,):
            return ()
        inner = [
            zero.value
            for zero, found in zip(self.zeros, self.stabilities, strict=True)
            if found != "unstable"
        ]
        return (
            *((0.0,) if self.signs[0] < 0 else ()),
            *inner,
            *((1.0,) if self.signs[-1] > 0 else ()),
        )

    def limit(self, start: Fraction) -> float:
        """Return where a start leads; rest points, 0 and 1 stay."""
        if start in (0, 1) or self.signs == (0,):
            return float(start)
        moving = sign(self.quadratic(start))
        if moving == 0:
            return float(start)
        below = sum(self._is_below(zero, start) for zero in self.zeros)
        if moving > 0:
            return self.zeros[below].value if below < len(self.zeros) else 1.0
        return self.zeros[below - 1].value if below else 0.0

    def _is_below(self, zero: Zero, start: Fraction) -> bool:
        """Return whether a zero lies below a start that is no zero."""
        if zero.upper <= start or start <= zero.lower:
            return zero.upper <= start
        function = self.quadratic.derivative if zero.double else self.quadratic
        return sign(function(start)) == sign(function(zero.upper))


def regime_of(high: Sequence[Fraction], low: Sequence[Fraction], fidelity: Fraction) -> Regime:
    """Return the regime of payoffs and a fidelity, exact fractions all.

    Examples
    --------
    >>> r, rho = Fraction(3, 2), Fraction(17, 20)
    >>> found = regime_of([Fraction(0), r / 2], [1 - r / 2, Fraction(1)], rho)
    >>> found.name, [round(zero.value, 4) for zero in found.zeros], found.limit(Fraction(1, 2))
    ('bistable', [0.1537, 0.8463], 0.8462628469583092)
    """
    quadratic = drift(high, low, fidelity)
    found = zeros(quadratic)
    return Regime(quadratic, found, signs_between(quadratic, found))


def attractor_at(
    high: Sequence[Fraction], low: Sequence[Fraction], fidelity: Fraction, theta: float
) -> Attractor:
    """Return what the market looks like at a propensity: shares, correlation, mean payoff."""
    from eqsolve.families.collusion_dynamics.solution import Attractor

    x, p, s, n = Fraction(theta), fidelity, 1 - fidelity, len(high)
    (e0, e1), (f0, f1) = linear_parts(high, low, fidelity)
    share = s + x * (p - s)
    all_high = x * p**n + (1 - x) * s**n
    all_low = x * s**n + (1 - x) * p**n
    spread = share * (1 - share)
    payoff = (1 - x) * (e0 + f0) + x * (e1 + f1)
    return Attractor(
        theta=theta,
        high_price_share=float(share),
        all_high=float(all_high),
        all_low=float(all_low),
        mixed=float(1 - all_high - all_low),
        correlation=float(1 - p * s / spread) if spread else None,
        payoff=float(payoff),
    )
