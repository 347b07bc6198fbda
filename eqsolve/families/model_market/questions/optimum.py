"""The social optimum: at most N models that serve users best (maximum coverage), with a proof.

The welfare of a set A is ``sum_q max over A of v[j, q]`` with ``v = weight * score``. Whatever
multipliers ``p[q]`` are chosen, it is at most

    ``sum_q p[q] + sum of the N largest r[j]``,  ``r[j] = sum_q max(0, v[j, q] - p[q])``,

which `coverage_bound` computes in O(M K): anybody can recheck it. Where scores and weights are
whole numbers, welfare comes in steps of ``1 / sum of weights``, and so may the bound. Subgradient
steps find good multipliers, greedy choice (at least ``1 - 1/e`` of the optimum) and exchanges good
sets; what gap remains is closed by branch and bound over models in and out. Where there are at
most 1,000 sets of N models, all are looked at instead.

Source: Cornuejols, Fisher and Nemhauser 1977; Nemhauser, Wolsey and Fisher 1978.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.limits import Deadline, Limits
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.payoffs import coverage
from eqsolve.families.model_market.solution import SocialOptimum

__all__ = ["coverage_bound", "find_optimum", "greedy_cover", "social_optimum"]

_CLOSED = 1e-10
_MAX_NODES = 1_000
_FEW_SETS = 1_000
_ROOT_STEPS, _NODE_STEPS = 300, 40


def social_optimum(market: ModelMarket, *, time_limit: float | None = None) -> SocialOptimum:
    """Return the best set of at most N models for users, with a proved bound.

    Parameters
    ----------
    market : the market; its rule of choice does not matter.
    time_limit : seconds; the best set so far and its bound come back when it is over.

    Raises
    ------
    InstanceError : not a model market.

    Notes
    -----
    Greedy choice O(N M K); then at most 1,000 nodes of some tens of bounds in O(M K) each, or a
    look at all sets where they are at most 1,000. Source: Cornuejols, Fisher and Nemhauser (1977);
    Nemhauser, Wolsey and Fisher (1978).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3], [3, 3]], weights=[1, 1], n_platforms=2)
    >>> best = social_optimum(market)
    >>> best.models, best.welfare, best.bound
    ((0, 1), 3.5, 3.5)
    """
    require_instance(market, ModelMarket, "market")
    return find_optimum(market, Deadline(Limits(time=time_limit)))


def coverage_bound(market: ModelMarket, prices: FloatArray) -> float:
    """Return the bound of the module's formula for multipliers `prices`, shape (K,).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3], [3, 3]], weights=[1, 1], n_platforms=1)
    >>> coverage_bound(market, np.array([1.75, 1.25]))
    3.25
    """
    rewards = np.maximum(market.scores * market.shares - prices, 0).sum(axis=1)
    return float(prices.sum() + np.sort(rewards)[::-1][: market.n_platforms].sum())


def greedy_cover(market: ModelMarket) -> tuple[int, ...]:
    """Return models added one by one for the largest gain, lowest index first on ties.

    At least ``1 - 1/e`` of the optimum, O(N M K); stops early when nothing is gained.
    """
    worth = market.scores * market.shares
    chosen: list[int] = []
    level = np.zeros(market.n_types)
    while len(chosen) < market.n_platforms:
        gains = np.maximum(worth - level, 0).sum(axis=1)
        model = int(np.argmax(gains))
        if gains[model] <= 0 and chosen:
            break
        chosen.append(model)
        level = np.maximum(level, worth[model])
    return tuple(sorted(chosen))


def find_optimum(market: ModelMarket, deadline: Deadline) -> SocialOptimum:
    """Return the social optimum; stops at the deadline or after 1,000 nodes with what it has."""
    winners = _winners(market)
    if len(winners) <= market.n_platforms:
        best = coverage(market, winners)
        return SocialOptimum(winners, best, best)
    worth = market.scores * market.shares
    size = market.n_platforms
    if comb(market.n_models, size) <= _FEW_SETS:
        sets = list(combinations(range(market.n_models), size))
        chosen = sets[int(worth[np.array(sets)].max(axis=1).sum(axis=1).argmax())]
        best = coverage(market, chosen)
        return SocialOptimum(chosen, best, best)
    value, models = _improved(worth, greedy_cover(market))
    search = _Search(worth, size, value, models, _closing_gap(market, value))
    nothing = np.zeros(0, dtype=np.int64)
    start = worth.max(axis=0) * 0.5
    bound, prices = search.bound(nothing, np.arange(len(worth)), start, _ROOT_STEPS)
    certified = bound <= search.value * (1 + search.closed)
    if not certified:
        bound = min(search.close(prices, bound, deadline.expired), float(worth.max(axis=0).sum()))
    models = tuple(sorted(search.models))
    value = coverage(market, models)
    if bound <= value * (1 + search.closed):
        bound = value
    return SocialOptimum(models, value, max(value, bound), read_only(prices) if certified else None)


def _closing_gap(market: ModelMarket, value: float) -> float:
    """Return the relative gap below which a set is proved best: whole numbers leave steps."""
    if market.scores.dtype.kind == market.weights.dtype.kind == "i" and value > 0:
        return max(_CLOSED, (1 - 1e-6) / (float(market.weights.sum()) * value))
    return _CLOSED


def _winners(market: ModelMarket) -> tuple[int, ...]:
    """Return the models that are best for some type, lowest index on ties."""
    return tuple(sorted(set(market.scores.argmax(axis=0).tolist())))


def _improved(worth: FloatArray, models: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
    """Exchange one model at a time while that helps; return value and set."""
    current = list(models)
    value = float(worth[current].max(axis=0).sum())
    better = True
    while better:
        better = False
        for place in range(len(current)):
            rest = current[:place] + current[place + 1 :]
            level = worth[rest].max(axis=0) if rest else np.zeros(worth.shape[1])
            totals = np.maximum(worth, level).sum(axis=1)
            candidate = int(np.argmax(totals))
            if totals[candidate] > value * (1 + _CLOSED):
                current[place], value, better = candidate, float(totals[candidate]), True
    return value, tuple(current)


@dataclass(slots=True)
class _Search:
    """Branch and bound over sets of at most `size` models; holds the best set so far."""

    worth: FloatArray
    size: int
    value: float
    models: tuple[int, ...]
    closed: float
    nodes: int = 0

    def bound(
        self, inside: IntArray, free: IntArray, prices: FloatArray, steps: int
    ) -> tuple[float, FloatArray]:
        """Return the least bound met by subgradient steps from `prices`, and where."""
        best, best_prices = np.inf, prices
        room = self.size - len(inside)
        pace = 1.0
        for step in range(steps):
            surplus = self.worth - prices
            rewards = np.maximum(surplus, 0).sum(axis=1)
            order = free[np.argsort(-rewards[free], kind="stable")[:room]]
            chosen = np.concatenate((inside, order)).astype(np.int64)
            level = float(prices.sum() + rewards[chosen].sum())
            if level < best:
                best, best_prices = level, prices
            self.offer(chosen)
            slope = 1.0 - (surplus[chosen] > 0).sum(axis=0)
            length = float((slope * slope).sum())
            if best <= self.value * (1 + self.closed) or length == 0:
                break
            if step % 20 == 19:
                pace *= 0.7
            stride = pace * (level - self.value * (1 - 1e-3)) / length
            prices = np.maximum(prices - stride * slope, 0)
        return best, best_prices

    def offer(self, models: IntArray) -> None:
        """Keep a set if it is better than the best so far."""
        value = float(self.worth[models].max(axis=0).sum()) if len(models) else 0.0
        if value > self.value * (1 + self.closed):
            self.value, self.models = _improved(self.worth, tuple(models.tolist()))

    def close(self, prices: FloatArray, bound: float, expired: Callable[[], bool]) -> float:
        """Branch until the gap is closed; return the proved bound (looser if stopped)."""
        everything = np.arange(len(self.worth))
        stack = [(bound, np.zeros(0, dtype=np.int64), everything, prices)]
        while stack:
            if self.nodes >= _MAX_NODES or expired():
                return max(self.value, max(entry[0] for entry in stack))
            parent, inside, free, start = stack.pop()
            if parent <= self.value * (1 + self.closed):
                continue
            self.nodes += 1
            level, multipliers = self.bound(inside, free, start, _NODE_STEPS)
            if level <= self.value * (1 + self.closed) or not len(free) or len(inside) == self.size:
                continue
            rewards = np.maximum(self.worth[free] - multipliers, 0).sum(axis=1)
            pick = int(np.argmax(rewards))
            rest = np.delete(free, pick)
            stack.append((level, inside, rest, multipliers))
            stack.append((level, np.append(inside, free[pick]), rest, multipliers))
        return self.value
