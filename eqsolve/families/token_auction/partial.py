"""One text from models that tell their likeliest tokens only, so that payments are intervals.

In each step there are the tokens that anybody told so far, and one token more, in which everything
lies that an agent does not tell; it is never drawn. The text is drawn from the mixture of what is
told, divided by its sum; influence, divergence and payments are those of these distributions.

A token that agent i does not tell is not likelier than any that it tells, nor than all untold ones
together. A critical bid rises with the agent's own probability of the token and falls with the
others', so that its ends are those of the corners. Cost O(n T) for each step, T tokens told so far.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.endpoints.errors import EndpointError, StoppedError
from eqsolve.families.token_auction.aggregation import without_each
from eqsolve.families.token_auction.drawn import Draw, Drawn
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import settle
from eqsolve.families.token_auction.models.speaker import PartialVoice, Told
from eqsolve.families.token_auction.payments import critical_bids
from eqsolve.families.token_auction.solution import Spoken

__all__ = ["critical_ends", "draw_partial"]


def draw_partial(
    auction: TokenAuction, voices: tuple[PartialVoice, ...], draw: Draw, deadline: Deadline
) -> Drawn:
    """Return one text with its ledger.

    Parameters
    ----------
    auction : linear, with fixed weights, and no VCG.
    voices : its models.
    draw : from the aggregate to a token.
    deadline : ends the text early; what was drawn until then is kept.

    Raises
    ------
    EndpointError : a model does not answer at the very first step; later it ends the text.
    """
    drawn = Drawn()
    speakers = [voice.speaker() for voice in voices]
    numbers: dict[str, int] = {}
    bids = auction.all_bids
    while len(drawn.tokens) < auction.length:
        drawn.limit = deadline.limit
        if drawn.limit is not None:
            break
        try:
            told = [speaker.told() for speaker in speakers]
        except EndpointError as error:
            if not drawn.tokens and not isinstance(error, StoppedError):
                raise
            drawn.limit, drawn.remark = error.limit, str(error)
            break
        for part in told:
            for token in part.tokens:
                numbers.setdefault(token, len(numbers))
        table = _table(told, numbers)
        q = (bids / bids.sum()) @ table[:, :-1]
        q /= q.sum()
        number, uniform = draw(len(drawn.tokens), q)
        ledger = settle(auction, bids[None], table[None], np.array([number]))
        drawn.tokens.append(number)
        drawn.draws.append(uniform)
        drawn.ledgers.append(replace(ledger, probabilities=q[None, number]))
        drawn.trace.append(tuple(_spoken(part, numbers) for part in told))
        if auction.payment == "second_price":
            low = table[:, number]
            most = [float(part.probabilities.min(initial=1.0)) for part in told]
            high = np.where(low > 0, low, np.minimum(table[:, -1], most))
            drawn.intervals.append(critical_ends(bids, low, high)[: auction.n_agents])
        else:
            drawn.intervals.append(np.zeros((auction.n_agents, 2)))
        word = list(numbers)[number]  # they are numbered in the order of first mention
        drawn.text += word
        if word == auction.stop:
            break
        for speaker in speakers:
            speaker.hear(word)
    drawn.vocabulary = tuple(numbers)
    return drawn


def critical_ends(bids: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the least and the greatest expected critical bid of each, given the token.

    Parameters
    ----------
    bids : shape (n,).
    low, high : what each says of the token lies between, shape (n,).

    Returns
    -------
    ends : shape (n, 2).

    Examples
    --------
    >>> half = np.array([0.5, 0.0])
    >>> critical_ends(np.ones(2), half, np.array([0.5, 0.25])).round(4).tolist()
    [[0.1288, 0.3863], [0.0, 0.0]]
    """
    scale = bids.max()
    bids = bids / scale
    rest = without_each(bids, axis=-1)
    ends = []
    for own, others in ((low, high), (high, low)):
        with np.errstate(invalid="ignore", divide="ignore"):
            q0 = without_each(bids * others, axis=-1) / rest
        q = (bids * own + np.where(rest > 0, rest * q0, 0.0)) / (bids + rest)
        over = np.maximum(own - np.where(rest > 0, q0, own), 0.0)
        ends.append(critical_bids(bids, rest, over, q) * scale)
    return np.stack(ends, axis=1)


def _table(told: list[Told], numbers: dict[str, int]) -> FloatArray:
    """Return what was told as distributions, shape (n, T + 1), what was not told at the end."""
    table = np.zeros((len(told), len(numbers) + 1))
    for row, part in zip(table, told, strict=True):
        row[[numbers[token] for token in part.tokens]] = part.probabilities
        row[-1] = part.rest
    return table


def _spoken(part: Told, numbers: dict[str, int]) -> Spoken:
    """Return what was told, for the trace."""
    tokens = np.array([numbers[token] for token in part.tokens], dtype=np.int64)
    return Spoken(tokens, part.probabilities, part.rest)
