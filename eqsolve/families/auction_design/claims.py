"""What claims about auction designs share: results without comparisons, closeness, their form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.theorem import Theorem
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solve import design

__all__ = ["CLOSE", "near", "revenue", "solved", "some_value", "theorem"]

CLOSE = 2e-6


def near(a: float, b: float, scale: float) -> bool:
    """Return whether two numbers are equal up to the tolerance of programs."""
    return abs(a - b) <= CLOSE * max(scale, abs(b), 1e-9)


def solved(instance: AuctionDesign, **options: Any) -> Result[DesignSolution]:
    """Return a result without simple mechanisms beside it."""
    return design(instance, baselines=False, **options)


def revenue(instance: AuctionDesign, **options: Any) -> float:
    """Return the objective of a result that must be solved."""
    result = solved(instance, **options)
    if result.status is not Status.SOLVED or result.objective is None:
        raise ValueError(f"not solved with {options}")
    return float(result.objective)


def some_value(instance: AuctionDesign) -> bool:
    """Whether there is an item, and something is worth something."""
    return instance.n_items > 0 and instance.scale > 0


def theorem(
    id: str,
    title: str,
    statement: str,
    claim: Callable[[AuctionDesign], str | None],
    source: str,
    **more: Any,
) -> Theorem:
    """Return a theorem on small designs."""
    return Theorem(
        id=id,
        title=title,
        statement=statement,
        source=source,
        kind="auction_design",
        claim=claim,
        strategy=more.pop("strategy", "menu_designs"),
        applies=more.pop("applies", some_value),
        hypotheses=more.pop("hypotheses", "finitely many types, some value is positive"),
        **more,
    )
