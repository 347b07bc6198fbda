"""The verifier's own knowledge sets: plain sets of states, and its own search through them.

A set follows from another by going through its states, their next states and what may be seen
there; the search goes level by level, moves in rising order. O(sets x nonzeros of their rows).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from eqsolve.families.dec_pomdp.instance import DecPOMDP, History

__all__ = ["Level", "Possible"]

N = TypeVar("N", bound=Hashable)
Known = frozenset[int]


@dataclass(slots=True)
class Level:
    """What a search found.

    Parameters
    ----------
    met : nodes met, the first one included.
    after : nodes met after a step or more.
    bad : number of steps to the first node that is bad, None where there is none.
    """

    met: set[object] = field(default_factory=set)
    after: set[object] = field(default_factory=set)
    bad: int | None = None


class Possible:
    """What can be known in a model, all together and alone."""

    def __init__(self, model: DecPOMDP) -> None:
        self.model = model
        self.start: Known = frozenset(np.flatnonzero(model.initial).tolist())
        self.taken = [
            actions
            for actions in itertools.product(*map(range, model.n_actions))
            if all(policy[k] > 0 for policy, k in zip(model.policies, actions, strict=True))
        ]
        self._own = [tuple(row) for row in model.own_observations.tolist()]
        self._rows: dict[tuple[Known, tuple[int, ...]], dict[tuple[int, ...], Known]] = {}
        self._alone: dict[tuple[int, Known, int, int], Known] = {}
        self._from: dict[tuple[int, int, int, int], Known] = {}

    def after(self, known: Known, actions: tuple[int, ...]) -> dict[tuple[int, ...], Known]:
        """Return joint observation -> states then possible, of all that may be seen."""
        key = (known, actions)
        if key not in self._rows:
            size = self.model.n_states
            first = self.model.joint_action(actions) * size
            found: dict[int, set[int]] = {}
            following = {
                state
                for before in known
                for state in self.model.moves.row(first + before)[0].tolist()
            }
            for state in following:
                for seen in self.model.sights.row(first + state)[0].tolist():
                    found.setdefault(seen, set()).add(state)
            self._rows[key] = {self._own[seen]: frozenset(found[seen]) for seen in sorted(found)}
        return self._rows[key]

    def alone(self, agent: int, known: Known, action: int, seen: int) -> Known:
        """Return what one agent holds possible after his own action and observation."""
        key = (agent, known, action, seen)
        if key not in self._alone:
            parts = (self._reached(agent, action, seen, state) for state in known)
            self._alone[key] = frozenset().union(*parts)
        return self._alone[key]

    def _reached(self, agent: int, action: int, seen: int, state: int) -> Known:
        """Return the states that one state may lead to, if the agent sees what he sees there."""
        key = (agent, action, seen, state)
        if key not in self._from:
            others = [
                [action] if i == agent else np.flatnonzero(policy).tolist()
                for i, policy in enumerate(self.model.policies)
            ]
            found: set[int] = set()
            for actions in itertools.product(*others):
                for told, states in self.after(frozenset([state]), actions).items():
                    if told[agent] == seen:
                        found |= states
            self._from[key] = frozenset(found)
        return self._from[key]

    def joint_set(self, history: History) -> Known:
        """Return the states possible after a joint history."""
        known = self.start
        for actions, seen in history:
            known = self.after(known, actions).get(seen, frozenset())
        return known

    def shared(self, history: History) -> Known:
        """Return the states that no agent alone can rule out."""
        sets = []
        for agent in range(self.model.n_agents):
            known = self.start
            for actions, seen in history:
                known = self.alone(agent, known, actions[agent], seen[agent])
            sets.append(known)
        return frozenset.intersection(*sets)

    def is_taken(self, history: History) -> bool:
        """Return whether the policies take all actions of a history."""
        return all(
            policy[k] > 0
            for actions, _ in history
            for policy, k in zip(self.model.policies, actions, strict=True)
        )

    def search_joint(self, poll: Callable[[], None]) -> Level:
        """Search until a joint history leaves two states."""

        def moves(known: Known) -> Iterator[Known]:
            for actions in self.taken:
                yield from self.after(known, actions).values()

        return _searched(self.start, moves, lambda known: len(known) > 1, poll)

    def search_shared(self, poll: Callable[[], None]) -> Level:
        """Search until two states are shared."""

        def moves(node: tuple[Known, ...]) -> Iterator[tuple[Known, ...]]:
            for actions in self.taken:
                for seen, known in self.after(node[0], actions).items():
                    yield (
                        known,
                        *(
                            self.alone(i, node[i + 1], actions[i], seen[i])
                            for i in range(self.model.n_agents)
                        ),
                    )

        root = (self.start,) * (self.model.n_agents + 1)
        return _searched(root, moves, lambda node: len(node[1].intersection(*node[2:])) > 1, poll)


def _searched(
    root: N,
    moves: Callable[[N], Iterator[N]],
    bad: Callable[[N], bool],
    poll: Callable[[], None],
) -> Level:
    """Search level by level until a node is bad."""
    found = Level(met={root})
    level, steps = [root], 0
    while level:
        following: list[N] = []
        steps += 1
        for node in level:
            poll()
            for after in moves(node):
                if bad(after):
                    found.bad = steps
                    return found
                found.after.add(after)
                if after not in found.met:
                    found.met.add(after)
                    following.append(after)
        level = following
    return found
