"""Bertsekas' auction: unmatched buyers bid, prices rise by at least an increment.

It ends within ``min(n, m) * eps`` of the greatest welfare (BIP-7), so for whole numbers the default
increment ``1 / (min(n, m) + 1)`` gives a best matching. Its prices are right up to the increment
only; an exact search from them makes prices and, for fractions, the matching exact.
Sources: Bertsekas 1981, 1988.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.exactness import REACH
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import (
    AssignmentMethod,
    exact_equilibrium,
    sparse_weights,
)
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["Auction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auction(AssignmentMethod):
    """Bertsekas' auction, finished exactly.

    Parameters
    ----------
    eps : increment in money units; None: ``1 / (min(n, m) + 1)`` for whole numbers, a millionth of
        the largest value over all agents otherwise.
    scaling : begin with large increments that fall to `eps`.
    """

    name: ClassVar[str] = "auction"
    summary: ClassVar[str] = "Bertsekas' auction with falling increments, finished exactly"
    theorem: ClassVar[str] = "BIP-7"
    source: ClassVar[str] = (
        "Bertsekas, D. P. (1988). The auction algorithm: a distributed relaxation method for the "
        "assignment problem. Annals of Operations Research 14, 105-123."
    )
    cost: ClassVar[str] = "pseudo-polynomial in values / eps; O(n E log(n V)) with scaling"

    eps: float | None = None
    scaling: bool = True

    def __post_init__(self) -> None:
        if self.eps is not None and not self.eps > 0:
            raise OptionError(f"option eps = {self.eps!r}: must be > 0")

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: whole numbers times the number of agents must fit 64-bit sums."""
        agents = min(instance.n_buyers, instance.n_sellers)
        units = agents + 1 if self.eps is None else 1 / min(self.eps, 1.0)
        if instance.is_integral and instance.largest * (units + 1) > REACH[instance.kind].whole:
            return f"values in units of the increment (1/{units:.0f}) must be at most 2**60"
        return AssignmentMethod.supports(self, instance)

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.families.assignment_market.kernels.auction import auction_sparse

        with deadline.watching() as stop:
            found = auction_sparse(
                instance.n_sellers,
                *sparse_weights(instance),
                self.eps,
                scaling=self.scaling,
                stop=stop,
            )
        if found.stopped:
            return Incumbent(method=self.name).outcome(answered=False, limit=deadline.limit)
        start = np.maximum(found.prices, 0)
        if instance.is_integral:
            start = np.rint(start).astype(np.int64)
        counts = {"increment": found.increment, "rounds": found.rounds, "auction_bids": found.bids}
        return exact_equilibrium(
            instance, self.prices, start, deadline, method=self.name, counts=counts
        )
