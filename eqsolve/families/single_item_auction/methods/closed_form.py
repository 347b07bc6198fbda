"""Closed forms: uniform and power priors, two uniforms, common values (AUC-2 to AUC-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.single_item_auction.formulas import (
    all_pay_bids,
    all_pay_threshold,
    common_first_bids,
    common_second_bids,
    first_price_bids,
    power_of,
    ranked_bids,
    two_uniform_bids,
)
from eqsolve.families.single_item_auction.instance import CommonValues, SingleItemAuction
from eqsolve.families.single_item_auction.instance.priors import Integers, Uniform
from eqsolve.families.single_item_auction.methods.base import (
    AuctionMethod,
    classes_of,
    stays_out,
)
from eqsolve.families.single_item_auction.quadrature import breakpoints
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["ClosedForm", "Formula", "formula_of"]


@dataclass(frozen=True)
class Formula:
    """A formula for the bids of each class.

    Parameters
    ----------
    theorem : its id.
    starts : for each class, the least type that takes part.
    bids : for each class, a function of types.
    """

    theorem: str
    starts: tuple[float, ...]
    bids: tuple[Callable[[FloatArray], FloatArray], ...]


def formula_of(auction: SingleItemAuction) -> Formula | str:
    """Return the formula of an auction, or why there is none.

    Bids may be any number; a grid of bids changes the game, see AUC-9.
    """
    if auction.bids is not None:
        return "a grid of bids, with its cap, is another game (AUC-9)"
    if auction.values.model == "common":
        return _common(auction)
    if auction.values.is_finite:
        return "types are finite; formulas are for densities"
    if auction.values.model != "private":
        return "there is no formula for affiliated values"
    if auction.price_rank == 2:
        return "bidding the value is weakly dominant: nothing to compute"
    if not auction.is_symmetric:
        return _two_uniforms(auction)
    n, prior, reserve = auction.n_bidders, auction.values.own(0), auction.reserve
    low, high = prior.support
    if auction.price_rank > 2:
        return _ranked(auction)
    if n == 1:
        return Formula("AUC-2", (max(low, reserve),), (lambda v: np.full(len(v), reserve),))
    shape = power_of(prior)
    if shape is None:
        return "the prior is neither uniform nor a power law"
    if auction.format == "all_pay":
        start = all_pay_threshold(prior, n, reserve)
        base = min(start, high)

        def paid(v: FloatArray) -> FloatArray:
            return all_pay_bids(v, low, high, shape[2], n, base)

        return Formula("AUC-3", (start,), (paid,))

    def bid(v: FloatArray) -> FloatArray:
        return first_price_bids(v, low, shape[2], n, auction.risk[0], reserve)

    return Formula("AUC-2", (max(low, reserve),), (bid,))


def _ranked(auction: SingleItemAuction) -> Formula | str:
    """Return the formula of the k-th price."""
    prior, n, k = auction.values.own(0), auction.n_bidders, auction.price_rank
    low, high = prior.support
    if auction.reserve > low:
        return "with a reserve above the least value too few bids may be accepted (AUC-4 has none)"
    if ranked_bids(np.linspace(low, high, 257), prior, n, k) is None:
        return "the formula of the k-th price does not rise, or is not finite, for this prior"

    def bid(v: FloatArray) -> FloatArray:
        found = ranked_bids(v, prior, n, k)
        assert found is not None
        return found

    return Formula("AUC-4", (low,), (bid,))


def _two_uniforms(auction: SingleItemAuction) -> Formula | str:
    """Return the formula of two bidders U[0, w1], U[0, w2]."""
    priors = [auction.values.own(i) for i in range(auction.n_bidders)]
    if auction.price_rank != 1 or auction.format == "all_pay" or len(priors) != 2:
        return "bidders differ; there is a formula for two at first prices"
    if any(auction.risk) or auction.reserve:
        return "bidders differ; there is a formula without risk aversion and reserve"
    if not all(isinstance(prior, Uniform) and prior.low == 0 for prior in priors):
        return "bidders differ; there is a formula for U[0, w1] and U[0, w2]"
    widths = [prior.support[1] for prior in priors]

    def bids(own: float, other: float) -> Callable[[FloatArray], FloatArray]:
        return lambda v: two_uniform_bids(v, own, other)

    return Formula("AUC-6", (0.0, 0.0), (bids(*widths), bids(widths[1], widths[0])))


def _common(auction: SingleItemAuction) -> Formula | str:
    """Return the formulas of a common value U[lo, hi] seen with uniform noise."""
    model, n = auction.values, auction.n_bidders
    assert isinstance(model, CommonValues)
    if not isinstance(model.value, Uniform | Integers):
        return "the worth is not uniform"
    if auction.values.is_finite:
        return "types are finite; formulas are for densities"
    if any(auction.risk) or auction.reserve or n == 1:
        return "there is a formula for two bidders and more, without risk aversion and reserve"
    low, high, noise = *model.value.support, model.noise
    if auction.price_rank == 2 and (auction.format != "english" or n == 2):
        return Formula(
            "AUC-8",
            (low - noise,),
            (lambda s: common_second_bids(s, low, high, noise, n),),
        )
    if auction.price_rank == 1 and auction.format != "all_pay":
        if high - low <= 2 * noise:
            return "no signal is inside [lo + noise, hi - noise], where the formula holds"
        return Formula(
            "AUC-8",
            (low - noise,),
            (
                lambda s: np.where(
                    s < low + noise,
                    low + (s - low + noise) / (n + 1),
                    common_first_bids(s, low, noise, n),
                ),
            ),
        )
    return "there is no formula for this format with a common value"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedForm(AuctionMethod):
    """Takes the formula of the theorem that fits and draws it as a piecewise linear strategy.

    Parameters
    ----------
    epsilon, cells : see `AuctionMethod`.
    points : number of breakpoints; straight formulas have two.
    """

    name: ClassVar[str] = "closed_form"
    summary: ClassVar[str] = "formulas for uniform and power priors, two uniforms, common values"
    theorem: ClassVar[str] = "AUC-2, AUC-3, AUC-4, AUC-6, AUC-8"
    cost: ClassVar[str] = "O(points + cells log cells)"

    points: int = 401

    def __post_init__(self) -> None:
        AuctionMethod.__post_init__(self)
        if not 2 <= self.points <= 10**6:
            raise OptionError("points must be 2 to 1000000")

    def supports(self, instance: SingleItemAuction) -> str | None:
        """Return why there is no formula, or None."""
        found = formula_of(instance)
        return found if isinstance(found, str) else None

    def run(
        self, instance: SingleItemAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[SingleItemAuctionSolution]:
        """Draw the formula."""
        formula = formula_of(instance)
        assert isinstance(formula, Formula)
        classes = classes_of(instance, True)
        strategies = []
        for c, (start, bids) in enumerate(zip(formula.starts, formula.bids, strict=True)):
            bidder = classes.index(c)
            strategies.append(self._drawn(instance, bidder, start, bids))
        return self.answered(instance, strategies, classes, closed_form=formula.theorem)

    def _drawn(
        self,
        auction: SingleItemAuction,
        bidder: int,
        start: float,
        bids: Callable[[FloatArray], FloatArray],
    ) -> Strategy:
        """Return a formula as a piecewise linear strategy, with two breakpoints where straight."""
        low, high = auction.values.support(bidder)
        if start > high:
            return stays_out(auction)
        start = max(start, low)
        few = np.array([start, high]) if start < high else np.array([high])
        check = np.linspace(few[0], few[-1], 17)
        straight = np.interp(check, few, bids(few))
        if np.abs(bids(check) - straight).max() <= 1e-13 * max(auction.scale, 1e-300):
            return Strategy(few, bids(few))
        if auction.values.state is None:
            values = breakpoints(auction.values.own(bidder), start, self.points)
        else:
            values = np.linspace(start, high, self.points)
        return Strategy(values, np.maximum.accumulate(bids(values)))
