"""Knowledge sets: which states are possible, as bits of whole numbers.

``step`` is the subset construction: of the states that may follow a joint action those remain in
which the joint observation may be seen. ``own_step`` is what one agent can tell from his own part,
when the others do anything that their policies allow (DEC-1). A step costs one "or" for each state
of the set; results are kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.families.dec_pomdp.instance import DecPOMDP, History

__all__ = ["Sets", "bits", "is_single"]


def bits(numbers: Iterator[int] | list[int]) -> int:
    """Return the set of some numbers.

    Examples
    --------
    >>> bits([0, 3])
    9
    """
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def members(given: int) -> list[int]:
    """Return the numbers in a set, rising.

    Examples
    --------
    >>> members(9)
    [0, 3]
    """
    found = []
    while given:
        low = given & -given
        found.append(low.bit_length() - 1)
        given ^= low
    return found


def is_single(given: int) -> bool:
    """Return whether a set has at most one member."""
    return not given & (given - 1)


class Sets:
    """The knowledge sets of a model.

    Attributes
    ----------
    start : the states possible at first.
    actions : numbers of the joint actions that the policies take.

    Examples
    --------
    >>> model = DecPOMDP([1], [2], [[[0, 1], [0.5, 0.5]]], [[[1, 0], [0, 1]]], [1, 0])
    >>> sets = Sets(model)
    >>> members(sets.start), [members(after) for _, _, after in sets.moves(sets.start)]
    ([0], [[1]])
    """

    def __init__(self, model: DecPOMDP) -> None:
        self.model = model
        self.start = bits(np.flatnonzero(model.initial).tolist())
        self.own_actions = [tuple(row) for row in model.own_actions.tolist()]
        self.own_observations = [tuple(row) for row in model.own_observations.tolist()]
        taken = [policy > 0 for policy in model.policies]
        self.actions = [
            a
            for a, own in enumerate(self.own_actions)
            if all(may[k] for may, k in zip(taken, own, strict=True))
        ]
        self._taken = taken
        self._after: dict[int, int] = {}
        self._seen: dict[int, dict[int, int]] = {}
        self._steps: dict[tuple[int, int], int] = {}
        self._own: dict[tuple[int, int, int, int], int] = {}
        self._others: dict[tuple[int, int], list[tuple[int, dict[int, int]]]] = {}

    def following(self, known: int, action: int) -> int:
        """Return the states that may follow a joint action in some state of a set."""
        key = (known, action)
        found = self._steps.get(key)
        if found is None:
            found = 0
            first = action * self.model.n_states
            for state in members(known):
                found |= self._row(first + state)
            self._steps[key] = found
        return found

    def _row(self, number: int) -> int:
        """Return the states in a row of the transitions."""
        found = self._after.get(number)
        if found is None:
            found = bits(self.model.moves.row(number)[0].tolist())
            self._after[number] = found
        return found

    def shown(self, action: int) -> dict[int, int]:
        """Return joint observation -> states in which it may be seen after a joint action."""
        found = self._seen.get(action)
        if found is None:
            found = {}
            size = self.model.n_states
            for state in range(size):
                for seen in self.model.sights.row(action * size + state)[0].tolist():
                    found[seen] = found.get(seen, 0) | 1 << state
            found = dict(sorted(found.items()))
            self._seen[action] = found
        return found

    def step(self, known: int, action: int, seen: int) -> int:
        """Return the states possible after a joint action and joint observation; maybe none."""
        return self.following(known, action) & self.shown(action).get(seen, 0)

    def moves(self, known: int) -> Iterator[tuple[int, int, int]]:
        """Yield each possible joint action and observation, and the states then possible."""
        for action in self.actions:
            after = self.following(known, action)
            for seen, states in self.shown(action).items():
                if after & states:
                    yield action, seen, after & states

    def own_step(self, agent: int, known: int, action: int, seen: int) -> int:
        """Return the states that one agent holds possible after his own action and observation."""
        key = (agent, known, action, seen)
        found = self._own.get(key)
        if found is None:
            found = 0
            for joint, shown in self._alone(agent, action):
                found |= self.following(known, joint) & shown.get(seen, 0)
            self._own[key] = found
        return found

    def _alone(self, agent: int, action: int) -> list[tuple[int, dict[int, int]]]:
        """Return the joint actions that an own one may be part of, each with what he then sees.

        What he sees is own observation -> states in which he may see it, whatever the others see.
        """
        found = self._others.get((agent, action))
        if found is None:
            found = []
            for joint, own in enumerate(self.own_actions):
                others = (
                    may[k]
                    for i, (may, k) in enumerate(zip(self._taken, own, strict=True))
                    if i != agent
                )
                if own[agent] != action or not all(others):
                    continue
                shown: dict[int, int] = {}
                for told, states in self.shown(joint).items():
                    seen = self.own_observations[told][agent]
                    shown[seen] = shown.get(seen, 0) | states
                found.append((joint, shown))
            self._others[agent, action] = found
        return found

    def joint(self, history: History) -> int:
        """Return the states possible after a joint history."""
        known = self.start
        for actions, seen in history:
            known = self.step(
                known, self.model.joint_action(actions), self.model.joint_observation(seen)
            )
        return known

    def own(self, agent: int, history: History) -> int:
        """Return the states that one agent holds possible after his part of a joint history."""
        known = self.start
        for actions, seen in history:
            known = self.own_step(agent, known, actions[agent], seen[agent])
        return known

    def shared(self, history: History) -> int:
        """Return the states that no agent alone can rule out after a joint history."""
        found = self.own(0, history)
        for agent in range(1, self.model.n_agents):
            found &= self.own(agent, history)
        return found
