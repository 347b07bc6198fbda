"""Values in games of many agents: one dynamic program for welfare, one for each agent.

A **menu** holds for each state the joint actions that one decision maker chooses among: all of them
for the welfare, those in which the others follow for an agent. Options come first and states last,
so that maxima over options run along whole arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.contract_game.instance import ContractGame

__all__ = [
    "TIE",
    "Lotteries",
    "Menu",
    "first_near",
    "joint_index",
    "own_actions",
    "stationary_best",
]

TIE = 1e-9
"""Share of the values within which joint actions count as equally good."""

_DENSE = 1_000_000
"""Numbers up to which a matrix is dense."""

_FEW = 30
"""Sweeps after which a policy that will change is known well enough."""


class Menu(NamedTuple):
    """Options of a decision maker: rewards and lotteries that follow, shape (k, S)."""

    rewards: FloatArray
    moves: IntArray

    def worth(self, after: FloatArray) -> FloatArray:
        """Return what each option is worth, (k, S), given what follows each lottery."""
        found: FloatArray = np.take(after, self.moves)
        found += self.rewards
        return found

    def of(self, choice: IntArray) -> Menu:
        """Return the menu of one option for each state, (1, S)."""
        columns = np.arange(len(choice))
        return Menu(self.rewards[choice, columns][None], self.moves[choice, columns][None])


class Followed(NamedTuple):
    """Joint actions (S,), each agent's menu while the others follow, and what he does (S,)."""

    joint: IntArray
    menus: list[Menu]
    own: list[IntArray]

    def alone(self) -> list[Menu]:
        """Return the menus of agents who follow: one option for each state."""
        return [menu.of(own) for menu, own in zip(self.menus, self.own, strict=True)]


class Lotteries:
    """The lotteries of a game, for expectations; and its menus."""

    def __init__(self, game: ContractGame) -> None:
        self.game = game
        self._counts = np.diff(game.indptr)
        self._matrix = self._as_matrix()
        self._followed = Followed(np.full(game.n_states, -1), [], [])

    def _as_matrix(self) -> Any:
        """Return the chances of states by lottery; while it is small, without loading scipy."""
        game = self.game
        shape = len(self._counts), game.n_states
        if shape[0] * shape[1] <= _DENSE:
            matrix = np.zeros(shape)
            matrix[np.repeat(np.arange(shape[0]), self._counts), game.states] = game.chances
            return matrix
        from scipy.sparse import csr_array

        return csr_array((game.chances, game.states, game.indptr), shape=shape)

    def moves(self, lotteries: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return state, next state and chance of each move when state s draws ``lotteries[s]``."""
        game, counts = self.game, self._counts[lotteries]
        first = np.repeat(game.indptr[lotteries] - np.cumsum(counts) + counts, counts)
        entries = first + np.arange(len(first))
        rows = np.repeat(np.arange(len(lotteries)), counts)
        return rows, game.states[entries], game.chances[entries]

    def expected(self, values: FloatArray) -> FloatArray:
        """Return the discounted expectation of values (S,) or (S, k) by lottery."""
        found: FloatArray = self.game.discount * (self._matrix @ values)
        return found

    def everything(self) -> Menu:
        """Return the menu of all joint actions, with the sum of all rewards."""
        total = np.ascontiguousarray(self.game.rewards.sum(axis=0).T)
        return Menu(total, np.ascontiguousarray(self.game.moves.T))

    def followed(self, joint: IntArray) -> Followed:
        """Return what agents may do and what they do while all follow `joint` (S,).

        The last answer is kept: long games repeat their joint actions.
        """
        if not np.array_equal(joint, self._followed.joint):
            own = [own_actions(self.game, joint, i) for i in range(self.game.n_agents)]
            menus = [self._menu(joint, i, mine) for i, mine in enumerate(own)]
            self._followed = Followed(joint, menus, own)
        return self._followed

    def _menu(self, joint: IntArray, agent: int, own: IntArray) -> Menu:
        """Return the menu of one agent while the others follow `joint` (S,)."""
        game = self.game
        step = _step(game, agent)
        options = joint + step * (np.arange(game.sizes[agent])[:, None] - own)
        columns = np.arange(game.n_states)
        return Menu(game.rewards[agent][columns, options], game.moves[columns, options])

    def forever(
        self, menu: Menu, guess: FloatArray | None = None, sweeps: int | None = None
    ) -> FloatArray:
        """Return the values (S,) of a menu with one option; see `discounted_sums`."""
        from eqsolve.algorithms.discounting import discounted_sums

        return discounted_sums(
            self.moves(menu.moves[0]), menu.rewards[0], self.game.discount, guess=guess,
            sweeps=sweeps,
        )  # fmt: skip


def _step(game: ContractGame, agent: int) -> int:
    """Return how far apart the numbers of joint actions of neighboring own actions are."""
    return int(np.prod(game.sizes[agent + 1 :], dtype=np.int64))


def joint_index(game: ContractGame, profile: IntArray) -> IntArray:
    """Return the numbers of joint actions, shape (...); `profile` is (..., n)."""
    found = np.zeros(profile.shape[:-1], dtype=np.int64)
    for i, size in enumerate(game.sizes):
        found = found * size + profile[..., i]
    return found


def own_actions(game: ContractGame, joint: IntArray, agent: int) -> IntArray:
    """Return what one agent does in joint actions, of the shape of `joint`."""
    return joint // _step(game, agent) % game.sizes[agent]


def stationary_best(lotteries: Lotteries, menu: Menu) -> tuple[FloatArray, IntArray]:
    """Return the best values (S,) of a menu, and the option chosen, lowest of equals."""
    from eqsolve.algorithms.discounting import needs_sweeps

    game = lotteries.game
    choice = menu.rewards.argmax(axis=0)
    least = (float(np.abs(menu.rewards).max()) / (1 - game.discount)) * 2.0**-42
    values = np.zeros(game.n_states)
    exact = not needs_sweeps(game.n_states, len(game.states), game.discount)
    while True:
        values = lotteries.forever(menu.of(choice), values, None if exact else _FEW)
        worth = menu.worth(lotteries.expected(values))
        gain = worth.max(axis=0) - worth[choice, np.arange(game.n_states)]
        if (gain > least).any():
            choice = np.where(gain > least, worth.argmax(axis=0), choice)
        elif exact:
            break
        else:
            exact = True
    return values, first_near(worth, np.maximum(TIE * np.abs(values), least))


def first_near(worth: FloatArray, slack: FloatArray) -> IntArray:
    """Return the first option (k, S) of each state that is as good as the best but for `slack`."""
    least = worth.max(axis=0) - slack
    choice = np.zeros(worth.shape[1], dtype=np.int64)
    for k in reversed(range(len(worth))):
        choice[worth[k] >= least] = k
    return choice
