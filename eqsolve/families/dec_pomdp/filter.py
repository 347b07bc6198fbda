"""Posteriors of the state by filtering, many histories at once (DEC-1).

Given a joint history: ``w'(s') = O[a, s', o] sum_s w(s) T[a, s, s']``. Given one agent's part of
it, the others' actions are averaged over their policies and their observations summed, which is
exact because policies have no memory: one matrix for each own action and observation. A step costs
the nonzeros of a matrix for each history; histories with the same move share the multiplication.

Weights are divided by their sums at each step. What a float cannot hold any more may still be what
a late observation leaves over, so histories of tiny probability are filtered again in logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, sealed
from eqsolve.core.limits import Deadline
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.sets import Sets, members
from eqsolve.families.dec_pomdp.solution import Posterior

__all__ = ["Filter", "posteriors_of"]

_AT_ONCE = 1 << 22
"""Weights held at once."""
_TINY = 1e-150
"""Below, a state that was rounded away might be all that is left."""

Kernel = Any
"""A sparse matrix: weights of states times it are weights of next states."""


class Filter:
    """The matrices by which weights of states go on.

    Attributes
    ----------
    model : the model.
    sets : its knowledge sets, which say what is possible without rounding.
    """

    def __init__(self, model: DecPOMDP, sets: Sets | None = None) -> None:
        self.model = model
        self.sets = Sets(model) if sets is None else sets
        self._own: dict[tuple[int, int], list[Kernel]] = {}
        self._joint: dict[int, tuple[Kernel, FloatArray]] = {}

    def joint_parts(self, action: int) -> tuple[Kernel, FloatArray]:
        """Return the transitions of a joint action, and chances (S, O) of what is then seen."""
        if action not in self._joint:
            size = self.model.n_states
            sights = self.model.sights.block(action, size).toarray()
            self._joint[action] = (self.model.moves.block(action, size), sights)
        return self._joint[action]

    def own_kernels(self, agent: int, action: int) -> list[Kernel]:
        """Return for each own observation of an agent the matrix of his own action."""
        key = (agent, action)
        if key not in self._own:
            model = self.model
            sums: list[Any] = [0] * model.n_observations[agent]
            for joint in np.flatnonzero(self._own_actions[:, agent] == action).tolist():
                chance = math.prod(
                    float(policy[k])
                    for i, (policy, k) in enumerate(
                        zip(model.policies, self._own_actions[joint].tolist(), strict=True)
                    )
                    if i != agent
                )
                if chance == 0:
                    continue
                moves = model.moves.block(joint, model.n_states) * chance
                sights = model.sights.block(joint, model.n_states) @ self._grouped[agent]
                for seen in range(len(sums)):
                    sums[seen] = sums[seen] + moves * sights[:, seen][None, :]
            self._own[key] = [kernel.tocsr() for kernel in sums]
        return self._own[key]

    @cached_property
    def _own_actions(self) -> IntArray:
        return self.model.own_actions

    @cached_property
    def _grouped(self) -> list[FloatArray]:
        """For each agent the table (joint observations, own) that sums over the others'."""
        own = self.model.own_observations
        return [np.eye(size)[own[:, i]] for i, size in enumerate(self.model.n_observations)]

    def joint_weights(self, actions: IntArray, seen: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return posteriors (H, S) and probabilities (H,) of histories given as joint numbers.

        Parameters
        ----------
        actions, seen : shape (H, T).
        """

        def go(weights: FloatArray, t: int, rows: IntArray, action: int) -> FloatArray:
            moves, sights = self.joint_parts(action)
            after: FloatArray = (weights @ moves) * sights[:, seen[rows, t]].T
            return after

        return self._filtered(actions, go)

    def own_weights(
        self, agent: int, actions: IntArray, seen: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return posteriors (H, S) and probabilities (H,) given an agent's own numbers (H, T)."""
        width = self.model.n_observations[agent]

        def go(weights: FloatArray, t: int, rows: IntArray, pair: int) -> FloatArray:
            action, told = divmod(pair, width)
            after: FloatArray = weights @ self.own_kernels(agent, action)[told]
            return after

        return self._filtered(actions * width + seen, go)

    def _filtered(
        self, keys: IntArray, go: Callable[[FloatArray, int, IntArray, int], FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        """Filter all histories, those with the same key at a step together."""
        weights = np.tile(self.model.initial, (len(keys), 1))
        chances = np.ones(len(keys))
        for t in range(keys.shape[1]):
            order = np.argsort(keys[:, t], kind="stable")
            found, first = np.unique(keys[order, t], return_index=True)
            for key, rows in zip(found.tolist(), np.split(order, first[1:]), strict=True):
                weights[rows] = go(weights[rows], t, rows, key)
            sums = weights.sum(axis=1)
            weights /= np.where(sums > 0, sums, 1.0)[:, None]
            chances *= sums
        return weights, chances

    def in_logs(self, kernels: Sequence[Kernel]) -> FloatArray:
        """Return the posterior after some matrices, (S,), from logarithms: nothing is lost."""
        with np.errstate(divide="ignore"):
            logs = np.log(self.model.initial)
            for kernel in kernels:
                entries = kernel.tocoo()
                paths = logs[entries.row] + np.log(entries.data)
                top = np.full(self.model.n_states, -np.inf)
                np.maximum.at(top, entries.col, paths)
                held = np.where(np.isfinite(top), top, 0.0)
                total = np.zeros(self.model.n_states)
                np.add.at(total, entries.col, np.exp(paths - held[entries.col]))
                logs = held + np.log(total)
        weights = np.exp(logs - logs.max())
        found: FloatArray = weights / weights.sum()
        return found


def posteriors_of(
    model: DecPOMDP,
    histories: Sequence[History],
    deadline: Deadline | None = None,
    *,
    filtering: Filter | None = None,
) -> list[Posterior] | None:
    """Return what joint histories say of the state, or None when stopped.

    Parameters
    ----------
    filtering : matrices made before, to be used again.

    Notes
    -----
    Cost O(steps x nonzeros of a matrix x agents) for each history. Source: DEC-1, DEC-3.
    """
    filtering = Filter(model) if filtering is None else filtering
    found: dict[int, Posterior] = {}
    lengths: dict[int, list[int]] = {}
    for k, history in enumerate(histories):
        lengths.setdefault(len(history), []).append(k)
    for places in lengths.values():
        step = max(1, _AT_ONCE // model.n_states)
        for first in range(0, len(places), step):
            if deadline is not None and deadline.expired():
                return None
            part = places[first : first + step]
            told = _same_length(filtering, [histories[k] for k in part])
            found |= zip(part, told, strict=True)
    return [found[k] for k in range(len(histories))]


def _same_length(filtering: Filter, histories: list[History]) -> list[Posterior]:
    """Return the posteriors of histories of one length."""
    model, sets = filtering.model, filtering.sets
    n, length = model.n_agents, len(histories[0])
    numbers = np.array(histories, dtype=np.int64).reshape(len(histories), length, 2, n)
    actions, seen = (
        np.ravel_multi_index(tuple(np.moveaxis(numbers[:, :, side], -1, 0)), sizes)
        for side, sizes in enumerate((model.n_actions, model.n_observations))
    )
    joint, chances = filtering.joint_weights(actions, seen)
    own = [filtering.own_weights(i, numbers[:, :, 0, i], numbers[:, :, 1, i]) for i in range(n)]
    found = []
    for k, history in enumerate(histories):
        possible = sets.joint(history)
        alone = [sets.own(i, history) for i in range(n)]
        shared = alone[0]
        for known in alone[1:]:
            shared &= known
        found.append(
            Posterior(
                history=history,
                probability=float(chances[k]),
                joint=_settled(
                    possible, joint[k], float(chances[k]), filtering, _joint_kernels, history
                ),
                local=tuple(
                    _settled(
                        alone[i], weights[k], float(chance[k]), filtering, _own_kernels(i), history
                    )
                    for i, (weights, chance) in enumerate(own)
                ),
                shared=tuple(members(shared)),
            )
        )
    return found


def _settled(
    possible: int,
    weights: FloatArray,
    chance: float,
    filtering: Filter,
    kernels: Callable[[Filter, History], list[Kernel]],
    history: History,
) -> FloatArray | None:
    """Return a posterior, None where nothing is possible; in logarithms where floats may fail."""
    if not possible:
        return None
    if chance < _TINY:
        return sealed(filtering.in_logs(kernels(filtering, history)))
    return sealed(weights.copy())


def _joint_kernels(filtering: Filter, history: History) -> list[Kernel]:
    """Return the matrices of a joint history."""
    model = filtering.model
    found = []
    for actions, seen in history:
        moves, sights = filtering.joint_parts(model.joint_action(actions))
        found.append(moves * sights[:, model.joint_observation(seen)][None, :])
    return found


def _own_kernels(agent: int) -> Callable[[Filter, History], list[Kernel]]:
    """Return what gives the matrices of an agent's part of a history."""

    def kernels(filtering: Filter, history: History) -> list[Kernel]:
        return [
            filtering.own_kernels(agent, actions[agent])[seen[agent]] for actions, seen in history
        ]

    return kernels
