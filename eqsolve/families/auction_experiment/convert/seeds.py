"""The seed from which the authors drew the types of a session, found by search.

They called Python's ``random.seed(s)``, then for every round ``randint`` of what types have in
common, where there is such, and of each bidder's own part. A session is told from its first round
in most cases, and the others must agree. Cost: ten microseconds per seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from eqsolve.families.auction_experiment.draws import randint_ends, randint_types
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["SEEDS", "drawn", "seeds_of"]

SEEDS = range(2000)
"""Where a seed is looked for; the authors' lie between 1299 and 1418."""


def drawn(
    auction: SingleItemAuction, seed: int, rounds: int
) -> tuple[list[list[int]], list[int | None]]:
    """Return types by round and bidder, and what they have in common in each round.

    Parameters
    ----------
    auction : all priors are whole numbers.
    seed : of ``random.seed``.
    rounds : how many.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"integers": [0, 99]}}
    >>> drawn(SingleItemAuction("second_price", 3, values), 1399, 1)
    ([[66, 31, 98]], [None])
    """
    found = list(randint_types(random.Random(seed), randint_ends(auction), rounds))
    return [types for types, _ in found], [common for _, common in found]


def seeds_of(
    auction: SingleItemAuction, types: Sequence[Sequence[object]], among: Iterable[int] = SEEDS
) -> list[int]:
    """Return the seeds that draw the types of a session, by round and bidder."""
    ends = randint_ends(auction)
    whole = [list(entry) for entry in types]
    source, found = random.Random(), []
    for seed in among:
        source.seed(seed)
        told = zip(randint_types(source, ends, len(whole)), whole, strict=True)
        if all(own == wanted for (own, _), wanted in told):
            found.append(seed)
    return found
