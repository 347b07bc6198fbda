"""Utilities of bundles, least cost of a unit of utility, and best bundles.

All utility functions here are homogeneous of degree one (quasi-linear ones once the money kept is
counted as utility), so with ``e_i(p)`` the least cost of one unit of utility at prices p, a buyer
with budget B gets at most ``B / e_i(p)``. Everything about optimality follows from that.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, NumberArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.fisher_market.instance import FisherMarket

__all__ = ["best_spending", "bundle_utilities", "spendable", "unit_costs", "wants_something"]


def wants_something(market: FisherMarket) -> NumberArray:
    """Return for each buyer whether some good has a positive coefficient; shape (n,), bool."""
    return np.asarray((market.utilities > 0).any(axis=1))


def spendable(market: FisherMarket) -> FloatArray:
    """Return the money that could ever be spent, shape (n,).

    The budget; 0 for a buyer who values nothing; for a quasi-linear buyer at most the value of
    all goods together, since none is bought above its value.

    Examples
    --------
    >>> spendable(FisherMarket([[3, 2]], [100], utility="quasi_linear"))
    array([5.])
    """
    money = np.where(wants_something(market), market.budgets, 0.0)
    if market.is_quasi_linear:
        money = np.minimum(money, market.utilities.astype(float) @ market.supplies.astype(float))
    return money


def bundle_utilities(market: FisherMarket, allocation: NumberArray) -> FloatArray:
    """Return the utility of each buyer's goods, shape (n,); quasi-linear: their value.

    Parameters
    ----------
    market : n buyers, m goods.
    allocation : shape (n, m), >= 0.

    Raises
    ------
    InstanceError : not a Fisher market, or `allocation` has another shape or a negative entry.

    Notes
    -----
    Cost O(n m). Source: the utility functions of Eisenberg and Gale's program (FIS-1).

    Examples
    --------
    >>> market = FisherMarket([[1, 2]], [1], utility="leontief")
    >>> bundle_utilities(market, np.array([[1.0, 1.0]]))
    array([0.5])
    """
    require_instance(market, FisherMarket, "market")
    a = market.utilities.astype(float)
    x = _shaped(allocation, "allocation", a.shape)
    some = wants_something(market)
    if market.utility in ("linear", "quasi_linear"):
        return np.asarray(np.einsum("ij,ij->i", a, x))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if market.utility == "leontief":
            levels = np.where(a > 0, x / a, np.inf)
            return np.where(some, levels.min(axis=1, initial=np.inf), 0.0)
        if market.rho is None:
            shares = a / a.sum(axis=1, keepdims=True)
            logs = np.where(a > 0, shares * np.log(x), 0.0).sum(axis=1)
        else:
            logs = _log_power_sum(np.log(a) + market.rho * np.log(x), a > 0) / market.rho
        return np.where(some, np.exp(logs), 0.0)


def unit_costs(market: FisherMarket, prices: NumberArray) -> FloatArray:
    """Return ``e_i(p)``, the least money that buys buyer i one unit of utility; shape (n,).

    Infinite for a buyer who values nothing; at most 1 for a quasi-linear buyer.

    Raises
    ------
    InstanceError : not a Fisher market, or `prices` are not one per good, each >= 0.

    Notes
    -----
    Cost O(n m). Source: duality of utility and expenditure, as in the gap of FIS-1.

    Examples
    --------
    >>> market = FisherMarket([[1, 2], [1, 0]], [1, 1])
    >>> unit_costs(market, np.array([3.0, 4.0]))
    array([2., 3.])
    """
    require_instance(market, FisherMarket, "market")
    a = market.utilities.astype(float)
    p = _shaped(prices, "prices", a.shape[1:])
    some = wants_something(market)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if market.utility in ("linear", "quasi_linear"):
            cost = np.where(a > 0, p / a, np.inf).min(axis=1, initial=np.inf)
            return np.asarray(np.minimum(cost, 1.0) if market.is_quasi_linear else cost)
        if market.utility == "leontief":
            return np.where(some, a @ p, np.inf)
        if market.rho is None:
            shares = a / a.sum(axis=1, keepdims=True)
            logs = np.where(a > 0, shares * np.log(p / shares), 0.0).sum(axis=1)
        else:
            power = 1.0 / (1.0 - market.rho)  # elasticity of substitution
            terms = power * np.log(a) + (1.0 - power) * np.log(p)
            logs = _log_power_sum(terms, a > 0) / (1.0 - power)
        return np.where(some, np.exp(logs), np.inf)


def _shaped(numbers: NumberArray, name: str, shape: tuple[int, ...]) -> FloatArray:
    """Return floats >= 0 of this shape; nothing is repeated to fit, and NaN stays NaN."""
    try:
        array: FloatArray = np.asarray(numbers, dtype=float)
    except (TypeError, ValueError):
        raise InstanceError(Fault(name, f"must be numbers of shape {shape}")) from None
    if array.shape != shape:
        raise InstanceError(Fault(name, f"has shape {array.shape}, expected {shape}"))
    if (array < 0).any():
        place = tuple(int(part) for part in np.argwhere(array < 0)[0])
        raise InstanceError(Fault(name, "must be >= 0", place, array[place].item()))
    return array


def best_spending(market: FisherMarket, prices: NumberArray) -> FloatArray:
    """Return shares of money in each buyer's best bundle where it is unique, shape (n, m).

    For Cobb-Douglas and CES utilities (all prices of wanted goods positive).

    Examples
    --------
    >>> market = FisherMarket([[1, 3]], [1], utility="cobb_douglas")
    >>> best_spending(market, np.array([1.0, 1.0]))
    array([[0.25, 0.75]])
    """
    a, p = market.utilities.astype(float), np.asarray(prices, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        if market.rho is None:
            weights = a
        else:
            power = 1.0 / (1.0 - market.rho)
            terms = np.where(a > 0, power * np.log(a) + (1.0 - power) * np.log(p), -np.inf)
            top = terms.max(axis=1, keepdims=True, initial=-np.inf)
            weights = np.exp(terms - np.where(np.isfinite(top), top, 0.0))
        totals = weights.sum(axis=1, keepdims=True)
        return np.where(totals > 0, weights / totals, 0.0)


def _log_power_sum(terms: FloatArray, counted: NumberArray) -> FloatArray:
    """Return ``log(sum exp)`` of the counted terms of each row."""
    counted_terms = np.where(counted, terms, -np.inf)
    top = counted_terms.max(axis=1, keepdims=True, initial=-np.inf)
    safe = np.where(np.isfinite(top), top, 0.0)
    found: FloatArray = np.log(np.exp(counted_terms - safe).sum(axis=1)) + safe[:, 0]
    return np.where(np.isposinf(top[:, 0]), np.inf, found)
