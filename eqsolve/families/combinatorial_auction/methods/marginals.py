"""What each winner adds, and what is won without it: W and W_i of VCG (CA-2, CA-3).

``p_i = v_i - (W - W_i)``; only winners need a second winner determination. It starts from the set
in hand without i, and stops at once where a set is found that is worth W as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

from eqsolve.core.limits import Deadline
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.search import Found, Solver, find_winners

__all__ = ["accepted_values", "without_each"]


def accepted_values(auction: CombinatorialAuction, bids: Sequence[int]) -> dict[int, Fraction]:
    """Return winner -> what it adds: accepted prices less the worth of its units."""
    net = auction.net_prices()
    found: dict[int, Fraction] = {}
    for b in bids:
        bidder = int(auction.bids.bidder[b])
        found[bidder] = found.get(bidder, Fraction(0)) + net[b]
    return found


def without_each(
    auction: CombinatorialAuction,
    best: Found,
    solver: Solver,
    deadline: Deadline,
    *,
    workers: int = 1,
    known: Mapping[int, Found],
) -> dict[int, Found]:
    """Return winner -> winner determination without it; the values are W_i less the unsold worth.

    Parameters
    ----------
    best : the optimum with everybody.
    workers : threads; foreign solvers run side by side.
    known : what is known already.
    """
    winners = [i for i in sorted(accepted_values(auction, best.bids)) if i not in known]

    def solve(bidder: int) -> Found:
        kept = tuple(b for b in best.bids if auction.bids.bidder[b] != bidder)
        packing = best.packing.without(bidder)
        return find_winners(packing, solver, deadline, start=kept, ceiling=best.bound)

    if workers == 1 or len(winners) < 2:
        found = [solve(bidder) for bidder in winners]
    else:
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(solve, winners))
    return dict(sorted([*known.items(), *zip(winners, found, strict=True)]))
