"""How trading networks and their solutions are shown: facts, tables and one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["facts", "headline", "tables"]


def facts(instance: TradingNetwork) -> dict[str, str]:
    """Return a few lines about a network."""
    pairs = instance.n_buyers * instance.n_sellers
    lines = {
        "buyers": str(instance.n_buyers),
        "sellers": str(instance.n_sellers),
        "known pairs": _share(instance.n_known, pairs),
        "candidate pairs": _share(instance.n_candidates, pairs),
    }
    if instance.values.n_edges:
        lines["values"] = f"up to {number(instance.scale)}"
        lines["numbers"] = "whole, solved exactly" if instance.is_integral else "fractions"
    if instance.commission != 1:
        lines["commission"] = f"{instance.commission:.4g}"
    return lines


def headline(instance: TradingNetwork, result: Result[TradingSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "no introductions found before the run was stopped"
    count = len(solution.introduced)
    best = "the most possible"
    if solution.guarantee < 1:
        best = f"at least {solution.guarantee:.1%} of the best revenue"
    earn = "pair earns" if count == 1 else "pairs earn"
    return (
        f"introductions: {count} {earn} {number(solution.revenue)}, {best}; "
        f"welfare rises from {number(solution.welfare_without_platform)} to "
        f"{number(solution.welfare)} (at most {number(solution.welfare_full)})"
    )


def tables(instance: TradingNetwork, result: Result[TradingSolution]) -> list[Table]:
    """Return the trades, and what the platform changes."""
    solution = result.solution
    if solution is None:
        return []
    introduced = {(i, j) for i, j in solution.introduced.tolist()}
    trades = Table("Trades", ["buyer", "seller", "through", "value", "price", "buyer's utility"])
    for i, j in enumerate(solution.matching.tolist()):
        if j < 0:
            continue
        value = instance.values[i, j] or 0
        price = solution.prices[j].item()
        through = "platform" if (i, j) in introduced else "known"
        names = instance.label("buyers", i), instance.label("sellers", j)
        trades.add(*names, through, value, price, value - price)
    figures = Table(f"Platform ({solution.price_rule} prices)", ["figure", "amount"])
    gain = solution.welfare_full - solution.welfare_without_platform
    figures.add("revenue", solution.revenue)
    figures.add("bound on revenue", result.bounds.upper)
    figures.add("welfare without platform", solution.welfare_without_platform)
    figures.add("welfare", solution.welfare)
    figures.add("welfare with all candidates", solution.welfare_full)
    figures.add("greatest welfare gain", gain)
    figures.add("revenue / welfare gain", solution.revenue / gain if gain else None)
    return [trades, figures]


def _share(count: int, pairs: int) -> str:
    """Return a count with its share of all pairs."""
    return f"{count} ({count / pairs:.0%} of the pairs)" if pairs else "0"
