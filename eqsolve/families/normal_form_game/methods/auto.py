"""The default method: looks at the size of the tensor and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.methods.arrays import Arrays
from eqsolve.families.normal_form_game.methods.base import PureMethod
from eqsolve.families.normal_form_game.methods.sweep import Sweep
from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["Auto"]

_LARGE = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[NormalFormGame, NormalFormSolution], PureMethod):
    """Array operations below 200,000 payoffs, compiled sweeps from there on."""

    theorem: ClassVar[str] = "NFG-1"

    def choose_method(self, instance: NormalFormGame) -> tuple[PureMethod, str]:
        """Return the method for a game and the reason."""
        size = instance.payoffs.size
        if size < _LARGE:
            return Arrays(), f"{size} payoffs: small"
        return Sweep(), f"{size} payoffs: large"
