"""Fixed points of a denoiser, found by running it from states and polished by Newton's steps.

A denoiser alone never cycles: it is the step of the mean shift algorithm, along which the density
of noisy points rises, so that running it from anywhere ends at a critical point of that density
(DEN-6). All that were reached are returned; `bound` is the radius of a certified ball (DEN-2).
That no other exists outside of the balls is not claimed: three equally likely one-hot states have
a fourth stable fixed point between them for noise of 0.578 to 0.603.

Cost: O(runs m d) a round of all runs, hundreds of rounds at most; O(d^3) for each fixed point.
Source: Cheng, Y. (1995). Mean shift, mode seeking, and clustering. IEEE Transactions on Pattern
Analysis and Machine Intelligence 17(8), 790-799.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.families.dec_pomdp.denoising.balls import ball_around
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser
from eqsolve.families.dec_pomdp.solution.denoised import FixedPoint

__all__ = [
    "RANK_ABOVE",
    "Map",
    "merged",
    "nearest",
    "point_described",
    "rest_points",
    "settled",
    "slopes",
    "stable",
]

Map = Callable[[FloatArray], FloatArray]
"""From points (..., d) to points (..., d)."""

RANK_ABOVE = 1e-6
"""Rank counts the singular values of a Jacobian above this."""

_ROUNDS = 1000
_STILL = 1e-13
_STEPS = 60
_NEAR = 0.02
"""Longest step of Newton's, so that it ends where iteration was going."""
_SAME = 1e-6
"""Points closer than this, as a share of the distances of states, are one fixed point."""


def rest_points(denoiser: Denoiser, embedding: FloatArray) -> tuple[FixedPoint, ...]:
    """Return the fixed points reached from every possible state and from their mean.

    Parameters
    ----------
    embedding : points of all states, shape (S, d), to tell which is nearest.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of
    >>> line = np.array([[0.0], [1.0]])
    >>> found = rest_points(denoiser_of(np.array([0.5, 0.5]), line, 0.3), line)
    >>> [(rest.state, round(rest.point.item(), 4), stable(rest)) for rest in found]
    [(0, 0.004, True), (1, 0.996, True), (0, 0.5, False)]
    >>> [stable(rest) for rest in rest_points(denoiser_of(np.array([0.5, 0.5]), line, 0.6), line)]
    [True]
    """
    starts = np.vstack([denoiser.points, denoiser.chances @ denoiser.points])
    ends = settled(denoiser, denoiser.jacobian, starts)
    return tuple(point_described(denoiser, point, embedding) for point in merged(ends, embedding))


def merged(points: FloatArray, embedding: FloatArray) -> list[FloatArray]:
    """Return points without those that lie all but on an earlier one."""
    near = _SAME * _extent(embedding)
    kept = np.empty_like(points)
    found = 0
    for point in points:
        if not (np.square(kept[:found] - point).sum(axis=1) <= near**2).any():
            kept[found] = point
            found += 1
    return list(kept[:found])


def stable(rest: FixedPoint) -> bool:
    """Return whether points near a fixed point are led to it."""
    return rest.spectral_radius < 1


def point_described(
    denoiser: Denoiser, point: FloatArray, embedding: FloatArray, *, certify: bool = True
) -> FixedPoint:
    """Return what an exact denoiser makes of a point.

    Parameters
    ----------
    certify : look for a ball that certifies it; of no use for points that are not at rest.
    """
    state = nearest(point, embedding)
    deviation = float(np.linalg.norm(point - embedding[state]))
    ball = ball_around(denoiser, state, far=False) if certify else None
    inside = ball is not None and deviation <= ball.radius * (1 + _SAME) + _STILL * _extent(
        embedding
    )
    radius, rank = slopes(denoiser.jacobian(point), symmetric=True)
    return FixedPoint(
        point=read_only(point),
        state=state,
        residual=float(np.linalg.norm(denoiser(point) - point)),
        spectral_radius=radius,
        rank=rank,
        deviation=deviation,
        bound=ball.radius if ball is not None and inside else None,
    )


def settled(denoiser: Map, jacobian: Map, starts: FloatArray) -> FloatArray:
    """Return where a map leads from starts (k, d), each polished where that brings it to rest.

    Parameters
    ----------
    denoiser, jacobian : a map, and its Jacobian (..., d, d).
    """
    x = starts
    for _ in range(_ROUNDS):
        after = denoiser(x)
        still = float(np.abs(after - x).max(initial=0.0)) <= _STILL
        x = after
        if still:
            return x
    return np.array([_polished(denoiser, jacobian, point) for point in x]).reshape(starts.shape)


def _polished(denoiser: Map, jacobian: Map, point: FloatArray) -> FloatArray:
    """Return a point after Newton's steps for D(x) = x, as long as they are small and help."""
    left = denoiser(point) - point
    near = _NEAR * max(1.0, float(np.abs(point).max()))
    for _ in range(_STEPS):
        size = float(np.linalg.norm(left))
        if size <= _STILL:
            break
        try:
            step = np.linalg.solve(np.eye(len(point)) - jacobian(point), left)
        except np.linalg.LinAlgError:
            break
        after = denoiser(point + step) - (point + step)
        if not np.linalg.norm(after) < size or np.linalg.norm(step) > near:
            break
        point, left = point + step, after
    return point


def slopes(
    jacobian: FloatArray, above: float = RANK_ABOVE, *, symmetric: bool = False
) -> tuple[float, int]:
    """Return spectral radius and rank of a Jacobian: its singular values above some number.

    Parameters
    ----------
    symmetric : as that of an exact denoiser is (DEN-1); one decomposition gives both, ten times
        as fast.
    """
    if symmetric:
        values = np.abs(np.linalg.eigvalsh(jacobian))
        return float(values.max(initial=0.0)), int((values > above).sum())
    radius = float(np.abs(np.linalg.eigvals(jacobian)).max(initial=0.0))
    return radius, int((np.linalg.svd(jacobian, compute_uv=False) > above).sum())


def nearest(point: FloatArray, embedding: FloatArray) -> int:
    """Return the state whose point is nearest, the first of equals."""
    distances = ((embedding - point) ** 2).sum(axis=1)
    return int(np.flatnonzero(distances <= distances.min() * (1 + 1e-9) + 1e-300)[0])


def _extent(embedding: FloatArray) -> float:
    """Return the greatest distance of a state from the first, 1 where all are one."""
    return float(np.linalg.norm(embedding - embedding[0], axis=1).max()) or 1.0
