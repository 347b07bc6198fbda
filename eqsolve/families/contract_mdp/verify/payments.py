"""Lower bounds of the least payments, for many (state, action) pairs at once.

Any ``weights >= 0`` with ``sum_k weights_k (P_a - P_k)(o) <= P_a(o)`` for every outcome proves
``payment >= sum_k weights_k (q_k - q_a)`` (weak duality, CON-1). Good weights are found by the
simplex method on that very program, all pairs in step with array operations; every bound is then
recomputed from its weights, so that a wrong pivot could only make it weak, never wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["Bounds", "lower_bounds"]

_STEP = 1e-10
_ROUNDING = 2.0**-44
_BLOCK = 20_000


class Bounds(NamedTuple):
    """Proved lower bounds of payments (inf: no payment can do), and the weights that prove them."""

    values: FloatArray
    weights: FloatArray


def lower_bounds(
    probs: FloatArray,
    q: FloatArray,
    exists: BoolArray,
    actions: IntArray,
    poll: Callable[[], None] | None = None,
) -> Bounds:
    """Return bounds for pairs.

    Parameters
    ----------
    probs : shape (L, A, O): the state's probabilities, for each pair.
    q : shape (L, A): truncated values.
    exists : bool, shape (L, A).
    actions : shape (L,): the action that is to be induced.
    poll : called for each block of pairs; may raise.
    """
    parts = []
    for i in range(0, len(actions), _BLOCK):
        if poll is not None:
            poll()
        part = slice(i, i + _BLOCK)
        parts.append(_block(probs[part], q[part], exists[part], actions[part]))
    if not parts:
        return Bounds(np.zeros(0), np.zeros((0, probs.shape[1])))
    return Bounds(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def _block(probs: FloatArray, q: FloatArray, exists: BoolArray, actions: IntArray) -> Bounds:
    """Return bounds for some pairs; the dictionary holds slacks by row and weights by column."""
    pairs = np.arange(len(actions))
    n_actions, m = probs.shape[1:]
    own = probs[pairs, actions]
    more = own[:, None, :] - probs
    short = q - q[pairs, actions][:, None]
    size = np.abs(np.where(exists, q, 0.0)).max(axis=1, initial=0.0) * _ROUNDING
    rival = exists.astype(bool).copy()
    rival[pairs, actions] = False
    short = np.where(rival & (np.abs(short) > size[:, None]), short, 0.0)
    short = np.where(rival, short, -1.0)
    more = np.where(rival[:, :, None], more, 0.0)
    # slack_o = own_o - sum_k more_ko weight_k; value = sum_k short_k weight_k
    table = np.zeros((len(actions), m + 1, n_actions + 1))
    table[:, :m, :n_actions] = -more.transpose(0, 2, 1)
    table[:, :m, n_actions] = own
    table[:, m, :n_actions] = short
    free = np.broadcast_to(np.arange(n_actions), (len(actions), n_actions)).copy()
    basic = np.broadcast_to(np.arange(n_actions, n_actions + m), (len(actions), m)).copy()
    hopeless = np.zeros(len(actions), dtype=bool)
    left = pairs
    for step in range(40 * (n_actions + m)):
        gain = table[left, m, :n_actions]
        careful = step > 4 * (n_actions + m)
        open_ = gain > size[left, None]
        going = open_.any(axis=1)
        left, gain, open_ = left[going], gain[going], open_[going]
        if not len(left):
            break
        if careful:
            column = np.where(open_, free[left], 1 << 30).argmin(axis=1)
        else:
            column = gain.argmax(axis=1)
        rates = np.take_along_axis(table[left, :m], column[:, None, None], axis=2)[:, :, 0]
        falls = rates < -_STEP
        bounded = falls.any(axis=1)
        hopeless[left[~bounded]] = True
        left, column, rates, falls = left[bounded], column[bounded], rates[bounded], falls[bounded]
        if not len(left):
            break
        level = np.maximum(table[left, :m, n_actions], 0.0)
        ratio = np.where(falls, level / np.where(falls, -rates, 1.0), np.inf)
        tied = ratio <= ratio.min(axis=1, keepdims=True) * (1 + 1e-12)
        row = np.where(tied, basic[left], 1 << 30).argmin(axis=1)
        _pivot(table, basic, free, left, row, column)
    weights = np.zeros((len(actions), n_actions + m))
    np.put_along_axis(weights, basic, np.maximum(table[:, :m, n_actions], 0.0), axis=1)
    weights = np.where(rival, weights[:, :n_actions], 0.0)
    excess = (np.einsum("lk,lko->lo", weights, more) - own).max(axis=1, initial=0.0)
    values = np.where(excess <= 1e-9, (weights * np.where(rival, short, 0.0)).sum(axis=1), 0.0)
    return Bounds(np.where(hopeless, np.inf, np.maximum(values, 0.0)), weights)


def _pivot(
    table: FloatArray,
    basic: IntArray,
    free: IntArray,
    pairs: IntArray,
    row: IntArray,
    column: IntArray,
) -> None:
    """Exchange a row and a column in each of the pairs' dictionaries, in place."""
    part = table[pairs]
    every = np.arange(len(pairs))
    pivot = part[every, row, column]
    entering = -part[every, row] / pivot[:, None]
    entering[every, column] = 1.0 / pivot
    rates = part[every, :, column]
    part[every, :, column] = 0.0
    part += rates[:, :, None] * entering[:, None, :]
    part[every, row] = entering
    table[pairs] = part
    leaving = basic[pairs, row]
    basic[pairs, row] = free[pairs, column]
    free[pairs, column] = leaving
