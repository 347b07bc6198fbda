"""Normal-form games as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from typing import Any

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.questions.graph import improvement_graph
from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["to_networkx"]


def to_networkx(game: NormalFormGame, solution: NormalFormSolution | None = None) -> Any:
    """Return the improvement graph of a game with its names: profiles, and who gains by a switch.

    Parameters
    ----------
    game : of at most 20 million deviations.
    solution : says which profiles are equilibria.

    Returns
    -------
    graph : nodes are profiles, tuples of strategies, with ``label``, the names of the strategies,
        and ``payoffs``, a number for each player; with a solution ``equilibrium``, where it lists
        all of them or this one. Arcs have ``gain``, ``player`` and the player's ``label``.

    Raises
    ------
    InstanceError : not a normal-form game.
    OptionError : not a solution of one.
    UnsupportedError : too large.

    Notes
    -----
    Cost O(deviations). Source: Monderer and Shapley (1996).

    Examples
    --------
    >>> dilemma = NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]])
    >>> graph = to_networkx(dilemma)
    >>> [profile for profile, out in graph.out_degree() if not out], graph.nodes[1, 1]["payoffs"]
    ([(1, 1)], (-2.0, -2.0))
    """
    require_instance(game, NormalFormGame, "game")
    if solution is not None:
        require_solution(solution, NormalFormSolution)
    graph: Any = improvement_graph(game)
    graph.graph["name"] = game.name
    for profile, data in graph.nodes(data=True):
        data["label"] = ", ".join(game.strategy_label(i, s) for i, s in enumerate(profile))
        payoffs = game.payoffs[profile].tolist()
        data["payoffs"] = tuple(payoff / game.denominator for payoff in payoffs)
        if solution is not None and solution.exhaustive:
            data["equilibrium"] = False
    for _, _, data in graph.edges(data=True):
        data["label"] = game.label("players", data["player"])
    for profile in () if solution is None else solution.profiles.tolist():
        graph.nodes[tuple(profile)]["equilibrium"] = True
    return graph
