"""Batches of rounds as the verifier lists them, and the probabilities of what they show.

One outcome after the other, O(outcomes K) for K views of a round, at each propensity asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.bid_table import exact
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.verify.rounds import views

__all__ = ["Groups", "Market", "Poll", "logit", "theta_of"]

Poll = Callable[[], None]
"""Asks whether there is time left."""


def logit(theta: float) -> float:
    """Return the log-odds of a propensity inside (0, 1)."""
    return math.log(theta) - math.log1p(-theta)


def theta_of(odds: FloatArray) -> FloatArray:
    """Return the propensities of log-odds."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-odds)))


class Market:
    """Batches of an instance, listed by the verifier."""

    def __init__(self, dynamics: CollusionDynamics) -> None:
        assert dynamics.batch is not None
        assert dynamics.rate is not None
        assert dynamics.thresholds is not None
        self.dynamics, self.batch, self.rate = dynamics, dynamics.batch, dynamics.rate
        self.low, self.high = dynamics.thresholds
        self.passage = dynamics.horizon is None
        self.views = views(dynamics)
        self.means = self.batch.estimator == "means"
        self.seen = self.batch.size * (dynamics.n_sellers if self.batch.feedback == "all" else 1)
        self.n_outcomes = math.comb(self.batch.size + len(self.views) - 1, len(self.views) - 1)

    def outcomes(self, size: int) -> Iterator[tuple[list[int], Fraction, Fraction, int, int]]:
        """Yield counts of each view, what high and low prices earned, and how many there were."""
        kinds = list(self.views)

        def rest(k: int, left: int, counts: list[int]) -> Iterator[list[int]]:
            if k == len(kinds) - 1:
                yield [*counts, left]
                return
            for taken in range(left + 1):
                yield from rest(k + 1, left - taken, [*counts, taken])

        for counts in rest(0, size, []):
            highs = sum(c * view[0] for c, view in zip(counts, kinds, strict=True))
            lows = sum(c * view[2] for c, view in zip(counts, kinds, strict=True))
            up = sum((c * view[1] for c, view in zip(counts, kinds, strict=True)), Fraction(0))
            down = sum((c * view[3] for c, view in zip(counts, kinds, strict=True)), Fraction(0))
            yield counts, up, down, highs, lows

    def moves(self) -> bool:
        """Return whether batches move anything; two rounds show it."""
        if not self.means:
            return any(view[1] or view[3] for view in self.views)
        return any(
            highs and lows and up / highs != down / lows
            for _, up, down, highs, lows in self.outcomes(min(self.batch.size, 2))
        )

    def groups(self) -> Groups:
        """Return the outcomes of a batch, those with the same estimate together."""
        return Groups(self)

    def rates(self) -> list[Fraction]:
        """Return the exact rate of each update, or of all in a first passage."""
        first, offset, power = exact(self.rate.initial), exact(self.rate.offset), self.rate.power
        found = []
        for t in range(self.dynamics.horizon or 1):
            if power == 0:
                found.append(first)
            elif float(power).is_integer():
                found.append(first / (t + offset) ** int(power))
            else:
                found.append(first / Fraction(float(t + offset) ** power))
        return found


class Groups:
    """Outcomes by estimate: shape (M, K) counts, and which of the G estimates each gives."""

    def __init__(self, market: Market) -> None:
        size = market.batch.size
        by_key: dict[tuple[Fraction, Fraction], int] = {}
        counts, ways, owner = [], [], []
        for count, up, down, highs, lows in market.outcomes(size):
            key = (up, down)
            if market.means:
                key = (up / highs - down / lows if highs and lows else Fraction(0), Fraction(0))
            owner.append(by_key.setdefault(key, len(by_key)))
            counts.append(count)
            ways.append(_multinomial(count))
        self.keys = list(by_key)
        self.counts = np.array(counts)
        self.ways = np.array(ways)
        self.owner = np.array(owner)
        pairs = np.array(list(market.views.values()))
        self.if_low, self.if_high = pairs[:, 0], pairs[:, 1]
        self.market = market

    def chances(self, theta: FloatArray) -> FloatArray:
        """Return the probability of each estimate at each of S propensities, shape (G, S)."""
        single = np.outer(self.if_low, 1 - theta) + np.outer(self.if_high, theta)
        powers = [single**0]
        for _ in range(self.market.batch.size):
            powers.append(powers[-1] * single)
        table = np.array(powers)  # (b + 1, K, S)
        found = np.zeros((len(self.keys), len(theta)))
        for m, count in enumerate(self.counts):
            product = self.ways[m] * np.ones(len(theta))
            for k, c in enumerate(count):
                if c:
                    product = product * table[c, k]
            found[self.owner[m]] += product
        return found

    def estimates(self, theta: FloatArray) -> FloatArray:
        """Return each estimate at each of S propensities, shape (G, S)."""
        numbers = np.array([[float(part) for part in key] for key in self.keys])
        if self.market.means:
            return np.repeat(numbers[:, :1], len(theta), axis=1)
        rho = self.market.dynamics.fidelity
        share = theta * rho + (1 - theta) * (1 - rho)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.outer(numbers[:, 0], 1 / share) - np.outer(numbers[:, 1], 1 / (1 - share))
        return np.asarray(np.nan_to_num(found) / self.market.seen)


def _multinomial(counts: list[int]) -> float:
    """Return in how many orders the views can come."""
    total, ways = 0, 1
    for count in counts:
        total += count
        ways *= math.comb(total, count)
    return float(ways)
