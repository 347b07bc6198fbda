"""A text, and what is expected over all texts, each of which is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import settle
from eqsolve.families.token_auction.methods.base import Expectation, TokenMethod, drawn_outcome
from eqsolve.families.token_auction.models.opening import open_models
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.texts import (
    MOST_TEXTS,
    Level,
    SupportError,
    all_texts,
    number_of_texts,
)

__all__ = ["Tree", "expected_totals", "outside", "too_many"]


class _TooLateError(Exception):
    """The time is over; never leaves this module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree(TokenMethod):
    """All texts.

    Parameters
    ----------
    expect : always exact.
    """

    name: ClassVar[str] = "tree"
    summary: ClassVar[str] = f"all texts, at most {MOST_TEXTS:,}: exact expected payments"
    theorem: ClassVar[str] = "TOK-6, TOK-10, TOK-11"
    cost: ClassVar[str] = "O(T^length n T)"

    expect: Literal["exact"] = "exact"

    def supports(self, instance: TokenAuction) -> str | None:
        """Return why not: there are no models here, or too many texts."""
        return outside(instance) or too_many(instance)

    def run(
        self, instance: TokenAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TokenSolution]:
        """Draw a text and look at all of them; `rng` is not used."""
        opened = open_models(instance)
        drawn = self.text(instance, opened, deadline)
        remark: str = ""
        limit: Limit | None = None
        expectation = None

        def poll() -> None:
            if deadline.expired():
                raise _TooLateError

        try:
            levels = all_texts(instance, opened, poll)
            expectation = Expectation("exact", expected_totals(instance, levels))
        except SupportError:
            remark = "expected payments: some texts end where agents allow no common token"
            limit = Limit.SUPPORT
        except _TooLateError:
            remark, limit = "expected payments: no time was left for all texts", deadline.limit
        remarks = (remark,) if remark else ()
        return drawn_outcome(self, drawn, expectation, remarks, limit)


def outside(auction: TokenAuction) -> str | None:
    """Return why texts cannot be drawn many at once: the models are not in the instance."""
    if not auction.models:
        return "it has distributions, of one step"
    if not all(model.is_known for model in auction.speaking):
        return "some of its models are not in the instance, texts come one by one"
    return None


def too_many(auction: TokenAuction) -> str | None:
    """Return why not all texts are looked at: they are too many."""
    count = number_of_texts(auction)
    if count <= MOST_TEXTS:
        return None
    return f"there are more than {MOST_TEXTS:,} possible texts; sample with expect=N"


def expected_totals(auction: TokenAuction, levels: Sequence[Level]) -> FloatArray:
    """Return what each agent is expected to pay over all texts, shape (n,)."""
    found = np.zeros(auction.n_agents)
    scale = auction.all_bids.max()
    for level in levels:
        ledger = settle(auction, level.weights * scale, level.distributions)
        found += level.chances @ ledger.expected_payments
    return found
