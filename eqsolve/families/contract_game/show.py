"""How games of many agents and their bonuses are told: facts, tables, one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solution import ContractGameSolution

__all__ = ["facts", "headline", "tables", "tidy"]


def facts(game: ContractGame) -> dict[str, str]:
    """Return what there is to know before solving."""
    return {
        "agents": str(game.n_agents),
        "states": str(game.n_states),
        "actions": " x ".join(map(str, game.sizes)),
        "periods": "no end" if game.horizon is None else str(game.horizon),
        "discount": f"{game.discount:g}",
        "rewards": f"{game.rewards.min():g} to {game.rewards.max():g}",
        "target": "the greatest welfare" if game.target is None else "given",
    }


def headline(game: ContractGame, result: Result[ContractGameSolution]) -> str:
    """Return one sentence: what was found."""
    solution = result.solution
    if solution is None:
        return "nothing found before the run was stopped"
    share = "" if solution.share is None else f", {100 * solution.share:.3g} % of it"
    return f"welfare {solution.welfare:.6g}; bonuses cost {solution.cost:.6g}{share}"


def tidy(game: ContractGame, result: Result[ContractGameSolution]) -> list[Table]:
    """Return what each agent is told to do and gets for it, in every stage and state."""
    solution = result.solution
    if solution is None:
        return []
    table = Table("Bonuses", ["stage", "state", "agent", "action", "bonus"])
    for t, target in enumerate(solution.target.tolist()):
        for s, actions in enumerate(target):
            for i, action in enumerate(actions):
                names = game.label("agents", i), game.action_label(i, action)
                table.add(t, game.label("states", s), *names, float(solution.payments[t, s, i]))
    return [table]


def tables(game: ContractGame, result: Result[ContractGameSolution]) -> list[Table]:
    """Return what each agent gets, and the bonuses of the first stage."""
    solution = result.solution
    if solution is None:
        return []
    money = Table("Agents at the start", ["agent", "unpaid", "best reply", "bonuses"])
    for i in range(game.n_agents):
        money.add(
            game.label("agents", i),
            float(game.start @ solution.unpaid_values[0, :, i]),
            float(game.start @ solution.best_reply_values[0, :, i]),
            float(solution.cost_by_agent[i]),
        )
    names = [game.label("agents", i) for i in range(game.n_agents)]
    columns = ["state", *names, *(f"bonus of {name}" for name in names)]
    first = Table("Recommended in stage 0", columns)
    for s in range(game.n_states):
        actions = (game.action_label(i, int(a)) for i, a in enumerate(solution.target[0, s]))
        first.add(game.label("states", s), *actions, *map(float, solution.payments[0, s]))
    return [money, first]
