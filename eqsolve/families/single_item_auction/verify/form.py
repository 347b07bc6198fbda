"""Whether strategies are such of the auction: classes, types, bids, and the formula that is named.

O(strategies * types * bids of a type).
"""

from __future__ import annotations

import numpy as np

from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy
from eqsolve.families.single_item_auction.verify.finite import types_of

__all__ = ["form_problems"]

_FORMULAS = {
    "first_price": ("AUC-2", "AUC-6", "AUC-8"),
    "second_price": ("AUC-1", "AUC-8"),
    "all_pay": ("AUC-2", "AUC-3"),
    "kth_price": ("AUC-4",),
}
"""Format -> theorems with a formula for it."""


def form_problems(auction: SingleItemAuction, solution: SingleItemAuctionSolution) -> list[str]:
    """Return what keeps the strategies from being read as such of the auction."""
    problems = []
    classes = solution.classes
    if set(classes) != set(range(len(solution.strategies))):
        problems.append(f"classes {list(classes)} do not use {len(solution.strategies)} strategies")
        return problems
    for i in range(auction.n_bidders):
        first = classes.index(classes[i])
        if (auction.values.own(i), auction.risk[i]) != (
            auction.values.own(first), auction.risk[first],
        ):  # fmt: skip
            problems.append(f"bidders {first} and {i} differ and cannot be of one class")
    names = [f"strategy {c}" for c in range(len(solution.strategies))]
    sets = [(names, solution.strategies)]
    for k, listed in enumerate(solution.equilibria or ()):
        if len(listed) != len(solution.strategies):
            problems.append(f"equilibrium {k} has {len(listed)} strategies")
        else:
            sets.append(([f"equilibrium {k}, {name}" for name in names], listed))
    for labels, strategies in sets:
        for c, (label, strategy) in enumerate(zip(labels, strategies, strict=True)):
            problems += _strategy_problems(auction, classes.index(c), strategy, label)
    formula = solution.closed_form
    if formula is not None:
        valid = _FORMULAS[auction.sealed_format]
        if formula not in valid:
            problems.append(f"{formula} has no formula for {auction.format}")
        elif (formula == "AUC-8") != (auction.values.model == "common") and formula != "AUC-1":
            problems.append(f"{formula} has no formula for {auction.values.model} values")
        elif formula == "AUC-6" and len(solution.strategies) != 2:
            problems.append("AUC-6 is for two bidders who differ")
        elif formula == "AUC-1" and solution.epsilon_kind != "dominance":
            problems.append("AUC-1 says that strategies are dominant")
        elif formula == "AUC-2" and (
            (auction.format == "all_pay" and auction.n_bidders > 1) or len(solution.strategies) > 1
        ):
            problems.append("AUC-2 is for equal bidders at first prices")
        elif formula == "AUC-3" and auction.n_bidders == 1:
            problems.append("AUC-3 is for two bidders and more")
    return problems


def _strategy_problems(
    auction: SingleItemAuction, bidder: int, strategy: Strategy, name: str
) -> list[str]:
    """Return what is wrong with one strategy."""
    problems = []
    if auction.values.is_finite:
        expected_types = [float(value) for value in types_of(auction, bidder)]
        if strategy.values.tolist() != expected_types:
            problems.append(f"{name} does not list the {len(expected_types)} types of its bidders")
            return problems
        for place in range(len(strategy.values)):
            offers = strategy.offers(place)
            value = strategy.values[place]
            if any(p < 0 for _, p in offers) or abs(sum(p for _, p in offers) - 1) > 1e-9:
                problems.append(f"{name}: probabilities of value {value:g} do not sum to 1")
            if len({bid for bid, _ in offers}) < len(offers):
                problems.append(f"{name}: value {value:g} lists a bid twice")
            for bid, _ in offers:
                if bid is not None and not _allowed(auction, bid):
                    problems.append(f"{name}: value {value:g} bids {bid:g}, which is no bid")
        return problems
    values, bids = strategy.values, strategy.bids
    assert bids is not None
    if (np.diff(values) < 0).any() or (np.diff(bids) < 0).any():
        problems.append(f"{name} falls somewhere; values and bids must not")
    elif len(values) > 2 and ((values[2:] == values[:-2]) & (bids[2:] != bids[:-2])).any():
        problems.append(f"{name} has a value three times")
    grid = auction.bids
    if grid is not None:
        for bid in np.unique(bids).tolist():
            reaches = values[np.searchsorted(bids, bid)] <= auction.values.support(bidder)[1]
            if reaches and not grid.holds(bid):
                problems.append(f"{name} bids {bid:g}, which is not on the grid")
        if not problems and ((np.diff(bids) > 0) & (np.diff(values) > 0)).any():
            problems.append(f"{name} rises between bids of the grid")
    elif bids[0] < 0:
        problems.append(f"{name} bids {bids[0]:g}: bids must be >= 0")
    return problems


def _allowed(auction: SingleItemAuction, bid: float) -> bool:
    """Return whether a bid may be made."""
    return bid >= 0 if auction.bids is None else auction.bids.holds(bid)
