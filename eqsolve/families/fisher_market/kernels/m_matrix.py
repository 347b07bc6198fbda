"""Solving with a symmetric M-matrix to high relative accuracy, however stiff it is.

The matrix is given by its off-diagonal entries ``-links[i, j] <= 0`` and its row sums
``margin[i] >= 0``, never by its diagonal. Elimination then only adds numbers of one sign, so no
digits are lost to cancellation even where the links are 1e16 times the margins: the Laplacian of a
market near equilibrium is of this kind. Blocked, so that the bulk of the K^3/3 operations is one
matrix product per block.

Source: Alfa, Xue and Ye 2002, Accurate computation of the smallest eigenvalue of a diagonally
dominant M-matrix (elimination in the manner of Grassmann, Taksar and Heyman 1985).
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray

__all__ = ["factor", "solve"]

_BLOCK = 48

_LARGE = 1000
"""Size from which a block is worth a call of BLAS, whose threads wait for each other."""


def factor(links: FloatArray, margin: FloatArray) -> FloatArray:
    """Factor in place and return the pivots, shape (K,).

    Parameters
    ----------
    links : shape (K, K), >= 0; its part above the diagonal is read and overwritten by the
        factor, the rest is scratch.
    margin : shape (K,), >= 0, some of them positive in every connected part; not changed.

    Examples
    --------
    >>> links = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> pivots = factor(links, np.array([1.0, 1.0]))  # of [[2, -1], [-1, 2]]
    >>> solve(links, pivots, np.array([1.0, 1.0]))
    array([1., 1.])
    """
    size = len(margin)
    pivots, rest = np.empty(size), margin.copy()
    for start in range(0, size, _BLOCK):
        stop = min(start + _BLOCK, size)
        _panel(links, rest, pivots, start, stop)
        if size - stop > _LARGE:
            part = links[start:stop, stop:] / np.sqrt(pivots[start:stop])[:, None]
            links[stop:, stop:] += part.T @ part
        elif stop < size:
            _spread(links, pivots, start, stop)
    return pivots


@kernel
def _panel(links: FloatArray, rest: FloatArray, pivots: FloatArray, start: int, stop: int) -> None:
    """Eliminate rows start..stop-1 within their own rows; pass their margins on to all."""
    size = len(rest)
    for k in range(start, stop):
        row = links[k]
        pivot = rest[k]
        for j in range(k + 1, size):
            pivot += row[j]
        pivots[k] = pivot
        if pivot == 0.0:
            continue
        passed = rest[k] / pivot
        for j in range(k + 1, size):
            rest[j] += row[j] * passed
        for i in range(k + 1, stop):
            share = row[i] / pivot
            if share > 0.0:
                target = links[i]
                for j in range(i + 1, size):
                    target[j] += share * row[j]


@kernel
def _spread(links: FloatArray, pivots: FloatArray, start: int, stop: int) -> None:
    """Subtract eliminated rows start..stop-1 from all later rows, above the diagonal."""
    size = len(pivots)
    for i in range(stop, size):
        target = links[i]
        k = start
        while k + 4 <= stop:  # four rows at a time spare three quarters of the traffic
            a, b, c, d = links[k], links[k + 1], links[k + 2], links[k + 3]
            s, t = _share(a[i], pivots[k]), _share(b[i], pivots[k + 1])
            u, v = _share(c[i], pivots[k + 2]), _share(d[i], pivots[k + 3])
            for j in range(i + 1, size):
                target[j] += s * a[j] + t * b[j] + u * c[j] + v * d[j]
            k += 4
        for rest in range(k, stop):
            share = _share(links[rest, i], pivots[rest])
            row = links[rest]
            for j in range(i + 1, size):
                target[j] += share * row[j]


@kernel
def _share(link: float, pivot: float) -> float:
    """Return link / pivot, 0 for an empty row."""
    return link / pivot if pivot > 0.0 else 0.0


@kernel
def solve(links: FloatArray, pivots: FloatArray, right: FloatArray) -> FloatArray:
    """Return the solution for one right-hand side, from what `factor` left."""
    size = len(pivots)
    found = right.copy()
    for k in range(size):
        found[k] /= pivots[k]
        amount = found[k]
        for j in range(k + 1, size):
            found[j] += links[k, j] * amount
    for k in range(size - 1, -1, -1):
        total = 0.0
        for j in range(k + 1, size):
            total += links[k, j] * found[j]
        found[k] += total / pivots[k]
    return found
