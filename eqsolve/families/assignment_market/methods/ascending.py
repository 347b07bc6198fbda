"""The exact ascending auction of Demange, Gale and Sotomayor, with its price path.

From the reserves, the prices of a minimal overdemanded set rise together until nobody's demand
is frustrated; this ends at the least equilibrium prices (BIP-7). The path is part of the solution,
and the verifier replays it. Source: Demange, Gale and Sotomayor, *Multi-item auctions* (1986).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import AssignmentMethod, exact_equilibrium
from eqsolve.families.assignment_market.solution import AssignmentSolution, PriceStep

__all__ = ["Ascending"]

_PAIRS = 4_000_000
"""Pairs up to which demand is kept as a table."""

_STEPS = 10_000
"""Steps that any market may take; one more for each pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ascending(AssignmentMethod):
    """Exact ascending auction.

    Parameters
    ----------
    unit_steps : raise prices by one unit at a time, as in the paper (whole numbers only);
        otherwise by as much as leaves the set overdemanded, which ends at the same prices.
    max_steps : steps kept for the price path; a longer path is not reported. Steps may grow with
        values over gaps, without end in sight: after 10,000, one for each pair, or `max_steps` if
        that is more, an exact search goes on from the prices reached, to the same end.
    """

    name: ClassVar[str] = "ascending"
    summary: ClassVar[str] = "exact ascending auction, with its price path"
    theorem: ClassVar[str] = "BIP-7"
    source: ClassVar[str] = (
        "Demange, G., Gale, D. and Sotomayor, M. (1986). Multi-item auctions. "
        "Journal of Political Economy 94(4), 863-872."
    )
    cost: ClassVar[str] = "O(n m) a step and O(n m |S|) where an overdemanded set must be cut down"

    unit_steps: bool = False
    max_steps: int = 10_000

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: too large for a table, or unit steps for fractions."""
        pairs = instance.n_buyers * instance.n_sellers
        if pairs > _PAIRS:
            return f"it keeps a table of all pairs, at most {_PAIRS} (here {pairs})"
        if self.unit_steps and not instance.is_integral:
            return "unit_steps needs whole values and reserves"
        return AssignmentMethod.supports(self, instance)

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.families.assignment_market.kernels.ascending_auction import ascending_auction

        pairs = instance.n_buyers * instance.n_sellers
        with deadline.watching() as stop:
            found = ascending_auction(
                instance.values.dense(),
                instance.reserves,
                unit_steps=self.unit_steps,
                record=self.max_steps,
                most=max(self.max_steps, _STEPS + pairs),
                stop=stop,
            )
        if found.stopped:
            return Incumbent(method=self.name).outcome(answered=False, limit=deadline.limit)
        path = tuple(
            PriceStep(tuple(step.sellers.tolist()), np.asarray(step.increment).item())
            for step in found.steps
        )
        complete = len(path) == found.n_steps and not found.unfinished
        outcome = exact_equilibrium(
            instance,
            self.prices,
            found.prices - instance.reserves,
            deadline,
            method=self.name,
            counts={"steps": found.n_steps},
            price_path=path if complete else None,
        )
        if complete:
            return outcome
        words = "and an exact search went on from there" if found.unfinished else "more than kept"
        remark = f"no price path: the auction took {found.n_steps} steps, {words}"
        return replace(outcome, remarks=(remark,))
