"""Core payments of least revenue nearest to VCG, by the coalitions of the certificate (CA-5, CA-6).

The rows of some coalitions are a relaxation of the core, so the least revenue over them bounds that
of the core; and a point is the nearest one iff what leads to it from VCG is a non-negative
combination of tight rows, with a free multiplier for the sum.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.combinatorial_auction.verify.claim import Claim

__all__ = ["check_nearest"]

_ZERO = Fraction(0)
_WHAT = "that the payments are the core point nearest to VCG"


def check_nearest(claim: Claim, vcg: Sequence[Fraction]) -> None:
    """Check least revenue and nearness over the rows of the listed coalitions."""
    from scipy.optimize import linprog, nnls

    winners = [i for i, value in enumerate(claim.values) if value > 0]
    if not winners:
        return
    rows: list[tuple[FloatArray, float]] = []
    for members in _coalitions(claim):
        found = claim.best(members=members)
        if found.upper - found.lower > claim.slack:
            claim.leave(_WHAT)
            return
        rows.append(_row(claim, winners, members, found.lower))
    matrix = np.array([row for row, _ in rows]).reshape(-1, len(winners))
    right = np.array([amount for _, amount in rows])
    point, low, high = (
        np.array([float(amounts[i]) for i in winners])
        for amounts in (claim.paid, vcg, claim.values)
    )
    scale, slack = max(float(claim.bids.scale), 1e-300), float(claim.slack)
    problems = [
        f"{claim.auction.label('bidders', i)} pays {claim.paid[i]} below its VCG payment {vcg[i]}"
        for i in winners
        if claim.paid[i] < vcg[i] - claim.slack
    ]
    box = np.column_stack([low, np.maximum(low, high)]) / scale
    least = linprog(
        np.ones(len(winners)), A_ub=-matrix, b_ub=-right / scale, bounds=box, method="highs"
    )
    if least.status != 0:
        claim.leave(_WHAT, "no payments fulfil the rows of the coalitions that are listed")
    elif point.sum() > least.fun * scale + 10 * slack:
        problems.append(
            f"the payments sum to {point.sum():.12g}, the listed coalitions ask for "
            f"{least.fun * scale:.12g} only"
        )
    unit = np.eye(len(winners))
    tight = [row for row, amount in rows if abs(row @ point - amount) <= 10 * slack]
    tight += [row for row, room in zip(unit, point - low, strict=True) if room <= slack]
    tight += [-row for row, room in zip(unit, high - point, strict=True) if room <= slack]
    directions = np.array([*tight, np.ones(len(winners)), -np.ones(len(winners))]).T
    _, missing = nnls(directions, (point - low) / scale)
    if missing * scale > 100 * slack + 1e-9 * scale:
        problems.append("a core point of the same revenue lies nearer to the VCG payments")
    claim.builder.require(
        "auction.core-point",
        "the payments are the core point of least revenue nearest to VCG",
        problems,
        theorem="CA-6",
    )


def _coalitions(claim: Claim) -> Iterator[set[int]]:
    """Yield the coalitions of the certificate, without what is no bidder."""
    given = claim.data.get("coalitions")
    for members in given if isinstance(given, list) else []:
        yield {i for i in members if isinstance(i, int)} if isinstance(members, list) else set()


def _row(
    claim: Claim, winners: Sequence[int], members: Collection[int], worth: Fraction
) -> tuple[FloatArray, float]:
    """Return who of the winners is outside of a coalition, and the least that they pay together.

    Parameters
    ----------
    worth : what the best bids of the coalition add.
    """
    outside = np.array([float(i not in members) for i in winners])
    held = sum((claim.values[i] - claim.reserve[i] for i in winners if i in members), _ZERO)
    extra = sum((claim.reserve[i] for i in winners if i not in members), _ZERO)
    return outside, float(worth - held + extra)
