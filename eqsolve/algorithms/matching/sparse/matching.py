"""Maximum-weight matching of a sparse bipartite graph, with optimal duals, never made dense.

Linear program: maximize the weight of a matching; its dual: minimize sum(u) + sum(p) subject to
u[i] + p[j] >= w[i, j], u >= 0, p >= 0. A matching and feasible duals with equal objectives prove
each other optimal (BIP-5: p are competitive prices, u the buyers' utilities).

Method: an auction with falling increments (`bidding`) finds a matching that is nearly optimal and
prices that are nearly right; then the pairs that are not tight are released and exact shortest
augmenting paths (`sparse_paths`) repair the rest, mostly within a few edges. If paths get long,
the auction goes on with a smaller increment. All arithmetic is int64 on the `integer_grid`, so the
result is exactly optimal for the grid weights.

Cost: O(n E log E) at worst, in practice close to linear: about ten bids per agent and one row
scanned by exact search. O(n + m + E) memory.

Sources: Bertsekas (1988); Bertsekas, Castanon and Tsaknakis (1993); Jonker and Volgenant (1987).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.matching.bidding import release, run_phase
from eqsolve.algorithms.matching.integer_grid import IntArray
from eqsolve.algorithms.matching.sparse.graph import Mates, SparseGraph, StopFlag, sparse_graph
from eqsolve.algorithms.matching.sparse.paths import augment, match_tight

UNLIMITED = 2**62
# Measured on twenty classes of graphs: the increments fall from 1/10 of the greatest weight to 1/n
# of it by a factor of 10; then exact search is mostly cheaper than further phases.
INCREMENT_FACTOR = 10
BUDGET = 1  # rows scanned by exact search, per agent, before the increment falls further


class MatchingResult(NamedTuple):
    """A maximum-weight matching with the optimal duals that prove it.

    `matching` (n,) int64, seller of each buyer or -1; `row_duals` (n,) utilities and `col_duals`
    (m,) prices, int64 or float64 as the weights; counts of `bids`, of augmenting `searches` and of
    the rows they scanned. If `stopped`, the matching is valid and the duals feasible, but not
    optimal.
    """

    matching: NDArray[np.int64]
    row_duals: NDArray[Any]
    col_duals: NDArray[Any]
    bids: int
    searches: int
    scans: int
    stopped: bool


class _State:
    """A matching and duals in progress, on the grid, with counts of the work done."""

    def __init__(self, graph: SparseGraph, prices: IntArray, stop: StopFlag) -> None:
        """Start with nobody matched."""
        self.graph, self.stop, self.p = graph, stop, prices
        self.u: IntArray = np.zeros(graph.n_rows, np.int64)
        self.row_mate: Mates = np.full(graph.n_rows, -1, np.int32)
        self.col_mate: Mates = np.full(graph.n_cols, -1, np.int32)
        self.bids = self.searches = self.scans = 0

    def auction(self, increment: int) -> None:
        """Run one phase: bids of the buyers, then of the unsold sellers."""
        buyers = self.row_mate, self.col_mate, self.u, self.p
        self.bids += run_phase(self.graph, *buyers, increment, self.stop)

    def complete(self, budget: int) -> bool:
        """Make the duals feasible, keep the tight pairs, augment; tell whether that ended.

        Gives up after scanning about `budget` rows, with valid duals for another phase.
        """
        buyers = self.row_mate, self.col_mate, self.u, self.p
        sellers = self.col_mate, self.row_mate, self.p, self.u
        release(self.graph.rows, *buyers, 0)
        match_tight(self.graph.rows, *buyers)
        for side, agents in ((self.graph.rows, buyers), (self.graph.cols, sellers)):
            searches, scans = augment(side, *agents, budget, self.stop)
            self.searches += searches
            self.scans += scans
            budget -= scans
        return budget >= 0


def max_weight_matching_sparse(
    n_sellers: int,
    indptr: NDArray[Any],
    indices: NDArray[Any],
    weights: NDArray[Any],
    initial_prices: NDArray[Any] | None = None,
    *,
    stop: StopFlag | None = None,
) -> MatchingResult:
    """Return a maximum-weight matching of a sparse graph and optimal duals.

    Parameters
    ----------
    n_sellers : number m of columns.
    indptr, indices, weights : CSR arrays of n buyers, shapes (n+1,), (E,), (E,); int64 or float64,
        money units. Negative weights mean no edge; pairs of weight 0 are left unmatched.
    initial_prices : shape (m,), prices to start from, for example those of a similar market. Good
        ones make the auction needless; any finite values are allowed.
    stop : uint8, shape (1,); another thread may set it to 1 to end the run early.

    Returns
    -------
    result : see `MatchingResult`. For integers, u + p >= w holds exactly and sum(u) + sum(p) equals
        the weight of the matching; for floats, both hold up to 2**-53 of the greatest weight per
        pair (rounding of the weights to the grid, see `integer_grid`).

    Raises
    ------
    ValueError : malformed arrays, weights that are not finite or integers above 2**60.

    Notes
    -----
    Ties go to the lowest index within a bid; the result is deterministic. O(n + m + E) memory.

    >>> max_weight_matching_sparse(2, [0, 2, 4], [0, 1, 0, 1], np.array([5, 4, 4, 1])).matching
    array([1, 0])
    """
    graph = sparse_graph(n_sellers, np.asarray(indptr), np.asarray(indices), np.asarray(weights))
    flag = np.zeros(1, np.uint8) if stop is None else stop
    if initial_prices is None:
        prices = np.zeros(graph.n_cols, np.int64)
    else:
        prices = graph.grid.to_grid(np.asarray(initial_prices)).clip(0, graph.greatest)
    state = _State(graph, prices, flag)
    _run(state, warm=initial_prices is not None)
    return MatchingResult(
        state.row_mate.astype(np.int64),
        graph.grid.from_grid(state.u),
        graph.grid.from_grid(state.p),
        state.bids,
        state.searches,
        state.scans,
        bool(flag[0]),
    )


def _run(state: _State, warm: bool) -> None:
    """Bring `state` to the optimum (or until stopped); a warm start tries exact search first."""
    budget = BUDGET * (state.graph.n_rows + state.graph.n_cols)
    if warm and state.complete(budget):
        return
    increments = _increments(state.graph)
    for increment in increments:
        state.auction(increment)
    increment = increments[-1]
    # Long searches mean that the prices are still too coarse: then another phase is cheaper.
    while not state.complete(budget if increment > 1 else UNLIMITED):
        increment = max(1, increment // INCREMENT_FACTOR)
        state.auction(increment)


def _increments(graph: SparseGraph) -> list[int]:
    """Return the increments of the auction phases, falling, on the grid."""
    increment = max(1, graph.greatest // INCREMENT_FACTOR)
    last = max(1, graph.greatest // max(INCREMENT_FACTOR, graph.n_rows))
    phases = [increment]
    while increment > last:
        increment = max(last, increment // INCREMENT_FACTOR)
        phases.append(increment)
    return phases
