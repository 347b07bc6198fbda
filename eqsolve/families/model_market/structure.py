"""The structure of hardmax markets: decomposition, homogeneous and differentiated equilibria.

NASH-1 splits a payoff into what a model would earn if all adopted it and what its choice wins or
loses against the others. From it follow tests for the two extreme kinds of equilibrium, and what
becomes of the market as platforms grow in number. All of these take two platforms or more: a lone
platform has no rivals, and adopts a model with the greatest total.

Source: Wei, Shi and Zhang 2026 (NASH-1, NASH-3 to NASH-6 of the theory page).
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.errors import UnsupportedError
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.payoffs import as_counts, deviation_payoffs, type_shares

__all__ = [
    "decomposition",
    "dominant_type",
    "homogeneous_equilibria",
    "is_differentiated_equilibrium",
    "largest_gain",
    "market_totals",
    "pairwise_advantages",
    "support_threshold",
    "winners",
]


def market_totals(market: ModelMarket) -> FloatArray:
    """Return ``T[j] = sum_q w[q] S[j, q]``: N times the payoff when all adopt model j."""
    totals: FloatArray = (market.scores * market.shares).sum(axis=1)
    return totals


def decomposition(market: ModelMarket, counts: object) -> FloatArray:
    """Return ``delta[j]`` with ``N U_j = T[j] + delta[j]`` for the models in use (NASH-1).

    Parameters
    ----------
    counts : shape (M,), platforms per model, N in all.

    Returns
    -------
    delta : float64, shape (M,), ``sum_q w[q] (N share_j(q) - 1) S[j, q]``; NaN where unused.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> decomposition(market, [2, 1]).tolist()
    [0.5, 2.0]
    """
    profile = as_counts(market, counts)
    excess = market.n_platforms * type_shares(market, profile) - 1
    delta = (excess * market.scores * market.shares).sum(axis=1)
    return np.where(profile > 0, delta, np.nan)


def pairwise_advantages(market: ModelMarket) -> FloatArray:
    """Return ``delta[j, l]`` of model j against model l for two platforms.

    ``sum_q w[q] sign(S[j, q] - S[l, q]) S[j, q]``, so that with N = 2 and models j, l adopted
    ``2 U_j = T[j] + delta[j, l]`` (NASH-1). Shape (M, M), O(M^2 K).
    """
    signs = np.sign(market.scores[:, np.newaxis] - market.scores[np.newaxis])
    advantages: FloatArray = (signs * (market.scores * market.shares)[:, np.newaxis]).sum(axis=2)
    return advantages


def homogeneous_equilibria(market: ModelMarket) -> tuple[int, ...]:
    """Return the models j for which "all adopt j" is an equilibrium (NASH-3).

    That is the case iff ``T[j] / N >= sum_(q: S_l > S_j) w S_l + sum_(q: S_l = S_j) w S_l / N``
    for every l. O(M^2 K); comparisons are exact for whole numbers.

    Raises
    ------
    UnsupportedError : softmax choice, or a single platform.

    Examples
    --------
    >>> homogeneous_equilibria(ModelMarket([[9, 1], [2, 3]], weights=[3, 1], n_platforms=2))
    (0,)
    """
    _require_rivals(market, "homogeneous_equilibria")
    if market.is_exact:
        scores, weights = market.scores.astype(object), market.weights.astype(object)
    else:
        scores, weights = market.scores, market.shares
    worth = scores * weights
    found = []
    for model in range(market.n_models):
        wins = (market.scores > market.scores[model]) * market.n_platforms
        ties = market.scores == market.scores[model]
        gained = ((wins + ties) * worth).sum(axis=1)
        margin = 0 if market.is_exact else 1e-12 * gained
        if (gained - margin <= worth[model].sum()).all():
            found.append(model)
    return tuple(found)


def dominant_type(market: ModelMarket) -> tuple[int, int] | None:
    """Return (type, model) if a type is heavy enough that all adopt its best model (NASH-4).

    The type's mass must be at least ``1 - 1 / (1 + N G / s)``, with G the largest score and s the
    score of its strict favorite. None if there is no such type.

    Raises
    ------
    UnsupportedError : softmax choice, or a single platform.

    Examples
    --------
    >>> dominant_type(ModelMarket([[5, 1], [2, 3]], weights=[9, 1], n_platforms=2))
    (0, 0)
    """
    _require_rivals(market, "dominant_type")
    for q in np.argsort(-market.shares, kind="stable"):
        column = market.scores[:, q]
        model = int(column.argmax())
        top = float(column[model])
        strict = top > 0 and int((column == column[model]).sum()) == 1
        needed = 1 - 1 / (1 + market.n_platforms * market.scale / top) if strict else math.inf
        if market.shares[q] >= needed:
            return int(q), model
    return None


def is_differentiated_equilibrium(market: ModelMarket, models: object) -> bool:
    """Return whether N platforms with N different models are in equilibrium (NASH-5).

    Checked in the form ``T[l] + delta[l] <= T[j] + delta[j]`` for every switch from j to l.

    Raises
    ------
    InstanceError : not N different models.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=2)
    >>> is_differentiated_equilibrium(market, [0, 1])
    True
    """
    counts = np.bincount(np.asarray(models, dtype=np.int64), minlength=market.n_models)
    profile = as_counts(market, np.minimum(counts, 1))
    totals = market_totals(market)
    now = totals + decomposition(market, profile)
    for model in np.flatnonzero(profile):
        for other in range(market.n_models):
            after = profile.copy()
            after[model] -= 1
            after[other] += 1
            then = totals[other] + decomposition(market, after)[other]
            if other != model and then - now[model] > 1e-12 * max(then, now[model]):
                return False
    return True


def winners(market: ModelMarket) -> BoolArray:
    """Return which models are best for some type, alone or not, shape (M,)."""
    best: BoolArray = (market.scores == market.scores.max(axis=0)).any(axis=1)
    return best


def support_threshold(market: ModelMarket) -> int | None:
    """Return a number of platforms from which on the equilibrium support is known (NASH-6).

    From ``2 W / min V`` platforms on, W the welfare of all models together and V the mass times
    score of the types that a winner serves, every equilibrium uses exactly the models that are
    best for some type, and there is one. None where two models tie for a type, or the best score
    of a type is 0.

    Examples
    --------
    >>> support_threshold(ModelMarket([[4, 1], [2, 3], [3, 2]], weights=[1, 1], n_platforms=1))
    5
    """
    top = market.scores.max(axis=0)
    if not market.is_hardmax or (top == 0).any() or ((market.scores == top).sum(axis=0) > 1).any():
        return None
    served = np.bincount(market.scores.argmax(axis=0), top * market.shares, market.n_models)
    ratio = float(served.sum() / served[served > 0].min())
    return math.ceil(2 * ratio * (1 + 1e-12))


def largest_gain(market: ModelMarket, counts: object) -> float:
    """Return the regret of a profile: the most that any platform gains by another model, >= 0."""
    earned = deviation_payoffs(market, as_counts(market, counts))
    return max(0.0, float(np.nanmax(earned - np.diagonal(earned)[:, np.newaxis])))


def _require_rivals(market: ModelMarket, function: str) -> None:
    """Raise unless users choose by hardmax and there are two platforms or more."""
    if not market.is_hardmax:
        raise UnsupportedError(function, "it needs hardmax choice")
    if market.n_platforms < 2:
        raise UnsupportedError(function, "it needs two platforms or more")
