"""Payoffs, deviations and welfare of a profile of counts, exact where the data is.

Everything here follows the definition: no theorem is used. A deviation is judged in doubles;
where the outcome is within rounding and the market is exact, whole-number fractions decide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.solution import ModelEquilibrium

__all__ = [
    "TOLERANCE",
    "Judgement",
    "as_counts",
    "coverage",
    "describe_profile",
    "deviation_payoffs",
    "entry_payoffs",
    "exact_gain",
    "exact_payoff",
    "judge",
    "payoffs",
    "type_shares",
    "type_utilities",
]

TOLERANCE = 1e-10
"""Share of the payoffs compared below which doubles do not decide."""

_EXPONENT = 600.0
"""Ratios of users' weights beyond exp(600) are cut there: no share changes by a bit."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a profile is a pure equilibrium.

    Parameters
    ----------
    is_equilibrium : no deviation gains (beyond `TOLERANCE` of the payoffs compared, where the
        market is not exact).
    strict : every deviation loses.
    marginal : rounding decides; never set for exact markets.
    source, target : the most profitable deviation, a platform from model `source` to `target`;
        -1 when there is only one model.
    gain : what it earns on top, negative when it loses.
    """

    is_equilibrium: bool
    strict: bool
    marginal: bool
    source: int
    target: int
    gain: float


def as_counts(market: ModelMarket, counts: object) -> IntArray:
    """Return `counts` checked: whole numbers >= 0, one per model, N in all.

    Raises
    ------
    InstanceError : they are not.
    """
    faults: list[Fault] = []
    array = as_numbers(counts, "counts", (market.n_models,), faults)
    if array is not None and array.dtype.kind != "i":
        faults.append(Fault("counts", "must hold whole numbers"))
    elif array is not None and int(array.sum()) != market.n_platforms:
        rule = f"sum to {int(array.sum())}, expected n_platforms = {market.n_platforms}"
        faults.append(Fault("counts", rule))
    if faults or array is None:
        raise InstanceError(faults)
    return array


def type_shares(market: ModelMarket, counts: IntArray) -> FloatArray:
    """Return the share of each type's users that one platform with each model gets.

    Returns
    -------
    shares : float64, shape (M, K); for models not in use, what they would get if they joined the
        platforms counted without any leaving. Cost O(M K), softmax O(M |used| K).
    """
    used = counts > 0
    entrant = np.where(used, 0, 1)[:, np.newaxis]
    if market.is_hardmax:
        if not used.any():
            return np.ones(market.scores.shape)
        best = market.scores[used].max(axis=0)
        tied = market.scores == best
        crowd = (tied & used[:, np.newaxis]).T @ counts.astype(np.float64)
        shares: FloatArray = np.where(tied, 1.0 / (crowd + entrant), market.scores > best)
        return shares
    beta = market.beta or 0.0
    rivals = market.scores[used].astype(np.float64)
    crowd = counts[used].astype(np.float64)
    total = np.empty(market.scores.shape)
    for model, own in enumerate(market.scores.astype(np.float64)):
        ratios = np.exp(np.clip(beta * (rivals - own), -_EXPONENT, _EXPONENT))
        total[model] = crowd @ ratios if len(crowd) else 0.0
    shared: FloatArray = 1.0 / (total + entrant)
    return shared


def payoffs(market: ModelMarket, counts: IntArray) -> FloatArray:
    """Return the payoff of one platform with each model, NaN where the model is not used.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> payoffs(market, np.array([2, 1])).tolist()
    [1.0, 1.5]
    """
    earned = (type_shares(market, counts) * market.scores) @ market.shares
    return np.where(counts > 0, earned, np.nan)


def entry_payoffs(market: ModelMarket, rest: IntArray) -> FloatArray:
    """Return what one more platform earns with each model beside those counted in `rest`.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> entry_payoffs(market, np.array([1, 1])).tolist()
    [1.0, 0.75]
    """
    shares = type_shares(market, rest)
    # A share 1/x becomes 1/(x + 1) where the platform joins others with the same model.
    joined = np.where((rest > 0)[:, np.newaxis], shares / (1 + shares), shares)
    earned: FloatArray = (joined * market.scores) @ market.shares
    return earned


def deviation_payoffs(market: ModelMarket, counts: IntArray) -> FloatArray:
    """Return ``D[j, l]``, what a platform with model j would earn by switching to model l.

    Returns
    -------
    D : float64, shape (M, M); ``D[j, j]`` is the payoff now; NaN in rows of unused models. Cost
        O(|used| M K), softmax O(|used|**2 M K).
    """
    earned = np.full((market.n_models, market.n_models), np.nan)
    now = payoffs(market, counts)
    for model in np.flatnonzero(counts):
        rest = counts.copy()
        rest[model] -= 1
        earned[model] = entry_payoffs(market, rest)
        earned[model, model] = now[model]
    return earned


def judge(market: ModelMarket, counts: IntArray) -> Judgement:
    """Return whether `counts` is a pure equilibrium, and the most profitable deviation.

    Cost O(|used| M K), softmax O(|used|**2 M K).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> judge(market, np.array([2, 1]))
    Judgement(is_equilibrium=True, strict=True, marginal=False, source=0, target=1, gain=-0.25)
    """
    earned = deviation_payoffs(market, counts)
    now = np.diagonal(earned)
    used = np.flatnonzero(counts)
    gains = earned[used] - now[used, np.newaxis]
    sizes = np.maximum(earned[used], now[used, np.newaxis])
    own = np.zeros(gains.shape, dtype=bool)
    own[np.arange(len(used)), used] = True
    if own.all():
        return Judgement(True, True, False, -1, -1, 0.0)
    same = (market.scores[used][:, np.newaxis] == market.scores).all(axis=2)
    gains[same] = 0.0  # platforms with equal models are served alike, whatever rounding says
    close = ~own & (np.abs(gains) <= TOLERANCE * sizes)
    if market.is_exact:
        for row, target in np.argwhere(close):
            gains[row, target] = float(exact_gain(market, counts, int(used[row]), int(target)))
        close = ~own & (gains == 0)
    gains[own] = -math.inf
    row, target = np.unravel_index(int(np.argmax(gains)), gains.shape)
    winning = (gains > 0) & ~close
    return Judgement(
        is_equilibrium=not winning.any(),
        strict=not winning.any() and not close.any(),
        marginal=not market.is_exact and not winning.any() and bool((close & ~same).any()),
        source=int(used[row]),
        target=int(target),
        gain=float(gains[row, target]),
    )


def exact_gain(market: ModelMarket, counts: IntArray, source: int, target: int) -> Fraction:
    """Return what switching from `source` to `target` earns on top; exact markets only.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> exact_gain(market, np.array([2, 1]), 0, 1)
    Fraction(-1, 4)
    """
    after = counts.copy()
    after[source] -= 1
    after[target] += 1
    return exact_payoff(market, after, target) - exact_payoff(market, counts, source)


def exact_payoff(market: ModelMarket, counts: IntArray, model: int) -> Fraction:
    """Return the payoff of one platform with a model that is in use; exact markets only."""
    used = np.flatnonzero(counts)
    tops = market.scores[used].max(axis=0)
    total = Fraction(0)
    for q in np.flatnonzero(market.scores[model] == tops):
        crowd = int(counts[used][market.scores[used, q] == tops[q]].sum())
        total += Fraction(int(market.weights[q]) * int(tops[q]), crowd)
    mass: int = sum(market.weights.tolist())
    return total / mass


def coverage(market: ModelMarket, models: object) -> float:
    """Return ``sum_q w[q] * max over models of scores[., q]``; 0 for no models.

    Examples
    --------
    >>> coverage(ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3), [0, 1])
    3.5
    """
    chosen = np.asarray(models, dtype=np.int64)
    if not len(chosen):
        return 0.0
    return float((market.scores[chosen].max(axis=0) * market.shares).sum())


def type_utilities(market: ModelMarket, counts: IntArray) -> FloatArray:
    """Return the mean score that the users of each type get, shape (K,)."""
    crowd = counts.astype(np.float64)[:, np.newaxis]
    utilities: FloatArray = (type_shares(market, counts) * crowd * market.scores).sum(axis=0)
    return utilities


def describe_profile(
    market: ModelMarket, counts: IntArray, verdict: Judgement | None = None
) -> ModelEquilibrium:
    """Return a profile with its payoffs, welfare and diversity; judged unless `verdict` is given.

    O(M K) beyond the verdict, softmax O(M |used| K).
    """
    verdict = verdict or judge(market, counts)
    shares = counts[counts > 0] / market.n_platforms
    return ModelEquilibrium(
        counts=read_only(counts),
        payoffs=read_only(payoffs(market, counts)),
        welfare=float((type_utilities(market, counts) * market.shares).sum()),
        hhi=float((shares * shares).sum()),
        shannon=float(-(shares * np.log(shares)).sum()) + 0.0,
        strict=verdict.strict,
        marginal=verdict.marginal,
    )
