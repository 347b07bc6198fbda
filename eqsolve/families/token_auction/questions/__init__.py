"""What else can be asked of token auctions: one module per question; `named` lists them."""

from __future__ import annotations

from eqsolve.core.question import Question
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.questions.named import (
    Deviations,
    Monotone,
    Replays,
    Stability,
    Sweep,
)

__all__ = ["QUESTIONS"]

QUESTIONS: tuple[type[Question[TokenAuction]], ...] = (
    Deviations,
    Monotone,
    Replays,
    Stability,
    Sweep,
)
