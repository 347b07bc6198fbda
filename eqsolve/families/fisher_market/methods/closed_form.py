"""Cobb-Douglas markets in closed form: everybody spends fixed shares of the budget (FIS-4).

Buyer i spends ``B[i] a[i,j]`` on good j (rows of a scaled to sum 1) whatever the prices, so
``p[j] = sum_i B[i] a[i,j] / s[j]``. O(n m). Source: Eisenberg 1961.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.base import from_spending, money_out_of_reach, settle
from eqsolve.families.fisher_market.solution import FisherSolution

__all__ = ["ClosedForm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedForm(Method[FisherMarket, FisherSolution]):
    """The formula for Cobb-Douglas utilities."""

    name: ClassVar[str] = "closed_form"
    summary: ClassVar[str] = "formula for Cobb-Douglas utilities"
    theorem: ClassVar[str] = "FIS-4"
    source: ClassVar[str] = (
        "Eisenberg, E. (1961). Aggregation of utility functions. Management Science 7(4), 337-350."
    )
    cost: ClassVar[str] = "O(n m)"

    def supports(self, instance: FisherMarket) -> str | None:
        """Return why the method does not apply, or None."""
        if instance.utility == "cobb_douglas":
            return money_out_of_reach(instance)
        return f"utilities are {instance.utility}, not cobb_douglas"

    def run(
        self, instance: FisherMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[FisherSolution]:
        """Evaluate the formula; `rng` is not used."""
        allocation, prices = from_spending(instance, instance.utilities.astype(float))
        return settle(instance, allocation, prices, method=self.name)
