"""Is a claimed result of a delivery market right? Every condition, and who breaks it.

Works from the instance and the claimed transactions, prices, compensations and tips alone;
shares no code with the solvers. Checks the definition of equilibrium, the claimed utilities and
totals, and the proofs: duals that bound the welfare, or that show that couriers cannot carry what
buyers demand. What rests on a solver's word is said. O(K n m) time, less for costs by parts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.numerics import EXACT, Tolerances
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.delivery.instance import DeliveryMarket
from eqsolve.delivery.solution import DeliverySolution

__all__ = ["verify"]


def verify(
    market: DeliveryMarket,
    result: Result[DeliverySolution] | DeliverySolution,
    *,
    tolerance: float = 1e-6,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed to be an equilibrium.
    tolerance : relative; not used when market and claim are whole numbers, which are compared
        exactly.

    Examples
    --------
    >>> from eqsolve.delivery.solve import solve
    >>> market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    >>> verify(market, solve(market)).valid
    True
    """
    claim = claim_of(result)
    solution = claim.solution
    exact = market.is_exact and (solution is None or _is_whole(solution))
    builder = ReportBuilder(EXACT if exact else Tolerances(tolerance), market.scale)
    if solution is not None:
        if _check_transactions(builder, market, solution):
            _check_definition(builder, market, solution)
            _check_totals(builder, market, claim, solution)
            _check_proof(builder, market, claim, solution)
    elif claim.status is Status.NO_EQUILIBRIUM:
        _check_none(builder, market, claim)
    else:
        _check_bound(builder, market, claim)
    return builder.finish()


def _is_whole(solution: DeliverySolution) -> bool:
    """Return whether every claimed number is whole."""
    arrays = (
        solution.prices,
        solution.compensations,
        solution.tips,
        solution.buyer_utilities,
        solution.courier_utilities,
    )
    return all(bool((array == np.rint(array)).all()) for array in arrays)


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
    prices, tips = solution.prices, solution.tips
    pay = (solution.compensations + tips).astype(np.float64)
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
    surplus = market.values.astype(np.float64) - prices[None, :] - tips
    own = np.zeros(market.n_buyers)
    own[buyers] = surplus[buyers, stores]
    best = np.maximum(surplus.max(axis=1, initial=-math.inf), 0.0)
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
    earned = np.zeros(market.n_couriers)
    own_costs = market.costs.at(couriers, buyers, stores)
    earned[couriers] = pay[buyers, stores] - own_costs
    margins, where = market.costs.margins(pay)
    offer = np.maximum(margins, 0.0)
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


def _place(market: DeliveryMarket, index: tuple[int, ...], side: str = "") -> str:
    """Return the name of a store, or of an order."""
    if side:
        return market.label(side, index[0])
    i, j = index
    return f"the order of {market.label('buyers', i)} from {market.label('stores', j)}"


def _largest(*arrays: FloatArray) -> FloatArray:
    """Return the entrywise largest absolute value."""
    found: FloatArray = np.max([np.abs(array) for array in arrays], axis=0)
    return found


def _envy(
    market: DeliveryMarket, side: str, agent: int, own: Any, best: Any, surplus: FloatArray
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
    buyers, stores, couriers = solution.transactions.T
    costs = market.costs.at(couriers, buyers, stores)
    welfare = math.fsum((market.values[buyers, stores] - costs).tolist())
    paid = solution.prices[stores] - solution.compensations[buyers, stores]
    cash_flow = math.fsum(paid.tolist())
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
            max(abs(true), abs(claimed), market.scale),
            lambda name=name, claimed=claimed, true=true: f"{name} is {true:g}, not {claimed:g}",
        )


def _check_proof(
    builder: ReportBuilder,
    market: DeliveryMarket,
    claim: Result[DeliverySolution],
    solution: DeliverySolution,
) -> None:
    """Check bound, efficient welfare, and what of the proof can be checked."""
    magnitude = max(abs(solution.welfare), market.scale)
    proved = _check_bound(builder, market, claim)
    efficient = solution.efficient_welfare
    if efficient is not None:
        builder.compare(
            "delivery.efficient-welfare",
            "no equilibrium is better than the efficient welfare, which duals bound",
            np.array([solution.welfare - efficient, efficient - proved]),
            magnitude,
            lambda which: (
                f"efficient welfare {efficient:g} is below the welfare {solution.welfare:g}"
                if which == 0
                else f"efficient welfare {efficient:g} is above what duals allow, {proved:g}"
            ),
        )
        if efficient < proved - builder.tolerances.relative * magnitude:
            builder.leave(
                f"that no transactions have welfare above {efficient:g} (duals prove {proved:g})"
            )
    if claim.status is Status.SOLVED:
        gap = claim.bounds.upper - solution.welfare
        builder.compare(
            "delivery.solved",
            "the best equilibrium is as good as the bound",
            gap,
            magnitude,
            lambda: f"welfare {solution.welfare:g} is below the bound {claim.bounds.upper:g}",
        )


def _check_bound(
    builder: ReportBuilder, market: DeliveryMarket, claim: Result[DeliverySolution]
) -> float:
    """Check the bound as far as duals prove it; return the bound that duals prove."""
    upper, certificate = claim.bounds.upper, claim.certificate
    proved = math.inf
    if isinstance(certificate, BoundCertificate) and "buyers" in certificate.data:
        proved = _dual_bound(builder, market, certificate)
    if math.isinf(upper):
        return proved
    if claim.objective is not None:
        objective = claim.objective
        builder.compare(
            "delivery.bound",
            "the objective is not above its bound",
            objective - upper,
            max(abs(upper), market.scale),
            lambda: f"objective {objective:g} is above the bound {upper:g}",
        )
    if claim.bounds.source == "certified":
        builder.compare(
            "delivery.certificate",
            "duals of buyers, stores and couriers prove the bound",
            proved - upper if math.isfinite(proved) else math.inf,
            max(abs(upper), market.scale),
            lambda: f"duals prove {proved:g}, the claim is {upper:g}",
            theorem="TIP-5",
        )
    else:
        source = claim.bounds.source or "an unnamed source"
        builder.leave(f"that no equilibrium is better than {upper:g}: the word of {source}")
    return proved


def _dual_bound(
    builder: ReportBuilder, market: DeliveryMarket, certificate: BoundCertificate
) -> float:
    """Return ``sum a + sum b + sum max(0, max of v - c - a - b)`` of the claimed duals."""
    duals = [np.asarray(certificate.data.get(key, ()), dtype=np.float64) for key in _SIDES]
    sizes = (market.n_buyers, market.n_stores)
    good = all(
        side.shape == (size,) and bool((side >= 0).all())
        for side, size in zip(duals, sizes, strict=True)
    )
    builder.require(
        "delivery.duals", "duals are >= 0, one per agent", [] if good else ["they are not"]
    )
    if not good:
        return math.inf
    margins, _ = market.costs.margins(market.values - duals[0][:, None] - duals[1][None, :])
    total = math.fsum([*duals[0], *duals[1], *np.maximum(margins, 0.0)])
    return math.floor(total) if market.is_exact else total


_SIDES = ("buyers", "stores")


def _check_none(
    builder: ReportBuilder, market: DeliveryMarket, claim: Result[DeliverySolution]
) -> None:
    """Check a claim that there is no equilibrium."""
    certificate = claim.certificate
    data = certificate.data if isinstance(certificate, BoundCertificate) else {}
    floor = data.get("cash_flow_floor")
    if floor is None:
        finite = not market.costs.has_forbidden
        enough = market.n_couriers >= min(market.n_buyers, market.n_stores)
        words = "with finite costs and tips" if market.tips else "with a courier for every order"
        builder.require(
            "delivery.existence",
            "an equilibrium exists in some markets whatever the numbers",
            [f"{words} an equilibrium exists"] if finite and (market.tips or enough) else [],
            theorem="TIP-1" if market.tips else "TIP-2",
        )
    if isinstance(certificate, BoundCertificate) and certificate.source == "certified":
        if floor is not None:
            proved = _dual_bound(builder, market, certificate)
            builder.require(
                "delivery.certificate",
                "welfare, and so cash flow, stays below the floor asked for",
                [] if proved < floor else [f"duals prove {proved:g}, the floor is {floor:g}"],
            )
        else:
            _check_carried(builder, market, certificate)
        return
    builder.leave("that there is no equilibrium: the word of a backend")


def _check_carried(
    builder: ReportBuilder, market: DeliveryMarket, certificate: BoundCertificate
) -> None:
    """Check that couriers cannot carry orders worth what buyers demand without tips."""
    problems = []
    if market.tips:
        problems.append("the argument holds for markets without tips only")
    orders = np.asarray(certificate.data.get("orders", ()), dtype=np.int64).reshape(-1, 2)
    inside = (orders >= 0).all() and (orders < (market.n_buyers, market.n_stores)).all()
    if not inside or any(len(np.unique(side)) < len(side) for side in orders.T):
        problems.append("the demanded orders are no matching")
        demanded = 0.0
    else:
        demanded = math.fsum(market.values[orders[:, 0], orders[:, 1]].tolist())
    duals = [np.asarray(certificate.data.get(key, ()), dtype=np.float64) for key in _SIDES]
    if duals[0].shape != (market.n_buyers,) or duals[1].shape != (market.n_stores,):
        problems.append("there is not one dual per agent")
    elif min(side.min(initial=0.0) for side in duals) < 0:
        problems.append("a dual is negative")
    else:
        left = market.values - duals[0][:, None] - duals[1][None, :]
        most = [
            max(0.0, left[np.isfinite(block)].max(initial=0.0))
            for _, block in market.costs.blocks()
        ]
        carried = math.fsum([*duals[0], *duals[1], *most])
        carried = math.floor(carried) if market.is_exact else carried
        if not carried < demanded:
            problems.append(f"couriers may carry {carried:g}, buyers demand {demanded:g}")
    builder.require(
        "delivery.certificate",
        "couriers cannot carry orders worth what buyers demand without tips",
        problems,
        theorem="TIP-2",
    )
