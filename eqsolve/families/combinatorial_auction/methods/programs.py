"""Foreign solvers for what the linear program leaves open, `milp` and `cpsat`, and all in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.combinatorial_auction.methods.base import AuctionMethod
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.search import (
    Found,
    Part,
    Solver,
    Turn,
    is_exact,
    part_of,
    solver_numbers,
)
from eqsolve.families.combinatorial_auction.methods.tree import (
    price_tree,
    too_large,
    without_each,
)

if TYPE_CHECKING:
    from eqsolve.algorithms.programs.mixed_integer import MixedBackend

__all__ = ["CpSat", "Milp", "Portfolio"]

_FIRST = 1.0
"""Seconds of the first turn in the portfolio; every round has three times as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milp(AuctionMethod):
    """The packing program through HiGHS."""

    name: ClassVar[str] = "milp"
    summary: ClassVar[str] = "linear program, reduced costs, then HiGHS on what is left"
    theorem: ClassVar[str] = "CA-1, CA-9"
    cost: ClassVar[str] = "exponential at worst (set packing)"

    def solver(self) -> Solver:
        """Return HiGHS."""
        return _by("highs")


@dataclass(frozen=True, slots=True, kw_only=True)
class CpSat(AuctionMethod):
    """The packing program through CP-SAT, which computes with whole numbers."""

    name: ClassVar[str] = "cpsat"
    summary: ClassVar[str] = "linear program, reduced costs, then CP-SAT on what is left"
    theorem: ClassVar[str] = "CA-1, CA-9"
    cost: ClassVar[str] = "exponential at worst (set packing)"

    def solver(self) -> Solver:
        """Return CP-SAT."""
        return _by("cp_sat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio(AuctionMethod):
    """The price tree, HiGHS and CP-SAT in turn, each with the better set so far, until a proof."""

    name: ClassVar[str] = "portfolio"
    summary: ClassVar[str] = "price tree, HiGHS and CP-SAT in turn, incumbents shared"
    theorem: ClassVar[str] = "CA-1, CA-9"
    cost: ClassVar[str] = "at most some four times that of the best of them"

    def solver(self) -> Solver:
        """Return all in turns of growing length."""
        return _InTurn()

    def without_each(
        self, best: Found, winners: Sequence[int], deadline: Deadline
    ) -> dict[int, Found]:
        """Return those that searches with one program settle."""
        return without_each(best, winners, deadline)


def _by(backend: MixedBackend) -> Solver:
    """Return a solver by one backend."""

    def solve(packing: Packing, start: list[int], prices: IntArray, deadline: Deadline) -> Part:
        from eqsolve.algorithms.programs.answer import Solved, solved_or_stopped
        from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

        matrix, rhs = packing.rows
        numbers, _ = solver_numbers(packing)
        hint = np.zeros(len(packing))
        hint[start] = 1.0
        answer = solved_or_stopped(
            maximize_mixed_integer(
                numbers,
                matrix,
                rhs,
                integer=np.ones(len(packing), dtype=bool),
                upper=np.ones(len(packing)),
                deadline=deadline,
                backend=backend,
                start=hint,
                absolute_gap=0.5 if is_exact(packing) else 0.0,
            ),
            "no bid at all is a solution",
        )
        limit = None if isinstance(answer, Solved) else answer.limit
        return part_of(packing, answer.values, answer.bound, limit)

    return solve


class _InTurn:
    """Gives each solver its turn until one has the proof; that one is first to be asked again."""

    def __init__(self) -> None:
        self.turns: list[tuple[Solver, float]] = [
            (price_tree, _FIRST),
            (_by("highs"), _FIRST / 4),
            (_by("cp_sat"), _FIRST / 4),
        ]

    def __call__(
        self, packing: Packing, start: list[int], prices: IntArray, deadline: Deadline
    ) -> Part:
        """Return the best set that any of them found, with the least bound."""
        best = Part(start, sum(packing.values), Limit.TIME)
        turns = self.turns
        if too_large(packing):
            turns = [turn for turn in turns if turn[0] is not price_tree]
        growth = 1.0
        while True:
            for solve, seconds in turns:
                answer = solve(packing, best.places, prices, Turn(deadline, growth * seconds))
                places = max(best.places, answer.places, key=packing.worth)
                bound = max(min(best.bound, answer.bound), packing.worth(places))
                if bound <= packing.worth(places):
                    self.turns = sorted(self.turns, key=lambda turn: turn[0] is not solve)
                    return Part(places, bound)
                best = Part(places, bound, Limit.TIME)
                if deadline.expired():
                    return Part(places, bound, deadline.limit)
            growth *= 3.0
