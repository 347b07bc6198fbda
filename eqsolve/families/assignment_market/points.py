"""Markets of points without the matrix: nearest candidates first, the other pairs priced out.

Buyers and sellers are points and ``v[i, j] = constant - distance``. A pair (i, j) that is left
out cannot matter at prices p if ``v[i, j] - p[j] <= u[i]``. If this holds for all pairs left out,
at the least and at the greatest prices of the candidates, then both are equilibrium prices of the
whole market (BIP-5), and they are its ends: the whole market has fewer price vectors, not more.
With capacities u[i] is what the least of its items leaves a full buyer, else 0 (CAP-1, CAP-2).
Pairs for which it fails join the candidates, and the market is solved again.

The best pair left out is found by k-d trees over groups of sellers of similar price; no more
than O(n + m + candidates) numbers are ever held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.core.input_arrays import as_numbers, as_whole
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import buyer_gains
from eqsolve.families.assignment_market.solve import competitive_equilibrium

__all__ = ["from_points", "gainful_pairs"]

_GROUPS = 48
"""Groups of sellers of similar price."""

_CLOSE = 1e-12
"""Gains below this share of the constant are rounding."""


def from_points(
    buyers: object,
    sellers: object,
    *,
    constant: float,
    reserves: object = None,
    buyer_capacities: object = None,
    seller_capacities: object = None,
    neighbors: int = 8,
    name: str = "",
) -> AssignmentMarket:
    """Return the part of a market of points that decides its equilibria.

    Parameters
    ----------
    buyers, sellers : shapes (n, d) and (m, d), coordinates.
    constant : value of an item at distance 0, > 0; pairs further apart than this have no edge.
    reserves : shape (m,), default 0.
    buyer_capacities, seller_capacities : shapes (n,) and (m,), whole numbers >= 0; default 1.
    neighbors : nearest sellers of each buyer, and buyers of each seller, to begin with.
    name : of the market.

    Returns
    -------
    market : sparse; its welfare, least and greatest prices are those of the market of all n m
        pairs. ``metadata["points"]`` counts pairs, candidates and rounds.

    Raises
    ------
    InstanceError : coordinates that are not finite numbers of the same dimension, reserves or
        capacities that cannot be.
    OptionError : `constant` or `neighbors` not positive.

    Notes
    -----
    Cost: a sparse market is solved per round, usually three to eight rounds, each from the prices
    of the one before where there are no capacities; O(n + m + candidates) memory. `gainful_pairs`
    rechecks the claim at any prices. Theorems BIP-5 and CAP-1, as the module says.

    Examples
    --------
    >>> here, there = [[0, 0], [1, 0], [5, 5]], [[0, 1], [1, 1], [6, 5], [9, 9]]
    >>> market = from_points(here, there, constant=10, neighbors=1)
    >>> from eqsolve import solve
    >>> solve(market).objective, market.metadata["points"]["pairs"], market.values.n_edges < 12
    (27.0, 12, True)
    >>> several = from_points(here, there, constant=10, buyer_capacities=[1, 1, 2])
    >>> solve(several).require().pairs.tolist()
    [[0, 0], [1, 1], [2, 2], [2, 3]]
    """
    from scipy.spatial import cKDTree

    if not constant > 0 or neighbors < 1:
        raise OptionError(f"constant = {constant!r} and neighbors = {neighbors!r}: must be > 0")
    here, there, fields = _checked(
        buyers,
        sellers,
        reserves=reserves,
        buyer_capacities=buyer_capacities,
        seller_capacities=seller_capacities,
    )
    n, m = len(here), len(there)
    pairs = np.zeros(0, dtype=np.int64)  # buyer * m + seller
    if n and m:
        near = cKDTree(there).query(here, k=list(range(1, min(neighbors, m) + 1)))[1]
        back = cKDTree(here).query(there, k=list(range(1, min(neighbors, n) + 1)))[1]
        pairs = np.union1d(
            (np.arange(n)[:, None] * m + near).ravel(), (back * m + np.arange(m)[:, None]).ravel()
        )
    prices: FloatArray | None = None
    rounds = 0
    while True:
        rounds += 1
        record = {"pairs": n * m, "candidates": len(pairs), "rounds": rounds}
        market = _market(here, there, constant, pairs, fields, name, record)
        if market.has_capacities:
            solution = competitive_equilibrium(market, method="flow").require()
        else:
            solution = competitive_equilibrium(
                market, method="sparse", initial_prices=prices
            ).require()
        prices = solution.price_min
        buyers, sellers = solution.trades
        own = market.values.at(buyers, sellers)
        found = [pairs]
        for end in (solution.price_min, solution.price_max):
            # What the whole market must not beat; who may take nothing gains from no pair.
            _, held = buyer_gains(market, end, buyers, sellers, own)
            held = held.astype(np.float64)
            held[market.capacities[0] == 0] = np.inf
            buyer, seller, _ = gainful_pairs(here, there, constant, end, held)
            found.append(buyer * m + seller)
        grown = np.unique(np.concatenate(found))
        if len(grown) == len(pairs):
            return market
        pairs = grown


def gainful_pairs(
    buyers: object, sellers: object, constant: float, prices: object, utilities: object
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return pairs by which a buyer would gain, among all pairs, without looking at all.

    Parameters
    ----------
    buyers, sellers, constant : as for `from_points`.
    prices, utilities : shapes (m,) and (n,), money units; of a buyer with capacity what its least
        item leaves it, 0 where it has room, infinity where it may take nothing.

    Returns
    -------
    buyer, seller, gain : some pairs with ``constant - distance - p > u``, at least one for every
        buyer that has any; empty exactly if no pair is gainful.

    Examples
    --------
    >>> buyer, seller, gain = gainful_pairs([[0.0]], [[1.0], [3.0]], 5, [1.0, 0.5], [2.5])
    >>> buyer.tolist(), seller.tolist(), gain.tolist()
    ([0], [0], [0.5])
    """
    here, there, _ = _checked(buyers, sellers)
    price, held = np.asarray(prices, dtype=float), np.asarray(utilities, dtype=float)
    empty = np.zeros(0, dtype=np.int64)
    found: list[tuple[IntArray, IntArray, FloatArray]] = [(empty, empty, np.zeros(0))]
    if len(here) and len(there):
        order = np.argsort(price, kind="stable")
        for group in np.array_split(order, min(_GROUPS, len(order))):
            found += _gainful_in_group(here, there, constant, price, held, group)
    buyer, seller, gain = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return buyer, seller, gain


def _gainful_in_group(
    here: FloatArray,
    there: FloatArray,
    constant: float,
    price: FloatArray,
    held: FloatArray,
    group: IntArray,
) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """Yield gainful pairs with sellers of a group, whose first member has the lowest price."""
    from scipy.spatial import cKDTree

    tree = cKDTree(there[group])
    lowest = price[group[0]]
    slack = _CLOSE * constant
    active = np.flatnonzero(constant - lowest - held > slack)
    count = 1
    while len(active):
        ranks = list(range(1, min(count, len(group)) + 1))
        answer = tree.query(here[active], k=ranks)
        distance, seller = np.asarray(answer[0]), group[answer[1]]
        gain = constant - distance - price[seller] - held[active][:, None]
        gain[distance > constant] = -1  # no edge
        row, column = np.nonzero(gain > slack)
        yield active[row], seller[row, column], gain[row, column]
        # Whoever is further away than the last one seen can gain no more than this:
        rest = constant - distance[:, -1] - lowest - held[active] > slack
        done = np.zeros(len(active), dtype=bool)
        done[row] = True
        active = active[rest & ~done] if count < len(group) else active[:0]
        count *= 4


def _market(
    here: FloatArray,
    there: FloatArray,
    constant: float,
    pairs: IntArray,
    fields: Mapping[str, Any],
    name: str,
    record: dict[str, Any],
) -> AssignmentMarket:
    """Return the sparse market of the candidate pairs that are close enough."""
    buyer, seller = np.divmod(pairs, max(len(there), 1))
    value = constant - np.sqrt(((here[buyer] - there[seller]) ** 2).sum(axis=1))
    close = value >= 0
    return AssignmentMarket.from_edges(
        len(here),
        len(there),
        buyer[close],
        seller[close],
        value[close],
        **fields,
        name=name,
        metadata={"points": record},
    )


def _checked(
    buyers: object, sellers: object, **given: object
) -> tuple[FloatArray, FloatArray, dict[str, NumberArray | None]]:
    """Return coordinates, and fields of the market that are given, as arrays; or all faults."""
    faults: list[Fault] = []
    here = as_numbers(buyers, "buyers", (None, None), faults, signed=True)
    there = as_numbers(sellers, "sellers", (None, None), faults, signed=True)
    if here is None or there is None:
        raise InstanceError(faults)
    if len(here) and len(there) and here.shape[1] != there.shape[1]:
        rule = f"have {there.shape[1]} coordinates, the buyers {here.shape[1]}"
        faults.append(Fault("sellers", rule))
    fields: dict[str, NumberArray | None] = {}
    for field, value in given.items():
        read = as_numbers if field == "reserves" else as_whole
        size = len(here) if field.startswith("buyer") else len(there)
        fields[field] = None if value is None else read(value, field, (size,), faults)
    if faults:
        raise InstanceError(faults)
    width = max(here.shape[1], there.shape[1])
    return (
        here.astype(np.float64) if len(here) else np.zeros((0, width)),
        there.astype(np.float64) if len(there) else np.zeros((0, width)),
        fields,
    )
