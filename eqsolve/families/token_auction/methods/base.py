"""Base of the methods: one text and its ledger as a solution; what is expected comes on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.token_auction.drawn import Draw, Drawn, inverse_draws, race_draws
from eqsolve.families.token_auction.generation import draw_text, told
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import Ledger
from eqsolve.families.token_auction.models.opening import Opened
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.texts import SupportError

__all__ = ["Expectation", "TokenMethod", "drawn_outcome", "outcome", "solution_of"]

PROOF = "the aggregate is the unique maximizer of the weighted divergences (TOK-1, TOK-2)"

_CLOSE = 1e-9
"""Relative width up to which the ends of payments are one number: probabilities are rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMethod(Method[TokenAuction, TokenSolution]):
    """Base of the methods.

    Parameters
    ----------
    seed : of the draws; None for none, where there is a single step.
    sampler : how tokens follow from random numbers: ``inverse``, or ``race``, whose texts change
        least when bids change.
    """

    source: ClassVar[str] = (
        "Duetting, P., Mirrokni, V., Paes Leme, R., Xu, H. and Zuo, S. (2024). Mechanism design "
        "for large language models."
    )

    seed: int | None = 0
    sampler: Literal["inverse", "race"] = "inverse"

    def __post_init__(self) -> None:
        if self.seed is not None:
            require_count(self.seed, "option seed")

    def needs_seed(self) -> None:
        """Raise unless there is a seed.

        Raises
        ------
        OptionError : there is none.
        """
        if self.seed is None:
            raise OptionError("option seed = none: a text is drawn from models, which needs a seed")

    def draws(self, length: int) -> Draw:
        """Return the draws of so many tokens by the seed and the sampler; there must be a seed."""
        assert self.seed is not None
        race = self.sampler == "race"
        return race_draws(self.seed) if race else inverse_draws(self.seed, length)

    def text(self, auction: TokenAuction, opened: Opened, deadline: Deadline) -> Drawn:
        """Return one text.

        Raises
        ------
        InstanceError : no token is allowed by all at the very first step.
        """
        self.needs_seed()
        try:
            return draw_text(auction, opened, self.draws(auction.length), deadline)
        except SupportError as error:
            raise InstanceError(Fault("models", told(auction, error, 0))) from None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What agents are expected to pay over all texts.

    Parameters
    ----------
    word : ``"exact"`` or ``"sample"``.
    totals : shape (n,).
    interval : shape (n, 2), of a sample; else None.
    """

    word: str
    totals: FloatArray
    interval: FloatArray | None = None


def drawn_outcome(
    method: TokenMethod,
    drawn: Drawn,
    expectation: Expectation | None = None,
    remarks: tuple[str, ...] = (),
    limit: Limit | None = None,
) -> Outcome[TokenSolution]:
    """Return the outcome of a text, nothing where not one token was drawn.

    Parameters
    ----------
    method : its name, seed and sampler are recorded.
    drawn : the text.
    expectation : what was asked for beside it, and found.
    remarks : what was asked for and not found.
    limit : what stopped the search for it.
    """
    remarks = (*([drawn.remark] if drawn.remark else []), *remarks)
    limit = drawn.limit or limit
    if not drawn.tokens:
        return Incumbent[TokenSolution](method=method.name, remarks=remarks).outcome(
            answered=False, limit=limit
        )
    ledger = Ledger.joined(drawn.ledgers)
    traced = tuple(drawn.trace) or None
    ends = np.array(drawn.intervals) if drawn.intervals else None
    if ends is not None and (ends[..., 1] - ends[..., 0] > _CLOSE * ends.max()).any():
        remarks = (*remarks, "models told their likeliest tokens only: payments are intervals")
    solution = solution_of(
        ledger,
        ledger.payments,
        tokens=read_only(np.array(drawn.tokens, dtype=np.int64)),
        text=drawn.text,
        draws=read_only(np.array(drawn.draws)),
        expected_totals=None if expectation is None else read_only(expectation.totals),
        expectation=None if expectation is None else expectation.word,
        expected_totals_interval=None if expectation is None else expectation.interval,
        sampler=method.sampler,
        seed=method.seed,
        payments_interval=None if ends is None else read_only(ends),
        vocabulary=None if traced is None else drawn.vocabulary,
        trace=traced,
    )
    exact = limit is None and not remarks
    exact = exact and (expectation is None or expectation.word == "exact")
    return outcome(method, solution, answered=exact, limit=limit, remarks=remarks)


def solution_of(ledger: Ledger, payments: FloatArray, **others: Any) -> TokenSolution:
    """Return the solution that a ledger amounts to.

    Parameters
    ----------
    payments : shape (L, n), of the tokens drawn.
    **others : the other fields of `TokenSolution`.
    """
    totals = payments.sum(axis=0)
    return TokenSolution(
        probabilities=read_only(ledger.probabilities),
        payments=read_only(payments),
        expected_payments=read_only(ledger.expected_payments),
        influence=read_only(ledger.influence),
        divergence=read_only(ledger.divergence),
        welfare=read_only(ledger.welfare),
        totals=read_only(totals),
        revenue=float(totals.sum()),
        **others,
    )


def outcome(
    method: TokenMethod,
    solution: TokenSolution,
    *,
    answered: bool,
    limit: Limit | None = None,
    remarks: tuple[str, ...] = (),
) -> Outcome[TokenSolution]:
    """Return the outcome of a solution, whose welfare is the greatest there is."""
    held = Incumbent[TokenSolution](method=method.name, remarks=remarks)
    welfare = float(solution.welfare.sum())
    held.offer(solution, welfare if np.isfinite(welfare) else None)
    if held.objective is not None:
        held.prove(welfare, "certified", BoundCertificate(welfare, "certified", PROOF))
    held.counts = {"tokens": len(solution.tokens)}
    return held.outcome(answered=answered, limit=limit)
