"""What liars may say of assignment markets, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

from eqsolve import AssignmentMarket

CASES = {
    "reserves": (AssignmentMarket([[50, 18]], [2, 2]), {}),
    "least": (AssignmentMarket([[50, 18]], [2, 2]), {"prices": "min"}),
    "middle": (AssignmentMarket([[50, 18], [20, 3]], [2, 2]), {"prices": "mid"}),
    "path": (AssignmentMarket([[5, 8], [7, 9], [6, 6]]), {"method": "ascending"}),
    "fractions": (AssignmentMarket([[0.5, 0.8], [0.7, None]]), {}),
    "capacities": (
        AssignmentMarket(
            [[9, 6, 4], [8, 7, 1], [5, 5, 5]],
            [1, 0, 2],
            buyer_capacities=[2, 1, 2],
            seller_capacities=[1, 1, 2],
        ),
        {"method": "flow", "vcg": True, "prices": "mid"},
    ),
}

NOT_CLAIMED = (
    "matching.*",  # a tie may be broken otherwise
    "pairs.*",  # so here
    "twelve-magnitudes:utilities.*",  # a millionth beside a million
)
