"""All pure equilibria of hardmax markets by branch and bound over supports (NASH-2).

Identical and dominated models are taken out first. The compiled search decides model by model
whether it is in the support and cuts by bounds on the least payoff; its cost does not depend on
the number of platforms. Each support that survives is turned into counts: by D'Hondt
apportionment where no two of its models share a type, else by branch and bound over counts. Every
candidate is judged by the definition, in fractions where the data is whole, so the search only has
to lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.apportionment import apportionments
from eqsolve.families.model_market.methods.base import Collector, ModelMarketMethod
from eqsolve.families.model_market.methods.count_search import CountBoxes, all_zero_outcome
from eqsolve.families.model_market.methods.enumeration import SLACK, score_ranks
from eqsolve.families.model_market.methods.reduction import reduced
from eqsolve.families.model_market.solution import ModelMarketSolution

__all__ = ["SupportSearch", "has_ties"]

_CAPACITY = 256
_NODES_PER_CALL = 200_000
_FIRST_STEPS = 1_000_000


def has_ties(market: ModelMarket, models: IntArray) -> bool:
    """Return whether two of `models` have the same positive score for some type."""
    columns = np.sort(market.scores[models], axis=0)
    return bool(((columns[1:] == columns[:-1]) & (columns[1:] > 0)).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportSearch(ModelMarketMethod):
    """Branch and bound over supports, then apportionment; ties between models allowed."""

    name: ClassVar[str] = "support_search"
    summary: ClassVar[str] = "branch and bound over supports, hardmax, any number of platforms"
    theorem: ClassVar[str] = "NASH-2"
    cost: ClassVar[str] = "O(M^2 K) per node, at most 2^(M+1) nodes, independent of N without ties"

    def supports(self, instance: ModelMarket) -> str | None:
        """Refuse softmax markets."""
        if not instance.is_hardmax:
            return "users choose by softmax"
        return ModelMarketMethod.supports(self, instance)

    def run(
        self, instance: ModelMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ModelMarketSolution]:
        """Search; `rng` is not used."""
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.model_market.kernels.supports import INSIDE, search_supports

        collector = Collector(instance, self, deadline)
        if not instance.scores.any():
            return all_zero_outcome(instance, collector, self.name)
        reduction = reduced(instance)
        kept = reduction.kept
        ties = has_ties(instance, kept)
        largest = min(len(kept), instance.n_platforms)
        largest = largest if ties else min(largest, instance.n_types)
        ranks = score_ranks(instance)[kept]
        worth = (instance.scores * instance.shares)[kept]
        stack = np.zeros((len(kept) + 2, len(kept)), dtype=np.int8)
        found = np.zeros((_CAPACITY, len(kept)), dtype=np.int8)
        depth, nodes, leaves, survivors, wanted = 1, 0, 0, 0, True
        steps = worth.size * len(kept)  # of a node
        budget = max(1, _FIRST_STEPS // steps)  # many searches are over by then
        with deadline.watching() as stop:
            while depth and wanted and not deadline.expired():
                search = fitting(search_supports, budget * steps)
                depth, n_found, n_nodes, n_leaves = search(
                    ranks,
                    worth,
                    instance.n_platforms,
                    largest,
                    ties,
                    *self._welfare_range(collector),
                    SLACK,
                    stack,
                    depth,
                    found,
                    budget,
                    stop,
                )
                budget = _NODES_PER_CALL
                nodes, leaves, survivors = nodes + n_nodes, leaves + n_leaves, survivors + n_found
                for row in found[:n_found]:
                    support = np.flatnonzero(row == INSIDE)
                    for counts in _counts_on(instance, kept, support, deadline):
                        small = np.zeros(len(kept), dtype=np.int64)
                        small[support] = counts
                        wanted = wanted and collector.offer(reduction.expand(small), alike=True)
        return collector.outcome(
            finished=not depth and wanted and not deadline.expired(),
            name=self.name,
            scanned="supports",
            rule="NASH-2; bounds of docs/families/model-markets.md",
            counts={
                "models": instance.n_models,
                "models_kept": len(kept),
                "nodes": nodes,
                "leaves": leaves,
                "survivors": survivors,
            },
            data={"kept": kept.tolist()},
        )

    def _welfare_range(self, collector: Collector) -> tuple[float, float]:
        """Return which welfares are still of interest."""
        best = collector.welfare
        if best is None:
            return -np.inf, np.inf
        return (best, np.inf) if self.find == "best" else (-np.inf, best)


def _counts_on(
    market: ModelMarket, kept: IntArray, support: IntArray, deadline: Deadline
) -> Iterator[IntArray]:
    """Yield candidate counts for a support, given as positions in `kept`."""
    models = kept[support]
    top = market.scores[models].max(axis=0)
    served = market.scores[models] == top
    if (served.sum(axis=0)[top > 0] > 1).any():
        worth = np.where(served, market.scores[models] * market.shares, 0.0)
        boxes = CountBoxes(worth, np.where(served & (top > 0), 1.0, 0.0), market.n_platforms, 1)
        yield from boxes.points(deadline, deadline.flag)
        return
    masses = market.weights if market.is_exact else market.shares
    # Python numbers: products of whole scores, weights and counts may leave 64 bits.
    rows = (market.scores[models].astype(object) * masses.astype(object)).tolist()
    votes = [
        sum(value for value, mine in zip(row, own, strict=True) if mine)
        for row, own in zip(rows, served & (top > 0), strict=True)
    ]
    for seats in apportionments(votes, market.n_platforms):
        yield np.array(seats, dtype=np.int64)
