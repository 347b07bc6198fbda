"""What liars may say of trading networks, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from eqsolve import TradingNetwork, TradingSolution, evaluate_introductions
from eqsolve.families.trading_network.generate import Integers

SMALL = TradingNetwork([[11, 11, 6], [3, 0, 12]], [(0, 0), (0, 1), (1, 0)])
LARGER = Integers(buyers=5, sellers=5).instance(3)

CASES = {
    "enumeration": (SMALL, {"method": "enumeration"}),
    "at most one": (SMALL, {"method": "enumeration", "max_introductions": 1}),
    "least prices": (SMALL, {"method": "enumeration", "prices": "least"}),
    "multipliers": (LARGER, {"method": "multipliers"}),
    "fractions": (TradingNetwork([[5.5, 3.1], [4.7, 1.3]], [(0, 0)], commission=0.3), {}),
}

LARGE = {"all strangers": (Integers(buyers=6, sellers=6).instance(3), {"method": "multipliers"})}

NOT_CLAIMED = (
    "matching.*",  # other trades may be worth as much
    "gain_guarantee",  # any share that the revenue reaches is true
    "least prices:guarantee",  # of nothing
)


def worse(network: TradingNetwork) -> Iterator[TradingSolution]:
    """Yield what few introductions lead to, at either end of the prices."""
    candidates = [tuple(pair) for pair in zip(*network.candidate_mask().nonzero(), strict=True)]
    for size in (0, 1):
        for pairs in list(combinations(candidates, size))[:8]:
            yield evaluate_introductions(network, pairs)
