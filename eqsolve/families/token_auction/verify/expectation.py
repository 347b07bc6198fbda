"""Expected payments over all texts: forward from the empty text, window by window.

At fixed weights all that matters of a prefix is its last tokens, so that prefixes with the same
ones are one state with their joint probability; with posterior weights each prefix is a state.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.verify.definitions import Steps
from eqsolve.families.token_auction.verify.speech import Listener

__all__ = ["MOST_TEXTS", "can_be_enumerated", "expected_totals", "weights_after"]

MOST_TEXTS = 200_000
_BLOCK = 1 << 20


def can_be_enumerated(auction: TokenAuction) -> bool:
    """Return whether the instance holds all its models, and texts are few enough."""
    known = all(model.is_known for model in auction.speaking) and bool(auction.models)
    return known and auction.n_tokens**auction.length <= MOST_TEXTS


def weights_after(auction: TokenAuction, chances: FloatArray) -> FloatArray:
    """Return the weights of steps, (K, n): bids, or bids times what each gave the text so far.

    Parameters
    ----------
    chances : logarithms of the models' probabilities of the text so far, shape (K, n).
    """
    bids = auction.all_bids / auction.all_bids.max()
    if auction.weights == "fixed":
        return np.broadcast_to(bids, chances.shape).copy()
    likely = chances.max(axis=1, keepdims=True, where=bids > 0, initial=-np.inf)
    raw = bids * np.exp(chances - likely)
    found: FloatArray = raw * (bids.sum() / raw.sum(axis=1, keepdims=True))
    return found


def expected_totals(auction: TokenAuction, poll: Callable[[], None]) -> FloatArray:
    """Return what each agent is expected to pay over all texts, as a share of the greatest bid.

    `poll` is called at every step, and ends the search when the time is over.
    """
    listener = Listener(auction)
    n, size = auction.n_speaking, auction.n_tokens
    bids = auction.all_bids / auction.all_bids.max()
    totals = np.zeros(auction.n_agents)
    reach = listener.reach if auction.weights == "fixed" else auction.length
    states: dict[tuple[int, ...], tuple[float, FloatArray]] = {(): (1.0, np.zeros(n))}
    per_block = max(1, _BLOCK // (n * size))
    for step in range(auction.length):
        following: dict[tuple[int, ...], tuple[float, FloatArray]] = {}
        listed = list(states.items())
        for start in range(0, len(listed), per_block):
            poll()
            part = listed[start : start + per_block]
            said = np.array([[listener.said(i, text) for i in range(n)] for text, _ in part])
            logs = np.array([seen for _, (_, seen) in part])
            weights = weights_after(auction, logs)
            steps = Steps(auction.aggregation, auction.payment, bids, weights, said)
            chances = np.array([chance for _, (chance, _) in part])
            for i in range(auction.n_agents):
                totals[i] += chances @ steps.payments(i, None)[0]
            if step + 1 == auction.length:
                continue
            q = steps.q
            for (text, (chance, seen)), row, words in zip(part, q, said, strict=True):
                for token in np.flatnonzero(row).tolist():
                    if token == auction.stop_token:
                        continue
                    longer = (*text, token)[-reach:]
                    before = following.get(longer, (0.0, seen))[0]
                    with np.errstate(divide="ignore"):
                        logs_then = seen + np.log(words[:, token])
                    following[longer] = (before + chance * float(row[token]), logs_then)
        states = following
    return totals
