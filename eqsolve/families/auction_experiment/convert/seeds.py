"""The seed from which the authors drew the types of a session, found by search.

They called Python's ``random.seed(s)``, then for every round ``randint`` of what types have in
common, where there is such, and of each bidder's own part. A session is told from its first round
in most cases, and the others must agree. Cost: ten microseconds per seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from eqsolve.families.single_item_auction.instance import Prior, SingleItemAuction

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
    return _drawn(*_ends(auction), random.Random(seed), rounds)


def _drawn(
    state: tuple[int, int] | None,
    own: Sequence[tuple[int, int]],
    source: random.Random,
    rounds: int,
) -> tuple[list[list[int]], list[int | None]]:
    """Return `drawn` from the ends of what is drawn."""
    types, commons = [], []
    for _ in range(rounds):
        common = None if state is None else source.randint(*state)
        shift = 0 if common is None else common
        types.append([shift + source.randint(*ends) for ends in own])
        commons.append(common)
    return types, commons


def seeds_of(
    auction: SingleItemAuction, types: Sequence[Sequence[object]], among: Iterable[int] = SEEDS
) -> list[int]:
    """Return the seeds that draw the types of a session, by round and bidder."""
    state, own = _ends(auction)
    whole = [list(entry) for entry in types]
    source, found = random.Random(), []
    for seed in among:
        source.seed(seed)
        if _drawn(state, own, source, 1)[0] == whole[:1]:
            source.seed(seed)
            if _drawn(state, own, source, len(whole))[0] == whole:
                found.append(seed)
    return found


def _ends(auction: SingleItemAuction) -> tuple[tuple[int, int] | None, list[tuple[int, int]]]:
    """Return the ends of what types have in common, if there is such, and of each own part."""
    model = auction.values

    def whole(prior: Prior) -> tuple[int, int]:
        low, high = prior.support
        return int(low), int(high)

    state = None if model.state is None else whole(model.state)
    return state, [whole(model.own(i)) for i in range(auction.n_bidders)]
