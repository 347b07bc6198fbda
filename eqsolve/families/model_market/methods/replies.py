"""All pure equilibria of small markets: best replies to everything that the others can do.

In an equilibrium the model of every platform is a best reply to the other N - 1 platforms. So
all profiles of N - 1 platforms are looked at, and for each the models that pay a newcomer most; a
profile of N platforms that is reached from as many sides as it has models in use is an equilibrium.
Array operations only: nothing is compiled or loaded, which is what takes time in small markets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.base import Collector, ModelMarketMethod
from eqsolve.families.model_market.methods.enumeration import SLACK
from eqsolve.families.model_market.solution import ModelMarketSolution

__all__ = ["Replies", "work"]

_MOST = 2 * 10**6
_BLOCK = 1 << 18


def work(market: ModelMarket) -> int:
    """Return the size of the search: profiles of N - 1 platforms times models times types.

    Examples
    --------
    >>> work(ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3))
    12
    """
    others = math.comb(market.n_platforms + market.n_models - 2, market.n_models - 1)
    return others * market.scores.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies(ModelMarketMethod):
    """Best replies to all profiles of the other platforms; any rule of choice, small markets."""

    name: ClassVar[str] = "replies"
    summary: ClassVar[str] = "best replies to all profiles of the others, without compiled code"
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = "O(binom(N + M - 2, M - 1) M K)"

    def supports(self, instance: ModelMarket) -> str | None:
        """Refuse markets with more than two million payoffs to add up."""
        if work(instance) > _MOST:
            return f"payoffs have {work(instance):.3g} parts in all, more than {_MOST:.0e}"
        return ModelMarketMethod.supports(self, instance)

    def run(
        self, instance: ModelMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ModelMarketSolution]:
        """Search; `rng` is not used."""
        collector = Collector(instance, self, deadline)
        others = _profiles(instance.n_platforms - 1, instance.n_models)
        length = max(1, _BLOCK // instance.scores.size)
        reached, wanted, n_candidates = [], True, 0
        for start in range(0, len(others), length):
            if deadline.expired():
                break
            block = others[start : start + length]
            earned = _newcomer_payoffs(instance, block)
            best = earned >= earned.max(axis=1, keepdims=True) * (1 - SLACK)
            rows, models = np.nonzero(best)
            profiles = block[rows]
            profiles[np.arange(len(rows)), models] += 1
            reached.append(profiles)
        finished = not deadline.expired()
        if finished:
            found, sides = np.unique(np.concatenate(reached), axis=0, return_counts=True)
            candidates = found[sides == (found > 0).sum(axis=1)][::-1]
            n_candidates = len(candidates)
            wanted = collector.offer(candidates.copy())
        return collector.outcome(
            finished=finished and wanted,
            name=self.name,
            scanned="profiles of the others",
            rule="in an equilibrium every platform's model is a best reply to the others",
            counts={
                "models": instance.n_models,
                "others": len(others),
                "survivors": n_candidates,
            },
        )


def _profiles(n_platforms: int, n_models: int) -> IntArray:
    """Return all vectors of `n_models` counts that sum to `n_platforms`: stars between bars."""
    if n_models == 1:  # a billion slots need not be written down
        return np.array([[n_platforms]], dtype=np.int64)
    slots = n_platforms + n_models - 1
    bars = np.array(list(combinations(range(slots), n_models - 1)), dtype=np.int64)
    bars = bars.reshape(math.comb(slots, n_models - 1), n_models - 1)
    counts: IntArray = np.diff(bars, axis=1, prepend=-1, append=slots) - 1
    return counts


def _newcomer_payoffs(market: ModelMarket, others: IntArray) -> FloatArray:
    """Return what one more platform earns with each model beside each row of `others`."""
    worth = market.scores * market.shares
    used = (others > 0)[:, :, np.newaxis]
    crowd = others[:, :, np.newaxis].astype(np.float64)
    if market.is_hardmax:
        best = np.where(used, market.scores, -1).max(axis=1, keepdims=True)
        ahead = market.scores >= best
        rivals = (crowd * ahead).sum(axis=1, keepdims=True)
        # Who is ahead alone has no rivals; models in use are never ahead of the best in use.
        divisor = 1.0 + np.where(market.scores == best, rivals, 0.0)
        return np.asarray(np.where(ahead, worth / divisor, 0.0).sum(axis=2))
    scores = market.scores.astype(np.float64)
    best = np.where(used, scores, 0.0).max(axis=1, keepdims=True)
    pull = np.exp(np.clip((market.beta or 0.0) * (scores - best), -600, 600))
    rivals = (crowd * pull).sum(axis=1, keepdims=True)
    return np.asarray((worth * (pull / (pull + rivals))).sum(axis=2))
