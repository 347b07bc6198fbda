"""Graphs and slow oracles for the tests of the sparse kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray


class Graph(NamedTuple):
    """CSR arrays in the argument order of the kernels, after the number of buyers."""

    n_buyers: int
    n_sellers: int
    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    weights: NDArray[Any]

    @property
    def csr(self) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        return self.n_sellers, self.indptr, self.indices, self.weights

    @property
    def rows(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(self.n_buyers), np.diff(self.indptr))


def from_pairs(n: int, m: int, rows: Any, cols: Any, weights: Any) -> Graph:
    """Graph of the given pairs; of equal pairs the first is kept."""
    rows, cols, weights = np.asarray(rows, int), np.asarray(cols, int), np.asarray(weights)
    _, first = np.unique(rows * m + cols, return_index=True)
    indptr = np.searchsorted(rows[first], np.arange(n + 1))
    return Graph(n, m, indptr, cols[first], weights[first])


@st.composite
def graphs(draw: st.DrawFn, floats: bool = False, side: int = 5, least: int = -2) -> Graph:
    """Small graphs with ties, zero and negative weights, empty rows and empty sides."""
    n, m = draw(st.integers(0, side)), draw(st.integers(0, side))
    values: st.SearchStrategy[Any] = st.integers(least, draw(st.integers(1, 9)))
    if floats:
        values = st.floats(least, 6).map(lambda x: x if abs(x) > 1e-290 else 0.0)
    pair = st.tuples(st.integers(0, max(0, n - 1)), st.integers(0, max(0, m - 1)))
    ordered = sorted(draw(st.sets(pair))) if n * m else []
    weights = draw(st.lists(values, min_size=len(ordered), max_size=len(ordered)))
    rows, cols = [i for i, _ in ordered], [j for _, j in ordered]
    return from_pairs(n, m, rows, cols, np.array(weights, float if floats else np.int64))


def brute_force(graph: Graph, without_buyer: int = -1, without_seller: int = -1) -> Any:
    """Maximum weight of a matching, by dynamic programming over sets of sellers."""
    best: dict[int, Any] = {0: 0}
    for i in range(graph.n_buyers):
        if i == without_buyer:
            continue
        now = dict(best)
        for e in range(graph.indptr[i], graph.indptr[i + 1]):
            j, w = int(graph.indices[e]), graph.weights[e].item()
            if j == without_seller:
                continue
            for taken, total in best.items():
                key = taken | 1 << j
                if not taken >> j & 1 and total + w > now.get(key, -np.inf):
                    now[key] = total + w
        best = now
    return max(best.values())


def matched_weight(graph: Graph, matching: NDArray[np.int64]) -> Any:
    """Weight of a matching, after checking that it is one."""
    sold = matching[matching >= 0]
    assert matching.shape == (graph.n_buyers,)
    assert len(np.unique(sold)) == len(sold)
    used = matching[graph.rows] == graph.indices
    assert used.sum() == len(sold), "a matched pair is no edge"
    return graph.weights[used].sum()


def assert_optimal_duals(
    graph: Graph, matching: NDArray[np.int64], u: NDArray[Any], p: NDArray[Any]
) -> None:
    """Check feasibility, tightness and complementary slackness; exactly for integers."""
    slack_unit = 0.0
    if graph.weights.dtype.kind == "f":
        slack_unit = 1e-15 * max(0.0, float(graph.weights.max(initial=0)))
    assert u.shape == (graph.n_buyers,)
    assert p.shape == (graph.n_sellers,)
    assert (u >= 0).all()
    assert (p >= 0).all()
    slack = u[graph.rows] + p[graph.indices] - graph.weights
    assert (slack >= -slack_unit).all()
    used = matching[graph.rows] == graph.indices
    assert (np.abs(slack[used]) <= slack_unit).all()
    assert (u[matching < 0] == 0).all()
    unsold = np.setdiff1d(np.arange(graph.n_sellers), matching)
    assert (p[unsold] == 0).all()


def uniform(
    n: int, m: int, degree: int, seed: int, high: int = 10**6, floats: bool = False
) -> Graph:
    """Random pairs, uniform values in 1..high, or in [0, 1) if `floats`."""
    rng = np.random.default_rng(seed)
    k = n * degree
    weights = rng.random(k) if floats else rng.integers(1, high + 1, k)
    return from_pairs(n, m, np.repeat(np.arange(n), degree), rng.integers(0, m, k), weights)


def shifted(graph: Graph, amount: int) -> Graph:
    """The same graph with `amount` added to each value: large matchings are worth most."""
    return graph._replace(weights=graph.weights + amount)


def nearest(n: int, m: int, k: int, seed: int) -> Graph:
    """Points in the unit square; buyers know the k nearest sellers, far ones are worth less."""
    rng = np.random.default_rng(seed)
    far = np.linalg.norm(rng.random((n, 1, 2)) - rng.random((1, m, 2)), axis=2)
    cols = np.argsort(far, axis=1)[:, :k]
    weights = np.rint(10**6 * (0.2 - np.take_along_axis(far, cols, 1))).astype(np.int64)
    return from_pairs(n, m, np.repeat(np.arange(n), k), cols.ravel(), weights.ravel())


def popular(n: int, m: int, degree: int, seed: int) -> Graph:
    """Power-law popularity: most buyers know and want the same few items."""
    rng = np.random.default_rng(seed)
    chance = 1 / np.arange(1, m + 1)
    cols = rng.choice(m, n * degree, p=chance / chance.sum())
    weights = (5e5 * np.sqrt(chance[cols])).astype(np.int64) + rng.integers(1, 10**5, n * degree)
    return from_pairs(n, m, np.repeat(np.arange(n), degree), cols, weights)


def clusters(n: int, m: int, degree: int, seed: int, count: int = 10) -> Graph:
    """Separate towns with a few cheap edges between them."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(n), degree)
    town = np.where(rng.random(n * degree) < 0.03, rng.integers(0, count, n * degree), rows % count)
    cols = (rng.integers(0, m // count, n * degree) * count + town) % m
    weights = np.where(town == rows % count, 5 * 10**5, 1) + rng.integers(0, 10**5, n * degree)
    return from_pairs(n, m, rows, cols, weights)


def chain(n: int, seed: int, spread: int = 3, surplus: int = 0) -> Graph:
    """Buyer i knows sellers i - 1 and i, all nearly equal: paths as long as the market."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([np.arange(n), np.arange(1, n)])
    cols = np.concatenate([np.arange(n), np.arange(n - 1)])
    keep = cols < n - surplus
    weights = 10**6 + rng.integers(0, spread, len(rows))
    return from_pairs(n, n - surplus, rng.permutation(n)[rows[keep]], cols[keep], weights[keep])
