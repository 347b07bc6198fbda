"""A text as far as it was drawn, and the draws that randomness stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.status import Limit
from eqsolve.families.token_auction.ledger import Ledger
from eqsolve.families.token_auction.sampling import clocks, inverse, race
from eqsolve.families.token_auction.solution import Spoken

__all__ = ["Draw", "Drawn", "inverse_draws", "race_draws"]

Draw = Callable[[int, FloatArray], tuple[int, float]]
"""(step, aggregate) -> token and the uniform number behind it."""


def inverse_draws(seed: int, length: int) -> Draw:
    """Return draws by the inverse of the distribution function, one number for each step."""
    uniform = np.random.default_rng(seed).random(length).tolist()

    def draw(step: int, q: FloatArray) -> tuple[int, float]:
        return inverse(q, uniform[step]), uniform[step]

    return draw


def race_draws(seed: int) -> Draw:
    """Return draws by a race of clocks, one number for each step and token."""

    def draw(step: int, q: FloatArray) -> tuple[int, float]:
        uniform = clocks(seed, step, len(q))
        token = race(q, uniform)
        return token, float(uniform[token])

    return draw


@dataclass(slots=True)
class Drawn:
    """A text as far as it was drawn.

    Parameters
    ----------
    tokens, draws : so far.
    ledgers : of the steps so far, in parts.
    trace : what models outside of the instance said, by step.
    intervals : ends of the payments, shape (n, 2), by step, of partial models.
    vocabulary : what the numbers of tokens stand for.
    text : the tokens as text.
    limit, remark : what ended the text before its end.
    """

    tokens: list[int] = field(default_factory=list)
    draws: list[float] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)
    trace: list[tuple[Spoken | None, ...]] = field(default_factory=list)
    intervals: list[FloatArray] = field(default_factory=list)
    vocabulary: tuple[str, ...] = ()
    text: str = ""
    limit: Limit | None = None
    remark: str = ""
