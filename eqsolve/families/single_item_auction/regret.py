"""How far strategies are from an equilibrium: the interim regret of every type (CERT-D, E, I, G).

Regret is money: what the best bid is worth to a type, in certainty equivalents, less what its own
is worth. At first prices the certainty equivalent of a CRRA bidder is ``(v - b) * W(b)`` with
``W = P(win) ** (1 / (1 - rho))``, so that in all formats a bid is a line ``v * W - P`` in v.

``exact``
    finitely many types: all types and bids are looked at; without a grid of bids those just above
    each rival's bid too. With a grid of bids and continuous types the strategy is a staircase,
    regret is convex on each step, and both ends of all steps are looked at.
``interval``
    any bid: bids are cut into cells; a bid of a cell wins at most as often as its upper end and
    costs at least as much as its lower end, the own bid the other way round.
``grid``
    affiliated and common values with continuous types: types and bids on a grid, no proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import (
    Monotone,
    finite_offers,
    law_of,
    states_of,
)
from eqsolve.families.single_item_auction.evaluate import rivals_of
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.interim import (
    Rivals,
    crra,
    interim,
    lots,
    utilities,
    win_chance,
)
from eqsolve.families.single_item_auction.solution import Strategy
from eqsolve.families.single_item_auction.states import states_given

__all__ = ["Regret", "regret_of", "truthful_dominates"]

CELLS = 1 << 14
_TYPES, _BIDS, _PANELS = 129, 513, 12
_ROUNDING = 1e-11
"""Regrets below this share of the greatest value are what is left of zero in floats."""


@dataclass(frozen=True, slots=True)
class Regret:
    """Interim regret under given strategies.

    Parameters
    ----------
    kind : see the module; ``"dominance"`` where nothing was computed.
    values, regrets : for each class, types and their regrets, or bounds of them, money units.
    """

    kind: str
    values: tuple[FloatArray, ...]
    regrets: tuple[FloatArray, ...]

    @property
    def epsilon(self) -> float:
        """The greatest regret."""
        return float(max((part.max() for part in self.regrets if len(part)), default=0.0))


def truthful_dominates(auction: SingleItemAuction) -> bool:
    """Return whether bidding the value is weakly dominant (AUC-1): what `dominance` applies to.

    True for second prices and the clocks that come to the same, private or affiliated values,
    where each value that reaches the reserve is a bid, or above all bids, or below all bids that
    are not free.
    """
    if auction.price_rank != 2 or auction.values.model == "common":
        return False
    grid = auction.bids
    if grid is None:
        return True
    if not auction.values.is_finite:
        return False
    lowest = max(grid.min, auction.reserve)
    return all(
        value < auction.reserve
        or value >= grid.max
        or grid.holds(value)
        or (value < grid.min and auction.reserve >= grid.min)
        for value in all_types(auction)
        if value >= lowest or value >= auction.reserve
    )


def all_types(auction: SingleItemAuction) -> list[float]:
    """Return all types of a finite model, rising."""
    return sorted({v for i in range(auction.n_bidders) for v in types_of(auction, i).tolist()})


def types_of(auction: SingleItemAuction, bidder: int) -> FloatArray:
    """Return the types that a bidder of a finite model may have, rising, shape (T,)."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    shifts = [state.shift for state in auction.values.states()]
    return np.array(
        sorted({float(point + shift) for shift in shifts for point in prior.exact_points})
    )


def regret_of(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    cells: int = CELLS,
) -> Regret:
    """Return the regret of every type under given strategies.

    Parameters
    ----------
    strategies : one for each class; continuous ones never fall.
    classes : the strategy of each bidder.
    cells : into how many values, and so bids, are cut for ``"interval"``.

    Notes
    -----
    Finite: O(states * types * bids). Interval: O(cells log cells) for each class.
    """
    parts = []
    kind = "exact"
    for c, strategy in enumerate(strategies):
        bidder = list(classes).index(c)
        if strategy.finite:
            parts.append(_finite(auction, strategies, classes, bidder))
        elif auction.values.state is None and _has_lines(auction, classes, bidder):
            state = states_of(auction)[0]
            members = [list(classes).index(d) for d in range(len(strategies))]
            laws = [
                law_of(auction, other, member, state)
                for other, member in zip(strategies, members, strict=True)
            ]
            rivals = rivals_of(laws, classes, bidder)
            if auction.bids is not None:
                parts.append(_staircase(auction, strategy, rivals, bidder))
            else:
                kind = "interval"
                parts.append(_cells(auction, strategy, rivals, bidder, cells))
        else:
            kind = "grid"
            parts.append(_grid(auction, strategies, classes, bidder))
    small = _ROUNDING * max(auction.scale, 1e-300)
    regrets = tuple(np.where(part > small, part, 0.0) for _, part in parts)
    return Regret(kind, tuple(values for values, _ in parts), regrets)


def _has_lines(auction: SingleItemAuction, classes: Sequence[int], bidder: int) -> bool:
    """Return whether a bid is a line in the value whose bounds are known."""
    if auction.price_rank == 2 and auction.risk[bidder]:
        return False
    return auction.price_rank < 3 or auction.bids is not None or len(set(classes)) == 1


# ------------------------------------------------------------------------------ finite


def _finite(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    bidder: int,
) -> tuple[FloatArray, FloatArray]:
    """Return types and regrets where there are finitely many types."""
    own = strategies[classes[bidder]]
    members = [list(classes).index(d) for d in range(len(strategies))]
    types = own.values
    rho = auction.risk[bidder]
    bids = _deviations(auction, strategies)
    gains = np.zeros((len(types), 2 * len(bids)))  # of each bid, and of just above it
    chance = np.zeros(len(types))
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    above = auction.bids is None
    for state in states_of(auction):
        points, _, masses = finite_offers(auction, _constant(own), bidder, state)
        places = np.searchsorted(types, points)
        laws = [
            law_of(auction, other, member, state)
            for other, member in zip(strategies, members, strict=True)
        ]
        rivals = rivals_of(laws, classes, bidder)
        share = state.probability * masses
        np.add.at(chance, places, share)
        worth = types[places] if state.worth is None else np.full(len(places), state.worth)
        for side in (0, 1) if above else (0,):
            if not len(bids):
                continue
            table = _utility_table(auction, _raised(rivals) if side else rivals, bids, worth, rho)
            part = slice(side * len(bids), (side + 1) * len(bids))
            np.add.at(gains[:, part], places, share[:, None] * table)
    gains /= np.where(chance > 0, chance, 1.0)[:, None]
    if rho:
        gains = np.where(gains > 0, np.maximum(gains, 0.0) ** (1 / (1 - rho)), gains)
    used = gains[:, : len(bids)]
    best = np.maximum(gains.max(axis=1, initial=0.0), 0.0)
    held = np.array(
        [_held(own.offers(place), bids, used[place], rho) for place in range(len(types))]
    )
    return types, np.where(chance > 0, best - held, 0.0)


def _held(
    offers: Sequence[tuple[float | None, float]], bids: FloatArray, gains: FloatArray, rho: float
) -> float:
    """Return what a type's own bids are worth to it, in certainty equivalents."""
    total = 0.0
    for bid, share in offers:
        place = int(np.searchsorted(bids, bid)) if bid is not None else len(bids)
        if place < len(bids) and bids[place] == bid:
            gain = float(gains[place])
            total += share * (gain ** (1 - rho) if gain > 0 else gain)
    return total ** (1 / (1 - rho)) if total > 0 else total


def _constant(own: Strategy) -> Strategy:
    """Return a strategy with one offer for each type, so that types come once."""
    return Strategy(own.values, np.zeros(len(own.values)), finite=True)


def _deviations(auction: SingleItemAuction, strategies: Sequence[Strategy]) -> FloatArray:
    """Return the accepted bids to look at, rising."""
    used = {
        bid
        for strategy in strategies
        for place in range(len(strategy.values))
        for bid, _ in strategy.offers(place)
        if bid is not None
    }
    if auction.bids is not None:
        used |= set(auction.bids.bids.tolist())
    else:
        used.add(auction.reserve)
    return np.array(sorted(bid for bid in used if bid >= auction.reserve), dtype=np.float64)


@dataclass(frozen=True)
class _Raised:
    """A rival's law as it meets bids just above those given: equal bids lose."""

    law: object

    def below(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding at most so much."""
        return self.law.at_most(bids)  # type: ignore[attr-defined, no-any-return]  # a law

    at_most = below

    @property
    def corners(self) -> FloatArray:
        """Those of the law."""
        return self.law.corners  # type: ignore[attr-defined, no-any-return]  # a law


def _raised(rivals: Rivals) -> Rivals:
    """Return the rivals as bids just above those given meet them."""
    return [(_Raised(law), count) for law, count in rivals]


def _utility_table(
    auction: SingleItemAuction, rivals: Rivals, bids: FloatArray, worth: FloatArray, rho: float
) -> FloatArray:
    """Return the utility of each worth from each bid, shape (worths, bids)."""
    if rho:
        rows = [
            utilities(auction, rivals, bids, np.full(len(bids), w), rho) for w in worth.tolist()
        ]
        return np.array(rows).reshape(len(worth), len(bids))
    win, pay = interim(auction, rivals, bids)
    return worth[:, None] * win - pay


# -------------------------------------------------------------------------- continuous


def _lines(
    auction: SingleItemAuction, rivals: Rivals, bids: FloatArray, rho: float
) -> tuple[FloatArray, FloatArray]:
    """Return slopes and costs of bids as lines in the value, in certainty equivalents."""
    win, pay = interim(auction, rivals, bids)
    if rho:
        win = win ** (1 / (1 - rho))
        pay = bids * win
    return win, pay


def _envelope(slopes: FloatArray, costs: FloatArray, values: FloatArray) -> FloatArray:
    """Return the greatest of the lines and 0 at rising values."""
    from eqsolve.families.single_item_auction.kernels.envelope import best_lines

    slopes = np.maximum.accumulate(np.concatenate([[0.0], slopes]))
    costs = np.concatenate([[0.0], costs])
    best = best_lines(slopes, costs, np.ascontiguousarray(values))
    return values * slopes[best] - costs[best]


def _steps(strategy: Strategy, high: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return start, end and bids at both ends of the pieces of a strategy, jumps left out."""
    values, bids = strategy.values, strategy.bids
    assert bids is not None
    if high > values[-1]:
        values, bids = np.append(values, high), np.append(bids, bids[-1])
    keep = np.diff(values) > 0
    starts, ends = values[:-1][keep], values[1:][keep]
    return starts, ends, np.stack([bids[:-1][keep], bids[1:][keep]])


def _staircase(
    auction: SingleItemAuction, strategy: Strategy, rivals: Rivals, bidder: int
) -> tuple[FloatArray, FloatArray]:
    """Return step ends and regrets of a strategy on a grid of bids."""
    assert auction.bids is not None
    low, high = auction.values.support(bidder)
    starts, ends, (bids, _) = _steps(strategy, high)
    starts, ends = np.clip(starts, low, high), np.clip(ends, low, high)
    grid = auction.bids.bids
    grid = grid[grid >= auction.reserve]
    if not len(grid):
        return np.array([high]), np.zeros(1)
    slopes, costs = _lines(auction, rivals, grid, auction.risk[bidder])
    place = np.minimum(np.searchsorted(grid, bids), len(grid) - 1)
    there = grid[place] == bids
    slope, cost = np.where(there, slopes[place], 0.0), np.where(there, costs[place], 0.0)
    values = np.concatenate([starts, ends, [np.clip(strategy.values[0], low, high)]])
    held = np.append(values[:-1] * np.tile(slope, 2) - np.tile(cost, 2), 0.0)
    order = np.argsort(values, kind="stable")
    best = _envelope(slopes, costs, values[order])
    return values[order], best - held[order]


def _cells(
    auction: SingleItemAuction,
    strategy: Strategy,
    rivals: Rivals,
    bidder: int,
    cells: int,
) -> tuple[FloatArray, FloatArray]:
    """Return ends of cells of values and bounds of the regrets inside (CERT-I)."""
    low, high = auction.values.support(bidder)
    rho = auction.risk[bidder]
    starts, ends, bids = _cut(strategy, low, high, cells)
    corners = [bids.ravel(), np.array([auction.reserve]), *(law.corners for law, _ in rivals)]
    top = max(float(part.max(initial=0.0)) for part in corners)
    corners.append(np.linspace(auction.reserve, max(top, auction.reserve), cells // 2 + 1))
    edges = np.sort(np.concatenate(corners), kind="stable")  # runs that rise: merged quickly
    edges = edges[edges >= auction.reserve]
    edges = edges[np.append(True, np.diff(edges) > 0)]
    # Lines from above: wins as often as a bid just above the upper end, pays like the lower end.
    most = win_chance(_raised(rivals), np.append(edges[1:], edges[-1]))
    if auction.price_rank == 1 and auction.format != "all_pay":
        most = most ** (1 / (1 - rho))
        slopes, costs = most, edges * most
    elif auction.format == "all_pay":
        slopes, costs = most, edges
    else:
        slopes, costs, held_slope, held_cost = _ranked_bounds(auction, rivals, edges)
    values = np.concatenate([starts, ends, [np.clip(strategy.values[0], low, high)]])
    order = np.argsort(values, kind="stable")
    best = np.empty(len(values))
    best[order] = _envelope(slopes, costs, values[order])
    least, largest = bids
    if auction.price_rank == 1:
        win = win_chance(rivals, least)
        never = least < auction.reserve
        win = np.where(never, 0.0, win)
        if auction.format == "all_pay":
            held = np.concatenate([values[: len(starts)] * win, ends * win]) - np.tile(
                np.where(largest < auction.reserve, 0.0, largest), 2
            )
        else:
            margin = np.concatenate([starts, ends]) - np.tile(largest, 2)
            held = margin * np.tile(win ** (1 / (1 - rho)), 2)
            if (margin < 0).any():  # losses count as they are, and come with the upper end
                likely = win_chance(rivals, np.maximum(largest, auction.reserve))
                held = np.where(margin < 0, margin * np.tile(likely, 2), held)
    else:
        own_low = np.searchsorted(edges, np.maximum(least, auction.reserve))
        own_high = np.searchsorted(edges, np.maximum(largest, auction.reserve))
        slope = np.where(least < auction.reserve, 0.0, held_slope[own_low])
        held = np.concatenate([starts, ends]) * np.tile(slope, 2) - np.tile(held_cost[own_high], 2)
    regrets = best - np.append(held, 0.0)
    rounding = 1e-14 * max(auction.scale, float(edges[-1]))
    return values[order], np.maximum(regrets[order] + rounding, 0.0)


def _cut(
    strategy: Strategy, low: float, high: float, cells: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return cells of values and the bids at their ends, about as many as asked for."""
    starts, ends, bids = _steps(strategy, high)
    keep = (ends > low) & (starts < high)
    starts, ends, bids = starts[keep], ends[keep], bids[:, keep]
    width = float((ends - starts).sum())
    found: list[FloatArray] = []
    for start, end, left, right in zip(starts, ends, *bids, strict=True):
        pieces = 1 if left == right else max(1, int(np.ceil(cells * (end - start) / width)))
        at = np.linspace(start, end, pieces + 1)
        offered = left + (at - start) / (end - start) * (right - left)
        offered[-1] = right
        found.append(np.stack([at[:-1], at[1:], offered[:-1], offered[1:]]))
    if not found:
        return np.empty(0), np.empty(0), np.empty((2, 0))
    table = np.concatenate(found, axis=1)
    inside = (table[1] > low) & (table[0] < high)
    starts, ends, left, right = table[:, inside]
    return np.clip(starts, low, high), np.clip(ends, low, high), np.stack([left, right])


def _ranked_bounds(
    auction: SingleItemAuction, rivals: Rivals, edges: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return slopes and costs of lines from above by cell, and from below by edge.

    With N rivals and B(t) the chance that one bids at most t, ``E[j-th highest; all at most t]`` is
    ``N int E[(j-1)-th highest of N - 1; all at most s] dB(s)``: sums over cells with the lower or
    the upper end bound it.
    """
    (law, count), rank = rivals[0], auction.price_rank - 1
    most, least = law.at_most(edges), law.below(edges)
    start = float(law.below(edges[:1])[0])

    def tail(chance: FloatArray, number: int, wanted: int) -> FloatArray:
        from scipy.special import comb

        inside = np.maximum(chance - start, 0.0)
        return np.asarray(
            sum(
                comb(number, m, exact=True) * inside**m * start ** (number - m)
                for m in range(wanted, number + 1)
            )
        )

    low, high = np.zeros(len(edges)), np.zeros(len(edges))
    number = count - rank + 1
    steps = np.diff(most**number, prepend=start**number)
    low = np.cumsum(steps * np.append(edges[0], edges[:-1]))
    high = np.cumsum(steps * edges)
    for number in range(count - rank + 2, count + 1):
        masses = number * np.diff(most, prepend=start)
        low = np.cumsum(masses * np.append(0.0, low[:-1]))
        high = np.cumsum(masses * high)
    slopes = tail(np.append(most[1:], most[-1]), count, rank)
    below = np.append(0.0, low[:-1])  # what those pay who beat no more than the cells before
    return slopes, np.where(least < most, below, low), tail(least, count, rank), high


# -------------------------------------------------------------------------------- grid


def _grid(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    bidder: int,
) -> tuple[FloatArray, FloatArray]:
    """Return types and the regrets found on a grid of types and bids (CERT-G)."""
    own = strategies[classes[bidder]]
    low, high = auction.values.support(bidder)
    inner = np.linspace(low, high, _TYPES + 2)[1:-1]
    types = np.unique(np.clip(np.concatenate([inner, own.values]), low + 1e-9, high - 1e-9))
    if len(types) > 2 * _TYPES:
        types = types[:: len(types) // _TYPES]
    top = max(float(strategy.bids.max()) for strategy in strategies if strategy.bids is not None)
    top = max(top, auction.reserve)
    bids = np.linspace(auction.reserve, max(top * 1.02, auction.reserve + 1e-9), _BIDS)
    if auction.bids is not None:
        bids = auction.bids.bids[auction.bids.bids >= auction.reserve]
    rho = auction.risk[bidder]
    offered = own.bids_at(types)
    regrets = np.zeros(len(types))
    for j, (value, bid) in enumerate(zip(types.tolist(), offered.tolist(), strict=True)):
        shifts, weights = states_given(auction, bidder, value)
        if not len(shifts):
            continue
        here = bids
        held = bid >= auction.reserve  # not so where the type stays out
        if held:
            here = np.sort(np.append(bids, bid))
        worth = shifts if auction.values.model == "common" else np.full(len(shifts), value)
        gains = weights @ conditional(auction, strategies, classes, bidder, shifts, here, worth)
        if rho:
            gains = np.where(gains > 0, np.maximum(gains, 0.0) ** (1 / (1 - rho)), gains)
        kept = float(gains[np.searchsorted(here, bid)]) if held else 0.0
        regrets[j] = max(0.0, float(gains.max(initial=0.0))) - kept
    return types, np.maximum(regrets, 0.0)


def conditional(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    bidder: int,
    shifts: FloatArray,
    bids: FloatArray,
    worth: FloatArray,
) -> FloatArray:
    """Return the utility from each bid in each state, shape (states, bids)."""
    rho = auction.risk[bidder]
    nodes, weights = lots(auction.n_bidders - 1)
    product = np.ones((len(nodes), len(shifts), len(bids)))
    most = np.ones((len(shifts), len(bids)))
    for c, strategy in enumerate(strategies):
        rivals = [i for i, place in enumerate(classes) if place == c and i != bidder]
        if not rivals:
            continue
        prior = auction.values.own(rivals[0])
        law = Monotone(strategy, prior, 0.0, auction.reserve)
        low = prior.cdf(law.types_below(bids) - shifts[:, None])
        high = prior.cdf(law.types_at_most(bids) - shifts[:, None])
        product *= (low + nodes[:, None, None] * (high - low)) ** len(rivals)
        most *= high ** len(rivals)
    win = np.tensordot(weights, product, axes=1)
    if auction.format == "all_pay":
        return worth[:, None] * win - bids
    found = crra(worth[:, None] - bids, rho) * win
    if auction.price_rank == 2:
        # By parts as in `interim.utilities`, with the mean chance of both ends of a cell.
        prices = np.concatenate([[auction.reserve], bids])
        before = np.concatenate([most[:, :1], most], axis=1)
        fall = -np.diff(crra(worth[:, None] - prices, rho), axis=1)
        found += np.cumsum((before[:, 1:] + before[:, :-1]) / 2 * fall, axis=1)
    return found
