"""How Fisher markets and their equilibria are shown: facts, tables and one sentence."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.solution import FisherSolution

__all__ = ["facts", "headline", "tables", "tidy"]


def facts(instance: FisherMarket) -> dict[str, str]:
    """Return a few lines about a market."""
    kind = instance.utility if instance.rho is None else f"ces, rho {number(instance.rho)}"
    lines = {
        "buyers": str(instance.n_buyers),
        "goods": str(instance.n_goods),
        "utility": kind.replace("_", "-"),
    }
    if instance.n_buyers:
        budgets = instance.budgets
        low, high = number(budgets.min()), number(budgets.max())
        spread = f"{low} each" if low == high else f"{low} to {high}"
        lines["budgets"] = f"{spread}, {number(budgets.sum())} in all"
        idle = int((~(instance.utilities > 0).any(axis=1)).sum())
        if idle:
            lines["buyers who want nothing"] = str(idle)
    if instance.n_goods:
        stock = instance.supplies
        low, high = number(stock.min()), number(stock.max())
        lines["supplies"] = f"{low} each" if low == high else f"{low} to {high}"
        unwanted = int((~(instance.utilities > 0).any(axis=0)).sum())
        if unwanted:
            lines["goods that nobody wants"] = str(unwanted)
    return lines


def headline(instance: FisherMarket, result: Result[FisherSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "no allocation found before the run was stopped"
    traded = float(solution.prices @ instance.supplies)
    word = "Fisher equilibrium" if result.limit is None else "approximate Fisher equilibrium"
    return (
        f"{word}: goods worth {number(traded)} are traded, "
        f"duality gap {solution.duality_gap:.2g} of all money"
    )


def tidy(instance: FisherMarket, result: Result[FisherSolution]) -> list[Table]:
    """Return who holds how much of what, a row for each holding."""
    solution = result.solution
    if solution is None:
        return []
    table = Table("Holdings", ["buyer", "good", "amount", "price", "spent"])
    for i, j in np.argwhere(solution.allocation > 0).tolist():
        amount, price = solution.allocation[i, j], solution.prices[j]
        names = instance.label("buyers", i), instance.label("goods", j)
        table.add(*names, amount, price, amount * price)
    return [table]


def tables(instance: FisherMarket, result: Result[FisherSolution]) -> list[Table]:
    """Return the goods with prices and buyers, and the buyers with what they get."""
    solution = result.solution
    if solution is None:
        return []
    x, p = solution.allocation, solution.prices
    goods = Table("Goods", ["good", "price", "supply", "sold", "largest buyers (share)"])
    for j in range(instance.n_goods):
        share = x[:, j] / instance.supplies[j]
        held = _largest(instance, "buyers", share)
        sold = float(x[:, j].sum())
        goods.add(instance.label("goods", j), p[j], instance.supplies[j], sold, held)
    buyers = Table("Buyers", ["buyer", "budget", "spent", "utility", "best holdings (amount)"])
    for i in range(instance.n_buyers):
        spent = x[i] * p
        order = _largest(instance, "goods", x[i])
        row = (instance.budgets[i], float(spent.sum()), float(solution.utilities[i]), order)
        buyers.add(instance.label("buyers", i), *row)
    return [goods, buyers]


def _largest(instance: FisherMarket, side: str, amounts: FloatArray) -> str:
    """Name the three largest holders or holdings."""
    order = np.argsort(-amounts, kind="stable")[:3]
    named = [f"{instance.label(side, int(k))} {amounts[k]:.3g}" for k in order if amounts[k] > 1e-9]
    more = int((amounts > 1e-9).sum()) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "") or "-"
