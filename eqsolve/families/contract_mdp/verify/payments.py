"""Lower bounds of the least payments, for many (state, action) pairs at once.

Any ``weights >= 0`` with ``sum_k weights_k edge_k(o) <= 1`` for every outcome o, where the edge is
``1 - P_k(o) / P_a(o)``, prove ``payment >= sum_k weights_k (q_k - q_a)`` (weak duality, CON-1).
Where the sum on the left is next to nothing beside the weights and the one on the right is
positive, no payment will do: the mixture by these weights imitates the action (CON-2).

Weights come with the claim, or are found here by the simplex method on that very program, all pairs
in step with array operations; where they prove less than some contract costs, whole numbers find
them. `proved` looks at nothing but the weights: a wrong pivot could only make a bound weak, never
wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.exact_program import least_cost

__all__ = ["Bounds", "lower_bounds", "proved"]

_IMITATED = 1e-9
"""An action is imitated where others, but for this share, reach the probability of each outcome."""

_PIVOT = 1e-10
"""Smallest edge that the simplex method divides by."""

_OPEN = 1e-9
"""Share of a payment that may lie between it and its bound; more is in doubt."""

_ROUNDING = 2.0**-44
"""Share of the largest truncated value that counts as nothing."""

_LARGEST = 10_000
"""Actions x outcomes up to which whole numbers are asked."""

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
    fine = exists & (weights > 0) & np.isfinite(weights)
    fine[pairs, actions] = False
    weights = np.where(fine, weights, 0.0)
    total = weights.sum(axis=1)
    own = probs[pairs, actions]
    more = total[:, None] * own - np.einsum("lk,lko->lo", weights, probs)
    highest = (more / np.where(own > 0, own, np.inf)).max(axis=1, initial=0.0)
    value = (weights * np.where(fine, q - q[pairs, actions][:, None], 0.0)).sum(axis=1)
    size = np.abs(np.where(exists, q, 0.0)).max(axis=1, initial=0.0)
    hopeless = (highest <= _IMITATED * total) & (value > _ROUNDING * size * total)
    return np.where(hopeless, np.inf, np.maximum(value / np.maximum(highest, 1.0), 0.0))


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
        simplex = _Simplex(*arrays)
        found, ray = simplex.run()
        bound = np.where(np.isinf(proved(ray, *arrays)), np.inf, proved(found, *arrays))
        slack = simplex.size * (1 + found.sum(axis=1))
        small = probs.shape[1] * probs.shape[2] <= _LARGEST
        doubtful = (
            small & (bound < np.inf) & (simplex.contract_costs() > bound * (1 + _OPEN) + slack)
        )
        for pair in np.flatnonzero(doubtful).tolist():
            if poll is not None:
                poll()
            found[pair] = simplex.exact_weights(pair)
        if doubtful.any():
            bound = np.where(doubtful, proved(found, *arrays), bound)
        values[part], weights[part] = bound, found
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
        self.probs, self.own, self.rival = probs, own, rival
        self.size = np.abs(np.where(exists, q, 0.0)).max(axis=1, initial=0.0) * _ROUNDING
        short = q - q[pairs, actions][:, None]
        self.short = np.where(rival & (np.abs(short) > self.size[:, None]), short, 0.0)
        happens = rival[:, :, None] & (own > 0)[:, None, :]
        edge = np.where(happens, own[:, None, :] - probs, 0.0)
        self.edge = edge / np.where(own > 0, own, 1.0)[:, None, :]
        # slack_o = 1 - sum_k edge_ko weight_k; value = sum_k short_k weight_k
        self.table = np.zeros((n_pairs, m + 1, n_actions + 1))
        self.table[:, :m, :n_actions] = -self.edge.transpose(0, 2, 1)
        self.table[:, :m, n_actions] = 1.0
        self.table[:, m, :n_actions] = np.where(rival, self.short, -1.0)
        self.free = np.tile(np.arange(n_actions), (n_pairs, 1))
        self.basic = np.tile(np.arange(n_actions, n_actions + m), (n_pairs, 1))

    def contract_costs(self) -> FloatArray:
        """Return what the contracts of the dictionaries cost, inf where they do not suffice, (L,).

        The payment on an outcome is the price of its slack.
        """
        n_actions, m = self.n_actions, self.m
        prices = np.zeros((len(self.table), n_actions + m))
        np.put_along_axis(prices, self.free, -self.table[:, m, :n_actions], axis=1)
        paid = np.maximum(prices[:, n_actions:], 0.0)
        bought = np.einsum("lko,lo->lk", self.edge, paid)
        noise = 2.0**-40 * np.einsum("lko,lo->lk", np.abs(self.edge), paid)
        enough = bought + noise + 2 * self.size[:, None] >= self.short
        return np.where(enough.all(axis=1), paid.sum(axis=1), np.inf)

    def exact_weights(self, pair: int) -> FloatArray:
        """Return the weights of one pair without rounding, (A,)."""
        own, rivals = self.own[pair], np.flatnonzero(self.rival[pair])
        happens = np.flatnonzero(own > 0)
        mine = [Fraction(p) for p in own[happens].tolist()]
        rows = [
            [p - Fraction(other) for p, other in zip(mine, row, strict=True)]
            for row in self.probs[pair, rivals][:, happens].tolist()
        ]
        short = self.short[pair, rivals].tolist()
        weights = np.zeros(self.n_actions)
        weights[rivals] = [float(w) for w in least_cost(mine, rows, short, self.size[pair])[1]]
        return weights

    def run(self) -> tuple[FloatArray, FloatArray]:
        """Return weights (L, A) at the optimum, and a direction in which the value grows for ever.

        The direction is 0 where there is none.
        """
        table, n_actions, m = self.table, self.n_actions, self.m
        left = np.arange(len(table))
        ray = np.zeros((len(table), n_actions + m))
        ray[:, :n_actions] = (self.short > 0) & (self.edge.max(axis=2, initial=0.0) <= _IMITATED)
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
            falls = rates < -_PIVOT
            bounded = falls.any(axis=1)
            endless = left[~bounded]
            ray[endless] = 0.0
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
