"""Training an entrant: the smooth objective of strategic entry and two ways to climb it.

Against the best incumbent scores ``Sbar`` an entrant with scores ``S_phi`` maximizes

    ``F(phi) = sum_q w[q] sigma(beta (S_phi(q) - Sbar(q))) S_phi(q)``,  sigma the logistic function,

whose derivative with respect to a score is ``w sigma + w beta sigma (1 - sigma) S_phi``. `ascend`
follows the gradient of F itself; `reweight` fits the model to the types with weights
``w * sigma**gamma``, over and over, as one would reweight a training mix. F is not concave: both
end in a local maximum at best. Cost: one evaluation of the family per step.

Source: Wei, Shi and Zhang 2026, section on strategic entry.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.questions.entrants import EntryFamily

__all__ = ["ascend", "entry_objective", "reweight"]


def entry_objective(
    market: ModelMarket, family: EntryFamily, phi: FloatArray, *, beta: float = 1.0
) -> tuple[float, FloatArray]:
    """Return F and its gradient in phi; O(K) beyond the family's own cost.

    Examples
    --------
    >>> from eqsolve.families.model_market.questions.entrants import ConvexMixtures
    >>> market = ModelMarket([[1, 0]], weights=[1, 1], n_platforms=2)
    >>> value, gradient = entry_objective(market, ConvexMixtures(np.eye(2)), np.array([0.0, 1.0]))
    >>> round(value, 4), gradient.round(4).tolist()
    (0.3655, [0.1345, 0.4638])
    """
    own = family.scores(phi)
    chance, slopes = _slopes(market, own, beta)
    return float((market.shares * chance * own).sum()), family.pull_back(phi, slopes)


def ascend(
    market: ModelMarket, family: EntryFamily, phi: FloatArray, beta: float, steps: int
) -> tuple[FloatArray, list[float]]:
    """Return parameters after projected gradient ascent on F, and F along the way."""
    pace = 1.0
    value, gradient = entry_objective(market, family, phi, beta=beta)
    history = [value]
    for _ in range(steps):
        while pace > 1e-12:
            moved = family.project(phi + pace * gradient)
            after, slope = entry_objective(market, family, moved, beta=beta)
            if after >= value + 1e-4 * float(gradient @ (moved - phi)):
                break
            pace /= 2
        if pace <= 1e-12 or after - value <= 1e-12 * abs(value):
            break
        phi, value, gradient, pace = moved, after, slope, pace * 2
        history.append(value)
    return phi, history


def reweight(
    market: ModelMarket,
    family: EntryFamily,
    phi: FloatArray,
    beta: float,
    gamma: float,
    steps: int,
) -> tuple[FloatArray, list[float]]:
    """Return the best parameters met while training on weights ``w sigma**gamma``, and F."""
    best, history = phi, [entry_objective(market, family, phi, beta=beta)[0]]
    scale = max(1.0, market.scale)
    for step in range(steps):
        chance, _ = _slopes(market, family.scores(phi), beta)
        mix = market.shares * chance**gamma
        pull = family.pull_back(phi, mix / mix.sum())
        phi = family.project(phi + pull / scale / np.sqrt(step + 1))
        value = entry_objective(market, family, phi, beta=beta)[0]
        if value > history[-1]:
            best = phi
            history.append(value)
    return best, history


def _slopes(market: ModelMarket, own: FloatArray, beta: float) -> tuple[FloatArray, FloatArray]:
    """Return sigma and the derivative of F with respect to each score."""
    lead = np.clip(beta * (own - market.scores.max(axis=0)), -500, 500)
    chance = 1 / (1 + np.exp(-lead))
    return chance, market.shares * chance * (1 + beta * (1 - chance) * own)
