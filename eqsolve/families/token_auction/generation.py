"""One text, token by token: the models speak, a token is drawn, all models hear it.

The ledger is settled for many steps at once, so that a step costs its distributions and one draw.
A limit ends the text early; what was drawn until then is kept.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.token_auction.drawn import Draw, Drawn
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import aggregates, posterior_weights, settle
from eqsolve.families.token_auction.models.opening import Opened
from eqsolve.families.token_auction.partial import draw_partial
from eqsolve.families.token_auction.solution import Spoken
from eqsolve.families.token_auction.texts import SupportError

__all__ = ["draw_text", "told"]

_BLOCK = 1 << 18
"""Probabilities that are held at once."""
_STEPS = 256
"""Steps that are settled together at most."""


def draw_text(auction: TokenAuction, opened: Opened, draw: Draw, deadline: Deadline) -> Drawn:
    """Return one text with its ledger.

    Raises
    ------
    SupportError : log-linear aggregation finds no common token at the very first step.
    """
    if opened.partial:
        return draw_partial(auction, opened.partial, draw, deadline)
    drawn = Drawn(vocabulary=opened.vocabulary)
    speakers, n = [voice.speaker() for voice in opened.voices], auction.n_speaking
    bids = auction.all_bids / auction.all_bids.max()
    shares = bids / bids.sum()
    plain = auction.aggregation == "linear" and auction.weights == "fixed"
    recorded = any(opened.elsewhere)
    block = max(1, min(_STEPS, auction.length, _BLOCK // (n * len(opened.vocabulary))))
    table = np.empty((block, n, len(opened.vocabulary)))
    weights = np.tile(bids, (block, 1))
    log_seen = np.zeros(n)
    row = 0
    while len(drawn.tokens) < auction.length and drawn.limit is None:
        drawn.limit = deadline.limit
        if drawn.limit is not None:
            break
        here = table[row]
        for i, speaker in enumerate(speakers):
            here[i] = speaker.distribution()
        if plain:
            q = shares @ here
        else:
            if auction.weights == "posterior":
                weights[row] = posterior_weights(bids, log_seen)
            q = aggregates(auction, weights[row], here)
            if np.isnan(q[0]):
                error = SupportError.of(bids, here)
                if not drawn.tokens:
                    raise error
                drawn.limit, drawn.remark = Limit.SUPPORT, told(auction, error, len(drawn.tokens))
                break
        token, number = draw(len(drawn.tokens), q)
        drawn.tokens.append(token)
        drawn.draws.append(number)
        if recorded:
            drawn.trace.append(_said(here, opened))
        if token == opened.stop:
            row += 1
            break
        for speaker in speakers:
            speaker.hear(token)
        if auction.weights == "posterior":
            with np.errstate(divide="ignore"):
                log_seen += np.log(here[:, token])
        row += 1
        if row == block:
            _settle(auction, drawn, weights, table)
            row = 0
    if row:
        _settle(auction, drawn, weights[:row], table[:row])
    drawn.text = opened.write(drawn.tokens)
    return drawn


def told(auction: TokenAuction, error: SupportError, step: int) -> str:
    """Return that a step has no common token, naming step and agents."""
    who = " and ".join(auction.speaker(agent) for agent in error.agents)
    return f"step {step}: {who} allow no common token, so log_linear has no aggregate"


def _settle(auction: TokenAuction, drawn: Drawn, weights: FloatArray, table: FloatArray) -> None:
    """Add the ledger of the last steps."""
    tokens = np.array(drawn.tokens[-len(table) :], dtype=np.int64)
    drawn.ledgers.append(settle(auction, weights * auction.all_bids.max(), table, tokens))


def _said(step: FloatArray, opened: Opened) -> tuple[Spoken | None, ...]:
    """Return what the models outside of the instance said in a step."""
    tokens = np.arange(step.shape[1])
    return tuple(
        Spoken(tokens, row.copy(), 0.0) if elsewhere else None
        for row, elsewhere in zip(step, opened.elsewhere, strict=True)
    )
