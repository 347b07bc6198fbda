"""How combinatorial auctions and their results are shown: facts, tables and one sentence."""

from __future__ import annotations

from collections import Counter

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import AuctionSolution

__all__ = ["facts", "headline", "tables", "tidy"]

_NAMED = 5
"""Members of a coalition that a sentence names."""


def facts(instance: CombinatorialAuction) -> dict[str, str]:
    """Return a few lines about an auction."""
    lines = {
        "bidders": str(instance.n_bidders),
        "items": str(instance.n_items),
        "bids": f"{instance.n_bids} ({instance.language.upper()})",
    }
    if instance.n_bids:
        lines["prices"] = f"up to {number(instance.bids.price.max().item())}"
    if (instance.supplies != 1).any():
        lines["units"] = str(int(instance.supplies.sum()))
    if (instance.reserves != 0).any():
        lines["reserves"] = f"up to {number(instance.reserves.max().item())}"
    return lines


def headline(instance: CombinatorialAuction, result: Result[AuctionSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "nothing was found before the run was stopped"
    winners = sum(bool(bundle) for bundle in solution.bundles)
    rule = {"vcg": "VCG", "core": "core", "first_price": "first-price"}[solution.payment_rule]
    words = f"{winners} of {instance.n_bidders} bidders win, welfare {number(solution.welfare)}, "
    words += f"{rule} payments of {number(solution.revenue)}"
    if solution.core_gap:
        blocking = solution.blocking or ()
        members = ", ".join(instance.label("bidders", i) for i in blocking[:_NAMED])
        more = f" and {len(blocking) - _NAMED} more" if len(blocking) > _NAMED else ""
        words += f"; blocked by {members}{more}, who would gain {number(solution.core_gap)}"
    return words


def tidy(instance: CombinatorialAuction, result: Result[AuctionSolution]) -> list[Table]:
    """Return who gets what for how much, a row for each item that a bidder gets."""
    solution = result.solution
    if solution is None:
        return []
    table = Table("Allocation", ["bidder", "item", "units", "payment of the bidder"])
    for i, bundle in enumerate(solution.bundles):
        for item, units in Counter(bundle).items():
            names = instance.label("bidders", i), instance.label("items", item)
            table.add(*names, units, solution.payments[i])
    return [table]


def tables(instance: CombinatorialAuction, result: Result[AuctionSolution]) -> list[Table]:
    """Return who gets what for how much, the figures, and item prices where there are any."""
    solution = result.solution
    if solution is None:
        return []
    winners = Table("Winners", ["bidder", "items", "bid", "payment", "VCG payment", "utility"])
    for i, bundle in enumerate(solution.bundles):
        if not bundle:
            continue
        names = ", ".join(instance.label("items", item) for item in bundle)
        payment, utility = solution.payments[i].item(), solution.utilities[i].item()
        vcg = None if solution.vcg_payments is None else solution.vcg_payments[i].item()
        winners.add(instance.label("bidders", i), names, payment + utility, payment, vcg, utility)
    figures = Table("Auction", ["figure", "amount"])
    figures.add("welfare", solution.welfare)
    figures.add("bound on welfare", result.bounds.upper)
    figures.add("bound of the linear program", solution.lp_bound)
    figures.add("worth of unsold units", solution.unsold_worth)
    figures.add(f"revenue ({solution.payment_rule})", solution.revenue)
    if solution.vcg_payments is not None:
        figures.add("VCG revenue", solution.vcg_payments.sum().item())
        inside = {True: "yes", False: "no", None: None}[solution.vcg_in_core]
        figures.add("VCG payments in the core", inside)
    figures.add("greatest gain of a blocking coalition", solution.core_gap)
    shown = [winners, figures]
    if solution.item_prices is not None:
        prices = Table("Clearing prices", ["item", "price"])
        prices.extend(
            (instance.label("items", j), price)
            for j, price in enumerate(solution.item_prices.tolist())
        )
        shown.append(prices)
    return shown
