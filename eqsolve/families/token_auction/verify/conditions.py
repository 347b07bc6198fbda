"""Whether a claimed text is what the auction draws, and everybody pays what the rules say.

Recomputed from the instance: what each model says, the aggregate of every step, every draw and its
randomness, influence, divergence, payments from their definitions, totals, and expectations over
all texts where there are at most 200,000. What a model outside of the instance said is taken from
the trace, and the report says so. O(n T) for each step, 16 times or more for second prices.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.token_auction.instance import TokenAuction, Transformers
from eqsolve.families.token_auction.instance.units import joined
from eqsolve.families.token_auction.solution import Spoken, TokenSolution
from eqsolve.families.token_auction.verify.definitions import Steps, aggregate
from eqsolve.families.token_auction.verify.expectation import (
    can_be_enumerated,
    expected_totals,
    weights_after,
)
from eqsolve.families.token_auction.verify.speech import Listener

__all__ = ["verify"]

_BLOCK = 1 << 20
_DRAW = 1e-9
"""How far a draw may lie beyond the sums of an aggregate: rounding decides there."""
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
    if solution is not None and _form(builder, auction, claim, solution):
        _figures(builder, auction, claim, solution, bare=claim is not result)
    return builder.finish()


def _form(
    builder: ReportBuilder,
    auction: TokenAuction,
    claim: Result[TokenSolution],
    solution: TokenSolution,
) -> bool:
    """Check shapes, lengths, ranges, and whether the text may end where it does."""
    n, length = auction.n_agents, len(solution.tokens)
    drawn = solution.seed is not None
    rows = length if drawn else 1
    shapes = {
        "draws": (length,), "probabilities": (length,), "payments": (length, n),
        "expected_payments": (rows, n), "influence": (rows, n), "divergence": (rows, n),
        "welfare": (rows,), "totals": (n,),
    }  # fmt: skip
    problems = [
        f"{name} has shape {getattr(solution, name).shape}, expected {shape}"
        for name, shape in shapes.items()
        if getattr(solution, name).shape != shape
    ]
    size = auction.n_tokens or len(solution.vocabulary or ())
    problems += [f"there is no token {t}" for t in solution.tokens.tolist() if not 0 <= t < size]
    if auction.n_tokens and solution.vocabulary is not None:
        problems += ["a vocabulary beside the instance's"] * (
            solution.vocabulary != auction.vocabulary
        )
    if not drawn and (auction.models or length or solution.sampler is not None):
        problems.append("without a seed nothing is drawn, of one step")
    if drawn and not auction.models and length != 1:
        problems.append(f"one step draws one token, not {length}")
    if drawn and solution.sampler not in ("inverse", "race"):
        problems.append(f"no sampler {solution.sampler!r}")
    for step, row in enumerate(solution.trace or ()):
        for entry in row:
            problems += [f"step {step}: {told}" for told in _misspoken(entry, size)]
    widths = {len(row) for row in solution.trace or ()}
    if solution.trace is not None and (
        len(solution.trace) != length or not widths <= {auction.n_speaking}
    ):
        problems.append(f"a trace has {length} steps of {auction.n_speaking} entries")
    if drawn == (solution.aggregate is not None):
        problems.append("the aggregate is told exactly where nothing is drawn")
    if not builder.require("token.form", "every array has an entry by step and agent", problems):
        return False
    may_stop = auction.models and auction.stop is not None
    stop = _stop(auction, solution) if may_stop else -1
    early = [k for k, token in enumerate(solution.tokens.tolist()) if token == stop]
    problems = [f"it goes on after the stop token in step {k}" for k in early if k < length - 1]
    if length > auction.length:
        problems.append(f"it has {length} tokens, at most {auction.length} are asked for")
    tolerance = builder.tolerances.relative * float(auction.all_bids.max())
    whole = bool(early) or length == auction.length or not drawn
    if claim.status is Status.SOLVED and not whole:
        problems.append(f"it ends after {length} tokens and is called complete")
    if claim.status is Status.SOLVED:
        asked = claim.stats.options.get("expect")
        found = {"exact": "exact", "sample": "a sample"}.get(solution.expectation or "", "none")
        if asked is not None and solution.expectation != "exact":
            problems.append(f"expectations asked for: {asked}, found: {found}")
        ends = solution.payments_interval
        if ends is not None and (ends[..., 1] - ends[..., 0] > tolerance).any():
            problems.append("payments are known as intervals only")
    return builder.require("token.length", "the text ends where it may", problems)


def _misspoken(entry: Spoken | None, size: int) -> list[str]:
    """Return why an entry of a trace names no tokens, each once and with a probability."""
    if entry is None:
        return []
    tokens = entry.tokens.tolist()
    if len(tokens) != len(entry.probabilities):
        return [f"{len(tokens)} tokens have {len(entry.probabilities)} probabilities"]
    if len(set(tokens)) < len(tokens) or not all(0 <= token < size for token in tokens):
        return [f"the trace must name tokens below {size}, each once"]
    return []


def _stop(auction: TokenAuction, solution: TokenSolution) -> int:
    """Return the number of the stop token."""
    words = auction.vocabulary or solution.vocabulary or ()
    if isinstance(auction.stop, str):
        return words.index(auction.stop) if auction.stop in words else -1
    return -1 if auction.stop is None else auction.stop


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
    ledger = _Ledger(auction, solution)
    if not builder.require("token.trace", "what models said is recorded or known", ledger.missing):
        return
    for sentence in ledger.taken:
        builder.leave(sentence)
    _draws(builder, solution, ledger)
    bid = ledger.greatest
    _close(
        builder, "token.influence", "influence is TV(q, q0)", solution.influence, ledger.influence
    )
    _close(
        builder, "token.divergence", "divergences of agents and aggregate",
        solution.divergence, ledger.divergence,
    )  # fmt: skip
    _close(builder, "token.welfare", "weighted divergences", solution.welfare, ledger.welfare, bid)
    _close(
        builder, "token.expected-payments", "payments before the draw, by definition",
        solution.expected_payments, ledger.expected, bid, theorem="TOK-6, TOK-10",
    )  # fmt: skip
    _close(
        builder, "token.payments", "payments given the token, by definition",
        solution.payments, ledger.given, bid, theorem="TOK-6, TOK-10",
    )  # fmt: skip
    _ends(builder, auction, solution, ledger)
    if solution.aggregate is not None:
        _optimum(builder, auction, solution.aggregate, ledger.said[0][0], bid)
    totals = solution.payments.sum(axis=0)
    _close(builder, "token.totals", "totals are sums of payments", solution.totals, totals, bid)
    revenue = np.array(float(solution.totals.sum()))
    _close(builder, "token.revenue", "revenue is the sum of totals", solution.revenue, revenue, bid)
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


class _Ledger:
    """The ledger of a text by definition, and where its models come from."""

    def __init__(self, auction: TokenAuction, solution: TokenSolution) -> None:
        self.auction, self.solution = auction, solution
        self.greatest = float(auction.all_bids.max())
        self.missing: list[str] = []
        self.taken: list[str] = []
        self.said: list[FloatArray] = []
        self.q: list[FloatArray] = []
        known = [model.is_known for model in auction.speaking]
        if not all(known) and (solution.trace is None or solution.vocabulary is None):
            self.missing = ["there is no trace of models outside of the instance"]
            return
        for k in np.flatnonzero(~np.array(known, dtype=bool)).tolist():
            speaker = auction.speaker(k)
            self.taken.append(f"what the model of {speaker} says: taken from the trace")
        n = auction.n_agents
        parts: list[list[FloatArray]] = [[] for _ in range(5)]
        for weights, said, tokens in self._blocks():
            scaled = auction.all_bids / self.greatest
            steps = Steps(auction.aggregation, auction.payment, scaled, weights, said)
            self.said.append(said)
            self.q.append(steps.q)
            by_agent = [steps.payments(i, tokens) for i in range(n)]
            parts[0].append(np.stack([steps.influence(i) for i in range(n)], axis=1))
            parts[1].append(np.stack([steps.divergence(i) for i in range(n)], axis=1))
            parts[2].append(steps.welfare() * self.greatest)
            parts[3].append(np.stack([pair[0] for pair in by_agent], axis=1) * self.greatest)
            if tokens is not None:
                parts[4].append(np.stack([pair[1] for pair in by_agent], axis=1) * self.greatest)
        self.influence, self.divergence, self.welfare, self.expected, self.given = (
            np.concatenate(part) if part else np.zeros((0, n)) for part in parts
        )

    def _blocks(self) -> Iterator[tuple[FloatArray, FloatArray, IntArray | None]]:
        """Yield weights, what was said, and the tokens of some steps at a time."""
        auction, tokens = self.auction, self.solution.tokens
        table = auction.all_distributions
        if table is not None:
            weights = weights_after(auction, np.zeros((1, auction.n_speaking)))
            yield weights, table[None], tokens if len(tokens) else None
            return
        size = auction.n_tokens or len(self.solution.vocabulary or ())
        size += auction.is_partial  # what is not told is one token more
        per_block = max(1, _BLOCK // (auction.n_speaking * size))
        listener = Listener(auction)
        seen = np.zeros(auction.n_speaking)
        for start in range(0, len(tokens), per_block):
            stop = min(start + per_block, len(tokens))
            said = np.zeros((stop - start, auction.n_speaking, size))
            for k in range(start, stop):
                before = tokens[max(0, k - listener.reach) : k].tolist()
                for i, model in enumerate(auction.speaking):
                    said[k - start, i] = (
                        listener.said(i, before) if model.is_known else self._traced(k, i, size)
                    )
            with np.errstate(divide="ignore"):
                logs = np.log(said[np.arange(stop - start), :, tokens[start:stop]])
            before_each = seen + np.concatenate([np.zeros((1, logs.shape[1])), logs[:-1].cumsum(0)])
            seen = seen + logs.sum(axis=0)
            yield weights_after(auction, before_each), said, tokens[start:stop]

    def _traced(self, step: int, speaker: int, size: int) -> FloatArray:
        """Return what the trace says that a model said."""
        trace = self.solution.trace
        entry = None if trace is None else trace[step][speaker]
        found = np.zeros(size)
        if entry is None:
            self.missing.append(f"step {step}: no trace of model {speaker}")
            return found
        found[entry.tokens] = entry.probabilities
        if self.auction.is_partial:
            found[-1] = entry.rest
        negative = (entry.probabilities < 0).any() or entry.rest < 0
        if negative or abs(found.sum() - 1) > 1e-6:
            self.missing.append(f"step {step}: what model {speaker} said has not the sum 1")
        return found


def _draws(builder: ReportBuilder, solution: TokenSolution, ledger: _Ledger) -> None:
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
    _close(
        builder, "token.probabilities", "with which tokens were drawn",
        solution.probabilities, np.array(chances),
    )  # fmt: skip


def _ends(
    builder: ReportBuilder, auction: TokenAuction, solution: TokenSolution, ledger: _Ledger
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
    _close(
        builder, "token.payments-interval", "ends of payments, by definition", claimed,
        np.nan_to_num(ends) * ledger.greatest, ledger.greatest, theorem="TOK-6",
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


def _optimum(
    builder: ReportBuilder, auction: TokenAuction, q: FloatArray, said: FloatArray, bid: float
) -> None:
    """Check that an aggregate is the optimum: sum 1, and the gradient the same over its support."""
    bids = auction.all_bids / bid
    wanted = aggregate(auction.aggregation, bids[None], said[None])[0]
    held = (bids > 0) & True
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
    _close(builder, "token.aggregate", "the aggregate", q, wanted)


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
        _close(builder, "token.interval", "the mean is the middle", claimed, center, bid)
        ordered = interval[:, 0] - interval[:, 1]
        builder.compare(
            "token.interval-order", "low is at most high", ordered, bid, lambda i: f"agent {i}"
        )
    if not auction.models:
        totals = solution.expected_payments.sum(axis=0)
        _close(builder, "token.expected-totals", "those of the step", claimed, totals, bid)
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
        _close(
            builder, "token.expected-totals", "expected payments over all texts",
            claimed, exact, bid, room=room, theorem="TOK-6, TOK-10",
        )  # fmt: skip


def _close(
    builder: ReportBuilder,
    id: str,
    condition: str,
    claimed: FloatArray | float,
    right: FloatArray,
    unit: float = 1.0,
    *,
    room: FloatArray | float = 0.0,
    theorem: str = "",
) -> None:
    """Check that claimed numbers are the right ones, relative to `unit` or to themselves."""
    found = np.asarray(claimed, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        off = np.where(found == right, 0.0, np.abs(found - right) - room)
    magnitude = np.maximum(unit, np.where(np.isfinite(right), np.abs(right), unit))
    builder.compare(
        id,
        condition,
        off,
        magnitude,
        lambda *at: f"{_place(at)}is {found[at]:.9g}, should be {right[at]:.9g}",
        theorem=theorem,
    )


def _place(at: tuple[int, ...]) -> str:
    """Return the words for a position."""
    names = ("step", "agent") if len(at) == 2 else ("entry",)
    return "".join(f"{name} {k}, " for name, k in zip(names, at, strict=False))
