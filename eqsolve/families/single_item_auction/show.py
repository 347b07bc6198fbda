"""How single-item auctions and their results are shown: facts, tables and one sentence."""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.single_item_auction.instance import (
    AffiliatedValues,
    CommonValues,
    Prior,
    SingleItemAuction,
)
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["facts", "headline", "tables", "tidy"]

_ROWS = 13
_MANY = 6
_KINDS = {
    "dominance": "weakly dominant",
    "exact": "all types and bids looked at",
    "interval": "proved bound",
    "grid": "found on a grid, no proof",
}


def facts(auction: SingleItemAuction) -> dict[str, str]:
    """Return a few lines about an instance."""
    lines = {
        "format": auction.format if auction.k is None else f"{auction.format}, k = {auction.k}",
        "bidders": str(auction.n_bidders),
        "values": _values(auction),
    }
    grid = auction.bids
    if grid is not None:
        lines["bids"] = (
            f"{number(grid.min)} to {number(grid.max)} in steps of {number(grid.increment)}"
        )
    if auction.reserve:
        lines["reserve"] = number(auction.reserve)
    if any(auction.risk):
        coefficients = dict.fromkeys(auction.risk.tolist())
        lines["risk aversion"] = ", ".join(number(rho) for rho in coefficients)
    if auction.tick is not None:
        lines["tick"] = auction.tick
    return lines


def _values(auction: SingleItemAuction) -> str:
    """Return the model of values in words."""
    model = auction.values
    if isinstance(model, AffiliatedValues):
        return f"{_prior(model.common)} for all, plus {_prior(model.private)} each"
    if isinstance(model, CommonValues):
        return f"{_prior(model.value)} for all, seen with noise {number(model.noise)}"
    priors = [model.own(i) for i in range(auction.n_bidders)]
    if model.is_symmetric:
        return f"{_prior(priors[0])} each"
    shown = [_prior(prior) for prior in priors[:_MANY]]
    return "; ".join([*shown, *(["..."] if len(priors) > _MANY else [])])


def _prior(prior: Prior) -> str:
    """Return a prior in a few words."""
    low, high = (number(end) for end in prior.support)
    return f"{prior.form} on [{low}, {high}]"


def headline(auction: SingleItemAuction, result: Result[SingleItemAuctionSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "no pure equilibrium, and no mixed one was found"
    how = f"by {solution.closed_form}" if solution.closed_form else "computed"
    count = len(solution.strategies)
    what = "one strategy for all" if count == 1 else f"{count} strategies"
    words = (
        f"{what}, {how}: epsilon {number(solution.epsilon)} ({_KINDS[solution.epsilon_kind]}), "
        f"revenue {number(solution.revenue)}, efficiency {number(solution.efficiency)}"
    )
    if solution.equilibria is not None:
        listed = len(solution.equilibria)
        words += f"; {listed} pure equilibri{'um' if listed == 1 else 'a'}"
    return words


def tidy(auction: SingleItemAuction, result: Result[SingleItemAuctionSolution]) -> list[Table]:
    """Return what each bidder bids at each value, None for staying out."""
    solution = result.solution
    if solution is None:
        return []
    table = Table("Strategies", ["bidder", "value", "bid", "probability"])
    for i, place in enumerate(solution.classes):
        strategy = solution.strategies[place]
        for k, value in enumerate(strategy.values.tolist()):
            for bid, share in strategy.offers(k):
                table.add(auction.label("bidders", i), value, bid, share)
    return [table]


def tables(auction: SingleItemAuction, result: Result[SingleItemAuctionSolution]) -> list[Table]:
    """Return bids by value, and what bidders get."""
    solution = result.solution
    if solution is None:
        return []
    bids = Table("Bids", ["bidders", "value", "bid"])
    for c, strategy in enumerate(solution.strategies):
        who = ", ".join(
            auction.label("bidders", i) for i, place in enumerate(solution.classes) if place == c
        )
        bids.extend((who, value, bid) for value, bid in _rows(strategy))
    gains = Table("Bidders", ["bidder", "strategy", "utility"])
    gains.extend(
        (auction.label("bidders", i), place, solution.bidder_utility[i])
        for i, place in enumerate(solution.classes)
    )
    found = [bids, gains]
    if solution.equilibria is not None:
        listed = Table("Pure equilibria", ["number", "strategy", "bids by rising value"])
        for k, strategies in enumerate(solution.equilibria):
            for c, strategy in enumerate(strategies):
                assert strategy.bids is not None
                row = ["out" if math.isnan(b) else number(b) for b in strategy.bids.tolist()]
                listed.add(k, c, " ".join(row))
        found.append(listed)
    return found


def _rows(strategy: Strategy) -> list[tuple[float, str]]:
    """Return a few values with their bids in words."""
    count = len(strategy.values)
    places = sorted(set(np.linspace(0, count - 1, min(_ROWS, count)).round().astype(int).tolist()))
    rows = []
    for place in places:
        offers = [
            ("out" if bid is None else number(bid), share) for bid, share in strategy.offers(place)
        ]
        words = [bid if len(offers) == 1 else f"{bid} ({number(share)})" for bid, share in offers]
        more = ["..."] if len(words) > _MANY else []
        rows.append((float(strategy.values[place]), ", ".join([*words[:_MANY], *more])))
    return rows
