"""How normal-form games and their equilibria are told: facts, tables, one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.table import Table
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["facts", "headline", "tables", "tidy"]


def facts(game: NormalFormGame) -> dict[str, str]:
    """Return what there is to know before solving."""
    sizes = " x ".join(map(str, game.n_strategies))
    if not game.is_integral:
        numbers = "floats, compared as they are"
    elif game.denominator == 1:
        numbers = "whole numbers"
    else:
        numbers = f"exact fractions over {game.denominator}"
    low, high = (float(end) / game.denominator for end in (game.payoffs.min(), game.payoffs.max()))
    return {
        "players": str(game.n_players),
        "strategies": sizes,
        "profiles": str(game.n_profiles),
        "payoffs": f"{numbers}, from {low:g} to {high:g}",
    }


def headline(game: NormalFormGame, result: Result[NormalFormSolution]) -> str:
    """Return one sentence: what was found."""
    if result.status is Status.NO_EQUILIBRIUM:
        return f"no pure equilibrium: every one of {game.n_profiles} profiles tempts some player"
    solution = result.solution
    if solution is None:
        return "no pure equilibrium found before the run was stopped; there may be one"
    words = f"{len(solution)} ({int(solution.strict.sum())} strict)"
    if solution.exhaustive:
        return f"all pure equilibria: {words}"
    return f"pure equilibria: {words}; more may exist"


def tidy(game: NormalFormGame, result: Result[NormalFormSolution]) -> list[Table]:
    """Return the equilibria, then who plays what in them, a row for each player."""
    solution = result.solution
    if solution is None:
        return []
    table = Table("Strategies", ["equilibrium", "player", "strategy", "payoff"])
    rows = zip(solution.profiles.tolist(), solution.payoffs.tolist(), strict=True)
    for number, (profile, payoffs) in enumerate(rows):
        for i, (strategy, payoff) in enumerate(zip(profile, payoffs, strict=True)):
            table.add(number, game.label("players", i), game.strategy_label(i, strategy), payoff)
    return [*tables(game, result), table]


def tables(game: NormalFormGame, result: Result[NormalFormSolution]) -> list[Table]:
    """Return the table of equilibria: strategies and payoffs by player."""
    solution = result.solution
    if solution is None:
        return []
    players = [game.label("players", i) for i in range(game.n_players)]
    columns = ["equilibrium", *players, *(f"payoff of {name}" for name in players), "strict"]
    table = Table("Pure equilibria", columns)
    rows = zip(solution.profiles.tolist(), solution.payoffs.tolist(), solution.strict, strict=True)
    for number, (profile, payoffs, strict) in enumerate(rows):
        names = [game.strategy_label(i, s) for i, s in enumerate(profile)]
        table.add(number, *names, *payoffs, "yes" if strict else "no")
    return [table]
