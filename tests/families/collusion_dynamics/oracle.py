"""Brute force from the definition: latent preferences and followers, listed or drawn one by one."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np


def tables(model: Any) -> tuple[list[Fraction], list[Fraction]]:
    """Return exact payoffs of high and low prices."""
    if model.ratio is not None:
        half = Fraction(str(model.ratio)) / 2
        return [Fraction(0), half], [1 - half, Fraction(1)]
    return tuple([Fraction(str(x)) for x in part.tolist()] for part in (model.high, model.low))


def rounds(model: Any, theta: Fraction) -> list[tuple[tuple[int, ...], Fraction]]:
    """Return price vectors (1 high) with their probabilities."""
    rho, found = Fraction(str(model.fidelity)), defaultdict(Fraction)
    for latent in (0, 1):
        for follows in itertools.product((0, 1), repeat=len(model.high)):
            chance = theta if latent else 1 - theta
            for follow in follows:
                chance *= rho if follow else 1 - rho
            prices = tuple(latent if follow else 1 - latent for follow in follows)
            found[prices] += chance
    return [pair for pair in found.items() if pair[1]]


def pay(model: Any, prices: tuple[int, ...], i: int) -> Fraction:
    high, low = tables(model)
    return (high if prices[i] else low)[sum(prices) - prices[i]]


def advantage(model: Any, theta: Fraction) -> Fraction | None:
    """Return the advantage of the high price, None where only one price occurs."""
    sums, share = [Fraction(0)] * 2, [Fraction(0)] * 2
    for prices, chance in rounds(model, theta):
        share[prices[0]] += chance
        sums[prices[0]] += chance * pay(model, prices, 0)
    if not all(share):
        return None
    return sums[1] / share[1] - sums[0] / share[0]


def signs(model: Any, pieces: int = 2000) -> str:
    """Return the signs of the advantage on a fine grid of (0, 1), repeats left out."""
    found = ""
    rho = Fraction(str(model.fidelity))
    ends = [rounds(model, Fraction(t)) for t in (0, 1)]
    line = [
        [sum(c * pay(model, p, 0) for p, c in end if p[0] == own) for end in ends] for own in (1, 0)
    ]
    for k in range(1, pieces):
        x = Fraction(k, pieces)
        h = x * rho + (1 - x) * (1 - rho)
        up, down = (a * (1 - x) + b * x for a, b in line)
        value = up * (1 - h) - down * h
        letter = "-0+"[(value > 0) - (value < 0) + 1]
        if not found.endswith(letter):
            found += letter
    return found


def estimate(model: Any, batch: tuple[tuple[int, ...], ...], h: float) -> float:
    """Return the estimate of a batch of price vectors, as the definition says."""
    seen = range(len(model.high)) if model.batch.feedback == "all" else range(1)
    high = [float(pay(model, p, i)) for p in batch for i in seen if p[i]]
    low = [float(pay(model, p, i)) for p in batch for i in seen if not p[i]]
    if model.batch.estimator == "score":
        return (sum(high) / h - sum(low) / (1 - h)) / (len(high) + len(low))
    if not high or not low:
        return 0.0
    return math.fsum(high) / len(high) - math.fsum(low) / len(low)


def chance_of_collusion(model: Any, theta: float) -> float:
    """Return the probability of ending at the threshold or above: every sequence of batches."""
    level = math.log(model.thresholds[1] / (1 - model.thresholds[1]))
    if theta in (0, 1):
        return float(theta >= model.thresholds[1])

    def after(t: int, odds: float) -> float:
        if t == model.horizon:
            return float(odds >= level - 1e-12)
        now = 1 / (1 + math.exp(-odds))
        singles = [(p, float(c)) for p, c in rounds(model, Fraction(now))]
        h = now * model.fidelity + (1 - now) * (1 - model.fidelity)
        total: dict[float, float] = defaultdict(float)
        for batch in itertools.product(singles, repeat=model.batch.size):
            chance = math.prod(c for _, c in batch)
            total[round(estimate(model, tuple(p for p, _ in batch), h), 13)] += chance
        rate = rate_of(model, t)
        return math.fsum(c * after(t + 1, odds + rate * move) for move, c in total.items())

    return after(0, math.log(theta / (1 - theta)))


def sums_of_moves(model: Any) -> set[Fraction]:
    """Return what a duopoly's log-odds can have moved by, in fractions: every batch of `means`."""
    table = [[Fraction(str(pay)) for pay in pays] for pays in (model.low, model.high)]
    moves = set()
    for batch in itertools.product(itertools.product((0, 1), repeat=2), repeat=model.batch.size):
        low, high = ([table[p][other] for own, other in batch if own == p] for p in (0, 1))
        both = bool(low) and bool(high)
        moves.add(sum(high) / len(high) - sum(low) / len(low) if both else Fraction(0))
    sums = {Fraction(0)}
    for t in range(model.horizon):
        rate = Fraction(str(model.rate.initial)) / (t + int(model.rate.offset)) ** int(
            model.rate.power
        )
        sums = {total + rate * move for total in sums for move in moves}
    return sums


def rate_of(model: Any, t: int) -> float:
    rate = model.rate
    return rate.initial / (t + rate.offset) ** rate.power


def drawn(model: Any, theta: float, paths: int, seed: int) -> tuple[float, float]:
    """Return the share of drawn paths with collusion and mean updates: one price at a time."""
    rng = np.random.default_rng(seed)
    n, b = len(model.high), model.batch.size
    low, high = (math.log(x / (1 - x)) for x in model.thresholds)
    reached = total = 0
    for _ in range(paths):
        odds, t = math.log(theta / (1 - theta)), 0
        while (low < odds < high) if model.horizon is None else t < model.horizon:
            now = 1 / (1 + math.exp(-odds))
            latent = rng.random(b) < now
            prices = latent[:, None] == (rng.random((b, n)) < model.fidelity)
            h = now * model.fidelity + (1 - now) * (1 - model.fidelity)
            odds += rate_of(model, t) * estimate(model, tuple(map(tuple, prices.astype(int))), h)
            t += 1
        reached += odds >= high
        total += t
    return reached / paths, total / paths
