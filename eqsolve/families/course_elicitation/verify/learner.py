"""Learners replayed: what follows from report and answers, and which pair comes next.

``bayes``: of the difference d in worth of two bundles, Gaussian with mean m and variance v, the
answer's likelihood is ``e + (1 - 2 e) Phi(d / s)``. Mean and variance of d given the answer follow
from the first two derivatives of the logarithm of its probability, and the weights move with d in
proportion to their covariance with it.

``logistic``: the mode of the posterior by Newton's method with shorter steps where a whole one does
not improve, in the units of values, from the report each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.verify.definitions import Report

__all__ = ["LogisticPosterior", "Posterior", "posterior_of"]

_STEPS, _HALVINGS = 200, 40


class Posterior:
    """What ``bayes`` believes of one student.

    Parameters
    ----------
    plan : whose learner it is.
    report : of the student.

    Attributes
    ----------
    near : relative: how far worth under replayed weights may lie from that under the learner's.
    """

    near: ClassVar[float] = 1e-9

    def __init__(self, plan: CourseElicitation, report: Report) -> None:
        values, pairs = report
        learner, top = plan.learner, max(values, default=0.0)
        unit = top / 100 if top > 0 else 1.0
        self.pairs = sorted(pairs)
        self._m = len(values)
        means, spreads = [], []
        for value in values:
            known = value > 0
            means.append(value if known else learner.forgotten_mean * unit)
            spreads.append((learner.reported_sd if known else learner.forgotten_sd) * unit)
        for pair in self.pairs:
            means.append(pairs[pair])
            spreads.append(learner.pair_sd * unit)
        self.mean: FloatArray = np.array(means)
        self.spread: FloatArray = np.diag(np.square(np.array(spreads)))
        self._response = learner.response * unit
        self._error = plan.error

    def features(self, bundle: Sequence[int]) -> FloatArray:
        """Return the weights that a bundle takes, as 0 and 1."""
        held = set(bundle)
        ones = [j in held for j in range(self._m)]
        return np.array([*ones, *(a in held and b in held for a, b in self.pairs)], dtype=float)

    def hear(self, better: Sequence[int], other: Sequence[int]) -> None:
        """Take in that one bundle was called better than another."""
        x = self.features(better) - self.features(other)
        with_d = self.spread @ x
        m, v = float(x @ self.mean), float(x @ with_d)
        first, second = _slopes(m, v + self._response**2, self._error)
        self.mean = self.mean + with_d * first
        self.spread = self.spread + np.outer(with_d, with_d) * second

    @property
    def values(self) -> list[float]:
        """Learned values by course, as a mechanism is told them: not below 0."""
        return [max(float(value), 0.0) for value in self.mean[: self._m]]

    @property
    def adjustments(self) -> list[tuple[int, int, float]]:
        """Learned pairs."""
        return [
            (a, b, float(delta))
            for (a, b), delta in zip(self.pairs, self.mean[self._m :], strict=True)
        ]


class LogisticPosterior(Posterior):
    """What ``logistic`` believes of one student; parameters as of `Posterior`."""

    near = 1e-6

    def __init__(self, plan: CourseElicitation, report: Report) -> None:
        super().__init__(plan, report)
        self._start = self.mean
        self._sharp: FloatArray = np.diag(1 / np.diag(self.spread))
        self._told: list[FloatArray] = []

    def hear(self, better: Sequence[int], other: Sequence[int]) -> None:
        """Take in that one bundle was called better than another."""
        answer = (self.features(better) - self.features(other)) * (1.702 / self._response)
        self._told.append(answer)
        rows = np.array(self._told)
        share = self._error / (1 - 2 * self._error)
        right = _logistic(rows @ self.mean)
        weight = right / (share + right) if share else np.ones(len(rows))
        w = self._start
        for _ in range(_STEPS):
            wrong = _logistic(-rows @ w)
            slope = rows.T @ (weight * wrong) - self._sharp @ (w - self._start)
            curve = (weight * wrong * (1 - wrong))[:, None]
            bend: FloatArray = self._sharp + (rows * curve).T @ rows
            step = np.linalg.solve(bend, slope)
            here, length = self._merit(rows, weight, w), 1.0
            while self._merit(rows, weight, w + length * step) < here and length > 2**-_HALVINGS:
                length /= 2
            w = w + length * step
            if float(slope @ step) < 1e-20:
                break
        self.mean = w
        self.spread = np.asarray(np.linalg.inv(bend), dtype=np.float64)

    def _merit(self, rows: FloatArray, weight: FloatArray, w: FloatArray) -> float:
        """Return the logarithm of the posterior, but for a constant."""
        away = w - self._start
        fit = -float(weight @ np.logaddexp(0.0, -rows @ w))
        return fit - float(away @ self._sharp @ away) / 2


def posterior_of(plan: CourseElicitation, report: Report) -> Posterior:
    """Return what a plan's learner believes of a student before any answer."""
    return {"bayes": Posterior, "logistic": LogisticPosterior}[plan.learner.rule](plan, report)


def _logistic(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-x))."""
    found: FloatArray = np.exp(-np.logaddexp(0.0, -x))
    return found


def _slopes(m: float, total: float, error: float) -> tuple[float, float]:
    """Return the first two derivatives of log(e + (1 - 2 e) Phi(m / sqrt(total))) in m."""
    root = math.sqrt(total)
    z = m / root
    log_density = -z * z / 2 - math.log(2 * math.pi) / 2
    if error:
        chance = error + (1 - 2 * error) * math.erfc(-z / math.sqrt(2)) / 2
        ratio = (1 - 2 * error) * math.exp(log_density) / chance
    else:
        ratio = math.exp(log_density - _log_below(z))
    return ratio / root, -ratio * (ratio + z) / total


def _log_below(z: float) -> float:
    """Return log Phi(z), also far below 0, by Lentz's continued fraction there."""
    if z > -25:
        return math.log(math.erfc(-z / math.sqrt(2)) / 2)
    x = -z
    fraction = x
    for k in range(60, 0, -1):
        fraction = x + k / fraction
    return -x * x / 2 - math.log(2 * math.pi) / 2 - math.log(fraction)
