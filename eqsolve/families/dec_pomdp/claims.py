"""What claims on denoisers look at: those of all agents, with several noises, and points to probe.

They belong to the posteriors that agents have after the model's histories. O(agents * histories)
denoisers a noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.theorem import Theorem
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser, denoiser_of
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP

__all__ = ["PAPER", "ROUNDS", "SIGMAS", "denoisers", "probes", "small_noise", "theorem"]

SIGMAS = (0.1, 0.3, 0.6, 1.5)
ROUNDS = 2000
"""Rounds of a map or flow that has to settle."""
PAPER = "Wang, Dong, Jiang, Parkes and Tambe (2025), arXiv 2410.13953"
_OURS = "eqsolve, theory of state reconstruction"
_LOOKS = "looking_dec_pomdps"


def denoisers(
    model: DecPOMDP, sigmas: tuple[float, ...]
) -> Iterator[tuple[list[Denoiser], tuple[int, ...]]]:
    """Yield the denoisers of all agents and the shared states, for each history and noise."""
    for entry in posteriors_of(model, model.histories) or []:
        rows = [row for row in entry.local if row is not None]
        for sigma in sigmas if len(rows) == model.n_agents else ():
            yield [denoiser_of(row, model.points, sigma) for row in rows], entry.shared


def small_noise(model: DecPOMDP) -> tuple[float, ...]:
    """Return a noise that is small beside all distances of states."""
    points = model.points
    gaps = [np.linalg.norm(a - b) for k, a in enumerate(points) for b in points[:k]]
    return (0.02 * float(min(gaps, default=1.0)),)


def probes(model: DecPOMDP) -> FloatArray:
    """Return points near states and between them, drawn by the model's digest."""
    rng = np.random.default_rng(int(model.digest[:8], 16))
    points = model.points
    shares = rng.dirichlet(np.ones(len(points)), 3)
    return shares @ points + 0.3 * rng.standard_normal((3, points.shape[1]))


def theorem(
    id: str, title: str, statement: str, claim: Callable[[Any], str | None], source: str = _OURS,
    **more: Any,
) -> Theorem:  # fmt: skip
    """Return a theorem about denoisers."""
    return Theorem(
        id=id, title=title, statement=statement, claim=claim, source=source,
        kind=DecPOMDP.kind, strategy=more.pop("strategy", _LOOKS), **more,
    )  # fmt: skip
