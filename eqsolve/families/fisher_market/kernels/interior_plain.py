"""The passes of `fisher_interior` and the M-matrix solver in numpy, for small markets.

Loading compiled code takes longer than solving a small market without it. Same names, same
arguments, same numbers up to rounding.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = [
    "advance",
    "assemble",
    "by_column",
    "by_row",
    "factor",
    "predict",
    "solve",
    "step_lengths",
]


def assemble(
    v: FloatArray, x: FloatArray, w: FloatArray, links: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fill ``links = v x / w`` and return row sums of ``v links`` and column sums of ``x / w``."""
    ratio = x / w
    np.multiply(v, ratio, out=links)
    return (v * links).sum(axis=1), ratio.sum(axis=0)


def predict(
    v: FloatArray,
    x: FloatArray,
    w: FloatArray,
    dp: FloatArray,
    dbeta: FloatArray,
    row_weights: FloatArray,
    column_weights: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Look along the predictor step (target 0)."""
    edge = v > 0
    dw = np.where(edge, (dp - v * dbeta[:, None]) / w, 0.0)
    dx = np.where(edge, -1.0 - dw, 0.0)
    aim = edge * row_weights[:, None] * column_weights / w
    second = x * dx * dw
    product = x * w
    facts = np.array(
        [
            max(0.0, (-dx).max(initial=0.0)),
            max(0.0, (-dw).max(initial=0.0)),
            (edge * product).sum(),
            (product * dx).sum(),
            (product * dw).sum(),
            (product * dx * dw).sum(),
        ]
    )
    rows = (v * x * dx).sum(axis=1), (v * aim).sum(axis=1), (v * second).sum(axis=1)
    return rows[0], rows[1], aim.sum(axis=0), rows[2], second.sum(axis=0), facts


def step_lengths(
    v: FloatArray,
    x: FloatArray,
    w: FloatArray,
    predictor: tuple[FloatArray, FloatArray],
    corrector: tuple[FloatArray, FloatArray],
    row_weights: FloatArray,
    column_weights: FloatArray,
    dx: FloatArray,
) -> tuple[float, float]:
    """Fill `dx` with the corrected step; return the largest ``-dx/x`` and ``-dw/w``."""
    edge = v > 0
    first = (predictor[0] - v * predictor[1][:, None]) / w
    dw = (corrector[0] - v * corrector[1][:, None]) / w
    aim = row_weights[:, None] * column_weights / w
    dx[:] = np.where(edge, aim - x * (1.0 - (1.0 + first) * first + dw), 0.0)
    primal = (-dx / np.where(edge, x, 1.0)).max(initial=0.0)
    dual = np.where(edge, -dw, 0.0).max(initial=0.0)
    return float(primal), float(dual)


def advance(
    v: FloatArray,
    x: FloatArray,
    w: FloatArray,
    dx: FloatArray,
    dp: FloatArray,
    dbeta: FloatArray,
    primal: float,
    dual: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Take the step in place; return utilities, column sums of x and row sums of x w."""
    edge = v > 0
    x[:] = np.where(edge, np.maximum(x + primal * dx, 1e-200), 0.0)
    slack = w + dual * (dp - v * dbeta[:, None])
    w[:] = np.where(edge, np.maximum(slack, 1e-200), 1.0)
    return (v * x).sum(axis=1), x.sum(axis=0), (x * w).sum(axis=1)


def by_row(table: FloatArray, weights: FloatArray) -> FloatArray:
    """Return ``table @ weights``."""
    return np.asarray(table @ weights)


def by_column(table: FloatArray, weights: FloatArray) -> FloatArray:
    """Return ``weights @ table``."""
    return np.asarray(weights @ table)


def factor(links: FloatArray, margin: FloatArray) -> FloatArray:
    """Factor an M-matrix in place and return the pivots; see `m_matrix`.

    Examples
    --------
    >>> links = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> pivots = factor(links, np.array([1.0, 1.0]))
    >>> solve(links, pivots, np.array([1.0, 1.0]))
    array([1., 1.])
    """
    size = len(margin)
    pivots, rest = np.empty(size), margin.copy()
    for k in range(size):
        row = links[k, k + 1 :]
        pivots[k] = pivot = rest[k] + row.sum()
        if pivot > 0:
            rest[k + 1 :] += row * (rest[k] / pivot)
            links[k + 1 :, k + 1 :] += np.outer(row / pivot, row)
    return pivots


def solve(links: FloatArray, pivots: FloatArray, right: FloatArray) -> FloatArray:
    """Return the solution for one right-hand side, from what `factor` left."""
    found = right.copy()
    size = len(pivots)
    for k in range(size):
        found[k] /= pivots[k]
        found[k + 1 :] += links[k, k + 1 :] * found[k]
    for k in range(size - 2, -1, -1):
        found[k] += links[k, k + 1 :] @ found[k + 1 :] / pivots[k]
    return found
