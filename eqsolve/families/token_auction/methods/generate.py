"""One text drawn from models, with the ledger of every step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.endpoints.client import Client
from eqsolve.endpoints.store import Store
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.methods.base import TokenMethod, drawn_outcome
from eqsolve.families.token_auction.models.opening import open_models
from eqsolve.families.token_auction.solution import TokenSolution

__all__ = ["Generate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate(TokenMethod):
    """One text.

    Parameters
    ----------
    cache : file with the answers of endpoints, made where there is none; None: in memory.
    offline : ask no endpoint, use the answers in the cache.
    max_cost : of asking endpoints, in the currency of their prices; the text ends before.
    """

    name: ClassVar[str] = "generate"
    summary: ClassVar[str] = "one text drawn from models, with a ledger"
    theorem: ClassVar[str] = "TOK-1, TOK-2, TOK-6, TOK-10"
    cost: ClassVar[str] = "length x (the models' distributions + O(n T))"

    cache: str | None = None
    offline: bool = False
    max_cost: float | None = None

    def supports(self, instance: TokenAuction) -> str | None:
        """Return why not: there are no models."""
        return None if instance.models else "it has distributions, of one step"

    def run(
        self, instance: TokenAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TokenSolution]:
        """Draw a text; `rng` is not used."""
        if not instance.is_partial:
            return drawn_outcome(self, self.text(instance, open_models(instance), deadline))
        with Client(
            Store(self.cache), offline=self.offline, max_cost=self.max_cost, deadline=deadline
        ) as client:
            found = drawn_outcome(
                self, self.text(instance, open_models(instance, client), deadline)
            )
            usage = client.usage.to_dict()
        return replace(found, counts={**found.counts, **usage})
