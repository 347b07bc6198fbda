"""Whether random numbers are those of the seed, and tokens those that they stand for."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.verify.close import close
from eqsolve.families.token_auction.verify.ledger import Ledger

__all__ = ["check_draws"]

_DRAW = 1e-9
"""How far a draw may lie beyond the sums of an aggregate: rounding decides there."""


def check_draws(builder: ReportBuilder, solution: TokenSolution, ledger: Ledger) -> None:
    """Check the random numbers, the tokens that they stand for, and their probabilities."""
    if solution.seed is None:
        return
    length = ledger.auction.length
    race = solution.sampler == "race"
    uniform = np.zeros(length) if race else np.random.default_rng(solution.seed).random(length)
    numbers, tokens, chances = [], [], []
    step = 0
    for block in ledger.q:
        for q in block[:, :-1] if ledger.auction.is_partial else block:
            q = q / q.sum() if ledger.auction.is_partial else q
            token, u = int(solution.tokens[step]), float(solution.draws[step])
            rings = np.random.default_rng([solution.seed, step]).random(len(q)) if race else uniform
            wanted = float(rings[token] if race else rings[step])
            if u != wanted:
                numbers.append(f"step {step}: draw {u}, the seed gives {wanted}")
            chances.append(q[token])
            if not (_wins(q, rings, token) if race else _stands_for(q, wanted, token)):
                tokens.append(f"step {step}: the draw {wanted} does not stand for token {token}")
            step += 1
    builder.require("token.draws", "the random numbers are those of the seed", numbers)
    builder.require("token.tokens", "every token is the one that its draw stands for", tokens)
    close(
        builder, "token.probabilities", "with which tokens were drawn",
        solution.probabilities, np.array(chances),
    )  # fmt: skip


def _stands_for(q: FloatArray, u: float, token: int) -> bool:
    """Return whether u lies in the part of [0, 1) that belongs to a token."""
    below = float(q[:token].sum())
    last = token == int(np.flatnonzero(q)[-1])
    return q[token] > 0 and below - _DRAW <= u and (u < below + q[token] + _DRAW or last)


def _wins(q: FloatArray, uniform: FloatArray, token: int) -> bool:
    """Return whether a token's clock rings first."""
    with np.errstate(divide="ignore"):
        times = np.where(q > 0, -np.log1p(-uniform) / q, np.inf)
    return bool(times[token] <= times.min() * (1 + _DRAW)) and q[token] > 0
