"""Branch and bound for packing programs whose bounds come from prices of the rows.

Maximize ``v x`` over 0-1 vectors x with ``A x <= c``, all numbers whole and >= 0. At row prices
``p >= 0`` the columns that are still free add at most

    sum_j c_j p_j + sum_b max(0, g_b),    g_b = v_b - sum_j A_jb p_j,

whatever the prices are, so that rounding and a descent that stops early cost nodes, never the
proof. Prices descend row by row: of one row alone the best price lies between the gains of the
last column that its capacity holds and of the next one, and the middle is taken, which leaves
every column its own margin: a free column with ``g_b <= -slack`` cannot be in a better set, one
with ``g_b >= slack`` must be (slack: by how much the bound exceeds what is not good enough). What
is left branches on the column that shares rows with most others and whose margin says least.

Everything is computed in 64-bit integers; the caller sees to it that sums fit. A node costs
O(sweeps times entries of the free columns); the memory is O(depth times rows).
Source of the descent: dual decomposition by min-marginals, Werner (2007).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import IntArray

__all__ = ["Columns", "Rows", "search"]

FREE, TAKEN, LEFT_OUT = 0, 1, 2
_SWEEPS, _FIRST_SWEEPS = 8, 200
"""Passes over all rows: at a node, and at the root."""
_NO_CEILING = 2**62
"""Above all sums."""


class Columns(NamedTuple):
    """The program by columns: ``rows[start[b]:start[b + 1]]`` and what b takes of each."""

    values: IntArray
    start: IntArray
    rows: IntArray
    amounts: IntArray


class Rows(NamedTuple):
    """The program by rows: ``columns[start[j]:start[j + 1]]`` and what each takes of j."""

    capacity: IntArray
    start: IntArray
    columns: IntArray
    amounts: IntArray


class Node(NamedTuple):
    """Where the search stands: changed in place.

    Parameters
    ----------
    capacity : what is left of each row.
    state : of each column: ``FREE``, ``TAKEN`` or ``LEFT_OUT``.
    gain : of each free column at the prices.
    trail : columns that are decided, in that order.
    start, columns, amounts : as in `Rows`, the free columns of the rows with capacity.
    """

    capacity: IntArray
    state: IntArray
    gain: IntArray
    trail: IntArray
    start: IntArray
    columns: IntArray
    amounts: IntArray


@kernel
def _row_price(node: Node, j: int, old: int) -> int:
    """Return the best price of one row, the others as they are.

    A column would pay ``gain / amount`` more than `old` for a unit; those that pay most share the
    capacity. The price lies in the middle between the last that has room and the next one.
    """
    begin, end, capacity = node.start[j], node.start[j + 1], node.capacity[j]
    if capacity == 1:
        first = second = 0
        for k in range(begin, end):
            b = node.columns[k]
            if node.state[b] == FREE:
                pays = node.gain[b] + old
                if pays > first:
                    first, second = pays, first
                elif pays > second:
                    second = pays
        return (first + second) // 2
    offers = np.empty(end - begin, dtype=np.int64)
    units = np.empty(end - begin, dtype=np.int64)
    count = 0
    for k in range(begin, end):
        b = node.columns[k]
        pays = node.gain[b] // node.amounts[k] + old
        if node.state[b] == FREE and pays > 0:
            offers[count] = pays
            units[count] = node.amounts[k]
            count += 1
    taken = last = 0
    for k in np.argsort(-offers[:count]):
        if taken + units[k] > capacity:
            return int((offers[k] + last) // 2 if taken == capacity else offers[k])
        taken += units[k]
        last = offers[k]
    return last // 2 if taken == capacity else 0


@kernel
def _sweep(node: Node, prices: IntArray) -> None:
    """Give every row its best price in turn; prices and gains change in place."""
    for j in range(len(prices)):
        if node.capacity[j] == 0:
            continue
        rise = _row_price(node, j, prices[j]) - prices[j]
        if rise != 0:
            prices[j] += rise
            for k in range(node.start[j], node.start[j + 1]):
                node.gain[node.columns[k]] -= rise * node.amounts[k]


@kernel
def _leave_out(node: Node, b: int, size: int) -> int:
    """Leave out a column and return the new size of the trail."""
    node.state[b] = LEFT_OUT
    node.trail[size] = b
    return size + 1


@kernel
def _take(columns: Columns, rows: Rows, node: Node, b: int, size: int) -> int:
    """Take a column, leave out those that no longer fit, and return the new size of the trail."""
    node.state[b] = TAKEN
    node.trail[size] = b
    size += 1
    for k in range(columns.start[b], columns.start[b + 1]):
        j = columns.rows[k]
        node.capacity[j] -= columns.amounts[k]
        for other in range(rows.start[j], rows.start[j + 1]):
            c = rows.columns[other]
            if node.state[c] == FREE and rows.amounts[other] > node.capacity[j]:
                size = _leave_out(node, c, size)
    return size


@kernel
def _undo(columns: Columns, node: Node, value: int, size: int, goal: int) -> int:
    """Free the columns on the trail beyond `goal` and return the value of those still taken."""
    for place in range(goal, size):
        b = node.trail[place]
        if node.state[b] == TAKEN:
            value -= columns.values[b]
            for k in range(columns.start[b], columns.start[b + 1]):
                node.capacity[columns.rows[k]] += columns.amounts[k]
        node.state[b] = FREE
    return value


@kernel
def _gather(columns: Columns, rows: Rows, node: Node, prices: IntArray) -> IntArray:
    """Return the free columns; their rows and gains are written down."""
    size = 0
    for j in range(len(prices)):
        node.start[j] = size
        if node.capacity[j] > 0:
            for k in range(rows.start[j], rows.start[j + 1]):
                if node.state[rows.columns[k]] == FREE:
                    node.columns[size] = rows.columns[k]
                    node.amounts[size] = rows.amounts[k]
                    size += 1
    node.start[len(prices)] = size
    free = np.flatnonzero(node.state == FREE)
    for b in free:
        node.gain[b] = columns.values[b]
        for k in range(columns.start[b], columns.start[b + 1]):
            node.gain[b] -= columns.amounts[k] * prices[columns.rows[k]]
    return free


@kernel
def _settle(
    columns: Columns, rows: Rows, node: Node, prices: IntArray,
    value: int, best: int, step: int, sweeps: int, size: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Let prices descend and fix what the slack decides: value, bound, new size of the trail.

    It ends where nothing better is left, after `sweeps`, or when four of them gain next to nothing.
    """
    free = _gather(columns, rows, node, prices)
    before = done = 0
    while True:
        bound = value
        for j in range(len(prices)):
            bound += node.capacity[j] * prices[j]
        for b in free:
            if node.state[b] == FREE and node.gain[b] > 0:
                bound += node.gain[b]
        slack = bound - best - step + 1
        if slack <= 0:
            return value, bound, size
        took = False
        for b in free:
            if node.state[b] != FREE:
                continue
            if node.gain[b] <= -slack:
                size = _leave_out(node, b, size)
            elif not took and node.gain[b] >= slack:
                size = _take(columns, rows, node, b, size)
                value += columns.values[b]
                took = True
        if took:
            continue
        if done == sweeps or (done > 8 and done % 4 == 0 and (before - bound) * 20 < slack):
            return value, bound, size
        if done % 4 == 0:
            before = bound
        _sweep(node, prices)
        done += 1


@kernel
def _undecided(node: Node, slack: int) -> int:
    """Return the free column to branch on, -1 where none is free."""
    rivals = np.ones(len(node.state), dtype=np.int64)
    for j in range(len(node.capacity)):
        free = 0
        for k in range(node.start[j], node.start[j + 1]):
            free += node.state[node.columns[k]] == FREE
        for k in range(node.start[j], node.start[j + 1]):
            rivals[node.columns[k]] += free - 1
    chosen = -1
    most = -1.0
    for b in range(len(rivals)):
        if node.state[b] == FREE:
            doubt = 1.0 - abs(node.gain[b]) / slack
            if rivals[b] * doubt**4 > most:
                most = rivals[b] * doubt**4
                chosen = b
    return chosen


def _node(columns: Columns, rows: Rows) -> Node:
    """Return the root, nothing decided."""
    n, m, entries = len(columns.values), len(rows.capacity), len(rows.columns)

    def blank(size: int) -> IntArray:
        return np.zeros(size, dtype=np.int64)

    return Node(
        rows.capacity.copy(), blank(n), blank(n), blank(n),
        blank(m + 1), blank(entries), blank(entries),
    )  # fmt: skip


def search(
    columns: Columns,
    rows: Rows,
    prices: IntArray,
    least: int,
    step: int,
    stop: np.ndarray,
    *,
    barred: np.ndarray | None = None,
    ceiling: int = _NO_CEILING,
) -> tuple[int, np.ndarray, int, int]:
    """Return the best value above `least`, its columns, a bound, and the number of nodes.

    Parameters
    ----------
    columns, rows : the program; every column fits alone.
    prices : of the rows, >= 0, to begin with.
    least : value that is known; the columns are all False where none is better.
    step : of which all values, `least` too, are multiples: none lies between.
    stop : nonzero as soon as the search should end; the bound is then that of the root.
    barred : columns that are left out, shape (n,), or None.
    ceiling : a bound that is known otherwise: a set that is worth as much ends the search.
    """
    if barred is None:
        barred = np.zeros(len(columns.values), dtype=np.bool_)
    node = _node(columns, rows)
    return _search(columns, rows, node, prices, least, step, stop, barred, ceiling)


@kernel
def _search(
    columns: Columns, rows: Rows, node: Node, prices: IntArray,
    least: int, step: int, stop: np.ndarray, barred: np.ndarray, ceiling: int,
) -> tuple[int, np.ndarray, int, int]:  # fmt: skip
    """Search depth first: the column of a branch is taken first, then left out."""
    n, m = len(columns.values), len(prices)
    kept_prices = np.zeros((16, m), dtype=np.int64)  # by depth
    kept_size = np.zeros(n + 1, dtype=np.int64)  # of the trail before the branch at a depth
    branch = np.full(n + 1, -1, dtype=np.int64)  # column of that branch, -1 once it is left out
    best, chosen = least, np.zeros(n, dtype=np.bool_)
    kept_prices[0] = prices
    depth = size = value = root = nodes = 0
    for k in range(n):
        if barred[k]:
            size = _leave_out(node, k, size)
    while True:
        nodes += 1
        sweeps = _FIRST_SWEEPS if nodes == 1 else _SWEEPS
        value, bound, size = _settle(
            columns, rows, node, kept_prices[depth], value, best, step, sweeps, size
        )
        if nodes == 1:
            root = min(bound, ceiling)
        if stop[0]:
            return best, chosen, max(best, root), nodes
        slack = bound - best - step + 1
        b = _undecided(node, slack) if slack > 0 else -1
        if b >= 0:
            if depth + 1 == len(kept_prices):
                kept_prices = np.concatenate((kept_prices, np.zeros_like(kept_prices)))
            kept_prices[depth + 1] = kept_prices[depth]
            branch[depth], kept_size[depth] = b, size
            size = _take(columns, rows, node, b, size)
            value += columns.values[b]
            depth += 1
            continue
        if value > best:  # every column is decided
            best = value
            chosen[:] = node.state == TAKEN
        if best >= ceiling:
            return best, chosen, best, nodes
        while depth > 0 and branch[depth - 1] < 0:
            depth -= 1
        if depth == 0:
            return best, chosen, best, nodes
        value = _undo(columns, node, value, size, kept_size[depth - 1])
        size = _leave_out(node, branch[depth - 1], kept_size[depth - 1])
        branch[depth - 1] = -1
        kept_prices[depth] = kept_prices[depth - 1]
