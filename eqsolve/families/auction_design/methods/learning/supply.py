"""Bundles for menus to sell: all of them, random ones, bids of types, or unions of bids.

Everything together always comes first, so that a menu never offers less than one lot. Cost O(K m).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.valuations import BidValuations

__all__ = ["Source", "bundles_from", "spread_atoms"]

Source = Literal["random", "bids", "unions"]
"""Where bundles come from."""

MOST_JOINED = 8
"""Bids in a union at most."""


def bundles_from(
    source: Source, count: int, types: Valuations, rng: np.random.Generator
) -> BoolArray:
    """Return so many bundles, or all that there are, the empty one apart; shape (K, m).

    Parameters
    ----------
    source : ``"random"``: each bundle holds any item with a chance of its own, U[0, 1];
        ``"bids"``: bids of the types; ``"unions"``: unions of 1 to 8 of them.
    count : where there are no more bundles than this, all are returned, whatever the source.
    types : whose bids are taken; for other sources their number of items counts.

    Examples
    --------
    >>> from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
    >>> types = AdditiveValuations(np.ones((1, 2)))
    >>> bundles_from("random", 3, types, np.random.default_rng(0)).astype(int).tolist()
    [[1, 1], [0, 1], [1, 0]]
    """
    m = types.n_items
    if m < 60 and (1 << m) - 1 <= count:
        return all_bundles(m)[:0:-1]
    if source == "random" or not isinstance(types, BidValuations) or not len(types.bundles):
        found: BoolArray = rng.random((count, m)) < rng.random((count, 1))
    else:
        most = MOST_JOINED if source == "unions" else 1
        joined = rng.integers(1, most + 1, count)
        found = np.zeros((count, m), dtype=np.bool_)
        for part in range(most):
            drawn = types.bundles[rng.integers(len(types.bundles), size=count)]
            found |= drawn & (joined > part)[:, None]
    found[0] = True
    return found


def spread_atoms(
    n_bundles: int, entries: int, atoms: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Return which bundles each entry is a lottery over, and weights to begin with, as logarithms.

    Parameters
    ----------
    n_bundles : K, of the supply; bundle K stands for nothing.
    entries : J.
    atoms : D, bundles in a lottery at most; with 1 there are no lotteries.

    Returns
    -------
    places : shape (J, D), each 0 to K.
    logits : shape (J, D); the first bundle of an entry has most of the weight.

    Notes
    -----
    Every bundle comes first in some entry, where there are entries enough. If all bundles and
    nothing fit into one lottery, every entry is over all of them.
    """
    first = np.arange(entries) % max(1, n_bundles)
    if atoms == 1:
        return first[:, None], np.zeros((entries, 1))
    if n_bundles + 1 <= atoms:
        places = (first[:, None] + np.arange(n_bundles + 1)) % (n_bundles + 1)
    elif n_bundles >= entries * atoms:
        places = np.arange(entries * atoms).reshape(atoms, entries).T
    else:
        others = rng.integers(0, n_bundles + 1, (entries, atoms - 1))
        places = np.column_stack([first, others])
    logits = rng.normal(0.0, 0.5, places.shape)
    logits[:, 0] += 2.0
    return places, logits
