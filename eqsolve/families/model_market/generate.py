"""Random and structured model markets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.model_market.instance import ModelMarket

__all__ = ["RECIPES", "Dominated", "Skills", "Specialists", "Uniform"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMarketRecipe(Recipe):
    """Base of the recipes.

    Parameters
    ----------
    models, types, platforms : sizes.
    choice, beta : rule of choice, and its sharpness under softmax.
    """

    models: int = 10
    types: int = 8
    platforms: int = 5
    choice: Literal["hardmax", "softmax"] = "hardmax"
    beta: float = 1.0

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> ModelMarket:
        """Return one market."""
        if min(self.models, self.types, self.platforms) < 1:
            raise OptionError("models, types and platforms must be >= 1")
        scores, weights = self.draw(rng)
        soft = {"rule": "softmax", "beta": self.beta}
        choice = "hardmax" if self.choice == "hardmax" else soft
        return ModelMarket(scores, weights, self.platforms, choice, name=name, metadata=metadata)

    def draw(self, rng: np.random.Generator) -> tuple[NumberArray, NumberArray]:
        """Return scores (M, K) and weights (K,)."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(ModelMarketRecipe):
    """Scores drawn uniformly and independently.

    Parameters
    ----------
    high : scores are whole numbers from 0 to `high`; small values make ties.
    max_weight : weights are whole numbers from 1 to this.
    """

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "independent whole scores, whole weights"

    high: int = 1000
    max_weight: int = 10

    def draw(self, rng: np.random.Generator) -> tuple[NumberArray, NumberArray]:
        """Return scores and weights."""
        if self.high < 0 or self.max_weight < 1:
            raise OptionError("high must be >= 0 and max_weight >= 1")
        scores = rng.integers(0, self.high + 1, size=(self.models, self.types))
        return scores, rng.integers(1, self.max_weight + 1, size=self.types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills(ModelMarketRecipe):
    """General ability plus noise: what leaderboards look like.

    Model j scores ``100 * logistic(ability[j] - difficulty[q] + spread * noise[j, q])``, rounded
    to one decimal: a two-parameter item-response model.

    Parameters
    ----------
    spread : 0 makes one ranking for all types, large values none.
    """

    name: ClassVar[str] = "skills"
    summary: ClassVar[str] = "a common ability plus noise, like a leaderboard"
    source: ClassVar[str] = (
        "Rasch 1960, Probabilistic Models for Some Intelligence and Attainment Tests"
    )

    spread: float = 0.5

    def draw(self, rng: np.random.Generator) -> tuple[NumberArray, NumberArray]:
        """Return scores and weights."""
        ability = rng.normal(size=(self.models, 1))
        difficulty = rng.normal(size=(1, self.types))
        noise = rng.normal(size=(self.models, self.types))
        odds = np.exp(-(ability - difficulty + self.spread * noise))
        return np.round(100 / (1 + odds), 1), np.ones(self.types, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialists(ModelMarketRecipe):
    """Models on a circle of user types: each is best near its own place.

    Scores fall with the distance on the circle, ``peak * exp(-distance**2 / (2 width**2))``, the
    radial bumps of the entry problem. Best responses tend to chase each other.

    Parameters
    ----------
    width : of a bump, as a share of the circle.
    """

    name: ClassVar[str] = "specialists"
    summary: ClassVar[str] = "radial bumps on a circle of user types"
    source: ClassVar[str] = "Wei, Shi and Zhang 2026 (radial family); Salop 1979"

    width: float = 0.15

    def draw(self, rng: np.random.Generator) -> tuple[NumberArray, NumberArray]:
        """Return scores and weights."""
        if self.width <= 0:
            raise OptionError("width must be > 0")
        places = np.arange(self.types) / self.types
        centers = rng.random((self.models, 1))
        peaks = rng.uniform(0.5, 1.0, size=(self.models, 1))
        apart = np.abs(places - centers)
        apart = np.minimum(apart, 1 - apart)
        scores = peaks * np.exp(-(apart**2) / (2 * self.width**2))
        return scores, rng.uniform(0.5, 1.5, size=self.types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dominated(ModelMarketRecipe):
    """A few good models and many that are worse everywhere: the reduction should find them.

    Parameters
    ----------
    frontier : number of models that are not dominated by construction.
    """

    name: ClassVar[str] = "dominated"
    summary: ClassVar[str] = "few models matter, the others are worse for every type"

    frontier: int = 4

    def draw(self, rng: np.random.Generator) -> tuple[NumberArray, NumberArray]:
        """Return scores and weights."""
        if not 1 <= self.frontier <= self.models:
            raise OptionError("frontier must be between 1 and models")
        good = rng.integers(500, 1001, size=(self.frontier, self.types))
        parents = rng.integers(self.frontier, size=self.models - self.frontier)
        worse = (good[parents] * rng.uniform(0.3, 0.99, size=(len(parents), 1))).astype(np.int64)
        return np.vstack((good, worse)), rng.integers(1, 11, size=self.types)


RECIPES: tuple[type[Recipe], ...] = (Uniform, Skills, Specialists, Dominated)
