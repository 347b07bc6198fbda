"""Learned denoisers of the histories, one network for each agent and length (extra ``learn``).

What networks give are points; each is put into the exact denoiser, so that its residual says how
far the network is off. Nothing about them is proved: the answer is a feasible one, beside
`denoiser`, which is exact for every model that fits into memory and is the one to use there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.dec_pomdp.denoising.exact import denoiser_of
from eqsolve.families.dec_pomdp.denoising.network import LearnedMap
from eqsolve.families.dec_pomdp.denoising.rest import merged, point_described, settled
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.learned import TrainedDenoiser, train_denoiser
from eqsolve.families.dec_pomdp.methods.denoiser import DenoiserMethod
from eqsolve.families.dec_pomdp.solution import (
    DecPOMDPSolution,
    Denoised,
    FixedPoint,
    Posterior,
)

__all__ = ["Diffusion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffusion(DenoiserMethod):
    """Points at which learned denoisers rest, and the flow through all of them.

    Parameters
    ----------
    sigma, start : see `DenoiserMethod`.
    draws, steps : see `train_denoiser`.
    """

    name: ClassVar[str] = "diffusion"
    summary: ClassVar[str] = "the same with networks that learned from drawn histories"
    theorem: ClassVar[str] = "DEN-3, DEN-5"
    cost: ClassVar[str] = "steps x agents x lengths, a few milliseconds a step"
    needs: ClassVar[dict[str, str]] = {"torch": "learn"}

    draws: int = 200_000
    steps: int = 3000

    def __post_init__(self) -> None:
        DenoiserMethod.__post_init__(self)
        require_count(self.draws, "draws", 1)
        require_count(self.steps, "steps")

    def run(
        self, instance: DecPOMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DecPOMDPSolution]:
        """Train networks for each length of history, and see where they lead."""
        posteriors = posteriors_of(instance, instance.histories, deadline)
        if posteriors is None:
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit, method=self.name)
        seed = int(rng.integers(1 << 31))
        learned = {
            length: train_denoiser(
                instance, length, seed, sigma=self.sigma, draws=self.draws, steps=self.steps,
                deadline=deadline,
            )
            for length in sorted({len(entry.history) for entry in posteriors})
        }  # fmt: skip
        steps = sum(sum(one.steps) for one in learned.values())
        return Outcome(
            status=Status.FEASIBLE,
            solution=DecPOMDPSolution(
                question="denoiser",
                posteriors=tuple(posteriors),
                sigma=float(self.sigma),
                learned=True,
                denoised=tuple(
                    self._denoised(instance, entry, learned[len(entry.history)])
                    for entry in posteriors
                ),
            ),
            method=self.name,
            counts={"steps": steps},
            limit=deadline.limit,
            remarks=("networks gave the points; residuals are those of the exact denoisers",),
        )

    def _denoised(self, model: DecPOMDP, entry: Posterior, learned: TrainedDenoiser) -> Denoised:
        """Return what the networks make of a history."""
        able = all(row is not None for row in entry.local)
        return Denoised(
            history=entry.history,
            fixed_points=tuple(
                () if row is None else self._points(model, row, one)
                for row, one in zip(entry.local, learned.maps(entry.history), strict=True)
            ),
            shared=entry.shared,
            flow=learned.flow(entry.history, self.start) if able else None,
        )

    def _points(
        self, model: DecPOMDP, posterior: FloatArray, learned: LearnedMap
    ) -> tuple[FixedPoint, ...]:
        """Return where the network leads from all states, as the exact denoiser sees it."""
        exact = denoiser_of(posterior, model.points, self.sigma)
        ends = settled(learned, learned.jacobian, model.points)
        return tuple(
            point_described(exact, point, model.points, certify=False)
            for point in merged(ends, model.points)
        )
