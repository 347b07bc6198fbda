"""Benchmark cases of learned menus: what they earn beside simple mechanisms, on the same draws.

An answer is the revenue on fresh draws and its ratios to one lot and to item prices with a fee. A
learned menu that earns less than `LEAST` times one lot is a failure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eqsolve.core.case import Case, Contender
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.instance.worlds import World
from eqsolve.families.auction_design.questions.comparing import compare

__all__ = ["CASES", "LEAST"]

LEAST = {50: 1.5}
"""Ratio to one lot that is asked of learned menus, by items; 1 where nothing is said."""


def world(size: tuple[str, int, int], seed: int) -> AuctionDesign:
    """Return a world: kind, items, its own seed, which is that of fitting and report too."""
    kind, items, own = size
    return AuctionDesign(items, [{"world": {"kind": kind, "seed": own}}])


def earned(method: str) -> Callable[[AuctionDesign], tuple[float, float, float]]:
    """Return what tells how a method fares: revenue, and ratios."""

    def run(design: AuctionDesign) -> tuple[float, float, float]:
        law = design.laws[0]
        assert isinstance(law, World)
        found = compare(design, ["grand_bundle", "tariff", method], draws=20_000, seed=law.seed)
        lot, fee, ours = (one.evaluation.revenue for one in found.contestants)
        least = LEAST.get(design.n_items, 1.0) if method == "bundleflow" else 0.0
        if ours < least * lot:
            raise ValueError(f"{method} earns {ours / lot:.3f} times one lot, asked are {least}")
        return ours, ours / lot, ours / fee

    return run


def _contender(name: str, method: str, **fields: Any) -> Contender:
    told = "revenue, ratio to one lot, to item prices with a fee"
    return Contender(name=name, run=earned(method), delivers=told, limit=600, **fields)


CASES = (
    Case(
        suite="design",
        name="learned menus",
        build=world,
        sizes=tuple(("arbitrary", 50, seed) for seed in (1, 2, 3)),
        quick_sizes=(("regions", 3, 1),),
        contenders=(
            _contender("eqsolve bundleflow", "bundleflow", package="torch"),
            _contender("item prices and fee", "tariff", exact=False),
            _contender("prices by size", "size_prices", exact=False),
        ),
        unit="world, items, seed",
        repeats=1,
        note="2,000 entries; every contender is fitted to 4,000 draws and played on 20,000 others.",
    ),
)  # fmt: skip
