"""Learned denoisers beside exact ones: end points, Jacobians, bounds, lost states (DEN-3).

Both are run from the same starts, the points of all states, for every history of an agent. With x
at rest under the exact denoiser and y under the learned f, ``y - x = f(y) - f(x) + f(x) - x``, so
that ``|y - x| <= |f(x) - x| / (1 - l)`` where f has slopes of at most l < 1 between x and y. The
slope is looked up at nine points of that segment only: the bound is an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.dec_pomdp.denoising.balls import banach_radius
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser
from eqsolve.families.dec_pomdp.denoising.network import LearnedMap
from eqsolve.families.dec_pomdp.denoising.rest import nearest, settled, slopes

__all__ = ["LIKELY", "STEEP", "Ends", "compared"]

LIKELY = 0.05
"""States at most this likely may be lost without a word."""

STEEP = 0.01
"""The rank of a learned Jacobian counts singular values above this; all are above 1e-6."""

_SEGMENT = np.linspace(0.0, 1.0, 9)
_AT_REST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where the learned and the exact denoiser of one posterior end, from K starts.

    Parameters
    ----------
    starts : states, shape (K,).
    exact, learned : end points, shape (K, d).
    deviation : their distances, shape (K,).
    bound : estimates from above of the distances; infinite where slopes reach 1.
    radius, rank : spectral radius of the learned Jacobian at its end point, and its singular
        values above 0.01.
    at_rest : whether the learned end point is one: iteration may also go round.
    lost : states likelier than 0.05 that the exact denoiser keeps and the learned one leaves.
    """

    starts: IntArray
    exact: FloatArray
    learned: FloatArray
    deviation: FloatArray
    bound: FloatArray
    radius: FloatArray
    rank: IntArray
    at_rest: BoolArray
    lost: tuple[int, ...]


def compared(exact: Denoiser, learned: LearnedMap, embedding: FloatArray) -> Ends:
    """Return where both end from the points of all states.

    Notes
    -----
    Cost: thousands of runs of the network for each start, and ten of its Jacobian.
    """
    ends = settled(exact, exact.jacobian, embedding)
    found = settled(learned, learned.jacobian, embedding)
    described = [slopes(learned.jacobian(point), STEEP) for point in found]
    chance = dict(zip(exact.states.tolist(), exact.chances.tolist(), strict=True))
    lost = [
        state
        for state in range(len(embedding))
        if chance.get(state, 0.0) > LIKELY
        and nearest(ends[state], embedding) == state
        and nearest(found[state], embedding) != state
    ]
    return Ends(
        starts=np.arange(len(embedding)),
        exact=ends,
        learned=found,
        deviation=np.linalg.norm(found - ends, axis=1),
        bound=np.array([_bound(learned, x, y) for x, y in zip(ends, found, strict=True)]),
        radius=np.array([radius for radius, _ in described]),
        rank=np.array([rank for _, rank in described]),
        at_rest=np.linalg.norm(learned(found) - found, axis=1) <= _AT_REST,
        lost=tuple(lost),
    )


def _bound(learned: LearnedMap, x: FloatArray, y: FloatArray) -> float:
    """Return the estimated bound of the distance between end points x and y."""
    between = x + _SEGMENT[:, None] * (y - x)
    slope = float(np.linalg.norm(learned.jacobian(between), 2, axis=(1, 2)).max())
    if not slope < 1:
        return float("inf")
    return banach_radius(slope, float(np.linalg.norm(learned(x) - x)))
