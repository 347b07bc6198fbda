"""Whether a claimed text is what the auction draws, and everybody pays what the rules say.

Recomputed from the instance: what each model says, the aggregate of every step, every draw and its
randomness, influence, divergence, payments from their definitions, totals, and expectations over
all texts where there are at most 200,000. What a model outside of the instance said is taken from
the trace, and the report says so. O(n T) for each step, 16 times or more for second prices.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.token_auction.instance import TokenAuction, Transformers
from eqsolve.families.token_auction.instance.units import joined
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.verify.close import close
from eqsolve.families.token_auction.verify.definitions import aggregate
from eqsolve.families.token_auction.verify.draws import check_draws
from eqsolve.families.token_auction.verify.ends import check_ends
from eqsolve.families.token_auction.verify.expectation import (
    can_be_enumerated,
    expected_totals,
)
from eqsolve.families.token_auction.verify.form import check_form
from eqsolve.families.token_auction.verify.ledger import Ledger

__all__ = ["verify"]

_STRAY = 6.0
"""Widths of an interval within which a sample's mean must lie around the exact value."""


def verify(
    auction: TokenAuction,
    result: Result[TokenSolution] | TokenSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `auction`.

    Parameters
    ----------
    auction : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : relative to the greatest bid, and to 1 for probabilities.
    deadline : ends the walk through all texts; the text itself is always checked.

    Examples
    --------
    >>> from eqsolve.families.token_auction.solve import run_token_auction
    >>> auction = TokenAuction([1, 2], [[0.5, 0.5], [1, 0]])
    >>> verify(auction, run_token_auction(auction)).valid
    True
    """
    claim = claim_of(result)
    scale = min(1.0, float(auction.all_bids.max()))  # probabilities and payments are compared
    builder = ReportBuilder(Tolerances(tolerance), scale, deadline)
    solution = claim.solution
    if claim.status is Status.NO_EQUILIBRIUM:
        problems = ["every auction draws a text"]
        builder.require("token.existence", "there is no answer", problems)
    if solution is not None and check_form(builder, auction, claim, solution):
        _figures(builder, auction, claim, solution, bare=claim is not result)
    return builder.finish()


def _figures(
    builder: ReportBuilder,
    auction: TokenAuction,
    claim: Result[TokenSolution],
    solution: TokenSolution,
    *,
    bare: bool,
) -> None:
    """Check text, draws, the ledger, totals, expectations, objective and bound."""
    _text(builder, auction, solution)
    ledger = Ledger(auction, solution)
    if not builder.require("token.trace", "what models said is recorded or known", ledger.missing):
        return
    for sentence in ledger.taken:
        builder.leave(sentence)
    check_draws(builder, solution, ledger)
    bid = ledger.greatest
    close(
        builder, "token.influence", "influence is TV(q, q0)", solution.influence, ledger.influence
    )
    close(
        builder, "token.divergence", "divergences of agents and aggregate",
        solution.divergence, ledger.divergence,
    )  # fmt: skip
    close(builder, "token.welfare", "weighted divergences", solution.welfare, ledger.welfare, bid)
    close(
        builder, "token.expected-payments", "payments before the draw, by definition",
        solution.expected_payments, ledger.expected, bid, theorem="TOK-6, TOK-10",
    )  # fmt: skip
    close(
        builder, "token.payments", "payments given the token, by definition",
        solution.payments, ledger.given, bid, theorem="TOK-6, TOK-10",
    )  # fmt: skip
    check_ends(builder, auction, solution, ledger)
    if solution.aggregate is not None:
        _optimum(builder, auction, solution.aggregate, ledger.said[0][0], bid)
    totals = solution.payments.sum(axis=0)
    close(builder, "token.totals", "totals are sums of payments", solution.totals, totals, bid)
    revenue = np.array(float(solution.totals.sum()))
    close(builder, "token.revenue", "revenue is the sum of totals", solution.revenue, revenue, bid)
    _expectation(builder, auction, solution)
    welfare = float(solution.welfare.sum())
    if not bare:
        finite = np.isfinite(welfare)
        wanted = welfare if finite else None
        problems = []
        for name, value in (("objective", claim.objective), ("bound", claim.bound)):
            if value is None or wanted is None:
                problems += [f"{name} is {value}, welfare {welfare}"] * (value is not wanted)
            elif not abs(value - wanted) <= builder.tolerances.relative * max(bid, abs(wanted)):
                problems.append(f"{name} is {value}, welfare {wanted}")
        builder.require(
            "token.objective",
            "objective and bound are the welfare",
            problems,
            theorem="TOK-1, TOK-2",
        )


def _text(builder: ReportBuilder, auction: TokenAuction, solution: TokenSolution) -> None:
    """Check that the text is what the tokens are; a tokenizer writes them in its own way."""
    words = auction.vocabulary or solution.vocabulary or ()
    said = [words[token] for token in solution.tokens if words]
    own = any(isinstance(model.source, Transformers) for model in auction.speaking)
    blanks = len(max(words, key=len, default="")) > 1 if own else auction.unit == "word"
    text = joined(said, words=blanks)
    if own and solution.text != text:
        builder.leave("the text: how tokens are written is for the tokenizer to say")
        return
    problems = [f"it is {solution.text!r}, the tokens are {text!r}"] * (solution.text != text)
    builder.require("token.text", "the text is that of the tokens", problems)


def _optimum(
    builder: ReportBuilder, auction: TokenAuction, q: FloatArray, said: FloatArray, bid: float
) -> None:
    """Check that an aggregate is the optimum: sum 1, and the gradient the same over its support."""
    bids = auction.all_bids / bid
    wanted = aggregate(auction.aggregation, bids[None], said[None])[0]
    held = bids > 0
    support = wanted > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        if auction.aggregation == "linear":
            slope = (bids[held] @ said[held]) / np.where(q > 0, q, np.nan) / bids.sum()
        else:
            pull = np.log(said[held]).T @ bids[held] / bids.sum()
            slope = np.exp(np.log(q) - pull)
            slope = slope / slope[support].mean() if support.any() else slope
    off = np.where(support, np.abs(slope - 1), np.abs(q))
    off = np.append(off, abs(q.sum() - 1))
    places = [*(auction.token(t) for t in range(len(q))), "the sum"]
    builder.compare(
        "token.optimality",
        "the gradient of the weighted divergences is the same over the support",
        np.where(np.isnan(off), np.inf, off),
        1.0,
        lambda t: f"{places[t]}: off by {off[t]:.3g}",
        theorem="TOK-1, TOK-2",
    )
    close(builder, "token.aggregate", "the aggregate", q, wanted)


def _expectation(builder: ReportBuilder, auction: TokenAuction, solution: TokenSolution) -> None:
    """Check expected totals where they can be recomputed, leave them where not."""
    bid = float(auction.all_bids.max())
    claimed, interval = solution.expected_totals, solution.expected_totals_interval
    problems = []
    if (claimed is None) != (solution.expectation is None):
        problems.append("expected totals and what they rest on belong together")
    if (interval is not None) != (solution.expectation == "sample"):
        problems.append("an interval belongs to a sample, and only there")
    if not builder.require("token.expectation", "expected totals say what they are", problems):
        return
    if claimed is None:
        return
    if interval is not None:
        center = interval.mean(axis=1)
        close(builder, "token.interval", "the mean is the middle", claimed, center, bid)
        ordered = interval[:, 0] - interval[:, 1]
        builder.compare(
            "token.interval-order", "low is at most high", ordered, bid, lambda i: f"agent {i}"
        )
    if not auction.models:
        totals = solution.expected_payments.sum(axis=0)
        close(builder, "token.expected-totals", "those of the step", claimed, totals, bid)
        return
    if not can_be_enumerated(auction):
        builder.leave(
            f"expected totals: {solution.expectation}, over more texts than are looked at"
        )
        return
    with builder.search("expected totals over all texts") as poll:
        exact = expected_totals(auction, poll) * bid
        room = np.zeros(len(exact))
        if interval is not None:
            room = _STRAY * (interval[:, 1] - interval[:, 0])
        close(
            builder, "token.expected-totals", "expected payments over all texts",
            claimed, exact, bid, room=room, theorem="TOK-6, TOK-10",
        )  # fmt: skip
