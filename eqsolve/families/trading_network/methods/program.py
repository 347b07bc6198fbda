"""The compact mixed-integer program for the best revenue.

Splitting the value of every trade into a price and a utility does away with all big constants. For
each pair e = (i, j), known or candidate: ``y_e`` in [0, 1] (does it trade) and its price
``0 <= r_e <= v_e y_e``; then ``p_j = sum r``, ``u_i = sum (v y - r)`` hold by themselves, ::

    maximize   sum of r_e over candidates
    subject to sum of y <= 1 at every agent,   u_i + p_j >= v_ij on every known pair.

This equals the program of REV-2 with its duality row disaggregated. Only candidates need whole y:
with those fixed, a fractional y on known pairs is an optimal solution of the matching program of
E0 + P, whose duals are (u, p), and some matching in the same face has the same introduced trades.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.trading_network.equilibrium import View

__all__ = ["Program", "compact_program"]


class Program(NamedTuple):
    """Maximize c x with A x <= b, 0 <= x <= upper; columns are first all y, then all r.

    `pairs` holds the (buyer, seller) of the columns of each half, `platform` which are candidates.
    """

    objective: FloatArray
    matrix: Any
    rhs: FloatArray
    integer: BoolArray
    upper: FloatArray
    pairs: IntArray
    platform: BoolArray

    def introduced(self, values: FloatArray) -> IntArray:
        """Return the candidate pairs that trade in a solution."""
        chosen: IntArray = self.pairs[self.platform & (values[: len(self.pairs)] > 0.5)]
        return chosen

    def start(self, matching: IntArray) -> FloatArray:
        """Return the solution of a matching, as far as y is concerned."""
        values = np.zeros(len(self.upper))
        values[: len(self.pairs)] = matching[self.pairs[:, 0]] == self.pairs[:, 1]
        return values


def compact_program(view: View, floor: float, welfare: float) -> Program:
    """Return the program.

    Parameters
    ----------
    view : dense arrays.
    floor : only solutions with at least this total price are of interest.
    welfare : only solutions with at least this total value are of interest; -inf: all.

    Returns
    -------
    program : columns y, then r, in row order of the pairs.
    """
    from scipy.sparse import coo_array, vstack

    pairs = np.argwhere(view.known | view.candidate)
    rows, columns = pairs[:, 0], pairs[:, 1]
    size = len(pairs)
    worth = view.values[rows, columns].astype(np.float64)
    platform = view.candidate[rows, columns]
    n, m = view.values.shape
    each = np.arange(size)
    ones = np.ones(size)

    def matrix(entries: Any, row: Any, column: Any, height: int) -> Any:
        return coo_array((entries, (row, column)), shape=(height, 2 * size)).tocsr()

    buyers, sellers = matrix(ones, rows, each, n), matrix(ones, columns, each, m)
    utility = matrix(
        np.concatenate([worth, -ones]),
        np.concatenate([rows, rows]),
        np.concatenate([each, each + size]),
        n,
    )
    price = matrix(ones, columns, each + size, m)
    prices = matrix(
        np.concatenate([ones, -worth]),
        np.concatenate([each, each]),
        np.concatenate([each + size, each]),
        size,
    )
    known = np.argwhere(view.known)
    stable = -(utility[known[:, 0]] + price[known[:, 1]])
    objective = np.concatenate([np.zeros(size), platform.astype(np.float64)])
    blocks = [
        buyers,
        sellers,
        prices,
        stable,
        coo_array(-objective[None, :]),
    ]
    rhs = [
        np.ones(n + m),
        np.zeros(size),
        -view.values[known[:, 0], known[:, 1]].astype(np.float64),
        np.array([-floor]),
    ]
    if welfare > -math.inf:
        blocks.append(coo_array(-np.append(worth, np.zeros(size))[None, :]))
        rhs.append(np.array([-welfare * (1 - 1e-9)]))
    return Program(
        objective,
        vstack(blocks).tocsr(),
        np.concatenate(rhs),
        np.concatenate([platform, np.zeros(size, dtype=bool)]),
        np.concatenate([ones, worth]),
        pairs,
        platform,
    )
