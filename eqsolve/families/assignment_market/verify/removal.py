"""Are claimed payments those of the Vickrey-Clarke-Groves rule? Each buyer is taken out in turn.

A buyer owes what its presence costs the others. One that may take a single item owes the least
price of it (CAP-3). Without one that holds several, units of their sellers are free again; the
others' gain from each is the longest chain of reassignments that it starts, found by relaxation
(Bellman 1958) on the matrix of gains and then carried out. Shares nothing with the solvers.
O(n m) for each round of relaxation, usually a few for each unit held.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import BoolArray, NumberArray, is_integral
from eqsolve.core.report import ReportBuilder
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["check_payments"]

_PAIRS = 4_000_000
"""Pairs up to which gains are kept as a matrix."""

_FINE = 1e-12
"""Share of the greatest value below which a gain counts as rounding."""


def check_payments(
    builder: ReportBuilder, market: AssignmentMarket, solution: AssignmentSolution
) -> None:
    """Add the check of VCG payments to a report, if any are claimed."""
    if not solution.has_payments:
        return
    claimed = solution.vcg_payments
    n, m = market.values.shape
    buyers, sellers = solution.trades
    several = np.flatnonzero((market.capacities[0] > 1) & (np.bincount(buyers, minlength=n) > 0))
    paid = solution.price_min[sellers]
    due = np.zeros(n, dtype=np.result_type(paid, market.values.at(buyers[:0], sellers[:0])))
    np.add.at(due, buyers, paid)
    known = np.ones(n, dtype=bool)
    if len(several):
        known[several] = False
    if len(several) and n * m > _PAIRS:
        builder.leave(f"VCG payments of buyers of several items, beyond {_PAIRS} pairs")
    elif len(several):
        gains = np.where(market.values.dense() >= 0, market.values.dense() - market.reserves, -1)
        held = np.zeros((n, m), dtype=bool)
        held[buyers, sellers] = True
        with builder.search("that VCG payments are what buyers cost the others") as poll:
            for i in several.tolist():
                harm = market.reserves[held[i]].sum() + _others_gain(market, gains, held, i, poll)
                due[i], known[i] = harm, True
    off = np.where(known, np.abs(claimed - due), 0)
    own = np.zeros(n, dtype=due.dtype)
    np.add.at(own, buyers, market.values.at(buyers, sellers))
    builder.compare(
        "assignment.vcg-payments",
        "VCG payments are what each buyer's presence costs the others",
        off,
        own,
        lambda i: f"{market.label('buyers', i)} owes {due[i]} under VCG, not {claimed[i]}",
        theorem="CAP-3",
    )


def _others_gain(
    market: AssignmentMarket,
    gains: NumberArray,
    claimed: BoolArray,
    buyer: int,
    poll: Callable[[], None],
) -> int | float:
    """Return what the others gain from the units that a buyer holds."""
    held, gains, room = claimed.copy(), gains.copy(), market.capacities[0].copy()
    freed = np.flatnonzero(held[buyer])
    held[buyer] = False
    gains[buyer] = -1
    room -= held.sum(axis=1)
    total: int | float = 0
    for j in freed.tolist():
        poll()
        worth, taker, dropped = _chains(market, gains, held, room)
        total += worth[j].item()
        for _ in range(sum(gains.shape)):
            k = int(taker[j])
            if k < 0:
                break
            held[k, j] = True
            if dropped[k] < 0:
                room[k] -= 1
                break
            j = int(dropped[k])
            held[k, j] = False
    return total


def _chains(
    market: AssignmentMarket, gains: NumberArray, held: BoolArray, room: NumberArray
) -> tuple[NumberArray, NumberArray, NumberArray]:
    """Return what a free unit of each seller is worth, who takes it, and what that buyer drops.

    A buyer without room drops the pair that it loses least by; -1 where none is dropped.
    """
    n, m = gains.shape
    whole = is_integral(gains)
    slack = 0 if whole else _FINE * market.scale
    high = 2**62 if whole else np.inf
    worth, cost = np.zeros(m, dtype=gains.dtype), np.full(n, high, dtype=gains.dtype)
    cost[room > 0] = 0
    taker, dropped = np.full(m, -1), np.full(n, -1)
    open_pairs = ~held & (gains >= 0)
    for _ in range(n + m + 1):
        left = np.where(held, gains - worth, high)
        choice = left.argmin(axis=1)
        least = left[np.arange(n), choice]
        cheaper = least < cost
        cost[cheaper], dropped[cheaper] = least[cheaper], choice[cheaper]
        offers = np.where(open_pairs & (cost < high)[:, None], gains - cost[:, None], -1)
        best = offers.argmax(axis=0)
        greatest = offers[best, np.arange(m)]
        raised = greatest > worth + slack
        if not raised.any():
            break
        worth[raised], taker[raised] = greatest[raised], best[raised]
    return worth, taker, dropped
