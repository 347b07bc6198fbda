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

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.verify.curves import Curve

__all__ = ["Finding", "Lines", "few_above", "finding", "lines_at"]


@cache
def _compiled() -> Callable[[FloatArray, FloatArray, FloatArray], IntArray]:
    """Return the search for the best line, compiled when it is first needed."""
    from eqsolve.algorithms.compile import kernel

    return kernel(_hull)


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


def _split(pairs: list[tuple[FloatArray, FloatArray]], size: int) -> FloatArray:
    """Return the chance to win, ties split, by counting rivals who tie.

    Parameters
    ----------
    pairs : for each rival the chances to bid less, and at most as much.
    size : number of bids.
    """
    ties = [np.ones(size)]
    for less, most in pairs:
        tie = most - less
        if not tie.any():
            ties = [weight * less for weight in ties]
            continue
        grown = [np.zeros(size) for _ in range(len(ties) + 1)]
        for t, weight in enumerate(ties):
            grown[t] += weight * less
            grown[t + 1] += weight * tie
        ties = grown
    return np.asarray(sum(weight / (t + 1) for t, weight in enumerate(ties)))


def lines_at(
    auction: SingleItemAuction, rivals: list[Curve], bids: FloatArray, rho: float
) -> Lines | None:
    """Return the lines of accepted bids; None for a rule that is not known in closed form here."""
    reserve = auction.reserve
    known = {  # equal bidders share one curve, which is asked once
        id(rival): (rival.chance(bids, equal=False), rival.chance(bids, equal=True))
        for rival in {id(rival): rival for rival in rivals}.values()
    }
    pairs = [known[id(rival)] for rival in rivals]
    win = _split(pairs, len(bids))
    above = np.ones(len(bids))
    for _, most in pairs:
        above *= most
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
        for lower, _ in pairs:
            less *= lower
        before = np.append(start, above[:-1])
        least, most = np.cumsum(width * before), np.cumsum(width * less)
        middle = (least + most) / 2
        return Lines(
            bids, win, bids * win - middle, win, bids * win - least, above, bids * win - most
        )
    if auction.bids is not None:
        return _ranked_on_grid(auction, rivals, bids)
    same = all(r.prior == rivals[0].prior and r.bids is rivals[0].bids for r in rivals)
    if not same or len(rivals) < rank - 1:
        return None
    return _ranked(rivals[0], len(rivals), rank - 1, bids)


def _ranked_on_grid(auction: SingleItemAuction, rivals: list[Curve], bids: FloatArray) -> Lines:
    """Return lines of k-th prices where rivals bid on a grid, so that ties matter."""
    most = auction.price_rank - 2
    less = [rival.chance(bids, equal=False) for rival in rivals]
    ties = [rival.chance(bids, equal=True) - low for rival, low in zip(rivals, less, strict=True)]
    start = np.full(1, auction.reserve)
    out = [np.full(len(bids), rival.chance(start, equal=False)[0]) for rival in rivals]
    before = few_above(less, ties, out, most)
    win = few_above(less, ties, less, len(rivals)) - before
    pay = np.zeros(len(bids))
    for j, price in enumerate(bids.tolist()):
        floor = [np.full(len(bids), (low + tie)[j]) for low, tie in zip(less, ties, strict=True)]
        now = np.where(bids > price, few_above(less, ties, floor, most), before)
        pay += max(price, auction.reserve) * (now - before)
        before = now
    pay += bids * (few_above(less, ties, less, len(rivals)) - before)
    return Lines(bids, win, pay, win, pay, win, pay)


def few_above(
    less: list[FloatArray], ties: list[FloatArray], floor: list[FloatArray], most: int
) -> FloatArray:
    """Return the chance to win with at most `most` rivals tying or above their `floor`.

    Parameters
    ----------
    less, ties : for each rival the chance to bid less, or as much; any shape.
    floor : chances to bid at most a price; what is above `less` does not count.
    """
    table: dict[tuple[int, int], FloatArray | float] = {(0, 0): 1.0}
    for low, tie, ground in zip(less, ties, floor, strict=True):
        kept = np.minimum(ground, low)
        grown: dict[tuple[int, int], FloatArray | float] = {}
        for (t, m), weight in table.items():
            for key, factor in (((t, m), kept), ((t + 1, m), tie), ((t, m + 1), low - kept)):
                if sum(key) <= most:
                    grown[key] = grown.get(key, 0.0) + weight * factor
        table = grown
    size = less[0].shape if less else (1,)
    return np.zeros(size) + sum(weight / (t + 1) for (t, _), weight in table.items())


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
    rho, reserve, grid = auction.risk[bidder], auction.reserve, auction.bids
    values, made = own.pieces(cells)
    stays = float(np.clip(own.values[0], own.low, own.high))
    bids = _looked_at(auction, curves, made, cells)
    if not len(bids):
        return Finding(0.0, 0.0, stays, None)
    lines = lines_at(auction, rivals, bids, rho)
    if lines is None:
        return None
    own_price = auction.price_rank == 1 and auction.format != "all_pay"
    if grid is not None:
        above, below = lines.win, lines.pay
    else:
        above = np.append(lines.win_above[1:], lines.win_above[-1])
        below = bids * above if own_price else lines.pay_low
    # Cells follow one another, so that their ends are one row of values; who stays out comes first.
    nodes = np.concatenate([[stays], values[0], values[1, -1:]])
    most = _best(above, below, nodes)[0]
    real, which = _best(lines.win, lines.pay, nodes)
    place, taken = np.searchsorted(bids, np.maximum(made, bids[0])), made >= reserve
    # The own utility from below: the win of the lower end, the payment of the upper end.
    win = np.where(taken[0], lines.win_low[place[0]], 0.0)
    if grid is not None:
        held = values * win - np.where(taken[0], lines.pay[place[0]], 0.0)
    elif own_price:
        margin = values - made[1]
        likely = lines.win[place[1]] ** (1 - rho)  # losses count as they are
        held = np.where(margin > 0, margin * win, margin * likely)
    else:
        held = values * win - np.where(taken[1], lines.pay_high[place[1]], 0.0)
    # What the ends of cells really get.
    mine = np.where(taken, values * lines.win[place] - lines.pay[place], 0.0)
    if own_price and rho:
        margin = values - made
        mine = np.where(margin > 0, mine, margin * lines.win[place] ** (1 - rho))
    count = values.shape[1]
    ends = np.concatenate([[0], 1 + np.arange(count), 2 + np.arange(count)])
    bounds = most[ends] - np.append(0.0, held.ravel())
    gains = real[ends] - np.append(0.0, mine.ravel())
    # At a jump the upper end is bid, so that the bid before it is of no type there.
    jumps = np.flatnonzero((values[1, :-1] == values[0, 1:]) & (made[1, :-1] != made[0, 1:]))
    gains[1 + count + jumps] = -np.inf
    if own.values[0] <= own.low:
        gains[0] = bounds[0] = -np.inf
    slack = 1e-13 * max(auction.scale, float(bids[-1]))
    j = int(np.argmax(gains))
    line = int(which[ends[j]])
    return Finding(
        max(float(bounds.max()) + slack, 0.0),
        float(max(gains[j], 0.0)),
        float(nodes[ends[j]]),
        None if line == 0 else float(bids[line - 1]),
    )


def _looked_at(
    auction: SingleItemAuction, curves: list[Curve], made: FloatArray, cells: int
) -> FloatArray:
    """Return the bids at the ends of cells, rising: what is bid, corners, and bids between."""
    reserve = auction.reserve
    kept = made.ravel()
    if auction.bids is not None:
        seen = np.concatenate([auction.bids.bids, kept])
    else:
        others = [curve.bids for curve in {id(curve): curve for curve in curves}.values()]
        top = max(float(kept.max(initial=0.0)), *(float(bids[-1]) for bids in others), reserve)
        between = np.linspace(reserve, top, max(2, cells // 3))
        seen = np.concatenate([kept, [reserve], *others, between])
    seen = np.sort(seen[seen >= reserve], kind="stable")  # runs that rise: merged in linear time
    return np.asarray(seen[np.append(True, np.diff(seen) > 0)] if len(seen) else seen)


def _best(slopes: FloatArray, costs: FloatArray, values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the greatest of the lines and staying out (0) at rising values, and which it is."""
    steep = np.maximum.accumulate(np.append(0.0, slopes))
    flat = np.append(0.0, costs)
    line = _compiled()(steep, flat, values)
    return values * steep[line] - flat[line], line
