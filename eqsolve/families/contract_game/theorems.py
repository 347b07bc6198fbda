"""What must be true of bonuses for many agents, as claims that can be run."""

from __future__ import annotations

import numpy as np

from eqsolve.core.theorem import Theorem
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solve import solve

__all__ = ["THEOREMS"]


def _minimal(game: ContractGame) -> str | None:
    """CON-16: what best replies gain is the optimum of the program over all payments."""
    mine, program = solve(game), solve(game, method="lp")
    assert mine.solution is not None
    assert program.solution is not None
    off = np.abs(mine.solution.cost_by_agent - program.solution.cost_by_agent).max()
    if off > 1e-6 * max(1.0, game.scale):
        found = program.solution.cost_by_agent.tolist()
        return f"costs {mine.solution.cost_by_agent.tolist()}, by the program {found}"
    return None


def _dominance(game: ContractGame) -> str | None:
    """CON-17: promises off the target make following dominant at the same price."""
    solution = solve(game).solution
    assert solution is not None
    profile = tuple(solution.target[0, 0].tolist())
    tensor = game.rewards[:, 0].reshape(game.n_agents, *game.sizes)
    bonuses = 0.0
    for i, action in enumerate(profile):
        own = np.moveaxis(tensor[i], i, 0)
        promised = own.max(axis=0) - own[action]  # enough against everything the others may do
        paid = own[action] + promised
        if (own > paid[None] + 1e-9).any():
            return f"following is not dominant for agent {i}"
        others = profile[:i] + profile[i + 1 :]
        bonuses += float(promised[others])
    if abs(bonuses - solution.cost) > 1e-6 * max(1.0, game.scale):
        return f"dominance pays {bonuses} at the target, an equilibrium {solution.cost}"
    return None


THEOREMS: tuple[Theorem, ...] = (
    Theorem(
        id="CON-16",
        title="minimal implementation",
        statement="The least payment that makes an agent follow a target is what his best reply "
        "gains unpaid, from every state on and over all payment schemes.",
        source="eqsolve, theory of contracts",
        kind=ContractGame.kind,
        claim=_minimal,
        strategy="contract_games",
    ),
    Theorem(
        id="CON-17",
        title="dominance",
        statement="In one period, making a target dominant costs as much as making it an "
        "equilibrium.",
        source="Monderer and Tennenholtz (2004)",
        kind=ContractGame.kind,
        claim=_dominance,
        strategy="contract_games",
        applies=lambda game: game.horizon == 1 and game.n_states == 1,
        hypotheses="one state, one period",
    ),
)
