"""Fictitious play on a grid of bids with the formula of AUC-10: any format, any priors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.single_item_auction.beliefs import states_of
from eqsolve.families.single_item_auction.finite_types import all_types, types_of
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.methods.base import (
    HISTORY,
    AuctionMethod,
    classes_of,
    depends_on_history,
    stays_out,
)
from eqsolve.families.single_item_auction.playing import (
    Play,
    cleaned,
    line_of,
    mixture_of,
    purified,
    staircase_of,
)
from eqsolve.families.single_item_auction.polishing import polished
from eqsolve.families.single_item_auction.regret import CELLS, regret_of
from eqsolve.families.single_item_auction.rounding import rounded
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["FictitiousPlay"]

_SHARES = (8, 4, 2, 1)
"""The regret is looked at after such parts of the iterations."""
_MOST_STATES = 3e7
"""Numbers touched in an iteration where types hang together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FictitiousPlay(AuctionMethod):
    """Best replies to the average of all bids before, where a rounded formula does not do.

    Parameters
    ----------
    epsilon, cells : see `AuctionMethod`.
    iterations : at most so many; the regret is looked at after 1/8, 1/4, ... of them and the run
        ends where it is small enough.
    grid : bids and continuous types are cut into so many where the auction has no grid. Where
        continuous types may bid anything, half of them at first and twice as many after each look.
    points : breakpoints of piecewise linear strategies.
    symmetric : whether equal bidders have one strategy.
    """

    name: ClassVar[str] = "fictitious_play"
    summary: ClassVar[str] = "best replies to average bids on a grid, until regret is small"
    theorem: ClassVar[str] = "AUC-10"
    cost: ClassVar[str] = "O(iterations * classes * (bids * rivals + types))"
    source: ClassVar[str] = (
        "Brown, G. W. (1951). Iterative solution of games by fictitious play. "
        "Activity Analysis of Production and Allocation, 374-376."
    )

    iterations: int = 20_000
    grid: int = 500
    points: int = 401
    symmetric: bool = True

    def __post_init__(self) -> None:
        AuctionMethod.__post_init__(self)
        if self.iterations < 1 or not 2 <= self.grid <= 100_000 or self.points < 2:
            raise OptionError("iterations must be >= 1, grid 2 to 100000, points >= 2")

    def supports(self, instance: SingleItemAuction) -> str | None:
        """Return why it does not apply, or None."""
        if depends_on_history(instance):
            return HISTORY
        if instance.price_rank > 1 and any(instance.risk):
            return "risk aversion is taken at first prices alone"
        one_class = len(set(classes_of(instance, self.symmetric))) == 1
        if instance.price_rank > 2 and not one_class:
            return "k-th prices are taken for equal bidders alone"
        if instance.values.state is not None:
            if not instance.values.is_finite:
                return "types that hang together must be finite"
            if any(instance.risk):
                return "risk aversion is taken for independent values alone"
            if not one_class:
                return "types that hang together are taken for equal bidders alone"
            size = len(instance.values.states()) * len(all_types(instance))
            size *= len(instance.bids) if instance.bids is not None else self.grid
            if size > _MOST_STATES:
                return f"states, types and bids are {size:.3g} numbers, too many"
        return None

    def run(
        self, instance: SingleItemAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[SingleItemAuctionSolution]:
        """Play until the regret is small or the iterations are over."""
        classes = classes_of(instance, self.symmetric)
        members = [classes.index(c) for c in range(max(classes) + 1)]
        sizes = self._sizes(instance)
        bids = self._bids(instance, sizes[0])
        if not len(bids):
            return self.answered(instance, [_none(instance, i) for i in members], classes)
        play = self._play(instance, bids, sizes[0], classes, members)
        goal = self._goal(instance)
        best: tuple[float, list[Strategy]] = (np.inf, [])
        formula = rounded(instance) if len(members) == 1 else None
        if formula is not None:
            epsilon = regret_of(instance, [formula], classes, min(self.cells, CELLS)).epsilon
            best = epsilon, [formula]
        for share, size in zip(_SHARES, sizes, strict=True) if best[0] > goal else ():
            bids = self._bids(instance, size)
            if len(bids) > len(play.bids):
                play = self._play(instance, bids, size, classes, members).after(play)
            wanted = self.iterations // share
            with deadline.watching():
                play.go_on(max(1, wanted - play.done), deadline.flag)
            mixed = [self._strategy(play, c, member) for c, member in enumerate(members)]
            for strategies in (mixed, *_purified(mixed, play.bids)):
                epsilon = regret_of(instance, strategies, classes, min(self.cells, CELLS)).epsilon
                if epsilon < best[0]:
                    best = epsilon, strategies
            if best[0] <= goal or deadline.expired():
                break
        if best[0] > goal and _is_plain(instance, classes):
            for one in polished(instance, mixed[0]):
                epsilon = regret_of(instance, [one], classes).epsilon
                if epsilon < best[0]:
                    best = epsilon, [one]
        return self.answered(
            instance,
            best[1],
            classes,
            counts={"iterations": play.done, "bids": len(play.bids)},
            limit=deadline.limit if best[0] > goal and deadline.expired() else None,
        )

    def _goal(self, auction: SingleItemAuction) -> float:
        """Return the regret at which to stop."""
        low, high = auction.support
        share = 1e-5 if auction.is_finite or auction.bids is not None else 5e-4
        return share * (high - low) if self.epsilon is None else self.epsilon / 2

    def _sizes(self, auction: SingleItemAuction) -> tuple[int, ...]:
        """Return into how many bids are cut before each look.

        On a grid the average cannot come nearer than about a step, and on a fine one it takes long
        to come near from afar; k-th prices cost the square of the bids.
        """
        if auction.values.is_finite or auction.bids is not None or auction.price_rank > 2:
            return (self.grid,) * len(_SHARES)
        return tuple(max(2, 4 * self.grid // share) for share in _SHARES)

    def _bids(self, auction: SingleItemAuction, size: int) -> FloatArray:
        """Return the bids to play with, so many where the auction has no grid."""
        if auction.bids is not None:
            grid = auction.bids.bids
            return np.asarray(grid[grid >= auction.reserve])
        low, high = auction.support
        if auction.reserve > high:
            return np.empty(0)
        # Bids of a first price stay below the second-greatest end; of a k-th price they do not.
        tops = sorted(auction.values.support(i)[1] for i in range(auction.n_bidders))
        top = tops[-2] if len(tops) > 1 else auction.reserve
        if auction.price_rank > 2:
            n, k = auction.n_bidders, auction.price_rank
            top = high * max(2.0, 2 * (n - 1) / (n - k + 1))
        start = auction.reserve
        if auction.format not in ("all_pay", "kth_price"):
            start = max(
                start, 0.0 if auction.n_bidders == 1 else low * (not auction.values.is_finite)
            )
        return np.linspace(start, max(top, start), size if top > start else 1)

    def _play(
        self,
        auction: SingleItemAuction,
        bids: FloatArray,
        size: int,
        classes: tuple[int, ...],
        members: list[int],
    ) -> Play:
        """Return the play at its start; continuous types are cut into four times `size`."""
        if auction.values.state is not None:
            values = np.array(all_types(auction))
            prior = auction.values.own(0)
            assert isinstance(prior, FinitePrior)
            states = states_of(auction)
            given = np.array([prior.pdf(np.round(values - s.shift, 9)) for s in states])
            joint = given * np.array([s.probability for s in states])[:, None]
            posterior = joint / joint.sum(axis=0)
            worths = np.array(
                [values if s.worth is None else np.full(len(values), s.worth) for s in states]
            )
            return Play(
                auction, bids, values[None], joint.sum(axis=0)[None], classes,
                (given, posterior, worths),
            )  # fmt: skip
        rows, shares = [], []
        priors = [auction.values.own(i) for i in members]
        count = max(
            len(prior.points) if isinstance(prior, FinitePrior) else 4 * size for prior in priors
        )
        for prior in priors:
            if isinstance(prior, FinitePrior):
                pad = count - len(prior.points)
                rows.append(np.append(prior.points, np.full(pad, prior.points[-1])))
                shares.append(np.append(prior.probabilities, np.zeros(pad)))
            else:
                rows.append(prior.quantile((np.arange(count) + 0.5) / count))
                shares.append(np.full(count, 1 / count))
        return Play(auction, bids, np.array(rows), np.array(shares), classes)

    def _strategy(self, play: Play, c: int, bidder: int) -> Strategy:
        """Return the strategy that the average of a class amounts to."""
        auction, prior = play.auction, play.auction.values.own(bidder)
        out = _out(auction)
        if play.shared is not None:
            rows = []
            offered = np.append(play.bids, out)
            for law in map(cleaned, play.laws):
                there = np.flatnonzero(law)
                share = law[there]
                rows.append(tuple(zip(offered[there].tolist(), share.tolist(), strict=True)))
            return Strategy(play.types[0], None, tuple(rows), finite=True)
        law = play.laws[c]
        if isinstance(prior, FinitePrior) and auction.values.is_finite:
            return mixture_of(prior.points, prior.probabilities, play.bids, law, out)
        if auction.bids is not None:
            return staircase_of(prior, play.bids, law) or stays_out(auction)
        shares = np.linspace(0, 1, self.points)[1:-1]
        return line_of(prior, play.bids, law, shares) or stays_out(auction)


def _is_plain(auction: SingleItemAuction, classes: Sequence[int]) -> bool:
    """Return whether equal risk-neutral bidders with private values bid on a grid."""
    plain = auction.values.state is None and not any(auction.risk)
    return plain and auction.is_finite and len(set(classes)) == 1 and auction.n_bidders > 1


def _purified(mixed: list[Strategy], bids: FloatArray) -> list[list[Strategy]]:
    """Return profiles of pure strategies near mixed ones."""
    near = [purified(strategy, bids) for strategy in mixed]
    if not any(near):
        return []
    return [
        [found[k] if found else strategy for found, strategy in zip(near, mixed, strict=True)]
        for k in range(2)
    ]


def _out(auction: SingleItemAuction) -> float:
    """Return how staying out is written on this grid: its least bid where that is not accepted."""
    grid = auction.bids
    return grid.min if grid is not None and grid.min < auction.reserve else np.nan


def _none(auction: SingleItemAuction, bidder: int) -> Strategy:
    """Return the strategy of a bidder all of whose bids are refused."""
    if not auction.values.is_finite:
        return stays_out(auction)
    values = types_of(auction, bidder)
    return Strategy(values, np.full(len(values), _out(auction)), finite=True)
