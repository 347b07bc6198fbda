"""Simulated learning: paths of log-odds, one batch of rounds after the other (COL-9).

A part of a batch is drawn as a number of high latent preferences and an entry of the table for that
number, see `tables.Tables`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["binomial", "simulate"]


@kernel
def binomial(rng: Any, size: int, chance: float) -> int:
    """Return how many of at most 64 trials succeed, by inversion.

    Whether the likelier or the rarer outcome is counted, the probability that none is rare is at
    least 2**-64; it is computed by squaring.
    """
    rare = min(chance, 1.0 - chance)
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
    return found if chance <= 0.5 else size - found


@kernel
def simulate(
    rng: Any, start: float, low: float, high: float, rates: FloatArray, means: bool, rho: float,
    rounds: IntArray, width: IntArray, shown: IntArray, entry: IntArray, keep: FloatArray,
    other: IntArray, n_high: FloatArray, n_low: FloatArray, sum_high: FloatArray,
    sum_low: FloatArray, paths: int, stop: Any,
) -> tuple[int, int, float, float]:  # fmt: skip
    """Return numbers of paths finished and of those that reached `high`, and updates.

    The latter as the sum and the sum of squares over paths.

    Parameters
    ----------
    start : log-odds at the beginning.
    low, high : log-odds that end a first passage; with a horizon the end must reach `high`.
    rates : shape (T,) with a horizon of T updates; shape (1,) and `low` finite for first passage.
    means : whether the estimate is the difference of means, else the score.
    rho : the fidelity.
    rounds, width, shown, entry, keep, other, n_high, n_low, sum_high, sum_low : as in `Tables`.
    paths : how many are wanted; fewer are finished where `stop` is raised.
    """
    passage = low > -np.inf
    horizon = len(rates)
    finished = 0
    reached = 0
    total = 0.0
    squares = 0.0
    for _ in range(paths):
        odds = start
        t = 0
        while (low < odds < high) if passage else t < horizon:
            if stop[0]:
                return finished, reached, total, squares
            rate = rates[0] if passage else rates[t]
            t += 1
            theta = 1.0 / (1.0 + math.exp(-odds))
            highs = 0.0
            lows = 0.0
            high_pay = 0.0
            low_pay = 0.0
            for part in range(len(rounds)):
                latent = binomial(rng, rounds[part], theta)
                draw = rng.random() * width[part]
                hit = int(draw)
                at = entry[part] + latent * width[part] + hit
                seen = shown[part] + (hit if draw - hit < keep[at] else other[at])
                highs += n_high[seen]
                lows += n_low[seen]
                high_pay += sum_high[seen]
                low_pay += sum_low[seen]
            if means:
                if highs > 0.0 and lows > 0.0:
                    odds += rate * (high_pay / highs - low_pay / lows)
            else:
                share = theta * rho + (1.0 - theta) * (1.0 - rho)
                move = 0.0
                if high_pay != 0.0:
                    move += high_pay / share
                if low_pay != 0.0:
                    move -= low_pay / (1.0 - share)
                odds += rate * move / (highs + lows)
        finished += 1
        total += t
        squares += float(t) * t
        if odds >= high:
            reached += 1
    return finished, reached, total, squares
