"""The exact law after a horizon, followed with fractions of the moves. O(states outcomes) each."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.collusion_dynamics.solution import Chance
from eqsolve.families.collusion_dynamics.verify.batches import (
    Groups,
    Market,
    Poll,
    logit,
    theta_of,
)

__all__ = ["by_states", "merged"]

_STATES = 100_000


def by_states(
    builder: ReportBuilder, market: Market, chances: tuple[Chance, ...], places: list[int],
    poll: Poll,
) -> Iterator[str]:  # fmt: skip
    """Follow all states, keys being fractions of the moves; yield what is wrong."""
    if market.passage:
        yield "a first passage has no law that can be listed"
        return
    groups = market.groups()
    starts = [market.dynamics.start[place].item() for place in places]
    odds = np.array([logit(theta) for theta in starts])
    if market.means:
        reached: list[float] | list[None] | list[float | None]
        reached = merged(market, groups, odds, poll)
    else:
        reached = [_unmerged(market, groups, own, poll) for own in odds.tolist()]
    for place, found in zip(places, reached, strict=True):
        told = chances[place].low
        if found is None:
            builder.leave(f"the law after all updates: there are more than {_STATES} states")
        elif not abs(found - told) <= 1e-9:
            where = f"start {market.dynamics.start[place]:g}"
            yield f"{where}: the probability is {found:.12g}, not {told}"


def merged(
    market: Market, groups: Groups, odds: FloatArray, poll: Poll, most: int | None = None
) -> list[float] | list[None]:
    """Return the probabilities of all starts; states are exact sums of moves."""
    states: dict[Fraction, FloatArray] = {Fraction(0): np.ones(len(odds))}
    moves = [key[0] for key in groups.keys]
    for rate in market.rates():
        poll()
        if most is not None and len(states) * len(moves) > most:
            return [None] * len(odds)
        sums = list(states)
        places = np.array([[float(total)] for total in sums]) + odds
        chances = groups.chances(theta_of(places.ravel())).reshape(len(moves), *places.shape)
        after: dict[Fraction, FloatArray] = {}
        steps = [rate * move for move in moves]
        for s, total in enumerate(sums):
            for g, step in enumerate(steps):
                weight = states[total] * chances[g, s]
                key = total + step
                after[key] = after[key] + weight if key in after else weight
        states = after
        if len(states) > _STATES:
            return [None] * len(odds)
    level = logit(market.high)
    total_chance = np.zeros(len(odds))
    for total, weight in states.items():
        total_chance += np.where(odds + float(total) >= level, weight, 0.0)
    return list(total_chance.tolist())


def _unmerged(market: Market, groups: Groups, odds: float, poll: Poll) -> float | None:
    """Return the probability of one start; estimates depend on the state."""
    states = {odds: 1.0}
    for rate in market.rates():
        poll()
        where = np.array(list(states))
        theta = theta_of(where)
        weights = groups.chances(theta) * np.array(list(states.values()))
        landed = where + float(rate) * groups.estimates(theta)
        after: dict[float, float] = {}
        for place, weight in zip(landed.ravel().tolist(), weights.ravel().tolist(), strict=True):
            after[place] = after.get(place, 0.0) + weight
        states = after
        if len(states) > _STATES:
            return None
    level = logit(market.high)
    return sum(weight for place, weight in states.items() if place >= level)
