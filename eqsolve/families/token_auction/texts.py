"""Many texts at once: all of them, level by level, or a sample, step by step.

Prefixes that end in the same window have the same distributions at fixed weights, so that a sample
asks the models, and settles the ledger, once for each distinct window of a step; of a Markov chain
there are T + 1, however many texts are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import aggregates, posterior_weights, settle
from eqsolve.families.token_auction.models.opening import Opened
from eqsolve.families.token_auction.models.speaker import tempered
from eqsolve.families.token_auction.sampling import inverses

__all__ = ["MOST_TEXTS", "Level", "SupportError", "all_texts", "number_of_texts", "sampled_texts"]

MOST_TEXTS = 200_000
"""Texts up to which all of them are looked at."""
_BLOCK = 1 << 21
"""Probabilities that are held at once."""


class SupportError(Exception):
    """Log-linear aggregation found no common token.

    Parameters
    ----------
    agents : numbers of those whose models leave none.
    """

    def __init__(self, agents: list[int]) -> None:
        self.agents = agents
        super().__init__(agents)

    @classmethod
    def of(cls, bids: FloatArray, distributions: FloatArray) -> SupportError:
        """Return the error that names two bidders without a common token, or all of them."""
        bidding = np.flatnonzero(bids > 0).tolist()
        allowed = distributions > 0
        for place, i in enumerate(bidding):
            for j in bidding[place + 1 :]:
                if not (allowed[i] & allowed[j]).any():
                    return cls([i, j])
        return cls(bidding)


@dataclass(frozen=True, slots=True)
class Level:
    """All prefixes of one length that go on, and what happens in their next step.

    Parameters
    ----------
    tokens : shape (S, k), the prefixes.
    chances : shape (S,), their probabilities.
    weights : shape (S, n), with which agents enter the step.
    distributions : shape (S, n, T).
    q : shape (S, T), the aggregates.
    log_seen : shape (S, n), logarithms of the models' own probabilities of the prefixes.
    """

    tokens: IntArray
    chances: FloatArray
    weights: FloatArray
    distributions: FloatArray
    q: FloatArray
    log_seen: FloatArray

    @property
    def following(self) -> FloatArray:
        """Probabilities of the prefixes with each next token, shape (S, T)."""
        return self.chances[:, None] * self.q


def number_of_texts(auction: TokenAuction) -> int:
    """Return T to the power of the length, an upper bound on the number of texts."""
    return int(auction.n_tokens**auction.length)


def all_texts(auction: TokenAuction, opened: Opened, poll: Callable[[], None]) -> list[Level]:
    """Return the levels of the tree of all texts of positive probability.

    `poll` is called once for each level, and raises where the time is over.

    Raises
    ------
    SupportError : log-linear aggregation without a common token after some prefix.
    """
    bids = auction.all_bids / auction.all_bids.max()
    tokens = np.zeros((1, 0), dtype=np.int64)
    chances = np.ones(1)
    log_seen = np.zeros((1, auction.n_speaking))
    levels = []
    for step in range(auction.length):
        poll()
        table = _distributions(opened, tokens)
        weights = np.broadcast_to(bids, log_seen.shape)
        if auction.weights == "posterior":
            weights = posterior_weights(bids, log_seen)
        q = aggregates(auction, weights, table)
        _require_support(q, bids, table)
        levels.append(Level(tokens, chances, weights, table, q, log_seen))
        if step + 1 == auction.length:
            break
        follow = levels[-1].following
        rows, drawn = np.nonzero(follow)
        going = drawn != opened.stop
        rows, drawn = rows[going], drawn[going]
        chances = follow[rows, drawn]
        with np.errstate(divide="ignore"):
            log_seen = log_seen[rows] + np.log(table[rows, :, drawn])
        tokens = np.concatenate([tokens[rows], drawn[:, None]], axis=1)
        if not len(tokens):
            break
    return levels


def sampled_texts(
    auction: TokenAuction, opened: Opened, uniform: FloatArray, rules: Sequence[str]
) -> tuple[IntArray, FloatArray]:
    """Return texts and what each agent is expected to pay along each of them.

    Parameters
    ----------
    auction : the instance.
    opened : its models, all of them window models.
    uniform : shape (S, length), the randomness.
    rules : R payment rules.

    Returns
    -------
    tokens : shape (S, length), -1 after the end of a text.
    payments : shape (R, S, n), by rule: expected payments of every step given the text before it,
        summed.

    Raises
    ------
    SupportError : as `all_texts`.
    """
    bids = auction.all_bids / auction.all_bids.max()
    count, length = uniform.shape
    size = len(opened.vocabulary)
    tokens = np.full((count, length), -1, dtype=np.int64)
    payments = np.zeros((len(rules), count, auction.n_agents))
    log_seen = np.zeros((count, auction.n_speaking))
    alive = np.arange(count)
    posterior = auction.weights == "posterior"
    reach = max(voice.model.width for voice in opened.windows)
    for step in range(length):
        prefixes = tokens[alive, max(0, step - reach) : step]
        first, group = (np.arange(len(alive)),) * 2
        if not posterior:
            first, group = _distinct(prefixes, size)
        drawn = np.empty(len(alive), dtype=np.int64)
        per_block = max(1, _BLOCK // (size * len(bids)))
        for start in range(0, len(first), per_block):
            part = first[start : start + per_block]
            table = _distributions(opened, prefixes[part])
            weights = np.broadcast_to(bids, (len(part), len(bids)))
            if posterior:
                weights = posterior_weights(bids, log_seen[alive[part]])
            heard = weights * auction.all_bids.max()
            q = aggregates(auction, weights, table)
            _require_support(q, bids, table)
            inside = np.flatnonzero((group >= start) & (group < start + len(part)))
            mine = group[inside] - start
            for paid, rule in zip(payments, rules, strict=True):
                settled = settle(auction, heard, table, payment=rule).expected_payments
                paid[alive[inside]] += settled[mine]
            drawn[inside] = inverses(q, mine, uniform[alive[inside], step])
            if posterior:
                with np.errstate(divide="ignore"):
                    log_seen[alive[inside]] += np.log(table[mine, :, drawn[inside]])
        tokens[alive, step] = drawn
        alive = alive[drawn != opened.stop]
        if not len(alive):
            break
    return tokens, payments


def _require_support(q: FloatArray, bids: FloatArray, table: FloatArray) -> None:
    """Raise `SupportError` where an aggregate is undefined."""
    lost = np.isnan(q[:, 0])
    if lost.any():
        raise SupportError.of(bids, table[int(lost.argmax())])


def _distributions(opened: Opened, prefixes: IntArray) -> FloatArray:
    """Return the distributions after prefixes, shape (S, n, T)."""
    count, length = prefixes.shape
    table = np.empty((count, len(opened.voices), len(opened.vocabulary)))
    for k, voice in enumerate(opened.windows):
        width = voice.model.width
        inside = prefixes[:, length - min(width, length) :]
        before = width - inside.shape[1]
        tail = voice.context[len(voice.context) - min(before, len(voice.context)) :]
        windows = np.full((count, width), -1, dtype=np.int64)
        windows[:, width - inside.shape[1] :] = inside
        windows[:, before - len(tail) : before] = tail
        table[:, k] = tempered(voice.model.of(windows), voice.temperature)
    return table


def _distinct(windows: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Return the first row of each distinct window, and the number of every row's window."""
    if (size + 1) ** windows.shape[1] < 2**62:
        keys = np.zeros(len(windows), dtype=np.int64)
        for column in windows.T:
            keys = keys * (size + 1) + column
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    else:
        _, first, group = np.unique(windows, axis=0, return_index=True, return_inverse=True)
    return first, group.ravel()
