"""The values as bars."""

from __future__ import annotations

from matplotlib.figure import Figure

from eqsolve.core.result import Result
from eqsolve.drawing.style import axes, begin
from lone_seller.instance import LoneSeller
from lone_seller.solution import LoneSellerSolution


def bars(market: LoneSeller, result: Result[LoneSellerSolution], figure: Figure) -> None:
    """Draw every buyer's value and the price."""
    begin(figure, market, result, 6, 4)
    made = axes(figure, "Values and price", "buyer", "value")
    made.bar(range(len(market.values)), market.values)
    made.axhline(result.require().price)


PICTURES = {"bars": bars}
