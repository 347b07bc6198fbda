"""Lower bounds of the least payments, for many (state, action) pairs at once.

Any ``weights >= 0`` with ``sum_k weights_k (P_a - P_k)(o) <= P_a(o)`` for every outcome prove
``payment >= sum_k weights_k (q_k - q_a)`` (weak duality, CON-1). Where the sum on the left is
nowhere above 0 and the one on the right is, no payment will do (CON-2).

Weights come with the claim, or are found here by the simplex method on that very program, all pairs
in step with array operations. `proved` looks at nothing but the weights: a wrong pivot could only
make a bound weak, never wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["Bounds", "lower_bounds", "proved"]

_NOISE = 1e-10
"""Differences of probabilities that count as none."""

_ROUNDING = 2.0**-44
"""Share of the largest truncated value that counts as nothing."""

_BLOCK = 20_000


class Bounds(NamedTuple):
    """Proved lower bounds of payments (inf: no payment can do), and the weights that prove them."""

    values: FloatArray
    weights: FloatArray


def proved(
    weights: FloatArray, probs: FloatArray, q: FloatArray, exists: BoolArray, actions: IntArray
) -> FloatArray:
    """Return what weights (L, A) prove, shape (L,); the other arrays as for `lower_bounds`.

    Weights that ask for too much are scaled down until they do not.
    """
    pairs = np.arange(len(actions))
    own = probs[pairs, actions]
    fine = exists & (weights > 0) & np.isfinite(weights)
    fine[pairs, actions] = False
    weights = np.where(fine, weights, 0.0)
    total = weights.sum(axis=1)
    more = total[:, None] * own - np.einsum("lk,lko->lo", weights, probs)
    short = np.where(fine, q - q[pairs, actions][:, None], 0.0)
    value = (weights * short).sum(axis=1)
    excess = more > own + 4 * np.finfo(float).eps * total[:, None]
    share = np.where(excess, own / np.where(excess, more, 1.0), 1.0).min(axis=1, initial=1.0)
    size = np.abs(np.where(exists, q, 0.0)).max(axis=1, initial=0.0)
    nowhere = (more <= _NOISE * total[:, None]).all(axis=1)
    hopeless = nowhere & (value > _ROUNDING * size * total)
    return np.where(hopeless, np.inf, np.maximum(share * value, 0.0))


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
    values, weights = np.zeros(len(actions)), np.zeros((len(actions), probs.shape[1]))
    for i in range(0, len(actions), _BLOCK):
        if poll is not None:
            poll()
        part = slice(i, i + _BLOCK)
        arrays = probs[part], q[part], exists[part], actions[part]
        found, ray = _Simplex(*arrays).run()
        bound, endless = proved(found, *arrays), proved(ray, *arrays)
        values[part] = np.maximum(bound, np.where(np.isinf(endless), np.inf, 0.0))
        weights[part] = found
    return Bounds(values, weights)


class _Simplex:
    """Dictionaries of some pairs: slacks by row, weights by column, the value in the last row."""

    def __init__(
        self, probs: FloatArray, q: FloatArray, exists: BoolArray, actions: IntArray
    ) -> None:
        n_pairs, self.n_actions, self.m = probs.shape
        n_actions, m = self.n_actions, self.m
        pairs = np.arange(n_pairs)
        own = probs[pairs, actions]
        rival = exists.copy()
        rival[pairs, actions] = False
        self.size = np.abs(np.where(exists, q, 0.0)).max(axis=1, initial=0.0) * _ROUNDING
        short = q - q[pairs, actions][:, None]
        short = np.where(rival & (np.abs(short) > self.size[:, None]), short, 0.0)
        # slack_o = own_o - sum_k more_ko weight_k; value = sum_k short_k weight_k
        self.table = np.zeros((n_pairs, m + 1, n_actions + 1))
        more = np.where(rival[:, :, None], own[:, None, :] - probs, 0.0)
        self.table[:, :m, :n_actions] = -more.transpose(0, 2, 1)
        self.table[:, :m, n_actions] = own
        self.table[:, m, :n_actions] = np.where(rival, short, -1.0)
        self.free = np.tile(np.arange(n_actions), (n_pairs, 1))
        self.basic = np.tile(np.arange(n_actions, n_actions + m), (n_pairs, 1))

    def run(self) -> tuple[FloatArray, FloatArray]:
        """Return weights (L, A) at the optimum, and a direction in which the value grows for ever.

        The direction is 0 where there is none.
        """
        table, n_actions, m = self.table, self.n_actions, self.m
        left = np.arange(len(table))
        ray = np.zeros((len(table), n_actions + m))
        for step in range(40 * (n_actions + m)):
            gain = table[left, m, :n_actions]
            rising = gain > self.size[left, None]
            going = rising.any(axis=1)
            left, gain, rising = left[going], gain[going], rising[going]
            if not len(left):
                break
            if step > 4 * (n_actions + m):  # least index: cannot cycle
                column = np.where(rising, self.free[left], 1 << 30).argmin(axis=1)
            else:
                column = gain.argmax(axis=1)
            rates = np.take_along_axis(table[left, :m], column[:, None, None], axis=2)[:, :, 0]
            falls = rates < -_NOISE
            bounded = falls.any(axis=1)
            endless = left[~bounded]
            ray[endless[:, None], self.basic[endless]] = np.maximum(rates[~bounded], 0.0)
            ray[endless, self.free[endless, column[~bounded]]] = 1.0
            left, column, rates, falls = (
                left[bounded], column[bounded], rates[bounded], falls[bounded],
            )  # fmt: skip
            if not len(left):
                break
            level = np.maximum(table[left, :m, n_actions], 0.0)
            ratio = np.where(falls, level / np.where(falls, -rates, 1.0), np.inf)
            tied = ratio <= ratio.min(axis=1, keepdims=True) * (1 + 1e-12)
            row = np.where(tied, self.basic[left], 1 << 30).argmin(axis=1)
            self.pivot(left, row, column)
        weights = np.zeros((len(table), n_actions + m))
        np.put_along_axis(weights, self.basic, np.maximum(table[:, :m, n_actions], 0.0), axis=1)
        return weights[:, :n_actions], ray[:, :n_actions]

    def pivot(self, pairs: IntArray, row: IntArray, column: IntArray) -> None:
        """Exchange a row and a column in each of the pairs' dictionaries."""
        part = self.table[pairs]
        every = np.arange(len(pairs))
        pivot = part[every, row, column]
        entering = -part[every, row] / pivot[:, None]
        entering[every, column] = 1.0 / pivot
        rates = part[every, :, column]
        part[every, :, column] = 0.0
        part += rates[:, :, None] * entering[:, None, :]
        part[every, row] = entering
        self.table[pairs] = part
        leaving = self.basic[pairs, row]
        self.basic[pairs, row] = self.free[pairs, column]
        self.free[pairs, column] = leaving
