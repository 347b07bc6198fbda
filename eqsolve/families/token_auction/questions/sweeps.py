"""The same auction at other bids: a sweep of one agent's bid, and replays of the same randomness.

A replay draws by races of clocks (TOK-9), so that as few tokens change as the distributions allow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Result
from eqsolve.families.token_auction.changes import with_bids, with_payment
from eqsolve.families.token_auction.drawn import inverse_draws
from eqsolve.families.token_auction.generation import draw_text
from eqsolve.families.token_auction.instance import NGram, TokenAuction
from eqsolve.families.token_auction.ledger import settle
from eqsolve.families.token_auction.models.opening import Opened, open_models
from eqsolve.families.token_auction.questions.one_step import require_agent
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.solve import run_token_auction
from eqsolve.families.token_auction.texts import sampled_texts

__all__ = ["Replay", "SweepPoint", "brand_words", "replay", "sweep_bids"]

_NORMAL = 1.959963984540054
_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True, slots=True, eq=False)
class SweepPoint:
    """The auction at one bid of an agent.

    Parameters
    ----------
    bid : the agent's.
    share : of all bids.
    text : one of the texts.
    payments : shape (n,), expected payments by the auction's rule; sampled over texts.
    second_price, vcg : expected revenue by these rules; None where a rule does not apply.
    brands : shape (m,), share of each brand's words among the words of all brands, mean over texts
        that have any; NaN without any.
    brands_interval : shape (m, 2), at 95 %.
    joint : share of texts with words of more than one brand.

    Notes
    -----
    Source: Duetting et al. (2024), the figures on co-marketing and competing brands.

    Examples
    --------
    >>> auction = TokenAuction([1, 1], [[1, 0], [0, 1]])
    >>> [round(point.second_price, 4) for point in sweep_bids(auction, 0, [0, 1, 2])]
    [0.0, 0.3863, 0.5762]
    """

    bid: float
    share: float
    text: str
    payments: FloatArray
    second_price: float | None
    vcg: float | None
    brands: FloatArray
    brands_interval: FloatArray
    joint: float


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """One randomness at two vectors of bids.

    Parameters
    ----------
    before, after : the results.
    first_change : first step whose token differs; None if none does.

    Notes
    -----
    Source: TOK-9.

    Examples
    --------
    >>> auction = TokenAuction([1, 1], [[1, 0], [0, 1]])
    >>> replay(auction, bids=[100, 1]).after.solution.tokens.tolist()
    [0]
    """

    before: Result[TokenSolution]
    after: Result[TokenSolution]
    first_change: int | None


def replay(
    auction: TokenAuction, *, bids: object, seed: int = 0, deadline: Deadline | None = None
) -> Replay:
    """Return what would have been said at other bids, with the same randomness.

    Parameters
    ----------
    auction : the instance.
    bids : the other bids.
    seed : of the clocks.
    deadline : a running clock; None for no limit.

    Raises
    ------
    InstanceError : no `TokenAuction`, or bids that are none.

    Notes
    -----
    Cost: two texts. Source: TOK-9.

    Examples
    --------
    >>> auction = TokenAuction([1, 1], [[0.5, 0.5], [0, 1]])
    >>> replay(auction, bids=[1, 1]).first_change is None
    True
    """
    require_instance(auction, TokenAuction, "auction")
    before, after = (
        run_token_auction(entry, seed=seed, sampler="race", deadline=deadline)
        for entry in (auction, with_bids(auction, bids))
    )
    if before.solution is None or after.solution is None:
        return Replay(before, after, None)
    mine, theirs = before.solution.tokens, after.solution.tokens
    common = min(len(mine), len(theirs))
    changed = np.flatnonzero(mine[:common] != theirs[:common]).tolist()
    if not changed and len(mine) != len(theirs):
        changed = [common]
    return Replay(before, after, changed[0] if changed else None)


def brand_words(auction: TokenAuction) -> tuple[frozenset[str], ...]:
    """Return the words that stand in one agent's text only, by agent; for n-gram models.

    Words are written small.

    Raises
    ------
    UnsupportedError : some model is no n-gram model.

    Notes
    -----
    Cost: the length of the texts. Source: this package.

    Examples
    --------
    >>> models = [{"ngram": {"text": text, "order": 2}} for text in ("fly to the sun", "the sea")]
    >>> [sorted(words) for words in brand_words(TokenAuction([1, 1], models=models))]
    [['fly', 'sun', 'to'], ['sea']]
    """
    require_instance(auction, TokenAuction, "auction")
    texts = [model.source.text for model in auction.models if isinstance(model.source, NGram)]
    if len(texts) < auction.n_agents:
        raise UnsupportedError("brand_words", "it needs n-gram models, which have texts")
    words = [set(_WORD.findall(text.lower())) for text in texts]
    return tuple(
        frozenset(mine.difference(*(other for other in words if other is not mine)))
        for mine in words
    )


def sweep_bids(
    auction: TokenAuction,
    agent: int,
    grid: object,
    *,
    texts: int = 100,
    brands: Sequence[Collection[str]] | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
) -> tuple[SweepPoint, ...]:
    """Return the auction for each of some bids of an agent.

    Parameters
    ----------
    auction : the instance.
    agent : whose bid is swept.
    grid : the bids.
    texts : number of texts for each bid, where there are models.
    brands : words of each brand, written small; by default those of `brand_words`, none where the
        models have no texts.
    seed : of the draws, the same for all bids.
    deadline : a running clock; bids that it leaves no time for are missing from the end.

    Raises
    ------
    InstanceError : no `TokenAuction`, or bids that are none.
    OptionError : no such agent, or fewer than 2 texts.

    Notes
    -----
    Cost: the texts, for each bid. Source: Duetting et al. (2024).

    Examples
    --------
    >>> models = [{"ngram": {"text": text, "order": 3}} for text in ("fly to rome. ", "stay in. ")]
    >>> points = sweep_bids(TokenAuction([1, 1], models=models, length=20), 0, [0, 1, 9], texts=50)
    >>> [round(point.share, 2) for point in points], points[0].brands[0] < points[2].brands[0]
    ([0.0, 0.5, 0.9], np.True_)
    """
    require_instance(auction, TokenAuction, "auction")
    require_agent(auction, agent)
    require_count(texts, "texts", 2)
    amounts = np.asarray(grid, dtype=np.float64)
    if amounts.ndim != 1 or not (np.isfinite(amounts) & (amounts >= 0)).all():
        raise OptionError("grid: must be numbers >= 0")
    if brands is None:
        plain = all(isinstance(model.source, NGram) for model in auction.models)
        brands = brand_words(auction) if auction.models and plain else ()
    clock = deadline or Deadline()
    opened = open_models(auction) if auction.models else Opened()
    points = []
    for bid in amounts.tolist():
        if clock.expired():
            break
        bids = auction.bids.astype(np.float64)
        bids[agent] = bid
        moved = with_bids(auction, bids)
        share = bid / float(moved.all_bids.sum())
        points.append(_point(moved, opened, bid, share, texts, brands, seed, clock))
    return tuple(points)


def _point(
    auction: TokenAuction,
    opened: Opened,
    bid: float,
    share: float,
    texts: int,
    brands: Sequence[Collection[str]],
    seed: int,
    clock: Deadline,
) -> SweepPoint:
    """Return one point of a sweep."""
    rules = ["second_price"] * (auction.aggregation == "linear")
    rules += ["vcg"] * (not auction.is_partial)
    by_rule, written = _paid(auction, opened, rules, texts, seed, clock)
    revenue = {rule: float(paid.sum()) for rule, paid in by_rule.items()}
    mean, interval, joint = _brand_shares(written, brands)
    nothing = np.zeros(auction.n_agents)
    return SweepPoint(
        bid=bid,
        share=share,
        text=written[0] if written else "",
        payments=by_rule.get(auction.payment, nothing),
        second_price=revenue.get("second_price"),
        vcg=revenue.get("vcg"),
        brands=mean,
        brands_interval=interval,
        joint=joint,
    )


def _paid(
    auction: TokenAuction,
    opened: Opened,
    rules: Sequence[str],
    texts: int,
    seed: int,
    clock: Deadline,
) -> tuple[dict[str, FloatArray], list[str]]:
    """Return expected payments by rule, shape (n,), and the texts they were averaged over."""
    table = auction.all_distributions
    if table is not None:
        steps = [settle(auction, auction.all_bids, table, payment=rule) for rule in rules]
        return {r: step.expected_payments for r, step in zip(rules, steps, strict=True)}, []
    if all(model.has_window for model in auction.speaking):
        uniform = np.random.default_rng(seed).random((texts, auction.length))
        tokens, payments = sampled_texts(auction, opened, uniform, rules)
        rows: list[IntArray] = [row[row >= 0] for row in tokens]
        paid = {rule: part.mean(axis=0) for rule, part in zip(rules, payments, strict=True)}
        return paid, [opened.write(row.tolist()) for row in rows]
    paid = {rule: np.zeros(auction.n_agents) for rule in rules}
    written = []
    for k in range(texts):
        for rule in rules:  # texts one by one have ledgers by one rule
            draws = inverse_draws(seed + k, auction.length)
            drawn = draw_text(with_payment(auction, rule), opened, draws, clock)
            for part in drawn.ledgers:
                paid[rule] += part.expected_payments.sum(axis=0)
        written.append(drawn.text)
        if clock.expired():
            break
    return {rule: total / len(written) for rule, total in paid.items()}, written


def _brand_shares(
    texts: Sequence[str], brands: Sequence[Collection[str]]
) -> tuple[FloatArray, FloatArray, float]:
    """Return each brand's share of the brand words, its interval, and the share of joint texts."""
    counts = np.zeros((len(texts), len(brands)))
    for row, text in zip(counts, texts, strict=True):
        words = _WORD.findall(text.lower())
        row[:] = [sum(word in brand for word in words) for brand in brands]
    told = counts[counts.sum(axis=1) > 0]
    joint = float(((counts > 0).sum(axis=1) > 1).mean()) if counts.size else 0.0
    if not len(told):
        unknown = np.full(len(brands), np.nan)
        return unknown, np.stack([unknown, unknown], axis=1), joint
    shares = told / told.sum(axis=1, keepdims=True)
    mean = shares.mean(axis=0)
    spread = np.zeros(len(brands))
    if len(told) > 1:
        spread = _NORMAL * shares.std(axis=0, ddof=1) / np.sqrt(len(told))
    low, high = np.clip([mean - spread, mean + spread], 0, 1)
    return mean, np.stack([low, high], axis=1), joint
