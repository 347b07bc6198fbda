"""The default method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.methods.base import GameMethod
from eqsolve.families.contract_game.methods.exploitability import Exploitability
from eqsolve.families.contract_game.solution import ContractGameSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[ContractGame, ContractGameSolution], GameMethod):
    """Takes `exploitability`, which is exact for every game."""

    theorem: ClassVar[str] = "CON-16"

    def choose_method(self, instance: ContractGame) -> tuple[GameMethod, str]:
        """Return the method and the reason."""
        return Exploitability(), "exact for every game"
