"""Exact denoisers of every agent's posterior: fixed points with certified balls, composite flow.

By DEN-1 and DEN-2; all fixed points that running from the possible states and their mean reaches.
`solved` says that a certified ball holds each stable one and that it is the only one in there; it
does not say that no other exists outside (see ``denoising.rest``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of, require_sigma
from eqsolve.families.dec_pomdp.denoising.flow import composite
from eqsolve.families.dec_pomdp.denoising.rest import rest_points, stable
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.methods.base import ModelMethod
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution, Denoised, Posterior

__all__ = ["ROUNDS", "DenoiserMethod", "denoised"]

ROUNDS = 1000
"""Rounds of all agents that the composite flow is given to settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DenoiserMethod(ModelMethod):
    """Fixed points of exact denoisers, and the flow through all of them.

    Parameters
    ----------
    sigma : noise in each dimension.
    start : state at whose point the composite flow starts.
    """

    name: ClassVar[str] = "denoiser"
    summary: ClassVar[str] = "fixed points of exact denoisers of the histories, composite flow"
    theorem: ClassVar[str] = "DEC-1, DEN-1, DEN-2, DEN-5, DEN-6"
    cost: ClassVar[str] = "hundreds of rounds of O(m**2 d) for m possible states in d dimensions"

    sigma: float = 0.25
    start: int = 0

    def __post_init__(self) -> None:
        require_sigma(self.sigma, np.zeros(0))
        require_count(self.start, "start")

    def supports(self, instance: DecPOMDP) -> str | None:
        """Return why the settings do not fit the model, or None."""
        if not instance.histories:
            return "the model asks about no histories"
        if self.start >= instance.n_states:
            return f"start = {self.start}: the states are 0 to {instance.n_states - 1}"
        try:
            require_sigma(self.sigma, instance.points)
        except OptionError as error:
            return str(error)
        return None

    def run(
        self, instance: DecPOMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DecPOMDPSolution]:
        """Filter, and look at the denoisers of each history; `rng` is not used."""
        posteriors = posteriors_of(instance, instance.histories, deadline)
        found: list[Denoised] = []
        for entry in posteriors or ():
            if deadline.expired():
                break
            found.append(denoised(instance, entry, self.sigma, instance.points[self.start]))
        if posteriors is None or len(found) < len(posteriors):
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit, method=self.name)
        rests = [rest for entry in found for own in entry.fixed_points for rest in own]
        open_ones = sum(stable(rest) and rest.bound is None for rest in rests)
        remark = f"{open_ones} stable fixed points lie in no certified ball"
        return Outcome(
            status=Status.FEASIBLE if open_ones else Status.SOLVED,
            solution=DecPOMDPSolution(
                question="denoiser", posteriors=tuple(posteriors), sigma=float(self.sigma),
                denoised=tuple(found),
            ),
            method=self.name,
            counts={"fixed_points": len(rests), "stable": sum(map(stable, rests))},
            remarks=(remark,) if open_ones else (),
        )  # fmt: skip


def denoised(model: DecPOMDP, entry: Posterior, sigma: float, start: np.ndarray | None) -> Denoised:
    """Return what exact denoisers make of a history whose posteriors are known.

    Parameters
    ----------
    start : point where the composite flow starts; None for no flow.

    Notes
    -----
    Where an agent's part of the history cannot happen he has no denoiser, and there is no flow.
    """
    points = model.points
    agents = [None if row is None else denoiser_of(row, points, sigma) for row in entry.local]
    able = [agent for agent in agents if agent is not None]
    flow = None
    if start is not None and len(able) == len(agents):
        flow = composite(able, start, points, entry.shared, ROUNDS)
    return Denoised(
        history=entry.history,
        fixed_points=tuple(() if agent is None else rest_points(agent, points) for agent in agents),
        shared=entry.shared,
        flow=flow,
    )
