"""Both ends of the prices of an optimal matching by relaxation, in plain Python on lists.

The least and greatest solutions of the equilibrium inequalities (BIP-2) are reached from zero and
from above. Exact for whole numbers of any size. O(n m min(n, m)); `arrays` does the same on arrays.

Source: Demange, Gale and Sotomayor 1986; Bellman 1958.
"""

from __future__ import annotations

from eqsolve.algorithms.matching.hungarian import Weights

__all__ = ["relaxed_price_ends"]


def relaxed_price_ends(
    weights: Weights, m: int, matching: list[int]
) -> tuple[list[int | float], list[int | float]]:
    """Return least and greatest margins: fixed points of the inequalities, from 0 and from above.

    Parameters
    ----------
    weights, m : as for `match_plainly`.
    matching : of greatest weight.

    Notes
    -----
    A buyer i matched to j must not prefer k: ``p[k] >= w[i][k] - w[i][j] + p[j]``.
    """
    low: list[int | float] = [0] * m
    high: list[int | float] = [0] * m
    for i, j in enumerate(matching):
        if j >= 0:
            high[j] = weights[i][j]
        else:
            low = [max(price, weight) for price, weight in zip(low, weights[i], strict=True)]
    rules = [
        (j, k, weights[i][k] - weights[i][j])
        for i, j in enumerate(matching)
        if j >= 0
        for k in range(m)
        if k != j and weights[i][k] >= 0
    ]
    for _ in range(m):
        changed = False
        for j, k, difference in rules:
            if low[j] + difference > low[k]:
                low[k], changed = low[j] + difference, True
            if high[k] - difference < high[j]:
                high[j], changed = high[k] - difference, True
        if not changed:
            break
    return low, high
