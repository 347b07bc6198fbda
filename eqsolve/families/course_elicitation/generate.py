"""Random plans: seeded, each with its source; no model has to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.course_elicitation.instance import ACQUISITIONS, LEARNERS, CourseElicitation

__all__ = ["RECIPES", "Simulated", "Small"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plans(Recipe):
    """What the recipes share.

    Parameters
    ----------
    queries : per student.
    accuracy : of answers; 1: the student answers truthfully.
    acquisition : which pairs are asked about.
    learner : what learns from the answers.
    """

    queries: int = 10
    accuracy: float = 1.0
    acquisition: str = "double_thompson"
    learner: str = "bayes"

    def __post_init__(self) -> None:
        if self.queries < 0 or not 0.5 < self.accuracy <= 1:
            raise OptionError("queries must be >= 0, accuracy in (0.5, 1]")
        if self.acquisition not in ACQUISITIONS:
            raise OptionError(f"acquisition must be one of {', '.join(ACQUISITIONS)}")
        if self.learner not in LEARNERS:
            raise OptionError(f"learner must be one of {', '.join(LEARNERS)}")

    def plan(
        self, market: Any, rng: np.random.Generator, noise: object, **more: Any
    ) -> CourseElicitation:
        """Return the plan for a market."""
        answerer: dict[str, Any] = {"rule": "truthful"}
        if self.accuracy < 1:
            answerer = {"rule": "noisy", "accuracy": self.accuracy}
        return CourseElicitation(
            market, noise=noise, queries=self.queries, answerer=answerer,
            acquisition=self.acquisition, learner=self.learner,
            seed=int(rng.integers(0, 2**31)), **more,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Small(_Plans):
    """Whole values with a common part and a few pairs; half of the courses forgotten.

    Parameters
    ----------
    students, courses, most : sizes of the market.
    """

    name: ClassVar[str] = "small"
    summary: ClassVar[str] = (
        "a dozen students, whole values, some pairs, mistakes as with 9 popular"
    )
    source: ClassVar[str] = "Budish and Kessler (2022); Soumalias et al. (2024)"

    students: int = 12
    courses: int = 8
    most: int = 3

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CourseElicitation:
        """Return one plan."""
        from eqsolve.families.course_allocation.generate import Additive

        recipe = Additive(
            students=self.students, courses=self.courses, most=self.most, adjustments=2
        )
        market = recipe.build(rng, name=name, metadata={})
        return self.plan(market, rng, "popular9", name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated(_Plans):
    """Students of the simulator, with the mistakes that were fitted for them.

    Parameters
    ----------
    students, courses, most, supply, popular : of the market.
    """

    name: ClassVar[str] = "simulator"
    summary: ClassVar[str] = "the market of the simulator, and its mistakes in reports"
    source: ClassVar[str] = (
        "Soumalias, Zamanlooy, Weissteiner and Seuken (2024), arXiv 2210.00954; Budish and Kessler "
        "(2022). Can Market Participants Report Their Preferences Accurately (Enough)?"
    )

    students: int = 100
    courses: int = 25
    most: int = 5
    supply: float = 1.25
    popular: int = 9

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CourseElicitation:
        """Return one plan."""
        from eqsolve.families.course_allocation.generate import Simulator

        recipe = Simulator(
            students=self.students, courses=self.courses, most=self.most, supply=self.supply,
            popular=self.popular,
        )  # fmt: skip
        market = recipe.build(rng, name=name, metadata={})
        return self.plan(market, rng, f"popular{self.popular}", name=name, metadata=metadata)


RECIPES: tuple[type[Recipe], ...] = (Small, Simulated)
"""The default first."""
