"""The verb of normal-form games: all pure equilibria."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.methods.arrays import Arrays
from eqsolve.families.normal_form_game.methods.auto import Auto
from eqsolve.families.normal_form_game.methods.sweep import Sweep
from eqsolve.families.normal_form_game.solution import NormalFormSolution
from eqsolve.families.normal_form_game.verify.conditions import verify

__all__ = ["METHODS", "pure_equilibria", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (Auto, Arrays, Sweep)


def pure_equilibria(
    game: NormalFormGame,
    *,
    method: str | Method[NormalFormGame, NormalFormSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[NormalFormSolution]:
    """Return all pure equilibria of a game, verified to be all.

    Parameters
    ----------
    game : the game.
    method : a name from ``eqsolve.methods("normal_form_game")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : not used by these deterministic methods; recorded.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings; all take ``max_equilibria``.

    Returns
    -------
    result : ``SOLVED`` with all equilibria, or ``NO_EQUILIBRIUM``, both with an
        `ExhaustionCertificate`; ``FEASIBLE`` with some, when a limit was hit; ``UNKNOWN`` with
        none, when a limit was hit. There is no objective.

    Raises
    ------
    InstanceError : not a normal-form game.
    OptionError : before any work is done.

    Notes
    -----
    O(P N) for P profiles and N players. Payoffs are compared as they are, without a tolerance.
    Equilibria come in lexicographic order of their profiles. Theorem NFG-1; source: Nash (1951).

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    >>> list(pure_equilibria(game).solution)
    [(0, 0), (1, 1)]
    >>> pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> pure_equilibria(pennies).status.value
    'no_equilibrium'
    """
    return solve_with(
        game,
        METHODS,
        verify,
        instance_type=NormalFormGame,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


solve = pure_equilibria
