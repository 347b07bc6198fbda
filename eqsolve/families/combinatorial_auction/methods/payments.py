"""Payments: what the bid is, what VCG asks for, and the core point nearest to it (CA-2 to CA-7).

VCG: ``p_i = v_i - (W - W_i)``; only winners need a second winner determination. It starts from the
set in hand without i, and stops at once where a set is found that is worth W as well.

Core: the most violated coalition is found by one winner determination in which every bid is less by
its bidder's utility (CA-4); rows are added until none is violated (CA-5), and of the core points of
least revenue the one nearest to VCG is taken (CA-6). The small programs are solved in floats, then
their tight rows exactly, so that payments are exact numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.search import Found, Solver, find_winners

__all__ = ["Coalition", "Core", "accepted_values", "blocking", "core_point", "without_each"]

_ZERO = Fraction(0)
MAX_ROUNDS = 200
"""Rounds of constraint generation; far more than were ever seen."""


def accepted_values(auction: CombinatorialAuction, bids: Sequence[int]) -> dict[int, Fraction]:
    """Return winner -> what it adds: accepted prices less the worth of its units."""
    net = auction.net_prices()
    found: dict[int, Fraction] = {}
    for b in bids:
        bidder = int(auction.bids.bidder[b])
        found[bidder] = found.get(bidder, _ZERO) + net[b]
    return found


def without_each(
    auction: CombinatorialAuction,
    best: Found,
    solver: Solver,
    deadline: Deadline,
    *,
    workers: int = 1,
    known: Mapping[int, Found],
) -> dict[int, Found]:
    """Return winner -> winner determination without it; the values are W_i less the unsold worth.

    Parameters
    ----------
    best : the optimum with everybody.
    workers : threads; foreign solvers run side by side.
    known : what is known already.
    """
    winners = [i for i in sorted(accepted_values(auction, best.bids)) if i not in known]

    def solve(bidder: int) -> Found:
        kept = tuple(b for b in best.bids if auction.bids.bidder[b] != bidder)
        packing = best.packing.without(bidder)
        return find_winners(packing, solver, deadline, start=kept, ceiling=best.bound)

    if workers == 1 or len(winners) < 2:
        found = [solve(bidder) for bidder in winners]
    else:
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(solve, winners))
    return dict(sorted([*known.items(), *zip(winners, found, strict=True)]))


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
        payments = nearest_least(values, vcg, rows)
    return Limit.ITERATIONS


def nearest_least(
    values: Mapping[int, Fraction], vcg: Mapping[int, Fraction], rows: Sequence[Coalition]
) -> dict[int, Fraction]:
    """Return the point nearest to VCG among those of least sum that fulfil the rows (CA-6).

    Parameters
    ----------
    values : winner -> accepted value, the most it may pay.
    vcg : winner -> VCG payment, the least it may pay.
    rows : coalitions; the winners outside C pay together at least ``W(C) - sum_(in C) v_i``.
    """
    from scipy.optimize import linprog, nnls

    winners = sorted(values)
    place = {bidder: k for k, bidder in enumerate(winners)}
    below: list[tuple[list[int], Fraction]] = []  # sets of places whose sum is at least a number
    for row in rows:
        inside = set(row.bidders)
        outside = [place[i] for i in winners if i not in inside]
        below.append((outside, row.value - sum((values[i] for i in winners if i in inside), _ZERO)))
    low = np.array([float(vcg[i]) for i in winners])
    high = np.array([float(values[i]) for i in winners])
    scale = max(1e-300, float(high.max(initial=0.0)))
    matrix = np.zeros((len(below), len(winners)))
    for k, (outside, _) in enumerate(below):
        matrix[k, outside] = 1.0
    right = np.array([float(amount) for _, amount in below])
    least = linprog(
        np.ones(len(winners)),
        A_ub=-matrix,
        b_ub=-right / scale,
        bounds=list(zip(low / scale, high / scale, strict=True)),
        method="highs",
    )
    vertex = least.x * scale
    exact_rows: list[tuple[list[int], Fraction]] = [
        *below,
        *(([k], vcg[i]) for k, i in enumerate(winners)),
        *(([k], values[i]) for k, i in enumerate(winners)),
    ]
    anchor = [vcg[i] for i in winners]

    def tight(point: np.ndarray) -> list[tuple[list[int], Fraction]]:
        return [
            (members, amount)
            for members, amount in exact_rows
            if abs(float(point[members].sum()) - float(amount)) <= 1e-7 * scale
        ]

    corner = projected(anchor, tight(vertex))
    revenue = sum(corner, _ZERO)
    # Nearest point by non-negative least squares on the dual (Lawson and Hanson 1974, problem LDP):
    # x >= 0 in units of `scale` from VCG, rows >= rhs, the sum at most the least one.
    rhs = np.concatenate(
        [
            (right - matrix @ low) / scale,
            (low - high) / scale,
            [-(float(revenue) - low.sum()) / scale],
        ]
    )
    rows_of = np.vstack([matrix, -np.eye(len(winners)), -np.ones((1, len(winners)))])
    rhs[-1] -= 1e-12
    lifted = np.vstack([rows_of.T, rhs[None, :]])
    target = np.zeros(len(winners) + 1)
    target[-1] = 1.0
    multipliers, _ = nnls(lifted, target)
    residual = lifted @ multipliers - target
    point = low + scale * (-residual[:-1] / residual[-1] if abs(residual[-1]) > 1e-14 else 0.0)
    sum_row = (list(range(len(winners))), revenue)
    # Tight rows that hold the point up; those it would sit on anyway change nothing.
    nearest = projected(anchor, [*tight(point), sum_row])
    good = all(
        sum((nearest[k] for k in members), _ZERO) >= amount for members, amount in below
    ) and all(vcg[i] <= nearest[k] <= values[i] for k, i in enumerate(winners))
    chosen = nearest if good else corner
    return dict(zip(winners, chosen, strict=True))


def projected(
    point: Sequence[Fraction], rows: Sequence[tuple[list[int], Fraction]]
) -> list[Fraction]:
    """Return the point nearest to `point` on ``sum of members = amount`` for all rows, exactly.

    Rows that follow from earlier ones are passed over; rows that contradict them too. Those of few
    members come first: a row of one member fixes it, and what is orthogonal to that is short.

    Examples
    --------
    >>> [int(part) for part in projected([Fraction(40), Fraction(20)], [([0, 1], Fraction(100))])]
    [60, 40]
    """
    kept: list[tuple[dict[int, Fraction], Fraction]] = []  # orthogonal parts, squares of lengths
    result = list(point)
    for members, amount in sorted(rows, key=lambda row: len(row[0])):
        vector = dict.fromkeys(members, Fraction(1))
        for other, length in kept:
            share = sum((vector[k] * other[k] for k in vector.keys() & other.keys()), _ZERO)
            for k, part in other.items() if share else ():
                vector[k] = vector.get(k, _ZERO) - share / length * part
        vector = {k: part for k, part in vector.items() if part}
        if not vector:
            continue
        # Moving along `vector` leaves the earlier rows as they are.
        length = sum((part * part for part in vector.values()), _ZERO)
        missing = amount - sum((result[k] for k in members), _ZERO)
        for k, part in vector.items():
            result[k] += missing / length * part
        kept.append((vector, length))
    return result
