"""Random and structured models: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.dec_pomdp.instance import DecPOMDP

__all__ = ["RECIPES", "Random", "Revealing", "Xor", "guessing_model", "xor_model"]


def guessing_model(rows: Any, **fields: Any) -> DecPOMDP:
    """Return a model in which the state never changes and nothing can be done.

    Parameters
    ----------
    rows : for each state the probabilities of joint observations, an axis for each agent.
    **fields : ``initial`` (default uniform), and as for `DecPOMDP`.

    Examples
    --------
    >>> guessing_model([[[0.5, 0], [0, 0.5]], [[0, 0.5], [0.5, 0]]])
    <DecPOMDP: 2 agents, 2 states, 1 x 1 actions, 2 x 2 observations>
    """
    table = np.asarray(rows, dtype=np.float64)
    size, *seen = table.shape
    initial = fields.pop("initial", np.full(size, 1 / size))
    return DecPOMDP(
        [1] * len(seen), seen, np.eye(size)[None], table.reshape(1, size, -1), initial, **fields
    )


def xor_model(**fields: Any) -> DecPOMDP:
    """Return two agents who see a fair coin each; the state is whether the coins differ (DEC-4).

    All together can tell the state from one look, nobody alone can ever rule out a state.

    Examples
    --------
    >>> xor_model().observation_probs[0].tolist()
    [[0.5, 0.0, 0.0, 0.5], [0.0, 0.5, 0.5, 0.0]]
    """
    return guessing_model([[[0.5, 0], [0, 0.5]], [[0, 0.5], [0.5, 0]]], **fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Random(Recipe):
    """Models with independent rows.

    Parameters
    ----------
    agents, states, actions, observations : sizes.
    spread : next states that a row has at most, and joint observations.
    histories, length : histories drawn by playing the model, and their steps.
    """

    name: ClassVar[str] = "random"
    summary: ClassVar[str] = "independent sparse rows, and histories drawn by playing"

    agents: int = 2
    states: int = 4
    actions: int = 2
    observations: int = 2
    spread: int = 2
    histories: int = 3
    length: int = 2

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> DecPOMDP:
        """Return one model."""
        sizes = (self.agents, self.states, self.actions, self.observations, self.spread)
        if min(sizes) < 1 or min(self.histories, self.length) < 0:
            raise OptionError("sizes and spread must be >= 1, histories and length >= 0")
        joint, seen = self.actions**self.agents, self.observations**self.agents
        start = _rows(rng, 1, self.states, self.spread)[0]
        model = DecPOMDP(
            [self.actions] * self.agents,
            [self.observations] * self.agents,
            _rows(rng, joint * self.states, self.states, self.spread).reshape(
                joint, self.states, self.states
            ),
            _rows(rng, joint * self.states, seen, self.spread).reshape(joint, self.states, seen),
            start,
            name=name,
            metadata=metadata,
        )
        return model.with_histories(
            [played(model, rng, self.length) for _ in range(self.histories)]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealing(Recipe):
    """Models whose joint observation tells the state: all together always know it (DEC-3).

    Parameters
    ----------
    agents, states, actions : sizes.
    observations : of each agent; together at least as many as states.
    histories, length : histories drawn by playing the model, and their steps.
    """

    name: ClassVar[str] = "revealing"
    summary: ClassVar[str] = "each agent sees a function of the state, all together see the state"

    agents: int = 2
    states: int = 4
    actions: int = 2
    observations: int = 2
    histories: int = 3
    length: int = 2

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> DecPOMDP:
        """Return one model."""
        seen = self.observations**self.agents
        if min(self.agents, self.states, self.actions, self.observations) < 1 or (
            seen < self.states
        ):
            raise OptionError("sizes must be >= 1, observations ** agents at least states")
        joint = self.actions**self.agents
        shown = np.eye(seen)[rng.permutation(seen)[: self.states]]
        model = DecPOMDP(
            [self.actions] * self.agents,
            [self.observations] * self.agents,
            _rows(rng, joint * self.states, self.states, self.states).reshape(
                joint, self.states, self.states
            ),
            np.broadcast_to(shown, (joint, *shown.shape)),
            _rows(rng, 1, self.states, self.states)[0],
            name=name,
            metadata=metadata,
        )
        return model.with_histories(
            [played(model, rng, self.length) for _ in range(self.histories)]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Xor(Recipe):
    """Agents who see one fair coin each; the state is whether the number of heads is odd.

    Parameters
    ----------
    agents : number of agents.
    """

    name: ClassVar[str] = "xor"
    summary: ClassVar[str] = "all together tell the state, nobody alone can rule out any (DEC-4)"

    agents: int = 2

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> DecPOMDP:
        """Return the model; only its histories are drawn."""
        if not 1 <= self.agents <= 12:
            raise OptionError("agents must be 1 to 12")
        shape = (2,) * self.agents
        heads = np.indices(shape).sum(axis=0) % 2
        rows = np.stack([heads == 0, heads == 1]) / 2 ** (self.agents - 1)
        model = guessing_model(rows, name=name, metadata=metadata)
        return model.with_histories([played(model, rng, 1) for _ in range(3)])


def played(model: DecPOMDP, rng: np.random.Generator, length: int) -> list[list[list[int]]]:
    """Return a joint history drawn by playing the policies of a model."""
    state = int(rng.choice(model.n_states, p=model.initial))
    history = []
    for _ in range(length):
        actions = [int(rng.choice(len(policy), p=policy)) for policy in model.policies]
        action = model.joint_action(actions)
        columns, chances = model.moves.row(action * model.n_states + state)
        state = int(rng.choice(columns, p=chances / chances.sum()))
        columns, chances = model.sights.row(action * model.n_states + state)
        seen = int(rng.choice(columns, p=chances / chances.sum()))
        own = [int(part) for part in np.unravel_index(seen, model.n_observations)]
        history.append([actions, own])
    return history


def _rows(rng: np.random.Generator, count: int, width: int, spread: int) -> FloatArray:
    """Return rows of tenths that sum to 1, with at most `spread` entries each."""
    table = np.zeros((count, width))
    for row in table:
        places = rng.choice(width, int(rng.integers(1, min(spread, width) + 1)), replace=False)
        cuts = np.sort(rng.integers(0, 11, len(places) - 1))
        parts = np.diff(np.concatenate([[0], cuts, [10]]))
        row[places] = parts / 10
    return table


RECIPES: tuple[type[Recipe], ...] = (Random, Revealing, Xor)
