"""Dominated strategies, and their iterated elimination.

Strategy t of a player **strictly dominates** s when it pays more whatever the others do, and
**weakly dominates** it when it never pays less and sometimes more. Dominators are pure strategies
here. Each round removes all dominated strategies of all players at once. Strict elimination ends
in the same game in any order and keeps every equilibrium (NFG-3); weak elimination depends on the
order and may lose equilibria, but makes none.

O(a**2 P) time at worst for a strategies and P profiles; on most data close to one pass, because a
comparison of two strategies ends at the first block of columns that decides it.
Source: Moulin (1979); Gilboa, Kalai and Zemel (1990) on the order of elimination.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import OptionError
from eqsolve.families.normal_form_game.instance import NormalFormGame, strategies_of

__all__ = ["Dominance", "Elimination", "dominance", "restricted"]


@dataclass(frozen=True, slots=True)
class Elimination:
    """Strategy `strategy` of `player` is dominated by `by` (lowest index that dominates it)."""

    player: int
    strategy: int
    by: int


@dataclass(frozen=True, slots=True)
class Dominance:
    """What elimination removed and what is left.

    Parameters
    ----------
    kind : ``"strict"`` or ``"weak"``.
    rounds : the eliminations of each round; each holds in the game left by the rounds before.
    surviving : strategies left to each player, ascending.
    """

    kind: Literal["strict", "weak"]
    rounds: tuple[tuple[Elimination, ...], ...]
    surviving: tuple[tuple[int, ...], ...]

    @property
    def solves(self) -> bool:
        """Whether a single profile is left (the game is dominance solvable)."""
        return all(len(left) == 1 for left in self.surviving)


def dominance(
    game: NormalFormGame, *, kind: Literal["strict", "weak"] = "strict", iterated: bool = True
) -> Dominance:
    """Return the dominated strategies, round after round.

    Parameters
    ----------
    game : the game.
    kind : strict or weak dominance, by pure strategies.
    iterated : go on until nothing is dominated; False stops after the first round.

    Raises
    ------
    InstanceError : not a normal-form game.
    OptionError : no such kind.

    Notes
    -----
    Cost O(a**2 P) at worst for a strategies and P profiles, usually close to one pass over the
    payoffs. Theorem NFG-3; source: Moulin (1979); Gilboa, Kalai and Zemel (1990).

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]])
    >>> found = dominance(prisoners)
    >>> found.rounds[0]
    (Elimination(player=0, strategy=0, by=1), Elimination(player=1, strategy=0, by=1))
    >>> found.surviving, found.solves
    (((1,), (1,)), True)
    """
    require_instance(game, NormalFormGame, "game")
    if kind not in ("strict", "weak"):
        raise OptionError(f"kind = {kind!r}: must be 'strict' or 'weak'")
    left = [np.arange(size) for size in game.n_strategies]
    rounds: list[tuple[Elimination, ...]] = []
    while not rounds or iterated:
        removed: list[Elimination] = []
        table = game.payoffs[np.ix_(*left)]
        for player, own in enumerate(left):
            rows = np.moveaxis(table[..., player], player, 0).reshape(len(own), -1)
            removed += [
                Elimination(player, int(own[s]), int(own[t])) for s, t in _dominated(rows, kind)
            ]
        if not removed:
            break
        rounds.append(tuple(removed))
        for player in range(game.n_players):
            gone = [entry.strategy for entry in removed if entry.player == player]
            left[player] = left[player][~np.isin(left[player], gone)]
    return Dominance(kind, tuple(rounds), tuple(tuple(own.tolist()) for own in left))


def restricted(game: NormalFormGame, strategies: Sequence[Sequence[int]]) -> NormalFormGame:
    """Return the game in which each player has only some strategies.

    Parameters
    ----------
    game : the game.
    strategies : for each player the strategies kept, in their new order, for instance
        ``Dominance.surviving``.

    Raises
    ------
    InstanceError : not a normal-form game.
    OptionError : a strategy that does not exist, or none kept for a player.

    Notes
    -----
    Cost O(size of the smaller tensor). Source: the reduced games of NFG-3, Moulin (1979).

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[1, 2], [3, 4]], [[0, 0], [0, 0]])
    >>> restricted(game, [[1], [0, 1]]).payoffs[..., 0].tolist()
    [[3, 4]]
    """
    require_instance(game, NormalFormGame, "game")
    if not isinstance(strategies, Sequence | np.ndarray) or len(strategies) != game.n_players:
        rule = f"must be {game.n_players} lists, one for each of the players"
        raise OptionError(f"strategies = {strategies!r}: {rule}")
    for player, (kept, size) in enumerate(zip(strategies, game.n_strategies, strict=True)):
        listed = isinstance(kept, Sequence | np.ndarray) and len(kept) > 0
        if not listed or not all(isinstance(s, int | np.integer) and 0 <= s < size for s in kept):
            raise OptionError(f"strategies[{player}] = {kept!r}: must be some of 0..{size - 1}")
    labels = dict(game.labels)
    for player, kept in enumerate(strategies):
        side = strategies_of(player)
        if side in labels:
            labels[side] = tuple(labels[side][s] for s in kept)
    payoffs = game.payoffs[np.ix_(*(np.asarray(kept, dtype=np.int64) for kept in strategies))]
    denominator = game.denominator
    return NormalFormGame(payoffs, denominator, name=game.name, labels=labels)


def _dominated(rows: NumberArray, kind: str) -> list[tuple[int, int]]:
    """Return (s, t) for every row s that some row t dominates, t the lowest."""
    found = []
    n_columns = rows.shape[1]
    for s in range(len(rows)):
        rivals = np.delete(np.arange(len(rows)), s)
        better = np.zeros(len(rivals), dtype=bool)
        start, width = 0, 8
        while start < n_columns and len(rivals):
            block = rows[rivals, start : start + width]
            own = rows[s, start : start + width]
            if kind == "strict":
                alive = (block > own).all(axis=1)
            else:
                alive = (block >= own).all(axis=1)
                better |= (block > own).any(axis=1)
            rivals, better = rivals[alive], better[alive]
            start, width = start + width, 8 * width
        if kind == "weak":
            rivals = rivals[better]
        if len(rivals):
            found.append((s, int(rivals[0])))
    return found
