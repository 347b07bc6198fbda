"""Response paths: players who can gain move, one after the other or all at once.

A path ends at a pure equilibrium, in a cycle, or at its limit of steps. With one mover at a time
it is a path in the improvement graph, and ends at an equilibrium in every game with a generalized
ordinal potential. O(sum_i a_i) per step.
Source: Monderer and Shapley (1996); Young (2004) on inertia.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.certificate import CycleCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.status import Limit
from eqsolve.games.normal_form.instance import NormalFormGame

__all__ = ["ResponsePath", "best_response_path", "better_response_path"]

Order = Literal["cyclic", "random", "simultaneous"]


@dataclass(frozen=True, slots=True)
class ResponsePath:
    """Where a response path led.

    Parameters
    ----------
    profiles : int64, shape (steps + 1, N): the start and the profile after each step.
    movers : who moved in each step.
    converged : whether the last profile is a pure equilibrium.
    cycle : the profiles that would be repeated for ever, or None. Between simultaneous moves
        every mover had a gain in view, not every cycle is one of the improvement graph.
    limit : ``ITERATIONS`` if the path was cut, or None.
    """

    profiles: IntArray
    movers: tuple[tuple[int, ...], ...]
    converged: bool
    cycle: CycleCertificate | None
    limit: Limit | None

    @property
    def end(self) -> tuple[int, ...]:
        """The last profile."""
        return tuple(self.profiles[-1].tolist())


def best_response_path(
    game: NormalFormGame,
    start: Sequence[int] | None = None,
    *,
    order: Order = "cyclic",
    inertia: float = 0.0,
    max_steps: int = 10_000,
    seed: int = 0,
) -> ResponsePath:
    """Return the path on which movers switch to a best reply (the lowest of equally good ones).

    Parameters
    ----------
    game : the game.
    start : profile to start from, default all strategies 0.
    order : who moves among those who can gain: ``"cyclic"``, the next player in order;
        ``"random"``, one drawn uniformly; ``"simultaneous"``, all.
    inertia : probability with which each simultaneous mover stays put, in [0, 1).
    max_steps : number of steps after which the path is cut.
    seed : for random order and inertia.

    Raises
    ------
    OptionError : an impossible start or option.

    Examples
    --------
    >>> game = NormalFormGame([[[3, 2], [0, 0]], [[0, 0], [2, 3]]])
    >>> best_response_path(game, (0, 1)).end
    (1, 1)
    >>> best_response_path(game, (0, 1), order="simultaneous").cycle.states
    ((0, 1), (1, 0))
    """
    return _path(game, start, "best", order, inertia, max_steps, seed)


def better_response_path(
    game: NormalFormGame,
    start: Sequence[int] | None = None,
    *,
    order: Order = "cyclic",
    inertia: float = 0.0,
    max_steps: int = 10_000,
    seed: int = 0,
) -> ResponsePath:
    """Return the path on which movers switch to the first strategy that gains.

    In random order the strategy is drawn uniformly from those that gain. Parameters and errors
    are those of `best_response_path`.

    Examples
    --------
    >>> better_response_path(NormalFormGame([[0], [1], [2]])).profiles.ravel().tolist()
    [0, 1, 2]
    """
    return _path(game, start, "better", order, inertia, max_steps, seed)


def _path(
    game: NormalFormGame,
    start: Sequence[int] | None,
    rule: Literal["best", "better"],
    order: Order,
    inertia: float,
    max_steps: int,
    seed: int,
) -> ResponsePath:
    """Follow the dynamics; see `best_response_path`."""
    profile = _checked(game, start, order, inertia, max_steps)
    rng = np.random.default_rng(seed)
    is_random = order == "random" or inertia > 0
    turn = 0
    seen: dict[tuple[tuple[int, ...], int], int] = {}
    profiles = [profile]
    movers: list[tuple[int, ...]] = []
    cycle: CycleCertificate | None = None
    converged = False
    while True:
        if not is_random:
            before = seen.setdefault((profile, turn), len(movers))
            if before < len(movers):
                cycle = CycleCertificate(tuple(profiles[before:-1]))
                break
        wishes = [_gaining(game, profile, i, rule) for i in range(game.n_players)]
        willing = [i for i, better in enumerate(wishes) if len(better)]
        if not willing:
            converged = True
            break
        if len(movers) >= max_steps:
            break
        if order == "cyclic":
            moving = [min(willing, key=lambda i: (i - turn) % game.n_players)]
            turn = (moving[0] + 1) % game.n_players
        elif order == "random":
            moving = [willing[int(rng.integers(len(willing)))]]
        else:
            moving = [i for i in willing if not inertia or rng.random() >= inertia]
        following = list(profile)
        for i in moving:
            pick = int(rng.integers(len(wishes[i]))) if order == "random" else 0
            following[i] = int(wishes[i][pick])
        profile = tuple(following)
        profiles.append(profile)
        movers.append(tuple(moving))
    path = read_only(np.array(profiles, dtype=np.int64).reshape(len(profiles), game.n_players))
    limit = None if converged or cycle else Limit.ITERATIONS
    return ResponsePath(path, tuple(movers), converged, cycle, limit)


def _checked(
    game: NormalFormGame, start: Sequence[int] | None, order: Order, inertia: float, max_steps: int
) -> tuple[int, ...]:
    """Return the start as a tuple after checking it and the options."""
    if order not in ("cyclic", "random", "simultaneous"):
        raise OptionError(f"order = {order!r}: must be 'cyclic', 'random' or 'simultaneous'")
    if not 0 <= inertia < 1 or (inertia and order != "simultaneous"):
        rule = "must be in [0, 1), and 0 unless order is 'simultaneous'"
        raise OptionError(f"inertia = {inertia!r}: {rule}")
    if max_steps < 0:
        raise OptionError(f"max_steps = {max_steps!r}: must be >= 0")
    profile = (0,) * game.n_players if start is None else tuple(int(s) for s in start)
    sizes = game.n_strategies
    if len(profile) != len(sizes) or not all(
        0 <= s < size for s, size in zip(profile, sizes, strict=True)
    ):
        raise OptionError(f"start = {profile}: must be a profile of a game with strategies {sizes}")
    return profile


def _gaining(
    game: NormalFormGame, profile: tuple[int, ...], player: int, rule: Literal["best", "better"]
) -> IntArray:
    """Return the strategies (best or all) by which a player gains, ascending."""
    line: tuple[Any, ...] = (*profile[:player], slice(None), *profile[player + 1 :], player)
    own: NumberArray = game.payoffs[line]
    chosen = own > own[profile[player]]
    if rule == "best":
        chosen &= own == own.max()
    return np.flatnonzero(chosen)
