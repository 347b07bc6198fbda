"""The verifier's own payoffs: many profiles at a time, from the definition, fractions where due."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.games.model_market.instance import ModelMarket

__all__ = ["CLOSE", "ROUNDING", "Deviation", "deviations", "payoffs_of", "sharpened_gains"]

CLOSE = 1e-9
"""Share of the payoffs compared within which fractions decide, where there are any."""

ROUNDING = 1.01e-10
"""Share of the payoffs compared beyond which a gain counts, where nothing is exact.

The definition says 1e-10 (docs/families/model-markets.md); the rest is for the rounding of the
payoffs themselves, with exponents up to 600 some 1e-13.
"""


class Deviation(NamedTuple):
    """A switch from `model` to `other` in the profiles of `rows`: payoffs now and afterwards."""

    model: int
    other: int
    rows: IntArray
    now: FloatArray
    after: FloatArray


def payoffs_of(market: ModelMarket, profiles: IntArray, model: int) -> FloatArray:
    """Return the payoff of a platform with `model` in each profile that uses it, shape (rows,)."""
    worth = market.scores[model] * market.shares
    if market.is_hardmax:
        same = (market.scores == market.scores[model]).astype(np.float64)
        above = (market.scores > market.scores[model]).astype(np.float64)
        beaten = (profiles > 0).astype(np.float64) @ above > 0
        crowd = profiles.astype(np.float64) @ same
        return np.asarray(np.where(beaten, 0.0, worth / crowd).sum(axis=1))
    exponents = (market.beta or 0.0) * (market.scores - market.scores[model]).astype(np.float64)
    crowd = profiles.astype(np.float64) @ np.exp(np.clip(exponents, -600, 600))
    return np.asarray((worth / crowd).sum(axis=1))


def deviations(market: ModelMarket, profiles: IntArray) -> Iterator[Deviation]:
    """Yield every switch from a used model to another, for all profiles that use it."""
    for model in range(market.n_models):
        rows = np.flatnonzero(profiles[:, model] > 0)
        if not len(rows):
            continue
        now = payoffs_of(market, profiles[rows], model)
        for other in range(market.n_models):
            if other != model:
                after = profiles[rows].copy()
                after[:, model] -= 1
                after[:, other] += 1
                yield Deviation(model, other, rows, now, payoffs_of(market, after, other))


def _exact_gain(market: ModelMarket, counts: IntArray, model: int, other: int) -> Fraction:
    """Return the gain of a platform that switches, in fractions; whole-number hardmax only."""

    def payoff(profile: list[int], own: int) -> Fraction:
        total = Fraction(0)
        for q in range(market.n_types):
            column = market.scores[:, q].tolist()
            rivals = [k for k, count in enumerate(profile) if count]
            top = max(column[k] for k in rivals)
            if column[own] == top:
                crowd = sum(profile[k] for k in rivals if column[k] == top)
                total += Fraction(int(market.weights[q]) * top, crowd)
        return total / int(market.weights.sum())

    before = [int(count) for count in counts]
    after = list(before)
    after[model] -= 1
    after[other] += 1
    return payoff(after, other) - payoff(before, model)


def sharpened_gains(
    market: ModelMarket,
    profiles: IntArray,
    step: Deviation,
) -> FloatArray:
    """Return the gains of one deviation, recomputed in fractions where doubles do not decide."""
    model, other, rows, now, after = step
    gains = after - now
    if market.is_exact:
        for k in np.flatnonzero(np.abs(gains) <= CLOSE * np.maximum(now, after)):
            gains[k] = float(_exact_gain(market, profiles[rows[k]], model, other))
    return gains
