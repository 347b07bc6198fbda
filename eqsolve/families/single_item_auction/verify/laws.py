"""Laws of bids in whole weights, and how likely a bid is to win against several of them (CERT-E).

The distribution of the number of rivals who tie with a bid is built rival by rival; a bid that ties
with t others wins with chance 1 / (t + 1). Weights are whole numbers over common denominators, so
that nothing is rounded. O(rivals^2) for each bid.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

__all__ = ["Law", "Offered", "reached", "win_weight", "win_weight_with"]


class Law:
    """The law of one rival's bid in a state, as whole weights out of `below`.

    Parameters
    ----------
    bids : rising.
    weights : of each bid.
    out : weight of bidding nothing that is accepted.
    below : the weights of all types together.
    """

    def __init__(self, bids: list[Fraction], weights: list[int], out: int, below: int) -> None:
        self.bids, self.out, self.below = bids, out, below
        self._sums = list(accumulate(weights, initial=out))

    def reach(self, bid: Fraction) -> tuple[int, int]:
        """Return the weights of bidding less, and just so much."""
        place = bisect_left(self.bids, bid)
        there = place < len(self.bids) and self.bids[place] == bid
        less = self._sums[place]
        return less, self._sums[place + 1] - less if there else 0


class Offered:
    """What one bidder bids in a state, type by type, in whole weights over one denominator.

    Parameters
    ----------
    rows : place of the type, bid (None: not accepted) and chance; places rising.
    """

    def __init__(self, rows: list[tuple[int, Fraction | None, Fraction]]) -> None:
        self.below = math.lcm(*(chance.denominator for *_, chance in rows))
        self.bids = sorted({bid for _, bid, _ in rows if bid is not None})
        place = {bid: k for k, bid in enumerate(self.bids)}
        self._rows = [
            (
                kind,
                len(self.bids) if bid is None else place[bid],
                chance.numerator * (self.below // chance.denominator),
            )
            for kind, bid, chance in rows
        ]
        self._laws: dict[int, Law] = {}

    def law(self, kinds: int) -> Law:
        """Return the law of the bids of the first types, so many of them."""
        if kinds not in self._laws:
            weights = [0] * (len(self.bids) + 1)
            for kind, bid, weight in self._rows:
                if kind >= kinds:
                    break
                weights[bid] += weight
            self._laws = {kinds: Law(self.bids, weights[:-1], weights[-1], self.below)}
        return self._laws[kinds]


def reached(laws: Sequence[Law], bid: Fraction) -> list[tuple[int, int]]:
    """Return the weights of bidding less, and as much, of each rival; equal laws are asked once."""
    known = {id(law): law.reach(bid) for law in {id(law): law for law in laws}.values()}
    return [known[id(law)] for law in laws]


def win_weight(reach: list[tuple[int, int]]) -> Fraction:
    """Return the weight of winning where each rival bids less, or ties, with given weights."""
    ties = [1]
    for low, tie in reach:
        grown = [0] * (len(ties) + 1)
        for t, weight in enumerate(ties):
            grown[t] += weight * low
            grown[t + 1] += weight * tie
        ties = grown if tie else grown[:-1]
    return sum((Fraction(weight, t + 1) for t, weight in enumerate(ties)), Fraction(0))


def win_weight_with(reach: list[tuple[int, int]], lower: list[int], most: int) -> Fraction:
    """Return the weight of winning with at most `most` rivals above their `lower` weight."""
    counts = {(0, 0): 1}  # rivals who tie, and rivals above the price who bid less
    for (low, tie), floor in zip(reach, lower, strict=True):
        kept = min(floor, low)
        grown: dict[tuple[int, int], int] = {}
        for (t, m), weight in counts.items():
            for step, factor in (((0, 0), kept), ((1, 0), tie), ((0, 1), low - kept)):
                key = (t + step[0], m + step[1])
                if factor and sum(key) <= most:
                    grown[key] = grown.get(key, 0) + weight * factor
        counts = grown
    return sum((Fraction(weight, t + 1) for (t, _), weight in counts.items()), Fraction(0))
