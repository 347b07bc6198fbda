"""The default method: the most exact one that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.collusion_dynamics.batches import MOST_OUTCOMES, n_outcomes
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.analytic import Analytic
from eqsolve.families.collusion_dynamics.methods.base import DynamicsMethod
from eqsolve.families.collusion_dynamics.methods.enumerate import Enumerate
from eqsolve.families.collusion_dynamics.methods.grid import GridMethod
from eqsolve.families.collusion_dynamics.methods.simulate import Simulate
from eqsolve.families.collusion_dynamics.solution import CollusionSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[CollusionDynamics, CollusionSolution], DynamicsMethod):
    """Takes `analytic` without a batch, else the first of `enumerate`, `grid` and `simulate`.

    Parameters
    ----------
    error : see `GridMethod`.
    paths : see `Simulate`.
    """

    theorem: ClassVar[str] = "COL-4, COL-9"

    error: float = 1e-4
    paths: int = 100_000

    def __post_init__(self) -> None:
        GridMethod(error=self.error)
        Simulate(paths=self.paths)

    def choose_method(self, instance: CollusionDynamics) -> tuple[DynamicsMethod, str]:
        """Return the method for an instance and the reason."""
        if instance.batch is None:
            return Analytic(), "no batch: large batches only"
        if Enumerate().supports(instance) is None:
            return Enumerate(), "few states until the horizon"
        if n_outcomes(instance) <= MOST_OUTCOMES:
            kind = "first passage" if instance.horizon is None else "many states until the horizon"
            return GridMethod(), f"{kind}, {n_outcomes(instance)} outcomes a batch"
        return Simulate(), f"{n_outcomes(instance)} outcomes a batch"
