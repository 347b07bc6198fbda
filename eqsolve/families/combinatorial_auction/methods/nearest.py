"""Of payments of least sum that no coalition objects to, those nearest to VCG, exactly (CA-6).

The small programs are solved in floats, then their tight rows exactly, so that payments are exact
numbers. O(rows^2 winners) for the projection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

__all__ = ["nearest_least", "projected"]

_ZERO = Fraction(0)


def nearest_least(
    values: Mapping[int, Fraction],
    vcg: Mapping[int, Fraction],
    rows: Sequence[tuple[Sequence[int], Fraction]],
) -> dict[int, Fraction]:
    """Return the point nearest to VCG among those of least sum that fulfil the rows (CA-6).

    Parameters
    ----------
    values : winner -> accepted value, the most it may pay.
    vcg : winner -> VCG payment, the least it may pay.
    rows : coalitions C and their W(C); the winners outside C pay together at least
        ``W(C) - sum_(in C) v_i``.
    """
    from scipy.optimize import linprog, nnls

    winners = sorted(values)
    place = {bidder: k for k, bidder in enumerate(winners)}
    below: list[tuple[list[int], Fraction]] = []  # sets of places whose sum is at least a number
    for bidders, worth in rows:
        inside = set(bidders)
        outside = [place[i] for i in winners if i not in inside]
        below.append((outside, worth - sum((values[i] for i in winners if i in inside), _ZERO)))
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
