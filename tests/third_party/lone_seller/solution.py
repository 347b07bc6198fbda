"""Who gets the item, at which price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field
from eqsolve.core.shown import Shown
from lone_seller.instance import LoneSeller

SOLUTION_FIELDS = (
    Field("winner", {"type": "integer", "minimum": 0}, required=True),
    Field("price", {"type": "number", "minimum": 0}, required=True),
)


@dataclass(frozen=True, slots=True, repr=False)
class LoneSellerSolution(Shown):
    """The winner's index, and the price."""

    winner: int
    price: int | float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of a solution file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], market: LoneSeller) -> LoneSellerSolution:
        """Return what a file claims."""
        winner = document["winner"]
        if not isinstance(winner, int) or not 0 <= winner < len(market.values):
            raise InstanceError(Fault("winner", "no such buyer", value=winner))
        return cls(winner, document["price"])
