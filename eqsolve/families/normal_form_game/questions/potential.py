"""Potentials: one function that tells the gains of all players, or a cycle that excludes it.

For a deviation of player i from profile s to t, with gain ``u_i(t) - u_i(s)``:

* **exact**: ``P(t) - P(s)`` equals the gain. It exists iff the gains around every cycle of four
  profiles, made by two players, sum to 0 (Monderer and Shapley 1996, theorem 2.8).
* **ordinal**: ``P(t) > P(s)`` iff the gain is positive. It exists iff no cycle of deviations
  without a loss contains a gain (Voorneveld and Norde 1997).
* **generalized_ordinal**: a gain makes ``P(t) > P(s)``. It exists iff improvement paths cannot
  return to where they were (Monderer and Shapley 1996, lemma 2.5).

Each implies the next; a game with any of them has a pure equilibrium. The answer carries the
potential, or a cycle that excludes it.

Exact: O(P N**2) for P profiles and N players. The others: O(deviations).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Literal

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import IntArray, NumberArray, is_integral, read_only
from eqsolve.core.certificate import CycleCertificate
from eqsolve.core.errors import OptionError
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.questions.graph import arcs, components

__all__ = ["Potential", "potential"]

Kind = Literal["exact", "ordinal", "generalized_ordinal"]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Potential:
    """The answer to "is there a potential?".

    Parameters
    ----------
    kind : which potential was asked for.
    values : shape (a_1, ..., a_N), or None if there is none. Exact potentials are 0 at profile
        (0, ..., 0), in payoff units times `denominator`; ordinal ones are ranks from 0.
    denominator : divides `values`.
    cycle : excludes a potential: deviations lead from each profile to the next, and from the last
        to the first. None if there is a potential.
    gain : for an exact potential, the sum of the movers' gains around the cycle, which is not 0.
    """

    kind: Kind
    values: NumberArray | None = None
    denominator: int = 1
    cycle: CycleCertificate | None = None
    gain: Fraction | float | None = None

    def __bool__(self) -> bool:
        """Whether there is a potential."""
        return self.values is not None


def potential(game: NormalFormGame, *, kind: Kind = "exact") -> Potential:
    """Return a potential of the game, or a cycle that excludes it.

    Parameters
    ----------
    game : the game.
    kind : ``"exact"``, ``"ordinal"`` or ``"generalized_ordinal"``.

    Raises
    ------
    InstanceError : not a normal-form game.
    OptionError : no such kind.
    UnsupportedError : for ordinal kinds, the game has too many deviations; see `arcs`.

    Notes
    -----
    In games with float payoffs, sums of gains up to ``1e-9 * scale`` count as 0. Cost O(P N**2)
    for P profiles and N players, O(deviations) for the ordinal kinds. Theorems NFG-4 to NFG-6;
    source: Monderer and Shapley (1996); Voorneveld and Norde (1997).

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]])
    >>> potential(prisoners).values.tolist()
    [[0, 1], [1, 2]]
    >>> pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> potential(pennies, kind="generalized_ordinal").cycle.states
    ((0, 0), (0, 1), (1, 1), (1, 0))
    """
    require_instance(game, NormalFormGame, "game")
    if kind == "exact":
        return _exact(game)
    if kind in ("ordinal", "generalized_ordinal"):
        return _ordinal(game, kind)
    raise OptionError(f"kind = {kind!r}: must be 'exact', 'ordinal' or 'generalized_ordinal'")


def _exact(game: NormalFormGame) -> Potential:
    """Test all cycles of four, each with one corner at strategies 0: the others are their sums."""
    payoffs = game.payoffs
    if is_integral(payoffs) and max(int(payoffs.max()), -int(payoffs.min())) >= 2**55:
        payoffs = payoffs.astype(object)  # sums of gains could overflow
    allowed = 0.0 if game.is_integral else _ROUNDING * game.scale
    for i, j in combinations(range(game.n_players), 2):
        both = payoffs[..., i] - payoffs[..., j]
        around = both - _at_zero(both, i) - _at_zero(both, j) + _at_zero(_at_zero(both, i), j)
        size = np.abs(around)
        if not (size > allowed).any():
            continue
        corner = [int(part) for part in np.unravel_index(int(size.argmax()), size.shape)]
        return _four_cycle(game, corner, i, j)
    values = np.zeros(game.n_strategies, dtype=payoffs.dtype)
    for i in range(game.n_players):
        own = payoffs[..., i]
        for later in range(i + 1, game.n_players):
            own = _at_zero(own, later)
        values = values + (own - _at_zero(own, i))
    return Potential("exact", read_only(values), game.denominator)


def _at_zero(table: NumberArray, axis: int) -> NumberArray:
    """Return the table at strategy 0 of one player, the axis kept with length 1."""
    return np.take(table, [0], axis=axis)


def _four_cycle(game: NormalFormGame, corner: list[int], i: int, j: int) -> Potential:
    """Return the cycle over strategy 0 and the corner's strategy of two players, and its gain."""
    states = []
    for own, other in ((0, 0), (corner[i], 0), (corner[i], corner[j]), (0, corner[j])):
        profile = list(corner)
        profile[i], profile[j] = own, other
        states.append(tuple(profile))
    gain: Fraction | float = 0
    for place, mover in enumerate((i, j, i, j)):
        here, there = states[place], states[(place + 1) % 4]
        gain += game.payoff(there, mover) - game.payoff(here, mover)
    return Potential("exact", cycle=CycleCertificate(tuple(states)), gain=gain)


def _ordinal(game: NormalFormGame, kind: Kind) -> Potential:
    """Rank the profiles along gains; equal payoffs bind profiles together if kind is ordinal."""
    total = game.n_profiles
    gains = arcs(game, "better")
    source, target = gains.source, gains.target
    if kind == "ordinal":
        equal = arcs(game, "equal")
        source = np.concatenate([source, equal.source])
        target = np.concatenate([target, equal.target])
    labels = components(total, source, target)
    inside = np.flatnonzero(labels[gains.source] == labels[gains.target])
    if len(inside):
        first, second = int(gains.source[inside[0]]), int(gains.target[inside[0]])
        nodes = [first, *_shortest_path(total, source, target, second, first)[:-1]]
        profiles = np.stack(np.unravel_index(nodes, game.n_strategies), axis=1).tolist()
        return Potential(kind, cycle=CycleCertificate(tuple(map(tuple, profiles))))
    ranks = _ranks(int(labels.max()) + 1, labels[gains.source], labels[gains.target])
    return Potential(kind, read_only(ranks[labels].reshape(game.n_strategies)))


def _shortest_path(
    n_nodes: int, source: IntArray, target: IntArray, start: int, end: int
) -> list[int]:
    """Return the nodes of a shortest path between two nodes of one component, both included."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    ones = np.ones(len(source), dtype=np.int8)
    graph = csr_array((ones, (source, target)), shape=(n_nodes, n_nodes))
    _, previous = breadth_first_order(graph, start, directed=True)
    path = [end]
    while path[-1] != start:
        path.append(int(previous[path[-1]]))
    return path[::-1]


def _ranks(n_nodes: int, source: IntArray, target: IntArray) -> IntArray:
    """Return ranks that rise along every arc of an acyclic graph, sinks having the highest."""
    order = np.argsort(target, kind="stable")
    tails = source[order]
    first = np.concatenate(([0], np.cumsum(np.bincount(target, minlength=n_nodes))))
    waiting = np.bincount(source, minlength=n_nodes)
    height = np.zeros(n_nodes, dtype=np.int64)
    front = np.flatnonzero(waiting == 0)
    level = 0
    while len(front):
        height[front] = level
        entering = np.concatenate([tails[first[v] : first[v + 1]] for v in front.tolist()])
        np.subtract.at(waiting, entering, 1)
        touched = np.unique(entering)
        front = touched[waiting[touched] == 0]
        level += 1
    return np.asarray(height.max() - height, dtype=np.int64)
