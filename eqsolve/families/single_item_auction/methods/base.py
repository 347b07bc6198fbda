"""Base of the methods: how strategies become an answer with an epsilon and a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.certificate import Certificate
from eqsolve.core.errors import OptionError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.single_item_auction.evaluate import outlook
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.regret import CELLS, regret_of
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = [
    "HISTORY", "TOLERANCE", "AuctionMethod", "classes_of", "depends_on_history", "stays_out",
    "target",
]  # fmt: skip

TOLERANCE = 1e-9
"""Exact regrets up to here, as a share of the greatest value (1 at least), are zeros in floats."""
_MOST_CELLS = 1 << 18
SHARE = 1e-3
"""The default of the option `epsilon`, as a share of the value range."""


HISTORY = "in an open clock with a common value bids depend on who has left"


def depends_on_history(auction: SingleItemAuction) -> bool:
    """Return whether what a bidder sees of others changes what the prize is worth to it."""
    common = auction.values.model == "common"
    return auction.format == "english" and common and auction.n_bidders > 2


def target(auction: SingleItemAuction, epsilon: float | None) -> float:
    """Return the epsilon up to which a proved bound counts as solved, money units."""
    low, high = auction.support
    return SHARE * (high - low) if epsilon is None else epsilon


def classes_of(auction: SingleItemAuction, symmetric: bool) -> tuple[int, ...]:
    """Return the class of each bidder: equal bidders share one where symmetry is asked for."""
    return auction.classes if symmetric else tuple(range(auction.n_bidders))


def stays_out(auction: SingleItemAuction) -> Strategy:
    """Return the strategy of a bidder none of whose types reaches the reserve."""
    top = np.array([max(auction.reserve, auction.support[1])])
    return Strategy(np.nextafter(top, np.inf), np.nextafter(top, np.inf))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionMethod(Method[SingleItemAuction, SingleItemAuctionSolution]):
    """Base of the methods.

    Parameters
    ----------
    epsilon : money units; a proved bound up to here counts as solved; None: 1e-3 of the value
        range.
    cells : into how many cells bids and values are cut to prove a bound (CERT-I).
    """

    source: ClassVar[str] = "Krishna, V. (2009). Auction Theory. Academic Press."

    epsilon: float | None = None
    cells: int = CELLS

    def __post_init__(self) -> None:
        if self.epsilon is not None and not 0 <= self.epsilon < np.inf:
            raise OptionError("epsilon must be >= 0 and finite")
        if not 1 <= self.cells <= 10**7:
            raise OptionError("cells must be 1 to 10000000")

    def _epsilon(
        self, auction: SingleItemAuction, strategies: Sequence[Strategy], classes: Sequence[int]
    ) -> tuple[str, float]:
        """Return the kind of epsilon and the least that can be shown, with more cells if need be.

        What a proved bound exceeds the truth by falls with the number of cells; more of them are
        taken as long as it falls by a third.
        """
        cells = self.cells
        found = regret_of(auction, strategies, classes, cells)
        epsilon = found.epsilon
        while found.kind == "interval" and epsilon > target(auction, self.epsilon):
            cells *= 4
            if cells > _MOST_CELLS:
                break
            before, epsilon = epsilon, regret_of(auction, strategies, classes, cells).epsilon
            if epsilon > before * 2 / 3:
                break
        return found.kind, epsilon

    def answered(
        self,
        auction: SingleItemAuction,
        strategies: Sequence[Strategy],
        classes: Sequence[int],
        *,
        closed_form: str | None = None,
        dominance: bool = False,
        counts: Mapping[str, int | float | str] | None = None,
        remarks: tuple[str, ...] = (),
        limit: Limit | None = None,
        equilibria: tuple[tuple[Strategy, ...], ...] | None = None,
        certificate: Certificate | None = None,
    ) -> Outcome[SingleItemAuctionSolution]:
        """Return the outcome for strategies: epsilon and its kind, expectations, status.

        Parameters
        ----------
        dominance : whether the strategies are weakly dominant (AUC-1), so that epsilon is 0.
        limit : what stopped the method, where it did not finish.
        equilibria : all pure equilibria, where they were listed.
        """
        kind, epsilon = "dominance", 0.0
        if not dominance:
            kind, epsilon = self._epsilon(auction, strategies, classes)
        found = outlook(auction, strategies, classes)
        solution = SingleItemAuctionSolution(
            strategies=tuple(strategies),
            classes=tuple(classes),
            closed_form=closed_form,
            epsilon=epsilon,
            epsilon_kind=kind,
            revenue=found.revenue,
            efficiency=found.efficiency,
            bidder_utility=found.utility,
            equilibria=equilibria,
            exhaustive=None if equilibria is None else limit is None,
        )
        held: Incumbent[SingleItemAuctionSolution] = Incumbent(
            method=self.name, counts=dict(counts or {}), remarks=remarks, certificate=certificate
        )
        held.offer(solution, found.revenue)
        small = {
            "dominance": 0.0,
            "exact": TOLERANCE * max(1.0, auction.scale),
            "interval": target(auction, self.epsilon),
            "grid": -1.0,
        }[kind]
        return held.outcome(answered=epsilon <= small and limit is None, limit=limit)
