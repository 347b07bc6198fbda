"""Simulated learning: paths of log-odds, one batch of rounds after the other (COL-9).

A batch is drawn as numbers of rounds of each kind, by one binomial a kind but the last: three for
a duopoly. Arrays over kinds of rounds have the shape (K,), see `batches.Rounds`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray

__all__ = ["binomial", "simulate"]


@kernel
def binomial(rng: Any, size: int, chance: float) -> int:
    """Return how many of `size` trials succeed, by inversion.

    Parts of at most 64 trials: the probability that none succeeds is then no less than 2**-64.
    """
    if chance <= 0.0:
        return 0
    if chance >= 1.0:
        return size
    rare = min(chance, 1.0 - chance)
    odds = rare / (1.0 - rare)
    found = 0
    left = size
    while left > 0:
        part = min(left, 64)
        left -= part
        mass = math.exp(part * math.log1p(-rare)) if part > 8 else (1.0 - rare) ** part
        draw = rng.random()
        k = 0
        while draw >= mass and k < part:
            draw -= mass
            mass *= odds * (part - k) / (k + 1)
            k += 1
        found += k
    return found if chance <= 0.5 else size - found


@kernel
def simulate(
    rng: Any, start: float, low: float, high: float, rates: FloatArray, size: int, means: bool,
    n_high: FloatArray, n_low: FloatArray, sum_high: FloatArray, sum_low: FloatArray,
    if_high: FloatArray, if_low: FloatArray, rho: float, paths: int, stop: Any,
) -> tuple[int, int, float]:  # fmt: skip
    """Return numbers of paths finished and of those that reached `high`, and their updates in all.

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
    total = 0.0
    seen = size * (n_high[0] + n_low[0])
    for _ in range(paths):
        odds = start
        t = 0
        while True:
            if passage:
                if odds <= low or odds >= high:
                    break
            elif t == horizon:
                break
            if stop[0]:
                return finished, reached, total
            small = math.exp(-abs(odds))
            theta = 1.0 / (1.0 + small) if odds >= 0 else small / (1.0 + small)
            other = small / (1.0 + small) if odds >= 0 else 1.0 / (1.0 + small)
            left = size
            mass = 1.0
            highs = 0.0
            lows = 0.0
            high_pay = 0.0
            low_pay = 0.0
            for k in range(kinds):
                if left == 0:
                    break
                count = left
                if k < kinds - 1:
                    chance = theta * if_high[k] + other * if_low[k]
                    count = binomial(rng, left, chance / mass if mass > 0.0 else 1.0)
                    mass -= chance
                left -= count
                highs += count * n_high[k]
                lows += count * n_low[k]
                high_pay += count * sum_high[k]
                low_pay += count * sum_low[k]
            rate = rates[0] if passage else rates[t]
            if means:
                if highs > 0.0 and lows > 0.0:
                    odds += rate * (high_pay / highs - low_pay / lows)
            else:
                share = theta * rho + other * (1.0 - rho)
                rest = theta * (1.0 - rho) + other * rho
                move = 0.0
                if high_pay != 0.0:
                    move += high_pay / share
                if low_pay != 0.0:
                    move -= low_pay / rest
                odds += rate * move / seen
            t += 1
        finished += 1
        total += t
        if odds >= high:
            reached += 1
    return finished, reached, total
