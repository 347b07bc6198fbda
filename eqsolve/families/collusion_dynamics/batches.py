"""What a batch of rounds shows: outcomes, their probabilities, and estimates (COL-7, COL-8).

A round shows, of the seller or sellers whose outcome is seen, how many priced high and low and what
both earned in all. Its kinds are few, and the probability of each is linear in the propensity; a
batch is a multinomial number of rounds of each kind. Outcomes with the same estimate are one.

Estimates are held as whole multiples of 1 / `unit`, so that equal ones are recognized exactly.
With K kinds of rounds and batches of b there are ``C(b + K - 1, K - 1)`` outcomes: 165 for a
duopoly at b = 8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.collusion_dynamics.instance import Batch, CollusionDynamics

__all__ = [
    "MOST_OUTCOMES",
    "BatchLaw",
    "Rounds",
    "batches_move",
    "compositions",
    "log_odds",
    "n_outcomes",
    "propensity",
    "rounds_of",
]


def log_odds(theta: Any) -> FloatArray:
    """Return ``log(theta / (1 - theta))``, infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(theta) - np.log1p(-np.asarray(theta, dtype=np.float64)))


def propensity(odds: Any) -> FloatArray:
    """Return the propensity of log-odds, however large."""
    small = np.exp(-np.abs(odds))
    return np.asarray(np.where(np.asarray(odds) >= 0, 1.0, small) / (1.0 + small))


@dataclass(frozen=True, eq=False)
class Rounds:
    """The kinds of rounds that a batch can hold, K of them; the likeliest first.

    Parameters
    ----------
    n_high, n_low : shape (K,), numbers of high and low prices seen.
    sum_high, sum_low : shape (K,), what they earned, whole multiples of 1 / `one`.
    one : how many of those units make 1.
    if_high, if_low : shape (K,), probabilities given the latent preference.
    fidelity : rho.
    """

    n_high: IntArray
    n_low: IntArray
    sum_high: tuple[int, ...]
    sum_low: tuple[int, ...]
    one: int
    if_high: FloatArray
    if_low: FloatArray
    fidelity: float

    @property
    def seen(self) -> int:
        """Outcomes seen in a round."""
        return int(self.n_high[0] + self.n_low[0])

    @cached_property
    def earned(self) -> tuple[FloatArray, FloatArray]:
        """What high and low prices earned, as floats, shapes (K,)."""
        pairs = (self.sum_high, self.sum_low)
        high, low = (np.array([x / self.one for x in table]) for table in pairs)
        return high, low

    def chances(self, odds: Any) -> FloatArray:
        """Return the probability of each kind at log-odds of shape (S,), shape (S, K)."""
        odds = np.asarray(odds, dtype=np.float64)[..., None]
        found: FloatArray = propensity(odds) * self.if_high + propensity(-odds) * self.if_low
        return found

    def shares(self, odds: Any) -> tuple[FloatArray, FloatArray]:
        """Return the shares of high and of low prices."""
        up, down, rho = propensity(odds), propensity(-np.asarray(odds)), self.fidelity
        return up * rho + down * (1 - rho), up * (1 - rho) + down * rho

    def advantage(self, odds: Any) -> FloatArray:
        """Return the advantage D of the high price; NaN where only one price occurs."""
        chances, (high, low) = self.chances(odds), self.earned
        with np.errstate(invalid="ignore", divide="ignore"):
            return (chances @ high) / (chances @ self.n_high) - (chances @ low) / (
                chances @ self.n_low
            )

    def variance(self, odds: Any, estimator: str) -> FloatArray:
        """Return the limit of ``b Var(estimate)`` for large batches b (COL-8)."""
        chances, (high, low) = self.chances(odds), self.earned
        above, below = (chances @ self.n_high)[..., None], (chances @ self.n_low)[..., None]
        # The estimate is, to first order, a mean over rounds of these.
        if estimator == "means":
            high = high - (chances @ high)[..., None] / above * self.n_high
            low = low - (chances @ low)[..., None] / below * self.n_low
        influence = high / above - low / below
        mean = (chances * influence).sum(axis=-1)
        found: FloatArray = (chances * influence**2).sum(axis=-1) - mean**2
        return found


def rounds_of(dynamics: CollusionDynamics, feedback: str) -> Rounds:
    """Return the kinds of rounds under a feedback; those that never occur are left out.

    Examples
    --------
    >>> market = CollusionDynamics(0.85, {"ratio": 1.5}, 0.5)
    >>> len(rounds_of(market, "one").n_high), len(rounds_of(market, "all").n_high)
    (4, 3)
    """
    (high, low), rho, n = dynamics.exact_payoffs, dynamics.exact_fidelity, dynamics.n_sellers
    one = math.lcm(*(x.denominator for x in (*high, *low)))
    up, down = ([int(x * one) for x in table] for table in (high, low))
    kinds: dict[tuple[int, int, int, int], list[Fraction]] = {}

    def add(kind: tuple[int, int, int, int], if_high: Fraction, if_low: Fraction) -> None:
        if if_high or if_low:
            known = kinds.setdefault(kind, [Fraction(0), Fraction(0)])
            known[0] += if_high
            known[1] += if_low

    def chance(m: int, j: int, p: Fraction) -> Fraction:
        return math.comb(m, j) * p**j * (1 - p) ** (m - j)

    for j in range(n):
        if feedback == "one":
            others = chance(n - 1, j, rho), chance(n - 1, j, 1 - rho)
            add((1, up[j], 0, 0), rho * others[0], (1 - rho) * others[1])
            add((0, 0, 1, down[j]), (1 - rho) * others[0], rho * others[1])
    if feedback == "all":
        for j in range(n + 1):
            kind = (j, j * up[j - 1] if j else 0, n - j, (n - j) * down[j] if j < n else 0)
            add(kind, chance(n, j, rho), chance(n, j, 1 - rho))
    # The likeliest first, so that whoever draws one kind after the other is soon done.
    order = sorted(kinds, key=lambda kind: -sum(kinds[kind]))
    n_high, sum_high, n_low, sum_low = zip(*order, strict=True)
    if_high, if_low = zip(*(kinds[kind] for kind in order), strict=True)
    return Rounds(
        np.array(n_high),
        np.array(n_low),
        sum_high,
        sum_low,
        one,
        np.array(if_high, dtype=np.float64),
        np.array(if_low, dtype=np.float64),
        float(rho),
    )


class BatchLaw:
    """The law of the estimate of one batch, at any propensity.

    Parameters
    ----------
    rounds : the kinds of rounds.
    batch : how many, and how they are read.

    Attributes
    ----------
    units : estimates of `means`, rising, whole multiples of 1 / `unit`, G of them; empty for
        `score`, whose estimates depend on the propensity.
    unit : see above.

    Notes
    -----
    Memory and time O(outcomes K).
    """

    def __init__(self, rounds: Rounds, batch: Batch) -> None:
        self.estimator, self.rounds = batch.estimator, rounds
        counts = compositions(batch.size, len(rounds.n_high))
        self._log_ways = math.lgamma(batch.size + 1) - _log_factorials(batch.size)[counts].sum(1)
        whole = counts.astype(object)
        seen = (counts @ rounds.n_high).tolist(), (counts @ rounds.n_low).tolist()
        earned = [
            whole @ np.array(table, dtype=object) for table in (rounds.sum_high, rounds.sum_low)
        ]
        keys: list[Any] = list(zip(*earned, strict=True))
        if self.estimator == "means":
            keys = [
                Fraction(up * m - down * n, n * m) if n and m else Fraction(0)
                for (up, down), n, m in zip(keys, *seen, strict=True)
            ]
        distinct = {key: g for g, key in enumerate(sorted(set(keys)))}
        group = np.array([distinct[key] for key in keys])
        order = np.argsort(group, kind="stable")
        self._counts = counts[order].T.astype(np.float64)
        self._log_ways = self._log_ways[order]
        self._begins = np.flatnonzero(np.diff(group[order], prepend=-1))
        self.unit = rounds.one
        self.units: list[int] = []
        if self.estimator == "means":
            common = math.lcm(*(key.denominator for key in distinct))
            self.unit *= common
            self.units = [int(key * common) for key in distinct]
            self._means = np.array([unit / self.unit for unit in self.units])
        else:
            sums = np.array([[up / rounds.one, down / rounds.one] for up, down in distinct])
            self._sums = sums.T / (batch.size * rounds.seen)

    @classmethod
    def of(cls, dynamics: CollusionDynamics) -> BatchLaw:
        """Return the law of an instance with a batch."""
        assert dynamics.batch is not None
        return cls(rounds_of(dynamics, dynamics.batch.feedback), dynamics.batch)

    @property
    def n_estimates(self) -> int:
        """Number of different estimates, G."""
        return len(self._begins)

    @property
    def n_outcomes(self) -> int:
        """Number of outcomes of a batch."""
        return len(self._log_ways)

    @property
    def moves(self) -> bool:
        """Whether some batch moves the log-odds at all."""
        return any(self.units) if self.estimator == "means" else bool(self._sums.any())

    def probabilities(self, odds: FloatArray) -> FloatArray:
        """Return the probability of each estimate at log-odds (S,), shape (S, G)."""
        found = np.empty((len(odds), self.n_estimates))
        step = max(1, _BLOCK // self.n_outcomes)
        for start in range(0, len(odds), step):
            part = slice(start, start + step)
            chances = np.maximum(self.rounds.chances(odds[part]), _LEAST)
            every = np.exp(np.log(chances) @ self._counts + self._log_ways)
            found[part] = np.add.reduceat(every, self._begins, axis=1)
        return found

    def estimates(self, odds: FloatArray) -> FloatArray:
        """Return the estimates at log-odds (S,): shape (1, G) if they do not depend on them."""
        if self.estimator == "means":
            return self._means[None, :]
        above, below = self.rounds.shares(odds)
        with np.errstate(divide="ignore", over="ignore"):
            high = np.where(above > 0, 1 / above, 0.0)[:, None] * self._sums[0]
            low = np.where(below > 0, 1 / below, 0.0)[:, None] * self._sums[1]
        return np.asarray(high - low)


_BLOCK = 1 << 21
"""Probabilities of outcomes held at once."""
_LEAST = 1e-300
"""Stands for a probability of 0, whose logarithm would be infinite."""


MOST_OUTCOMES = 100_000
"""Outcomes of a batch up to which they are listed."""


def n_outcomes(dynamics: CollusionDynamics) -> int:
    """Return the number of outcomes of a batch, without listing them.

    Examples
    --------
    >>> n_outcomes(CollusionDynamics(0.85, {"ratio": 1.5}, batch={"size": 8}, rate=1))
    165
    """
    assert dynamics.batch is not None
    kinds = len(rounds_of(dynamics, dynamics.batch.feedback).n_high)
    return math.comb(dynamics.batch.size + kinds - 1, kinds - 1)


def batches_move(dynamics: CollusionDynamics) -> bool:
    """Return whether some batch moves the log-odds; where none of two rounds does, none does.

    Examples
    --------
    >>> once = CollusionDynamics(0.85, {"ratio": 1.5}, batch={"size": 1}, rate=1)
    >>> batches_move(once)  # one outcome of one seller shows a single price
    False
    """
    assert dynamics.batch is not None
    few = replace(dynamics.batch, size=min(dynamics.batch.size, 2))
    return BatchLaw(rounds_of(dynamics, few.feedback), few).moves


def compositions(total: int, parts: int) -> IntArray:
    """Return all ways to write a number as so many summands >= 0, one a row.

    Examples
    --------
    >>> compositions(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    """
    found = np.zeros((1, 0), dtype=np.int64)
    left = np.array([total])
    for _ in range(parts - 1):
        sizes = left + 1
        rows = np.repeat(np.arange(len(left)), sizes)
        taken = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        found = np.column_stack([found[rows], taken])
        left = left[rows] - taken
    return np.column_stack([found, left])


def _log_factorials(most: int) -> FloatArray:
    """Return the logarithms of 0!, 1!, ..., most!."""
    return np.array([math.lgamma(k + 1) for k in range(most + 1)])
