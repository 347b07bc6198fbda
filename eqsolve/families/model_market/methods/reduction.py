"""Smaller markets with the same equilibria: identical models as one, dominated models left out.

**Identical models.** Platforms with models of equal scores are served alike, so whether a profile
is an equilibrium depends only on how many platforms adopt any of them.

**Dominated models** (hardmax). If model d scores higher than model j for every type that gives j
a positive score, then j is in no equilibrium (unless all scores are 0), and taking j away changes
nothing for the others: whatever a switch to j earns, a switch to d earns as much, or, where d is
in use already, j earns nothing. Proofs: ``docs/families/model-markets.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.families.model_market.instance import ModelMarket

__all__ = ["Reduction", "reduced"]

_MARGIN = 1e-8
"""Scores that are not whole numbers dominate only by more than this share: beyond rounding."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """Which models are left, and what each stands for.

    Parameters
    ----------
    groups : for each model of the smaller market, the models of the larger that it stands for.
    n_models : number of models of the larger market.
    """

    groups: tuple[tuple[int, ...], ...]
    n_models: int

    @property
    def kept(self) -> IntArray:
        """The first model of each group."""
        return np.array([group[0] for group in self.groups], dtype=np.int64)

    def expand(self, counts: IntArray) -> Iterator[IntArray]:
        """Yield every profile of the larger market that `counts` of the smaller stands for.

        Examples
        --------
        >>> twins = Reduction(groups=((0, 2), (1,)), n_models=4)
        >>> [c.tolist() for c in twins.expand(np.array([2, 1]))]
        [[2, 1, 0, 0], [1, 1, 1, 0], [0, 1, 2, 0]]
        """
        used = [(self.groups[k], int(counts[k])) for k in np.flatnonzero(counts)]
        profile = np.zeros(self.n_models, dtype=np.int64)

        def fill(place: int) -> Iterator[IntArray]:
            if place == len(used):
                yield profile.copy()
                return
            group, total = used[place]
            for part in _splits(total, len(group)):
                profile[list(group)] = part
                yield from fill(place + 1)

        return fill(0)


def reduced(market: ModelMarket) -> Reduction:
    """Return the reduction of a market; O(M^2 K). Softmax: identical models only."""
    groups: dict[bytes, list[int]] = {}
    for model, row in enumerate(market.scores):
        groups.setdefault(row.tobytes(), []).append(model)
    kept = sorted(groups.values())
    if market.is_hardmax and market.scores.any():
        scores = market.scores[[group[0] for group in kept]]
        margin = 0.0 if scores.dtype.kind == "i" else _MARGIN
        kept = [
            group
            for group, row in zip(kept, scores, strict=True)
            if not ((scores > row * (1 + margin)) | (row == 0)).all(axis=1).any()
        ]
    return Reduction(tuple(tuple(group) for group in kept), market.n_models)


def _splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write `total` as an ordered sum of `parts` numbers >= 0."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        for rest in _splits(total - first, parts - 1):
            yield (first, *rest)
