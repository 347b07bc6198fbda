"""Decentralized partially observable Markov decision processes: who can know what about the state.

In state s the agents act together, the joint action a leads to state s' with probability
``transitions[a][s][s']``, and every agent gets an observation of his own; all of them together
have probability ``observation_probs[a][s'][o]``. A **joint history** is all actions and
observations so far, a **local history** one agent's own. Agents act by memoryless **policies**,
uniformly at random unless told otherwise: what an agent's own history says about the state depends
on how the others act.

Joint actions and joint observations are numbered so that the last agent's part changes fastest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.periods import numbers_at
from eqsolve.families.dec_pomdp.instance.histories import History, read_histories, read_history
from eqsolve.families.dec_pomdp.instance.reading import (
    counts_of,
    discount_of,
    one_row,
    optional_fields,
)
from eqsolve.families.dec_pomdp.instance.rows import SUM, Rows, read_rows, rounded_sums

if TYPE_CHECKING:
    from eqsolve.families.dec_pomdp.solution.record import DecPOMDPSolution

__all__ = ["DecPOMDP", "actions_of", "observations_of"]

_MOST = 10**7
"""Joint actions times states, and joint observations, at most: each takes memory."""


def actions_of(agent: int) -> str:
    """Return the side under which labels of an agent's actions are kept.

    Examples
    --------
    >>> actions_of(0)
    'actions of agent 0'
    """
    return f"actions of agent {agent}"


def observations_of(agent: int) -> str:
    """Return the side under which labels of an agent's observations are kept."""
    return f"observations of agent {agent}"


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class DecPOMDP(Instance["DecPOMDPSolution"]):
    """A model of agents who act together and see different things.

    Parameters
    ----------
    n_actions, n_observations : number of actions and of observations of each agent.
    transitions : ``[joint action][state][next state]`` probabilities, or for each row a list of
        pairs ``[next state, probability]``.
    observation_probs : ``[joint action][next state][joint observation]``, likewise.
    initial : a probability for each state.
    rewards : ``[joint action][state]``, any sign; carried along.
    discount : in [0, 1]; carried along.
    embedding : ``[state][dimension]``, points that stand for the states; one-hot by default.
    policies : ``[agent][action]`` probabilities; uniform by default.
    histories : joint histories that are asked about, each a list of
        ``[[action per agent], [observation per agent]]``, numbers or names.
    name, labels, metadata : see `Instance`; the sides are ``"agents"``, ``"states"``,
        ``"actions of agent 0"``, ``"observations of agent 0"``, ... What comes with names of states
        or agents is put in order by them.

    Attributes
    ----------
    moves, sights : transitions and observation probabilities as `Rows`; row ``a * S + s``.
    policies : one array for each agent.
    embedding : shape (S, d), or None for one-hot points.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Rows may miss 1 by 1e-5, for decimals that were rounded, and are then divided by their sums.
    There are at most 10**7 joint actions times states, and joint observations. Cost O(size of the
    tables). Source: Oliehoek, F. A. and Amato, C. (2016). A Concise Introduction to Decentralized
    POMDPs. Springer.

    Examples
    --------
    >>> coins = [[0.25, 0.25, 0.25, 0.25]] * 4  # four states, drawn anew at every step
    >>> seen = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]  # one coin for each agent
    >>> DecPOMDP([1, 1], [2, 2], [coins], [seen], [0.25] * 4)
    <DecPOMDP: 2 agents, 4 states, 1 x 1 actions, 2 x 2 observations>
    """

    kind: ClassVar[str] = "dec_pomdp"

    n_actions: tuple[int, ...]
    n_observations: tuple[int, ...]
    moves: Rows
    sights: Rows
    initial: FloatArray
    rewards: FloatArray | None
    discount: float
    embedding: FloatArray | None
    policies: tuple[FloatArray, ...]
    histories: tuple[History, ...]

    def __init__(
        self,
        n_actions: object,
        n_observations: object,
        transitions: object,
        observation_probs: object,
        initial: object,
        *,
        rewards: object = None,
        discount: object = 1.0,
        embedding: object = None,
        policies: object = None,
        histories: object = (),
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        fields: dict[str, Any] = {}
        sides = NamedSides(faults, labels)
        initial = sides.read(initial, "initial", "states")
        transitions = sides.read(transitions, "transitions", "", "states", "states")
        observation_probs = sides.read(observation_probs, "observation_probs", "", "states", "")
        rewards = sides.read(rewards, "rewards", "", "states")
        embedding = sides.read(embedding, "embedding", "states", "")
        n_actions = sides.read(n_actions, "n_actions", "agents")
        n_observations = sides.read(n_observations, "n_observations", "agents")
        labels = sides.labels(labels)
        names = labels if isinstance(labels, Mapping) and not sides.silent else {}
        sizes = counts_of(n_actions, "n_actions", faults)
        seen = counts_of(n_observations, "n_observations", faults)
        start = numbers_at(plain_numbers(initial), "initial", (), (None,), faults, signed=False)
        if sizes and seen and len(sizes) != len(seen):
            rule = f"has {len(seen)} entries, expected one for each of {len(sizes)} agents"
            faults.append(Fault("n_observations", rule))
        elif sizes and seen and start is not None:
            shape = (math.prod(sizes), len(start), math.prod(seen))
            if not len(start):
                faults.append(Fault("initial", "a model needs at least one state"))
            elif max(shape[0] * shape[1], shape[2]) > _MOST:
                rule = f"{shape[0]} joint actions, {shape[1]} states, {shape[2]} joint observations"
                faults.append(Fault("n_actions", f"{rule}: too many, see `DecPOMDP`"))
            else:
                fields = {
                    "n_actions": sizes,
                    "n_observations": seen,
                    "initial": one_row(start, "initial", (), faults),
                    "moves": read_rows(
                        transitions, "transitions", (shape[0], shape[1], shape[1]), faults
                    ),
                    "sights": read_rows(observation_probs, "observation_probs", shape, faults),
                    **optional_fields(shape, sizes, rewards, embedding, policies, faults),
                    "histories": read_histories(histories, sizes, seen, faults, names),
                }
        fields["discount"] = discount_of(discount, faults)
        self._settle(faults, name, labels, metadata, **fields)

    @classmethod
    def from_rows(
        cls,
        n_actions: Sequence[int],
        n_observations: Sequence[int],
        moves: Rows,
        sights: Rows,
        initial: FloatArray,
        *,
        rewards: object = None,
        discount: float = 1.0,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> DecPOMDP:
        """Return a model whose tables are given as `Rows`: large models need it.

        Raises
        ------
        InstanceError : with every fault found.
        """
        faults: list[Fault] = []
        sizes, seen = tuple(n_actions), tuple(n_observations)
        shape = (math.prod(sizes), len(initial), math.prod(seen))
        fields: dict[str, Any] = {}
        for field, rows, width in (("moves", moves, shape[1]), ("sights", sights, shape[2])):
            if len(rows) != shape[0] * shape[1] or rows.width != width:
                faults.append(Fault(field, f"must have {shape[0] * shape[1]} rows of {width}"))
                continue
            sums = rows.sums()
            for number in np.flatnonzero(~(np.abs(sums - 1) <= SUM))[:10].tolist():
                rule = f"sums to {float(sums[number])!r}, but probabilities sum to 1"
                faults.append(Fault(field, rule, divmod(number, shape[1])))
            fields[field] = rounded_sums(rows, sums)
        model = cls.__new__(cls)
        model._settle(
            faults, name, labels, metadata, n_actions=sizes, n_observations=seen, **fields,
            initial=one_row(initial, "initial", (), faults), histories=(),
            discount=discount_of(discount, faults),
            **optional_fields(shape, sizes, rewards, None, None, faults),
        )  # fmt: skip
        return model

    def with_histories(self, histories: object) -> DecPOMDP:
        """Return the same model asked about other histories; tables are shared.

        Raises
        ------
        InstanceError : with every fault of the histories.
        """
        faults: list[Fault] = []
        found = read_histories(histories, self.n_actions, self.n_observations, faults, self.labels)
        model = type(self).__new__(type(self))
        own = {key: getattr(self, key) for key in type(self).__annotations__ if key != "kind"}
        model._settle(
            faults, self.name, dict(self.labels), dict(self.metadata), **own | {"histories": found}
        )
        return model

    def history(self, given: object) -> History:
        """Return one joint history as it is kept, checked against this model.

        Raises
        ------
        InstanceError : with every fault.
        """
        faults: list[Fault] = []
        found = read_history(
            given, self.n_actions, self.n_observations, faults, (), "history", self.labels
        )
        if faults:
            raise InstanceError(faults)
        return found

    @property
    def n_agents(self) -> int:
        """Number of agents, n."""
        return len(self.n_actions)

    @property
    def n_states(self) -> int:
        """Number of states, S."""
        return len(self.initial)

    @property
    def n_joint_actions(self) -> int:
        """Number of joint actions."""
        return math.prod(self.n_actions)

    @property
    def n_joint_observations(self) -> int:
        """Number of joint observations."""
        return math.prod(self.n_observations)

    @property
    def transitions(self) -> FloatArray:
        """The whole table, shape (joint actions, S, S); made anew each time."""
        shape = (self.n_joint_actions, self.n_states, self.n_states)
        return self.moves.dense().reshape(shape)

    @property
    def observation_probs(self) -> FloatArray:
        """The whole table, shape (joint actions, S, joint observations); made anew each time."""
        shape = (self.n_joint_actions, self.n_states, self.n_joint_observations)
        return self.sights.dense().reshape(shape)

    @property
    def points(self) -> FloatArray:
        """The points that stand for the states, shape (S, d)."""
        return np.eye(self.n_states) if self.embedding is None else self.embedding

    def joint_action(self, actions: Sequence[int]) -> int:
        """Return the number of a joint action."""
        return _joint(actions, self.n_actions)

    def joint_observation(self, observations: Sequence[int]) -> int:
        """Return the number of a joint observation."""
        return _joint(observations, self.n_observations)

    @property
    def own_actions(self) -> IntArray:
        """The action of each agent in every joint action, shape (joint actions, n)."""
        return np.array(np.unravel_index(np.arange(self.n_joint_actions), self.n_actions)).T

    @property
    def own_observations(self) -> IntArray:
        """The observation of each agent in every joint one, shape (joint observations, n)."""
        numbers = np.arange(self.n_joint_observations)
        return np.array(np.unravel_index(numbers, self.n_observations)).T

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "n_actions", self.n_actions
        yield "n_observations", self.n_observations
        for field, rows in (("transitions", self.moves), ("observation_probs", self.sights)):
            yield f"{field}.indptr", rows.indptr
            yield f"{field}.columns", rows.columns
            yield f"{field}.chances", rows.chances
        yield "initial", self.initial
        yield "rewards", self.rewards
        yield "discount", self.discount
        yield "embedding", self.embedding
        for agent, policy in enumerate(self.policies):
            yield f"policies.{agent}", policy
        yield "histories", self.histories

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of agents and states, of each agent's actions and observations."""
        sizes = {"agents": self.n_agents, "states": self.n_states}
        for i, (actions, seen) in enumerate(zip(self.n_actions, self.n_observations, strict=True)):
            sizes |= {actions_of(i): actions, observations_of(i): seen}
        return sizes

    def words(self, history: History) -> str:
        """Return a joint history in words.

        Examples
        --------
        >>> model = DecPOMDP([1], [1], [[[1]]], [[[1]]], [1], labels={"actions of agent 0": ["go"]})
        >>> model.words(model.history([[[0], [0]]]))
        'go -> 0'
        """
        if not history:
            return "nothing yet"
        return "; ".join(
            " -> ".join(
                " ".join(
                    self.labels[side][k] if (side := side_of(i)) in self.labels else str(k)
                    for i, k in enumerate(part)
                )
                for part, side_of in zip(step, (actions_of, observations_of), strict=True)
            )
            for step in history
        )

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        sides = [
            f"{size} {side if size != 1 else side.removesuffix('s')}"
            for side, size in (("agents", self.n_agents), ("states", self.n_states))
        ]
        actions = f"{' x '.join(map(str, self.n_actions))} actions"
        seen = f"{' x '.join(map(str, self.n_observations))} observations"
        return f"<DecPOMDP{name}: {', '.join([*sides, actions, seen])}>"


def _joint(parts: Sequence[int], sizes: Sequence[int]) -> int:
    """Return the number of a joint action or observation: the last part changes fastest."""
    number = 0
    for part, size in zip(parts, sizes, strict=True):
        number = number * size + part
    return number
