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
    from eqsolve.algorithms.programs.rows import Rows

    pairs = np.argwhere(view.known | view.candidate)
    buyers, sellers = pairs[:, 0], pairs[:, 1]
    size = len(pairs)
    worth = view.values[buyers, sellers].astype(np.float64)
    platform = view.candidate[buyers, sellers]
    n, m = view.values.shape
    trade = np.arange(size)
    price = trade + size
    rows = Rows(2 * size)
    rows.at_most(np.ones(n + m), (buyers, trade, 1), (n + sellers, trade, 1))
    rows.at_most(np.zeros(size), (trade, price, 1), (trade, trade, -worth))
    # every known pair: the columns of its buyer give utility, those of its seller the price
    known = np.argwhere(view.known)
    of_buyer, own = _columns_of(known[:, 0], buyers, n)
    of_seller, sold = _columns_of(known[:, 1], sellers, m)
    rows.at_most(
        -view.values[known[:, 0], known[:, 1]].astype(np.float64),
        (of_buyer, trade[own], -worth[own]),
        (of_buyer, price[own], 1),
        (of_seller, price[sold], -1),
    )
    rows.at_most(-floor, (0, price[platform], -1))
    if welfare > -math.inf:
        rows.at_most(-welfare * (1 - 1e-9), (0, trade, -worth))
    return Program(
        np.concatenate([np.zeros(size), platform.astype(np.float64)]),
        rows.matrix(),
        rows.right(),
        np.concatenate([platform, np.zeros(size, dtype=bool)]),
        np.concatenate([np.ones(size), worth]),
        pairs,
        platform,
    )


def _columns_of(wanted: IntArray, agents: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Return (position in `wanted`, position in `agents`) of all that are equal; agents < size."""
    order = np.argsort(agents, kind="stable")
    starts = np.searchsorted(agents[order], np.arange(size + 1))
    counts = (starts[1:] - starts[:-1])[wanted]
    position = np.repeat(np.arange(len(wanted)), counts)
    within = np.arange(len(position)) - np.repeat(np.cumsum(counts) - counts, counts)
    return position, order[starts[wanted][position] + within]
