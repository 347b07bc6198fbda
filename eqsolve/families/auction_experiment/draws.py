"""What an experiment draws: types, what they have in common, and numbers of seats and ties.

The scheme is told at the top of `instance.experiment`. All streams of an experiment are drawn
together, at about a microsecond each.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.streams import stream_uniforms
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.instance.priors import Integers

__all__ = ["OWN", "Draws", "Ends", "OrderOfMoves", "randint_ends", "randint_types"]

OWN = 4
"""Numbers of a seat's own in each round, beside the one that makes its type."""


@dataclass(frozen=True)
class Draws:
    """The draws of an experiment.

    Parameters
    ----------
    experiment : whose.
    own : numbers that each seat needs in a round beside its type.
    """

    experiment: AuctionExperiment
    own: int = OWN

    @cached_property
    def _uniforms(self) -> FloatArray:
        """Numbers of all seats, shape (N, n, 1 + own)."""
        plan = self.experiment
        keys = _keys(plan, range(plan.n_bidders))
        return stream_uniforms(plan.seed, keys, 1 + self.own)

    @cached_property
    def seats(self) -> FloatArray:
        """The seats' own numbers, shape (N, n, own)."""
        return self._uniforms[:, :, 1:]

    @cached_property
    def ties(self) -> FloatArray:
        """What breaks a tie in each round, shape (N,)."""
        plan = self.experiment
        return stream_uniforms(plan.seed, _keys(plan, [plan.n_bidders]), 1)[:, 0, 0]

    @cached_property
    def types(self) -> tuple[FloatArray, FloatArray | None]:
        """Types, shape (N, n), and what they have in common, shape (N,), or None."""
        plan = self.experiment
        if plan.values is not None:
            shared = None if plan.commons is None else plan.commons.astype(np.float64)
            return plan.values.astype(np.float64), shared
        return self._by_randint() if plan.draws == "python_random" else self._by_quantiles()

    def _by_quantiles(self) -> tuple[FloatArray, FloatArray | None]:
        """Return types made by quantile functions."""
        plan, model = self.experiment, self.experiment.auction.values
        first = self._uniforms[:, :, 0]
        own = [model.own(i).quantile(first[:, i]) for i in range(plan.n_bidders)]
        types = np.column_stack(own)
        if model.state is None:
            return types, None
        numbers = stream_uniforms(plan.seed, _keys(plan, [plan.n_bidders + 1]), 1)
        common = model.state.quantile(numbers[:, 0, 0])
        return types + common[:, None], common

    def _by_randint(self) -> tuple[FloatArray, FloatArray | None]:
        """Return types as the authors draw them."""
        plan = self.experiment
        ends = randint_ends(plan.auction)
        types: list[list[int]] = []
        commons: list[int] = []
        for session in range(plan.sessions):
            source = random.Random(plan.seed + session)
            for own, common in randint_types(source, ends, plan.rounds):
                types.append(own)
                commons.append(common or 0)
        found = np.array(types, dtype=np.float64)
        return found, None if ends[0] is None else np.array(commons, dtype=np.float64)


class OrderOfMoves:
    """In which order bidders move, period by period.

    Parameters
    ----------
    experiment, session, number : of which round.
    """

    def __init__(self, experiment: AuctionExperiment, session: int, number: int) -> None:
        self._n = experiment.n_bidders
        rules = experiment.proxy
        self._rng = None
        if rules is not None and rules.order == "random":
            key = (session, number, self._n + 2)
            source = np.random.SeedSequence(experiment.seed, spawn_key=key)
            self._rng = np.random.Generator(np.random.Philox(source))

    def next_period(self) -> tuple[int, ...]:
        """Return the bidders of one more period in their order: by rising uniform numbers."""
        if self._rng is None:
            return tuple(range(self._n))
        return tuple(np.argsort(self._rng.random(self._n), kind="stable").tolist())


def _keys(experiment: AuctionExperiment, streams: range | list[int]) -> IntArray:
    """Return the spawn keys (t, r, i) of streams i in all rounds, shape (N, streams, 3)."""
    grid = np.meshgrid(
        np.arange(experiment.sessions),
        np.arange(experiment.rounds),
        np.array(streams),
        indexing="ij",
    )
    return np.stack(grid, axis=-1).reshape(experiment.n_rounds, len(streams), 3)


Ends = tuple[tuple[int, int] | None, list[tuple[int, int]]]
"""Least and greatest of what types have in common, if there is such, and of each own part."""


def randint_ends(auction: SingleItemAuction) -> Ends:
    """Return the ends of priors of whole numbers, as ``randint`` takes them."""
    model = auction.values
    state = None if model.state is None else _ends(model.state)
    return state, [_ends(model.own(i)) for i in range(auction.n_bidders)]


def randint_types(
    source: random.Random, ends: Ends, rounds: int
) -> Iterator[tuple[list[int], int | None]]:
    """Yield types and what they have in common round by round, as the authors draw them."""
    state, own = ends
    for _ in range(rounds):
        common = None if state is None else source.randint(*state)
        shift = 0 if common is None else common
        yield [shift + source.randint(*pair) for pair in own], common


def _ends(prior: object) -> tuple[int, int]:
    """Return the least and the greatest of whole numbers, as ``randint`` takes them."""
    assert isinstance(prior, Integers)
    return prior.low, prior.high
