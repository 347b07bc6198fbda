"""Is there one sampler that is stable for all agents at once? A linear program decides (TOK-8).

A sampler on a grid of bids is a joint law of one token for each vector of bids. It is stable for
all iff whenever one agent alone changes its bid, the token changes with exactly the total variation
of the two aggregates, the least possible. The program minimizes the sum of these probabilities over
all joint laws with the right marginals; what is more than the total variations is the excess.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import aggregates
from eqsolve.families.token_auction.questions.one_step import one_step

__all__ = ["UniversalStability", "universally_stable"]

MOST_LAWS = 50_000
"""Joint outcomes that the program may have."""
_CLOSE = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class UniversalStability:
    """Whether a sampler stable for all agents exists on a grid of bids.

    Parameters
    ----------
    holds : whether it does.
    excess : least total probability of change beyond the total variations; 0 if it does.
    bids : shape (V, n), the vectors of bids.
    outcomes, law : a best sampler: shape (k, V), the token at each vector, and its probability.
    duals : shape (V, T): numbers y with ``sum_v y[v, token of v] <= changes of the outcome`` for
        every joint outcome, so that no sampler changes less than ``sum y q``; a proof of `excess`.

    Notes
    -----
    Source: TOK-8.

    Examples
    --------
    >>> auction = TokenAuction([1, 1], [[1, 0], [0, 1]])
    >>> universally_stable(auction, [0, 1]).holds
    True
    """

    holds: bool
    excess: float
    bids: FloatArray
    outcomes: FloatArray
    law: FloatArray
    duals: FloatArray

    def __bool__(self) -> bool:
        return self.holds


def universally_stable(
    auction: TokenAuction, grid: object, *, deadline: Deadline | None = None
) -> UniversalStability:
    """Return whether one sampler is stable for all agents at once, on a grid of bids.

    Parameters
    ----------
    auction : one step; its own bids are not read.
    grid : the bids that each agent may make.
    deadline : a running clock; None for no limit.

    Raises
    ------
    InstanceError : no `TokenAuction`.
    OptionError : a bid below 0, or one bid only.
    UnsupportedError : it has models, T to the power of the number of vectors is above 50,000, or
        there was no time for the program.

    Notes
    -----
    Vectors of zeros only are left out. Cost: one linear program with T^V columns.
    Source: TOK-8, Duetting et al. (2024) for the notion.

    Examples
    --------
    >>> halves = [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
    >>> found = universally_stable(TokenAuction([1, 1, 1], halves), [0, 1])
    >>> found.holds, round(found.excess, 6)
    (False, 0.5)
    """
    table, _ = one_step(auction, "universally_stable")
    bids = np.unique(np.asarray(grid, dtype=np.float64))
    if len(bids) < 2 or not (bids >= 0).all():
        raise OptionError("grid: must hold two or more bids >= 0")
    rows = product(bids.tolist(), repeat=auction.n_agents)
    vectors = np.array([row for row in rows if any(row) or auction.reserve_bid > 0])
    size = table.shape[1]
    if size ** len(vectors) > MOST_LAWS:
        why = f"{size} tokens at {len(vectors)} vectors of bids have more than {MOST_LAWS:,} laws"
        raise UnsupportedError("universally_stable", why)
    q = np.array([_at(auction, table, vector) for vector in vectors])
    pairs = [
        (a, b)
        for a, b in combinations(range(len(vectors)), 2)
        if (vectors[a] != vectors[b]).sum() == 1
    ]
    outcomes = np.array(list(product(range(size), repeat=len(vectors))))
    changes = np.zeros(len(outcomes))
    for a, b in pairs:
        changes += outcomes[:, a] != outcomes[:, b]
    least = sum(np.abs(q[a] - q[b]).sum() / 2 for a, b in pairs)
    law, duals = _program(outcomes, changes, q, deadline or Deadline())
    excess = float(law @ changes - least)
    used = law > _CLOSE**2
    return UniversalStability(
        excess <= _CLOSE, max(excess, 0.0), vectors, outcomes[used], law[used], duals
    )


def _at(auction: TokenAuction, table: FloatArray, vector: FloatArray) -> FloatArray:
    """Return the aggregate at other bids."""
    bids = np.append(vector, auction.reserve_bid) if auction.has_reserve else vector
    q = aggregates(auction, bids, table)
    if np.isnan(q).any():
        raise UnsupportedError("universally_stable", "at some bids no token is common")
    return q


def _program(
    outcomes: FloatArray, changes: FloatArray, q: FloatArray, deadline: Deadline
) -> tuple[FloatArray, FloatArray]:
    """Return the best law and the duals of its marginals.

    The marginals are bounded from above and the whole mass from below, which makes them equal; the
    dual of the mass is spread over the vectors, whose marginals have the sum 1.
    """
    from scipy.sparse import csr_array, vstack

    from eqsolve.algorithms.programs.answer import Solved, Stopped, solved_or_stopped
    from eqsolve.algorithms.programs.linear import maximize_linear

    count, vectors = outcomes.shape
    size = q.shape[1]
    rows = (np.arange(vectors) * size + outcomes).ravel()
    columns = np.repeat(np.arange(count), vectors)
    marginals = csr_array((np.ones(len(rows)), (rows, columns)), shape=(vectors * size, count))
    matrix = vstack([marginals, csr_array(-np.ones((1, count)))]).tocsr()
    answer = solved_or_stopped(
        maximize_linear(-changes, matrix, np.append(q.ravel(), -1.0), deadline),
        "independent draws are a sampler",
    )
    if isinstance(answer, Stopped):
        why = "there was no time for the linear program"
        raise UnsupportedError("universally_stable", why, what="question")
    assert isinstance(answer, Solved)
    duals = answer.duals[-1] / vectors - answer.duals[:-1].reshape(vectors, size)
    return answer.values, duals
