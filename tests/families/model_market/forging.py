"""What liars may say of model markets, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from eqsolve import ModelMarket, ModelMarketSolution, solve

SCORES = [[6, 0, 1], [0, 5, 1], [1, 1, 2], [3, 3, 0]]
TIED = np.array([[2, 0], [0, 2]])

CASES = {
    "two models": (ModelMarket([[966, 201, 240], [539, 157, 70]], [3, 2, 1], 4), {}),
    "supports": (ModelMarket(SCORES, [1, 1, 1], 5), {"method": "support_search"}),
    "several": (ModelMarket(TIED, [1, 1], 3), {}),
    "best": (ModelMarket(SCORES, [1, 1, 1], 5), {"find": "best"}),
    "worst": (ModelMarket(TIED, [1, 1], 3), {"find": "worst"}),
    "softmax": (ModelMarket(SCORES, [1, 1, 1], 5, {"rule": "softmax", "beta": 1.0}), {}),
}

LARGE = {
    "too many": (ModelMarket(np.random.default_rng(1).integers(1, 999, (30, 8)), [1] * 8, 40), {})
}


def worse(market: ModelMarket) -> Iterator[ModelMarketSolution]:
    """Yield lists of equilibria that lack one."""
    result = solve(market)
    if result.solution is None:
        return
    for place in range(len(result.solution.equilibria)):
        entries = result.solution.equilibria
        kept = entries[:place] + entries[place + 1 :]
        if kept:
            yield replace(
                result.solution,
                equilibria=kept,
                exhaustive=False,
                price_of_anarchy=None,
                price_of_stability=None,
            )
