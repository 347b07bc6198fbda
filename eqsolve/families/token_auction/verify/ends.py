"""Between which ends payments lie where models told their likeliest tokens only."""

from __future__ import annotations

import numpy as np

from eqsolve.core.report import ReportBuilder
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.verify.close import close
from eqsolve.families.token_auction.verify.definitions import Steps
from eqsolve.families.token_auction.verify.ledger import Ledger

__all__ = ["check_ends"]


def check_ends(
    builder: ReportBuilder, auction: TokenAuction, solution: TokenSolution, ledger: Ledger
) -> None:
    """Check between which ends payments lie where models told their likeliest tokens only.

    Of the token that was drawn all that counts is what each says of it: two tokens are left, this
    one and all others. An agent pays most where it likes the token most and the others least.
    """
    claimed = solution.payments_interval
    told = "payments have ends exactly where models tell their likeliest tokens only"
    problems = ["there are none"] * (auction.is_partial and claimed is None)
    problems += ["all is told"] * (not auction.is_partial and claimed is not None)
    if not builder.require("token.ends", told, problems) or claimed is None:
        return
    said = np.concatenate(ledger.said)
    at = np.arange(len(said))
    low = said[at, :, solution.tokens]
    least = np.array(
        [
            [1.0 if entry is None else float(entry.probabilities.min(initial=1.0)) for entry in row]
            for row in solution.trace or ()
        ]
    )
    high = np.where(low > 0, low, np.minimum(said[:, :, -1], least))
    weights = np.broadcast_to(auction.all_bids / ledger.greatest, low.shape)
    ends = np.zeros((len(said), auction.n_agents, 2))
    for i in range(auction.n_agents):
        for end, (own, others) in enumerate(((low, high), (high, low))):
            likes = others.copy()
            likes[:, i] = own[:, i]
            pair = np.stack([likes, 1 - likes], axis=2)
            steps = Steps("linear", auction.payment, weights[0], weights, pair)
            ends[:, i, end] = steps.payments(i, np.zeros(len(said), dtype=np.int64))[1]
    close(
        builder, "token.payments-interval", "ends of payments, by definition", claimed,
        np.nan_to_num(ends) * ledger.greatest, ledger.greatest, theorem="TOK-6",
    )  # fmt: skip
