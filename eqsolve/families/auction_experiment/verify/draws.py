"""Types and numbers of chance, drawn again.

Streams are made one by one with numpy where there are few of them; of many, some are, and all are
drawn together, which costs a hundredth.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.streams import stream_uniforms
from eqsolve.families.auction_experiment.instance import AuctionExperiment

__all__ = ["Numbers", "Stream", "drawn_types"]

_FEW = 1000
_SAMPLE = 64


class Stream:
    """The generator of one spawn key."""

    def __init__(self, seed: int, key: tuple[int, ...]) -> None:
        source = np.random.SeedSequence(seed, spawn_key=key)
        self._generator = np.random.Generator(np.random.Philox(source))

    def next(self, count: int) -> list[float]:
        """Return the next uniform numbers."""
        return [float(number) for number in self._generator.random(count)]


class Numbers:
    """The first numbers of the streams of all rounds of an experiment."""

    def __init__(self, experiment: AuctionExperiment) -> None:
        self._plan = experiment

    def of(self, stream: int, count: int) -> list[list[float]]:
        """Return the first numbers of stream ``(t, r, stream)``, by round of all sessions.

        Raises
        ------
        ArithmeticError : streams drawn together are not those of numpy.
        """
        plan = self._plan
        keys = [(t, r, stream) for t in range(plan.sessions) for r in range(plan.rounds)]
        if len(keys) <= _FEW:
            return [Stream(plan.seed, key).next(count) for key in keys]
        found: list[list[float]] = stream_uniforms(plan.seed, np.array(keys), count).tolist()
        for place in range(0, len(keys), len(keys) // _SAMPLE):
            if found[place] != Stream(plan.seed, keys[place]).next(count):
                raise ArithmeticError(f"stream {keys[place]} is not that of numpy")
        return found


def drawn_types(
    experiment: AuctionExperiment, seats: Sequence[list[list[float]]], numbers: Numbers
) -> tuple[FloatArray, list[float] | None]:
    """Return types by round and bidder, and what they have in common, or None.

    Parameters
    ----------
    experiment : the plan.
    seats : first numbers of each seat's stream.
    numbers : of the other streams.
    """
    plan, model = experiment, experiment.auction.values
    n = plan.n_bidders
    if plan.values is not None:
        shared = None if plan.commons is None else [float(it) for it in plan.commons]
        return plan.values.astype(float), shared
    if plan.draws == "python_random":
        rows, commons = [], []
        for session in range(plan.sessions):
            source = random.Random(plan.seed + session)
            for _ in range(plan.rounds):
                common = 0
                if model.state is not None:
                    common = source.randint(*map(int, model.state.support))
                ends = [tuple(map(int, model.own(i).support)) for i in range(n)]
                rows.append([common + source.randint(*end) for end in ends])
                commons.append(float(common))
        return np.array(rows, dtype=float), None if model.state is None else commons
    first = np.array([[row[0] for row in seat] for seat in seats])
    types = np.array([model.own(i).quantile(first[i]) for i in range(n)]).T
    if model.state is None:
        return types, None
    shared = model.state.quantile([row[0] for row in numbers.of(n + 1, 1)]).tolist()
    return types + np.array(shared)[:, None], shared
