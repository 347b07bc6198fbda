"""The instance: the auction (`auction`), its language models (`models`) and their units."""

from __future__ import annotations

from eqsolve.families.token_auction.instance.auction import TokenAuction
from eqsolve.families.token_auction.instance.models import (
    CharRNN,
    Endpoint,
    LanguageModel,
    Markov,
    NGram,
    Transformers,
)

__all__ = [
    "CharRNN",
    "Endpoint",
    "LanguageModel",
    "Markov",
    "NGram",
    "TokenAuction",
    "Transformers",
]
