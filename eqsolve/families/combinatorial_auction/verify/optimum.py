"""The verifier's own winner determination: how much a set of bids can be worth.

The first way that can be afforded:

- a dynamic program over the units that are taken, bidder by bidder, in whole money units;
- every set, of at most 20 bids;
- its own compiled search (`search`), for a stated time;
- where an OR bidder with several bids gives something up once it takes part: the packing program
  through the HiGHS of scipy, for a stated time, whose word counts as a second opinion.

A bidder may be asked to give up an amount once it takes part (CA-4).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.limits import Deadline, Limits
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.verify.bids import Bid, Bids
from eqsolve.families.combinatorial_auction.verify.search import compiled_search

__all__ = ["Optimum", "any_set", "best_set"]

_ZERO = Fraction(0)
MAX_STATES = 2**16
"""States of the dynamic program: units taken of each item that somebody asks for."""
MAX_WORK = 2 * 10**7
"""States times bids."""
MAX_BIDS = 20
_EXACT = 2**53
_LARGEST = 2**61
"""What sums of the search stay below."""
_FINE = 64
"""Parts of a money unit that row prices are whole multiples of, where sums allow it."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """The greatest value of a set of bids, net of reserves.

    Parameters
    ----------
    upper : no set is worth more.
    lower : some set is worth this much.
    """

    upper: Fraction
    lower: Fraction

    def less(self, amount: Fraction) -> Optimum:
        """Return it with an amount taken off."""
        return Optimum(self.upper - amount, self.lower - amount)


def any_set(bids: Bids) -> Optimum:
    """Return between what the optimum lies without any search: nothing, and all together."""
    return Optimum(_sum(_useful(bids)), _ZERO)


def best_set(
    bids: Bids,
    *,
    seconds: float,
    without: int | None = None,
    members: Collection[int] | None = None,
    entry: Mapping[int, Fraction] | None = None,
    held: Fraction = _ZERO,
) -> Optimum:
    """Return what the best set of bids adds, net of reserves, or between what it lies.

    Parameters
    ----------
    bids : of the auction.
    seconds : for a search.
    without : a bidder who is left out.
    members : the bidders who take part, by default all.
    entry : bidder -> what is taken off once it takes part.
    held : value of a set that is known.
    """
    auction, costs = bids.auction, dict(entry or {})
    open_ = [
        bid
        for bid in _useful(bids)
        if bid.bidder != without and (members is None or bid.bidder in members)
    ]
    items = sorted({item for bid in open_ for item, _ in bid.units})
    states = math.prod(int(auction.supplies[item]) + 1 for item in items)
    if states <= MAX_STATES and states * max(1, len(open_)) <= MAX_WORK and len(items) <= 30:
        unit = _unit([*(bid.value for bid in open_), *costs.values()])
        if _sum(open_) / unit < 2**62:
            worth = _by_units(auction, open_, items, costs, unit)
            return Optimum(worth, worth)
    if len(open_) <= MAX_BIDS:
        worth = _by_sets(auction, open_, costs)
        return Optimum(worth, worth)
    several = auction.language == "or" and len({bid.bidder for bid in open_}) < len(open_)
    if costs and several:
        return _by_program(auction, open_, costs, seconds)
    net = [replace(bid, value=bid.value - costs.get(bid.bidder, _ZERO)) for bid in open_]
    return _by_search(auction, [bid for bid in net if bid.value > 0], held, seconds)


def _useful(bids: Bids) -> list[Bid]:
    """Return the bids that fit the supply and add something."""
    return [bid for bid in bids.all if bid.fits and bid.value > 0]


def _sum(bids: Iterable[Bid]) -> Fraction:
    """Return what bids add together."""
    return sum((bid.value for bid in bids), _ZERO)


def _unit(amounts: Iterable[Fraction]) -> Fraction:
    """Return the largest unit of which amounts are whole multiples, at most 1."""
    return Fraction(1, math.lcm(1, *(amount.denominator for amount in amounts)))


def _by_search(
    auction: CombinatorialAuction, bids: Sequence[Bid], held: Fraction, seconds: float
) -> Optimum:
    """Search for a set that is worth more than `held`, which is no less than 0."""
    if not bids:
        return Optimum(held, held)
    amounts = [bid.value for bid in bids]
    total, unit = _sum(bids), _unit(amounts)
    most = max(total, max(amounts) * (1 + max(sum(c for _, c in bid.units) for bid in bids)))
    grid = max(unit / _FINE, most / _LARGEST)
    # Rounded up where the grid is coarser than the amounts: what is shown then holds all the more.
    values = np.array([math.ceil(amount / grid) for amount in amounts], dtype=np.int64)
    entries = [(item, k, count) for k, bid in enumerate(bids) for item, count in bid.units]
    if auction.language == "xor":
        entries += [(auction.n_items + bid.bidder, k, 1) for k, bid in enumerate(bids)]
    row, column, units = np.array(entries, dtype=np.int64).T
    room = np.append(auction.supplies, np.ones(auction.n_bidders, dtype=np.int64))
    scarce = np.flatnonzero(np.bincount(row, units, minlength=len(room)) > room)
    kept = np.isin(row, scarce)
    row, column, units = np.searchsorted(scarce, row[kept]), column[kept], units[kept]
    by_bid, by_row = np.argsort(column, kind="stable"), np.argsort(row, kind="stable")

    def ends(places: Any, size: int) -> Any:
        return np.append(0, np.cumsum(np.bincount(places, minlength=size)))

    clock = Deadline(Limits(time=max(seconds, 1e-3)))
    step = _FINE if grid * _FINE == unit else 1
    prices = _row_prices(values, row, column, units, room[scarce], clock.remaining)
    with clock.watching() as stop:
        best, winners, complete = compiled_search()(
            values, ends(column, len(bids)), row[by_bid], units[by_bid],
            ends(row, len(scarce)), column[by_row], units[by_row],
            room[scarce], prices, int(held // (grid * step)) * step, step, stop,
        )  # fmt: skip
    lower = max(held, sum((amounts[k] for k in np.flatnonzero(winners)), _ZERO))
    return Optimum(max(lower, best * grid if complete else total), lower)


def _row_prices(values: Any, row: Any, column: Any, units: Any, room: Any, seconds: float) -> Any:
    """Return prices of the rows to begin with: those of the linear program, else zeros."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    prices = np.zeros(len(room), dtype=np.int64)
    if not len(room):
        return prices
    scale = float(values.max())
    places = row.astype(np.int32), column.astype(np.int32)  # older solvers take no others
    answer = linprog(
        -values / scale,
        A_ub=csr_array((units.astype(float), places), shape=(len(room), len(values))),
        b_ub=room.astype(float),
        bounds=(0, 1),
        method="highs",
        options={"time_limit": max(seconds, 0.05)},
    )
    if answer.status == 0:
        prices += np.maximum(np.round(-answer.ineqlin.marginals * scale), 0).astype(np.int64)
    return prices


def _by_units(
    auction: CombinatorialAuction,
    bids: list[Bid],
    items: list[int],
    costs: Mapping[int, Fraction],
    unit: Fraction,
) -> Fraction:
    """Dynamic program over the units that may be taken of each item, bidder by bidder."""
    axis = {item: k for k, item in enumerate(items)}
    shape = tuple(int(auction.supplies[item]) + 1 for item in items)
    best = np.zeros(shape, dtype=np.int64)
    by_bidder: dict[int, list[Bid]] = {}
    for bid in bids:
        by_bidder.setdefault(bid.bidder, []).append(bid)
    for bidder, own in by_bidder.items():
        taking = np.full(shape, -(2**62), dtype=np.int64)
        for bid in own:
            count = dict(bid.units)
            to = tuple(slice(count.get(item, 0), None) for item in axis)
            start = tuple(
                slice(None, size - count.get(item, 0))
                for item, size in zip(axis, shape, strict=True)
            )
            value = int(bid.value / unit)
            before = best if auction.language == "xor" else np.maximum(best, taking)
            taking[to] = np.maximum(taking[to], before[start] + value)
        best = np.maximum(best, taking - int(costs.get(bidder, _ZERO) / unit))
    return int(best.max()) * unit


def _by_sets(
    auction: CombinatorialAuction, bids: list[Bid], costs: Mapping[int, Fraction]
) -> Fraction:
    """Look at every set that could be better than those before."""
    best = _ZERO
    rest_of = [_ZERO] * (len(bids) + 1)
    for place in reversed(range(len(bids))):
        rest_of[place] = rest_of[place + 1] + bids[place].value

    def visit(place: int, left: dict[int, int], members: frozenset[int], worth: Fraction) -> None:
        nonlocal best
        best = max(best, worth)
        if worth + rest_of[place] <= best:
            return
        bid = bids[place]
        known = bid.bidder in members
        excluded = known and auction.language == "xor"
        if not excluded and all(left[item] >= count for item, count in bid.units):
            rest = {**left, **{item: left[item] - count for item, count in bid.units}}
            gain = bid.value - (_ZERO if known else costs.get(bid.bidder, _ZERO))
            visit(place + 1, rest, members | {bid.bidder}, worth + gain)
        visit(place + 1, left, members, worth)

    supplies = dict(enumerate(auction.supplies.tolist()))
    visit(0, supplies, frozenset(), _ZERO)
    return best


def _by_program(
    auction: CombinatorialAuction,
    bids: list[Bid],
    costs: Mapping[int, Fraction],
    seconds: float,
) -> Optimum:
    """Ask the HiGHS of scipy."""
    if seconds <= 0:
        return Optimum(_sum(bids), _ZERO)
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    payers = sorted({bid.bidder for bid in bids} & {i for i, u in costs.items() if u > 0})
    column = {bidder: len(bids) + k for k, bidder in enumerate(payers)}
    amounts = [*(bid.value for bid in bids), *(-costs[i] for i in payers)]
    unit = _unit(amounts)
    whole = sum((abs(amount) for amount in amounts), _ZERO) / unit < _EXACT
    scale = unit if whole else max(bid.value for bid in bids) / 2**16
    entries: list[tuple[int, int, float]] = []
    right: list[float] = []
    row_of: dict[tuple[str, int], int] = {}

    def row(kind: str, key: int, limit: float) -> int:
        if (kind, key) not in row_of:
            row_of[kind, key] = len(right)
            right.append(limit)
        return row_of[kind, key]

    for k, bid in enumerate(bids):
        for item, count in bid.units:
            entries.append((row("item", item, float(auction.supplies[item])), k, float(count)))
        if auction.language == "xor":
            entries.append((row("bidder", bid.bidder, 1.0), k, 1.0))
        if bid.bidder in column:
            at = row("entry", k, 0.0)
            entries += [(at, k, 1.0), (at, column[bid.bidder], -1.0)]
    rows, columns, data = zip(*entries, strict=True)
    # Indices of 32 bits: older versions of scipy's solvers take no others.
    places = np.array(rows, dtype=np.int32), np.array(columns, dtype=np.int32)
    matrix = csr_array((data, places), shape=(len(right), len(amounts)))
    answer: Any = milp(
        -np.array([float(amount / scale) for amount in amounts]),
        constraints=LinearConstraint(matrix, -np.inf, np.array(right)),
        integrality=np.ones(len(amounts)),
        bounds=Bounds(0, 1),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    lower = _ZERO
    if answer.x is not None:
        taken = np.flatnonzero(np.asarray(answer.x) > 0.5)
        lower = sum((amounts[k] for k in taken.tolist()), _ZERO)
    bound = answer.mip_dual_bound
    if bound is None or not math.isfinite(bound):
        return Optimum(_sum(bids), max(lower, _ZERO))
    upper = math.floor(-bound + 1e-3) * unit if whole else Fraction(-bound) * scale
    if not whole and answer.status == 0:
        upper = lower  # its word, within its tolerances
    return Optimum(max(upper, lower, _ZERO), max(lower, _ZERO))
