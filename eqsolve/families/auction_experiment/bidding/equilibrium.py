"""The equilibrium of an auction, for those who play it and as a benchmark: asked for here alone."""

from __future__ import annotations

from eqsolve.core.errors import UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["equilibrium_of"]


def equilibrium_of(
    auction: SingleItemAuction, deadline: Deadline | None = None
) -> SingleItemAuctionSolution | None:
    """Return the equilibrium, None where no method applies or time is over.

    Notes
    -----
    Cost: that of solving the auction by the method that its own ``auto`` takes.
    """
    from eqsolve.families.single_item_auction.solve import solve

    try:
        found = solve(auction, deadline=deadline).solution
    except UnsupportedError:
        return None
    return found
