"""A small model market as a normal-form game: one player for each platform.

For comparison with solvers of games in general, and for questions that have no answer of their own
here (potentials, dominance). The tensor has ``N M**N`` entries, hence the theorems.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import UnsupportedError
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.payoffs import exact_payoff, payoffs
from eqsolve.families.normal_form_game.instance import NormalFormGame, strategies_of

__all__ = ["as_normal_form", "payoff_tensor"]

_MOST = 10**7
_MOST_PLAYERS = 31
"""Axes of an array that every version of numpy can have, one kept for the players."""


def payoff_tensor(market: ModelMarket) -> FloatArray:
    """Return the payoffs of all players at all profiles, shape (M, ..., M, N).

    Each vector of counts is evaluated once, O(binom(N + M - 1, N) M K), then copied to all
    profiles that have it, O(N M**N).

    Raises
    ------
    UnsupportedError : more than 10**7 entries.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=2)
    >>> payoff_tensor(market)[0, 1].tolist()
    [2.0, 1.5]
    """
    tensor: FloatArray = _tensor(market, lambda counts: payoffs(market, counts), np.float64)
    return tensor


def as_normal_form(market: ModelMarket) -> NormalFormGame:
    """Return the market as a normal-form game; labels are carried over, exact payoffs stay exact.

    Raises
    ------
    InstanceError : not a model market.
    UnsupportedError : more than 10**7 payoffs.

    Notes
    -----
    Cost O(binom(N + M - 1, N) M**2 K) for payoffs and O(N M**N) for the tensor, hence the limit.
    Source: the definition of the game in Wei, Shi and Zhang (2026).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> as_normal_form(market).payoff((0, 0, 0), 1)
    Fraction(5, 6)
    """
    require_instance(market, ModelMarket, "market")
    _require_small(market)
    labels = {"players": [f"platform {i}" for i in range(market.n_platforms)]}
    if "models" in market.labels:
        for player in range(market.n_platforms):
            labels[strategies_of(player)] = list(market.labels["models"])
    # Shares are 1 / crowd with crowd <= N, so this makes all payoffs whole.
    unit = math.lcm(*range(1, market.n_platforms + 1)) * int(market.weights.sum())
    if not market.is_exact or market.scale * unit >= 2**53:
        return NormalFormGame(payoff_tensor(market), name=market.name, labels=labels)

    def whole(counts: IntArray) -> IntArray:
        scaled = np.zeros(market.n_models, dtype=np.int64)
        for model in np.flatnonzero(counts):
            scaled[model] = int(exact_payoff(market, counts, int(model)) * unit)
        return scaled

    table = _tensor(market, whole, np.int64)
    return NormalFormGame(table, denominator=unit, name=market.name, labels=labels)


def _tensor(market: ModelMarket, evaluate: Callable[[IntArray], Any], dtype: type[Any]) -> Any:
    """Return the tensor whose entries depend on the counts of a profile only."""
    _require_small(market)
    n, m = market.n_platforms, market.n_models
    tensor = np.empty((m,) * n + (n,), dtype=dtype)
    known: dict[tuple[int, ...], Any] = {}
    for profile in product(range(m), repeat=n):
        key = tuple(sorted(profile))
        if key not in known:
            known[key] = evaluate(np.bincount(profile, minlength=m))
        tensor[profile] = known[key][list(profile)]
    return tensor


def _require_small(market: ModelMarket) -> None:
    """Raise `UnsupportedError` unless the tensor is small; nothing of its size is computed."""
    n, m = market.n_platforms, market.n_models
    if n > _MOST_PLAYERS or n * m**n > _MOST:
        raise UnsupportedError("payoff_tensor", f"{n} x {m}**{n} payoffs")
