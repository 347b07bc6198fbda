"""Simulated learning: paths of log-odds, one batch of rounds after the other (COL-9).

A batch is drawn as numbers of rounds of each kind, by one binomial a kind but the last: three for
a duopoly. Arrays over kinds of rounds have the shape (K,), see `batches.Rounds`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["binomial", "simulate"]


@kernel
def _few(rng: Any, size: int, rare: float) -> int:
    """Return how many of at most 64 trials of chance at most 1/2 succeed, by inversion.

    The probability that none does is then at least 2**-64; it is computed by squaring.
    """
    mass = 1.0
    base = 1.0 - rare
    power = size
    while power > 0:
        if power & 1:
            mass *= base
        base *= base
        power >>= 1
    odds = rare / (1.0 - rare)
    draw = rng.random()
    found = 0
    while draw >= mass and found < size:
        draw -= mass
        mass *= odds * (size - found) / (found + 1)
        found += 1
    return found


@kernel
def binomial(rng: Any, size: int, chance: float) -> int:
    """Return how many of `size` trials succeed, 64 trials after the other."""
    if chance <= 0.0 or size == 0:
        return 0
    if chance >= 1.0:
        return size
    rare = min(chance, 1.0 - chance)
    found = _few(rng, size % 64, rare)
    for _ in range(size // 64):
        found += _few(rng, 64, rare)
    return found if chance <= 0.5 else size - found


@kernel
def simulate(
    rng: Any, start: float, low: float, high: float, rates: FloatArray, size: int, means: bool,
    n_high: IntArray, n_low: IntArray, sum_high: FloatArray, sum_low: FloatArray,
    if_high: FloatArray, if_low: FloatArray, rho: float, paths: int, stop: Any,
) -> tuple[int, int, int]:  # fmt: skip
    """Return numbers of paths finished, of those that reached `high`, and of their updates.

    Parameters
    ----------
    start : log-odds at the beginning.
    low, high : log-odds that end a first passage; with a horizon the end must reach `high`.
    rates : shape (T,) with a horizon of T updates; shape (1,) and `low` finite for first passage.
    size : rounds a batch.
    means : whether the estimate is the difference of means, else the score.
    n_high, n_low, sum_high, sum_low, if_high, if_low : shape (K,).
    rho : the fidelity.
    paths : how many are wanted; fewer are finished where `stop` is raised.
    """
    kinds = len(n_high)
    passage = low > -np.inf
    horizon = len(rates)
    finished = 0
    reached = 0
    total = 0
    seen = size * (n_high[0] + n_low[0])
    for _ in range(paths):
        odds = start
        t = 0
        while (low < odds < high) if passage else t < horizon:
            if stop[0]:
                return finished, reached, total
            rate = rates[0] if passage else rates[t]
            t += 1
            theta = 1.0 / (1.0 + math.exp(-odds))
            left = size
            mass = 1.0
            highs = 0
            lows = 0
            high_pay = 0.0
            low_pay = 0.0
            for k in range(kinds):
                count = left
                if k < kinds - 1:
                    chance = theta * if_high[k] + (1.0 - theta) * if_low[k]
                    count = binomial(rng, left, chance / mass if mass > 0.0 else 1.0)
                    mass -= chance
                    left -= count
                highs += count * n_high[k]
                lows += count * n_low[k]
                high_pay += count * sum_high[k]
                low_pay += count * sum_low[k]
                if left == 0:
                    break
            if means:
                if highs > 0 and lows > 0:
                    odds += rate * (high_pay / highs - low_pay / lows)
            else:
                share = theta * rho + (1.0 - theta) * (1.0 - rho)
                move = 0.0
                if high_pay != 0.0:
                    move += high_pay / share
                if low_pay != 0.0:
                    move -= low_pay / (1.0 - share)
                odds += rate * move / seen
        finished += 1
        total += t
        if odds >= high:
            reached += 1
    return finished, reached, total
