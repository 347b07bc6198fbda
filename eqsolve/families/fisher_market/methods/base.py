"""From an allocation and prices to an outcome: gap, objective, and what they prove (FIS-1).

With ``e_i(p)`` the least cost of a unit of utility, the Eisenberg-Gale program ``max sum B log u``
has the dual ``min over p of p.s + sum (B log(B / e(p)) - B)``, so for every allocation that
respects supplies and every p >= 0

    gap = sum_i B_i log(B_i / (e_i u_i)) + p.s - sum_i B_i  >= 0,

with 0 exactly at equilibrium. Quasi-linear buyers count the money they keep: it is added to u_i
and its sum to the gap (the program is then ``max sum B log u - money kept``). The first term is,
buyer by buyer, the utility lost against the best bundle, weighted by budget.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.exactness import REACH
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.solution import FisherSolution
from eqsolve.families.fisher_market.utility import bundle_utilities, spendable, unit_costs

__all__ = [
    "CERTIFIED",
    "Standing",
    "from_spending",
    "money_out_of_reach",
    "out_of_reach",
    "settle",
    "standing",
]

CERTIFIED = 1e-6
"""Relative gap, and share of each budget that may be wasted, up to which we say solved."""

_SMALL = 1e-6
"""Buyers and goods below this share of all money are judged as if they had it: rounding."""


def money_out_of_reach(market: FisherMarket) -> str | None:
    """Return why budgets are too uneven, or too far from 1, for doubles, or None."""
    budgets = market.budgets[market.budgets > 0]
    if not budgets.size:
        return None
    least, most = float(budgets.min()), float(budgets.max())
    limit = -math.log10(REACH[market.kind].share)
    if math.log10(most) - math.log10(least) > limit:
        return f"budgets differ by a factor of {most:.0e} / {least:.0e} (limit 1e{limit:.0f})"
    if math.log10(most) > limit or math.log10(least) < -limit:
        rule = f"budgets must be 0 or between 1e-{limit:.0f} and 1e{limit:.0f}"
        return f"{rule}, not {(most if most > 1 else least):.0e}; measure money in other units"
    return None


def out_of_reach(market: FisherMarket) -> str | None:
    """Return why budgets or supplies are too uneven for prices in doubles, or None."""
    refused = money_out_of_reach(market)
    if refused is not None:
        return refused
    supplies = market.supplies[market.supplies > 0]
    if not supplies.size:
        return None
    decades = math.log10(supplies.max()) - math.log10(supplies.min())
    power = 1.0 if market.rho is None else max(1.0, abs(market.rho) / 4)
    least = REACH[market.kind].share
    if decades * power <= -math.log10(least):
        return None
    return (
        f"supplies differ by a factor of 1e{decades:.0f}, and prices by more than doubles hold "
        f"(limit 1e{-math.log10(least) / power:.0f}); measure goods in other units"
    )


class Standing(NamedTuple):
    """How far an allocation and prices are from equilibrium.

    Parameters
    ----------
    objective : Eisenberg-Gale objective of the allocation.
    gap : primal-dual gap divided by the spendable money; 0 for a market without any.
    waste : largest share of a buyer's money that buys less than it could, and of a good's value
        that is left over.
    """

    objective: float
    gap: float
    waste: float

    @property
    def is_certified(self) -> bool:
        """Whether this is an equilibrium within `CERTIFIED`."""
        return self.gap <= CERTIFIED and self.waste <= CERTIFIED


def standing(market: FisherMarket, allocation: FloatArray, prices: FloatArray) -> Standing:
    """Return how far `allocation` (within supplies) and `prices` are from equilibrium.

    Examples
    --------
    >>> market = FisherMarket([[2, 1], [1, 2]], [1, 1])
    >>> standing(market, np.eye(2), np.ones(2)).gap
    0.0
    """
    money = spendable(market)
    total = money.sum()
    spent = allocation @ prices
    utility = bundle_utilities(market, allocation)
    kept = np.zeros_like(money)
    if market.is_quasi_linear:
        kept = np.maximum(money - spent, 0.0)
        utility = utility + kept
    who = money > 0
    if not who.any():
        return Standing(0.0, 0.0, 0.0)
    budget, level = money[who], utility[who]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = unit_costs(market, prices)[who] * level  # least money for the same utility
        loss = budget @ np.log(budget / value)
        objective = budget @ np.log(level) - kept.sum()
    gap = (loss + prices @ market.supplies - total + kept.sum()) / total
    waste = ((budget - value) / np.maximum(budget, _SMALL * total)).max()
    worth, unsold = prices * market.supplies, prices * (market.supplies - allocation.sum(axis=0))
    waste = max(waste, (unsold / np.maximum(worth, _SMALL * total)).max())
    if not np.isfinite(gap) or not np.isfinite(objective):
        return Standing(-np.inf, np.inf, 1.0)
    return Standing(float(objective), max(float(gap), 0.0), max(float(waste), 0.0))


def from_spending(
    market: FisherMarket, spending: FloatArray, kept: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the allocation and prices at which everybody spends exactly this money.

    Rows are scaled to what buyers can spend, each good costs what is spent on it, and everybody
    gets the share that they pay for: budgets and clearing hold exactly, and only optimality
    remains to be judged.

    Parameters
    ----------
    spending : shape (n, m), >= 0, money of buyer i on good j, up to a factor per buyer.
    kept : shape (n,), money kept by quasi-linear buyers, scaled along; None: nothing.
    """
    rows = spending.sum(axis=1) + (0.0 if kept is None else kept)
    with np.errstate(divide="ignore", invalid="ignore"):
        money = spending * np.where(rows > 0, spendable(market) / rows, 0.0)[:, None]
        income = money.sum(axis=0)
        share = np.where(income > 0, market.supplies / income, 0.0)
    return money * share, income / market.supplies


def settle(
    market: FisherMarket,
    allocation: FloatArray,
    prices: FloatArray,
    *,
    method: str,
    limit: Limit | None = None,
    counts: Mapping[str, int | float | str] | None = None,
) -> Outcome[FisherSolution]:
    """Return the outcome: solved where certified, otherwise feasible with the measured gap.

    Parameters
    ----------
    allocation, prices : shapes (n, m) and (m,); amounts beyond a supply are scaled down to it.
    limit : what stopped the method; read only when the answer is not certified.
    """
    use = allocation.sum(axis=0)
    if (use > market.supplies).any():
        allocation = allocation * np.minimum(1.0, market.supplies / np.maximum(use, 1e-300))
    found = standing(market, allocation, prices)
    spent = allocation @ prices
    utilities = bundle_utilities(market, allocation)
    solution = FisherSolution(
        allocation=allocation,
        prices=prices,
        utilities=utilities - spent if market.is_quasi_linear else utilities,
        leftover=np.maximum(market.budgets - spent, 0.0),
        duality_gap=found.gap,
    )
    if not np.isfinite(found.gap):  # somebody gets nothing: no bound, no objective
        nothing: Incumbent[FisherSolution] = Incumbent(method=method, counts=counts or {})
        return nothing.outcome(answered=False, limit=limit)
    upper = found.objective + found.gap * float(spendable(market).sum())
    return Incumbent(
        method=method,
        solution=solution,
        objective=found.objective,
        bound=upper,
        source="certified",
        certificate=BoundCertificate(
            bound=upper,
            source="certified",
            argument="prices are feasible for the dual of the Eisenberg-Gale program",
        ),
        counts=counts or {},
    ).outcome(answered=found.is_certified, limit=limit)
