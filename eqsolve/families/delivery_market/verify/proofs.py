"""What can be checked of a claimed proof on a delivery market.

Duals that bound the welfare of any transactions, duals that show that couriers cannot carry what
buyers demand without tips, and claims of non-existence that theorems contradict. What rests on a
solver's word is said. O(K n m) time, less for costs by parts.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.verify.enumeration import (
    Orders,
    better_equilibrium,
    can_be_scanned,
    greatest_welfare,
)
from eqsolve.families.delivery_market.verify.purposes import PURPOSES, greatest_purpose

__all__ = ["check_bound", "check_none", "check_proof"]

_SIDES = ("buyers", "stores")
_VOUCHERS = {
    "certified": "called certified, but no duals prove it",
    "exhaustive": "the word of an exhaustive search",
    "backend": "the word of a backend",
}
_ROUNDING = 1e-10
"""Share of the largest number that enters a welfare by which floats may miss it."""

_WHOLE = 2**40
"""Whole values up to which sums of duals on a grid of 2**-20 are exact; no dearer cost matters."""

_UNTIPPED = "duals of the values tell which orders are demanded without tips"


def check_proof(
    builder: ReportBuilder,
    market: DeliveryMarket,
    claim: Result[DeliverySolution],
    solution: DeliverySolution,
) -> None:
    """Check bound, efficient welfare, and what of the proof can be checked."""
    magnitude = max(abs(solution.welfare), builder.scale)
    proved = check_bound(builder, market, claim)
    floor = _check_floor(builder, claim)
    if floor is not None:
        builder.compare(
            "delivery.cash-flow-floor",
            "the platform's cash flow reaches the floor asked for",
            floor - solution.platform_cash_flow,
            max(abs(floor), builder.scale),
            lambda: f"cash flow {solution.platform_cash_flow:g} is below the floor {floor:g}",
        )
    if solution.efficient_welfare is not None:
        _check_efficient(builder, market, claim, solution, proved)
    _check_choice(builder, market, claim, solution, floor)
    if claim.status is Status.SOLVED:
        gap = claim.bounds.upper - solution.welfare
        builder.compare(
            "delivery.solved",
            "the best equilibrium is as good as the bound",
            gap,
            magnitude,
            lambda: f"welfare {solution.welfare:g} is below the bound {claim.bounds.upper:g}",
        )


def _check_floor(builder: ReportBuilder, claim: Result[DeliverySolution]) -> float | None:
    """Return the least cash flow asked for, after checking that the claim names one at most."""
    shown, options = _floor_asked(claim), claim.stats.options
    if options.get("cash_flow_floor", shown) != shown:
        builder.require(
            "delivery.floor",
            "options and certificate speak of the same floor of the cash flow",
            [f"option cash_flow_floor is {options['cash_flow_floor']}, the certificate's {shown}"],
        )
    return shown


def _check_choice(
    builder: ReportBuilder,
    market: DeliveryMarket,
    claim: Result[DeliverySolution],
    solution: DeliverySolution,
    floor: float | None,
) -> None:
    """Check that prices are those which the options choose among the supporting ones (TIP-6)."""
    purpose = claim.stats.options.get("choose")
    if purpose not in PURPOSES or claim.status is not Status.SOLVED:
        return  # what a limit stopped does not say that it is the choice
    prices = solution.prices[solution.transactions[:, 1]]
    paid = solution.compensations[solution.transactions[:, 0], solution.transactions[:, 1]]
    achieved = {
        "cash_flow": solution.platform_cash_flow,
        "buyers": math.fsum(solution.buyer_utilities.tolist()),
        "least_subsidy": -math.fsum(np.maximum(paid - prices, 0.0).tolist()),
        "least_tips": -math.fsum(solution.tips.ravel().tolist()),
    }[purpose]
    nothing_better = f"that no supporting prices serve choose = {purpose} better"
    with builder.search(nothing_better) as poll:
        poll()
        seconds = math.inf if builder.deadline is None else builder.deadline.remaining
        best = greatest_purpose(market, solution.transactions, purpose, floor, seconds)
        if best is None:
            builder.leave(nothing_better)
        else:
            _compare_choice(builder, solution, purpose, achieved, best)


def _compare_choice(
    builder: ReportBuilder, solution: DeliverySolution, purpose: str, achieved: float, best: float
) -> None:
    """Check that what the prices achieve is the best."""
    # Both are optima of linear programs in doubles, also where all numbers are whole.
    slack = 1e-6 * max(builder.scale, abs(best)) * max(1, len(solution.transactions))
    builder.require(
        "delivery.choice",
        f"no supporting prices serve choose = {purpose} better",
        [f"it achieves {achieved:.9g}, {best:.9g} is possible"] if achieved < best - slack else [],
        theorem="TIP-6",
    )


def _check_efficient(
    builder: ReportBuilder,
    market: DeliveryMarket,
    claim: Result[DeliverySolution],
    solution: DeliverySolution,
    proved: float,
) -> None:
    """Check the claimed efficient welfare: shown by transactions, and not below what duals allow.

    Parameters
    ----------
    proved : bound on the welfare of any transactions by claimed duals, maybe infinite.
    """
    efficient = solution.efficient_welfare
    assert efficient is not None  # the caller looked
    shown, least = "the welfare", float(solution.welfare)
    worth = _shown_welfare(builder, market, claim)
    if worth is not None and worth > least:
        shown, least = "transactions with welfare", worth
    if can_be_scanned(market):
        with builder.search(f"that no transactions have welfare other than {efficient:g}") as poll:
            shown, least = "the best of all transactions,", greatest_welfare(market, poll)
            proved = min(proved, least)
    magnitude = max(abs(least), abs(efficient), builder.scale)
    builder.compare(
        "delivery.efficient-welfare",
        "the efficient welfare is that of the best transactions, and duals bound it",
        np.array([least - efficient, efficient - proved]),
        magnitude,
        lambda which: (
            f"efficient welfare {efficient:g} is below {shown} {least:g}"
            if which == 0
            else f"efficient welfare {efficient:g} is above what duals allow, {proved:g}"
        ),
    )
    slack = builder.tolerances.relative * magnitude
    if efficient < proved - slack:
        builder.leave(
            f"that no transactions have welfare above {efficient:g}"
            + ("" if math.isinf(proved) else f" (duals prove {proved:g})")
        )
    if efficient > least + slack:
        builder.leave(f"that some transactions have welfare {efficient:g}: none are shown")


def _shown_welfare(
    builder: ReportBuilder, market: DeliveryMarket, claim: Result[DeliverySolution]
) -> float | None:
    """Return the welfare of the efficient transactions that the certificate shows, if any."""
    certificate = claim.certificate
    if not isinstance(certificate, BoundCertificate) or "efficient" not in certificate.data:
        return None
    shown = certificate.data["efficient"]
    ragged = any(len(row) != 3 for row in shown)
    rows = np.asarray([] if ragged else shown, dtype=np.int64).reshape(-1, 3)
    sizes = np.array([market.n_buyers, market.n_stores, market.n_couriers])
    good = not ragged and bool(((rows >= 0) & (rows < sizes)).all())
    good = good and all(len(np.unique(side)) == len(rows) for side in rows.T)
    worth = -math.inf
    if good:
        i, j, k = rows.T
        worth = math.fsum((market.values[i, j] - market.costs.at(k, i, j)).tolist())
    builder.require(
        "delivery.efficient-transactions",
        "the efficient transactions shown are transactions",
        [] if math.isfinite(worth) else ["somebody is in two of them, or cannot deliver"],
    )
    return worth if math.isfinite(worth) else None


def check_bound(
    builder: ReportBuilder, market: DeliveryMarket, claim: Result[DeliverySolution]
) -> float:
    """Check the bound as far as duals prove it; return the bound that duals prove."""
    upper, certificate = claim.bounds.upper, claim.certificate
    proved = math.inf
    if isinstance(certificate, BoundCertificate) and "buyers" in certificate.data:
        proved = _dual_bound(builder, market, certificate)
    if math.isinf(upper):
        return proved
    if isinstance(certificate, BoundCertificate):
        claimed = certificate.bound
        builder.compare(
            "delivery.certificate-bound",
            "the certificate speaks of the claimed bound",
            abs(claimed - upper),
            max(abs(upper), builder.scale),
            lambda: f"the certificate speaks of {claimed:g}, the claimed bound is {upper:g}",
        )
        builder.require(
            "delivery.certificate-source",
            "bound and certificate name the same source",
            []
            if certificate.source == claim.bounds.source
            else [f"the certificate's is {certificate.source}, the bound's {claim.bounds.source}"],
        )
    proved_here = min(proved, _untipped_bound(builder, market, claim))
    if claim.objective is not None:
        objective = claim.objective
        builder.compare(
            "delivery.bound",
            "the objective is not above its bound",
            objective - upper,
            max(abs(upper), builder.scale),
            lambda: f"objective {objective:g} is above the bound {upper:g}",
        )
    certified = claim.bounds.source == "certified"
    if certified and math.isfinite(proved_here):
        builder.compare(
            "delivery.certificate",
            "duals of buyers, stores and couriers prove the bound",
            proved_here - upper,
            max(abs(upper), builder.scale),
            lambda: f"duals prove {proved_here:g}, the claim is {upper:g}",
            theorem="TIP-5",
        )
    slack = builder.tolerances.relative * max(abs(upper), builder.scale)
    shown = proved_here <= upper + slack
    if not shown and not _scan(builder, market, upper, _floor_asked(claim)):
        source = _VOUCHERS.get(claim.bounds.source or "", "nobody vouches for it")
        builder.leave(f"that no equilibrium is better than {upper:g}: {source}")
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
    whole = market.is_integral and market.values.max(initial=0) < _WHOLE
    return math.floor(total) if whole else total


def _untipped_bound(
    builder: ReportBuilder, market: DeliveryMarket, claim: Result[DeliverySolution]
) -> float:
    """Return the bound on equilibria without tips that claimed duals prove; inf: none claimed.

    Duals of the values whose sum W is the value of the claimed orders show that orders of value
    W, and without tips all equilibria have such, use tight pairs only and serve everyone with a
    positive dual. Where a reward is paid for each of these, duals that bound rewards minus costs
    by D show that the costs are at least all rewards minus D.
    """
    certificate, solution = claim.certificate, claim.solution
    if solution is None or not isinstance(certificate, BoundCertificate):
        return math.inf
    proof = certificate.data.get("untipped")
    if not isinstance(proof, dict):
        return math.inf
    sizes = {"buyers": market.n_buyers, "stores": market.n_stores}
    duals = {
        prefix + side: np.asarray(proof.get(prefix + side, ()), dtype=np.float64)
        for prefix in ("", "value_")
        for side in sizes
    }
    problems = []
    if market.tips:
        problems.append("the argument holds for markets without tips only")
    if any(
        side.shape != (sizes[key.removeprefix("value_")],) or not bool((side >= 0).all())
        for key, side in duals.items()
    ):
        problems.append("there is not one dual >= 0 per agent")
    reward = proof.get("reward")
    if not isinstance(reward, int | float) or not 0 <= reward < math.inf:
        problems.append("there is no reward")
    if problems or not isinstance(reward, int | float):
        builder.require("delivery.untipped", _UNTIPPED, problems, theorem="TIP-2")
        return math.inf
    whole = market.is_integral and max(reward, market.values.max(initial=0)) < _WHOLE
    worth_most = float(market.values.max(initial=0))
    slack = 0.0 if whole else builder.tolerances.relative * worth_most
    first, second = duals["value_buyers"], duals["value_stores"]
    excess = first[:, None] + second[None, :] - market.values
    if excess.min(initial=0.0) < -slack:
        problems.append("duals do not cover a value")
    orders = solution.transactions
    worth = math.fsum(market.values[orders[:, 0], orders[:, 1]].tolist())
    total = math.fsum([*first, *second])
    if abs(total - worth) > slack * (1 + len(orders)):
        problems.append(f"the orders are worth {worth:g}, duals say that buyers demand {total:g}")
    builder.require("delivery.untipped", _UNTIPPED, problems, theorem="TIP-2")
    if problems:
        return math.inf
    must_buy, must_sell = first > slack, second > slack
    rewards = reward * (must_buy[:, None].astype(np.float64) + must_sell[None, :])
    left = rewards - duals["buyers"][:, None] - duals["stores"][None, :]
    never = -8.0 * (1.0 + reward + market.scale)
    margins, _ = market.costs.margins(np.where(excess <= slack, left, never))
    most = math.fsum([*duals["buyers"], *duals["stores"], *np.maximum(margins, 0.0)])
    bound = worth - reward * int(must_buy.sum() + must_sell.sum()) + most
    return math.floor(bound) if whole else bound


def check_none(
    builder: ReportBuilder, market: DeliveryMarket, claim: Result[DeliverySolution]
) -> None:
    """Check a claim that there is no equilibrium."""
    certificate = claim.certificate
    floor = _check_floor(builder, claim)
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
    if not _scan(builder, market, -math.inf, floor):
        builder.leave("that there is no equilibrium: the word of a backend")


def _floor_asked(claim: Result[DeliverySolution]) -> float | None:
    """Return the least cash flow that the claim speaks of, None where any will do."""
    certificate = claim.certificate
    if isinstance(certificate, BoundCertificate) and "cash_flow_floor" in certificate.data:
        found: float = certificate.data["cash_flow_floor"]
        return found
    asked = claim.stats.options.get("cash_flow_floor")
    return asked if isinstance(asked, int | float) else None  # a file may hold anything


def _scan(
    builder: ReportBuilder, market: DeliveryMarket, welfare: float, floor: float | None
) -> bool:
    """Check by looking at everything that no equilibrium is better; False where too large."""
    if not can_be_scanned(market):
        return False
    slack = 0.0 if market.is_integral else _ROUNDING * builder.scale
    words = "there is no equilibrium" if math.isinf(welfare) else "no equilibrium is better"
    with builder.search(f"that {words}") as poll:
        found = better_equilibrium(market, welfare, slack, floor, poll)
        _report_better(builder, words, found)
    return True


def _report_better(
    builder: ReportBuilder, words: str, found: tuple[Orders, int | float] | None
) -> None:
    """Check that nothing was found."""
    problems = []
    if found is not None:
        orders, worth = found
        problems = [f"orders {list(orders)} are an equilibrium with welfare {worth:g}"]
    builder.require("delivery.scan", f"{words}, by all sets of orders", problems, theorem="TIP-0")


def _check_carried(
    builder: ReportBuilder, market: DeliveryMarket, certificate: BoundCertificate
) -> None:
    """Check that couriers cannot carry orders worth what buyers demand without tips."""
    problems = []
    if market.tips:
        problems.append("the argument holds for markets without tips only")
    pairs = certificate.data.get("orders", ())
    if any(len(pair) != 2 for pair in pairs):
        pairs, problems = (), [*problems, "an order is a buyer and a store"]
    orders = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
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
        most = [max(0.0, left.max(initial=0.0))] * market.n_couriers
        if market.costs.has_forbidden:
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
