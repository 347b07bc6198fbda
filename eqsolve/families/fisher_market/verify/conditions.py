"""Is a claimed result of a Fisher market right? Every condition, and who breaks it.

Works from the instance and the claimed allocation x and prices p alone. Supplies and budgets are
exact statements about amounts, compared relative to the supply or budget. "Best bundle" is judged
in money: with ``e_i(p)`` the least cost of one unit of utility, buyer i wastes
``B[i] - e_i u_i``, the money that could be saved at equal utility, and that must be next to
nothing beside the budget. A buyer or good with less than a millionth of all money is judged as if
it had that, since rounding of double numbers allows no more.

The gap of Eisenberg-Gale (FIS-1) is ``sum B log(B / (e u)) + p.s - sum B`` (plus the money kept,
for quasi-linear buyers), for the allocation scaled down to respect supplies; it is at least the
the value of all unsold goods, and buyer i wastes at most ``sqrt(2 G B[i])`` at gap G. A result
that is ``feasible`` claims no more than its ``duality_gap`` and what follows from it. O(n m).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.solution import FisherSolution

__all__ = ["verify"]


class _Facts(NamedTuple):
    """What follows from the instance and the claim; vectors by buyer, n long."""

    active: BoolArray
    money: FloatArray  # what could ever be spent
    total: float
    spent: FloatArray
    kept: FloatArray  # of `money`, by quasi-linear buyers
    bundle: FloatArray  # utility of the goods alone
    utility: FloatArray  # with money kept
    cost: FloatArray  # of a unit of utility


def verify(
    market: FisherMarket,
    result: Result[FisherSolution] | FisherSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed to be an equilibrium.
    tolerance : relative, see the module.
    deadline : not needed: there are no searches, and the definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.fisher_market.solve import fisher_equilibrium
    >>> market = FisherMarket([[2, 1], [1, 2]], budgets=[3, 1])
    >>> verify(market, fisher_equilibrium(market)).valid
    True
    """
    claim = claim_of(result)
    total = float(_money(market).sum())
    builder = ReportBuilder(Tolerances(tolerance), total, deadline)
    if claim.solution is None:
        false = claim.status is Status.NO_EQUILIBRIUM
        builder.require(
            "fisher.existence",
            "every Fisher market has an equilibrium",
            ["status 'no_equilibrium', but an equilibrium always exists"] if false else [],
            theorem="FIS-1",
        )
        return builder.finish()
    if not _check_shape(builder, market, claim.solution):
        return builder.finish()
    x = np.asarray(claim.solution.allocation, dtype=float)
    p = np.asarray(claim.solution.prices, dtype=float)
    facts = _facts(market, x, p)
    partial = isinstance(result, Result) and result.status is Status.FEASIBLE
    allowed = claim.solution.duality_gap * facts.total if partial else 0.0
    allowed = 0.0 if np.isnan(allowed) else max(allowed, 0.0)
    _check_goods(builder, market, x, p, allowed)
    _check_budgets(builder, market, facts, allowed)
    _check_bundles(builder, market, x, p, facts, allowed)
    _check_claims(builder, market, claim.solution, facts)
    _check_gap(builder, market, x, p, facts, claim, partial)
    return builder.finish()


def _check_shape(builder: ReportBuilder, market: FisherMarket, solution: FisherSolution) -> bool:
    """Check shapes, and that amounts and prices are numbers >= 0."""
    shape = (market.n_buyers, market.n_goods)
    problems = []
    if solution.allocation.shape != shape or solution.prices.shape != shape[1:]:
        problems.append(
            f"allocation has shape {solution.allocation.shape} and prices "
            f"{solution.prices.shape}, expected {shape} and {shape[1:]}"
        )
    else:
        problems += [
            f"{market.label('buyers', int(i))} holds {solution.allocation[i, j]} of "
            f"{market.label('goods', int(j))}"
            for i, j in np.argwhere(~(solution.allocation >= 0))
        ]
        problems += [
            f"{market.label('goods', int(j))} has price {solution.prices[j]}"
            for j in np.flatnonzero(~(solution.prices >= 0))
        ]
    return builder.require("fisher.amounts", "amounts and prices are >= 0", problems)


def _money(market: FisherMarket) -> FloatArray:
    """Return what each buyer could ever spend: no quasi-linear buyer pays more than the value."""
    a = market.utilities.astype(float)
    money = np.where(a.any(axis=1), market.budgets.astype(float), 0.0)
    if market.is_quasi_linear:
        money = np.minimum(money, (a * market.supplies).sum(axis=1))
    return money


def _facts(market: FisherMarket, x: FloatArray, p: FloatArray) -> _Facts:
    """Return what follows from the instance and the claim."""
    money = _money(market)
    spent = (x * p).sum(axis=1)
    # Negative where more is paid than all goods are worth: that is a loss of utility.
    kept = money - spent if market.is_quasi_linear else np.zeros_like(money)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        bundle = _utility(market, x)
        cost = _unit_cost(market, p)
    total = float(money.sum())
    return _Facts(money > 0, money, total, spent, kept, bundle, bundle + kept, cost)


def _utility(market: FisherMarket, x: FloatArray) -> FloatArray:
    """Return the utility of each bundle by the definitions in `instance`."""
    a, wanted = market.utilities.astype(float), market.utilities > 0
    if market.utility in ("linear", "quasi_linear"):
        return np.asarray((a * x).sum(axis=1))
    found = np.zeros(len(a))
    for i in np.flatnonzero(wanted.any(axis=1)):
        weight, amount = a[i, wanted[i]], x[i, wanted[i]]
        if market.utility == "leontief":
            found[i] = (amount / weight).min()
        elif market.rho is None:
            found[i] = np.prod(amount ** (weight / weight.sum()))
        elif (amount > 0).all():
            # Powers of amounts relative to the most important one cannot overflow.
            logs = np.log(weight) + market.rho * np.log(amount)
            found[i] = np.exp((logs.max() + np.log(np.exp(logs - logs.max()).sum())) / market.rho)
        elif market.rho > 0:
            found[i] = (weight * amount**market.rho).sum() ** (1 / market.rho)
    return found


def _unit_cost(market: FisherMarket, p: FloatArray) -> FloatArray:
    """Return the least money for one unit of utility, infinite for who wants nothing."""
    a, wanted = market.utilities.astype(float), market.utilities > 0
    found = np.full(len(a), np.inf)
    for i in np.flatnonzero(wanted.any(axis=1)):
        weight, price = a[i, wanted[i]], p[wanted[i]]
        if market.utility in ("linear", "quasi_linear"):
            found[i] = (price / weight).min()
        elif market.utility == "leontief":
            found[i] = (price * weight).sum()
        elif not (price > 0).all():
            found[i] = 0.0
        elif market.rho is None:
            share = weight / weight.sum()
            found[i] = np.exp((share * np.log(price / share)).sum())
        else:
            # Minimize sum p x over sum a x^rho = 1: x ~ (a/p)^(1/(1-rho)).
            logs = (np.log(weight) - market.rho * np.log(price)) / (1 - market.rho)
            total = logs.max() + np.log(np.exp(logs - logs.max()).sum())
            found[i] = np.exp(total * (1 - market.rho) / -market.rho)
    return np.minimum(found, 1.0) if market.is_quasi_linear else found


def _check_goods(
    builder: ReportBuilder, market: FisherMarket, x: FloatArray, p: FloatArray, allowed: float
) -> None:
    """Check supplies, clearing, and the cap on quasi-linear prices."""
    sold, stock = x.sum(axis=0), market.supplies.astype(float)
    builder.compare(
        "fisher.supply",
        "no more of a good is handed out than there is",
        # As shares: amounts and money have different units, and the scale is money.
        (sold / stock - 1.0) * builder.scale,
        builder.scale,
        lambda j: f"{sold[j]} of {market.label('goods', j)} is handed out, there is {stock[j]}",
        theorem="FIS-1",
    )
    builder.compare(
        "fisher.clearing",
        "a good with a positive price is sold out",
        p * (stock - sold) - allowed,
        p * stock,
        lambda j: (
            f"{stock[j] - sold[j]} of {market.label('goods', j)} is left over at price {p[j]}"
        ),
        theorem="FIS-1",
    )
    if market.is_quasi_linear:
        highest = market.utilities.max(axis=0, initial=0)
        builder.compare(
            "fisher.price-cap",
            "no good costs more than it is worth to anybody",
            (p - highest) * stock - allowed,
            builder.scale,
            lambda j: f"{market.label('goods', j)} costs {p[j]}, its highest value is {highest[j]}",
            theorem="FIS-6",
        )


def _check_budgets(
    builder: ReportBuilder, market: FisherMarket, facts: _Facts, allowed: float
) -> None:
    """Check that nobody overspends, that money is spent where it must be, and conserved."""
    budgets = market.budgets.astype(float)
    builder.compare(
        "fisher.budget",
        "nobody spends more than the budget",
        facts.spent - budgets,
        budgets,
        lambda i: f"{market.label('buyers', i)} spends {facts.spent[i]} of {budgets[i]}",
        theorem="FIS-1",
    )
    if market.is_quasi_linear:
        return
    builder.compare(
        "fisher.spending",
        "every buyer who wants something spends the whole budget",
        np.where(facts.active, budgets - facts.spent, 0.0) - _waste_within(allowed, facts),
        budgets,
        lambda i: f"{market.label('buyers', i)} spends {facts.spent[i]} of {budgets[i]}",
        theorem="FIS-2",
    )


def _check_bundles(
    builder: ReportBuilder,
    market: FisherMarket,
    x: FloatArray,
    p: FloatArray,
    facts: _Facts,
    allowed: float,
) -> None:
    """Check that nobody could have the same utility for less money."""
    with np.errstate(invalid="ignore"):
        needed = np.where(facts.active, facts.cost * facts.utility, 0.0)
    builder.compare(
        "fisher.best-bundle",
        "no buyer can have the same utility for less money",
        np.where(facts.active, facts.money - needed, 0.0) - _waste_within(allowed, facts),
        facts.money,
        lambda i: (
            f"{market.label('buyers', i)} could have the same utility for {needed[i]} "
            f"instead of {facts.money[i]}{_culprit(market, x, p, facts, i)}"
        ),
        theorem="FIS-1",
    )


def _waste_within(gap: float, facts: _Facts) -> FloatArray:
    """Return the most that each buyer can waste at a given gap."""
    waste: FloatArray = gap + math.sqrt(2.0 * gap) * np.sqrt(facts.money)  # products overflow
    return waste


def _culprit(market: FisherMarket, x: FloatArray, p: FloatArray, facts: _Facts, i: int) -> str:
    """Name the good on which a buyer's money is worst spent, where utility is additive."""
    if market.utility not in ("linear", "quasi_linear"):
        return ""
    a = market.utilities[i].astype(float)
    lost = x[i] * (p - facts.cost[i] * a)
    worst = int(np.argmax(lost))
    if lost[worst] <= 0:
        return ""
    held = f"{x[i, worst]} of {market.label('goods', worst)} at price {p[worst]}"
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(a > 0, p / a, np.inf)
    if market.is_quasi_linear and ratios.min() > 1:
        return f": it buys {held}, keeping the money is better"
    best = market.label("goods", int(np.argmin(ratios)))
    return f": it buys {held}, {best} gives more for the money"


def _check_claims(
    builder: ReportBuilder, market: FisherMarket, solution: FisherSolution, facts: _Facts
) -> None:
    """Check the further fields of the solution, where they are given."""
    bare = facts.bundle
    right = bare - facts.spent if market.is_quasi_linear else bare
    left = market.budgets - facts.spent
    # Money and utility have one unit in quasi-linear markets only.
    worth = np.maximum(np.abs(bare), facts.spent) if market.is_quasi_linear else np.abs(bare)
    for field, claimed, found, size in (
        ("utilities", solution.utilities, right, worth),
        ("leftover", solution.leftover, left, market.budgets),
    ):
        if np.isnan(claimed).all() and len(claimed):
            continue
        off = np.abs(claimed - found)
        unit = np.where(size > 0, size, 1.0)
        builder.compare(
            f"fisher.{field}",
            f"claimed {field} follow from allocation and prices",
            off / unit * builder.scale,
            builder.scale,
            lambda i, claimed=claimed, found=found, field=field: (
                f"{market.label('buyers', i)} has {field} {found[i]}, not {claimed[i]}"
            ),
        )


def _check_gap(
    builder: ReportBuilder,
    market: FisherMarket,
    x: FloatArray,
    p: FloatArray,
    facts: _Facts,
    claim: Result[FisherSolution],
    partial: bool,
) -> None:
    """Check gap, objective and bound from allocation and prices alone."""
    assert claim.solution is not None
    use = (x.sum(axis=0) / market.supplies).max(initial=0.0)
    inside = _facts(market, x / max(use, 1.0), p)
    who, money, total = facts.active, facts.money, facts.total
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = money[who] @ np.log(money[who] / (inside.cost[who] * inside.utility[who]))
        objective = float(money[who] @ np.log(inside.utility[who]) - inside.kept.sum())
    gap = float(lost + p @ market.supplies - total + inside.kept.sum()) if who.any() else 0.0
    stated = claim.solution.duality_gap
    most = stated * total if partial and not np.isnan(stated) else 0.0
    builder.compare(
        "fisher.gap",
        "the primal-dual gap of Eisenberg-Gale is closed"
        if not partial
        else "the primal-dual gap of Eisenberg-Gale is at most the one stated",
        gap - most,
        total,
        lambda: (
            f"the gap is {gap / total if total else gap} of all money, "
            + (f"more than the {stated} stated" if partial else "too much for an equilibrium")
        ),
        theorem="FIS-1",
    )
    if not np.isnan(stated):
        builder.compare(
            "fisher.duality-gap",
            "the stated gap is the one that allocation and prices have",
            abs(gap - stated * total),
            max(total, abs(gap)),
            lambda: f"the gap is {gap / total if total else gap} of all money, claimed {stated}",
        )
    size = max(total, abs(objective))
    if claim.objective is not None:
        stated_objective = claim.objective
        builder.compare(
            "fisher.objective",
            "the objective is the sum of budget x log utility",
            abs(stated_objective - objective),
            size,
            lambda: f"the objective is {objective}, not {stated_objective}",
        )
    if np.isfinite(claim.bounds.upper):
        upper = claim.bounds.upper
        builder.compare(
            "fisher.bound",
            "the bound is at least the dual objective of the prices",
            objective + gap - upper,
            size,
            lambda: f"prices prove the bound {objective + gap}, not {upper}",
            theorem="FIS-1",
        )
