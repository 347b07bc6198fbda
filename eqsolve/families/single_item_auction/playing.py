"""Fictitious play against average bids, and the strategies that averages amount to (AUC-10).

What is averaged is each class's law of bids, not its strategy: of all strategies with the same law
the one in which greater values bid more has the least regret in the mean, because greater values
gain more from winning more often. So it is the strategy that is handed out: each value (of finite
priors) spreads its chance over a few neighboring bids, at most one of which it shares with the
next value, and continuous types bid by a staircase or, where any bid is allowed, by a line through
the middle of its steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.single_item_auction.instance import Prior, SingleItemAuction
from eqsolve.families.single_item_auction.interim import lots
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["Play", "cleaned", "form_of", "line_of", "mixture_of", "purified", "staircase_of"]

_LITTLE = 2e-5
"""Chances of bids up to here count as nothing."""
_TAIL = 2e-4
"""Shares of types at both ends whose bids are those of the next."""
_FORMS = {"all_pay": 2, "kth_price": 3}


def form_of(auction: SingleItemAuction) -> int:
    """Return how the kernels call the rule of payment."""
    return _FORMS.get(auction.format, auction.price_rank - 1)


@dataclass
class Play:
    """Fictitious play of an auction: laws of bids, averaged over iterations.

    Parameters
    ----------
    auction : the rule and the attitudes to risk.
    bids : accepted bids, rising, shape (m,).
    types, chances : shape (classes, T), values rising; or, where types hang together, see `shared`.
    classes : the class of each bidder.
    shared : chances of types by state and of states by type, and worths, all (states, T); None for
        independent values.
    """

    auction: SingleItemAuction
    bids: FloatArray
    types: FloatArray
    chances: FloatArray
    classes: tuple[int, ...]
    shared: tuple[FloatArray, FloatArray, FloatArray] | None = None
    average: FloatArray = field(init=False)
    done: int = field(init=False, default=0)
    total: float = field(init=False, default=1.0)

    def __post_init__(self) -> None:
        rows = len(self.types[0]) if self.shared is not None else len(self.types)
        self.average = np.full((rows, len(self.bids) + 1), 1.0 / (len(self.bids) + 1))

    @property
    def counts(self) -> IntArray:
        """Bidders of each class."""
        return np.bincount(self.classes, minlength=len(self.types)).astype(np.int64)

    @property
    def laws(self) -> FloatArray:
        """Chances of bids by class, the last for staying out, shape (classes or types, m + 1)."""
        return np.asarray(self.average / self.average.sum(axis=1, keepdims=True))

    def after(self, coarser: Play) -> Play:
        """Return this play, to go on from one on a coarser grid: bids are spread over their cells.

        Parameters
        ----------
        coarser : the same auction and classes, with the same least and greatest bid.
        """
        fine, coarse = _edges(self.bids), _edges(coarser.bids)
        for mine, theirs in zip(self.average, coarser.average, strict=True):
            up_to = np.append(0.0, np.cumsum(theirs[:-1]))
            mine[:-1] = np.diff(np.interp(fine, coarse, up_to))
            mine[-1] = theirs[-1]
        self.done, self.total = coarser.done, coarser.total
        return self

    def go_on(self, iterations: int, stop: Any) -> None:
        """Play so many iterations more; stops as soon as the byte `stop` is not 0."""
        from scipy.special import comb

        from eqsolve.families.single_item_auction.kernels.play import play_classes, play_states

        rivals = self.auction.n_bidders - 1
        nodes, weights = lots(rivals)
        pairs = np.array([comb(rivals, m) for m in range(min(rivals, 64) + 1)])
        rule = (form_of(self.auction), float(self.auction.reserve))
        rank = self.auction.price_rank
        if self.shared is not None:
            self.done, self.total = play_states(
                self.bids, len(self.types[0]), *self.shared, self.counts, *rule, rank, pairs,
                nodes, weights, self.average, self.done, iterations, self.total, stop,
            )  # fmt: skip
            return
        members = [self.classes.index(c) for c in range(len(self.types))]
        powers = np.array([1 / (1 - self.auction.risk[i]) for i in members])
        self.done, self.total = play_classes(
            self.bids, self.types, self.chances, self.counts, *rule, rank, powers, pairs,
            nodes, weights, self.average, self.done, iterations, self.total, stop,
        )  # fmt: skip


def _edges(bids: FloatArray) -> FloatArray:
    """Return where the cells around bids end, one more than there are bids."""
    return np.concatenate([bids[:1], (bids[1:] + bids[:-1]) / 2, bids[-1:]])


def cleaned(law: FloatArray) -> FloatArray:
    """Return a law without the little that is left of the first iterations."""
    kept = np.where(law > _LITTLE, law, 0.0)
    return np.asarray(kept / kept.sum())


def purified(strategy: Strategy, bids: FloatArray) -> list[Strategy]:
    """Return pure strategies near a mixed one: the likeliest bids, and the bids next to the means.

    Parameters
    ----------
    bids : accepted ones, rising.
    """
    if strategy.is_pure:
        return []
    likely, near = [], []
    for place in range(len(strategy.values)):
        offers = strategy.offers(place)
        top = max(offers, key=lambda offer: offer[1])[0]
        likely.append(np.nan if top is None else top)
        mean = sum((bid or 0.0) * share for bid, share in offers)
        out = top is None or top < bids[0]
        near.append(likely[-1] if out else float(bids[np.argmin(np.abs(bids - mean))]))
    return [Strategy(strategy.values, np.array(found), finite=True) for found in (near, likely)]


def mixture_of(
    values: FloatArray, chances: FloatArray, bids: FloatArray, law: FloatArray, out: float
) -> Strategy:
    """Return the strategy of finitely many types with a law of bids, greater values bidding more.

    Parameters
    ----------
    values, chances : shape (T,), rising values.
    bids : accepted ones, shape (m,).
    law : shape (m + 1,), the last for staying out.
    out : how staying out is written.
    """
    law = cleaned(law)
    offered = np.append(out, bids)
    ends = np.cumsum(np.append(law[-1], law[:-1]))
    ends[-1] = max(ends[-1], 1.0)
    starts = np.append(0.0, ends[:-1])
    tops = np.cumsum(chances)
    rows = []
    for top, chance in zip(tops.tolist(), chances.tolist(), strict=True):
        inside = np.minimum(ends, top) - np.maximum(starts, top - chance)
        there = np.flatnonzero(inside > 1e-9 * chance)
        share = inside[there] / inside[there].sum()
        rows.append(tuple(zip(offered[there].tolist(), share.tolist(), strict=True)))
    if all(len(row) == 1 for row in rows):
        return Strategy(values, np.array([row[0][0] for row in rows]), finite=True)
    return Strategy(values, None, tuple(rows), finite=True)


def staircase_of(prior: Prior, bids: FloatArray, law: FloatArray) -> Strategy | None:
    """Return the staircase of continuous types with a law of bids; None where all stay out."""
    low, high = prior.support
    law = cleaned(law)
    ends = np.cumsum(np.append(law[-1], law[:-1]))
    used = np.flatnonzero(law[:-1])
    if not len(used):
        return None
    starts = prior.quantile(np.minimum(ends[used], 1.0))
    stops = np.append(starts[1:], high)
    starts = np.where(ends[used] <= 0, low, starts)
    values = np.stack([starts, stops], axis=1).ravel()
    return Strategy(values, np.repeat(bids[used], 2))


def line_of(prior: Prior, bids: FloatArray, law: FloatArray, points: FloatArray) -> Strategy | None:
    """Return a rising line through the steps of a law of bids; None where all stay out.

    Parameters
    ----------
    points : shares at which the line has its breakpoints, in (0, 1), rising.
    """
    law = cleaned(law)
    out, masses = float(law[-1]), law[:-1]
    used = np.flatnonzero(masses)
    if not len(used) or out >= 1 - 1e-9:
        return None
    middle = out + np.cumsum(masses)[used] - masses[used] / 2
    shares = np.unique(np.concatenate([[out], points[points > out], [1.0]]))
    values = prior.quantile(shares)
    # What was played at the very beginning is no part of the line.
    found = np.interp(np.clip(shares, out + _TAIL, 1 - _TAIL), middle, bids[used])
    keep = np.append(True, np.diff(values) > 0)
    values, found = values[keep], found[keep]
    # Strictly rising, so that no bid has mass: bids apart by a little more than rounding.
    step = 1e-9 * max(float(bids[-1]), 1e-300)
    found = np.maximum.accumulate(found - step * np.arange(len(found))) + step * np.arange(
        len(found)
    )
    return Strategy(values, np.minimum(found, found[-1]))
