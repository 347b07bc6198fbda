"""Fictitious play in auctions with independent types: compiled best replies to average bids.

Bids are lines ``v * W - P`` in the value (see `regret`), so that best replies of all types of a
class come from one pass over the upper envelope: O(classes * (bids * rivals + types)) an iteration.
The average gives iteration t weight t (steps 2 / (t + 2)).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel, part
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["play_classes", "play_states"]

FIRST, SECOND, ALL_PAY, RANKED = 0, 1, 2, 3


@part
def _chances(
    below: Any, masses: Any, counts: Any, own: Any, nodes: Any, weights: Any, win: Any
) -> None:
    """Fill the chances that each bid wins against all but one of class `own`."""
    for m in range(len(win)):
        total = 0.0
        for g in range(len(nodes)):
            product = 1.0
            for d in range(len(counts)):
                z = below[d, m] + nodes[g] * masses[d, m]
                for _ in range(counts[d] - (1 if d == own else 0)):
                    product *= z
            total += weights[g] * product
        win[m] = total


@part
def _second(
    bids: Any, below: Any, masses: Any, counts: Any, own: Any, reserve: Any, win: Any, pay: Any
) -> None:
    """Fill expected payments at second prices: ``b W - int_r^b P(no rival above x) dx``."""
    area = 0.0
    last = reserve
    for m in range(len(bids)):
        chance = 1.0  # that no rival bids as much as this bid
        for d in range(len(counts)):
            for _ in range(counts[d] - (1 if d == own else 0)):
                chance *= below[d, m]
        area += (bids[m] - last) * chance
        last = bids[m]
        pay[m] = bids[m] * win[m] - area


@part
def _power(x: Any, n: Any) -> float:
    """Return a whole power."""
    found = 1.0
    for _ in range(n):
        found *= x
    return found


@part
def _few(low: Any, high: Any, count: Any, most: Any, pairs: Any) -> float:
    """Return P(all of `count` equal rivals up to `high`, at most `most` of them above `low`)."""
    total = 0.0
    for m in range(most + 1):
        total += pairs[m] * _power(low, count - m) * _power(high - low, m)
    return total


@part
def _ranked(
    bids: Any,
    below: Any,
    masses: Any,
    count: Any,
    rank: Any,
    out: Any,
    reserve: Any,
    pairs: Any,
    nodes: Any,
    weights: Any,
    win: Any,
    pay: Any,
) -> None:
    """Fill chances and payments at k-th prices; a share `out` of equal rivals stays out."""
    for m in range(len(bids)):
        win[m] = 0.0
        pay[m] = 0.0
        for g in range(len(nodes)):
            high = below[0, m] + nodes[g] * masses[0, m]
            unsold = _few(min(out, high), high, count, rank - 2, pairs)
            sale = _power(high, count) - unsold
            area = 0.0
            last = reserve
            for j in range(m + 1):
                cheap = _few(min(below[0, j], high), high, count, rank - 2, pairs) - unsold
                area += (bids[j] - last) * cheap
                last = bids[j]
            win[m] += weights[g] * sale
            pay[m] += weights[g] * (bids[m] * sale - area)


@part
def _price(
    form: Any,
    bids: Any,
    below: Any,
    masses: Any,
    counts: Any,
    own: Any,
    reserve: Any,
    rank: Any,
    out: Any,
    pairs: Any,
    nodes: Any,
    weights: Any,
    win: Any,
    pay: Any,
) -> None:
    """Fill chances of getting the prize and payments of all bids of a class."""
    if form == RANKED:
        _ranked(
            bids, below, masses, counts[0] - 1, rank, out, reserve, pairs, nodes, weights, win, pay
        )
        return
    _chances(below, masses, counts, own, nodes, weights, win)
    if form == SECOND:
        _second(bids, below, masses, counts, own, reserve, win, pay)
    elif form == ALL_PAY:
        for m in range(len(bids)):
            pay[m] = bids[m]
    else:
        for m in range(len(bids)):
            pay[m] = bids[m] * win[m]


@part
def _averaged(average: Any, reply: Any, t: Any, total: Any) -> float:
    """Add the replies of iteration t to the average; return the sum of weights, kept finite."""
    step = total * 2.0 / t
    total += step
    scale = total if total > 1e100 else 1.0
    for k in range(len(average)):
        for m in range(average.shape[1]):
            average[k, m] = (average[k, m] + step * reply[k, m]) / scale
    left: float = total / scale
    return left


@kernel
def play_classes(
    bids: FloatArray,
    types: FloatArray,
    chances: FloatArray,
    counts: IntArray,
    form: int,
    reserve: float,
    rank: int,
    powers: FloatArray,
    pairs: FloatArray,
    nodes: FloatArray,
    weights: FloatArray,
    average: FloatArray,
    start: int,
    iterations: int,
    total: float,
    stop: Any,
) -> tuple[int, float]:
    """Play against the average; private values.

    Parameters
    ----------
    bids : shape (m,), accepted bids, rising.
    types, chances : shape (classes, T), values rising.
    counts : shape (classes,), bidders of each class.
    form, reserve, rank : the rule; 0 first price, 1 second price, 2 all-pay, 3 k-th price.
    powers : shape (classes,), ``1 / (1 - rho)``; first prices alone.
    pairs : binomials of the rivals' number, for k-th prices.
    nodes, weights : of the place of the own lot.
    average : shape (classes, m + 1), weights of bids so far, the last for staying out; changed.
    start, iterations, total : iterations done, to do, and the sum of weights in `average`.
    stop : one byte; the loop ends when it is not 0.

    Returns
    -------
    done : iterations done in all.
    total : the sum of weights.
    """
    classes, m_bids = len(counts), len(bids)
    below = np.zeros((classes, m_bids))
    masses = np.zeros((classes, m_bids))
    win, pay = np.zeros(m_bids), np.zeros(m_bids)
    hull = np.zeros(m_bids + 1, np.int64)
    reply = np.zeros((classes, m_bids + 1))
    t = start
    while t < start + iterations and stop[0] == 0:
        out = 0.0
        for c in range(classes):
            sum_below = average[c, m_bids] / total
            if c == 0:
                out = sum_below
            for m in range(m_bids):
                below[c, m] = sum_below
                masses[c, m] = average[c, m] / total
                sum_below += masses[c, m]
        for c in range(classes):
            _price(
                form, bids, below, masses, counts, c, reserve, rank, out, pairs, nodes, weights,
                win, pay,
            )  # fmt: skip
            if powers[c] != 1.0:
                for m in range(m_bids):
                    win[m] = win[m] ** powers[c]
                    pay[m] = bids[m] * win[m]
            # Upper envelope; entry -1 is staying out, the line 0.
            size = 1
            hull[0] = -1
            for m in range(m_bids):
                while True:
                    j = hull[size - 1]
                    slope = 0.0 if j < 0 else win[j]
                    cost = 0.0 if j < 0 else pay[j]
                    if win[m] <= slope:
                        # As steep, so only the cost counts; a cheaper one takes the place.
                        if pay[m] < cost and size > 1:
                            size -= 1
                            continue
                        break
                    if size == 1:
                        hull[size] = m
                        size += 1
                        break
                    i = hull[size - 2]
                    slope_i = 0.0 if i < 0 else win[i]
                    cost_i = 0.0 if i < 0 else pay[i]
                    if (pay[m] - cost) * (slope - slope_i) <= (cost - cost_i) * (win[m] - slope):
                        size -= 1
                        continue
                    hull[size] = m
                    size += 1
                    break
            for m in range(m_bids + 1):
                reply[c, m] = 0.0
            place = 0
            for k in range(types.shape[1]):
                value = types[c, k]
                while place + 1 < size:
                    j, m = hull[place], hull[place + 1]
                    slope = 0.0 if j < 0 else win[j]
                    cost = 0.0 if j < 0 else pay[j]
                    if value * win[m] - pay[m] >= value * slope - cost:
                        place += 1
                    else:
                        break
                at = hull[place]
                reply[c, at if at >= 0 else m_bids] += chances[c, k]
        t += 1
        total = _averaged(average, reply, t, total)
    return t, total


@kernel
def play_states(
    bids: FloatArray,
    types: int,
    given: FloatArray,
    posterior: FloatArray,
    worths: FloatArray,
    counts: IntArray,
    form: int,
    reserve: float,
    rank: int,
    pairs: FloatArray,
    nodes: FloatArray,
    weights: FloatArray,
    average: FloatArray,
    start: int,
    iterations: int,
    total: float,
    stop: Any,
) -> tuple[int, float]:
    """Play against the average; equal bidders whose types hang together.

    Parameters
    ----------
    given : shape (states, T), chances of types in each state.
    posterior : shape (states, T), chances of states for each type.
    worths : shape (states, T), what the prize is worth.
    average : shape (T, m + 1), as in `play_classes` for each type.
    others : as in `play_classes`.
    """
    states, m_bids = len(given), len(bids)
    masses, below = np.zeros((1, m_bids)), np.zeros((1, m_bids))
    win, pay = np.zeros(m_bids), np.zeros(m_bids)
    gains = np.zeros((types, m_bids))
    reply = np.zeros((types, m_bids + 1))
    t = start
    while t < start + iterations and stop[0] == 0:
        gains[:] = 0.0
        for s in range(states):
            out = 0.0
            masses[:] = 0.0
            for k in range(types):
                if given[s, k] > 0:
                    share = given[s, k] / total
                    out += share * average[k, m_bids]
                    for m in range(m_bids):
                        masses[0, m] += share * average[k, m]
            sum_below = out
            for m in range(m_bids):
                below[0, m] = sum_below
                sum_below += masses[0, m]
            _price(
                form, bids, below, masses, counts, 0, reserve, rank, out, pairs, nodes, weights,
                win, pay,
            )  # fmt: skip
            for k in range(types):
                if posterior[s, k] > 0:
                    for m in range(m_bids):
                        gain = worths[s, k] * win[m] - pay[m]
                        gains[k, m] += posterior[s, k] * gain
        reply[:] = 0.0
        for k in range(types):
            top, found = m_bids, 0.0
            for m in range(m_bids):
                if gains[k, m] > found or (top == m_bids and gains[k, m] >= found):
                    top, found = m, gains[k, m]
            reply[k, top] = 1.0
        t += 1
        total = _averaged(average, reply, t, total)
    return t, total
