"""The one way in which types are drawn: seeded, for a purpose, in blocks.

Draws come in blocks of 4096. The generator of a block is ``PCG64`` seeded by
``SeedSequence([seed, purpose, bidder, block])``, so that blocks may be drawn in any order, and
draws for fitting, choosing and reporting never meet (MEC-11): purposes are 0, 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from eqsolve.families.auction_design.instance.laws import Law
from eqsolve.families.auction_design.instance.valuations import Valuations

__all__ = ["BLOCK", "Purpose", "blocks", "generator"]

BLOCK = 4096
"""Draws in a block."""

Purpose = Literal["fit", "choose", "report"]
_PURPOSES = {"fit": 0, "choose": 1, "report": 2}


def generator(seed: int, purpose: Purpose, bidder: int, block: int) -> np.random.Generator:
    """Return the generator of a block of a bidder's draws."""
    words = [seed, _PURPOSES[purpose], bidder, block]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def blocks(
    laws: tuple[Law, ...],
    draws: int,
    seed: int,
    purpose: Purpose,
    *,
    bidders: Sequence[int] | None = None,
) -> Iterator[tuple[Valuations, ...]]:
    """Yield blocks of draws: for each bidder, its types of as many runs.

    Parameters
    ----------
    laws : one for each bidder.
    draws : in all; the last block is shorter.
    seed, purpose : see above.
    bidders : of whom to draw; None: of all.
    """
    for block, start in enumerate(range(0, draws, BLOCK)):
        n = min(BLOCK, draws - start)
        yield tuple(
            laws[bidder].sample(generator(seed, purpose, bidder, block), n)
            for bidder in (range(len(laws)) if bidders is None else bidders)
        )
