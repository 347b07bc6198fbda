"""Interior-point method for linear and quasi-linear markets: the fast way to a small gap.

Follows the central path of the Eisenberg-Gale program (FIS-1; see `central_path`) until the gap
is next to nothing, then scales what was found so that budgets and clearing hold exactly.
O(n m min(n, m)) time per iteration, O(n m) memory, some 10 to 40 iterations.

Sources: Ye 2008, A path to the Arrow-Debreu competitive market equilibrium; Mehrotra 1992.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.base import (
    from_spending,
    out_of_reach,
    settle,
    standing,
)
from eqsolve.families.fisher_market.methods.central_path import CentralPath
from eqsolve.families.fisher_market.solution import FisherSolution
from eqsolve.families.fisher_market.utility import spendable

__all__ = ["InteriorPoint"]

_NEAR = 1e-3
"""Distance from which points are judged by the answers that they make."""

_SLOW = 1_000_000_000
"""Operations per step from which a step takes about a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InteriorPoint(Method[FisherMarket, FisherSolution]):
    """Primal-dual interior point with a Schur complement of size min(n, m).

    Parameters
    ----------
    gap : relative gap aimed at; the answer is usually far better.
    iterations : most iterations.
    """

    name: ClassVar[str] = "interior_point"
    summary: ClassVar[str] = "interior point with elimination, linear and quasi-linear"
    theorem: ClassVar[str] = "FIS-1"
    source: ClassVar[str] = (
        "Ye, Y. (2008). A path to the Arrow-Debreu competitive market equilibrium. "
        "Mathematical Programming 111, 315-348."
    )
    cost: ClassVar[str] = "O(n m min(n, m)) per iteration, 10 to 40 iterations"

    gap: float = 1e-12
    iterations: int = 300

    def supports(self, instance: FisherMarket) -> str | None:
        """Return why the method does not apply, or None."""
        if instance.utility in ("linear", "quasi_linear"):
            return out_of_reach(instance)
        return f"utilities are {instance.utility}, not linear or quasi_linear"

    def run(
        self, instance: FisherMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[FisherSolution]:
        """Solve; `rng` is not used."""
        market, money = instance, spendable(instance)
        total = money.sum()
        if total == 0:
            nothing = from_spending(market, np.zeros(market.utilities.shape))
            return settle(market, *nothing, method=self.name)
        buyers, goods = money > 0, (market.utilities > 0).any(axis=0)
        block = np.ix_(buyers, goods)
        values = market.utilities[block] * market.supplies[goods].astype(float)
        tops = values.max(axis=1)
        caps = tops / total if market.is_quasi_linear else None
        path = CentralPath(values / tops[:, None], money[buyers] / total, caps, self.gap / 100)

        def priced() -> tuple[FloatArray, FloatArray]:
            spending, kept = np.zeros(market.utilities.shape), np.zeros(market.n_buyers)
            spending[block] = _without_dust(path.x * path.p, path.budgets)
            if caps is not None:
                kept[buyers] = path.money * caps
            return from_spending(market, spending, kept)

        def merit() -> float:
            found = standing(market, *priced())
            return max(found.gap, found.waste)

        def answer(limit: Limit | None) -> Outcome[FisherSolution]:
            counts = {"iterations": path.count}
            return settle(market, *priced(), method=self.name, limit=limit, counts=counts)

        # A step of a large market takes seconds: whoever interrupts it gets the state before.
        slow = values.size * min(values.shape) > _SLOW
        return answer(self._follow(path, deadline, merit, answer if slow else None))

    def _follow(
        self,
        path: CentralPath,
        deadline: Deadline,
        merit: Callable[[], float],
        answer: Callable[[Limit | None], Outcome[FisherSolution]] | None,
    ) -> Limit | None:
        """Walk until the aim is reached, a limit is hit or rounding stops progress.

        Near the end points are judged by `merit`, how far the answer made of them is from an
        equilibrium: where a buyer's money and the slack of its cap both vanish, prices have half
        the digits of the distance, and rounding of sales, which answers do not inherit, covers
        the rest of the way.
        """
        best, since, kept = path.distance(), 0, path.save()
        top = np.inf
        while best > self.gap:
            incumbent = None if answer is None else answer(Limit.INTERRUPTED)
            message = f"interior point, distance {best:.1e}"
            deadline.publish(Progress(message=message, incumbent=incumbent))
            if deadline.expired():
                return deadline.limit
            if path.count >= self.iterations:
                return Limit.ITERATIONS
            moved = path.step()
            distance, since = path.distance(), since + 1
            if distance < best:
                best, since = distance, 0
                if best >= _NEAR:
                    kept = path.save()
            if distance < _NEAR and (worth := merit()) < top:
                top, since, kept = worth, 0, path.save()
            if since > (8 if best < 1e-5 else 50) or not moved or not np.isfinite(distance):
                path.restore(kept)  # rounding has the better of us
                break
        return Limit.GAP


def _without_dust(spending: FloatArray, budgets: FloatArray) -> FloatArray:
    """Drop money that is next to nothing both for its buyer and for its good."""
    speck = 1e-11
    small = (spending < speck * budgets[:, None]) & (spending < speck * spending.sum(axis=0))
    return np.where(small, 0.0, spending)
