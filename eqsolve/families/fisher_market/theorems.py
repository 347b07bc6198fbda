"""The theorems on Fisher markets as claims that can be run on any market."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.theorem import Theorem
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.base import from_spending, standing
from eqsolve.families.fisher_market.solve import fisher_equilibrium
from eqsolve.families.fisher_market.utility import bundle_utilities, spendable

__all__ = ["THEOREMS"]

_CLOSE = 1e-4
"""Prices follow from a gap of 1e-10 to about its square root."""

_EISENBERG_GALE = "Eisenberg and Gale 1959; Eisenberg 1961"


def _program_is_equilibrium(market: FisherMarket) -> str | None:
    """FIS-1: the equilibrium has the greatest objective of all allocations tried."""
    result = fisher_equilibrium(market)
    if result.status.value != "solved":
        return f"no equilibrium was found: {result.status.value}, gap {result.gap}"
    assert result.objective is not None
    slack = 1e-6 * max(1.0, float(spendable(market).sum()))
    tries = [np.ones(market.utilities.shape), market.utilities.astype(float)]
    tries += [market.utilities.astype(float) ** 4, result.require().allocation + 1e-3]
    for weights in tries:
        shares = weights / np.maximum(weights.sum(axis=0), 1e-300)
        prices = result.require().prices
        found = standing(market, shares * market.supplies, prices).objective
        if market.is_quasi_linear:
            found = -np.inf  # the objective depends on payments too: the bound is tested below
        if found > result.objective + slack:
            return f"an allocation has objective {found}, the equilibrium {result.objective}"
        for bidding in (weights, weights + market.utilities):
            other = from_spending(market, bidding * (market.utilities > 0))
            if standing(market, *other).objective > result.bounds.upper + slack:
                return f"an allocation exceeds the bound {result.bounds.upper}"
    return None


def _prices_are_unique(market: FisherMarket) -> str | None:
    """FIS-2: prices do not change when buyers split or come in another order; money is kept."""
    prices = fisher_equilibrium(market).require().prices
    total = float(market.budgets.sum())
    if abs(float(prices @ market.supplies) - total) > 1e-6 * total:
        return f"prices x supplies are {prices @ market.supplies}, budgets {total}"
    split = FisherMarket(
        np.concatenate([market.utilities[::-1], market.utilities * 2]),
        np.concatenate([market.budgets[::-1] / 4, market.budgets * 3 / 4]),
        market.supplies,
    )
    other = fisher_equilibrium(split).require().prices
    off = np.abs(other - prices) * market.supplies
    if off.max() > _CLOSE * total:
        return f"prices {prices.tolist()} and, buyers split in two, {other.tolist()}"
    return None


def _equal_budgets_are_fair(market: FisherMarket) -> str | None:
    """FIS-3: no envy, a fair share for everybody, and the weighted utilities have the top sum."""
    allocation = fisher_equilibrium(market).require().allocation
    utilities = bundle_utilities(market, allocation)
    for k in range(market.n_buyers):
        swapped = bundle_utilities(market, np.tile(allocation[k], (market.n_buyers, 1)))
        worse = np.flatnonzero(utilities < swapped * (1 - 1e-5))
        if len(worse):
            i = int(worse[0])
            return (
                f"buyer {i} has {utilities[i]} and would have {swapped[i]} with buyer {k}'s goods"
            )
    equal = np.tile(market.supplies / market.n_buyers, (market.n_buyers, 1))
    share = bundle_utilities(market, equal)
    if (utilities < share * (1 - 1e-5)).any():
        i = int(np.argmax(share - utilities))
        return f"buyer {i} has {utilities[i]}, an equal share of all goods is worth {share[i]}"
    if market.utility == "linear":
        weights = np.where(utilities > 0, 1.0 / np.where(utilities > 0, utilities, 1.0), 0.0)
        best = (weights[:, None] * market.utilities * market.supplies).max(axis=0).sum()
        if weights @ utilities < best * (1 - 1e-5):
            return f"weighted utilities sum to {weights @ utilities}, {best} is possible"
    return None


def _closed_form(market: FisherMarket) -> str | None:
    """FIS-4: the formula has the prices of the convex program."""
    shares = market.utilities / np.maximum(market.utilities.sum(axis=1), 1e-300)[:, None]
    formula = (market.budgets[:, None] * shares).sum(axis=0) / market.supplies
    found = fisher_equilibrium(market, method="eisenberg_gale").solution
    if found is None:
        return "the convex program was not solved"
    off = np.abs(found.prices - formula) * market.supplies
    if off.max(initial=0.0) > 1e-3 * market.budgets.sum():
        return f"the formula gives {formula.tolist()}, the program {found.prices.tolist()}"
    return None


def _responses_converge(market: FisherMarket) -> str | None:
    """FIS-5: after t rounds the potential is within KL(b*, b0) / t of its minimum."""
    from eqsolve.families.fisher_market.kernels.proportional_response import respond

    money = spendable(market)
    money = money / money.sum()
    values = market.utilities * market.supplies.astype(float)
    solution = fisher_equilibrium(market).require()
    best = solution.allocation * solution.prices
    best = best / best.sum()
    wanted = values > 0
    start = wanted / np.maximum(wanted.sum(axis=1), 1)[:, None] * money[:, None]
    distance = _divergence(best, start)
    least = _potential(values, best)
    spending, kept, rounds = start.copy(), np.zeros_like(money), 0
    for goal in (1, 2, 5, 20, 100):
        stop = np.zeros(1, dtype=np.uint8)
        rounds += respond(values, money, spending, kept, 1.0, False, goal - rounds, stop)
        excess = _potential(values, spending) - least
        if excess > distance / rounds + 1e-6:
            return f"after {rounds} rounds the potential is {excess} too high, not {distance}/t"
    return None


def _potential(values: FloatArray, spending: FloatArray) -> float:
    """Return Shmyrev's potential ``sum p log p - sum b log v``."""
    prices = spending.sum(axis=0)
    paid, held = prices[prices > 0], spending > 0
    return float(paid @ np.log(paid) - spending[held] @ np.log(values[held]))


def _divergence(first: FloatArray, second: FloatArray) -> float:
    """Return ``sum b log(b / c)``."""
    held = first > 0
    return float(first[held] @ np.log(first[held] / second[held]))


def _quasi_linear(market: FisherMarket) -> str | None:
    """FIS-6: prices stay below the top value; who keeps money finds no good worth its price."""
    solution = fisher_equilibrium(market).require()
    stock, top = market.supplies, market.utilities.max(axis=0)
    money = max(float(spendable(market).sum()), 1e-300)
    over = (solution.prices - top) * stock
    if over.max() > 1e-5 * money:
        j = int(np.argmax(over))
        return f"good {j} costs {solution.prices[j]}, its highest value is {top[j]}"
    kept = spendable(market) - (solution.allocation * solution.prices).sum(axis=1)
    for i in np.flatnonzero(kept > 1e-4 * money):
        gain = market.utilities[i] / np.maximum(solution.prices, 1e-300)
        if gain.max() > 1 + 1e-3:
            return f"buyer {i} keeps {kept[i]}, though a good gives {gain.max()} for the money"
    return None


def _all_wanted(market: FisherMarket) -> bool:
    """Whether buyers and goods exist, all buyers want something and all goods are wanted."""
    wanted = market.utilities > 0
    return bool(wanted.size and wanted.any(axis=0).all() and wanted.any(axis=1).all())


THEOREMS: tuple[Theorem, ...] = (
    Theorem(
        id="FIS-1",
        title="Eisenberg-Gale",
        statement="The program max sum B log u(x) within supplies is solved by the equilibrium "
        "allocations, and its supply duals are the equilibrium prices.",
        source=_EISENBERG_GALE,
        kind="fisher_market",
        claim=_program_is_equilibrium,
        strategy="fisher_markets",
    ),
    Theorem(
        id="FIS-2",
        title="unique prices, money conserved",
        statement="Linear utilities, every good wanted: prices are unique and sum p s = sum B.",
        source="Gale 1976, The linear exchange model",
        kind="fisher_market",
        claim=_prices_are_unique,
        strategy="linear_fisher_markets",
        applies=lambda market: market.utility == "linear" and _all_wanted(market),
        hypotheses="linear utilities, every good wanted, every buyer wants something",
    ),
    Theorem(
        id="FIS-3",
        title="equal budgets are fair",
        statement="With equal budgets the allocation is envy-free, Pareto-efficient and "
        "proportional.",
        source="Varian 1974, Equity, envy, and efficiency",
        kind="fisher_market",
        claim=_equal_budgets_are_fair,
        strategy="equal_budget_markets",
        applies=lambda market: (
            not market.is_quasi_linear
            and _all_wanted(market)
            and bool((market.budgets == market.budgets[0]).all())
        ),
        hypotheses="equal budgets, not quasi-linear, all goods wanted, all buyers want something",
    ),
    Theorem(
        id="FIS-4",
        title="Cobb-Douglas closed form",
        statement="With Cobb-Douglas utilities p[j] = sum_i B[i] a[i,j] / s[j], rows of a summing "
        "to 1.",
        source=_EISENBERG_GALE,
        kind="fisher_market",
        claim=_closed_form,
        strategy="cobb_douglas_markets",
        applies=lambda market: market.utility == "cobb_douglas" and _all_wanted(market),
        hypotheses="Cobb-Douglas utilities, every good wanted, every buyer wants something",
    ),
    Theorem(
        id="FIS-5",
        title="proportional response converges",
        statement="With linear utilities, t rounds from b0 bring Shmyrev's potential within "
        "KL(b*, b0) / t of its minimum.",
        source="Birnbaum, Devanur and Xiao 2011",
        kind="fisher_market",
        claim=_responses_converge,
        strategy="linear_fisher_markets",
        applies=lambda market: market.utility == "linear" and _all_wanted(market),
        hypotheses="linear utilities, every good wanted, every buyer wants something",
    ),
    Theorem(
        id="FIS-6",
        title="quasi-linear prices are capped",
        statement="With quasi-linear utilities every price is at most the good's highest value, "
        "and a buyer who keeps money finds no good worth more than its price.",
        source="Chen, Ye and Zhang 2007; Conitzer et al. 2022",
        kind="fisher_market",
        claim=_quasi_linear,
        strategy="quasi_linear_markets",
        applies=lambda market: market.is_quasi_linear and market.utilities.size > 0,
        hypotheses="quasi-linear utilities, at least one buyer and good",
    ),
)
