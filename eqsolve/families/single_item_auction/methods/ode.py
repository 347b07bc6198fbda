"""Symmetric bidders with any prior by quadrature, and bidders who differ by play on a fine grid.

Symmetric first prices and all-pay with independent values (AUC-2, AUC-3), first prices with
affiliated or common values (AUC-7), second prices with a common value. For bidders who differ the
inverse bids solve differential equations that backward shooting cannot integrate near the bottom
(AUC-6); their grid game is played instead, on a coarse grid first, and the certificate judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.single_item_auction.formulas import all_pay_threshold
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.methods.base import (
    AuctionMethod,
    stays_out,
)
from eqsolve.families.single_item_auction.methods.fictitious_play import FictitiousPlay
from eqsolve.families.single_item_auction.quadrature import (
    affiliated_bids,
    all_pay_nodes,
    breakpoints,
    first_price_nodes,
    marginal_worth,
)
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["Ode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ode(AuctionMethod):
    """Quadrature of the differential equations of bids.

    Parameters
    ----------
    epsilon, cells : see `AuctionMethod`.
    points : number of breakpoints.
    """

    name: ClassVar[str] = "ode"
    summary: ClassVar[str] = "quadrature for any prior, risk aversion, affiliated and common values"
    theorem: ClassVar[str] = "AUC-2, AUC-3, AUC-6, AUC-7"
    cost: ClassVar[str] = "O(points * states + cells log cells)"
    source: ClassVar[str] = (
        "Milgrom, P. R. and Weber, R. J. (1982). A theory of auctions and competitive bidding. "
        "Econometrica 50(5), 1089-1122."
    )

    points: int = 401

    def __post_init__(self) -> None:
        AuctionMethod.__post_init__(self)
        if not 8 <= self.points <= 10**6:
            raise OptionError("points must be 8 to 1000000")

    def supports(self, instance: SingleItemAuction) -> str | None:
        """Return why it does not apply, or None."""
        if instance.bids is not None:
            return "a grid of bids, with its cap, is another game (AUC-9)"
        if instance.values.is_finite:
            return "types are finite; the equations are for densities"
        rank = instance.price_rank
        if rank > 2:
            return "k-th prices have a formula or none"
        if instance.values.state is None:
            if rank == 2:
                return "bidding the value is weakly dominant: nothing to compute"
            if not instance.is_symmetric and instance.format == "all_pay":
                return "bidders differ; the equations are those of first prices"
            return None
        if any(instance.risk):
            return "with types that hang together risk aversion is not taken"
        if not instance.is_symmetric:
            return "with types that hang together bidders must be equal"
        if instance.format == "all_pay":
            return "with types that hang together all-pay bids need not rise"
        if rank == 2 and (instance.reserve or instance.format == "english"):
            return "second prices with a common value: sealed or blind, without a reserve"
        if instance.values.own(0).finite:
            return "the own part of types is finite; the equations are for densities"
        return None

    def run(
        self, instance: SingleItemAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[SingleItemAuctionSolution]:
        """Integrate."""
        n = instance.n_bidders
        if instance.values.state is not None:
            return self.answered(instance, [self._together(instance)], (0,) * n)
        if not instance.is_symmetric:
            play = FictitiousPlay(epsilon=self.epsilon, cells=self.cells, points=self.points)
            return play.run(instance, deadline, rng)
        prior, reserve = instance.values.own(0), instance.reserve
        low, high = prior.support
        all_pay = instance.format == "all_pay"
        start = all_pay_threshold(prior, n, reserve) if all_pay else max(low, reserve)
        if start > high:
            return self.answered(instance, [stays_out(instance)], (0,) * n)
        types = breakpoints(prior, start, self.points)
        if n == 1:
            bids = np.full(len(types), reserve)
        elif all_pay:
            bids = all_pay_nodes(prior, types, n)
        else:
            bids = first_price_nodes(prior, types, (n - 1) / (1 - instance.risk[0]))
        strategy = Strategy(types, np.maximum.accumulate(bids))
        return self.answered(instance, [strategy], (0,) * n)

    def _together(self, auction: SingleItemAuction) -> Strategy:
        """Return the strategy where types hang together."""
        low, high = auction.values.support(0)
        if auction.n_bidders == 1:
            return Strategy(np.array([low, high]), np.full(2, auction.reserve))
        if auction.price_rank == 2:
            inner = np.linspace(low, high, self.points)
            inner[0], inner[-1] = low + 1e-9 * (high - low), high - 1e-9 * (high - low)
            worth = marginal_worth(auction, inner)
            return Strategy(inner, np.maximum.accumulate(worth))
        return Strategy(*affiliated_bids(auction, self.points))
