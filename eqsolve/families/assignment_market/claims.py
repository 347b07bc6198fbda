"""How claims about assignment markets are written down: about markets of few agents.

They solve a market again and again with agents or units taken away, so they have a limit of agents.
"""

from __future__ import annotations

from collections.abc import Callable

from eqsolve.core.theorem import Theorem
from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["Number", "differ", "small_market_theorem"]

Number = int | float


def differ(market: AssignmentMarket, one: Number, two: Number) -> bool:
    """Return whether two amounts differ by more than rounding."""
    return abs(one - two) > (0 if market.is_integral else 1e-9 * market.scale)


def small_market_theorem(
    id: str,
    title: str,
    statement: str,
    source: str,
    claim: Callable[[AssignmentMarket], str | None],
    *,
    strategy: str,
    most: int,
) -> Theorem:
    """Return a theorem that is looked at on markets of at most so many agents.

    Parameters
    ----------
    id, title, statement, source, claim, strategy : see `Theorem`.
    most : agents of both sides together.
    """

    def is_small(market: AssignmentMarket) -> bool:
        return market.n_buyers + market.n_sellers <= most and market.scale < 2**52

    return Theorem(
        id=id,
        title=title,
        statement=statement,
        source=source,
        kind="assignment_market",
        claim=claim,
        strategy=strategy,
        applies=is_small,
        hypotheses=f"at most {most} agents, numbers below 2**52 (to keep the check quick)",
    )
