"""Bertsekas' auction with increment eps: approximately competitive prices with a stated guarantee.

Buyers that hold nothing bid one after the other (Gauss-Seidel). The result satisfies
eps-complementary slackness (see `bidding`): u + p >= w - eps on every edge, u + p = w on matched
pairs, u, p >= 0, and 0 at unmatched agents. So its welfare is within min(n, m) * eps of the maximum
(BIP-7); for integer values and eps < 1 / min(n, m) it is the maximum.

Optional assignment is the delicate point: an unsold item must end with price 0. A single phase from
prices 0 satisfies this by itself, since an item that was ever bid for stays sold. With falling
increments a later phase starts from positive prices; there the reverse auction of the unsold items
restores the condition, so scaling is correct for every shape of market.

All arithmetic is int64: integer values are multiplied by `scale` so that the increment is whole,
floats are put on the grid of `integer_grid`. Sources: Bertsekas (1981, 1988); Bertsekas, Castanon,
Tsaknakis (1993).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.matching.bidding import run_phase
from eqsolve.algorithms.matching.integer_grid import INTEGER_LIMIT, IntArray
from eqsolve.algorithms.matching.sparse.graph import SparseGraph, StopFlag, sparse_graph

SCALING_FACTOR = 6
FLOAT_PRECISION = 1e-6  # the default guarantee for floats, relative to the greatest value


class AuctionResult(NamedTuple):
    """Matching and prices after an auction, with eps-complementary slackness for eps = `increment`.

    `matching` (n,) seller of each buyer or -1; `prices` (m,) and `utilities` (n,) float64 in money
    units; the same as exact integers, `scaled_prices` and `scaled_utilities`, in units of
    1 / `scale`, where the increment is `scaled_increment`; number of `rounds` (phases with one
    increment) and of `bids`. If `stopped`, only the matching is valid.
    """

    matching: IntArray
    prices: NDArray[np.float64]
    utilities: NDArray[np.float64]
    increment: float
    scaled_prices: IntArray
    scaled_utilities: IntArray
    scaled_increment: int
    scale: float
    rounds: int
    bids: int
    stopped: bool


def auction_sparse(
    n_sellers: int,
    indptr: NDArray[Any],
    indices: NDArray[Any],
    weights: NDArray[Any],
    eps: float | None = None,
    *,
    scaling: bool = True,
    stop: StopFlag | None = None,
) -> AuctionResult:
    """Run the auction on a sparse graph.

    Parameters
    ----------
    n_sellers : number m of columns.
    indptr, indices, weights : CSR arrays of n buyers, int64 or float64, money units; negative
        weights mean no edge.
    eps : greatest allowed increment, money units, > 0; the one used is rounded down (for floats,
        not below the grid). By default 1 / (min(n, m) + 1) for integers, which gives the maximum
        welfare, and for floats what loses at most 1e-6 of the greatest value in all.
    scaling : start with large increments and let them fall to eps; faster unless eps is large.
    stop : uint8, shape (1,); another thread may set it to 1 to end the run early.

    Returns
    -------
    result : see `AuctionResult`; its welfare is within min(n, m) * increment of the maximum.

    Raises
    ------
    ValueError : malformed arrays, eps not positive, or integers times scale above 2**60.

    Notes
    -----
    Without scaling the time grows with the greatest weight divided by eps ("price war").

    >>> auction_sparse(2, [0, 2, 4], [0, 1, 0, 1], np.array([5, 4, 4, 1])).matching
    array([1, 0])
    """
    if eps is not None and not eps > 0:
        raise ValueError(f"eps = {eps}: the increment must be positive")
    graph = sparse_graph(n_sellers, np.asarray(indptr), np.asarray(indices), np.asarray(weights))
    graph, last, scale = _scaled(graph, eps)
    flag = np.zeros(1, np.uint8) if stop is None else stop
    row_mate, col_mate = np.full(graph.n_rows, -1, np.int32), np.full(graph.n_cols, -1, np.int32)
    u, p = np.zeros(graph.n_rows, np.int64), np.zeros(graph.n_cols, np.int64)
    increments = [last]
    while scaling and increments[-1] * SCALING_FACTOR**2 < graph.greatest:
        increments.append(increments[-1] * SCALING_FACTOR)
    bids = 0
    for increment in reversed(increments):
        bids += run_phase(graph, row_mate, col_mate, u, p, increment, flag)
    return AuctionResult(
        matching=row_mate.astype(np.int64),
        prices=p / scale,
        utilities=u / scale,
        increment=last / scale,
        scaled_prices=p,
        scaled_utilities=u,
        scaled_increment=last,
        scale=scale,
        rounds=len(increments),
        bids=bids,
        stopped=bool(flag[0]),
    )


def auction(
    values: NDArray[Any],
    eps: float | None = None,
    *,
    scaling: bool = True,
    stop: StopFlag | None = None,
) -> AuctionResult:
    """Run the auction on a dense matrix of values, shape (n, m); negative values mean no edge.

    See `auction_sparse` for the rest; the matrix is rewritten as a list of its usable pairs.

    >>> auction(np.array([[5, 4], [4, 1]])).matching
    array([1, 0])
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"values must be of shape (n, m), got {values.shape}")
    # Not "values >= 0": NaN has to reach the check of the weights.
    rows, cols = np.nonzero(~(values < 0))
    indptr = np.searchsorted(rows, np.arange(len(values) + 1))
    weights = values[rows, cols]
    return auction_sparse(values.shape[1], indptr, cols, weights, eps, scaling=scaling, stop=stop)


def _scaled(graph: SparseGraph, eps: float | None) -> tuple[SparseGraph, int, float]:
    """Return the graph in units in which the increment is whole, the increment, units per money."""
    agents = min(graph.n_rows, graph.n_cols)
    if graph.grid.is_float:
        scale = math.ldexp(1.0, graph.grid.exponent)
        if eps is None:
            eps = FLOAT_PRECISION * graph.greatest / scale / max(1, agents)
        return graph, max(1, int(min(eps * scale, graph.greatest))), scale
    if eps is None:
        factor, increment = agents + 1, 1
    elif eps >= 1:
        factor, increment = 1, int(min(eps, max(1, graph.greatest)))
    else:
        factor, increment = math.ceil(1 / eps), 1
    if graph.greatest * factor > INTEGER_LIMIT:
        raise ValueError(
            f"the greatest weight {graph.greatest} in units of 1/{factor} exceeds 2**60: "
            "use a larger eps or float weights"
        )
    rows = graph.rows._replace(weights=graph.rows.weights * factor)
    cols = graph.cols._replace(weights=graph.cols.weights * factor)
    return graph._replace(rows=rows, cols=cols), increment, float(factor)
