"""The Hungarian method in plain Python: exact for numbers of any size, nothing to compile.

Shortest augmenting paths, buyer by buyer, over sellers and one outside option per buyer; then
both ends of the price lattice as least and greatest solutions of the equilibrium inequalities
by repeated relaxation. For small markets, where loading compiled kernels would cost more than
solving, and as a readable reference. O(n^2 (n + m)) and O(n m min(n, m)). BIP-1, BIP-2.

Source: Kuhn 1955; Munkres 1957.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.exactness import in_units
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import AssignmentMethod, solved
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["Hungarian", "match_plainly", "relaxed_price_ends"]

_MOST = 100_000
"""Pairs beyond which plain Python would take minutes."""

Weights = list[list[int]] | list[list[float]]
"""Whole multiples of a unit, or floats where a caller can do with rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hungarian(AssignmentMethod):
    """Shortest augmenting paths in plain Python, for small markets.

    Decimals become whole multiples of a power of two, so that no amount is lost beside another.
    """

    name: ClassVar[str] = "hungarian"
    summary: ClassVar[str] = "plain Python, for small markets: nothing to compile"
    theorem: ClassVar[str] = "BIP-1, BIP-2"
    source: ClassVar[str] = (
        "Kuhn, H. W. (1955). The Hungarian method for the assignment problem. "
        "Naval Research Logistics Quarterly 2(1-2), 83-97."
    )
    cost: ClassVar[str] = "O(n^2 (n + m)) steps of Python"

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: too large for plain Python."""
        pairs = instance.n_buyers * instance.n_sellers
        if pairs > _MOST:
            return f"plain Python is for at most {_MOST} pairs, not {pairs}"
        return AssignmentMethod.supports(self, instance)

    def _vanishing(self, instance: AssignmentMarket) -> str | None:
        """Return None: Python's integers lose nothing."""
        return None

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        values = instance.values.dense()
        (units, reserves), one = in_units(values, instance.reserves)
        weights = [
            [
                value - reserve if value >= 0 else -1
                for value, reserve in zip(row, reserves, strict=True)
            ]
            for row in units
        ]
        matching = match_plainly(weights, instance.n_sellers, deadline)
        if matching is None:
            return Incumbent(method=self.name).outcome(answered=False, limit=deadline.limit)
        kind = np.result_type(values, instance.reserves)
        low, high = (
            np.array([price / one for price in end] if kind.kind == "f" else end, dtype=kind)
            for end in relaxed_price_ends(weights, instance.n_sellers, matching)
        )
        row = np.array(matching, dtype=np.int64)
        return solved(instance, self.prices, row, low, high, method=self.name, counts={})


def match_plainly(weights: Weights, m: int, deadline: Deadline) -> list[int] | None:
    """Return a maximum-weight matching (-1: unmatched), or None when the time is over.

    Parameters
    ----------
    weights : n rows of m numbers; negative: no edge.
    m : number of columns.
    deadline : looked at before each row.

    Notes
    -----
    Column m + i is the outside option of buyer i, of weight 0; rows have duals u, columns v
    with ``u[i] + v[j] >= w[i][j]``, tight on the matching.
    """
    n = len(weights)
    u = [max([0, *row]) for row in weights]
    v: list[int | float] = [0] * (m + n)
    owner = [-1] * (m + n)
    for root in range(n):
        if deadline.expired():
            return None
        slack: list[int | float] = [math.inf] * (m + n)
        came_from = [-1] * (m + n)
        done = [False] * (m + n)
        tree = [root]
        buyer, here = root, -1
        while True:
            for j in (*(j for j in range(m) if weights[buyer][j] >= 0), m + buyer):
                if not done[j]:
                    gap = u[buyer] + v[j] - (weights[buyer][j] if j < m else 0)
                    if gap < slack[j]:
                        slack[j], came_from[j] = gap, here
            # Ties go to the lowest column.
            best = min((j for j in range(m + n) if not done[j]), key=slack.__getitem__)
            step = slack[best]
            for i in tree:
                u[i] -= step
            for j in range(m + n):
                if done[j]:
                    v[j] += step
                else:
                    slack[j] -= step
            done[best] = True
            here = best
            if owner[best] < 0:
                break
            buyer = owner[best]
            tree.append(buyer)
        while here >= 0:
            before = came_from[here]
            owner[here] = root if before < 0 else owner[before]
            here = before
    matching = [-1] * n
    for j in range(m):
        # A trade worth nothing is as good as none.
        if owner[j] >= 0:
            matching[owner[j]] = j
    return matching


def relaxed_price_ends(
    weights: Weights, m: int, matching: list[int]
) -> tuple[list[int | float], list[int | float]]:
    """Return least and greatest margins: fixed points of the inequalities, from 0 and from above.

    Parameters
    ----------
    weights, m : as for `match_plainly`.
    matching : of greatest weight.

    Notes
    -----
    A buyer i matched to j must not prefer k: ``p[k] >= w[i][k] - w[i][j] + p[j]``.
    """
    low: list[int | float] = [0] * m
    high: list[int | float] = [0] * m
    for i, j in enumerate(matching):
        if j >= 0:
            high[j] = weights[i][j]
        else:
            low = [max(price, weight) for price, weight in zip(low, weights[i], strict=True)]
    rules = [
        (j, k, weights[i][k] - weights[i][j])
        for i, j in enumerate(matching)
        if j >= 0
        for k in range(m)
        if k != j and weights[i][k] >= 0
    ]
    for _ in range(m):
        changed = False
        for j, k, difference in rules:
            if low[j] + difference > low[k]:
                low[k], changed = low[j] + difference, True
            if high[k] - difference < high[j]:
                high[j], changed = high[k] - difference, True
        if not changed:
            break
    return low, high
