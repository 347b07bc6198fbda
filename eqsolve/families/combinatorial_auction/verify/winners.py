"""That no set of bids has more welfare than is claimed: by item prices, else by a search."""

from __future__ import annotations

import math
from fractions import Fraction

from eqsolve.core.status import Status
from eqsolve.families.combinatorial_auction.verify.claim import Claim, shown
from eqsolve.families.combinatorial_auction.verify.duality import Dual

__all__ = ["check_at_most", "check_winners"]


def check_winners(claim: Claim, dual: Dual) -> bool:
    """Check the bound, and that nothing better can be sold; return whether that is shown."""
    upper = claim.result.bounds.upper
    if upper != math.inf:
        low = math.isnan(upper) or upper < claim.welfare - claim.rounding()
        claim.builder.require(
            "auction.bound",
            "the bound is no less than the welfare found",
            [f"bound {upper}, but the welfare is {shown(claim.welfare)}"] if low else [],
        )
    solved = claim.result.status is Status.SOLVED
    if not solved and not math.isfinite(upper):
        return False
    is_shown = check_at_most(
        claim,
        dual,
        "auction.optimal",
        "no set of bids has more welfare",
        claim.welfare if solved else Fraction(upper),
        held=claim.welfare,
        what="that the accepted bids are optimal" if solved else f"the bound {upper}",
    )
    return solved and is_shown


def check_at_most(
    claim: Claim,
    dual: Dual,
    id: str,
    condition: str,
    limit: Fraction,
    *,
    held: Fraction,
    what: str,
    without: int | None = None,
) -> bool:
    """Return whether it is shown that no set has more welfare than `limit`.

    Parameters
    ----------
    limit : the most that is claimed.
    held : welfare of a set that is known.
    what : what is left open where nothing settles it.
    without : a bidder whose bids are left out.
    """
    slack = claim.rounding()
    bound, unit = dual.bound_without(without), claim.auction.unit()
    # Every welfare is a multiple of the money unit.
    if bound is not None and bound // unit * unit <= limit + slack:
        return claim.builder.require(id, condition, [], theorem="CA-9")
    worth = claim.bids.worth
    found = claim.best(without=without, held=held - worth)
    best, least = found.upper + worth, found.lower + worth
    if least > limit + slack:
        problem = f"some set has {shown(least)}, more than {shown(limit)}"
        return claim.builder.require(id, condition, [problem])
    if best > limit + slack:
        claim.leave(what, f"a search only shows at most {shown(best)}")
        return False
    return claim.builder.require(id, condition, [])
