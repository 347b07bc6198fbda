"""Random and structured normal-form games: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.normal_form_game.instance import NormalFormGame

__all__ = ["RECIPES", "Congestion", "PotentialGame", "Uniform", "ZeroSum"]

_MAX_PROFILES = 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class _GameRecipe(Recipe):
    """Base: the shape and the range of payoffs.

    Parameters
    ----------
    players : number of players.
    strategies : number of strategies of each.
    largest : payoffs are whole numbers between minus and plus this.
    """

    players: int = 2
    strategies: int = 3
    largest: int = 100

    def __post_init__(self) -> None:
        if self.players < 1 or self.strategies < 1 or self.largest < 0:
            rule = "players and strategies must be >= 1, largest >= 0"
            raise OptionError(f"recipe {self.name!r}: {rule}")
        if self.players > 30 or self.strategies**self.players > _MAX_PROFILES:
            raise OptionError(f"recipe {self.name!r}: more than 30 players or 10**8 profiles")
        if self.largest > 2**40:
            raise OptionError(f"recipe {self.name!r}: largest must be <= 2**40")

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of strategies."""
        return (self.strategies,) * self.players

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> NormalFormGame:
        """Return a game with the payoffs drawn."""
        return NormalFormGame(self.payoffs(rng), name=name, metadata=metadata)

    def payoffs(self, rng: np.random.Generator) -> NumberArray:
        """Return payoffs, shape (a_1, ..., a_N, N)."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NumberArray:
        """Return independent uniform whole numbers."""
        return rng.integers(-self.largest, self.largest, shape, endpoint=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(_GameRecipe):
    """Independent uniform payoffs: about 1 - 1/e of large games have a pure equilibrium."""

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "independent uniform payoffs"
    source: ClassVar[str] = "Goldberg, Goldman and Newman (1968)"

    def payoffs(self, rng: np.random.Generator) -> NumberArray:
        """Draw every payoff by itself."""
        return self.draw(rng, (*self.shape, self.players))


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroSum(_GameRecipe):
    """Payoffs of all players sum to 0 at every profile."""

    name: ClassVar[str] = "zero_sum"
    summary: ClassVar[str] = "payoffs sum to 0 at every profile"
    source: ClassVar[str] = "von Neumann (1928)"

    def payoffs(self, rng: np.random.Generator) -> NumberArray:
        """Draw all players but the last, who pays the others."""
        others = self.draw(rng, (*self.shape, self.players - 1))
        return np.concatenate([others, -others.sum(axis=-1, keepdims=True)], axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PotentialGame(_GameRecipe):
    """A common function plus, for each player, a term that its own choice does not change."""

    name: ClassVar[str] = "potential"
    summary: ClassVar[str] = "games with an exact potential"
    source: ClassVar[str] = "Monderer and Shapley (1996)"

    def payoffs(self, rng: np.random.Generator) -> NumberArray:
        """Draw the potential, then the terms."""
        common = self.draw(rng, self.shape)
        tables = []
        for player in range(self.players):
            shape = tuple(1 if i == player else size for i, size in enumerate(self.shape))
            tables.append(common + self.draw(rng, shape))
        return np.stack(tables, axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Congestion(_GameRecipe):
    """Each strategy is a resource, whose cost rises with the number of its users.

    A game with an exact potential, in which all players have the same costs.
    """

    name: ClassVar[str] = "congestion"
    summary: ClassVar[str] = "resources whose cost rises with their users"
    source: ClassVar[str] = "Rosenthal (1973)"

    def payoffs(self, rng: np.random.Generator) -> NumberArray:
        """Draw rising costs for every resource and count users."""
        steps = rng.integers(0, self.largest, (self.strategies, self.players), endpoint=True)
        costs = np.cumsum(steps, axis=1)
        choices = np.indices(self.shape)
        users = (choices[:, None] == choices[None, :]).sum(axis=1)
        return np.moveaxis(-costs[choices, users - 1], 0, -1)


RECIPES: tuple[type[Recipe], ...] = (Uniform, ZeroSum, PotentialGame, Congestion)
