"""Bids at a fixed increment: one phase of the auction algorithm, in either direction.

State: prices p >= 0 of the sellers, utilities u >= 0 of the buyers, a matching. *eps-complementary
slackness* (eps-CS) means u[i] + p[j] >= w[i, j] - eps on every edge and u + p = w on matched pairs.
If moreover u = 0 at unmatched buyers and p = 0 at unmatched sellers, the matching is within
min(n, m) * eps of the maximum weight: the weight of any other matching is at most the sum of
u + p + eps over its pairs, and all terms are nonnegative.

An agent is *unsettled* if it is unmatched and its dual is positive. It bids for the best partner,
up to the point of indifference with the second best (or with staying out, worth 0) plus eps, never
beyond its whole gain. Who is outbid becomes unmatched. Bids of the buyers (the auction) raise
prices and leave no buyer unsettled; then bids of the sellers (the reverse auction) raise utilities,
unmatch no buyer, and leave no seller unsettled. So a phase may start from any prices, although
staying out is allowed and unsold sellers must end with price 0.

Sources: Bertsekas (1981, 1988); Bertsekas, Castanon and Tsaknakis (1993) for the reverse auction.
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.algorithms.matching.integer_grid import IntArray
from eqsolve.algorithms.matching.sparse.graph import Adjacency, Mates, SparseGraph, StopFlag


@kernel
def release(
    rows: Adjacency, row_mate: Mates, col_mate: Mates, u: IntArray, p: IntArray, eps: int
) -> int:
    """Set `u` from `p`, undo the pairs that violate eps-CS; return their number. In place, O(E)."""
    starts, neighbors, weights = rows
    undone = 0
    for i in range(len(starts) - 1):
        best = np.int64(0)
        margin = np.int64(-1)
        held = row_mate[i]
        for e in range(starts[i], starts[i + 1]):
            value = weights[e] - p[neighbors[e]]
            best = max(best, value)
            if neighbors[e] == held:
                margin = value
        u[i] = best
        if held >= 0:
            if margin >= 0 and margin >= best - eps:
                u[i] = margin
            else:
                row_mate[i] = -1
                col_mate[held] = -1
                undone += 1
    return undone


@kernel
def bid(
    graph: Adjacency,
    mate: Mates,
    other_mate: Mates,
    dual: IntArray,
    other_dual: IntArray,
    eps: int,
    stop: StopFlag,
) -> int:
    """Let the unsettled agents of one side bid until none is left; return the number of bids.

    `graph` lists the partners of the bidding side; everything but `graph` is modified in place.
    """
    starts, neighbors, weights = graph
    queue = np.empty(len(dual), np.int32)
    top = 0
    for i in range(len(dual) - 1, -1, -1):
        if mate[i] < 0 and dual[i] > 0:
            queue[top] = i
            top += 1
    bids = 0
    while top > 0 and stop[0] == 0:
        top -= 1
        i = queue[top]
        # Whoever is outbid bids next.
        while i >= 0 and dual[i] > 0 and stop[0] == 0:
            best = np.int64(0)
            second = np.int64(0)
            target = -1
            for e in range(starts[i], starts[i + 1]):
                value = weights[e] - other_dual[neighbors[e]]
                if value > second:
                    if value > best:
                        second = best
                        best = value
                        target = neighbors[e]
                    else:
                        second = value
            if target < 0:
                dual[i] = 0
                break
            bids += 1
            dual[i] = second - eps if second > eps else 0
            other_dual[target] += best - dual[i]
            outbid = other_mate[target]
            other_mate[target] = i
            mate[i] = target
            if outbid >= 0:
                mate[outbid] = -1
            i = outbid
    return bids


def run_phase(
    graph: SparseGraph,
    row_mate: Mates,
    col_mate: Mates,
    u: IntArray,
    p: IntArray,
    eps: int,
    stop: StopFlag,
) -> int:
    """Bring any matching and prices to eps-CS with no agent unsettled; return the number of bids.

    Everything but `graph` is modified in place. If stopped, some agents may be unsettled.
    """
    release(graph.rows, row_mate, col_mate, u, p, eps)
    bids = bid(graph.rows, row_mate, col_mate, u, p, eps, stop)
    return bids + bid(graph.cols, col_mate, row_mate, p, u, eps, stop)
