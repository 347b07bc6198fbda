"""The verb of single-item auctions."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.methods.auto import Auto
from eqsolve.families.single_item_auction.methods.closed_form import ClosedForm
from eqsolve.families.single_item_auction.methods.dominance import Dominance
from eqsolve.families.single_item_auction.methods.enumeration import Enumeration
from eqsolve.families.single_item_auction.methods.fictitious_play import FictitiousPlay
from eqsolve.families.single_item_auction.methods.ode import Ode
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution
from eqsolve.families.single_item_auction.verify.conditions import verify

__all__ = ["METHODS", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto, Dominance, ClosedForm, Ode, FictitiousPlay, Enumeration,
)  # fmt: skip


def solve(
    auction: SingleItemAuction,
    *,
    method: str | Method[SingleItemAuction, SingleItemAuctionSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[SingleItemAuctionSolution]:
    """Return equilibrium strategies, with how far from an equilibrium they are at most.

    Parameters
    ----------
    auction : the instance.
    method : a name from ``eqsolve.methods("single_item_auction")`` or a method object.
    time_limit : seconds.
    seed : kept in the record; nothing is drawn.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : ``SOLVED`` where epsilon is 0 by dominance or by looking at all types and bids, or
        where a proved bound is small enough (option `epsilon`); else ``FEASIBLE`` with its
        epsilon. The objective is the expected revenue.

    Notes
    -----
    Cost: as the method says. Source: theory page, AUC-1 to AUC-10.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"uniform": [0, 99]}}
    >>> result = solve(SingleItemAuction("first_price", 3, values))
    >>> result.status.value, result.stats.method, result.solution.strategies[0].bid(50.0)
    ('solved', 'closed_form', 33.333333333333336)
    """
    return solve_with(
        auction,
        METHODS,
        verify,
        instance_type=SingleItemAuction,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )
