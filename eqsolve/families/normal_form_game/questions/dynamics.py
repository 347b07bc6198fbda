"""Responses in normal-form games: what a player would switch to, and the paths this makes.

O(sum_i a_i) per step. See ``eqsolve.families.normal_form_game.response_paths`` for the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.response_paths import (
    MAX_STEPS,
    Order,
    Profile,
    Response,
    ResponsePath,
    follow,
)

__all__ = ["response_path"]


def response_path(
    game: NormalFormGame,
    start: Sequence[int] | None = None,
    *,
    response: Response = "best",
    order: Order = "cyclic",
    inertia: float = 0.0,
    max_steps: int = MAX_STEPS,
    seed: int = 0,
) -> ResponsePath:
    """Return a response path; see ``eqsolve.best_response_path``.

    Examples
    --------
    >>> response_path(NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]]), (0, 1)).end
    (1, 1)
    """

    def wishes(profile: Profile, player: int) -> IntArray:
        line: tuple[Any, ...] = (*profile[:player], slice(None), *profile[player + 1 :], player)
        own: NumberArray = game.payoffs[line]
        gaining = np.flatnonzero(own > own[profile[player]])
        if response == "best" and len(gaining):
            return gaining[[own[gaining].argmax()]]
        return gaining

    return follow(
        _checked(game, start),
        wishes,
        order=order,
        inertia=inertia,
        max_steps=max_steps,
        seed=seed,
    )


def _checked(game: NormalFormGame, start: Sequence[int] | None) -> Profile:
    """Return the start, all strategies 0 unless given."""
    sizes = game.n_strategies
    profile = (0,) * game.n_players if start is None else tuple(int(s) for s in start)
    if len(profile) != len(sizes):
        rule = f"has length {len(profile)}, expected one strategy for each of {len(sizes)} players"
        raise InstanceError(Fault("start", rule))
    faults = [
        Fault("start", f"must be a strategy, 0 to {size - 1}", (player,), s)
        for player, (s, size) in enumerate(zip(profile, sizes, strict=True))
        if not 0 <= s < size
    ]
    if faults:
        raise InstanceError(faults)
    return profile
