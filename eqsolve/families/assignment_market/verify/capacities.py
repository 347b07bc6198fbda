"""Markets with capacities: claimed pairs and prices against the definition and the lattice.

A buyer holds a best set exactly if no pair left out gives more than the least it holds, none held
gives less than 0, and with room left no pair left out gives more than 0. So one pass over the
values at each price vector, which finds the best pair left out of every buyer, decides (CAP-1).
Whether prices are the ends of the lattice is told by chains of ties (CAP-2), see `price_ends`.
O(edges) time, and for payments of buyers of several items see `removal`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, is_integral
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.verify.common import (
    check_between,
    check_rule,
    check_sellers,
    check_welfare,
    total_of,
)
from eqsolve.families.assignment_market.verify.price_ends import reach
from eqsolve.families.assignment_market.verify.removal import check_payments
from eqsolve.families.assignment_market.verify.scan import Slack

__all__ = ["check_capacities"]

_BLOCK = 1 << 16
"""Numbers per block of rows: small enough to stay in the cache."""


@dataclass(frozen=True, slots=True)
class _Trades:
    """The claimed pairs, and what they make of the capacities.

    Parameters
    ----------
    buyers, sellers, own : shapes (k,): the pairs, sorted, and their values.
    room : shape (n,): how many more sellers each buyer could take.
    sold_out : shape (m,): whether no unit of a seller is left.
    """

    buyers: IntArray
    sellers: IntArray
    own: NumberArray
    room: IntArray
    sold_out: BoolArray

    def by_buyer(self, amounts: NumberArray) -> NumberArray:
        """Return sums over the pairs of each buyer."""
        total = np.zeros(len(self.room), dtype=amounts.dtype)
        np.add.at(total, self.buyers, amounts)
        return total


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a pass over the values at `prices` found.

    Parameters
    ----------
    held : shape (k,): what each pair held leaves its buyer.
    other : shape (n,): the most that a pair left out would, 0 at least.
    ties : buyers, sellers and surpluses of the pairs left out that come close to `other`; not those
        of sellers at their reserves for buyers whose `other` is 0, which move neither.
    close : how close.
    """

    prices: NumberArray
    held: NumberArray
    other: NumberArray
    ties: tuple[IntArray, IntArray, NumberArray]
    close: float


def check_capacities(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
) -> None:
    """Add all checks of a claim about a market with capacities to a report."""
    if not (_check_shapes(builder, market, solution) and _check_pairs(builder, market, solution)):
        return
    trades = _trades(market, solution)
    slack = Slack.of(builder.tolerances, builder.scale)
    low = _look(market, trades, solution.price_min, slack)
    high = _look(market, trades, solution.price_max, slack)
    same = (one for one in (high, low) if np.array_equal(one.prices, solution.prices))
    asked = next(same, None) or _look(market, trades, solution.prices, slack)
    for name, seen in (("price-min", low), ("price-max", high), ("prices", asked)):
        check_sellers(builder, market, name, seen.prices, trades.sold_out)
        _check_demand(builder, market, trades, name, seen)
    _check_utilities(builder, market, solution, trades, asked)
    check_between(builder, market, solution)
    _check_end(builder, market, "min", low.prices, ~_pinned_low(market, trades, low, slack))
    _check_end(builder, market, "max", high.prices, ~_pinned_high(market, trades, high, slack))
    _check_closed(builder, market, high.prices)
    check_rule(builder, market, claim, solution)
    _check_duality(builder, market, claim, solution, trades, asked)
    check_payments(builder, market, solution)


def _check_shapes(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> bool:
    """Check that every array has one entry per agent; silent when all is well."""
    n, m = market.n_buyers, market.n_sellers
    sizes = {"prices": m, "price_min": m, "price_max": m, "utilities": n, "vcg_payments": n}
    if not solution.has_payments:
        del sizes["vcg_payments"]
    problems = [
        f"{name} has shape {np.shape(getattr(solution, name))}, expected ({size},)"
        for name, size in sizes.items()
        if np.shape(getattr(solution, name)) != (size,)
    ]
    shape = () if solution.pairs is None else solution.pairs.shape
    if len(shape) != 2 or shape[1] != 2:
        problems.append(f"pairs has shape {shape}, expected (trades, 2)")
    if np.shape(solution.matching) or solution.price_path is not None:
        problems.append("a market with capacities has pairs, no matching and no price path")
    if not problems:
        return True
    return builder.require("assignment.shape", "arrays have one entry per agent", problems)


def _check_pairs(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> bool:
    """Check that the pairs are edges, none twice, within the capacities of both sides."""
    buyers, sellers = solution.trades
    n, m = market.n_buyers, market.n_sellers
    outside = (buyers < 0) | (buyers >= n) | (sellers < 0) | (sellers >= m)
    problems = [
        f"the pair ({buyers[k]}, {sellers[k]}) is not among {n} buyers and {m} sellers"
        for k in np.flatnonzero(outside)
    ]
    if not problems:
        keys = buyers * m + sellers
        if not (keys[1:] > keys[:-1]).all():
            ordered = np.sort(keys)
            twice = ordered[1:][ordered[1:] == ordered[:-1]]
            problems += [
                f"{market.label('buyers', int(key // m))} and "
                f"{market.label('sellers', int(key % m))} trade twice"
                for key in twice
            ]
            if not len(twice):
                problems.append("the pairs are not sorted")
        problems += [
            f"{market.label('buyers', int(buyers[k]))} buys from "
            f"{market.label('sellers', int(sellers[k]))}, but there is no edge between them"
            for k in np.flatnonzero(market.values.at(buyers, sellers) < 0)
        ]
        for side, ends, limits, word in (
            ("buyers", buyers, market.capacities[0], "takes"),
            ("sellers", sellers, market.capacities[1], "sells"),
        ):
            count = np.bincount(ends, minlength=len(limits))
            problems += [
                f"{market.label(side, int(k))} {word} {count[k]}, its capacity is {limits[k]}"
                for k in np.flatnonzero(count > limits)
            ]
    return builder.require(
        "assignment.pairs", "pairs trade once, along edges, within capacities", problems
    )


def _trades(market: AssignmentMarket, solution: AssignmentSolution) -> _Trades:
    """Return the claimed pairs with their values."""
    buyers, sellers = solution.trades
    a, s = market.capacities
    return _Trades(
        buyers,
        sellers,
        market.values.at(buyers, sellers),
        np.minimum(a, market.n_sellers) - np.bincount(buyers, minlength=market.n_buyers),
        np.bincount(sellers, minlength=market.n_sellers) >= s,
    )


def _look(market: AssignmentMarket, trades: _Trades, prices: NumberArray, slack: Slack) -> _Seen:
    """Return what a pass over the values at some prices finds; O(edges)."""
    indptr, indices, data = (
        market.values.csr() if market.values.is_sparse else (None, None, market.values.dense())
    )
    held = trades.own - prices[trades.sellers]
    other = np.zeros(market.n_buyers, dtype=held.dtype)
    close = 2 * slack.relative * market.scale + slack.floor  # what rounding may hide, at most
    dear = prices > market.reserves
    parts: list[tuple[IntArray, IntArray, NumberArray]] = []
    if indptr is not None and indices is not None:
        surplus = data - prices[indices]
        rows = np.repeat(np.arange(market.n_buyers), np.diff(indptr))
        key, wanted = rows * market.n_sellers + indices, trades.buyers * market.n_sellers
        surplus[np.searchsorted(key, wanted + trades.sellers)] = _low(surplus.dtype)
        filled = np.flatnonzero(np.diff(indptr) > 0)
        if len(filled):
            other[filled] = np.maximum(np.maximum.reduceat(surplus, indptr[filled]), 0)
        level = other[rows]
        near = np.flatnonzero((surplus >= level - close) & (dear[indices] | (level > 0)))
        return _Seen(prices, held, other, (rows[near], indices[near], surplus[near]), close)
    step = max(1, _BLOCK // max(1, market.n_sellers))
    starts = range(0, market.n_buyers if market.n_sellers else 0, step)
    ends = np.searchsorted(trades.buyers, [*starts, market.n_buyers])
    for place, start in enumerate(starts):
        values = data[start : start + step]
        surplus = values - prices
        if market.values.has_gaps:
            surplus[values < 0] = _low(surplus.dtype)
        part = slice(ends[place], ends[place + 1])
        surplus[trades.buyers[part] - start, trades.sellers[part]] = _low(surplus.dtype)
        top = np.maximum(surplus.max(axis=1), 0)
        other[start : start + step] = top
        near = surplus >= (top - close)[:, None]
        near &= dear | (top > 0)[:, None]
        places = np.flatnonzero(near)
        row = places // market.n_sellers
        column = places - row * market.n_sellers
        parts.append((row + start, column, surplus.ravel()[places]))
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        parts.append((empty, empty, empty))
    ties = tuple(map(np.concatenate, zip(*parts, strict=True))) if len(parts) > 1 else parts[0]
    return _Seen(prices, held, other, (ties[0], ties[1], ties[2]), close)


def _low(kind: np.dtype[np.generic]) -> float | int:
    """Return what is below every surplus."""
    return -np.inf if kind.kind == "f" else -(2**62)


def _check_demand(
    builder: ReportBuilder, market: AssignmentMarket, trades: _Trades, name: str, seen: _Seen
) -> None:
    """Check that every buyer holds a best set.

    The amount bounds what it could gain, and is 0 exactly where it could gain nothing: what its
    best pair left out gives more than each that it holds, and for each place that it has free.
    """
    misses = trades.by_buyer(np.maximum(seen.other[trades.buyers] - seen.held, 0))
    regret = np.where(seen.other > 0, trades.room * seen.other, 0) + misses
    paid = trades.by_buyer(np.abs(seen.prices[trades.sellers]))

    def describe(i: int) -> str:
        who = market.label("buyers", i)
        ours = np.flatnonzero(trades.buyers == i)
        columns, values = market.values.row(i)
        free = ~np.isin(columns, trades.sellers[ours])
        columns, surplus = columns[free], (values - seen.prices[columns])[free]
        worst = ours[seen.held[ours].argmin()] if len(ours) else -1
        if worst >= 0 and (not trades.room[i] or seen.held[worst] < 0):
            seller = market.label("sellers", int(trades.sellers[worst]))
            has = f"holds {seller}, which leaves it {seen.held[worst]}"
        else:
            has = f"has room for {trades.room[i]} more"
        if not len(surplus) or surplus.max() <= 0:
            return f"{who} {has}, and would rather hold less"
        k = int(surplus.argmax())
        return (
            f"{who} {has}, but {market.label('sellers', int(columns[k]))} at price "
            f"{seen.prices[columns[k]]} would give {surplus[k]}"
        )

    builder.compare(
        f"assignment.{name}.buyer-demand",
        f"at {name} every buyer holds a best set within its capacity",
        regret,
        np.maximum(trades.by_buyer(trades.own), paid),
        describe,
        theorem="CAP-1",
    )


def _check_utilities(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    trades: _Trades,
    seen: _Seen,
) -> None:
    """Check the claimed utilities."""
    utility = trades.by_buyer(seen.held)
    builder.compare(
        "assignment.utilities",
        "claimed utilities are values minus prices",
        np.abs(solution.utilities - utility),
        trades.by_buyer(trades.own),
        lambda i: (
            f"{market.label('buyers', i)} has utility {utility[i]}, not {solution.utilities[i]}"
        ),
    )


def _full_levels(market: AssignmentMarket, trades: _Trades, seen: _Seen) -> NumberArray:
    """Return what the least of its pairs leaves each full buyer, 0 where there is room."""
    high = np.inf if seen.held.dtype.kind == "f" else 2**62
    level = np.full(market.n_buyers, high, dtype=seen.held.dtype)
    np.minimum.at(level, trades.buyers, seen.held)
    level[trades.room > 0] = 0
    return level


def _pinned_low(market: AssignmentMarket, trades: _Trades, seen: _Seen, slack: Slack) -> BoolArray:
    """Return the sellers whose prices cannot fall, shape (m,).

    One at its reserve cannot; nor one that a buyer would take whose own utility of a further pair
    cannot rise: because it has room, or because the least of its pairs is of such a seller.
    """
    n, m = market.n_buyers, market.n_sellers
    starts = np.zeros(m + n, dtype=bool)
    starts[:m] = seen.prices - market.reserves <= slack.at(_worth(market, trades, seen.prices))
    if starts[:m].all():
        return starts[:m]
    level = _full_levels(market, trades, seen)
    starts[m:] = trades.room > 0
    buyers, sellers, surplus = seen.ties
    tied = surplus >= level[buyers] - slack.at(surplus + seen.prices[sellers])
    least = seen.held <= level[trades.buyers] + slack.at(trades.own)
    tails = np.concatenate([m + buyers[tied], trades.sellers[least]])
    heads = np.concatenate([sellers[tied], m + trades.buyers[least]])
    return reach(starts, tails, heads)[:m]


def _pinned_high(market: AssignmentMarket, trades: _Trades, seen: _Seen, slack: Slack) -> BoolArray:
    """Return the sellers whose prices cannot rise, shape (m,).

    One with a unit left cannot; nor one that leaves a buyer no more than a further pair whose
    price cannot rise, or than nothing. Sellers without units are judged by `_check_closed`.
    """
    n, m = market.n_buyers, market.n_sellers
    starts = np.zeros(m + n, dtype=bool)
    starts[:m] = ~trades.sold_out | (market.capacities[1] == 0)
    buyers, sellers, surplus = seen.ties
    reached = surplus >= seen.other[buyers] - slack.at(surplus + seen.prices[sellers])
    bound = seen.held <= seen.other[trades.buyers] + slack.at(trades.own)
    starts[m:] = seen.other <= slack.at(_greatest_own(market, trades))
    tails = np.concatenate([sellers[reached], m + trades.buyers[bound]])
    heads = np.concatenate([m + buyers[reached], trades.sellers[bound]])
    return reach(starts, tails, heads)[:m]


def _worth(market: AssignmentMarket, trades: _Trades, prices: NumberArray) -> NumberArray:
    """Return the magnitude of each price: of the values that pay it, or itself."""
    worth = np.abs(prices).astype(np.result_type(prices, trades.own))
    np.maximum.at(worth, trades.sellers, trades.own)
    return worth


def _greatest_own(market: AssignmentMarket, trades: _Trades) -> NumberArray:
    """Return the greatest value among the pairs of each buyer, 0 if it has none."""
    greatest = np.zeros(market.n_buyers, dtype=trades.own.dtype)
    np.maximum.at(greatest, trades.buyers, trades.own)
    return greatest


def _check_end(
    builder: ReportBuilder,
    market: AssignmentMarket,
    end: str,
    prices: NumberArray,
    free: BoolArray,
) -> None:
    """Check that no price can move beyond an end of the lattice."""
    word, move = ("lower", "fall") if end == "min" else ("higher", "rise")
    places = np.flatnonzero(free)
    more = f" together with {len(places) - 1} others" if len(places) > 1 else ""
    builder.require(
        f"assignment.price-{end}.end",
        f"no equilibrium has {word} prices",
        [
            f"the price {prices[j]} of {market.label('sellers', int(j))} could {move}{more}"
            for j in places[:1]
        ],
        theorem="CAP-2",
    )


def _check_closed(builder: ReportBuilder, market: AssignmentMarket, prices: NumberArray) -> None:
    """Check the greatest prices of sellers without units: as high as anybody values a unit.

    They have no upper end; beyond these nobody would take a unit even if nothing else were better.
    """
    closed = np.flatnonzero(market.capacities[1] == 0)
    if not len(closed):
        return
    _, indices, data = market.values.csr()
    top = market.reserves.astype(np.result_type(market.reserves, data))
    np.maximum.at(top, indices, data)
    builder.compare(
        "assignment.price-max.closed",
        "the greatest price of a seller without units is the greatest value of one",
        np.abs(prices - top)[closed],
        top[closed],
        lambda k: (
            f"{market.label('sellers', int(closed[k]))} without units has price "
            f"{prices[closed[k]]}, not {top[closed[k]]}"
        ),
        theorem="CAP-2",
    )


def _check_duality(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
    trades: _Trades,
    seen: _Seen,
) -> None:
    """Check welfare, objective, bounds and CAP-1: the duals sum to the welfare."""
    welfare = total_of(trades.own - market.reserves[trades.sellers])
    magnitude = check_welfare(builder, claim, solution, welfare)
    certificate = claim.certificate
    if isinstance(certificate, DualCertificate):
        rows, columns = certificate.row_duals, certificate.column_duals
    else:
        rows, columns = seen.other, solution.prices - market.reserves
    if rows.shape != (market.n_buyers,) or columns.shape != (market.n_sellers,):
        builder.require(
            "assignment.certificate", "duals have one entry per agent", ["wrong number of duals"]
        )
        return
    if not np.array_equal(columns + market.reserves, seen.prices):
        slack = Slack.of(builder.tolerances, builder.scale)
        seen = _look(market, trades, columns + market.reserves, slack)
    a, s = market.capacities
    total = sum(
        total_of(part)
        for part in (
            _products(a, rows),
            _products(s, columns),
            np.maximum(seen.held - rows[trades.buyers], 0),
            _uncovered(market, trades, seen, rows),
        )
    )
    builder.compare(
        "assignment.duality",
        "capacities times duals, and what pairs are worth beyond them, sum to the welfare",
        abs(total - welfare),
        magnitude,
        lambda: f"duals sum to {total}, trades are worth {welfare}",
        theorem="CAP-1",
    )
    builder.compare(
        "assignment.dual-feasible",
        "duals are >= 0",
        np.concatenate([-rows, -columns]),
        builder.scale,
        lambda k: (
            f"{market.label('buyers', k)} has a negative dual"
            if k < market.n_buyers
            else f"{market.label('sellers', k - market.n_buyers)} has a negative dual"
        ),
        theorem="CAP-1",
    )


def _products(capacities: IntArray, duals: NumberArray) -> NumberArray:
    """Return products in which no whole number overflows."""
    used = np.flatnonzero(duals)
    if not is_integral(duals):
        return capacities[used] * duals[used]
    largest = max(int(duals.max(initial=0)), -int(duals.min(initial=0)))
    if largest * int(capacities.max(initial=0)) < 2**62:
        return capacities[used] * duals[used]
    pairs = zip(capacities[used].tolist(), duals[used].tolist(), strict=True)
    large = [one * two for one, two in pairs]
    if all(abs(number) < 2**62 for number in large):
        return np.array(large, dtype=np.int64)
    return np.array(large, dtype=np.float64)


def _uncovered(
    market: AssignmentMarket, trades: _Trades, seen: _Seen, rows: NumberArray
) -> NumberArray:
    """Return what pairs left out are worth beyond the duals; nothing where duals are right."""
    buyers, _, surplus = seen.ties
    # What is worth more than the duals of these buyers is among the ties.
    near = rows >= np.where(seen.other > 0, seen.other - seen.close, 0)
    found = [np.maximum(surplus - rows[buyers], 0)[near[buyers]]]
    for i in np.flatnonzero(~near).tolist():
        columns, values = market.values.row(i)
        out = ~np.isin(columns, trades.sellers[trades.buyers == i])
        found.append(np.maximum((values - seen.prices[columns])[out] - rows[i], 0))
    return np.concatenate(found)
