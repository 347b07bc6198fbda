"""What holds of every such market."""

from __future__ import annotations

from eqsolve.core.theorem import Theorem
from lone_seller.instance import LoneSeller
from lone_seller.solve import solve


def _nobody_else_would_pay(market: LoneSeller) -> str | None:
    found = solve(market).require()
    others = [v for i, v in enumerate(market.values.tolist()) if i != found.winner]
    return f"a buyer would pay {max(others)}" if max(others, default=0) > found.price else None


THEOREMS = (
    Theorem(
        id="LONE-1",
        title="second price",
        statement="at the second value only the winner wants the item",
        source="Vickrey (1961)",
        kind="lone_seller",
        claim=_nobody_else_would_pay,
        strategy="lone_sellers",
    ),
)
