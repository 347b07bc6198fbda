"""What many types take from a menu: the best entry, ties to the seller.

Two utilities within ``1e-9 * max(1, greatest value of the type)`` are tied; of tied entries the
one with the greatest price plus later worth is taken, then the one with the lowest index, the null
entry before all. The verifier has its own choice (`verify.choice`).

Cost: lists of entries, one matrix product of types and entries; tariffs, a sort of the items
(additive), a pass over the bids (XOR), or a look at every bundle (tables).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import OptionError
from eqsolve.families.auction_design.instance.bundles import all_bundles, numbers_of
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    BidValuations,
    MixedValuations,
    TableValuations,
    Valuations,
)
from eqsolve.families.auction_design.solution.mechanism import Menu, Tariff

__all__ = ["TIE", "Taken", "best_entries", "entry_values", "take_entries", "take_from_tariff"]

TIE = 1e-9
"""Share of the greatest value (of 1, if that is more) by which tied utilities may differ."""

_AT_ONCE = 1 << 22
"""Numbers held at a time."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What N types took.

    Parameters
    ----------
    bundles : shape (N, m), drawn where the entry is a lottery.
    payments : shape (N,).
    values : shape (N,), expected over the lottery.
    """

    bundles: BoolArray
    payments: FloatArray
    values: FloatArray


def tolerance_of(types: Valuations) -> FloatArray:
    """Return by how much tied utilities of each type may differ, shape (N,)."""
    found: FloatArray = TIE * np.maximum(1.0, types.greatest())
    return found


def entry_values(types: Valuations, menu: Menu) -> FloatArray:
    """Return the expected value of every entry to every type, shape (N, J)."""
    j, d, m = menu.bundles.shape
    if not j or not d:
        return np.zeros((len(types), j))
    flat = menu.bundles.reshape(j * d, m)
    packed = np.packbits(flat, axis=1)
    _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    values = types.of(flat[first])
    places = inverse.reshape(j, d)
    if d == 1 and (menu.weights == 1).all():
        return values[:, places[:, 0]]
    found = np.zeros((len(types), j))
    for atom in range(d):
        found += values[:, places[:, atom]] * menu.weights[:, atom]
    return found


def best_entries(
    values: FloatArray, prices: FloatArray, worth: FloatArray | None, tolerance: FloatArray
) -> IntArray:
    """Return the entry that each type takes, -1 for nothing, shape (N,).

    Parameters
    ----------
    values : shape (N, J).
    prices, worth : shape (J,).
    tolerance : shape (N,), by how much tied utilities may differ.
    """
    if not len(prices):
        return np.full(len(values), -1)
    utility = values - prices
    best = np.maximum(utility.max(axis=1), 0.0)
    earned = prices if worth is None else prices + worth
    gain = np.where(utility >= (best - tolerance)[:, None], earned, -np.inf)
    chosen = gain.argmax(axis=1)
    top = gain[np.arange(len(values)), chosen]
    nothing = (best <= tolerance) & (top <= 0)
    return np.where(nothing, -1, chosen)


def take_entries(
    types: Valuations, menu: Menu, available: BoolArray, rng: np.random.Generator | None
) -> Taken:
    """Return what types take from listed entries.

    Parameters
    ----------
    available : shape (m,), the items left; entries that need others are not offered.
    rng : draws bundles of lotteries, in the order of the types; None: bundles are not asked for.
    """
    needed = (menu.bundles & (menu.weights > 0)[:, :, None]).any(axis=1)
    offered = np.flatnonzero(~(needed & ~available).any(axis=1))
    part = Menu(
        menu.state, menu.bundles[offered], menu.weights[offered], menu.prices[offered],
        None if menu.worth is None else menu.worth[offered],
    )  # fmt: skip
    n, m = len(types), menu.n_items
    bundles = np.zeros((n, m), dtype=np.bool_)
    payments, values = np.zeros((2, n))
    rows = max(1, _AT_ONCE // max(1, part.bundles.shape[0] * max(1, part.bundles.shape[1])))
    for start in range(0, n, rows):
        some = np.arange(start, min(start + rows, n))
        block = types.take(some)
        worth = entry_values(block, part)
        chosen = best_entries(worth, part.prices, part.worth, tolerance_of(block))
        buyers = np.flatnonzero(chosen >= 0)
        entries = chosen[buyers]
        payments[some[buyers]] = part.prices[entries]
        values[some[buyers]] = worth[buyers, entries]
        if rng is not None:
            bundles[some[buyers]] = _drawn(part, entries, rng)
    return Taken(bundles, payments, values)


def _drawn(menu: Menu, entries: IntArray, rng: np.random.Generator) -> BoolArray:
    """Return a bundle of each entry, drawn by its weights; nothing where these sum to less."""
    weights = menu.weights[entries]
    sure = weights.max(axis=1, initial=0.0) == 1.0
    mark = np.where(sure, 0.0, rng.random(len(entries)))
    atom = (np.cumsum(weights, axis=1) <= mark[:, None]).sum(axis=1)
    inside = atom < menu.weights.shape[1]
    found: BoolArray = menu.bundles[entries, np.minimum(atom, menu.weights.shape[1] - 1)]
    found &= inside[:, None]
    return found


def take_from_tariff(types: Valuations, tariff: Tariff, available: BoolArray) -> Taken:
    """Return what types take from a tariff.

    Parameters
    ----------
    available : shape (N, m), the items left for each.

    Raises
    ------
    OptionError : prices of items and of sizes together, for bidders who want k items.
    """
    if isinstance(types, MixedValuations):
        n, m = available.shape
        whole = Taken(np.zeros((n, m), dtype=np.bool_), np.zeros(n), np.zeros(n))
        for rows, part in types.split():
            found = take_from_tariff(part, tariff, available[rows])
            whole.bundles[rows] = found.bundles
            whole.payments[rows], whole.values[rows] = found.payments, found.values
        return whole
    if isinstance(types, AdditiveValuations):
        return _take_items(types, tariff, available)
    if isinstance(types, BidValuations):
        return _take_bids(types, tariff, available)
    assert isinstance(types, TableValuations)
    return _take_any(types, tariff, available)


def _prices(tariff: Tariff, m: int) -> tuple[FloatArray, FloatArray]:
    """Return the price of every item, and that of sizes 0 to m."""
    items = np.zeros(m) if tariff.item_prices is None else tariff.item_prices
    sizes = np.zeros(m + 1)
    if tariff.size_prices is not None:
        sizes[1:] = tariff.size_prices
    return items, sizes


def _take_any(types: TableValuations, tariff: Tariff, available: BoolArray) -> Taken:
    """Look at every bundle."""
    n, m = available.shape
    bundles = all_bundles(m)
    items, sizes = _prices(tariff, m)
    cost = bundles @ np.where(np.isfinite(items), items, 0.0) + sizes[bundles.sum(axis=1)]
    cost[(bundles & ~np.isfinite(items)).any(axis=1)] = np.inf
    cost[1:] += tariff.fee
    gone = numbers_of(~available)
    chosen = np.zeros(n, dtype=np.int64)
    tolerance = tolerance_of(types)
    rows = max(1, _AT_ONCE >> m)
    for start in range(0, n, rows):
        part = slice(start, start + rows)
        utility = types.values[part] - cost
        utility[(np.arange(1 << m) & gone[part, None]) != 0] = -np.inf
        best = utility.max(axis=1)
        tied = utility >= (best - tolerance[part])[:, None]
        chosen[part] = np.where(tied, cost, -np.inf).argmax(axis=1)
    return Taken(bundles[chosen], cost[chosen], types.values[np.arange(n), chosen])


def _take_items(types: AdditiveValuations, tariff: Tariff, available: BoolArray) -> Taken:
    """Sort the items by surplus; the best ones of each size are taken together."""
    n, m = available.shape
    items, sizes = _prices(tariff, m)
    tolerance = tolerance_of(types)
    sold = available & np.isfinite(items)
    finite = np.where(np.isfinite(items), items, 0.0)
    wanted = types.counted
    if tariff.size_prices is not None and finite.any() and wanted < m:
        raise OptionError("prices of items and of sizes together are not for k-demand bidders")
    if not m:
        return Taken(available, np.zeros(n), np.zeros(n))
    # Of equal surpluses the dearer item comes first: what the price adds is within the tolerance.
    edge = tolerance[:, None] * finite / max(float(finite.max()), 1e-300)
    surplus = np.where(sold, types.values - finite, -np.inf)
    order = np.argsort(-(surplus + edge), axis=1, kind="stable")
    ranked = np.take_along_axis(surplus, order, axis=1)
    paid = np.cumsum(finite[order], axis=1)
    if wanted < m:  # further items add nothing
        ranked[:, wanted:] = np.where(np.isfinite(ranked[:, wanted:]), 0.0, -np.inf)
    utility = np.zeros((n, m + 1))
    with np.errstate(invalid="ignore"):
        utility[:, 1:] = np.cumsum(ranked, axis=1) - sizes[1:] - tariff.fee
    utility = np.where(np.isnan(utility), -np.inf, utility)
    cost = np.zeros((n, m + 1))
    cost[:, 1:] = paid + sizes[1:] + tariff.fee
    if wanted < m and tariff.size_prices is None:
        utility[:, wanted + 1 :] = -np.inf
    best = utility.max(axis=1)
    tied = utility >= (best - tolerance)[:, None]
    count = np.where(tied, cost, -np.inf).argmax(axis=1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(m), (n, m)).copy(), axis=1)
    bundles = rank < count[:, None]
    payments = cost[np.arange(n), count]
    return Taken(bundles, payments, types.each(bundles))


def _take_bids(types: BidValuations, tariff: Tariff, available: BoolArray) -> Taken:
    """Look at every bid, and where sizes are priced at every larger bundle around it."""
    n, m = available.shape
    items, sizes = _prices(tariff, m)
    owner = types.owner
    finite = np.where(np.isfinite(items), items, 0.0)
    sold = available & np.isfinite(items)
    possible = ~(types.bundles & ~sold[owner]).any(axis=1)
    own = types.bundles @ finite
    count = types.bundles.sum(axis=1)
    extra = np.zeros(len(owner), dtype=np.int64)
    cost = own + sizes[count] + tariff.fee
    if tariff.size_prices is not None:
        extra, added = _cheapest_sizes(types, sold[owner], finite, sizes)
        cost = own + added + tariff.fee
    utility = np.where(possible, types.prices - cost, -np.inf)
    tolerance = tolerance_of(types)
    best = types.best(utility)
    gain = np.where(utility >= (best - tolerance)[owner], cost, -np.inf)
    first = np.lexsort((-gain, owner))
    starts = types.starts[:-1]
    full = np.flatnonzero(np.diff(types.starts))
    chosen = first[starts[full]]
    bought = np.isfinite(gain[chosen]) & ((best[full] > tolerance[full]) | (gain[chosen] > 0))
    rows, bids = full[bought], chosen[bought]
    bundles = np.zeros((n, m), dtype=np.bool_)
    payments, values = np.zeros((2, n))
    bundles[rows] = types.bundles[bids]
    payments[rows], values[rows] = cost[bids], types.prices[bids]
    order = np.argsort(finite, kind="stable")
    for row, more in zip(rows.tolist(), extra[bids].tolist(), strict=True):
        if more:
            free = order[(sold[row] & ~bundles[row])[order]]
            bundles[row, free[:more]] = True
    return Taken(bundles, payments, values)


def _cheapest_sizes(
    types: BidValuations, sold: BoolArray, items: FloatArray, sizes: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return for each bid how many further items are best taken too, and what size and they cost.

    Parameters
    ----------
    sold : shape (B, m), the items that can be had.
    items, sizes : prices.
    """
    m = len(items)
    order = np.argsort(items, kind="stable")
    outside = (sold & ~types.bundles)[:, order]
    count = types.bundles.sum(axis=1)
    least = np.full(len(count), np.inf)
    extra = np.zeros(len(count), dtype=np.int64)
    rank = np.cumsum(outside, axis=1)
    for more in range(m):
        size = count + more
        there = (size <= m) & (rank[:, -1] >= more) if m else size <= m
        taken = outside & (rank <= more)
        cost = np.where(there, sizes[np.minimum(size, m)] + taken @ items[order], np.inf)
        better = cost < least
        least, extra = np.where(better, cost, least), np.where(better, more, extra)
    return extra, least
