"""The one way to solve it, and the chooser that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Chooser, Method
from eqsolve.core.result import Bounds, Outcome
from eqsolve.core.status import Status
from lone_seller.instance import LoneSeller
from lone_seller.solution import LoneSellerSolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking(Method[LoneSeller, LoneSellerSolution]):
    """The highest value wins, at the second value (``least``) or its own (``greatest``)."""

    name: ClassVar[str] = "ranking"
    summary: ClassVar[str] = "the buyer of the highest value wins"
    theorem: ClassVar[str] = "LONE-1"
    cost: ClassVar[str] = "O(n)"
    source: ClassVar[str] = "Vickrey, W. (1961). Counterspeculation, auctions, and tenders."

    price: Literal["least", "greatest"] = "least"

    def run(
        self, instance: LoneSeller, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[LoneSellerSolution]:
        """Rank the buyers."""
        winner, best, second = instance.ranked()
        price = second if self.price == "least" else best
        return Outcome(
            status=Status.SOLVED,
            solution=LoneSellerSolution(winner, price),
            objective=best,
            bounds=Bounds(lower=best, upper=best, source="certified"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[LoneSeller, LoneSellerSolution], Ranking):
    """Takes the only method."""

    def choose_method(self, instance: LoneSeller) -> tuple[Ranking, str]:
        """Return the only method."""
        return Ranking(price=self.price), "the only one"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrystalBall(Ranking):
    """A method whose packages are nowhere installed."""

    name: ClassVar[str] = "crystal_ball"
    summary: ClassVar[str] = "looks into the ball"
    needs: ClassVar[Mapping[str, str]] = {"crystal_ball": "seer", "tea_leaves": "lone[tea]"}


METHODS = (Auto, Ranking, CrystalBall)
