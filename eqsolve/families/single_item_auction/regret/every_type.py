"""Which way the regret of each class is found, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import laws_of, states_of
from eqsolve.families.single_item_auction.evaluate import rivals_of
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.regret.finite import finite_regrets
from eqsolve.families.single_item_auction.regret.grid import grid_regrets
from eqsolve.families.single_item_auction.regret.interval import interval_regrets
from eqsolve.families.single_item_auction.regret.staircase import staircase_regrets
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["CELLS", "Regret", "regret_of"]

CELLS = 1 << 14
"""Cells of values, and so of bids, of a proved bound."""

_ROUNDING = 1e-11
"""Regrets below this share of the greatest value are what is left of zero in floats."""


@dataclass(frozen=True, slots=True)
class Regret:
    """Interim regret under given strategies.

    Parameters
    ----------
    kind : ``"exact"``, ``"interval"`` or ``"grid"``; ``"dominance"`` where nothing was computed.
    values, regrets : for each class, types and their regrets, or bounds of them, money units.
    """

    kind: str
    values: tuple[FloatArray, ...]
    regrets: tuple[FloatArray, ...]

    @property
    def epsilon(self) -> float:
        """The greatest regret."""
        return float(max((part.max() for part in self.regrets if len(part)), default=0.0))


def regret_of(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    cells: int = CELLS,
) -> Regret:
    """Return the regret of every type under given strategies.

    Parameters
    ----------
    strategies : one for each class; continuous ones never fall.
    classes : the strategy of each bidder.
    cells : into how many values, and so bids, are cut for ``"interval"``.

    Notes
    -----
    Finite: O(states * types * bids). Interval: O(cells log cells) for each class.
    """
    parts = []
    kind = "exact"
    for c, strategy in enumerate(strategies):
        bidder = list(classes).index(c)
        if strategy.finite:
            parts.append(finite_regrets(auction, strategies, classes, bidder))
        elif auction.values.state is None and _has_lines(auction, classes, bidder):
            laws = laws_of(auction, strategies, classes, states_of(auction)[0])
            rivals = rivals_of(laws, classes, bidder)
            if auction.bids is not None:
                parts.append(staircase_regrets(auction, strategy, rivals, bidder))
            else:
                kind = "interval"
                parts.append(interval_regrets(auction, strategy, rivals, bidder, cells))
        else:
            kind = "grid"
            parts.append(grid_regrets(auction, strategies, classes, bidder))
    small = _ROUNDING * max(auction.scale, 1e-300)
    regrets = tuple(np.where(part > small, part, 0.0) for _, part in parts)
    return Regret(kind, tuple(values for values, _ in parts), regrets)


def _has_lines(auction: SingleItemAuction, classes: Sequence[int], bidder: int) -> bool:
    """Return whether a bid is a line in the value whose bounds are known."""
    if auction.price_rank == 2 and auction.risk[bidder]:
        return False
    return auction.price_rank < 3 or auction.bids is not None or len(set(classes)) == 1
