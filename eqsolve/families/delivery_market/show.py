"""What people see of a delivery market: facts, tables and one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.table import Table, number
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.structure import find_structure

__all__ = ["facts", "headline", "tables"]


def facts(instance: DeliveryMarket) -> dict[str, str]:
    """Return a few lines about a market."""
    structure = find_structure(instance.costs)
    given = "in full" if instance.costs.full is not None else "by parts"
    forbidden = 0 if instance.costs.full is None else int((instance.costs.full < 0).sum())
    return {
        "buyers": str(instance.n_buyers),
        "stores": str(instance.n_stores),
        "couriers": str(instance.n_couriers),
        "values": f"up to {number(instance.values.max(initial=0))}",
        "costs": f"given {given}, {structure.words if structure else 'no structure of TIP-5'}",
        "forbidden deliveries": str(forbidden),
        "tips": "allowed" if instance.tips else "not allowed",
        "numbers": "whole, solved exactly" if instance.is_exact else "decimal",
    }


def headline(instance: DeliveryMarket, result: Result[Any]) -> str:
    """Return one sentence: what was found."""
    kind = "with tips" if instance.tips else "without tips"
    if result.status is Status.NO_EQUILIBRIUM:
        reason = getattr(result.certificate, "argument", getattr(result.certificate, "rule", ""))
        return f"no equilibrium {kind}" + (f": {reason}" if reason else "")
    if result.solution is None:
        return f"no equilibrium {kind} found before the run was stopped; there may be one"
    solution: DeliverySolution = result.solution
    best = "best equilibrium" if result.status is Status.SOLVED else "equilibrium"
    count = len(solution.transactions)
    transactions = "transaction" if count == 1 else "transactions"
    words = f"{best} {kind}: {count} {transactions}, welfare {number(solution.welfare)}"
    efficient = solution.efficient_welfare
    if efficient is None:
        return f"{words}; the efficient welfare is not known"
    if efficient == solution.welfare:
        return f"{words}, which is efficient"
    return f"{words}; efficient would be {number(efficient)}, which no equilibrium reaches" + (
        "" if result.status is Status.SOLVED else " as far as known"
    )


def tables(instance: DeliveryMarket, result: Result[Any]) -> list[Table]:
    """Return the tables of a result: transactions, totals, tips."""
    if result.solution is None:
        return []
    solution: DeliverySolution = result.solution
    rows = solution.transactions
    costs = instance.costs.at(rows[:, 2], rows[:, 0], rows[:, 1])
    done = Table(
        "Transactions (money units of the instance)",
        ("buyer", "store", "courier", "value", "cost", "price", "compensation", "buyer's utility",
         "courier's utility"),
    )  # fmt: skip
    for (i, j, k), cost in zip(rows.tolist(), costs.tolist(), strict=True):
        done.add(
            instance.label("buyers", i),
            instance.label("stores", j),
            instance.label("couriers", k),
            instance.values[i, j],
            cost,
            solution.prices[j],
            solution.compensations[i, j],
            solution.buyer_utilities[i],
            solution.courier_utilities[k],
        )
    totals = Table("Totals", ("figure", "amount"))
    totals.add("welfare", solution.welfare)
    totals.add("efficient welfare", solution.efficient_welfare)
    totals.add("buyers' utility", float(solution.buyer_utilities.sum()))
    totals.add("stores' revenue", float(solution.prices.sum()))
    totals.add("couriers' utility", float(solution.courier_utilities.sum()))
    totals.add("platform cash flow", solution.platform_cash_flow)
    totals.add("orders with a tip, none of them placed", int((solution.tips > 0).sum()))
    found = [done, totals]
    tipped = np.argwhere(solution.tips > 0)
    if len(tipped):
        table = Table("Tips that keep orders from being placed", ("buyer", "store", "tip", "value"))
        largest = np.argsort(-solution.tips[tipped[:, 0], tipped[:, 1]], kind="stable")
        for i, j in tipped[largest].tolist():
            who, where = instance.label("buyers", i), instance.label("stores", j)
            table.add(who, where, solution.tips[i, j], instance.values[i, j])
        found.append(table)
    return found
