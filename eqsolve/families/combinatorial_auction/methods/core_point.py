"""The core: the coalition that objects most, and the core point nearest to VCG (CA-4, CA-5).

The most violated coalition is found by one winner determination in which every bid is less by its
bidder's utility (CA-4); rows are added until none is violated (CA-5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.marginals import accepted_values
from eqsolve.families.combinatorial_auction.methods.nearest import nearest_least
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.search import Found, Solver, find_winners

__all__ = ["Coalition", "Core", "blocking", "core_point"]

_ZERO = Fraction(0)
MAX_ROUNDS = 200
"""Rounds of constraint generation; far more than were ever seen."""


@dataclass(frozen=True, slots=True)
class Coalition:
    """Bidders who would rather deal with the seller alone.

    Parameters
    ----------
    bidders : rising.
    value : what their best bids add, W(C).
    gain : by how much they and the seller are better off together, > 0 where they block.
    """

    bidders: tuple[int, ...]
    value: Fraction
    gain: Fraction


def blocking(
    auction: CombinatorialAuction,
    worth: Fraction,
    utilities: Mapping[int, Fraction],
    solver: Solver,
    deadline: Deadline,
) -> Coalition | Limit:
    """Return the coalition that gains most at given utilities (CA-4), or what stopped the search.

    Parameters
    ----------
    worth : what the winning bids add, W.
    utilities : of those bidders who have any.
    """
    several = set(utilities) & _with_several_bids(auction)
    if auction.language == "or" and any(utilities[i] > 0 for i in several):
        bids = _joint_bids(auction, utilities, deadline)
        if isinstance(bids, Limit):
            return bids
    else:
        found = find_winners(Packing.of(auction, less=utilities), solver, deadline)
        if not found.is_optimal:
            return found.limit or Limit.TIME
        bids = found.bids
    own = accepted_values(auction, bids)
    given_up = sum((utilities.get(i, _ZERO) for i in own), _ZERO)
    value = sum(own.values(), _ZERO)
    revenue = worth - sum(utilities.values(), _ZERO)
    return Coalition(tuple(sorted(own)), value, value - given_up - revenue)


def _with_several_bids(auction: CombinatorialAuction) -> set[int]:
    """Return the bidders with more than one bid."""
    bidders, counts = np.unique(auction.bids.bidder, return_counts=True)
    return set(bidders[counts > 1].tolist())


def _joint_bids(
    auction: CombinatorialAuction, utilities: Mapping[int, Fraction], deadline: Deadline
) -> tuple[int, ...] | Limit:
    """Return the best bids where a bidder gives up its utility once, whatever it wins.

    Under OR a bidder may win several bids, so taking its part gets a variable of its own.
    """
    from eqsolve.algorithms.programs.answer import Solved, solved_or_stopped
    from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer
    from eqsolve.algorithms.programs.rows import Rows

    packing = Packing.of(auction)
    members = sorted(i for i, utility in utilities.items() if utility > 0)
    column = {i: len(packing) + k for k, i in enumerate(members)}
    matrix, rhs = packing.rows
    rows = Rows(len(packing) + len(members))
    coordinates = matrix.tocoo()
    rows.at_most(rhs, (coordinates.row, coordinates.col, coordinates.data))
    for place, bidder in enumerate(packing.bidders.tolist()):
        if bidder in column:
            rows.at_most([0.0], (0, place, 1.0), (0, column[bidder], -1.0))
    costs = [float(utilities[i] / packing.unit) for i in members]
    size = len(packing) + len(members)
    answer = solved_or_stopped(
        maximize_mixed_integer(
            np.concatenate([packing.floats, -np.array(costs)]),
            rows.matrix(),
            rows.right(),
            integer=np.ones(size, dtype=bool),
            upper=np.ones(size),
            deadline=deadline,
        ),
        "no bid at all is a solution",
    )
    if not isinstance(answer, Solved):
        return answer.limit
    places = np.flatnonzero(answer.values[: len(packing)] > 0.5)
    return tuple(packing.bids[places].tolist())


@dataclass(frozen=True, slots=True)
class Core:
    """A core point.

    Parameters
    ----------
    payments : winner -> payment, net of the worth of its units at their reserves.
    coalitions : those whose rows were needed.
    closest : the one that gains most at the payments: nothing, but for rounding.
    """

    payments: dict[int, Fraction]
    coalitions: tuple[Coalition, ...]
    closest: Coalition


def core_point(
    auction: CombinatorialAuction,
    best: Found,
    vcg: Mapping[int, Fraction],
    solver: Solver,
    deadline: Deadline,
) -> Core | Limit:
    """Return the minimum-revenue core point nearest to VCG (CA-5, CA-6), or what stopped it.

    Parameters
    ----------
    best : the optimum.
    vcg : winner -> VCG payment, net of the worth of its units.
    """
    values = accepted_values(auction, best.bids)
    winners = sorted(values)
    payments = dict(vcg)
    rows: list[Coalition] = []
    for turn in range(MAX_ROUNDS):
        utilities = {i: values[i] - payments[i] for i in winners}
        found = blocking(auction, best.worth, utilities, solver, deadline)
        if isinstance(found, Limit):
            return found
        slack = Fraction(1, 10**9) * (best.worth or 1)
        if found.gain <= (slack if turn else 0):
            return Core(payments, tuple(rows), found)
        rows.append(found)
        payments = nearest_least(values, vcg, [(row.bidders, row.value) for row in rows])
    return Limit.ITERATIONS
