"""A learned menu as plain arrays: equal bundles merged, dead entries dropped, prices set exactly.

What is compiled is all there is to the mechanism (BUN-4): playing it needs neither the flow nor
torch. Cost: values of the entries to the types, and of `reprice`.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance.bundles import masks_of
from eqsolve.families.auction_design.methods.fitting import Fit
from eqsolve.families.auction_design.methods.pricing import reprice
from eqsolve.families.auction_design.playing.demand import (
    best_entries,
    entry_values,
    tolerance_of,
)
from eqsolve.families.auction_design.solution.mechanism import Menu, State

__all__ = ["compiled", "merged"]

LEAST = 1e-3
"""Weights of bundles below this are left out of lotteries."""


def merged(bundles: BoolArray, weights: FloatArray, prices: FloatArray) -> Menu:
    """Return a menu in which every lottery names a bundle once and leaves tiny weights out.

    Parameters
    ----------
    bundles, weights, prices : shapes (J, D, m), (J, D), (J,).

    Notes
    -----
    The weights that stay are scaled up to the sum they had. The empty bundle is not named: what is
    missing to 1 is nothing.

    Examples
    --------
    >>> twice = np.array([[[True, False], [True, False], [False, False]]])
    >>> menu = merged(twice, np.array([[0.25, 0.25, 0.5]]), np.ones(1))
    >>> menu.bundles.astype(int).tolist(), menu.weights.tolist()
    ([[[1, 0]]], [[0.5]])
    """
    entries, atoms, m = bundles.shape
    every = bundles.reshape(entries * atoms, m)
    masks = masks_of(every)
    keys = np.column_stack([np.repeat(np.arange(entries, dtype=np.uint64), atoms), masks])
    unique, first, place = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    shares = np.bincount(place.ravel(), weights=weights.ravel(), minlength=len(first))
    owner = unique[:, 0].astype(np.int64)
    total = np.bincount(owner, weights=shares, minlength=entries)
    kept = shares >= LEAST
    sold = np.bincount(owner, weights=shares * kept, minlength=entries)
    shares = np.where(kept, shares * (total / np.maximum(sold, LEAST))[owner], 0.0)
    flat = every[first]
    named = np.flatnonzero(kept & flat.any(axis=1))
    rank = np.arange(len(named)) - np.searchsorted(owner[named], owner[named])
    depth = int(rank.max(initial=0)) + 1
    table, chances = np.zeros((entries, depth, m), np.bool_), np.zeros((entries, depth))
    table[owner[named], rank] = flat[named]
    chances[owner[named], rank] = shares[named]
    return Menu(State(), table, np.minimum(chances, 1.0), prices)


def _part(menu: Menu, entries: IntArray, prices: FloatArray) -> Menu:
    """Return some entries, at given prices."""
    return Menu(menu.state, menu.bundles[entries], menu.weights[entries], prices)


def _priced(menu: Menu, choose: Fit, deadline: Deadline) -> tuple[float, Menu]:
    """Return a menu with prices set anew, and what it earns on those types."""
    values = entry_values(choose.types, menu)
    prices = reprice(values, menu.prices, choose.weights, deadline=deadline)
    sold = np.flatnonzero(np.isfinite(prices))
    chosen = best_entries(values[:, sold], prices[sold], None, tolerance_of(choose.types))
    paid = np.append(prices[sold], 0.0)[chosen]  # -1, nothing, is the last
    return float(choose.weights @ paid), _part(menu, sold, prices[sold])


def compiled(
    bundles: BoolArray, weights: FloatArray, prices: FloatArray, fit: Fit, choose: Fit,
    deadline: Deadline,
) -> Menu:  # fmt: skip
    """Return the menu to play.

    Parameters
    ----------
    bundles, weights, prices : what was learned, shapes (J, D, m), (J, D), (J,).
    fit : entries that none of these types buys are dropped.
    choose : prices are set anew on these types.
    deadline : when to stop; what was learned is a menu as it is.

    Notes
    -----
    Training may leave an entry too dear for everybody. So there are two menus, one of which has
    prices set on `fit` before entries are dropped; the better on `choose` is returned.
    """
    menu = merged(bundles, weights, prices)
    if deadline.expired():
        return menu
    values = entry_values(fit.types, menu)
    revived = reprice(values, menu.prices, fit.weights, sweeps=1, deadline=deadline)
    found: list[tuple[float, Menu]] = []
    for begun in (menu.prices, revived):
        if found and deadline.expired():
            break
        chosen = best_entries(values, begun, None, tolerance_of(fit.types))
        alive = np.unique(chosen[chosen >= 0])
        found.append(_priced(_part(menu, alive, begun[alive]), choose, deadline))
    return max(found, key=lambda pair: pair[0])[1]
