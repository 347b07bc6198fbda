"""Response paths: players who can gain move, one after the other or all at once.

A path ends at a pure equilibrium, in a cycle, or at its limit of steps. With one mover at a time
it is a path in the improvement graph, and ends at an equilibrium in every game with a generalized
ordinal potential. The loop is the same for every kind of game: a kind supplies what a player may
switch to.
Source: Monderer and Shapley (1996); Young (2004) on inertia.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.arrays import IntArray, read_only
from eqsolve.core.certificate import CycleCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.status import Limit

__all__ = ["MAX_STEPS", "Order", "Profile", "Response", "ResponsePath", "follow"]

MAX_STEPS = 10_000
"""Steps after which a path is cut unless told otherwise."""

Order = Literal["cyclic", "random", "simultaneous"]
Response = Literal["best", "better"]
Profile = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ResponsePath:
    """Where a response path led.

    Parameters
    ----------
    profiles : int64, shape (steps + 1, N): the start and the profile after each step; the strategy
        of every player, or the model of every platform.
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
    def end(self) -> Profile:
        """The last profile."""
        return tuple(self.profiles[-1].tolist())


def follow(
    start: Sequence[int],
    wishes: Callable[[Profile, int], IntArray],
    *,
    order: Order,
    inertia: float,
    max_steps: int,
    seed: int,
) -> ResponsePath:
    """Return the path from `start`.

    Parameters
    ----------
    wishes : ``wishes(profile, player)`` are the strategies to which a player would switch, the
        first choice first; none for one who is content.
    order : ``"cyclic"``: the next player in order who can gain; ``"random"``: one drawn uniformly
        from those who can, to one of its wishes drawn uniformly; ``"simultaneous"``: all of them.
    inertia : probability with which each simultaneous mover stays put, in [0, 1).
    max_steps : number of steps after which the path is cut.
    seed : for random order and inertia.

    Raises
    ------
    OptionError : an impossible option.

    Notes
    -----
    A cycle is reported where moves are deterministic: the same profile with the same player's turn
    returns for ever.
    """
    _check(order, inertia, max_steps)
    rng = np.random.default_rng(seed)
    repeats = order != "random" and inertia == 0
    profile, turn, n = tuple(start), 0, len(start)
    profiles, movers = [profile], list[tuple[int, ...]]()
    seen: dict[tuple[Profile, int], int] = {}
    cycle: CycleCertificate | None = None
    converged = False
    while True:
        if repeats:
            before = seen.setdefault((profile, turn), len(movers))
            if before < len(movers):
                cycle = CycleCertificate(tuple(profiles[before:-1]))
                break
        asked = rng.permutation(n).tolist() if order == "random" else _round(turn, n)
        choices: dict[int, IntArray] = {}
        for player in asked:
            wanted = wishes(profile, player)
            if len(wanted):
                choices[player] = wanted
                if order != "simultaneous":
                    break
        if not choices:
            converged = True
            break
        if len(movers) >= max_steps:
            break
        following = list(profile)
        moving = [i for i in choices if not inertia or rng.random() >= inertia]
        for i in moving:
            pick = int(rng.integers(len(choices[i]))) if order == "random" else 0
            following[i] = int(choices[i][pick])
        if order == "cyclic":
            turn = (moving[0] + 1) % n
        profile = tuple(following)
        profiles.append(profile)
        movers.append(tuple(moving))
    path = read_only(np.array(profiles, dtype=np.int64).reshape(len(profiles), n))
    limit = None if converged or cycle else Limit.ITERATIONS
    return ResponsePath(path, tuple(movers), converged, cycle, limit)


def _round(turn: int, n: int) -> list[int]:
    """Return all players, beginning with the one whose turn it is."""
    return [*range(turn, n), *range(turn)]


def _check(order: str, inertia: float, max_steps: int) -> None:
    """Raise for an impossible option."""
    if order not in ("cyclic", "random", "simultaneous"):
        raise OptionError(f"order = {order!r}: must be 'cyclic', 'random' or 'simultaneous'")
    if not 0 <= inertia < 1 or (inertia and order != "simultaneous"):
        rule = "must be in [0, 1), and 0 unless order is 'simultaneous'"
        raise OptionError(f"inertia = {inertia!r}: {rule}")
    require_count(max_steps, "max_steps")
