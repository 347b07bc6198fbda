"""Strategies of bounded rationality, checked against what defines them.

The utility of a bid on a finite auction is found from the numbers of rivals that bid more, as much
and less (AUC-10), by binomial coefficients: another way than the solver's, and one for all formats.
O(types * bids ** 2 * n).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_experiment.instance import Crra, LevelK, Quantal
from eqsolve.families.auction_experiment.verify.limits import Grid
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.instance.priors import Integers
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["wrong_level", "wrong_quantal", "wrong_risk"]

Law = dict[float, float]
"""Bid -> chance; what is missing to 1 stays out."""


def wrong_risk(bidder: Crra, auction: SingleItemAuction, strategy: Strategy) -> str:
    """Return how a strategy misses AUC-2, or empty text."""
    prior, n = auction.values.own(0), auction.n_bidders
    low, high = prior.support
    smooth = isinstance(prior, Integers)
    alpha, start = (n - 1) / (1 - bidder.rho), max(low, auction.reserve)

    def chance(x: float) -> float:
        if smooth:
            return 1.0 if high == low else min(max((x - low) / (high - low), 0.0), 1.0)
        return float(prior.cdf(x))

    nodes, weights = np.polynomial.legendre.leggauss(24)

    def wanted(value: float) -> float:
        top = chance(value)
        if n == 1 or top == 0 or value <= start:
            return start
        area, ends = 0.0, np.linspace(start, value, 65)
        for x0, x1 in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            points = (x0 + x1) / 2 + (x1 - x0) / 2 * nodes
            area += (
                (x1 - x0)
                / 2
                * sum(
                    weight * (chance(x) / top) ** alpha
                    for x, weight in zip(points.tolist(), weights.tolist(), strict=True)
                )
            )
        return value - area

    scale = max(high - low, 1e-300)
    values = strategy.values.tolist()
    if strategy.bids is None or not values:
        return "has no single bids"
    if values[0] > start + 1e-9 * scale and values[0] > low:
        return f"begins at {values[0]:g}, not at {start:g}"
    step = max(1, len(values) // 100)
    for place in range(0, len(values), step):
        if low <= values[place] <= high:
            want, held = wanted(values[place]), float(strategy.bids[place])
            if abs(want - held) > 1e-5 * scale:
                return f"bids {held:g} at {values[place]:g}, AUC-2 says {want:g}"
    for v0, v1 in zip(values[::step], values[step::step], strict=False):
        want, bid = wanted((v0 + v1) / 2), strategy.bid((v0 + v1) / 2)
        if bid is None or abs(want - bid) > 2e-3 * scale:
            return f"bids {bid} at {(v0 + v1) / 2:g}, AUC-2 says {want:g}"
    return ""


class _Beliefs:
    """A finite auction between bidders of one prior."""

    def __init__(self, auction: SingleItemAuction) -> None:
        prior = auction.values.own(0)
        assert isinstance(prior, FinitePrior)
        self._auction = auction
        self._own = list(zip(prior.exact_points, prior.exact_weights, strict=True))
        self._states = auction.values.states()
        self.types = sorted(
            {state.shift + point for state in self._states for point, _ in self._own}
        )
        self.bids = Grid(auction).bids or []
        self._open = [bid for bid in self.bids if bid >= auction.reserve]

    def utilities(self, law_of: Callable[[float], Law]) -> dict[float, FloatArray]:
        """Return type -> expected utility of each bid of the grid.

        Parameters
        ----------
        law_of : the law of a rival's bid given its type.
        """
        laws = {kind: law_of(float(kind)) for kind in self.types}
        found = {float(kind): np.zeros(len(self.bids)) for kind in self.types}
        mass = dict.fromkeys(found, 0.0)
        skipped = len(self.bids) - len(self._open)
        for state in self._states:
            rival = np.zeros(len(self._open))
            place = {bid: k for k, bid in enumerate(self._open)}
            for point, weight in self._own:
                for bid, chance in laws[state.shift + point].items():
                    if bid in place:
                        rival[place[bid]] += float(weight) * chance
            win, pay = self._against(rival)
            for point, weight in self._own:
                kind = float(state.shift + point)
                chance = float(state.probability * weight)
                worth = kind if state.worth is None else float(state.worth)
                found[kind][skipped:] += chance * (worth * win - pay)
                mass[kind] += chance
        return {kind: row / mass[kind] for kind, row in found.items()}

    def _against(self, rival: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return chances of the prize and payments of accepted bids, given those of a rival."""
        rivals, k = self._auction.n_bidders - 1, self._auction.price_rank
        bids = np.array(self._open)
        out = 1.0 - float(rival.sum())
        at_most = np.clip(out + np.cumsum(rival), 0.0, 1.0)
        win, pay = np.zeros(len(bids)), np.zeros(len(bids))
        for place, bid in enumerate(self._open):
            below = max(out, 0.0) if place == 0 else float(at_most[place - 1])
            for equal in range(rivals + 1):
                share = math.comb(rivals, equal) * float(rival[place]) ** equal / (equal + 1)
                others = rivals - equal
                if not share:
                    continue
                if k == 1 or equal >= k - 1:
                    win[place] += share * below**others
                    pay[place] += share * bid * below**others
                    continue
                # price <= x where at most k - 2 - equal of the others bid more than x
                levels = np.concatenate([[max(out, 0.0)], at_most[:place]])
                cheap = sum(
                    math.comb(others, j) * (below - levels) ** j * levels ** (others - j)
                    for j in range(min(others, k - 2 - equal) + 1)
                )
                cheap = np.asarray(cheap, dtype=float)
                sold = float(cheap[-1] - cheap[0])
                paid = float((bids[:place] * np.diff(cheap)).sum())
                if k == 2:  # a lone bid pays the reserve
                    sold, paid = float(cheap[-1]), paid + self._auction.reserve * float(cheap[0])
                win[place] += share * sold
                pay[place] += share * paid
        return win, (bids if self._auction.format == "all_pay" else pay)

    def wrong_types(self, strategy: Strategy) -> str:
        """Return that a strategy is not one for all types, or empty text."""
        known = [float(kind) for kind in self.types]
        return "" if strategy.values.tolist() == known else f"is not one for the types {known}"

    def law(self, strategy: Strategy) -> Callable[[float], Law]:
        """Return the laws of a strategy."""

        def law_of(kind: float) -> Law:
            at = int(np.searchsorted(strategy.values, kind + 1e-9, side="right")) - 1
            offers = strategy.offers(at) if at >= 0 else ()
            return {bid: chance for bid, chance in offers if bid is not None}

        return law_of

    def uniform(self, _kind: float) -> Law:
        """Return the law of any bid."""
        return dict.fromkeys(self.bids, 1 / len(self.bids))

    def truth(self, kind: float) -> Law:
        """Return the law of the bid nearest to the type."""
        bid = Grid(self._auction).near(kind)
        return {} if bid is None else {bid: 1.0}

    def reply(self, law_of: Callable[[float], Law]) -> Callable[[float], Law]:
        """Return the laws of least best replies."""
        tie = 1e-12 * max(self._auction.scale, 1.0)
        chosen: dict[float, Law] = {}
        for kind, row in self.utilities(law_of).items():
            best = float(row.max())
            place = next(k for k, worth in enumerate(row.tolist()) if worth >= best - tie)
            chosen[kind] = {} if best < -tie else {self.bids[place]: 1.0}
        return lambda kind: chosen[kind]


def wrong_level(bidder: LevelK, auction: SingleItemAuction, strategy: Strategy) -> str:
    """Return how a strategy is not that of its level, or empty text."""
    beliefs = _Beliefs(auction)
    law_of: Callable[[float], Law] = beliefs.uniform if bidder.level0 == "random" else beliefs.truth
    for _ in range(bidder.k):
        law_of = beliefs.reply(law_of)
    held = beliefs.law(strategy)
    for kind in map(float, beliefs.types):
        one, other = held(kind), law_of(kind)
        off = max((abs(one.get(b, 0.0) - other.get(b, 0.0)) for b in {*one, *other}), default=0.0)
        if off > 1e-12:
            return f"bids {one} at {kind:g}, level {bidder.k} bids {other}"
    return beliefs.wrong_types(strategy)


def wrong_quantal(bidder: Quantal, auction: SingleItemAuction, strategy: Strategy) -> str:
    """Return how a strategy is no fixed point of quantal responses, or empty text."""
    beliefs = _Beliefs(auction)
    held = beliefs.law(strategy)
    for kind, row in beliefs.utilities(held).items():
        powers = np.exp(bidder.precision * (row - row.max()))
        powers /= powers.sum()
        own = held(kind)
        for bid, wanted in zip(beliefs.bids, powers.tolist(), strict=True):
            if abs(own.get(bid, 0.0) - wanted) > 1e-8:
                return f"bids {bid:g} at {kind:g} with {own.get(bid, 0.0):g}, not {wanted:g}"
    return beliefs.wrong_types(strategy)
