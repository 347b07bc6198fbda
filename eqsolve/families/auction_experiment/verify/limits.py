"""What a bidder by rule has to bid, one round after the other: a second way to the same bids.

Theory page, section 5. Bids of the grid are found by their place, as whole numbers of increments.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from statistics import NormalDist

from eqsolve.families.auction_experiment.instance import (
    AuctionExperiment,
    Bidder,
    Crra,
    Cursed,
    Equilibrium,
    Fixed,
    LevelK,
    Noisy,
    Quantal,
    Random,
    Shade,
    Truthful,
)
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.instance.values import CommonValues
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["Grid", "Limits", "noise_layers", "plain_formula"]

_SLACK = 1e-9
_NORMAL = NormalDist()


class Grid:
    """The bids of an auction by their places."""

    def __init__(self, auction: SingleItemAuction) -> None:
        grid = auction.bids
        self.bids = None if grid is None else grid.bids.tolist()
        self._grid = grid

    def below(self, amount: float) -> float | None:
        """Return the greatest bid not above an amount."""
        return self._bid(amount, lambda place: math.floor(place + _SLACK))

    def near(self, amount: float) -> float | None:
        """Return the bid nearest to an amount, the lower of two."""
        return self._bid(amount, lambda place: -math.floor(0.5 + _SLACK - place))

    def _bid(self, amount: float, rounded) -> float | None:  # type: ignore[no-untyped-def]
        if self.bids is None or self._grid is None:
            return max(amount, 0.0)
        place = rounded((amount - self._grid.min) / self._grid.increment)
        return None if place < 0 else self.bids[min(place, len(self.bids) - 1)]

    def inside(self, amount: float) -> float:
        """Return an amount pulled between the least and the greatest bid."""
        if self._grid is None:
            return max(amount, 0.0)
        return min(max(amount, self._grid.min), self._grid.max)


def noise_layers(bidder: Bidder) -> int:
    """Return how many layers of noise there are."""
    layers = 0
    while isinstance(bidder, Noisy):
        bidder, layers = bidder.of, layers + 1
    return layers


def plain_formula(bidder: Bidder, auction: SingleItemAuction) -> bool:
    """Return whether a bidder's bids follow without a strategy in the record."""
    bidder = bidder.undisturbed
    if isinstance(bidder, Equilibrium):
        return auction.format == "english" and auction.values.model == "common"
    return not isinstance(bidder, Crra | LevelK | Quantal)


class Limits:
    """The bids of one seat by rule.

    Parameters
    ----------
    experiment, bidder : whose.
    strategy : the one in the record, if its bids are no plain formula.
    """

    def __init__(
        self, experiment: AuctionExperiment, bidder: Bidder, strategy: Strategy | None
    ) -> None:
        self._plan, self._bidder, self._strategy = experiment, bidder, strategy
        self._grid = Grid(experiment.auction)
        self._points: list[float] = [] if strategy is None else strategy.values.tolist()
        self._heights: list[float] = (
            [] if strategy is None or strategy.bids is None else strategy.bids.tolist()
        )

    def bid(self, place: int, value: float, numbers: Sequence[float]) -> float | None:
        """Return the bid in a round.

        Parameters
        ----------
        place : of the round among those of all sessions.
        value : the type.
        numbers : of the seat's stream, the one of its type first.
        """
        return self._bid(self._bidder, place, value, numbers)

    def _bid(
        self, bidder: Bidder, place: int, value: float, numbers: Sequence[float]
    ) -> float | None:
        grid = self._grid
        if isinstance(bidder, Noisy):
            base = self._bid(bidder.of, place, value, numbers)
            if base is None:
                return None
            spread = bidder.sd if bidder.log_sd is None else bidder.log_sd
            assert spread is not None
            moved = _moved(base, spread, numbers[1 + noise_layers(bidder)], bidder.log_sd is None)
            return grid.near(grid.inside(moved))
        if isinstance(bidder, Fixed):
            return bidder.bids[place % len(bidder.bids)]
        if isinstance(bidder, Random):
            assert grid.bids is not None
            return float(grid.bids[int(numbers[1] * len(grid.bids))])
        if isinstance(bidder, Shade):
            return grid.below(bidder.factor * value)
        if isinstance(bidder, Cursed):
            return grid.near(_cursed(self._plan.auction, bidder.chi, value))
        if isinstance(bidder, Truthful) or self._strategy is None:
            return grid.near(value)
        wanted = self._followed(value, numbers[1])
        return None if wanted is None else grid.near(wanted)

    def _followed(self, value: float, number: float) -> float | None:
        """Return what the strategy of the record bids."""
        strategy = self._strategy
        assert strategy is not None
        at = bisect.bisect_right(self._points, value) - 1
        if at < 0:
            return None
        if strategy.finite:
            for bid, chance in strategy.offers(at):
                number -= chance
                if number < 0:
                    return bid
            return strategy.offers(at)[-1][0]
        if at == len(self._points) - 1:
            return float(self._heights[at])
        v0, v1 = self._points[at : at + 2]
        b0, b1 = self._heights[at : at + 2]
        return float(b0 + (b1 - b0) * (value - v0) / (v1 - v0))


def _moved(base: float, spread: float, number: float, adds: bool) -> float:
    """Return a bid with noise of a spread by a uniform number."""
    if not spread:
        return base
    noise = -math.inf if number <= 0 else _NORMAL.inv_cdf(number)
    return base + spread * noise if adds else base * math.exp(spread * noise)


def _cursed(auction: SingleItemAuction, chi: float, signal: float) -> float:
    """Return the cursed amount: ``(1 - chi) E[V | s, s is the highest rival's] + chi E[V | s]``.

    Means of V with density ``(s - V + a) ** (n - 2)`` and 1 between its ends, by their moments.
    """
    model, n = auction.values, auction.n_bidders
    assert isinstance(model, CommonValues)
    (low, high), a = model.value.support, model.noise
    signal = min(max(signal, low - a), high + a)
    bottom, top = max(low, signal - a), min(high, signal + a)
    middle = (bottom + top) / 2
    if n == 1 or chi == 1 or top - bottom <= 1e-12 * max(2 * a, 1.0):
        return middle
    x0, x1 = signal + a - top, signal + a - bottom
    # sums instead of differences of powers: (x1^m - x0^m) / (x1 - x0)
    mass = sum(x1**j * x0 ** (n - 2 - j) for j in range(n - 1)) / (n - 1)
    moment = sum(x1**j * x0 ** (n - 1 - j) for j in range(n)) / n
    return (1 - chi) * (signal + a - moment / mass) + chi * middle
