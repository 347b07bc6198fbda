"""The verifier's own winner determination: how much a set of bids can be worth.

Three ways, the first that can be afforded:

- a dynamic program over the units that are taken, bidder by bidder, in whole money units;
- every set, of at most 20 bids;
- the packing program through the HiGHS of scipy, for a stated time, whose bound counts as a second
  opinion: it is marked as such.

A bidder may be asked to give up an amount once it takes part (CA-4): the same program with a price
of entry, exact under both languages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction

__all__ = ["Optimum", "best_value", "plain_bound"]

_ZERO = Fraction(0)
MAX_STATES = 2**16
"""States of the dynamic program: units taken of each item that somebody asks for."""
MAX_WORK = 2 * 10**7
"""States times bids."""
MAX_BIDS = 20
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Optimum:
    """The greatest value of a set of bids, net of reserves.

    Parameters
    ----------
    upper : no set is worth more.
    lower : some set is worth this much.
    how : ``"exact"``, ``"solver"``, or ``"unsettled"`` where there was no time for one.
    """

    upper: Fraction
    lower: Fraction
    how: str


@dataclass(frozen=True, slots=True)
class _Bid:
    """A bid that can win."""

    bidder: int
    units: tuple[tuple[int, int], ...]  # item, units
    value: Fraction


def best_value(
    auction: CombinatorialAuction,
    *,
    without: int | None = None,
    entry: Mapping[int, Fraction] | None = None,
    seconds: float = 5.0,
    prices: list[Fraction] | None = None,
    held: Fraction | None = None,
) -> Optimum:
    """Return what the best set of bids adds, net of reserves, or between what it lies.

    Parameters
    ----------
    without : a bidder who is left out.
    entry : bidder -> what is taken off once it takes part.
    seconds : for the solver; without any left, only what is plain is said.
    prices : item prices, net of reserves: bids that cost more than the gap are passed over.
    held : value of a set that is known, for that gap.
    """
    costs = dict(entry or {})
    bids = _bids(auction, without)
    items = sorted({item for bid in bids for item, _ in bid.units})
    states = math.prod(int(auction.supplies[item]) + 1 for item in items)
    unit = Fraction(
        1,
        math.lcm(
            1, *(bid.value.denominator for bid in bids), *(u.denominator for u in costs.values())
        ),
    )
    most = sum((bid.value for bid in bids), _ZERO) / unit
    fits = states <= MAX_STATES and states * max(1, len(bids)) <= MAX_WORK and most < 2**62
    if fits and len(items) <= 30:
        worth = _by_units(auction, bids, items, costs, unit)
        return Optimum(worth, worth, "exact")
    if len(bids) <= MAX_BIDS:
        worth = _by_sets(auction, bids, costs)
        return Optimum(worth, worth, "exact")
    if prices is not None and held is not None and not costs:
        bids, least = _near(auction, bids, prices, held)
        if not bids:
            return Optimum(held, held, "exact")
        found = _by_program(auction, bids, costs, seconds)
        return Optimum(max(found.upper, least), max(found.lower, least), found.how)
    return _by_program(auction, bids, costs, seconds)


def plain_bound(auction: CombinatorialAuction) -> Optimum:
    """Return between what the optimum lies without any search: nothing, and all bids together."""
    return Optimum(sum((bid.value for bid in _bids(auction, None)), _ZERO), _ZERO, "unsettled")


def _bids(auction: CombinatorialAuction, without: int | None) -> list[_Bid]:
    """Return the bids that fit the supply and add something."""
    table, worth = auction.bids, auction.exact_reserves()
    found = []
    for bidder, bundle, price in table:
        if bidder == without:
            continue
        units = tuple((item, bundle.count(item)) for item in sorted(set(bundle)))
        value = Fraction(str(price)) - sum((worth[item] for item in bundle), _ZERO)
        if value > 0 and all(count <= auction.supplies[item] for item, count in units):
            found.append(_Bid(bidder, units, value))
    return found


def _by_units(
    auction: CombinatorialAuction,
    bids: list[_Bid],
    items: list[int],
    costs: Mapping[int, Fraction],
    unit: Fraction,
) -> Fraction:
    """Dynamic program over the units that may be taken of each item, bidder by bidder."""
    axis = {item: k for k, item in enumerate(items)}
    shape = tuple(int(auction.supplies[item]) + 1 for item in items)
    best = np.zeros(shape, dtype=np.int64)
    by_bidder: dict[int, list[_Bid]] = {}
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
    auction: CombinatorialAuction, bids: list[_Bid], costs: Mapping[int, Fraction]
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


def _near(
    auction: CombinatorialAuction, bids: list[_Bid], prices: list[Fraction], held: Fraction
) -> tuple[list[_Bid], Fraction]:
    """Return the bids that a better set than the one in hand may hold, and its value.

    An accepted bid costs the bound by item prices what it misses of the best gain of its bidder.
    """
    gain = [bid.value - sum((prices[i] * c for i, c in bid.units), _ZERO) for bid in bids]
    group = [bid.bidder if auction.language == "xor" else k for k, bid in enumerate(bids)]
    best: dict[int, Fraction] = {}
    for own, amount in zip(group, gain, strict=True):
        best[own] = max(best.get(own, _ZERO), amount)
    paid = sum((c * p for c, p in zip(auction.supplies.tolist(), prices, strict=True)), _ZERO)
    gap = paid + sum(best.values(), _ZERO) - held
    close = [
        bid for bid, own, amount in zip(bids, group, gain, strict=True) if best[own] - amount < gap
    ]
    return close, held


def _by_program(
    auction: CombinatorialAuction,
    bids: list[_Bid],
    costs: Mapping[int, Fraction],
    seconds: float,
) -> Optimum:
    """Ask the HiGHS of scipy."""
    if seconds <= 0:
        return Optimum(sum((bid.value for bid in bids), _ZERO), _ZERO, "unsettled")
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    payers = sorted({bid.bidder for bid in bids} & {i for i, u in costs.items() if u > 0})
    column = {bidder: len(bids) + k for k, bidder in enumerate(payers)}
    amounts = [*(bid.value for bid in bids), *(-costs[i] for i in payers)]
    unit = Fraction(1, math.lcm(1, *(amount.denominator for amount in amounts)))
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
        return Optimum(sum((bid.value for bid in bids), _ZERO), max(lower, _ZERO), "solver")
    upper = math.floor(-bound + 1e-3) * unit if whole else Fraction(-bound) * scale
    if not whole and answer.status == 0:
        upper = lower  # its word, within its tolerances
    return Optimum(max(upper, lower, _ZERO), max(lower, _ZERO), "solver")
