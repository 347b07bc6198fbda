"""What buyers want at given prices: demand sets, and sets of items that too many want.

At prices p a buyer demands the items of greatest surplus ``v[i,j] - p[j]``; with surplus 0 it is
as content with nothing, and with less it wants nothing. A set of items is **overdemanded** if
more buyers than it has items want something and demand nothing outside it. There is none
exactly if everybody can have an item demanded at once (Hall 1935), and prices without one are at
least the least equilibrium prices (Demange, Gale and Sotomayor 1986).
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import IntArray, NumberArray, is_integral, read_only
from eqsolve.core.errors import Fault, InstanceError, UnsupportedError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["NOTHING", "SETS", "best_utilities", "checked_prices", "demand_sets", "overdemanded_set"]

SETS = "with capacities buyers demand sets of items, which are not listed one by one"
"""Why single items demanded are not told."""

NOTHING = -1
"""Stands in a demand set for buying nothing."""


def demand_sets(
    market: AssignmentMarket, prices: object, *, tolerance: float = 1e-12
) -> tuple[IntArray, ...]:
    """Return what each buyer demands at `prices`.

    Parameters
    ----------
    market : n buyers, m sellers.
    prices : shape (m,), money units.
    tolerance : surpluses this close, relative to the largest number of the market, are ties; not
        used for whole numbers.

    Returns
    -------
    sets : for each buyer the rising sellers it demands; `NOTHING` (-1) comes first where the
        buyer is content with nothing.

    Raises
    ------
    InstanceError : not an assignment market, or `prices` are not one finite number per seller.
    UnsupportedError : the market has capacities.

    Notes
    -----
    Cost O(edges). Source: Demange, Gale and Sotomayor (1986).

    Examples
    --------
    >>> market = AssignmentMarket([[5, 4], [1, 1], [0, 0]])
    >>> [demanded.tolist() for demanded in demand_sets(market, [2, 1])]
    [[0, 1], [-1, 1], [-1]]
    """
    require_instance(market, AssignmentMarket, "market")
    if market.has_capacities:
        raise UnsupportedError("demand", SETS, what="question")
    price = checked_prices(market, prices)
    best = best_utilities(market, price)
    slack = _slack(market, price, tolerance)
    sets = []
    for i in range(market.n_buyers):
        columns, values = market.values.row(i)
        tied = columns[values - price[columns] >= best[i] - slack]
        content = [NOTHING] if best[i] <= slack else []
        sets.append(np.concatenate([np.array(content, dtype=np.int64), tied]))
    return tuple(read_only(demanded) for demanded in sets)


def overdemanded_set(
    market: AssignmentMarket, prices: object, *, tolerance: float = 1e-12
) -> IntArray:
    """Return a minimal overdemanded set of sellers at `prices`, empty if there is none.

    Parameters
    ----------
    market, prices, tolerance : as for `demand_sets`.

    Returns
    -------
    sellers : rising; no proper subset of them is overdemanded.

    Raises
    ------
    InstanceError : not an assignment market, or `prices` are not one finite number per seller.

    Notes
    -----
    Cost O(n m) memory, O(n m (n + m)) time at worst. Theorem BIP-7; source: Demange, Gale and
    Sotomayor (1986); Hall (1935).

    Examples
    --------
    >>> market = AssignmentMarket([[5, 4], [4, 1], [3, 3]])
    >>> overdemanded_set(market, [0, 0]).tolist(), overdemanded_set(market, [4, 3]).tolist()
    ([0], [])
    """
    from eqsolve.families.assignment_market.kernels.ascending_auction import (
        overdemanded_set as find,
    )

    require_instance(market, AssignmentMarket, "market")
    # Wanting buyers value what they demand at 1 and nothing else: demand at price 0 is the same.
    wanted = np.full((market.n_buyers, market.n_sellers), -1, dtype=np.int64)
    for i, demanded in enumerate(demand_sets(market, prices, tolerance=tolerance)):
        if demanded[0] != NOTHING:
            wanted[i, demanded] = 1
    return read_only(find(wanted, np.zeros(market.n_sellers, dtype=np.int64)))


def best_utilities(market: AssignmentMarket, prices: NumberArray) -> NumberArray:
    """Return the most that each buyer can get at `prices`, shape (n,); O(edges).

    That is ``max(0, max_j v[i,j] - p[j])``, and with capacities the sum of the greatest
    ``v[i,j] - p[j] > 0``, as many as the buyer may take.
    """
    values = market.values
    if market.has_capacities:
        return _best_sets(market, prices)
    if not values.is_sparse:
        surplus: NumberArray = values.dense() - prices
        surplus[values.dense() < 0] = 0
        highest: NumberArray = surplus.max(axis=1, initial=0)
        return highest
    indptr, indices, data = values.csr()
    surplus = data - prices[indices]
    best = np.zeros(market.n_buyers, dtype=surplus.dtype)
    filled = np.flatnonzero(np.diff(indptr) > 0)
    if len(filled):
        best[filled] = np.maximum(np.maximum.reduceat(surplus, indptr[filled]), 0)
    return best


def _best_sets(market: AssignmentMarket, prices: NumberArray) -> NumberArray:
    """Return the worth of a best set of each buyer."""
    most = market.capacities[0].tolist()
    kind = np.result_type(market.values.at(*np.zeros((2, 0), np.int64)), prices)
    best = np.zeros(market.n_buyers, dtype=kind)
    for i in range(market.n_buyers):
        columns, values = market.values.row(i)
        surplus = np.sort(np.maximum(values - prices[columns], 0))
        best[i] = surplus[max(0, len(surplus) - most[i]) :].sum() if most[i] else 0
    return best


def checked_prices(market: AssignmentMarket, prices: object, name: str = "prices") -> NumberArray:
    """Return prices as an array of shape (m,), or raise `InstanceError`."""
    faults: list[Fault] = []
    array = as_numbers(prices, name, (market.n_sellers,), faults, signed=True)
    if array is None:
        raise InstanceError(faults)
    return array


def _slack(market: AssignmentMarket, prices: NumberArray, tolerance: float) -> float:
    """Return the difference up to which surpluses are ties."""
    exact = market.values.is_integral and is_integral(prices)
    return 0 if exact else tolerance * max(market.scale, float(np.abs(prices).max(initial=0)))
