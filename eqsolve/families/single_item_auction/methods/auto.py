"""The default method: the one with the strongest proof that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from eqsolve.core.method import Chooser
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.methods.base import AuctionMethod
from eqsolve.families.single_item_auction.methods.closed_form import ClosedForm
from eqsolve.families.single_item_auction.methods.dominance import Dominance
from eqsolve.families.single_item_auction.methods.enumeration import Enumeration
from eqsolve.families.single_item_auction.methods.fictitious_play import FictitiousPlay
from eqsolve.families.single_item_auction.methods.ode import Ode
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[SingleItemAuction, SingleItemAuctionSolution], AuctionMethod):
    """Takes the first of dominance, enumeration, closed form, quadrature, play that applies.

    Parameters
    ----------
    epsilon, cells : see `AuctionMethod`.
    find : ``"all"``: all pure equilibria of a small finite auction, see `Enumeration`.
    points : breakpoints of piecewise linear strategies.
    grid, iterations : see `FictitiousPlay`.
    symmetric : whether equal bidders bid alike.
    """

    theorem: ClassVar[str] = "AUC-1 to AUC-10"

    find: Literal["one", "all"] = "one"
    points: int = 401
    grid: int = 500
    iterations: int = 20_000
    symmetric: bool = True

    def __post_init__(self) -> None:
        FictitiousPlay(
            epsilon=self.epsilon,
            cells=self.cells,
            points=max(8, self.points),
            grid=self.grid,
            iterations=self.iterations,
        )
        Ode(points=self.points)

    def choose_method(self, instance: SingleItemAuction) -> tuple[AuctionMethod, str]:
        """Return the method for an instance and the reason."""
        listing = Enumeration(symmetric=self.symmetric)
        if self.find == "all":
            return listing, "all pure equilibria are asked for"
        common_first = instance.values.model == "common" and instance.price_rank == 1
        tried: tuple[tuple[AuctionMethod, str], ...] = (
            (Dominance(), "bidding the value is weakly dominant"),
            (listing, "few types and bids: all pure strategies can be looked at"),
            *(() if common_first else ((ClosedForm(), "the prior has a formula"),)),
            (Ode(), "types have densities, and bids solve a differential equation"),
            (ClosedForm(), "there is a formula inside"),
        )
        for method, reason in tried:
            if method.supports(instance) is None:
                return method, reason
        return FictitiousPlay(), "a grid of bids, or bidders for whom there is no formula"
