"""The default method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.methods.base import ModelMethod
from eqsolve.families.dec_pomdp.methods.knowledge import Knowledge
from eqsolve.families.dec_pomdp.observing import MOST
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[DecPOMDP, DecPOMDPSolution], ModelMethod):
    """Takes `knowledge`, which is exact for every model.

    Parameters
    ----------
    most_sets : see `Knowledge`.
    """

    theorem: ClassVar[str] = "DEC-1, DEC-2, DEC-3, DEC-4"

    most_sets: int = MOST

    def __post_init__(self) -> None:
        Knowledge(most_sets=self.most_sets)

    def choose_method(self, instance: DecPOMDP) -> tuple[ModelMethod, str]:
        """Return the method and the reason."""
        return Knowledge(), "exact for every model"
