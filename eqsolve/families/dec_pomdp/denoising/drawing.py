"""Histories drawn from a model, many at once, to learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.dec_pomdp.instance import DecPOMDP, Rows

__all__ = ["Drawn", "draw_histories", "one_hot"]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Histories and the states in which they ended.

    Parameters
    ----------
    states : shape (N,).
    actions, seen : of all agents at all steps, shape (N, T, n).
    """

    states: IntArray
    actions: IntArray
    seen: IntArray

    def of_agent(self, agent: int) -> tuple[IntArray, IntArray]:
        """Return an agent's own histories (H, T, 2), each once, and which each draw has, (N,)."""
        own = np.stack([self.actions[:, :, agent], self.seen[:, :, agent]], axis=2)
        flat = own.reshape(len(own), -1)
        if not flat.shape[1]:
            return own[:1], np.zeros(len(own), dtype=np.int64)
        found, rows = np.unique(flat, axis=0, return_inverse=True)
        return found.reshape(-1, *own.shape[1:]), rows.ravel().astype(np.int64)


def draw_histories(model: DecPOMDP, length: int, count: int, rng: np.random.Generator) -> Drawn:
    """Return histories of agents who act by their policies.

    Notes
    -----
    Inverse transform sampling of all histories at a step together: O(count log(entries)) a step.
    """
    states = _from_rows(Rows.of(model.initial[None]), np.zeros(count, dtype=np.int64), rng)
    actions = np.zeros((count, length, model.n_agents), dtype=np.int64)
    seen = np.zeros_like(actions)
    own_observations = model.own_observations
    for t in range(length):
        for i, policy in enumerate(model.policies):
            actions[:, t, i] = _from_rows(
                Rows.of(policy[None]), np.zeros(count, dtype=np.int64), rng
            )
        joint = np.ravel_multi_index(tuple(actions[:, t].T), model.n_actions)
        states = _from_rows(model.moves, joint * model.n_states + states, rng)
        seen[:, t] = own_observations[
            _from_rows(model.sights, joint * model.n_states + states, rng)
        ]
    return Drawn(states, actions, seen)


def _from_rows(rows: Rows, chosen: IntArray, rng: np.random.Generator) -> IntArray:
    """Return a column drawn from each chosen row."""
    # Row r takes up [r, r + 1) of one long cumulated line.
    before = np.concatenate([[0.0], np.cumsum(rows.chances)])
    starts, ends = before[rows.indptr[chosen]], before[rows.indptr[chosen + 1]]
    places = starts + rng.random(len(chosen)) * (ends - starts)
    entry = np.searchsorted(before, places, side="right") - 1
    found: IntArray = rows.columns[np.clip(entry, rows.indptr[chosen], rows.indptr[chosen + 1] - 1)]
    return found


def one_hot(histories: IntArray, sizes: tuple[int, int]) -> FloatArray:
    """Return own histories (H, T, 2) as rows of zeros and ones, shape (H, T * sum(sizes)).

    Examples
    --------
    >>> one_hot(np.array([[[1, 0]]]), (2, 3)).tolist()
    [[0.0, 1.0, 1.0, 0.0, 0.0]]
    """
    parts = [np.eye(size)[histories[:, :, side]] for side, size in enumerate(sizes)]
    found: FloatArray = np.concatenate(parts, axis=2).reshape(len(histories), -1)
    return found
