"""Mistakes of users that a type checker must find: an `ignore` that is not needed is an error."""

from __future__ import annotations

from eqsolve import AssignmentMarket, AssignmentSolution, FisherMarket, Result, solve, verify


def wrong(market: AssignmentMarket, shop: FisherMarket) -> Result[AssignmentSolution]:
    solve([[5, 3], [4, 1]])  # type: ignore[arg-type]
    verify(market, 7)  # type: ignore[arg-type]
    _ = solve(market).solution.prices  # type: ignore[union-attr]
    return solve(shop)  # type: ignore[arg-type]
