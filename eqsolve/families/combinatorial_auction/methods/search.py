"""One winner determination: greedy start, linear program, reduced costs, a solver for the rest.

The linear program gives item prices; their bound is computed exactly, and where it meets the set
in hand to less than one money unit, the set is optimal with a proof that anyone can check (CA-9).
Otherwise bids whose reduced cost exceeds the gap are left out, the rest falls into components, and
a solver is asked for each. Sets are summed exactly, whatever a solver says of its objective.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit
from eqsolve.families.combinatorial_auction.methods.packing import GRID, Packing

__all__ = [
    "Found",
    "Part",
    "Solver",
    "Turn",
    "find_winners",
    "is_exact",
    "linear_bound",
    "part_of",
    "solver_numbers",
]

EXACT_SUM = 2**53
"""Values in money units are handed to solvers as whole numbers up to this sum."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a solver says of one component: places, a bound in money units, what stopped it."""

    places: list[int]
    bound: int
    limit: Limit | None = None


Solver = Callable[[Packing, list[int], IntArray, Deadline], Part]
"""(packing, places of a known set, item prices, clock) -> what it found; of connected packings."""


class Turn(Deadline):
    """A part of the time of another clock, over when that one is."""

    __slots__ = ("_outer",)

    def __init__(self, outer: Deadline, seconds: float) -> None:
        super().__init__(Limits(time=max(1e-3, min(seconds, outer.remaining))))
        self._outer = outer
        outer._follower = self  # who cancels that clock cancels this one

    @property
    def limit(self) -> Limit | None:
        """The limit that was hit, of either clock."""
        outer = self._outer.limit
        return outer if outer is not None else Deadline.limit.fget(self)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The answer to one winner determination; amounts in money units of the packing.

    Parameters
    ----------
    packing : what was solved.
    bids : the winning bids, rising.
    value : what they add.
    bound : no set adds more.
    certified : whether item prices alone prove the bound.
    prices : item prices of the linear program in ``unit / GRID``, net of the reserves, or None.
    shares : solution of the linear program by bid, or None.
    limit : what stopped it, or None.
    counts : bids left after each step, programs solved.
    """

    packing: Packing
    bids: tuple[int, ...]
    value: int
    bound: int
    certified: bool
    prices: IntArray | None = None
    shares: dict[int, float] | None = None
    limit: Limit | None = None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_optimal(self) -> bool:
        """Whether value and bound meet."""
        return self.value >= self.bound

    @property
    def worth(self) -> Fraction:
        """What the winning bids add, in money."""
        return self.value * self.packing.unit

    @property
    def ceiling(self) -> Fraction:
        """The bound, in money."""
        return self.bound * self.packing.unit


def find_winners(
    packing: Packing,
    solver: Solver,
    deadline: Deadline,
    *,
    start: tuple[int, ...] = (),
    ceiling: int | None = None,
) -> Found:
    """Return the best bids of a packing, or what is known when time is over.

    Parameters
    ----------
    packing : the bids.
    solver : for what the linear program leaves open.
    deadline : when to stop.
    start : bids that can win together, to begin with; those not in the packing are ignored.
    ceiling : a bound that is known otherwise, in money units.

    Notes
    -----
    A set with a bid whose reduced cost is no less than the gap between the bound and the set in
    hand is worth no more than that set, so such bids are left out.
    """
    counts = {"bids": len(packing), "bids_left": 0, "programs": 0}
    best = packing.greedy(np.flatnonzero(np.isin(packing.bids, start)).tolist())
    value = packing.worth(best)
    if not len(packing):
        prices = np.zeros(packing.auction.n_items, dtype=np.int64)
        return Found(packing, (), 0, 0, True, prices, {}, None, counts)
    linear = linear_bound(packing, deadline)
    if linear is None:
        bids = tuple(sorted(packing.bids[best].tolist()))
        upper, late = sum(packing.values), deadline.limit or Limit.TIME
        return Found(packing, bids, value, upper, value >= upper, None, None, late, counts)
    prices, shares = linear
    for places in (_whole_places(packing, shares), packing.greedy(_largest(packing, shares))):
        if places is not None and packing.worth(places) > value:
            best, value = places, packing.worth(places)
    exact_bound = packing.bound(prices)
    bound = math.floor(exact_bound)
    names = _named(packing, shares)

    def found(upper: int, certified: bool, limit: Limit | None) -> Found:
        bids = tuple(sorted(packing.bids[best].tolist()))
        upper = max(upper, value)
        return Found(packing, bids, value, upper, certified, prices, names, limit, counts)

    if value >= bound:
        return found(value, True, None)
    if ceiling is not None and value >= ceiling:
        return found(value, False, None)
    gap = int(exact_bound * GRID) - value * GRID
    left = np.flatnonzero(packing.reduced_costs(prices) < gap)
    counts["bids_left"] = len(left)
    places, upper, limit = _by_parts(packing, left, best, prices, solver, deadline, counts)
    if packing.worth(places) > value:
        best = packing.greedy(places)
        value = packing.worth(best)
    return found(min(max(upper, value), bound), False, limit)


def _by_parts(
    packing: Packing,
    left: IntArray,
    best: list[int],
    prices: IntArray,
    solver: Solver,
    deadline: Deadline,
    counts: dict[str, int],
) -> tuple[list[int], int, Limit | None]:
    """Solve what is left component by component: places, bound, and what stopped it."""
    rest = packing.part(left)
    known = set(best)
    places: list[int] = []
    upper = 0
    limit: Limit | None = None
    for member in rest.components() if len(rest) else []:
        own = left[member]
        piece = rest.part(member)
        begin = [k for k, place in enumerate(own.tolist()) if place in known]
        answer = Part([0], piece.values[0])
        if len(piece) > 1:
            answer = solver(piece, begin, prices, deadline)
            counts["programs"] += 1
        places += own[answer.places].tolist()
        upper += answer.bound
        limit = limit or answer.limit
    return places, upper, limit


def linear_bound(packing: Packing, deadline: Deadline) -> tuple[IntArray, FloatArray] | None:
    """Return item prices of the linear program in ``unit / GRID`` and its solution; None if late.

    Any prices >= 0 prove a bound; these are those of HiGHS on a grid, which most vertices lie on.
    """
    from eqsolve.algorithms.programs.answer import Solved, solved_or_stopped
    from eqsolve.algorithms.programs.linear import maximize_linear

    matrix, rhs = packing.rows
    answer = solved_or_stopped(
        maximize_linear(packing.floats, matrix, rhs, deadline), "no bid at all is a solution"
    )
    if not isinstance(answer, Solved):
        return None
    raw = np.maximum(answer.duals[: packing.auction.n_items], 0.0) * GRID
    whole: Any = np.int64 if float(raw.max(initial=0.0)) < 2**62 else object
    return np.array([round(price) for price in raw.tolist()], dtype=whole), answer.values


def solver_numbers(packing: Packing) -> tuple[FloatArray, float]:
    """Return values as numbers for a solver, and how many money units one of them is.

    Money units where their sum is exact in floats; else values scaled to at most 2^17, where
    solvers' absolute tolerances of 1e-6 are a share of 1e-11.
    """
    if sum(packing.values) < EXACT_SUM:
        return packing.floats, 1.0
    scale = 2.0 ** (math.frexp(float(packing.floats.max()))[1] - 17)
    return packing.floats / scale, scale


def is_exact(packing: Packing) -> bool:
    """Return whether solvers get whole numbers."""
    return sum(packing.values) < EXACT_SUM


def part_of(packing: Packing, values: Any, bound: float, limit: Limit | None) -> Part:
    """Return a solver's answer: its set, and its bound in money units, a whole number.

    Parameters
    ----------
    values : of the variables, or None.
    bound : in the solver's numbers.
    """
    _, scale = solver_numbers(packing)
    places = [] if values is None else np.flatnonzero(np.asarray(values) > 0.5).tolist()
    if not packing.is_feasible(places):
        places = []
    worth = packing.worth(places)
    everything = sum(packing.values)
    if math.isinf(bound):
        upper = everything
    elif is_exact(packing):
        upper = math.floor(bound + 1e-3)
    elif limit is None:
        upper = worth  # the solver's word, within its tolerances
    else:
        upper = math.ceil(Fraction(bound * (1 + 1e-9)) * Fraction(scale))
    upper = min(max(upper, worth), everything)
    return Part(places, upper, limit if upper > worth else None)


def _whole_places(packing: Packing, shares: FloatArray) -> list[int] | None:
    """Return the set that a whole solution of the linear program is, or None."""
    if (np.abs(shares - np.round(shares)) > 1e-6).any():
        return None
    places: list[int] = np.flatnonzero(shares > 0.5).tolist()
    return places if packing.is_feasible(places) else None


def _largest(packing: Packing, shares: FloatArray) -> list[int]:
    """Return the bids with the largest shares that can win together, in falling order."""
    order = np.argsort(-shares, kind="stable")
    return packing.taken_in_turn([place for place in order.tolist() if shares[place] > 1e-6])


def _named(packing: Packing, shares: FloatArray) -> dict[int, float]:
    """Return bid -> share of it in the linear program, where it is not 0."""
    used: IntArray = np.flatnonzero(shares > 1e-9)
    return {int(packing.bids[place]): float(shares[place]) for place in used.tolist()}
