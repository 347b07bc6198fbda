"""Payoffs of markets that the literature looks at: Bertrand competition and logit demand (COL-4).

Both return the field ``payoffs`` of an instance. With logit demand seller i sells
``exp((quality - p_i) / mu) / (sum over j of exp((quality - p_j) / mu) + exp(outside / mu))`` at a
unit cost; the low price is that of the symmetric Nash equilibrium, the high one maximizes joint
profit. Cost O(n).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from eqsolve.core.arguments import require_count
from eqsolve.core.digits import exact_float
from eqsolve.core.errors import OptionError

__all__ = ["logit_prices", "payoffs_from_bertrand", "payoffs_from_logit"]


def payoffs_from_bertrand(n: int, ratio: float = 1.5) -> dict[str, list[float]]:
    """Return payoffs of n sellers who split the market equally at the lowest price.

    Parameters
    ----------
    n : number of sellers, at least 2.
    ratio : high price divided by the low one, above 1; the market is worth `ratio` if all price
        high and 1 otherwise.

    Returns
    -------
    payoffs : ``{"high": [...], "low": [...]}``, each of n numbers.

    Raises
    ------
    OptionError : fewer than two sellers, or a ratio of 1 or less.

    Notes
    -----
    Cost O(n). Source: Cao and Hu (2026) for two sellers, COL-4.

    Examples
    --------
    >>> payoffs_from_bertrand(2, 1.5)
    {'high': [0.0, 0.75], 'low': [0.5, 1.0]}
    """
    require_count(n, "n", 2)
    ratio = _positive(ratio, "ratio")
    if ratio <= 1:
        raise OptionError(f"ratio = {ratio!r}: must be above 1")
    return {"high": [0.0] * (n - 1) + [ratio / n], "low": [1 / (n - j) for j in range(n)]}


def payoffs_from_logit(
    n: int,
    *,
    quality: float = 2.0,
    outside: float = 0.0,
    mu: float = 0.25,
    cost: float = 1.0,
    low: float | None = None,
    high: float | None = None,
) -> dict[str, list[float]]:
    """Return profits of n sellers under logit demand, by the number of others who price high.

    Parameters
    ----------
    n : number of sellers, at least 2.
    quality, outside : of a seller's good and of buying nothing.
    mu : how little prices matter, > 0.
    cost : of a unit.
    low, high : prices; by default those of the Nash equilibrium and of joint profit.

    Returns
    -------
    payoffs : ``{"high": [...], "low": [...]}``, each of n numbers.

    Raises
    ------
    OptionError : a parameter out of range, or a high price that is not above the low one.

    Notes
    -----
    Cost O(n). Source: Calvano, Calzolari, Denicolo and Pastorello (2020), the market of the
    literature on algorithmic collusion.

    Examples
    --------
    >>> table = payoffs_from_logit(2)
    >>> [[round(profit, 4) for profit in table[key]] for key in ("high", "low")]
    [[0.118, 0.3375], [0.2229, 0.3679]]
    """
    nash, joint = logit_prices(n, quality=quality, outside=outside, mu=mu, cost=cost)
    bottom = nash if low is None else _number(low, "low")
    top = joint if high is None else _number(high, "high")
    if not bottom < top:
        raise OptionError(f"high = {top!r}: must be above the low price, {bottom!r}")

    def profit(own: float, others_high: int) -> float:
        prices = [own] + [top] * others_high + [bottom] * (n - 1 - others_high)
        best = max(outside, quality - min(prices))
        weights = [math.exp((quality - price - best) / mu) for price in prices]
        return (own - cost) * weights[0] / (sum(weights) + math.exp((outside - best) / mu))

    return {
        "high": [profit(top, j) for j in range(n)],
        "low": [profit(bottom, j) for j in range(n)],
    }


def logit_prices(
    n: int, *, quality: float = 2.0, outside: float = 0.0, mu: float = 0.25, cost: float = 1.0
) -> tuple[float, float]:
    """Return the Nash price and the price of greatest joint profit under logit demand.

    Parameters
    ----------
    n : number of sellers, at least 2.
    quality, outside, mu, cost : see `payoffs_from_logit`.

    Raises
    ------
    OptionError : a parameter out of range.

    Notes
    -----
    Markups are ``mu / (1 - share)`` and ``mu / (1 - n share)``; both fall in the price where the
    own markup rises, so that bisection finds them: cost O(1). Source: Calvano et al. (2020).

    Examples
    --------
    >>> [round(price, 4) for price in logit_prices(2)]
    [1.4729, 1.925]
    """
    require_count(n, "n", 2)
    quality, outside, cost = (
        _number(value, name)
        for value, name in ((quality, "quality"), (outside, "outside"), (cost, "cost"))
    )
    mu = _positive(mu, "mu")

    def rest(price: float, own: int) -> float:
        """Return one less the share of `own` of the n sellers, all at one price."""
        gap = (quality - price - outside) / mu
        one = math.exp(-abs(gap))
        inside, none = (1.0, one) if gap >= 0 else (one, 1.0)
        return ((n - own) * inside + none) / (n * inside + none)

    return (
        _crossing(lambda price: price - cost - mu / rest(price, 1), cost, mu),
        _crossing(lambda price: price - cost - mu / rest(price, n), cost, mu),
    )


def _crossing(rising: Callable[[float], float], low: float, step: float) -> float:
    """Return where a function that is negative at `low` and rises becomes 0."""
    while rising(low + step) < 0:
        step *= 2
    high = low + step
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)


def _number(value: object, name: str) -> float:
    """Return a finite number, or raise `OptionError`."""
    number = exact_float(value)
    if number is None or not math.isfinite(number):
        raise OptionError(f"{name} = {value!r}: must be a finite number")
    return number


def _positive(value: object, name: str) -> float:
    """Return a finite number > 0, or raise `OptionError`."""
    number = _number(value, name)
    if number <= 0:
        raise OptionError(f"{name} = {value!r}: must be > 0")
    return number
