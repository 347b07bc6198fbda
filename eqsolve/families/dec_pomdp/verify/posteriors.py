"""The verifier's own posteriors: sums over all paths, or a second filter (DEC-1).

A path is a sequence of states; its weight is the chance that it is taken and that what was seen is
seen on it. Short histories are worked out path by path, longer ones by multiplying the matrices of
their moves, transitions and observations at once, without dividing on the way. Where that leaves
less than floats hold, the same is done in whole numbers without any rounding.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History

__all__ = ["Told", "told_by"]

_PATHS = 10**6
"""Paths of a history up to which all are looked at, and in all for all histories ten times this."""
_TINY = 1e-150
"""Below, floats may have lost what is left."""

Key = tuple[int, ...]


class Told(NamedTuple):
    """What a history says: chance of what was seen, and the posterior, None if it cannot be."""

    chance: float
    weights: FloatArray | None


class _Kernels:
    """The matrices of moves: entry (s, s') is the chance to go there and see what was seen.

    A joint move is (joint action, joint observation), an own move (agent, action, observation).
    """

    def __init__(self, model: DecPOMDP) -> None:
        self.model = model
        self._made: dict[Key, Any] = {}
        self._own_actions = model.own_actions
        self._own_seen = model.own_observations

    def __call__(self, key: Key) -> Any:
        """Return the matrix of a move as a scipy matrix."""
        from scipy.sparse import csr_array

        if key not in self._made:
            size = self.model.n_states
            rows, columns, chances = self._joint(*key) if len(key) == 2 else self._alone(*key)
            self._made[key] = csr_array((chances, (rows, columns)), shape=(size, size))
        return self._made[key]

    def _joint(self, action: int, seen: int) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the entries of a joint move."""
        return self._part(action, np.arange(self.model.n_joint_observations) == seen, 1.0)

    def _alone(self, agent: int, action: int, seen: int) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the entries of an own move, those of all that the others may do."""
        others = [
            [action] if i == agent else range(size) for i, size in enumerate(self.model.n_actions)
        ]
        parts = []
        for actions in itertools.product(*others):
            chance = math.prod(
                float(policy[k])
                for i, (policy, k) in enumerate(zip(self.model.policies, actions, strict=True))
                if i != agent
            )
            if chance > 0:
                told = self._own_seen[:, agent] == seen
                parts.append(self._part(self.model.joint_action(actions), told, chance))
        rows, columns, chances = (np.concatenate(kind) for kind in zip(*parts, strict=True))
        return rows, columns, chances

    def _part(self, action: int, told: Any, chance: float) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the entries of a joint action, if what was seen is one of `told`."""
        size, moves, sights = self.model.n_states, self.model.moves, self.model.sights
        first, last = action * size, (action + 1) * size
        part = slice(sights.indptr[first], sights.indptr[last])
        states = np.repeat(np.arange(size), np.diff(sights.indptr[first : last + 1]))
        seen = np.bincount(states, sights.chances[part] * told[sights.columns[part]], size)
        part = slice(moves.indptr[first], moves.indptr[last])
        rows = np.repeat(np.arange(size), np.diff(moves.indptr[first : last + 1]))
        columns = moves.columns[part]
        weights = chance * moves.chances[part] * seen[columns]
        keep = weights > 0
        return rows[keep], columns[keep], weights[keep]


def told_by(model: DecPOMDP, histories: Sequence[History]) -> list[tuple[Told, ...]]:
    """Return what each history tells all together, then each agent alone."""
    kernels = _Kernels(model)
    views: list[Callable[[History], list[Key]]] = [
        lambda history: [
            (model.joint_action(actions), model.joint_observation(seen))
            for actions, seen in history
        ]
    ]
    views += [
        lambda history, i=agent: [  # type: ignore[misc]  # bound now
            (i, actions[i], seen[i]) for actions, seen in history
        ]
        for agent in range(model.n_agents)
    ]
    left = 10 * _PATHS
    told: list[list[Told]] = []
    for view in views:
        found: dict[int, Told] = {}
        later: dict[int, list[Key]] = {}
        for k, history in enumerate(histories):
            keys = view(history)
            count = model.n_states ** (len(keys) + 1) if len(keys) < 64 else _PATHS + 1
            if count <= min(_PATHS, left):
                left -= count
                found[k] = _paths(model.initial, [kernels(key) for key in keys])
            else:
                later[k] = keys
        found |= _multiplied(model.initial, later, kernels)
        told.append([found[k] for k in range(len(histories))])
    return list(zip(*told, strict=True))


def _paths(start: FloatArray, matrices: Sequence[Any]) -> Told:
    """Return what follows from the weights of all paths."""
    last = np.flatnonzero(start)
    weights = start[last]
    for matrix in matrices:
        counts = np.diff(matrix.indptr)[last]
        first = np.repeat(matrix.indptr[last] - np.cumsum(counts) + counts, counts)
        entries = first + np.arange(int(counts.sum()))
        last = matrix.indices[entries]
        weights = np.repeat(weights, counts) * matrix.data[entries]
    sums: FloatArray = np.bincount(last, weights, len(start)).astype(np.float64)
    return _settled(sums) if sums.sum() > _TINY or not len(last) else exactly(start, matrices)


def _settled(sums: FloatArray) -> Told:
    """Return chance and posterior for weights of the last state."""
    chance = float(sums.sum())
    return Told(chance, sums / chance if chance > 0 else None)


def _multiplied(
    start: FloatArray, histories: dict[int, list[Key]], kernels: _Kernels
) -> dict[int, Told]:
    """Return what histories tell, by multiplying matrices; equal moves of a step together."""
    places = list(histories)
    weights = np.tile(start, (len(places), 1))
    for t in range(max((len(keys) for keys in histories.values()), default=0)):
        groups: dict[Key, list[int]] = {}
        for row, k in enumerate(places):
            if t < len(histories[k]):
                groups.setdefault(histories[k][t], []).append(row)
        for key, rows in groups.items():
            weights[rows] = weights[rows] @ kernels(key)
    return {
        k: _settled(row)
        if row.sum() > _TINY
        else exactly(start, [kernels(key) for key in histories[k]])
        for k, row in zip(places, weights, strict=True)
    }


def exactly(start: FloatArray, matrices: Sequence[Any]) -> Told:
    """Return the same in whole numbers, which lose nothing; every float is one over a power of 2.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> told = exactly(np.array([0.5, 0.5]), [csr_array([[0.0, 0.5], [0.0, 0.25]])])
    >>> told.chance, told.weights.tolist()
    (0.375, [0.0, 1.0])
    """
    weights, shift = _whole(dict(enumerate(start.tolist())))
    for matrix in matrices:
        entries = matrix.tocoo()
        pairs = zip(entries.row.tolist(), entries.col.tolist(), strict=True)
        whole, more = _whole(dict(enumerate(entries.data.tolist())))
        after: dict[int, int] = {}
        for k, (before, state) in enumerate(pairs):
            if before in weights:
                after[state] = after.get(state, 0) + weights[before] * whole[k]
        weights, shift = after, shift + more
    total = sum(weights.values())
    if not total:
        return Told(0.0, None)
    found = np.zeros(len(start))
    for state, weight in weights.items():
        found[state] = weight / total
    over = max(0, total.bit_length() - 60)
    return Told(math.ldexp(float(total >> over), over - shift), found)


def _whole(numbers: dict[int, float]) -> tuple[dict[int, int], int]:
    """Return numbers as whole ones times a common power of two, zeros left out."""
    ratios = {k: number.as_integer_ratio() for k, number in numbers.items() if number > 0}
    shift = max((below.bit_length() - 1 for _, below in ratios.values()), default=0)
    return {
        k: above << (shift - below.bit_length() + 1) for k, (above, below) in ratios.items()
    }, shift
