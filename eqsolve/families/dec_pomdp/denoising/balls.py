"""Balls around states in which a denoiser provably has exactly one fixed point (DEN-2).

Around a possible state s, ``k_u(rho) = (p_u / p_s) exp(-(d_u^2 - 2 rho d_u) / (2 sigma^2))`` bounds
``w_u / w_s`` within distance rho, d_u being the distance of states u and s. So the denoiser moves
points of the ball at most ``dev = sum k_u d_u`` away from s and has slopes of at most
``slope = sum k_u d_u^2 / sigma^2``: with ``dev <= rho`` and ``slope < 1`` the ball has exactly one
fixed point, at most dev away, and everything in the ball is led there (Banach).

The derivative of dev is slope, and both rise in rho, so the good radii are an interval. Its lower
end, a root of a convex function, is the sharpest bound; its upper end, where slope is 1, tells how
far the basin reaches for sure. Cost: O(m) a step for m possible states, tens of steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser

__all__ = ["Ball", "ball_around", "ball_for_all", "banach_radius", "bounds_at"]

_UP = 1 + 1e-9
"""Radii are made larger by this, so that ``dev <= rho`` survives rounding."""

_STEPS = 200


@dataclass(frozen=True, slots=True)
class Ball:
    """A certified ball.

    Parameters
    ----------
    state : whose point is the center.
    radius : a good radius, all but the least: the fixed point is no farther from the center.
    slope : bound of the Jacobian's norm within `radius`, below 1.
    reach : a good radius, all but the greatest: from within it iteration leads to the fixed point;
        infinite where no other state is possible.
    """

    state: int
    radius: float
    slope: float
    reach: float


def bounds_at(denoiser: Denoiser, state: int, radius: float) -> tuple[float, float]:
    """Return dev and slope of DEN-2 for a radius around a possible state.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of
    >>> even = denoiser_of(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), 0.25)
    >>> [round(bound, 6) for bound in bounds_at(even, 0, 0.0)]  # exp(-8), and that by 1 / 16
    [0.000335, 0.005367]
    """
    return _Seen.of(denoiser, state).bounds(radius)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The possible states beside one of them: distances and log odds, shapes (m,)."""

    distances: FloatArray
    odds: FloatArray
    sigma: float

    @classmethod
    def of(cls, denoiser: Denoiser, state: int) -> _Seen:
        """Return what is seen from a possible state."""
        (place,) = np.flatnonzero(denoiser.states == state)
        distances: FloatArray = np.sqrt(
            ((denoiser.points - denoiser.points[place]) ** 2).sum(axis=1)
        )
        odds = np.log(denoiser.chances) - np.log(denoiser.chances[place])
        return cls(distances, odds, denoiser.sigma)

    def bounds(self, radius: float) -> tuple[float, float]:
        """Return dev and slope."""
        far = self.distances
        with np.errstate(over="ignore"):
            shares = np.exp(self.odds - (far**2 - 2 * radius * far) / (2 * self.sigma**2))
            moved = np.where(far > 0, shares * far, 0.0)
            return float(moved.sum()), float((moved * far).sum()) / self.sigma**2

    def good(self, radius: float) -> bool:
        """Whether a radius satisfies both conditions."""
        moved, slope = self.bounds(radius)
        return moved <= radius and slope < 1

    def reach(self, radius: float) -> float:
        """Return the greatest good radius but for a billionth, from a good one."""
        if not (self.distances > 0).any():
            return float("inf")
        low, high = radius, max(2 * radius, float(self.distances.max()))
        while self.good(high):
            low, high = high, 2 * high
        while high - low > 1e-9 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self.good(middle) else (low, middle)
        return low


def ball_around(denoiser: Denoiser, state: int, *, far: bool = True) -> Ball | None:
    """Return the certified ball around a state, or None where no radius is good.

    Parameters
    ----------
    far : look for the greatest good radius too; otherwise `reach` is the least.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of
    >>> even = np.array([0.5, 0.5])
    >>> ball = ball_around(denoiser_of(even, np.eye(2), 0.25), 0)
    >>> f"{ball.radius:.1e} {ball.slope:.1e} {ball.reach:.2f}"
    '1.6e-07 3.6e-06 0.55'
    >>> ball_around(denoiser_of(even, np.eye(2), 1.0), 0) is None  # so much noise
    True
    """
    if state not in denoiser.states:
        return None
    seen = _Seen.of(denoiser, state)
    radius = 0.0
    for _ in range(_STEPS):  # Newton's, which comes from below to the root of a convex function
        moved, slope = seen.bounds(radius)
        if slope >= 1:
            return None
        if moved <= radius:
            reach = seen.reach(radius) if far else radius
            return Ball(state, radius, slope, reach)
        radius += (moved - radius) / (1 - slope)
        radius *= _UP
    return None


def ball_for_all(denoisers: list[Denoiser], state: int) -> Ball | None:
    """Return a ball around a state that is good for every denoiser, or None.

    Each maps the ball into itself and contracts it, so that one after the other they have exactly
    one fixed point in it, with spectral radius below the product of slopes (DEN-5).
    """
    balls = [ball_around(denoiser, state) for denoiser in denoisers]
    found = [ball for ball in balls if ball is not None]
    radius = max((ball.radius for ball in found), default=0.0)
    if len(found) < len(balls):
        return None
    seen = [_Seen.of(denoiser, state) for denoiser in denoisers]
    if not all(each.good(radius) for each in seen):
        return None
    slopes = [each.bounds(radius)[1] for each in seen]
    return Ball(state, radius, float(np.prod(slopes)), min(ball.reach for ball in found))


def banach_radius(slope: float, residual: float) -> float:
    """Return how far a fixed point is at most from where a map with that slope moves by `residual`.

    DEN-3: a map that contracts a ball of radius rho by `slope` < 1 and moves its center by at most
    ``rho (1 - slope)`` has its fixed point within ``residual / (1 - slope)``.
    """
    return residual / (1 - slope)
