"""Small linear programs in whole numbers: what decides where floats are in doubt.

``min costs . x`` subject to ``rows x >= bounds`` and ``x >= 0``, with costs >= 0, so that the dual
simplex method starts feasible. Finite floats are fractions; a dictionary of integers over one
denominator is pivoted without rounding (Edmonds 1967), and the least-index rule makes it end.
An answer is a pair that anybody can check: x and weights of the rows with the same value, or
weights that no x satisfies. Cost: a pivot takes n m products of integers that grow with the number
of pivots; meant for tens of rows and columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

__all__ = ["least_cost"]


def least_cost(
    costs: Sequence[Fraction | float],
    rows: Sequence[Sequence[Fraction]],
    bounds: Sequence[float],
    slack: float = 0.0,
) -> tuple[list[Fraction] | None, list[Fraction]]:
    """Return x and the weights of the rows; None and weights of a contradiction if there is no x.

    Parameters
    ----------
    costs : m numbers >= 0.
    rows : n rows of m numbers.
    bounds : n numbers.
    slack : by how much a row may be missed.

    Returns
    -------
    x : m fractions with the least cost, or None.
    weights : n fractions >= 0. Where there is x, ``weights rows <= costs`` and ``weights . bounds``
        is its cost, but for the slack; else ``weights rows <= 0`` and ``weights . bounds > 0``.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> x, weights = least_cost([1.0, 1.0], [[half, Fraction(1)]], [3.0])
    >>> [str(part) for part in x], [str(part) for part in weights]
    (['0', '3'], ['1'])
    >>> least_cost([1.0], [[-half]], [1.0])
    (None, [Fraction(1, 1)])
    """
    n, m = len(rows), len(costs)
    exact = [[*row, -Fraction(bound)] for row, bound in zip(rows, bounds, strict=True)]
    exact.append([*(Fraction(cost) for cost in costs), Fraction(0)])
    unit = math.lcm(*(entry.denominator for row in exact for entry in row))
    # What rows and objective exceed counts in parts of 1 / unit. In those, a basic variable is
    # (table[i] . free + table[i][m]) / denominator; the objective is the last row.
    table = [[int(entry * unit) for entry in row] for row in exact]
    denominator = 1
    allowed = [Fraction(slack)] * m + [Fraction(slack) * unit] * n
    basic, free = list(range(m, m + n)), list(range(m))
    while True:
        missed = [i for i in range(n) if table[i][m] < -allowed[basic[i]] * denominator]
        if not missed:
            break
        row = min(missed, key=basic.__getitem__)
        chosen = [j for j in range(m) if table[row][j] > 0]
        if not chosen:
            found = [Fraction(0)] * (m + n)
            found[basic[row]] = Fraction(1)
            for j in range(m):
                found[free[j]] = Fraction(-table[row][j], denominator)
            return None, found[m:]
        column = min(chosen, key=lambda j: (Fraction(table[n][j], table[row][j]), free[j]))
        pivot = table[row][column]
        leaving = table[row]
        for i, line in enumerate(table):
            if i != row:
                rate = line[column]
                table[i] = [
                    (entry * pivot - rate * other) // denominator
                    for entry, other in zip(line, leaving, strict=True)
                ]
                table[i][column] = rate
        table[row] = [-entry for entry in leaving]
        table[row][column] = denominator
        denominator = pivot
        basic[row], free[column] = free[column], basic[row]
    values, prices = [Fraction(0)] * (m + n), [Fraction(0)] * (m + n)
    for i in range(n):
        values[basic[i]] = Fraction(table[i][m], denominator)
    for j in range(m):
        prices[free[j]] = Fraction(table[n][j], denominator)
    return [max(value, Fraction(0)) for value in values[:m]], prices[m:]
