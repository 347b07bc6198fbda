"""All pure equilibria of softmax markets by branch and bound over boxes of counts.

The payoffs of a softmax market depend on the counts only through K totals, one per type. The
compiled search halves boxes of counts and drops models from which some switch gains for every
value of the totals that the box allows; single profiles that survive are judged by the
definition. No number of platforms is refused, the cost grows with its logarithm and with how many
profiles are nearly equilibria.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.base import Collector, ModelMarketMethod
from eqsolve.families.model_market.methods.enumeration import SLACK
from eqsolve.families.model_market.methods.reduction import Reduction, reduced
from eqsolve.families.model_market.solution import ModelMarketSolution

__all__ = ["CountBoxes", "CountSearch", "all_zero_outcome"]

_CAPACITY = 256
_NODES_PER_CALL = 20_000
_FIRST_STEPS = 1_000_000
_WIDEST = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSearch(ModelMarketMethod):
    """Branch and bound over boxes of counts; softmax choice."""

    name: ClassVar[str] = "count_search"
    summary: ClassVar[str] = "branch and bound over boxes of counts, softmax"
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = "O(M^2 K) per box; boxes grow with log N and near-equilibria"

    def supports(self, instance: ModelMarket) -> str | None:
        """Refuse hardmax markets, and softmax so sharp that weights leave double range."""
        if instance.beta is None:
            return "users choose by hardmax"
        spread = float((instance.scores.max(axis=0) - instance.scores.min(axis=0)).max())
        if instance.beta * spread > _WIDEST:
            return f"beta times the spread of scores is {instance.beta * spread:.4g}, above 600"
        return ModelMarketMethod.supports(self, instance)

    def run(
        self, instance: ModelMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ModelMarketSolution]:
        """Search; `rng` is not used."""
        collector = Collector(instance, self, deadline)
        if not instance.scores.any():
            return all_zero_outcome(instance, collector, self.name)
        reduction = reduced(instance)
        scores = instance.scores[reduction.kept].astype(np.float64)
        x = np.exp((instance.beta or 0.0) * (scores - scores.max(axis=0)))
        boxes = CountBoxes(scores * instance.shares * x, x, instance.n_platforms, 0)
        wanted = True
        with deadline.watching() as stop:
            for counts in boxes.points(deadline, stop):
                wanted = collector.offer(reduction.expand(counts), alike=True)
                if not wanted:
                    break
        return collector.outcome(
            finished=boxes.finished and wanted,
            name=self.name,
            scanned="boxes of counts",
            rule="a switch that gains for all totals a box allows rules a model out",
            counts={
                "models": instance.n_models,
                "models_kept": len(scores),
                "nodes": boxes.nodes,
                "survivors": boxes.survivors,
            },
            data={"kept": reduction.kept.tolist()},
        )


@dataclass(slots=True)
class CountBoxes:
    """The search over counts for payoffs ``sum_q a[j, q] / sum_l c_l x[l, q]``.

    Parameters
    ----------
    a, x : shape (M, K), >= 0.
    total : N.
    least : least count of each model: 0, or 1 inside a fixed support.
    nodes, survivors, finished : how it went.
    """

    a: FloatArray
    x: FloatArray
    total: int
    least: int
    nodes: int = field(default=0, init=False)
    survivors: int = field(default=0, init=False)
    finished: bool = field(default=False, init=False)

    def points(self, deadline: Deadline, stop: npt.NDArray[np.uint8]) -> Iterator[IntArray]:
        """Yield the counts that could not be ruled out; stop early at the deadline.

        Parameters
        ----------
        deadline : polled between compiled calls.
        stop : its flag, watched by the caller: polled inside.
        """
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.model_market.kernels.counts import search_counts

        n_models = len(self.a)
        capacity = n_models * (int(self.total).bit_length() + 2) + 2
        boxes = np.zeros((capacity, 2, n_models), dtype=np.int64)
        boxes[0, 0], boxes[0, 1] = self.least, self.total
        found = np.zeros((_CAPACITY, n_models), dtype=np.int64)
        order = np.argsort(self.x, axis=0, kind="stable")
        depth = 1
        steps = self.x.size * n_models  # of a node
        budget = max(1, _FIRST_STEPS // steps)  # many searches are over by then
        while depth and not deadline.expired():
            search = fitting(search_counts, budget * steps)
            depth, n_found, n_nodes = search(
                self.a,
                self.x,
                order,
                self.total,
                SLACK,
                boxes,
                depth,
                found,
                budget,
                stop,
            )
            budget = _NODES_PER_CALL
            self.nodes += n_nodes
            self.survivors += n_found
            yield from found[:n_found].copy()
        self.finished = not depth and not deadline.expired()


def all_zero_outcome(
    market: ModelMarket, collector: Collector, name: str
) -> Outcome[ModelMarketSolution]:
    """Return the outcome of a market whose scores are all 0: every profile is an equilibrium."""
    everything = Reduction((tuple(range(market.n_models)),), market.n_models)
    wanted = collector.offer(everything.expand(np.array([market.n_platforms])), alike=True)
    return collector.outcome(
        finished=wanted,
        name=name,
        scanned="profiles",
        rule="all scores are 0, so every profile is an equilibrium",
        counts={"models": market.n_models},
    )
