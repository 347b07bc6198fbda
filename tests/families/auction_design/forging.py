"""What liars may say of auction designs, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eqsolve import AuctionDesign, DesignSolution, Result, Stats, Status
from eqsolve.families.auction_design.solve import design as solved

TWO = AuctionDesign(
    2,
    [
        {
            "types": [
                {"probability": 2, "unit_demand": [4, 1]},
                {"probability": 1, "additive": [2, 3]},
            ]
        },
        {"types": [{"probability": 1, "additive": [1, 2]}, {"probability": 1, "additive": [3, 0]}]},
    ],
)
BIDS = AuctionDesign(
    3,
    [
        {
            "samples": {
                "bidder": [0, 0, 1, 2],
                "items": [[0], [0, 1], [1, 2], [2]],
                "price": [3, 5, 4, 2],
            }
        }
    ],
)
ITEM = AuctionDesign(
    1, [{"types": [{"probability": 1, "additive": [v]} for v in (1, 2, 4)], "count": 2}]
)

CASES: dict[str, tuple[AuctionDesign, dict[str, Any]]] = {
    "bic": (TWO, {"mechanism": "bic"}),
    "dsic": (TWO, {"mechanism": "dsic"}),
    "deterministic": (BIDS, {"lotteries": False}),
    "bids": (BIDS, {}),
    "one item": (ITEM, {"mechanism": "bic"}),
    "sequence": (TWO, {"method": "dp_lp"}),
    "bundles in turn": (TWO, {"method": "dp_lp", "lotteries": False}),
}

NOT_CLAIMED = (
    # Another mechanism with the same figures is as good; what it earns is what is claimed.
    "mechanism.*",
    "baselines.*.mechanism.*",
)


def worse(design: AuctionDesign) -> Iterator[Result[DesignSolution]]:
    """Yield simple mechanisms, which liars call the best."""
    for name in ("grand_bundle", "item_prices"):
        found = solved(design, method=name, baselines=False)
        yield Result(
            status=Status.FEASIBLE,
            stats=Stats(method="forged", options={"mechanism": "auto"}),
            solution=found.solution,
            objective=found.objective,
        )
