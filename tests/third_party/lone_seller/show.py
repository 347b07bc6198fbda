"""How such markets are shown."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from lone_seller.instance import LoneSeller
from lone_seller.solution import LoneSellerSolution


def facts(instance: LoneSeller) -> dict[str, str]:
    """Return a few lines."""
    return {"buyers": str(len(instance.values))}


def headline(instance: LoneSeller, result: Result[LoneSellerSolution]) -> str:
    """Return the answer in one sentence."""
    found = result.require()
    return f"{instance.label('buyers', found.winner)} gets the item for {number(found.price)}"


def tables(instance: LoneSeller, result: Result[LoneSellerSolution]) -> list[Table]:
    """Return the buyers."""
    table = Table("Buyers", ["buyer", "value"])
    table.extend((instance.label("buyers", i), v) for i, v in enumerate(instance.values.tolist()))
    return [table]
