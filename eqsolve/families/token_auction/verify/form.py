"""Shapes, lengths and ranges of a claimed text, and whether it may end where it does."""

from __future__ import annotations

from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.solution import Spoken, TokenSolution

__all__ = ["check_form"]


def check_form(
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
