"""Formulas of the continuous auction rounded to the grid of a finite one (AUC-10).

Whole values that are equally likely and a grid of bids are near to a uniform prior and any bid, and
the rounded formula is at times nearly an equilibrium: ``round(2 v / 3)`` of three bidders at first
prices with values and bids 0 to 99 has regret 1/30000. Its regret judges the answer. O(values).
Where any bid is allowed and a value is certain, the formula is that value itself.
"""

from __future__ import annotations

import numpy as np

from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.instance.priors import Integers
from eqsolve.families.single_item_auction.listing import choices_of
from eqsolve.families.single_item_auction.methods.closed_form import Formula, formula_of
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["rounded"]


def rounded(auction: SingleItemAuction) -> Strategy | None:
    """Return the rounded formula as a strategy for all, None where there is none.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"integers": [0, 9]}}
    >>> grid = {"min": 0, "max": 9, "increment": 1}
    >>> rounded(SingleItemAuction("first_price", 2, values, bids=grid)).bids.tolist()
    [0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.0]
    """
    prior = auction.values.own(0)
    if auction.values.model != "private" or not auction.is_symmetric:
        return None
    if auction.bids is None:
        return _all_of_it(auction)
    if not isinstance(prior, Integers) or prior.low == prior.high or auction.price_rank == 2:
        return None
    low, high = prior.support
    free = SingleItemAuction(
        auction.format,
        auction.n_bidders,
        {"model": "private", "prior": {"uniform": [low, high]}},
        k=auction.price_rank if auction.price_rank > 2 else None,
        reserve=auction.reserve,
        risk=auction.risk[0],
    )
    formula = formula_of(free)
    if not isinstance(formula, Formula):
        return None
    points = prior.points
    taking_part = points >= formula.starts[0]
    bids = np.full(len(points), choices_of(auction)[0])
    wanted = formula.bids[0](points[taking_part]).tolist()
    least = float(auction.reserve)
    bids[taking_part] = [max(auction.bids.nearest(bid), least) for bid in wanted]
    return Strategy(points, bids, finite=True)


def _all_of_it(auction: SingleItemAuction) -> Strategy | None:
    """Return bidding a value that is certain and that several have: at first prices none gains."""
    prior = auction.values.own(0)
    own_price = auction.price_rank == 1 and auction.format != "all_pay"
    if not (own_price and isinstance(prior, FinitePrior) and len(prior.points) == 1):
        return None
    return Strategy(prior.points, prior.points, finite=True) if auction.n_bidders > 1 else None
