"""Steering many agents: least bonuses that make a joint policy an equilibrium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.contract_game.generate import coin_game
    from eqsolve.families.contract_game.instance import ContractGame
    from eqsolve.families.contract_game.questions.dominance import Dominance, dominance_payments
    from eqsolve.families.contract_game.questions.targets import target_costs
    from eqsolve.families.contract_game.solution import ContractGameSolution
    from eqsolve.families.contract_game.solve import minimal_payments

__all__ = [
    "ContractGame",
    "ContractGameSolution",
    "Dominance",
    "coin_game",
    "dominance_payments",
    "minimal_payments",
    "target_costs",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "generate": ("coin_game",),
        "instance": ("ContractGame",),
        "questions.dominance": ("Dominance", "dominance_payments"),
        "questions.targets": ("target_costs",),
        "solution": ("ContractGameSolution",),
        "solve": ("minimal_payments",),
    },
)
