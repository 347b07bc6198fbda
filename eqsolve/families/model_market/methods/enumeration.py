"""All profiles, by definition: the reference that the other methods are tested against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.base import Collector, ModelMarketMethod
from eqsolve.families.model_market.solution import ModelMarketSolution

__all__ = ["SLACK", "Enumeration", "n_profiles", "score_ranks"]

SLACK = 1e-9
"""Relative gain that kernels let pass, so that no equilibrium is lost to rounding."""

_MOST = 10**8
_CAPACITY = 256


def n_profiles(market: ModelMarket) -> int:
    """Return the number of count vectors, ``binom(N + M - 1, M - 1)``."""
    return math.comb(market.n_platforms + market.n_models - 1, market.n_models - 1)


def score_ranks(market: ModelMarket) -> IntArray:
    """Return for each type the order of the models, equal for equal scores; 0 for score 0."""
    ranks = np.empty(market.scores.shape, dtype=np.int64)
    for q in range(market.n_types):
        levels = np.unique(np.append(market.scores[:, q], 0))
        ranks[:, q] = np.searchsorted(levels, market.scores[:, q])
    return ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(ModelMarketMethod):
    """Run through all vectors of counts; any rule of choice, any ties."""

    name: ClassVar[str] = "enumeration"
    summary: ClassVar[str] = "all profiles by definition, the reference"
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = "O(binom(N + M - 1, N) M^2 K)"

    def supports(self, instance: ModelMarket) -> str | None:
        """Refuse markets with more than 10**8 profiles."""
        if n_profiles(instance) > _MOST:
            return f"there are {n_profiles(instance):.3g} profiles, more than {_MOST:.0e}"
        return ModelMarketMethod.supports(self, instance)

    def run(
        self, instance: ModelMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ModelMarketSolution]:
        """Scan all profiles; `rng` is not used."""
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.model_market.kernels.profiles import scan_profiles

        collector = Collector(instance, self, deadline)
        counts = np.zeros(instance.n_models, dtype=np.int64)
        counts[0] = instance.n_platforms
        found = np.empty((_CAPACITY, instance.n_models), dtype=np.int64)
        ranks, worth = score_ranks(instance), instance.scores * instance.shares
        scan = fitting(scan_profiles, n_profiles(instance) * worth.size * instance.n_models)
        ratios = _ratios(instance)
        seen, finished, wanted = 0, False, True
        with deadline.watching() as stop:
            while wanted and not finished and not deadline.expired():
                n_found, n_seen, finished = scan(
                    ranks,
                    worth,
                    ratios,
                    counts,
                    instance.is_hardmax,
                    SLACK,
                    found,
                    stop,
                )
                seen += n_seen
                wanted = collector.offer(found[:n_found].copy())
        return collector.outcome(
            finished=finished and wanted,
            name=self.name,
            scanned="profiles",
            rule="every vector of counts was looked at by the definition of equilibrium",
            counts={"profiles": n_profiles(instance), "visited": seen},
        )


def _ratios(market: ModelMarket) -> FloatArray:
    """Return ``exp(beta (S[other] - S[model]))`` at [model, other, type]; empty under hardmax."""
    if market.is_hardmax:
        return np.zeros((0, 0, 0))
    scores = market.scores.astype(np.float64)
    exponents = (market.beta or 0.0) * (scores[np.newaxis] - scores[:, np.newaxis])
    ratios: FloatArray = np.exp(np.clip(exponents, -600, 600))
    return ratios
