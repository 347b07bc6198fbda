"""Markets with capacities: claimed pairs and prices against the definition and the lattice.

A buyer holds a best set exactly if no pair left out gives more than the least it holds, none held
gives less than 0, and with room left no pair left out gives more than 0. So one pass over the
values at each price vector, which finds the best pair left out of every buyer, decides (CAP-1).
Whether prices are the ends of the lattice is told by chains of ties (CAP-2), see `price_ends`.
O(edges) time, and for payments of buyers of several items see `removal`.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, is_integral
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.verify.capacity_scan import Seen, Trades, look, trades_of
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


def check_capacities(
    builder: ReportBuilder,
    market: AssignmentMarket,
    claim: Result[AssignmentSolution],
    solution: AssignmentSolution,
) -> None:
    """Add all checks of a claim about a market with capacities to a report."""
    if not (_check_shapes(builder, market, solution) and _check_pairs(builder, market, solution)):
        return
    trades = trades_of(market, solution)
    slack = Slack.of(builder.tolerances, builder.scale)
    low = look(market, trades, solution.price_min, slack)
    high = look(market, trades, solution.price_max, slack)
    same = (one for one in (high, low) if np.array_equal(one.prices, solution.prices))
    asked = next(same, None) or look(market, trades, solution.prices, slack)
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


def _check_demand(
    builder: ReportBuilder, market: AssignmentMarket, trades: Trades, name: str, seen: Seen
) -> None:
    """Check that every buyer holds a best set; the amount bounds what it could gain."""
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
        seen.regret,
        np.maximum(trades.worth, paid),
        describe,
        theorem="CAP-1",
    )


def _check_utilities(
    builder: ReportBuilder,
    market: AssignmentMarket,
    solution: AssignmentSolution,
    trades: Trades,
    seen: Seen,
) -> None:
    """Check the claimed utilities."""
    utility = trades.by_buyer(seen.held)
    builder.compare(
        "assignment.utilities",
        "claimed utilities are values minus prices",
        np.abs(solution.utilities - utility),
        trades.worth,
        lambda i: (
            f"{market.label('buyers', i)} has utility {utility[i]}, not {solution.utilities[i]}"
        ),
    )


def _full_levels(market: AssignmentMarket, trades: Trades, seen: Seen) -> NumberArray:
    """Return what the least of its pairs leaves each full buyer, 0 where there is room."""
    high = np.inf if seen.held.dtype.kind == "f" else 2**62
    level = np.full(market.n_buyers, high, dtype=seen.held.dtype)
    np.minimum.at(level, trades.buyers, seen.held)
    level[trades.room > 0] = 0
    return level


def _pinned_low(market: AssignmentMarket, trades: Trades, seen: Seen, slack: Slack) -> BoolArray:
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


def _pinned_high(market: AssignmentMarket, trades: Trades, seen: Seen, slack: Slack) -> BoolArray:
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


def _worth(market: AssignmentMarket, trades: Trades, prices: NumberArray) -> NumberArray:
    """Return the magnitude of each price: of the values that pay it, or itself."""
    worth = np.abs(prices).astype(np.result_type(prices, trades.own))
    np.maximum.at(worth, trades.sellers, trades.own)
    return worth


def _greatest_own(market: AssignmentMarket, trades: Trades) -> NumberArray:
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
    trades: Trades,
    seen: Seen,
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
        seen = look(market, trades, columns + market.reserves, slack)
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
    market: AssignmentMarket, trades: Trades, seen: Seen, rows: NumberArray
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
