"""The regret of every type under given strategies, and the equilibrium as a plain function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import NoSolutionError
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.regret import CELLS, regret_of
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["InterimRegret", "auction_equilibrium", "interim_regret"]


@dataclass(frozen=True, slots=True)
class InterimRegret:
    """The regret of every type.

    Parameters
    ----------
    epsilon : the greatest, money units.
    kind : ``"exact"``, ``"interval"`` (proved bounds) or ``"grid"`` (found on a grid, no proof).
    values, regrets : for each class, types and their regrets or bounds of them.
    """

    epsilon: float
    kind: str
    values: tuple[FloatArray, ...]
    regrets: tuple[FloatArray, ...]


def interim_regret(
    auction: SingleItemAuction,
    strategies: SingleItemAuctionSolution | Sequence[Strategy] | Strategy,
    classes: Sequence[int] | None = None,
    *,
    cells: int = CELLS,
) -> InterimRegret:
    """Return by how much each type could gain by another bid, whatever strategies are.

    Parameters
    ----------
    auction : the instance.
    strategies : a solution, one strategy for each class, or one for all bidders.
    classes : the strategy of each bidder; None: that of the solution, or the first for all.
    cells : cells of a proved bound.

    Raises
    ------
    InstanceError : no `SingleItemAuction`.

    Notes
    -----
    Finite: O(states * types * bids); intervals: O(cells log cells). Source: CERT-E, CERT-I, CERT-G.

    Examples
    --------
    >>> import numpy as np
    >>> auction = SingleItemAuction(
    ...     "first_price", 2, {"model": "private", "prior": {"uniform": [0, 1]}}
    ... )
    >>> truth = Strategy(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> found = interim_regret(auction, truth)  # value 1 would rather bid 1/2, for 1/4
    >>> round(found.epsilon, 3), found.kind
    (0.25, 'interval')
    """
    require_instance(auction, SingleItemAuction, "auction")
    if isinstance(strategies, SingleItemAuctionSolution):
        given, places = strategies.strategies, strategies.classes
    else:
        given = (strategies,) if isinstance(strategies, Strategy) else tuple(strategies)
        places = (0,) * auction.n_bidders
    for strategy in given:
        require_solution(strategy, Strategy)
    chosen = tuple(places if classes is None else classes)
    found = regret_of(auction, given, chosen, cells)
    return InterimRegret(found.epsilon, found.kind, found.values, found.regrets)


def auction_equilibrium(auction: SingleItemAuction, **options: Any) -> SingleItemAuctionSolution:
    """Return equilibrium strategies, as ``eqsolve.solve`` finds them.

    Parameters
    ----------
    auction : the instance.
    **options : as for ``eqsolve.solve``.

    Raises
    ------
    NoSolutionError : nothing was found.

    Notes
    -----
    Cost: as the method says. Source: AUC-1 to AUC-10.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"uniform": [0, 99]}}
    >>> auction_equilibrium(SingleItemAuction("all_pay", 2, values)).strategies[0].bid(99.0)
    49.5
    """
    from eqsolve.families.single_item_auction.solve import solve

    solution = solve(auction, **options).solution
    if solution is None:
        raise NoSolutionError("no strategies were found; raise the limit or try another method")
    return solution
