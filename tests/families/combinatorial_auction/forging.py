"""What liars may say of combinatorial auctions, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqsolve import AuctionSolution, CombinatorialAuction, Result, Stats, Status
from eqsolve.core.recipe import make_recipe
from eqsolve.families.combinatorial_auction.generate import RECIPES
from eqsolve.families.combinatorial_auction.solve import solve_auction

LLG = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])
UNITS = CombinatorialAuction(
    2, [(0, [0, 0], 7), (0, [1], 3), (1, [0], 4), (2, [0, 1], 6)], 4, "or", [2, 1], [1, 2]
)
DECIMALS = CombinatorialAuction(2, [(0, [0], 0.1), (1, [1], 0.2), (2, [0, 1], 0.25)])

CASES = {
    "llg core": (LLG, {"payments": "core"}),
    "llg first price": (LLG, {"payments": "first_price"}),
    "units, or": (UNITS, {}),
    "decimals": (DECIMALS, {"payments": "core", "method": "milp"}),
    "prices": (LLG, {"prices": True, "method": "milp"}),
}

LARGE = {
    "regions": (
        make_recipe(RECIPES, "regions", {"items": 20, "bidders": 8}).instance(2),
        {"payments": "first_price"},
    )
}

NOT_CLAIMED = ("lp_bound", "item_prices.*")
"""Any bound above the one proved holds, and prices that clear are not the only ones."""


def worse(auction: CombinatorialAuction) -> Iterator[Result[AuctionSolution]]:
    """Yield what is best when one of the winning bids is not there, at what was bid."""
    best = solve_auction(auction, payments="first_price").require()
    for gone in best.accepted:
        kept = [b for b in range(auction.n_bids) if b != gone]
        rows = list(auction.bids)
        part = CombinatorialAuction(
            auction.n_items, [rows[b] for b in kept], auction.n_bidders, auction.language,
            auction.supplies, auction.reserves,
        )  # fmt: skip
        found = solve_auction(part, payments="first_price").require()
        claim = replace(
            found, accepted=tuple(kept[b] for b in found.accepted), lp_bound=None,
            vcg_payments=None, vcg_in_core=None, core_gap=None, marginals=None,
        )  # fmt: skip
        yield Result(
            status=Status.FEASIBLE,
            stats=Stats(method="forged"),
            solution=claim,
            objective=claim.welfare,
        )
