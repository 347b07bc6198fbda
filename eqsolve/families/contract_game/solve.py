"""The verbs of games of many agents."""

from __future__ import annotations

from typing import Any

from eqsolve.core.arguments import require_instance
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.methods.auto import Auto
from eqsolve.families.contract_game.methods.exploitability import Exploitability
from eqsolve.families.contract_game.methods.program import Program
from eqsolve.families.contract_game.solution import ContractGameSolution
from eqsolve.families.contract_game.verify.conditions import verify

__all__ = ["METHODS", "minimal_payments", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (Auto, Exploitability, Program)


def solve(
    game: ContractGame,
    *,
    method: str | Method[ContractGame, ContractGameSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[ContractGameSolution]:
    """Return the least payments for a game's own target; see `minimal_payments`."""
    return solve_with(
        game,
        METHODS,
        verify,
        instance_type=ContractGame,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


def minimal_payments(
    game: ContractGame, target: object = None, **options: Any
) -> Result[ContractGameSolution]:
    """Return the least bonuses that make following a target a best reply for everybody.

    Parameters
    ----------
    game : the game.
    target : ``"welfare"``, ``[state][agent]`` or ``[stage][state][agent]``; the game's own by
        default.
    **options : ``method``, ``time_limit``, ``seed``, ``deadline``.

    Returns
    -------
    result : ``SOLVED``; the objective is the expected discounted payments, as small as can be also
        among payments that look at the whole past.

    Raises
    ------
    InstanceError : no `ContractGame`, or a target of the wrong shape.

    Notes
    -----
    Among joint policies of equal welfare the one with the lowest joint actions is taken. Cost
    O(T S (J + sum of own actions)). Source: Monderer and Tennenholtz (2004), CON-16.

    Examples
    --------
    >>> dilemma = ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> result = minimal_payments(dilemma)
    >>> result.solution.payments.tolist(), result.objective
    ([[[2.0, 2.0]]], 4.0)
    >>> minimal_payments(dilemma, [[1, 1]]).objective
    0.0
    """
    require_instance(game, ContractGame, "game")
    if target is not None:
        game = ContractGame.from_lotteries(
            game.sizes, game.rewards, game.moves, (game.indptr, game.states, game.chances),
            horizon=game.horizon, start=game.start, discount=game.discount, target=target,
            name=game.name, labels=dict(game.labels), metadata=dict(game.metadata),
        )  # fmt: skip
    return solve(game, **options)
