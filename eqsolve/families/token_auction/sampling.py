"""Tokens from a distribution and randomness drawn beforehand.

``inverse``: the least t with ``u < q(0) + ... + q(t)``; where rounding leaves u above the last sum,
the last token of positive probability. ``race`` (TOK-9): every token has an exponential clock that
runs at the speed q(t), the first to ring wins; the same clocks couple all bids at once, and a token
changes with a probability of at most ``2 TV / (1 + TV)``.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["clocks", "inverse", "inverses", "race"]


def inverse(q: FloatArray, u: float) -> int:
    """Return the token that u in [0, 1) stands for.

    Examples
    --------
    >>> inverse(np.array([0.25, 0.0, 0.75]), 0.25), inverse(np.array([1.0, 0.0]), 1.0)
    (2, 0)
    """
    token = int(q.cumsum().searchsorted(u, "right"))
    return token if token < len(q) else int(np.flatnonzero(q)[-1])


def inverses(q: FloatArray, rows: IntArray, u: FloatArray) -> IntArray:
    """Return the token of each u, shape (S,), from row ``rows[k]`` of distributions, (R, T).

    All are looked for at once by halving: O(R T + S log T).

    Examples
    --------
    >>> q = np.array([[0.25, 0.0, 0.75], [1.0, 0.0, 0.0]])
    >>> inverses(q, np.array([0, 0, 1]), np.array([0.2, 0.25, 0.9])).tolist()
    [0, 2, 0]
    """
    sums = q.cumsum(axis=1)
    low, high = (
        np.zeros(len(u), dtype=np.int64),
        (q.shape[1] - 1 - (q > 0)[:, ::-1].argmax(1))[rows],
    )
    for _ in range(int(q.shape[1]).bit_length()):
        middle = (low + high) >> 1
        beyond = (sums[rows, middle] <= u) & (middle < high)
        low = np.where(beyond, middle + 1, low)
        high = np.where(beyond, high, middle)
    return low


def clocks(seed: int, step: int, size: int) -> FloatArray:
    """Return the uniform numbers behind the clocks of one step, in [0, 1)."""
    return np.random.default_rng([seed, step]).random(size)


def race(q: FloatArray, uniform: FloatArray) -> int:
    """Return the token whose clock ``-log(1 - u) / q`` rings first."""
    times = np.full(len(q), np.inf)
    np.divide(-np.log1p(-uniform), q, out=times, where=q > 0)
    return int(times.argmin())
