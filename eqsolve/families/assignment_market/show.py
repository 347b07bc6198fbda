"""How assignment markets and their equilibria are shown: facts, tables and one sentence."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["facts", "headline", "tables"]


def facts(instance: AssignmentMarket) -> dict[str, str]:
    """Return a few lines about a market."""
    values = instance.values
    pairs = instance.n_buyers * instance.n_sellers
    edges = values.n_edges
    known = values.csr()[2] if values.is_sparse or values.has_gaps else values.dense().ravel()
    lines = {
        "buyers": str(instance.n_buyers),
        "sellers": str(instance.n_sellers),
        "edges": f"{edges} ({edges / pairs:.0%} of the pairs)" if pairs else "0",
    }
    if edges:
        low, high = number(known.min()), number(known.max())
        lines["values"] = f"{low} to {high}" if low != high else f"all {low}"
        lines["numbers"] = "whole, solved exactly" if instance.is_integral else "fractions"
    with_reserve = np.count_nonzero(instance.reserves)
    if with_reserve:
        lines["reserves"] = f"{with_reserve} sellers, up to {number(instance.reserves.max())}"
    if instance.has_capacities:
        a, s = instance.capacities
        lines["capacities"] = f"buyers {_span(a)}, sellers {_span(s)} units"
    return lines


def _span(capacities: IntArray) -> str:
    """Return capacities in words."""
    if not len(capacities):
        return "none"
    low, high = capacities.min(), capacities.max()
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def headline(instance: AssignmentMarket, result: Result[AssignmentSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "no equilibrium found before the run was stopped"
    buyers, _ = solution.trades
    trades = len(buyers)
    text = f"competitive equilibrium: {trades} of {instance.n_buyers} buyers trade, "
    if instance.has_capacities:
        text = f"competitive equilibrium: {len(np.unique(buyers))} of {instance.n_buyers} buyers "
        text += f"trade {trades} units, "
    text += f"welfare {number(solution.welfare)}"
    constant = instance.metadata.get("cost_constant")
    if isinstance(constant, int | float) and trades:
        text += f", total cost {number(constant * trades - solution.welfare)}"
    return text


def tables(instance: AssignmentMarket, result: Result[AssignmentSolution]) -> list[Table]:
    """Return the trades, the prices with both ends of their lattice, and any price path."""
    solution = result.solution
    if solution is None:
        return []
    if instance.has_capacities:
        return [
            _pairs(instance, solution),
            _buyers(instance, solution),
            _units(instance, solution),
        ]
    shown = [_trades(instance, solution), _prices(instance, solution)]
    if solution.price_path is not None:
        shown.append(_path(instance, solution))
    return shown


def _trades(market: AssignmentMarket, solution: AssignmentSolution) -> Table:
    """Return who buys what, and what it leaves them."""
    table = Table("Trades", ["buyer", "seller", "value", "price", "utility", "VCG payment"])
    for i, j in enumerate(solution.matching.tolist()):
        utility, payment = solution.utilities[i], solution.vcg_payments[i]
        who = market.label("buyers", i)
        if j < 0:
            table.add(who, None, None, None, utility, payment)
        else:
            seller = market.label("sellers", j)
            table.add(who, seller, market.values[i, j], solution.prices[j], utility, payment)
    return table


def _prices(market: AssignmentMarket, solution: AssignmentSolution) -> Table:
    """Return each seller's price between the lattice ends."""
    table = Table("Prices", ["seller", "buyer", "reserve", "least", "price", "greatest"])
    buyer = np.full(market.n_sellers, -1)
    matched = np.flatnonzero(solution.matching >= 0)
    buyer[solution.matching[matched]] = matched
    for j, i in enumerate(buyer.tolist()):
        table.add(
            market.label("sellers", j),
            market.label("buyers", i) if i >= 0 else None,
            market.reserves[j],
            solution.price_min[j],
            solution.prices[j],
            solution.price_max[j],
        )
    return table


def _pairs(market: AssignmentMarket, solution: AssignmentSolution) -> Table:
    """Return the trades of a market with capacities."""
    table = Table("Trades", ["buyer", "seller", "value", "price"])
    for i, j in zip(*(side.tolist() for side in solution.trades), strict=True):
        names = market.label("buyers", i), market.label("sellers", j)
        table.add(*names, market.values[i, j], solution.prices[j])
    return table


def _buyers(market: AssignmentMarket, solution: AssignmentSolution) -> Table:
    """Return what each buyer holds, and what it leaves it."""
    paid = ["VCG payment"] if solution.has_payments else []
    table = Table("Buyers", ["buyer", "holds", "capacity", "utility", *paid])
    held = np.bincount(solution.trades[0], minlength=market.n_buyers).tolist()
    for i, (count, most) in enumerate(zip(held, market.capacities[0].tolist(), strict=True)):
        payment = [solution.vcg_payments[i]] if solution.has_payments else []
        table.add(market.label("buyers", i), count, most, solution.utilities[i], *payment)
    return table


def _units(market: AssignmentMarket, solution: AssignmentSolution) -> Table:
    """Return each seller's units and price between the lattice ends."""
    names = ["seller", "sold", "units", "reserve", "least", "price", "greatest"]
    table = Table("Prices", names)
    sold = np.bincount(solution.trades[1], minlength=market.n_sellers).tolist()
    for j, (count, most) in enumerate(zip(sold, market.capacities[1].tolist(), strict=True)):
        ends = solution.price_min[j], solution.prices[j], solution.price_max[j]
        table.add(market.label("sellers", j), count, most, market.reserves[j], *ends)
    return table


def _path(market: AssignmentMarket, solution: AssignmentSolution) -> Table:
    """Return the steps of the ascending auction."""
    table = Table("Price path", ["step", "overdemanded sellers", "increase"])
    for place, step in enumerate(solution.price_path or ()):
        names = [market.label("sellers", j) for j in step.sellers[:6]]
        more = len(step.sellers) - len(names)
        table.add(place, ", ".join(names) + (f" and {more} more" if more else ""), step.increase)
    return table
