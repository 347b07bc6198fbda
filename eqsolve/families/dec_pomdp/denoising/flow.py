"""The composite flow: the denoisers of all agents in turn, again and again (DEN-5, DEN-6).

What it does is told by its path, a point for every denoiser that was applied. Two agents climb
``E(x, y) = x.y - psi_1*(y) - psi_2*(x)`` by turns, so that whole rounds always settle; but the two
may settle at different states and pass the point to and fro. Three or more can go round for ever.
So a flow has *converged* only where a round repeats and every agent leaves the point at the same
state; where rounds repeat otherwise it *cycles*, and the states of the cycle are told.

Cost: O(sum of m_i d) a round.
Source: Wang, T., Dong, H., Jiang, Y., Parkes, D. and Tambe, M. (2025). On diffusion models for
multi-agent partial observability: shared attractors, error bounds, and composite flow. arXiv
2410.13953 (the flow); eqsolve (that two agents settle, by alternating maximization).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import OptionError
from eqsolve.families.dec_pomdp.denoising.rest import Map, nearest
from eqsolve.families.dec_pomdp.solution.denoised import Flow

__all__ = ["composite", "start_point"]

_STILL = 1e-9
"""Points closer than this, as a share of the distances of states, are the same."""
_APART = 1e-3
"""A cycle of several rounds is wider than this, on the same scale; less may be slow settling."""
_LONGEST = 12
"""Rounds of the longest cycle that is looked for."""


def composite(
    denoisers: Sequence[Map],
    start: FloatArray,
    embedding: FloatArray,
    shared: Iterable[int],
    rounds: int = 1000,
) -> Flow:
    """Return the flow from a start.

    Parameters
    ----------
    denoisers : of the agents, in the order in which they are applied.
    start : a point, shape (d,).
    embedding : points of all states, shape (S, d).
    shared : states that no agent can rule out.
    rounds : at most so many.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of
    >>> line = np.array([[0.0], [0.4], [1.0]])
    >>> one, other = np.array([0.5, 0.0, 0.5]), np.array([0.0, 0.5, 0.5])
    >>> agents = [denoiser_of(posterior, line, 0.05) for posterior in (one, other)]
    >>> flow = composite(agents, line[1], line, [2])  # only the state at 1 is possible for both
    >>> flow.converged, flow.cycle
    (False, (0, 1))
    >>> composite(agents, line[2], line, [2]).in_shared
    True
    """
    n = len(denoisers)
    size = float(np.linalg.norm(embedding - embedding[0], axis=1).max()) or 1.0
    path = [np.asarray(start, dtype=np.float64)]
    period = 0
    for done in range(1, rounds + 1):
        for denoiser in denoisers:
            path.append(denoiser(path[-1]))
        period = _period(path, n, done, size)
        if period:
            break
    states = [nearest(point, embedding) for point in path[-period * n :]] if period else []
    converged = period == 1 and len(set(states)) == 1
    end = nearest(path[-1], embedding)
    return Flow(
        path=read_only(np.array(path)),
        converged=converged,
        cycle=(states[-1],) if converged else tuple(states),
        state=end,
        in_shared=end in set(shared),
    )


def _period(path: list[FloatArray], n: int, done: int, size: float) -> int:
    """Return after how many rounds the path repeats, 0 where it does not yet."""
    for period in range(1, min(done // 2, _LONGEST) + 1):
        back = period * n
        if np.abs(path[-1] - path[-1 - back]).max() > _STILL * size:
            continue
        before, last = np.array(path[-2 * back :]).reshape(2, back, -1)
        if np.abs(last - before).max() <= _STILL * size:
            wide = np.abs(last[n - 1 :: n] - last[-1]).max() > _APART * size
            if period == 1 or wide:
                return period
    return 0


def start_point(points: FloatArray, start: object) -> FloatArray:
    """Return the point of a state, of those in rows, or a point given as numbers.

    Raises
    ------
    OptionError : no such state, or no point of the right dimension.
    """
    if np.ndim(start) == 0:  # type: ignore[arg-type]  # anything may be given
        require_count(start, "start")
        if int(start) >= len(points):  # type: ignore[call-overload]  # whole
            raise OptionError(f"start = {start!r}: the states are 0 to {len(points) - 1}")
        found: FloatArray = points[int(start)]  # type: ignore[call-overload]  # whole
        return found
    try:
        given = np.asarray(start, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.full(0, np.nan)
    if given.shape != points.shape[1:] or not np.isfinite(given).all():
        raise OptionError(f"start: must be a state or a point of {points.shape[1]} numbers")
    return given
