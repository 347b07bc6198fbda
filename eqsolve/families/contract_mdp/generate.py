"""Random and structured contract problems: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = ["RECIPES", "LinearGap", "OneShot", "Random", "Tree", "tree_mdp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Random(Recipe):
    """Games with independent rewards, probabilities and next states.

    Parameters
    ----------
    states, actions, outcomes : sizes.
    horizon : periods; 0 for no end.
    discount : below 1 without an end.
    whole : whether rewards are small whole numbers and probabilities quarters: many ties.
    """

    name: ClassVar[str] = "random"
    summary: ClassVar[str] = "independent rewards, probabilities and next states"

    states: int = 5
    actions: int = 3
    outcomes: int = 3
    horizon: int = 5
    discount: float = 1.0
    whole: bool = False

    def __post_init__(self) -> None:
        if min(self.states, self.actions, self.outcomes) < 1 or self.horizon < 0:
            raise OptionError("states, actions and outcomes must be >= 1, horizon >= 0")
        if not 0 < self.discount <= 1 or (self.horizon == 0 and self.discount == 1):
            raise OptionError("discount must be in (0, 1], below 1 without a horizon")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> ContractMDP:
        """Return one game."""
        shape = (self.states, self.actions, self.outcomes)
        if self.whole:
            probs = rng.multinomial(4, np.full(self.outcomes, 1 / self.outcomes), shape[:2]) / 4
            mine = -1.0 * rng.integers(0, 4, shape[:2])
            hers = 1.0 * rng.integers(0, 5, (self.states, self.outcomes))
        else:
            probs = rng.dirichlet(np.ones(self.outcomes), shape[:2])
            mine = -rng.random(shape[:2])
            hers = 3 * rng.random((self.states, self.outcomes))
        return ContractMDP(
            probs,
            hers,
            agent_rewards=mine,
            transitions=rng.integers(0, self.states, (self.states, self.outcomes)),
            horizon=self.horizon or None,
            discount=self.discount,
            name=name,
            metadata=metadata,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OneShot(Recipe):
    """One period: costs rise with the action, and so does the chance of good outcomes.

    Parameters
    ----------
    actions, outcomes : sizes.
    """

    name: ClassVar[str] = "one_shot"
    summary: ClassVar[str] = "one period, random probabilities and rising costs"
    source: ClassVar[str] = "Grossman and Hart (1983)"

    actions: int = 10
    outcomes: int = 5

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> ContractMDP:
        """Return one problem."""
        if min(self.actions, self.outcomes) < 1:
            raise OptionError("actions and outcomes must be >= 1")
        probs = rng.dirichlet(np.ones(self.outcomes), self.actions)
        rewards = np.sort(rng.random(self.outcomes))
        order = np.argsort(probs @ rewards)
        costs = np.sort(rng.random(self.actions)) / 2
        costs[0] = 0
        return ContractMDP.one_shot(probs[order], costs, rewards, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearGap(Recipe):
    """The family in which every linear contract earns 1 and the optimum tends to the actions.

    Parameters
    ----------
    actions : number of actions, n.
    epsilon : the optimum tends to n as it tends to 0.
    """

    name: ClassVar[str] = "linear_gap"
    summary: ClassVar[str] = "linear contracts earn 1, the optimum tends to the number of actions"
    source: ClassVar[str] = "Duetting, Roughgarden and Talgam-Cohen (2019), CON-4"

    actions: int = 3
    epsilon: float = 0.001

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> ContractMDP:
        """Return the problem; nothing is drawn."""
        n, e = self.actions, self.epsilon
        if n < 1 or not 0 < e < 1 or e ** (n - 1) < 1e-15:
            raise OptionError("actions must be >= 1 and epsilon in (0, 1), powers above 1e-15")
        rewards = np.array([e**-i for i in range(n)])
        costs = np.zeros(n)
        for i in range(1, n):
            costs[i] = costs[i - 1] + (1 - e**i) * (rewards[i] - rewards[i - 1])
        return ContractMDP.one_shot(np.eye(n), costs, rewards, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree(Recipe):
    """Complete binary trees with an effort at every node.

    Parameters
    ----------
    depth : periods; there are ``2**depth - 1`` states.
    """

    name: ClassVar[str] = "tree"
    summary: ClassVar[str] = "complete binary tree, costly effort makes the right turn likely"
    source: ClassVar[str] = "Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024)"

    depth: int = 10

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> ContractMDP:
        """Return one tree."""
        if not 1 <= self.depth <= 20:
            raise OptionError(f"depth = {self.depth}: must be 1 to 20")
        n = 2**self.depth - 1
        costs, rewards = np.zeros((2, n, 2))
        for table, most in ((costs, 1.0), (rewards, 2.0)):
            ceiling = most - rng.uniform(0, most, n)
            table[:, 1] = ceiling * rng.random(n)
        below = 2 * np.arange(n)[:, None] + np.array([1, 2])
        return ContractMDP(
            np.broadcast_to([[0.9, 0.1], [0.1, 0.9]], (n, 2, 2)).copy(),
            rewards,
            costs=costs,
            transitions=np.where(below < n, below, -1),
            horizon=self.depth,
            name=name,
            metadata=metadata,
        )


def tree_mdp(depth: int = 10, seed: int = 0) -> ContractMDP:
    """Return a complete binary tree: left on outcome 0, right on outcome 1.

    Parameters
    ----------
    depth : periods; there are ``2**depth - 1`` states.
    seed : of the random numbers.

    Raises
    ------
    OptionError : a depth outside 1 to 20, or a seed that is no whole number >= 0.

    Notes
    -----
    Action a gives outcome a with probability 0.9; action 1 costs u, outcome 1 earns w, where
    ``v ~ U[0, 1], u ~ U[0, 1 - v]`` and ``v ~ U[0, 2], w ~ U[0, 2 - v]``. Cost O(2**depth). Source:
    Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024), theory page, section 5.

    Examples
    --------
    >>> tree_mdp(depth=3)
    <ContractMDP 'tree-0-0': 7 states, 2 actions, 2 outcomes, 3 periods>
    """
    require_count(depth, "depth", 1)
    require_count(seed, "seed")
    found: ContractMDP = Tree(depth=int(depth)).instance(int(seed))
    return found


RECIPES: tuple[type[Recipe], ...] = (Random, OneShot, LinearGap, Tree)
