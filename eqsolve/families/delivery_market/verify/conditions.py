"""Is a claimed result of a delivery market right? Every condition, and who breaks it.

Works from the instance and the claimed transactions, prices, compensations and tips alone;
shares no code with the solvers. Checks the definition of equilibrium, the claimed utilities and
totals, and the proofs (`verify_proofs`). O(K n m) time, less for costs by parts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, is_integral
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.verify.enumeration import welfare_of
from eqsolve.families.delivery_market.verify.proofs import check_bound, check_none, check_proof

__all__ = ["verify"]


def verify(
    market: DeliveryMarket,
    result: Result[DeliverySolution] | DeliverySolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed to be an equilibrium.
    tolerance : relative; not used when market and claim are whole numbers, which are compared
        exactly.
    deadline : when to end the searches; None: never. The definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.delivery_market.solve import solve
    >>> market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    >>> verify(market, solve(market)).valid
    True
    """
    claim = claim_of(result)
    solution = claim.solution
    exact = market.is_integral and (solution is None or _is_whole(solution))
    builder = ReportBuilder(
        EXACT if exact else Tolerances(tolerance), _scale(market, solution), deadline
    )
    if solution is not None:
        if _check_transactions(builder, market, solution):
            _check_definition(builder, market, solution)
            _check_totals(builder, market, claim, solution)
            check_proof(builder, market, claim, solution)
    elif claim.status is Status.NO_EQUILIBRIUM:
        check_none(builder, market, claim)
    else:
        check_bound(builder, market, claim)
    return builder.finish()


def _scale(market: DeliveryMarket, solution: DeliverySolution | None) -> float:
    """Return the largest number that enters a claim: costs that nobody pays do not count."""
    largest = float(market.values.max(initial=0))
    if solution is None:
        return largest
    rows = solution.transactions
    inside = (rows >= 0) & (rows < (market.n_buyers, market.n_stores, market.n_couriers))
    i, j, k = rows[inside.all(axis=1)].T
    paid = market.costs.at(k, i, j)
    return max(largest, float(paid[np.isfinite(paid)].max(initial=0)))


def _is_whole(solution: DeliverySolution) -> bool:
    """Return whether every claimed number is whole."""
    arrays = (
        solution.prices,
        solution.compensations,
        solution.tips,
        solution.buyer_utilities,
        solution.courier_utilities,
    )
    return all(
        is_integral(array) or bool(((array == np.rint(array)) & (np.abs(array) < 2**53)).all())
        for array in arrays
    )


def _check_transactions(
    builder: ReportBuilder, market: DeliveryMarket, solution: DeliverySolution
) -> bool:
    """Check that every agent exists, is in one transaction at most, and can deliver."""
    problems = []
    rows = solution.transactions
    for column, side in enumerate(("buyers", "stores", "couriers")):
        size = market.side_sizes()[side]
        agents = rows[:, column]
        problems += [
            f"transaction names {side.removesuffix('s')} {agent}, but there are {size} {side}"
            for agent in agents[(agents < 0) | (agents >= size)].tolist()
        ]
        names, counts = np.unique(agents, return_counts=True)
        problems += [
            f"{market.label(side, agent)} is in {count} transactions"
            for agent, count in zip(names.tolist(), counts.tolist(), strict=True)
            if count > 1 and 0 <= agent < size
        ]
    if not problems:
        costs = market.costs.at(rows[:, 2], rows[:, 0], rows[:, 1])
        problems += [
            f"{market.label('couriers', k)} cannot deliver to {market.label('buyers', i)} from "
            f"{market.label('stores', j)}"
            for i, j, k in rows[np.isinf(costs)].tolist()
        ]
    return builder.require(
        "delivery.transactions",
        "each agent is in at most one transaction, and its courier can deliver",
        problems,
    )


def _check_definition(
    builder: ReportBuilder, market: DeliveryMarket, solution: DeliverySolution
) -> None:
    """Check the three conditions of the definition, and signs."""
    kind: Any = np.int64 if builder.tolerances.is_exact else np.float64
    prices, tips = solution.prices.astype(kind), solution.tips.astype(kind)
    pay = solution.compensations.astype(kind) + tips
    for name, side, amounts in (
        ("price", "stores", prices),
        ("tip", "", tips),
        ("compensation", "", solution.compensations),
    ):
        builder.compare(
            f"delivery.{name}-sign",
            f"no {name} is negative",
            -amounts,
            np.abs(amounts),
            lambda *index, name=name, side=side, amounts=amounts: (
                f"{name} of {_place(market, index, side)} is {amounts[index]}"
            ),
        )
    if not market.tips:
        builder.compare(
            "delivery.no-tips",
            "there are no tips in this market",
            np.abs(tips),
            np.abs(tips),
            lambda i, j: f"{_place(market, (i, j))} carries a tip of {tips[i, j]}",
        )
    buyers, stores, couriers = solution.transactions.T
    surplus = market.values.astype(kind) - prices[None, :] - tips
    own = np.zeros(market.n_buyers, dtype=kind)
    own[buyers] = surplus[buyers, stores]
    best = np.maximum(surplus.max(axis=1, initial=0), 0)
    builder.compare(
        "delivery.buyer-choice",
        "every buyer gets a most preferred store, or nothing if none gains",
        best - own,
        _largest(best, own, market.values.max(axis=1, initial=0)),
        lambda i: _envy(market, "buyers", i, own[i], best[i], surplus[i]),
        theorem="TIP-0",
    )
    sold = np.zeros(market.n_stores, dtype=bool)
    sold[stores] = True
    builder.compare(
        "delivery.unsold-price",
        "a store without a transaction has price 0",
        np.where(sold, 0.0, np.abs(prices)),
        np.abs(prices),
        lambda j: f"{market.label('stores', j)} sells nothing at price {prices[j]}",
    )
    earned = np.zeros(market.n_couriers, dtype=kind)
    costs = _whole_costs(market) if kind is np.int64 and not market.is_exact else None
    if costs is None:
        earned[couriers] = pay[buyers, stores] - market.costs.at(couriers, buyers, stores)
        margins, where = market.costs.margins(pay.astype(np.float64))
    else:
        earned[couriers] = pay[buyers, stores] - costs[couriers, buyers, stores]
        net = np.where(costs < 0, -1, pay - costs).reshape(market.n_couriers, -1)
        margins, where = net.max(axis=1, initial=0), net.argmax(axis=1)
    offer = np.maximum(margins, 0)
    reach = pay.max(initial=0.0)
    builder.compare(
        "delivery.courier-choice",
        "every courier carries a most preferred order of all pairs, or none if none gains",
        offer - earned,
        _largest(offer, earned, np.full(market.n_couriers, reach)),
        lambda k: _temptation(market, k, earned[k], offer[k], int(where[k])),
        theorem="TIP-0",
    )
    for side, name, claimed, true in (
        ("buyers", "buyer", solution.buyer_utilities, own),
        ("couriers", "courier", solution.courier_utilities, earned),
    ):
        builder.compare(
            f"delivery.{name}-utilities",
            f"claimed {name} utilities follow from values, costs and payments",
            np.abs(claimed - true),
            _largest(np.abs(claimed), np.abs(true)),
            lambda a, side=side, claimed=claimed, true=true: (
                f"{market.label(side, a)} has utility {true[a]:g}, not {claimed[a]}"
            ),
        )


def _whole_costs(market: DeliveryMarket) -> IntArray:
    """Return all whole costs, shape (K, n, m), to the last digit; -1 where forbidden."""
    costs = market.costs
    if costs.full is not None:
        return costs.full
    total = np.zeros(costs.shape, dtype=np.int64)
    for part, axes in (
        (costs.courier, (1, 2)),
        (costs.pickup, (1,)),
        (costs.dropoff, (2,)),
        (costs.order, (0,)),
    ):
        if part is not None:
            total += np.expand_dims(part, axes)
    return total


def _place(market: DeliveryMarket, index: tuple[int, ...], side: str = "") -> str:
    """Return the name of a store, or of an order."""
    if side:
        return market.label(side, index[0])
    i, j = index
    return f"the order of {market.label('buyers', i)} from {market.label('stores', j)}"


def _largest(*arrays: NumberArray) -> NumberArray:
    """Return the entrywise largest absolute value."""
    found: NumberArray = np.max([np.abs(array) for array in arrays], axis=0)
    return found


def _envy(
    market: DeliveryMarket, side: str, agent: int, own: Any, best: Any, surplus: NumberArray
) -> str:
    """Say what a buyer would rather order."""
    who = market.label(side, agent)
    if best <= 0 or not len(surplus):
        return f"{who} has utility {own:g}, and would rather order nothing"
    j = int(surplus.argmax())
    return (
        f"{who} has utility {own:g}, but {market.label('stores', j)} would give {best:g}: "
        f"better by {best - own:g}"
    )


def _temptation(market: DeliveryMarket, k: int, own: Any, best: Any, where: int) -> str:
    """Say what a courier would rather carry."""
    who = market.label("couriers", k)
    if best <= 0:
        return f"{who} has utility {own:g}, and would rather carry nothing"
    place = _place(market, divmod(where, market.n_stores))
    return f"{who} has utility {own:g}, but {place} would give {best:g}: better by {best - own:g}"


def _check_totals(
    builder: ReportBuilder,
    market: DeliveryMarket,
    claim: Result[DeliverySolution],
    solution: DeliverySolution,
) -> None:
    """Check welfare, cash flow and objective."""
    buyers, stores, _ = solution.transactions.T
    welfare = welfare_of(market, solution.transactions)
    paid = [*solution.prices[stores].tolist(), *(-solution.compensations[buyers, stores]).tolist()]
    cash_flow = sum(paid) if builder.tolerances.is_exact else math.fsum(paid)
    claims = [
        ("welfare", "sum of v - c over transactions", solution.welfare, welfare),
        ("cash-flow", "prices minus compensations", solution.platform_cash_flow, cash_flow),
    ]
    if claim.objective is not None:
        claims.append(("objective", "the welfare", claim.objective, welfare))
    for name, words, claimed, true in claims:
        builder.compare(
            f"delivery.{name}",
            f"claimed {name} is {words}",
            abs(claimed - true),
            max(abs(true), abs(claimed), builder.scale),
            lambda name=name, claimed=claimed, true=true: f"{name} is {true:g}, not {claimed:g}",
        )
