"""Claimed trades of a market with capacities, and what passes over its values find.

A pass at some prices finds the most that a pair left out would leave each buyer, and the pairs that
come close: all that the verifier reads of the values apart from those of the trades. Searches along
these ties tell which prices can move, and one more pass sums up the duals. O(edges) each, compiled
where that is worth it, by the rules of `kernels.many_to_many`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, is_integral
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.verify.common import total_of
from eqsolve.families.assignment_market.verify.scan import Slack

__all__ = ["Ledger", "Seen", "holds"]

_PASSES = 1
"""Steps of the interpreter that all passes take for each value; a compiler takes ten seconds."""

_HALVES = 2.0**52
"""Whole and half numbers below it, and sums of them, are floats."""

_NOBODY: IntArray = np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Seen:
    """What a pass over the values at `prices` found.

    Parameters
    ----------
    prices, gap : shape (m,): the prices, and by how much each misses what it must be: the reserve
        where a unit is left, at least that otherwise.
    held : shape (k,): what each pair held leaves its buyer.
    other : shape (n,): the most that a pair left out would, 0 at least.
    regret : shape (n,): bounds what each buyer could gain, and is 0 exactly where it could gain
        nothing: what its best pair left out gives more than each that it holds, and for each place
        that it has free.
    paid, kept : shape (n,): what each buyer pays, in absolute value, and what that leaves it.
    begins, tied, surplus : where those of each buyer begin, shape (n + 1,), sellers and surpluses
        of the pairs left out that come close to `other`; not those of sellers at their reserves for
        buyers whose `other` is 0, which move neither.
    """

    prices: NumberArray
    gap: NumberArray
    held: NumberArray
    other: NumberArray
    regret: NumberArray
    paid: NumberArray
    kept: NumberArray
    begins: IntArray
    tied: IntArray
    surplus: NumberArray


class Ledger:
    """The claimed pairs, what they make of the capacities, and what is seen at prices.

    Parameters
    ----------
    market : n buyers, m sellers.
    solution : the claim; its pairs are read here.
    slack, scale : those of the report.

    Attributes
    ----------
    buyers, sellers, own : shapes (k,): the pairs and their values, -1 where there is none.
    fault : shape (k,): 0, or what is wrong with a pair, see the kernel ``settle``.
    taken, sold, room : shapes (n,), (m,) and (n,): how often agents trade, and how many more
        sellers a buyer could take.
    units : shape (m,): capacities of sellers.
    hold : whether no pair is wrong, and capacities are kept; else nothing below can be asked.
    welfare : what the pairs are worth beyond reserves.
    """

    def __init__(
        self, market: AssignmentMarket, solution: AssignmentSolution, slack: Slack, scale: float
    ) -> None:
        from eqsolve.algorithms.compile import fitting, plain
        from eqsolve.families.assignment_market.verify.kernels import many_to_many

        self._fitting, self._plain, self._kernels = fitting, plain, many_to_many
        self._slack, self._seen = slack, list[tuple[NumberArray, Seen]]()
        self._close = slack.close(scale)
        n, m = market.values.shape
        starts, columns, numbers = market.values.cells()
        self._cells = plain(starts), plain(columns), plain(numbers)
        self._reserves = plain(market.reserves)
        a, s = market.capacities
        self._a, self.units = plain(a), plain(s)
        buyers, sellers = solution.trades
        self.buyers, self.sellers = buyers.astype(np.int64), sellers.astype(np.int64)
        k = len(buyers)
        self._spots = np.zeros(k, dtype=np.int64)
        self.own, self.fault = np.full(k, -1, dtype=numbers.dtype), np.zeros(k, dtype=np.int64)
        counts = np.zeros(3 * n + m + 1, dtype=np.int64)
        self.taken, self.room, self.sold = counts[:n], counts[n : 2 * n], counts[2 * n : 2 * n + m]
        self._first = counts[2 * n + m :]
        wrong, worth, size = self._run(
            "settle", *self._cells, self._reserves, self._a, self.units, self.buyers, self.sellers,
            self._spots, self.own, self.fault, self._first, self.taken, self.sold, self.room,
        )  # fmt: skip
        self.hold = wrong == 0
        sums = size < many_to_many.WHOLE and market.is_integral
        self.welfare: int | float = (
            worth if sums or not self.hold else total_of(self.own - market.reserves[self.sellers])
        )

    def _run(self, name: str, *arguments: Any) -> Any:
        """Run a kernel, or its interpreted twin where compiling would take longer."""
        step = self._fitting(getattr(self._kernels, name), _PASSES * len(self._cells[2]))
        return step(*arguments)

    def _kind(self, *amounts: NumberArray) -> type[Any]:
        """Return the type to compute in, with some amounts of money beside the market's own."""
        exact = self._slack.relative == 0
        whole = exact and all(map(is_integral, (self.own, self._reserves, *amounts)))
        return np.int64 if whole else np.float64

    def by_buyer(self, amounts: NumberArray) -> NumberArray:
        """Return sums over the pairs of each buyer, in the type of the amounts."""
        total = np.zeros(len(self.room), dtype=amounts.dtype)
        np.add.at(total, self.buyers, amounts)
        return total

    def at(self, prices: NumberArray) -> Seen:
        """Return what a pass at some prices finds; each is made once."""
        for given, seen in self._seen:
            if given is prices or np.array_equal(given, prices):
                return seen
        starts, columns, numbers = self._cells
        kind = self._kind(prices)
        n, m, k = len(self.room), len(prices), len(self.own)
        at, gap = np.empty((2, m), dtype=kind)
        at[:] = prices
        other, regret, paid, kept = np.empty((4, n), dtype=kind)
        held, surplus = np.empty(k, dtype=kind), np.empty(len(numbers), dtype=kind)
        begins, tied = np.zeros(n + 1, dtype=np.int64), np.empty(len(numbers), dtype=np.int64)
        self._run(
            "look", starts, columns, numbers.astype(kind, copy=False),
            self._reserves.astype(kind, copy=False), self.units, self.sold, self.room, self._first,
            self.sellers, self._spots, at, kind(self._close), gap, held, other, regret, paid, kept,
            begins, tied, surplus,
        )  # fmt: skip
        seen = Seen(at, gap, held, other, regret, paid, kept, begins, tied, surplus)
        self._seen.append((prices, seen))
        return seen

    def falling(self, seen: Seen) -> IntArray:
        """Return the sellers whose prices can fall, by the rule of the kernel ``cannot_fall``."""
        reserves = self._reserves.astype(seen.prices.dtype, copy=False)
        return self._moving("cannot_fall", seen, reserves, self.room)

    def rising(self, seen: Seen) -> IntArray:
        """Return the sellers whose prices can rise, by the rule of the kernel ``cannot_rise``."""
        return self._moving("cannot_rise", seen, self.units, self.sold, seen.other)

    def _moving(self, name: str, seen: Seen, *limits: NumberArray) -> IntArray:
        """Return the sellers not reached by a search along ties."""
        n, m, arcs = len(self.room), len(seen.prices), len(self.own) + int(seen.begins[-1])
        own = self.own.astype(seen.prices.dtype, copy=False)
        reached = np.empty(m + n, dtype=np.int64)
        space = *np.empty((3, arcs), np.int64), *np.empty((2, m + n + 1), np.int64)
        free = self._run(
            name, *limits, self._first, self.sellers, own, seen.prices, seen.held, seen.begins,
            seen.tied, seen.surplus, self._slack.relative, self._slack.floor, reached, *space,
        )  # fmt: skip
        return np.flatnonzero(reached[:m] == 0) if free else _NOBODY

    def dual_sum(self, rows: NumberArray, margins: NumberArray, seen: Seen) -> int | float:
        """Return capacities times duals, and what pairs are worth beyond them (CAP-1).

        Parameters
        ----------
        rows, margins : shapes (n,) and (m,): the duals of buyers and sellers.
        seen : at the margins above the reserves.
        """
        kind = np.result_type(seen.held, rows, margins)
        starts, columns, numbers = self._cells
        amounts = (numbers, seen.prices, seen.held, seen.other, rows, margins)
        numbers, *others = (part.astype(kind, copy=False) for part in amounts)
        places = starts, columns, self._a, self.units, self._first, self._spots
        total: int | float
        total, size = self._run("dual_sum", *places, numbers, *map(self._plain, others))
        exact = self._slack.relative == 0
        if not exact or size < (self._kernels.WHOLE if kind.kind == "i" else _HALVES):
            return total
        from eqsolve.algorithms.compile import interpreted

        lists = [[Fraction(number) for number in part.tolist()] for part in amounts]
        precise, _ = interpreted(self._kernels.dual_sum)(*(p.tolist() for p in places), *lists)
        return int(precise) if precise == int(precise) else float(precise)


def holds(
    market: AssignmentMarket,
    solution: AssignmentSolution,
    certificate: DualCertificate,
    tolerances: Tolerances,
    scale: float,
) -> tuple[int | float, list[float]] | None:
    """Return what trades are worth and how far each condition is missed, if all hold; else None.

    In one call; the conditions on single numbers, payments and sellers without units apart. None
    says nothing yet: one has to look closer, with a `Ledger`.

    Parameters
    ----------
    market : n buyers, m sellers.
    solution, certificate : the claim, with arrays of the right shapes.
    tolerances, scale : those of the report.
    """
    from eqsolve.algorithms.compile import fitting, plain
    from eqsolve.families.assignment_market.verify.kernels import many_to_many

    duals = certificate.row_duals, certificate.column_duals
    n, m = market.values.shape
    if [part.shape for part in duals] != [(n,), (m,)] or solution.pairs is None:
        return None
    claimed = [solution.price_min, solution.price_max, solution.prices, solution.utilities, *duals]
    exact = tolerances.is_exact
    whole = exact and market.is_integral and all(map(is_integral, claimed))
    if exact and not whole and scale >= _HALVES:
        return None  # whole numbers beside halves, which one type does not hold
    kind: type[Any] = np.int64 if whole else np.float64
    slack = Slack.of(tolerances, scale)
    limit = many_to_many.WHOLE if whole else _HALVES if exact else np.inf
    starts, columns, numbers = market.values.cells()
    buyers, sellers = solution.pairs.T.astype(np.int64, order="C")
    amounts = (part.astype(kind, copy=False) for part in (numbers, market.reserves, *claimed))
    values, reserves, *others = map(plain, amounts)
    step: Any = fitting(many_to_many.holds, _PASSES * len(numbers))
    found, worth, own, worst = step(
        plain(starts), plain(columns), values, reserves, *map(plain, market.capacities),
        buyers, sellers, *others, slack.relative, slack.floor, tolerances.unit(scale),
        kind(scale), kind(slack.close(scale)), limit,
    )  # fmt: skip
    if not found:
        return None
    return worth if exact else total_of(own - market.reserves[sellers]), worst.tolist()
