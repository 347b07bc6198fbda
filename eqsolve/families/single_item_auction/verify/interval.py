"""A proved bound on regret with independent continuous values (CERT-I), and a witness.

Every bid is a line ``v * W - P`` in the value v (certainty equivalents at first prices under risk
aversion). Bids are cut into cells: the line of a cell wins like a bid just above its upper end and
pays like its lower end, so that no bid inside is better; the upper envelope of the lines is convex.
The own utility on a cell of values is at least a concave function, so the difference is greatest at
an end of the cell. On a grid of bids the lines are those of the bids, and nothing is lost.

The witness is a type and a bid, both at ends of cells, whose gain is what it is: no bound.

O(cells) after sorting; kernels of the verifier's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.single_item_auction.instance import Prior, SingleItemAuction
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["Curve", "Finding", "Lines", "finding"]


@kernel
def _hull(slopes: FloatArray, costs: FloatArray, values: FloatArray) -> IntArray:
    """Return the line with the greatest ``v * slope - cost`` at rising values.

    Slopes never fall; line 0 is staying out.
    """
    kept = np.empty(len(slopes), np.int64)
    size = 0
    for k in range(len(slopes)):
        while size:
            last = kept[size - 1]
            if slopes[k] <= slopes[last]:
                if costs[k] >= costs[last]:
                    break
                size -= 1
                continue
            if size == 1:
                break
            before = kept[size - 2]
            left = (costs[k] - costs[last]) * (slopes[last] - slopes[before])
            right = (costs[last] - costs[before]) * (slopes[k] - slopes[last])
            if left > right:
                break
            size -= 1
        if size and slopes[k] <= slopes[kept[size - 1]] and costs[k] >= costs[kept[size - 1]]:
            continue
        kept[size] = k
        size += 1
    found = np.empty(len(values), np.int64)
    place = 0
    for j in range(len(values)):
        while place + 1 < size:
            here, there = kept[place], kept[place + 1]
            gain = values[j] * (slopes[there] - slopes[here]) - (costs[there] - costs[here])
            if gain < 0:
                break
            place += 1
        found[j] = kept[place]
    return found


class Curve:
    """A strategy of continuous types that never falls, and how likely its bids are.

    Parameters
    ----------
    strategy, prior : of the bidder.
    """

    def __init__(self, strategy: Strategy, prior: Prior) -> None:
        assert strategy.bids is not None
        self.values, self.bids, self.prior = strategy.values, strategy.bids, prior
        self.low, self.high = prior.support

    def types(self, bids: FloatArray, *, equal: bool) -> FloatArray:
        """Return the types up to which the bid is less, or at most so much; infinite for all."""
        count = np.searchsorted(self.bids, bids, side="right" if equal else "left")
        last = len(self.bids) - 1
        before, after = np.maximum(count - 1, 0), np.minimum(count, last)
        rise = self.bids[after] - self.bids[before]
        slope = (self.values[after] - self.values[before]) / np.where(rise > 0, rise, np.inf)
        value = self.values[before] + np.maximum(bids - self.bids[before], 0.0) * slope
        value = np.where(count == 0, self.values[0], np.minimum(value, self.values[after]))
        return np.where(count > last, np.inf, value)

    def chance(self, bids: FloatArray, *, equal: bool) -> FloatArray:
        """Return the chance of bidding less, or at most so much."""
        return self.prior.cdf(self.types(bids, equal=equal))

    def pieces(self, cells: int) -> tuple[FloatArray, FloatArray]:
        """Return ends of cells of values and the bids at them, each shape (2, cells)."""
        values, bids = self.values, self.bids
        if values[-1] < self.high:
            values, bids = np.append(values, self.high), np.append(bids, bids[-1])
        left, right = values[:-1], values[1:]
        real = (right > left) & (right > self.low) & (left < self.high)
        left, right, low, high = left[real], right[real], bids[:-1][real], bids[1:][real]
        if not len(left):
            return np.empty((2, 0)), np.empty((2, 0))
        wanted = np.maximum(1, np.ceil(cells * (right - left) / (right - left).sum()))
        wanted = np.where(high > low, wanted, 1).astype(np.int64)
        owner = np.repeat(np.arange(len(left)), wanted)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
        ends = []
        for shift in (0, 1):
            share = (step + shift) / wanted[owner]
            value = left[owner] + share * (right - left)[owner]
            bid = low[owner] + share * (high - low)[owner]
            if shift:
                value = np.where(step + 1 == wanted[owner], right[owner], value)
                bid = np.where(step + 1 == wanted[owner], high[owner], bid)
            ends.append((value, bid))
        return (
            np.clip(np.stack([value for value, _ in ends]), self.low, self.high),
            np.stack([bid for _, bid in ends]),
        )


@dataclass(frozen=True, slots=True)
class Lines:
    """Bids as lines in the value, three ways.

    Parameters
    ----------
    bids : rising; all accepted.
    win, pay : of each bid, as near as floats and sums can say.
    win_low, pay_high : bounds for the own bid.
    """

    bids: FloatArray
    win: FloatArray
    pay: FloatArray
    win_low: FloatArray
    pay_high: FloatArray
    win_above: FloatArray
    pay_low: FloatArray


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known about a bidder's regret.

    Parameters
    ----------
    bound : no type gains more.
    gain : what the type `value` gains by `bid` (None: staying out) instead of `own`.
    """

    bound: float
    gain: float
    value: float
    bid: float | None


def _split(rivals: list[Curve], bids: FloatArray) -> FloatArray:
    """Return the chance to win of each bid, ties split, by counting rivals who tie."""
    ties = [np.ones(len(bids))]
    for rival in rivals:
        less = rival.chance(bids, equal=False)
        tie = rival.chance(bids, equal=True) - less
        grown = [np.zeros(len(bids)) for _ in range(len(ties) + 1)]
        for t, weight in enumerate(ties):
            grown[t] += weight * less
            grown[t + 1] += weight * tie
        ties = grown if tie.any() else grown[:-1]
    return np.asarray(sum(weight / (t + 1) for t, weight in enumerate(ties)))


def lines_at(
    auction: SingleItemAuction, rivals: list[Curve], bids: FloatArray, rho: float
) -> Lines | None:
    """Return the lines of accepted bids; None for a rule that is not known in closed form here."""
    reserve = auction.reserve
    win = _split(rivals, bids)
    above = np.ones(len(bids))
    for rival in rivals:
        above *= rival.chance(bids, equal=True)
    rank = auction.price_rank
    if auction.format == "all_pay":
        return Lines(bids, win, bids, win, bids, above, bids)
    if rank == 1:
        win, above = win ** (1 / (1 - rho)), above ** (1 / (1 - rho))
        return Lines(bids, win, bids * win, win, bids * win, above, bids * above)
    if rho:
        return None
    if rank == 2:
        # Between two bids the chance that nobody bids more than a price rises from `above` of the
        # lower one to that of the upper one.
        width = np.diff(bids, prepend=reserve)
        start = np.ones(1)
        for rival in rivals:
            start = start * rival.chance(np.array([reserve]), equal=True)
        less = np.ones(len(bids))
        for rival in rivals:
            less *= rival.chance(bids, equal=False)
        before = np.append(start, above[:-1])
        least, most = np.cumsum(width * before), np.cumsum(width * less)
        middle = (least + most) / 2
        return Lines(
            bids, win, bids * win - middle, win, bids * win - least, above, bids * win - most
        )
    same = all(r.prior == rivals[0].prior and r.bids is rivals[0].bids for r in rivals)
    if not same or len(rivals) < rank - 1:
        return None
    return _ranked(rivals[0], len(rivals), rank - 1, bids)


def _ranked(rival: Curve, count: int, rank: int, bids: FloatArray) -> Lines | None:
    """Return lines where the price is the rank-th highest of equal rivals' bids."""
    most = rival.chance(bids, equal=True)
    less = rival.chance(bids, equal=False)
    out = float(less[0])
    if (most - less > 1e-9).any():
        return None  # bids with mass of their own: no sums of this form

    def sold(chance: FloatArray) -> FloatArray:
        found = np.zeros(len(chance))
        for m in range(rank, count + 1):
            found += comb(count, m) * np.maximum(chance - out, 0.0) ** m * out ** (count - m)
        return found

    mass = np.diff(most, prepend=out)
    number = count - rank + 1
    jump = np.diff(most**number, prepend=out**number)
    lower = np.cumsum(jump * np.append(bids[:1], bids[:-1]))
    upper = np.cumsum(jump * bids)
    while number < count:
        number += 1
        lower = np.cumsum(number * mass * np.append(0.0, lower[:-1]))
        upper = np.cumsum(number * mass * upper)
    win = sold(most)
    return Lines(bids, win, (lower + upper) / 2, sold(less), upper, win, lower)


def finding(
    auction: SingleItemAuction,
    bidder: int,
    curves: list[Curve],
    cells: int,
) -> Finding | None:
    """Return a bound on the regret of a bidder's types, and a type that gains.

    Parameters
    ----------
    curves : the strategies of all bidders.
    cells : about how many cells values are cut into; bids as finely.

    Returns
    -------
    finding : None where the rule has no lines (k-th prices of bidders who differ; second prices
        under risk aversion).
    """
    own = curves[bidder]
    rivals = [curve for i, curve in enumerate(curves) if i != bidder]
    rho, reserve = auction.risk[bidder], auction.reserve
    values, made = own.pieces(cells)
    grid = auction.bids
    if grid is not None:
        bids = grid.bids[grid.bids >= reserve]
        kept = made[made >= reserve]
        bids = np.unique(np.append(bids, kept)) if kept.size else bids
    else:
        seen = np.concatenate([made.ravel(), [reserve], *(curve.bids for curve in curves)])
        top = max(float(seen.max()), reserve)
        bids = np.unique(
            np.append(seen[seen >= reserve], np.linspace(reserve, top, max(2, cells // 3)))
        )
    stays = float(np.clip(own.values[0], own.low, own.high))
    if not len(bids):
        return Finding(0.0, 0.0, stays, None)
    lines = lines_at(auction, rivals, bids, rho)
    if lines is None:
        return None
    place = np.searchsorted(bids, np.maximum(made, bids[0]))
    taken = made >= reserve
    if grid is not None:
        above, below = lines.win, lines.pay
    elif auction.price_rank == 1 and auction.format != "all_pay":
        above = np.append(lines.win_above[1:], lines.win_above[-1])
        below = bids * above
    else:
        above = np.append(lines.win_above[1:], lines.win_above[-1])
        below = lines.pay_low
    ends = np.append(values.ravel(), stays)
    order = np.argsort(ends, kind="stable")
    at = ends[order]

    def best(slopes: FloatArray, costs: FloatArray) -> tuple[FloatArray, IntArray]:
        steep = np.maximum.accumulate(np.append(0.0, slopes))
        flat = np.append(0.0, costs)
        line = _hull(steep, flat, at)
        found, which = np.empty(len(ends)), np.empty(len(ends), np.int64)
        found[order] = at * steep[line] - flat[line]
        which[order] = line
        return found, which

    # The own utility from below: the win of the lower end, the payment of the upper end.
    win = np.where(taken[0], lines.win_low[place[0]], 0.0)
    if grid is not None:
        held = values * win - np.where(taken[0], lines.pay[place[0]], 0.0)
    elif auction.price_rank == 1 and auction.format != "all_pay":
        margin = values - made[1]
        held = np.where(margin > 0, margin * win, margin * lines.win[place[1]])
    else:
        held = values * win - np.where(taken[1], lines.pay_high[place[1]], 0.0)
    most, _ = best(above, below)
    slack = 1e-13 * max(auction.scale, float(bids[-1]))
    bound = float((most - np.append(held.ravel(), 0.0)).max()) + slack
    # The witness: real bids, and what the ends of cells really get.
    real, which = best(lines.win, lines.pay)
    mine = np.where(taken, values * lines.win[place] - lines.pay[place], 0.0)
    if auction.price_rank == 1 and auction.format != "all_pay" and rho:
        margin = values - made
        mine = np.where(margin > 0, mine, margin * lines.win[place] ** (1 - rho))
    gains = real - np.append(mine.ravel(), 0.0)
    # An upper end whose type bids more, at a jump, is no witness against the bid before the jump.
    jumps = np.append(values[1, :-1] == values[0, 1:], False) & np.append(
        made[1, :-1] != made[0, 1:], False
    )
    gains[len(values[0]) : 2 * len(values[0])][jumps] = -np.inf
    if own.values[0] <= own.low:
        gains[-1] = -np.inf
    j = int(np.argmax(gains))
    bid = None if which[j] == 0 else float(bids[which[j] - 1])
    return Finding(max(bound, 0.0), float(max(gains[j], 0.0)), float(ends[j]), bid)
