"""Discounted sums of rewards in a Markov chain: ``values = rewards + discount * moves values``.

A dense system while it is small. Else sweeps, where the discount makes them few: next states at
random fill a factorization, and leave a sweep as cheap as it was. Else a sparse factorization.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["discounted_sums", "needs_sweeps"]

_DENSE = 400
"""States up to which the system is dense."""

_WORK = 2e9
"""Multiplications up to which sweeps are taken."""

_ALIKE = 8
"""Sweeps after which what all states gain alike is added up for ever at once (MacQueen 1966)."""


def needs_sweeps(n_states: int, n_moves: int, discount: float) -> bool:
    """Return whether values are found by sweeps, so that a guess and a few of them may do.

    Parameters
    ----------
    n_states, n_moves : sizes: states, and moves of positive chance, about.
    discount : below 1.
    """
    return n_states > _DENSE and _sweeps(discount) * n_moves <= _WORK


def _sweeps(discount: float) -> int:
    """Return after how many sweeps nothing but rounding is left."""
    return math.ceil(math.log(1e-17 * (1 - discount)) / math.log(discount))


def discounted_sums(
    moves: tuple[IntArray, IntArray, FloatArray],
    rewards: FloatArray,
    discount: float,
    *,
    guess: FloatArray | None = None,
    sweeps: int | None = None,
) -> FloatArray:
    """Return the values of a chain.

    Parameters
    ----------
    moves : state, next state and chance of each move; chances of a state sum to 1 or, where the
        chain may end, to less.
    rewards : shape (S,), or (S, k) for k sums at once.
    discount : below 1.
    guess : values that sweeps begin with.
    sweeps : most sweeps, where values are found by them and an estimate will do.

    Examples
    --------
    >>> once = np.array([0]), np.array([1]), np.array([1.0])
    >>> discounted_sums(once, np.array([1.0, 4.0]), 0.5)
    array([3., 4.])
    """
    rows, columns, chances = moves
    n = len(rewards)
    if n <= _DENSE:
        matrix = np.eye(n)
        np.subtract.at(matrix, (rows, columns), discount * chances)
        return np.asarray(np.linalg.solve(matrix, rewards), dtype=np.float64)
    from scipy.sparse import csr_array, eye_array
    from scipy.sparse.linalg import splu

    matrix = csr_array((discount * chances, (rows, columns)), shape=(n, n))
    values: FloatArray
    if not needs_sweeps(n, len(chances), discount):
        values = splu((eye_array(n) - matrix).tocsc()).solve(rewards)
        return values
    values = np.zeros_like(rewards) if guess is None else guess
    most = _sweeps(discount)
    kept = matrix.sum(axis=1)
    endless = kept.min() >= discount * (1 - 2.0**-40)
    for sweep in range(1, 1 + (most if sweeps is None else min(sweeps, most))):
        before, values = values, rewards + matrix @ values
        step = values - before
        if np.abs(step).max() <= 2.0**-52 * np.abs(values).max():
            break
        if endless and sweep % _ALIKE == 0:
            least, greatest = step.min(axis=0), step.max(axis=0)
            common = (least + greatest) / 2
            alike = greatest - least < np.abs(common)
            values += np.where(alike, discount / (1 - discount) * common, 0.0)
    return values
