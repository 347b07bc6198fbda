"""The program over all bundles, without any reduction, by scipy: slow, and short enough to trust.

For claims and benchmarks only.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = ["full_program", "history_program"]


def full_program(values: FloatArray, weights: FloatArray, worth: FloatArray | float = 0.0) -> float:
    """Return the revenue of the best menu of lotteries (MEC-3), and of what comes later (SEQ-2).

    Parameters
    ----------
    values : shape (T, 2**m), of every bundle.
    weights : shape (T,), probabilities.
    worth : shape (2**m,), what the seller earns later after each bundle.

    Notes
    -----
    Variables ``x[t, S] >= 0`` with ``sum_S x[t, S] = 1`` and free prices; T (T - 1) incentive rows
    and T rows for taking part.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    count, bundles = values.shape
    width = count * bundles + count
    t, s = np.nonzero(~np.eye(count, dtype=np.bool_))
    every = np.arange(bundles)
    row = np.repeat(np.arange(len(t)), bundles)
    last = len(t) + np.arange(count)
    own = np.repeat(last, bundles)
    place = np.arange(count * bundles)
    entries = np.concatenate([
        values[t].ravel(), -values[t].ravel(), -np.ones(len(t)), np.ones(len(t)),
        -values.ravel(), np.ones(count),
    ])  # fmt: skip
    rows = np.concatenate([row, row, np.arange(len(t)), np.arange(len(t)), own, last])
    columns = np.concatenate([
        (s[:, None] * bundles + every).ravel(), (t[:, None] * bundles + every).ravel(),
        count * bundles + s, count * bundles + t, place, count * bundles + np.arange(count),
    ])  # fmt: skip
    found = linprog(
        -np.concatenate([np.outer(weights, np.ones(bundles) * worth).ravel(), weights]),
        A_ub=csr_array((entries, (rows, columns)), shape=(len(t) + count, width)),
        b_ub=np.zeros(len(t) + count),
        A_eq=csr_array(
            (np.ones(count * bundles), (np.repeat(np.arange(count), bundles), place)),
            shape=(count, width),
        ),
        b_eq=np.ones(count),
        bounds=[(0, None)] * (count * bundles) + [(None, None)] * count,
        method="highs",
    )
    return -float(found.fun)


def history_program(
    first: tuple[FloatArray, FloatArray], second: tuple[FloatArray, FloatArray]
) -> float:
    """Return what two bidders pay at most, the second one's menu depending on the first one's type.

    Parameters
    ----------
    first, second : values of all bundles, shape (T, 2**m), and probabilities, shape (T,).

    Notes
    -----
    Variables: the shares ``x[t, S]`` of the first bidder and his prices; for each t and S the
    second one's shares and prices times ``x[t, S]``, so that all rows are linear.
    """
    from scipy.optimize import linprog

    (values, weights), (others, chances) = first, second
    bundles = values.shape[1]
    index: dict[tuple[int, ...], int] = {}

    def at(*key: int) -> int:
        """Return the place of a variable: (0, t, S), (1, t), (2, t, S, s, R) or (3, t, S, s)."""
        return index.setdefault(key, len(index))

    rows: list[dict[int, float]] = []
    equal: list[tuple[dict[int, float], float]] = []
    gain: dict[int, float] = {}
    types, rest = range(len(weights)), range(len(chances))
    for t in types:
        equal.append(({at(0, t, b): 1.0 for b in range(bundles)}, 1.0))
        gain[at(1, t)] = float(weights[t])
        for s in (*types, None):  # another type, or to take nothing
            row = {at(0, t, b): -float(values[t, b]) for b in range(bundles)} | {at(1, t): 1.0}
            if s is not None and s != t:
                row |= {at(0, s, b): float(values[t, b]) for b in range(bundles)}
                row[at(1, s)] = -1.0
            if s != t:
                rows.append(row)
        for b in range(bundles):
            inside = [c for c in range(bundles) if not b & c]
            for u in rest:
                share = {at(2, t, b, u, c): 1.0 for c in inside}
                equal.append((share | {at(0, t, b): -1.0}, 0.0))
                gain[at(3, t, b, u)] = float(weights[t] * chances[u])
                for w in (*rest, None):
                    row = {at(2, t, b, u, c): -float(others[u, c]) for c in inside}
                    row[at(3, t, b, u)] = 1.0
                    if w is not None and w != u:
                        row |= {at(2, t, b, w, c): float(others[u, c]) for c in inside}
                        row[at(3, t, b, w)] = -1.0
                    if w != u:
                        rows.append(row)

    def matrix(parts: list[dict[int, float]]) -> FloatArray:
        """Return rows as an array."""
        found = np.zeros((len(parts), len(index)))
        for k, part in enumerate(parts):
            found[k, list(part)] = list(part.values())
        return found

    cost = -matrix([gain])[0]
    prices = [key[0] in (1, 3) for key in index]
    found = linprog(
        cost,
        A_ub=matrix(rows),
        b_ub=np.zeros(len(rows)),
        A_eq=matrix([row for row, _ in equal]),
        b_eq=np.array([right for _, right in equal]),
        bounds=[(None, None) if price else (0, None) for price in prices],
        method="highs",
    )
    return -float(found.fun)
