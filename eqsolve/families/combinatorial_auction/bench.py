"""Combinatorial auctions: winners and VCG payments against the plain packing program with HiGHS.

The peer is the program of CA-1 as it stands, gap 0, through the HiGHS of scipy: highspy itself
cannot be loaded beside OR-tools in one process. For VCG it solves once more for every winner, from
the start. Its answers are not checked by anybody; ours are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender, built
from eqsolve.families.combinatorial_auction.generate import RECIPES
from eqsolve.families.combinatorial_auction.solve import solve

__all__ = ["CASES"]

LIMIT = 60.0


def plain_program(auction: Any, without: int = -1) -> tuple[float, list[int]]:
    """Return the best value and bids, of all bidders but one; single money amounts as floats."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    bids = auction.bids
    entry_bid = bids.bid_of_entry()
    rows = np.concatenate([bids.items, auction.n_items + bids.bidder])
    columns = np.concatenate([entry_bid, np.arange(len(bids))])
    size = (auction.n_items + auction.n_bidders, len(bids))
    matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=size)
    right = np.concatenate([auction.supplies, np.ones(auction.n_bidders)])
    answer = milp(
        -bids.price.astype(float),
        constraints=LinearConstraint(matrix, -np.inf, right),
        integrality=np.ones(len(bids)),
        bounds=Bounds(0, (bids.bidder != without).astype(float)),
        options={"mip_rel_gap": 0.0, "time_limit": LIMIT},
    )
    if answer.status != 0:
        raise TimeoutError("no proof within the limit")
    return -float(answer.fun), np.flatnonzero(answer.x > 0.5).tolist()


def peer_winners(auction: Any) -> float:
    """Return the welfare."""
    return plain_program(auction)[0]


def peer_vcg(auction: Any) -> tuple[float, float]:
    """Return welfare and VCG revenue: a solve for every winner."""
    welfare, accepted = plain_program(auction)
    others = [plain_program(auction, int(auction.bids.bidder[b]))[0] for b in accepted]
    return welfare, welfare - sum(welfare - other for other in others)


def ours_winners(auction: Any) -> float:
    """Return the welfare, verified."""
    result = solve(auction, payments="first_price", time_limit=LIMIT)
    return float(result.require().welfare)


def ours_vcg(auction: Any) -> tuple[float, float]:
    """Return welfare and VCG revenue, verified."""
    solution = solve(auction, time_limit=LIMIT).require()
    return float(solution.welfare), float(solution.revenue)


def case(recipe: str, title: str, vcg: bool, sizes: tuple[int, ...]) -> Case:
    """Return a case of XOR bids of half as many bidders as items, up to five bids each."""

    def build(size: int, seed: int) -> Any:
        return built(RECIPES, recipe, seed, items=size, bidders=max(4, size // 2))

    delivers = "winners, VCG" if vcg else "winners"
    return Case(
        suite="combinatorial",
        name=title,
        build=build,
        sizes=sizes,
        quick_sizes=(10, 20),
        contenders=(
            Contender(
                name="eqsolve",
                run=ours_vcg if vcg else ours_winners,
                delivers="winners, VCG, verified",  # whatever the rule of payment
                limit=LIMIT,
            ),
            Contender(
                name="plain program, HiGHS",
                run=peer_vcg if vcg else peer_winners,
                package="scipy",
                delivers=delivers,
                limit=LIMIT,
            ),
        ),
        unit="items",
        repeats=3,
        note="Runs that end without proof within 60 s are shown as failed.",
    )


CASES = (
    case("arbitrary", "winners, arbitrary bundles", False, (20, 40, 60)),
    case("regions", "winners, regions of a grid", False, (20, 40, 80)),
    case("uniform", "winners, random bundles", False, (20, 50, 100)),
    case("arbitrary", "VCG, arbitrary bundles", True, (20, 40)),
    case("regions", "VCG, regions of a grid", True, (20, 40)),
    case("uniform", "VCG, random bundles", True, (20, 50)),
)
