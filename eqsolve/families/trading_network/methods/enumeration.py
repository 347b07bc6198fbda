"""Every set of few candidates: the optimum at either end of the price lattice.

At least prices a pair that does not trade may raise the prices of others, so that sets are no
longer matchings and neither the bound by multipliers nor branch and bound on trades is exact. Sets
are visited in the order of a Gray code, each one introduction away from the one before, and the
equilibrium is carried along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.trading_network.evaluate import Evaluator, as_pairs
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod, wrapped
from eqsolve.families.trading_network.methods.bound import value_bound
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Enumeration"]

_MOST = 12
"""Candidates up to which all sets are visited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(TradingMethod):
    """Evaluate every set that may be introduced; among equals the first one visited stays."""

    name: ClassVar[str] = "enumeration"
    summary: ClassVar[str] = "optimum for few candidates, also at least prices"
    theorem: ClassVar[str] = "BIP-2, BIP-3"
    cost: ClassVar[str] = "2**candidates sets, each two augmenting paths and a price sweep"

    def supports(self, instance: TradingNetwork) -> str | None:
        """Return a reason if there are too many candidates."""
        if instance.n_candidates > _MOST:
            return f"{instance.n_candidates} candidates are more than {_MOST}"
        return TradingMethod.supports(self, instance)

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve; `rng` is not used."""
        evaluator = Evaluator(instance, self.prices)
        pairs = [(int(i), int(j)) for i, j in np.argwhere(evaluator.view.candidate)]
        most = len(pairs) if self.max_introductions is None else self.max_introductions
        state = evaluator.follow(as_pairs([]))
        best, income, sets = as_pairs([]), state.revenue, 2 ** len(pairs)
        visited = 1
        for turn in range(1, sets):
            if deadline.expired():
                break
            visited += 1
            i, j = pairs[(turn & -turn).bit_length() - 1]
            (state.drop if state.introduced[i, j] else state.add)(i, j)
            if state.introduced.sum() > most:
                continue
            state.favor()
            if state.revenue > income:
                best, income = np.argwhere(state.introduced), state.revenue
        finished = visited == sets
        revenue = evaluator.solution(best).revenue
        return wrapped(
            self,
            evaluator,
            best,
            value_bound(evaluator),
            backend_bound=revenue if finished else None,
            proved_by="exhaustive",
            limit=None if finished else deadline.limit,
            counts={"sets": visited},
        )
