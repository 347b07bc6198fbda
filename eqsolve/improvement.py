"""Improvement in games of both kinds: graphs, sink components and response paths.

A profile of a normal-form game is a tuple of strategies. In a model market all platforms have the
same models to choose from and are alike: nodes of its improvement graph are tuples of counts,
while a path says who moves and so holds the model of every platform (`ModelMarket.counts_of`
counts them).

A **sink component** is a strongly connected component that no improvement leaves: where
improvement paths end up. Those of one profile are the pure equilibria (NFG-2).
Sources: Monderer and Shapley (1996); Goemans, Mirrokni and Vetta (2005) on sink equilibria.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from eqsolve.core.errors import OptionError
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.response_paths import MAX_STEPS, Order, ResponsePath

if TYPE_CHECKING:
    import networkx

__all__ = [
    "best_response_path",
    "better_response_path",
    "improvement_graph",
    "sink_components",
]


def improvement_graph(
    game: NormalFormGame | ModelMarket, *, rule: Literal["better", "best"] = "better"
) -> networkx.DiGraph[Any]:
    """Return the improvement graph: an arc for each switch by which one player gains.

    Parameters
    ----------
    game : a normal-form game of at most 20 million deviations, or a model market of at most 20,000
        profiles.
    rule : an arc for every gain, or for best responses that gain only.

    Returns
    -------
    graph : nodes are profiles: tuples of strategies, or of counts. Arcs carry ``gain`` and who
        moves: ``player`` in a game, ``source`` and ``target`` models in a market. Gains in
        normal-form games are exact fractions (floats where payoffs are floats), in markets floats.

    Raises
    ------
    UnsupportedError : too large.
    OptionError : no such rule, or not a game.

    Notes
    -----
    Cost O(deviations): at most ``sum_i P (a_i - 1)`` for P profiles and a_i strategies. Source:
    Monderer and Shapley (1996).

    Examples
    --------
    >>> pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> sorted(improvement_graph(pennies).edges)
    [((0, 0), (0, 1)), ((0, 1), (1, 1)), ((1, 0), (0, 0)), ((1, 1), (1, 0))]
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> sorted(improvement_graph(market).edges)
    [((0, 3), (1, 2)), ((1, 2), (2, 1)), ((3, 0), (2, 1))]
    """
    if isinstance(game, ModelMarket):
        from eqsolve.families.model_market.questions import graph as markets

        graph: networkx.DiGraph[Any] = markets.improvement_graph(game, rule=rule)
        return graph
    from eqsolve.families.normal_form_game.questions import graph as games

    return games.improvement_graph(_game(game), rule=rule)


def sink_components(
    game: NormalFormGame | ModelMarket, *, rule: Literal["better", "best"] = "better"
) -> list[list[tuple[int, ...]]]:
    """Return the sink components of the improvement graph.

    Parameters
    ----------
    game, rule : as for `improvement_graph`.

    Returns
    -------
    sinks : profiles of each component in lexicographic order, components by their first profile.

    Raises
    ------
    UnsupportedError, OptionError : as for `improvement_graph`.

    Notes
    -----
    Cost O(deviations), as for the graph. Theorem NFG-2; source: Goemans, Mirrokni and
    Vetta (2005).

    Examples
    --------
    >>> sink_components(NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]]))
    [[(0, 0)], [(1, 1)]]
    >>> sink_components(ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3))
    [[(2, 1)]]
    """
    if isinstance(game, ModelMarket):
        from eqsolve.families.model_market.questions import graph as markets

        return markets.sink_components(game, rule=rule)
    from eqsolve.families.normal_form_game.questions import graph as games

    return games.sink_components(_game(game), rule=rule)


def best_response_path(
    game: NormalFormGame | ModelMarket,
    start: Sequence[int] | None = None,
    *,
    order: Order = "cyclic",
    inertia: float = 0.0,
    max_steps: int = MAX_STEPS,
    seed: int = 0,
) -> ResponsePath:
    """Return the path on which movers switch to a best response (the lowest of equally good ones).

    Parameters
    ----------
    game : a normal-form game or a model market.
    start : strategy of each player or model of each platform; by default all strategies 0, or all
        platforms with the model of the greatest total score.
    order : who moves among those who can gain: ``"cyclic"``, the next in order; ``"random"``, one
        drawn uniformly; ``"simultaneous"``, all.
    inertia : probability with which each simultaneous mover stays put, in [0, 1).
    max_steps : number of steps after which the path is cut.
    seed : for random order and inertia.

    Returns
    -------
    path : see `ResponsePath`. A cycle is reported where moves are deterministic.

    Raises
    ------
    OptionError, InstanceError : an impossible option or start.

    Notes
    -----
    Cost per step O(sum of the numbers of strategies), in a model market O(models in use M K),
    twice that under softmax. Source: Monderer and Shapley (1996); Young (2004) on inertia.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    >>> best_response_path(game, (0, 1)).end
    (1, 1)
    >>> best_response_path(game, (0, 1), order="simultaneous").cycle.states
    ((0, 1), (1, 0))
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> path = best_response_path(market, (1, 1, 1))
    >>> path.converged, path.end, market.counts_of(path.end).tolist()
    (True, (0, 0, 1), [2, 1])
    """
    follow: Any = _dynamics(game)
    path: ResponsePath = follow(
        game, start, order=order, inertia=inertia, max_steps=max_steps, seed=seed
    )
    return path


def better_response_path(
    game: NormalFormGame | ModelMarket,
    start: Sequence[int] | None = None,
    *,
    order: Order = "cyclic",
    inertia: float = 0.0,
    max_steps: int = MAX_STEPS,
    seed: int = 0,
) -> ResponsePath:
    """Return the path on which movers switch to the first strategy that gains.

    In random order the strategy is drawn uniformly from those that gain. Parameters and errors
    are those of `best_response_path`.

    Notes
    -----
    Cost as for `best_response_path`. Source: Monderer and Shapley (1996).

    Examples
    --------
    >>> better_response_path(NormalFormGame([[0], [1], [2]])).profiles.ravel().tolist()
    [0, 1, 2]
    """
    follow: Any = _dynamics(game)
    path: ResponsePath = follow(
        game,
        start,
        response="better",
        order=order,
        inertia=inertia,
        max_steps=max_steps,
        seed=seed,
    )
    return path


def _dynamics(game: object) -> object:
    """Return the function that makes response paths in games of this kind."""
    if isinstance(game, ModelMarket):
        from eqsolve.families.model_market.questions import dynamics as markets

        return markets.response_path
    from eqsolve.families.normal_form_game.questions import dynamics as games

    _game(game)
    return games.response_path


def _game(game: object) -> NormalFormGame:
    """Return a normal-form game as it is, and raise for what is no game."""
    if isinstance(game, NormalFormGame):
        return game
    raise OptionError(
        f"{type(game).__name__} is no game: must be a NormalFormGame or a ModelMarket"
    )
