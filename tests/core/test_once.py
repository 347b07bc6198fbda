"""What a frozen instance knows is computed once, and goes along where it is copied."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import Any, ClassVar

from eqsolve import AssignmentMarket
from eqsolve.core.instance import Instance, once


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Counted(Instance[Any]):
    """An instance that counts how often it is asked."""

    kind: ClassVar[str] = "counted"
    asked: list[int]

    def __init__(self) -> None:
        self._settle([], "", None, None, asked=[])

    def side_sizes(self) -> dict[str, int]:
        """Return no sides."""
        return {}

    @property
    @once
    def answer(self) -> int | None:
        """What takes long."""
        self.asked.append(1)
        return None

    @property
    @once
    def other(self) -> int:
        """Something else."""
        return 7


def test_what_is_known_is_not_computed_again() -> None:
    instance, another = Counted(), Counted()
    assert instance.answer is None
    assert instance.answer is None
    assert (instance.other, len(instance.asked), len(another.asked)) == (7, 1, 0)


def test_copies_know_the_same_and_are_as_frozen() -> None:
    market = AssignmentMarket([[5, 3], [4, 1]], buyer_capacities=[2, 1])
    told = market.digest, market.largest, market.most_items, market.is_integral
    for other in (pickle.loads(pickle.dumps(market)), copy.deepcopy(market)):
        assert (other.digest, other.largest, other.most_items, other.is_integral) == told
        assert other == market
