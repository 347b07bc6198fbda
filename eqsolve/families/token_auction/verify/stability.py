"""Whether one sampler for all agents is what it is said to be: marginals, changes, duals (TOK-8).

A sampler is a joint law of one token at each vector of bids. It changes least with a total
variation wherever one agent alone changes its bid, all these added up; numbers y by vector and
token whose sums never exceed an outcome's changes prove that no sampler changes less than their
mean. All ``T^V`` outcomes are looked at, O(T^V V V).
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.verify.definitions import aggregate

__all__ = ["verify_stability"]

_BLOCK = 1 << 12
"""Outcomes between two looks at the clock."""


def verify_stability(
    auction: TokenAuction,
    *,
    holds: bool,
    excess: float,
    bids: FloatArray,
    outcomes: FloatArray,
    law: FloatArray,
    duals: FloatArray,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on the claim that a sampler stable for all does or does not exist.

    Parameters
    ----------
    auction : one step; its own bids are not read.
    holds, excess : the claim: whether it exists, and by how much the best one changes too often.
    bids : shape (V, n), the vectors of bids.
    outcomes, law : shapes (k, V) and (k,), a sampler.
    duals : shape (V, T).
    deadline : ends the walk through the outcomes, which the duals are for.
    """
    builder = ReportBuilder(Tolerances(), 1.0, deadline)
    table = auction.all_distributions
    assert table is not None
    held = np.full((len(bids), auction.n_speaking - auction.n_agents), float(auction.reserve_bid))
    weights = np.concatenate([bids, held], axis=1)
    q = aggregate(auction.aggregation, weights, np.broadcast_to(table, (len(bids), *table.shape)))
    size = q.shape[1]
    marginals = np.stack(
        [np.bincount(column, weights=law, minlength=size) for column in outcomes.T.astype(np.int64)]
    )
    builder.compare(
        "token.law", "probabilities are >= 0", np.maximum(-law, 0.0), 1.0,
        lambda k: f"outcome {k} has {law[k]}",
    )  # fmt: skip
    builder.compare(
        "token.marginals", "at every vector of bids the token has the aggregate's law",
        np.abs(marginals - q), 1.0,
        lambda v, t: f"bids {bids[v].tolist()}, token {t}: {marginals[v, t]}, should be {q[v, t]}",
    )  # fmt: skip
    pairs = [(a, b) for a in range(len(bids)) for b in range(a) if (bids[a] != bids[b]).sum() == 1]
    more = np.array(
        [law @ (outcomes[:, a] != outcomes[:, b]) - np.abs(q[a] - q[b]).sum() / 2 for a, b in pairs]
    )
    if holds:
        builder.compare(
            "token.stable", "the token changes as seldom as it can, whoever changes its bid", more,
            1.0, lambda k: f"bids {bids[pairs[k][0]].tolist()}: {more[k]} too often",
            theorem="TOK-8",
        )  # fmt: skip
    off = np.abs(np.array(float(more.sum()) - excess))
    builder.compare(
        "token.excess", "the sampler changes so much too often", off, 1.0,
        lambda: f"it changes {more.sum()} too often, not {excess}",
    )  # fmt: skip
    if holds:
        return builder.finish()
    least = sum(float(np.abs(q[a] - q[b]).sum()) / 2 for a, b in pairs)
    proved = float((duals * q).sum()) - least
    problems = [f"they prove {proved}, not {excess}"] * (not proved >= excess - 1e-6)
    problems += ["an excess of 0 refutes nothing"] * (not excess > 0)
    builder.require("token.duals-worth", "the duals prove the excess", problems, theorem="TOK-8")
    with builder.search("that no sampler changes less") as poll:
        worst = -np.inf
        for start in range(0, size ** len(bids), _BLOCK):
            poll()
            stop = min(start + _BLOCK, size ** len(bids))
            tokens = np.stack(np.unravel_index(np.arange(start, stop), (size,) * len(bids)), axis=1)
            changes = sum((tokens[:, a] != tokens[:, b]).astype(np.float64) for a, b in pairs)
            sums = duals[np.arange(len(bids)), tokens].sum(axis=1)
            worst = max(worst, float((sums - changes).max()))
        builder.compare(
            "token.duals", "no outcome changes less often than its duals add up to",
            np.array(worst), 1.0, lambda: f"one by {worst}", theorem="TOK-8",
        )  # fmt: skip
    return builder.finish()
