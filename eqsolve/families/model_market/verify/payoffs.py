"""The verifier's own payoffs: what every switch earns, for many profiles and all models at a time.

One platform is taken out of a profile; the others are the rivals of whichever model it then
adopts, its present one included. So a single formula gives the payoff now and after each switch:
a newcomer takes its share of each type beside the rivals. O(M K) for each model in use of each
profile. In whole-number hardmax markets fractions decide where doubles do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.model_market.instance import ModelMarket

__all__ = ["CLOSE", "Switches", "newcomer_payoffs", "payoffs_of", "switches"]

CLOSE = 1e-9
"""Share of the payoffs compared within which fractions decide, where there are any."""

_ENTRIES = 1 << 19
"""Numbers held at a time: profiles x models x types."""


class Switches(NamedTuple):
    """All switches from one model, in the profiles that use it.

    Attributes
    ----------
    rows : int64, shape (r,): the profiles.
    gains : float64, shape (r, M): what a switch to each model earns on top; exactly 0 for models
        served alike, and of the right sign throughout where exact.
    sizes : float64, shape (r, M): the larger of the two payoffs.
    alike : bool, shape (M,): the models with the same scores, the present one included.
    """

    rows: IntArray
    gains: FloatArray
    sizes: FloatArray
    alike: BoolArray


def switches(
    market: ModelMarket, profiles: IntArray, model: int, *, exact: bool
) -> Iterator[Switches]:
    """Yield the switches from `model`, for blocks of the profiles that use it.

    Parameters
    ----------
    exact : whether fractions decide about close gains (hardmax only); decimals are then taken at
        their word, to the last binary digit.
    """
    alike = (market.scores == market.scores[model]).all(axis=1)
    for rows in _blocks(market, np.flatnonzero(profiles[:, model] > 0)):
        rivals = profiles[rows]
        rivals[:, model] -= 1
        earned = newcomer_payoffs(market, rivals)
        now = earned[:, model, np.newaxis]
        gains, sizes = earned - now, np.maximum(earned, now)
        gains[:, alike] = 0.0
        if exact:
            for row, other in np.argwhere((np.abs(gains) <= CLOSE * sizes) & ~alike):
                gains[row, other] = float(_exact_gain(market, rivals[row], model, int(other)))
        yield Switches(rows, gains, sizes, alike)


def newcomer_payoffs(market: ModelMarket, rivals: IntArray) -> FloatArray:
    """Return what one platform more earns with each model beside each row of `rivals`."""
    top, weights, crowds = _demand(market, rivals)
    shares = weights / (weights + crowds)
    if market.is_hardmax:
        shares[market.scores > top] = 1.0
    earned: FloatArray = (shares * (market.scores * market.shares)).sum(axis=2)
    return earned


def payoffs_of(market: ModelMarket, profiles: IntArray) -> FloatArray:
    """Return the payoff of a platform with each model in each profile, NaN where unused."""
    payoffs = np.full(profiles.shape, np.nan)
    for rows in _blocks(market, np.arange(len(profiles))):
        _, weights, crowds = _demand(market, profiles[rows])
        with np.errstate(over="ignore"):  # of models that nobody uses, blanked in the next line
            earned = (weights / crowds * (market.scores * market.shares)).sum(axis=2)
        payoffs[rows] = np.where(profiles[rows] > 0, earned, np.nan)
    return payoffs


def _demand(market: ModelMarket, profiles: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return each type's best score, how it weighs each model, and the weight of all platforms.

    Shapes (r, 1, K), (r, M, K), (r, 1, K). Scores are >= 0: a type that nobody serves has the
    best score -1.
    """
    counts = profiles[:, :, np.newaxis]
    nobody = market.scores.dtype.type(-1)  # whole scores are compared as such
    top = np.where(counts > 0, market.scores, nobody).max(axis=1, keepdims=True)
    if market.is_hardmax:
        weights = (market.scores >= top).astype(np.float64)
    else:
        weights = np.exp(np.clip((market.beta or 0.0) * (market.scores - top), -600, 600))
    return top, weights, (weights * counts).sum(axis=1, keepdims=True)


def _blocks(market: ModelMarket, rows: IntArray) -> Iterator[IntArray]:
    """Yield `rows` in parts of at most `_ENTRIES` numbers."""
    length = max(1, _ENTRIES // market.scores.size)
    for start in range(0, len(rows), length):
        yield rows[start : start + length]


def _exact_gain(market: ModelMarket, rivals: IntArray, model: int, other: int) -> Fraction:
    """Return what `other` earns beside `rivals` beyond `model`; hardmax only."""
    used = np.flatnonzero(rivals)
    top = market.scores[used].max(axis=0, initial=-1)
    gain = Fraction(0)
    for own, sign in ((other, 1), (model, -1)):
        column = market.scores[own]
        for q in np.flatnonzero((column >= top) & (column > 0)):
            crowd = 1 + int(rivals[used][market.scores[used, q] == column[q]].sum())
            weight, score = Fraction(market.weights[q].item()), Fraction(column[q].item())
            gain += sign * weight * score / crowd
    return gain / sum(map(Fraction, market.weights.tolist()))
