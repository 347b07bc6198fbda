"""One step whose distributions are given: the aggregate, one draw, all payments in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import read_only
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import aggregates, settle
from eqsolve.families.token_auction.methods.base import TokenMethod, outcome, solution_of
from eqsolve.families.token_auction.solution import TokenSolution

__all__ = ["Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(TokenMethod):
    """Closed forms for one step."""

    name: ClassVar[str] = "step"
    summary: ClassVar[str] = "one step with given distributions: closed forms"
    theorem: ClassVar[str] = "TOK-1, TOK-2, TOK-6, TOK-10"
    cost: ClassVar[str] = "O(n T)"

    def supports(self, instance: TokenAuction) -> str | None:
        """Return why not: there are models, and a text to draw."""
        return "it has models, of which texts are drawn" if instance.models else None

    def run(
        self, instance: TokenAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TokenSolution]:
        """Settle the step; `rng` is not used."""
        table, bids = instance.all_distributions, instance.all_bids
        assert table is not None
        q = aggregates(instance, bids, table)
        drew = self.seed is not None
        tokens, draws = np.empty(0, dtype=np.int64), np.empty(0)
        if drew:
            token, number = self.draws(1)(0, q)
            tokens, draws = np.array([token]), np.array([number])
        ledger = settle(instance, bids[None], table[None], tokens if drew else None)
        words = [instance.vocabulary[token] for token in tokens if instance.vocabulary]
        solution = solution_of(
            ledger,
            ledger.payments if drew else np.zeros((0, instance.n_agents)),
            tokens=read_only(tokens),
            text="".join(words),
            draws=read_only(draws),
            expected_totals=read_only(ledger.expected_payments[0].copy()),
            expectation="exact",
            sampler=self.sampler if drew else None,
            seed=self.seed,
            aggregate=None if drew else read_only(q),
        )
        return outcome(self, solution, answered=True)
