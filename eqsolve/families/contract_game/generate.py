"""Random games of many agents, and the Coin Game: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.contract_game.instance import ContractGame, actions_of

__all__ = ["RECIPES", "Coins", "Random", "coin_game"]

_LARGEST = 11
_MOVES = ("right", "left", "down", "up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Random(Recipe):
    """Games with independent rewards and next states.

    Parameters
    ----------
    agents, states, actions : sizes.
    horizon : periods; 0 for no end.
    discount : below 1 without an end.
    largest : rewards are whole numbers from 0 to this.
    """

    name: ClassVar[str] = "random"
    summary: ClassVar[str] = "independent whole rewards and next states"

    agents: int = 2
    states: int = 4
    actions: int = 3
    horizon: int = 3
    discount: float = 1.0
    largest: int = 9

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> ContractGame:
        """Return one game."""
        if min(self.agents, self.states, self.actions) < 1 or min(self.horizon, self.largest) < 0:
            raise OptionError("agents, states and actions must be >= 1, horizon and largest >= 0")
        shape = (self.states, *(self.actions,) * self.agents)
        return ContractGame(
            rng.integers(0, self.largest, (self.agents, *shape), endpoint=True),
            transitions=rng.integers(0, self.states, shape),
            horizon=self.horizon or None,
            discount=self.discount,
            name=name,
            metadata=metadata,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coins(Recipe):
    """The Coin Game on a torus: two players, one coin; own color earns 1, the other's 0.2.

    Parameters
    ----------
    size : side of the grid.
    steps : periods.
    both : whether both players take the coin when both reach it; else a fair draw decides.
    alternate : whether colors of coins alternate; else they are drawn.
    other : what a coin of the other's color earns.
    """

    name: ClassVar[str] = "coin_game"
    summary: ClassVar[str] = "two players on a torus, one coin, colors"
    source: ClassVar[str] = "Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024)"

    size: int = 3
    steps: int = 20
    both: bool = True
    alternate: bool = True
    other: float = 0.2

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> ContractGame:
        """Return the game; nothing is drawn.

        The state is ``((red * C + blue) * C + coin) * 2 + color`` with cells numbered row by row.
        """
        if not 2 <= self.size <= _LARGEST or self.steps < 1:
            raise OptionError(f"size must be 2 to {_LARGEST}, steps >= 1")
        cells = self.size**2
        rows, columns = np.divmod(np.arange(cells), self.size)
        step = np.array([(0, 1), (0, -1), (1, 0), (-1, 0)])
        after = (rows[:, None] + step[:, 0]) % self.size * self.size + (
            columns[:, None] + step[:, 1]
        ) % self.size  # cell after each of the four moves
        red, blue, coin, color = np.indices((cells, cells, cells, 2)).reshape(4, -1)
        one = np.repeat(after[red], 4, axis=1)  # (S, 16), the second player's move changes fastest
        two = np.tile(after[blue], (1, 4))
        takes = one == coin[:, None], two == coin[:, None]
        n_states = len(red)
        rewards = np.zeros((2, n_states, 16))
        for player in (0, 1):
            worth = np.where(color == player, 1.0, self.other)[:, None]
            share = 1.0 if self.both else np.where(takes[0] & takes[1], 0.5, 1.0)
            rewards[player] = takes[player] * worth * share
        taken = takes[0] | takes[1]
        stay = ((one * cells + two) * cells + coin[:, None]) * 2 + color[:, None]
        fresh = (one * cells + two) * 2 + color[:, None]  # where the players are, and the old color
        moves = np.where(taken, n_states + 1 + fresh, stay)
        return ContractGame.from_lotteries(
            (4, 4), rewards, moves, self._lotteries(cells), horizon=self.steps,
            start=self._start(cells), name=name, metadata=metadata,
            labels={"agents": ["red", "blue"], actions_of(0): _MOVES, actions_of(1): _MOVES},
        )  # fmt: skip

    def _lotteries(self, cells: int) -> Any:
        """Return sure states, the end, and a new coin for each place of the players and color."""
        n_states = cells * cells * cells * 2
        states: list[Any] = [np.arange(n_states)]
        counts = [np.ones(n_states, dtype=np.int64), np.zeros(1, dtype=np.int64)]
        chances: list[Any] = [np.ones(n_states)]
        for red in range(cells):
            for blue in range(cells):
                free = np.setdiff1d(np.arange(cells), [red, blue])
                for color in (0, 1):
                    colors = [1 - color] if self.alternate else [0, 1]
                    found = np.concatenate(
                        [((red * cells + blue) * cells + free) * 2 + new for new in colors]
                    )
                    states.append(found)
                    counts.append(np.array([len(found)]))
                    chances.append(np.full(len(found), 1.0 / len(found)))
        indptr = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
        return indptr, np.concatenate(states), np.concatenate(chances)

    def _start(self, cells: int) -> Any:
        """Return the first state: players apart, a coin on a free cell, either color."""
        red, blue, coin, _ = np.indices((cells, cells, cells, 2)).reshape(4, -1)
        good = (red != blue) & (coin != red) & (coin != blue)
        return good / good.sum()


def coin_game(
    size: int = 3, steps: int = 20, *, both: bool = True, alternate: bool = True
) -> ContractGame:
    """Return the Coin Game: two players on a torus chase one coin.

    Parameters
    ----------
    size : side of the grid.
    steps : periods.
    both : whether both take the coin when both reach it at once; else a fair draw decides.
    alternate : whether colors alternate; else they are drawn.

    Raises
    ------
    OptionError : a size outside 2 to 11, or no steps.

    Notes
    -----
    A coin of one's own color earns 1, of the other's 0.2; a new one appears on a free cell. There
    are ``2 * size**6`` states. Cost O(size**6). Source: Ivanov, Duetting, Talgam-Cohen, Wang and
    Parkes (2024), rules of the public environment; theory page, section 7.

    Examples
    --------
    >>> coin_game(2, 3)
    <ContractGame 'coin_game-0-0': 2 agents, 128 states, 4 x 4 actions, 3 periods>
    """
    require_count(size, "size", 2)
    require_count(steps, "steps", 1)
    recipe = Coins(size=int(size), steps=int(steps), both=both, alternate=alternate)
    found: ContractGame = recipe.instance(0)
    return found


RECIPES: tuple[type[Recipe], ...] = (Random, Coins)
