"""Passes over the n x m table of a linear Fisher market, for the interior-point method.

Notation: values v, allocation x, slacks w = p - beta v (all n x m; where v = 0 there is no edge,
x = 0 and w = 1), prices p, shape (m,), and beta[i] = money per unit of utility, shape (n,). A
Newton step is fixed by ``dp`` and ``dbeta`` alone, so dx and dw are formed entry by entry and never
stored:

    dw = dp - v dbeta,        dx = (target - second order)/w - x - (x/w) dw.

Each pass reads three tables once; sums over rows and columns come out.
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.compile import scan_kernel
from eqsolve.core.arrays import FloatArray
from eqsolve.families.fisher_market.kernels.m_matrix import factor, solve

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


@scan_kernel
def assemble(
    v: FloatArray, x: FloatArray, w: FloatArray, links: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fill ``links = v x / w`` and return row sums of ``v links`` and column sums of ``x / w``."""
    n, m = v.shape
    rows = np.zeros(n)
    columns = np.zeros(m)
    for i in range(n):
        total = 0.0
        for j in range(m):
            ratio = x[i, j] / w[i, j]
            links[i, j] = v[i, j] * ratio
            columns[j] += ratio
            total += v[i, j] * links[i, j]
        rows[i] = total
    return rows, columns


@scan_kernel
def predict(
    v: FloatArray,
    x: FloatArray,
    w: FloatArray,
    dp: FloatArray,
    dbeta: FloatArray,
    row_weights: FloatArray,
    column_weights: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Look along the predictor step (target 0).

    Returns
    -------
    du : shape (n,), change of utility.
    aim_rows, aim_columns : sums of ``v omega/w`` and ``omega/w``, omega = row x column weights.
    second_rows, second_columns : sums of ``v dx dw/w`` and ``dx dw/w``.
    facts : largest ``-dx/x`` and ``-dw/w``, and the sums of x w, dx w, x dw and dx dw.
    """
    n, m = v.shape
    du = np.zeros(n)
    aim_rows = np.zeros(n)
    second_rows = np.zeros(n)
    aim_columns = np.zeros(m)
    second_columns = np.zeros(m)
    facts = np.zeros(6)
    for i in range(n):
        for j in range(m):
            value = v[i, j]
            if value <= 0.0:
                continue
            have, slack = x[i, j], w[i, j]
            dw = (dp[j] - value * dbeta[i]) / slack  # relative
            dx = -1.0 - dw  # relative
            aim = row_weights[i] * column_weights[j] / slack
            second = have * dx * dw
            du[i] += value * have * dx
            aim_rows[i] += value * aim
            second_rows[i] += value * second
            aim_columns[j] += aim
            second_columns[j] += second
            facts[0] = max(facts[0], -dx)
            facts[1] = max(facts[1], -dw)
            product = have * slack
            facts[2] += product
            facts[3] += product * dx
            facts[4] += product * dw
            facts[5] += product * dx * dw
    return du, aim_rows, aim_columns, second_rows, second_columns, facts


@scan_kernel
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
    n, m = v.shape
    primal = 0.0
    dual = 0.0
    first_p, first_beta = predictor
    dp, dbeta = corrector
    for i in range(n):
        for j in range(m):
            value = v[i, j]
            if value <= 0.0:
                dx[i, j] = 0.0
                continue
            slack = w[i, j]
            have = x[i, j]
            first = (first_p[j] - value * first_beta[i]) / slack
            dw = (dp[j] - value * dbeta[i]) / slack
            aim = row_weights[i] * column_weights[j] / slack
            change = aim - have * (1.0 - (1.0 + first) * first + dw)
            dx[i, j] = change
            primal = max(primal, -change / have)
            dual = max(dual, -dw)
    return primal, dual


@scan_kernel
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
    n, m = v.shape
    utilities = np.zeros(n)
    sold = np.zeros(m)
    waste = np.zeros(n)
    for i in range(n):
        for j in range(m):
            value = v[i, j]
            if value <= 0.0:
                continue
            have = max(x[i, j] + primal * dx[i, j], 1e-200)
            slack = max(w[i, j] + dual * (dp[j] - value * dbeta[i]), 1e-200)
            x[i, j] = have
            w[i, j] = slack
            utilities[i] += value * have
            sold[j] += have
            waste[i] += have * slack
    return utilities, sold, waste


@scan_kernel
def by_row(table: FloatArray, weights: FloatArray) -> FloatArray:
    """Return ``table @ weights``, on this thread: BLAS would wait for others for so little."""
    found = np.zeros(len(table))
    for i in range(len(table)):
        row = table[i]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0  # four sums at a time: additions overlap
        j = 0
        while j + 4 <= len(row):
            a += row[j] * weights[j]
            b += row[j + 1] * weights[j + 1]
            c += row[j + 2] * weights[j + 2]
            d += row[j + 3] * weights[j + 3]
            j += 4
        for k in range(j, len(row)):
            a += row[k] * weights[k]
        found[i] = (a + b) + (c + d)
    return found


@scan_kernel
def by_column(table: FloatArray, weights: FloatArray) -> FloatArray:
    """Return ``weights @ table``, on this thread."""
    found = np.zeros(table.shape[1])
    for i in range(len(table)):
        row, weight = table[i], weights[i]
        for j in range(len(row)):
            found[j] += row[j] * weight
    return found
