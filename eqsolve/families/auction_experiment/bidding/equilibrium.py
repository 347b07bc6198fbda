"""The equilibrium of an auction, for those who play it and as a benchmark: asked for here alone."""

from __future__ import annotations

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.method import obstacle, resolved
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.methods.auto import Auto
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["equilibrium_of"]


def equilibrium_of(
    auction: SingleItemAuction, deadline: Deadline | None = None
) -> SingleItemAuctionSolution | None:
    """Return the equilibrium, None where no method applies or time is over.

    It is not verified here: the verifier of the record does that.

    Notes
    -----
    Cost: that of the method that the auction's own ``auto`` takes.
    """
    method, _ = resolved(Auto(), auction)
    if obstacle(method, auction):
        return None
    running = Deadline() if deadline is None else deadline
    return method.run(auction, running, np.random.default_rng(0)).solution
