"""Base of the methods: winners first, then what they pay, and what is known of core and prices.

A method is its solver for one connected packing; everything around it is the same for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.answer import Answer, Rule, Wanted
from eqsolve.families.combinatorial_auction.methods.marginals import without_each
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.search import Found, Solver, find_winners
from eqsolve.families.combinatorial_auction.solution import AuctionSolution

__all__ = ["AuctionMethod", "Rule", "too_wide"]

_PLAIN, _WIDEST = 2.0**300, 2**1000


def too_wide(auction: CombinatorialAuction) -> str | None:
    """Return why no float holds all amounts together in money units, or None.

    O(bids); amounts between 2^-300 and 2^300 need no exact sum.
    """
    amounts = np.concatenate([auction.bids.price, auction.reserves]).astype(np.float64)
    used = amounts[amounts > 0]
    size = len(used) + int(auction.supplies.sum())
    if not len(used) or (used.min() > 1 / _PLAIN and used.max() < _PLAIN and size < _PLAIN):
        return None
    units = auction.supplies.tolist()
    worth = sum((u * r for u, r in zip(units, auction.exact_reserves(), strict=True)), Fraction(0))
    together = (worth + sum(auction.bids.exact_prices())) / auction.unit()
    if together < _WIDEST:
        return None
    span = f"{used.min():g} to {used.max():g}"
    return f"prices and reserves from {span} are more money units together than floats hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionMethod(Method[CombinatorialAuction, AuctionSolution]):
    """Base of the methods.

    Parameters
    ----------
    payments : the rule: ``vcg``, ``core`` (of least revenue, nearest to VCG) or ``first_price``.
    prices : whether item prices that clear the market are asked for; where there are none, the
        certificate shows why.
    workers : winner determinations without a winner that run side by side.
    """

    source: ClassVar[str] = (
        "Rothkopf, M. H., Pekec, A. and Harstad, R. M. (1998). Computationally manageable "
        "combinational auctions."
    )
    who: ClassVar[str] = "backend"

    payments: Rule = "vcg"
    prices: bool = False
    workers: int = 1

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise OptionError(f"option workers = {self.workers}: must be >= 1")

    def supports(self, instance: CombinatorialAuction) -> str | None:
        """Refuse amounts whose sum in money units no float holds."""
        return too_wide(instance)

    def solver(self) -> Solver:
        """Return what solves one connected packing."""
        raise NotImplementedError

    def without_each(
        self, best: Found, winners: Sequence[int], deadline: Deadline
    ) -> dict[int, Found]:
        """Return winner -> the best set without it, where that is found faster than by `solver`."""
        return {}

    def run(
        self, instance: CombinatorialAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AuctionSolution]:
        """Solve; `rng` is not used."""
        solver = self.solver()
        best = find_winners(Packing.of(instance), solver, deadline)
        wanted = Wanted(self.payments, self.prices, self.name, self.who)
        answer = Answer(wanted, instance, best)
        deadline.publish(
            Progress(
                message="winners",
                objective=float(answer.welfare),
                bound=float(answer.upper),
                incumbent=answer.outcome(Limit.INTERRUPTED),
            )
        )
        if best.is_optimal and self.payments != "first_price":
            known = self.without_each(best, sorted(answer.values), deadline)
            answer.pay(
                solver,
                deadline,
                without_each(instance, best, solver, deadline, workers=self.workers, known=known),
            )
        return answer.outcome(None)
