"""What liars may say of delivery markets, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

import numpy as np

from eqsolve import DeliveryMarket, DeliverySolution, support
from eqsolve.families.delivery_market.questions.tips import with_tips

RNG = np.random.default_rng(7)
VALUES, COSTS = RNG.integers(1, 9, (3, 3)), RNG.integers(0, 7, (3, 3, 3))
BLOCKS = [[[3, 0], [0, 3]], [[3, 0], [0, 3]]]
SCARCE = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])

CASES = {
    "three": (DeliveryMarket(VALUES, COSTS), {}),
    "three by search": (DeliveryMarket(VALUES, COSTS), {"method": "support_search"}),
    "three without tips": (DeliveryMarket(VALUES, COSTS, tips=False), {}),
    "fractions": (DeliveryMarket(VALUES / 3, COSTS / 7), {}),
    "worth less": (DeliveryMarket([[5, 5], [5, 5]], BLOCKS, tips=False), {}),
    "below efficient": (SCARCE, {}),
    "floor": (SCARCE, {"cash_flow_floor": -20.0}),
    "buyers": (DeliveryMarket(VALUES, COSTS), {"choose": "buyers"}),
    "cash flow": (DeliveryMarket(VALUES, COSTS), {"choose": "cash_flow"}),
    "no courier": (DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]], tips=False), {}),
}

FIVE = DeliveryMarket(RNG.integers(1, 9, (5, 5)), RNG.integers(0, 7, (5, 5, 5)))
LARGE = {"five": (FIVE, {}), "five without tips": (with_tips(FIVE, False), {})}

NOT_CLAIMED = (
    "compensations.*",  # on orders that nobody places any low one will do
    "tips.*",
)


def worse(market: DeliveryMarket) -> Iterator[DeliverySolution]:
    """Yield the equilibria of every set of transactions that supports one."""
    sides = market.n_buyers, market.n_stores, market.n_couriers
    for size in range(min(*sides, 2 if max(sides) > 3 else 3) + 1):
        for buyers in combinations(range(sides[0]), size):
            for stores in permutations(range(sides[1]), size):
                for couriers in permutations(range(sides[2]), size):
                    rows = np.array([buyers, stores, couriers], dtype=np.int64).T.reshape(-1, 3)
                    if np.isinf(market.costs.at(rows[:, 2], rows[:, 0], rows[:, 1])).any():
                        continue
                    solution = support(market, rows).solution
                    if solution is not None:
                        yield solution
