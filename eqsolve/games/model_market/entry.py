"""Strategic entry: where in score space a new model should be, and what the market becomes.

An entrant with parameters phi scores ``S_phi(q)``. Against the best incumbent scores ``Sbar`` it
maximizes the smooth objective

    ``F(phi) = sum_q w[q] sigma(beta (S_phi(q) - Sbar(q))) S_phi(q)``,  sigma the logistic function,

whose derivative with respect to a score is ``w sigma + w beta sigma (1 - sigma) S_phi``. Two ways
to train: gradient ascent on F itself, and reweighting, which fits the model to the types with
weights ``w * sigma**gamma``, over and over, as one would reweight a training mix. Afterwards the
market is solved again with the entrant in it. Families of models:

- `ConvexMixtures`: a mixture of given skills, ``S_phi = phi . skills`` with phi >= 0 and
  sum(phi) <= budget;
- `RadialBumps`: user types are points; ``S_phi(q) = sum_b height_b exp(-|x_q - center_b|^2 / (2
  width^2))`` with heights >= 0 that sum to at most the budget.

Source: Wei, Shi and Zhang 2026, section on strategic entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import OptionError
from eqsolve.core.result import Result
from eqsolve.games.model_market.instance import ModelMarket
from eqsolve.games.model_market.solution import ModelEquilibrium, ModelMarketSolution
from eqsolve.games.model_market.solve import market_equilibria

__all__ = [
    "ConvexMixtures",
    "Entry",
    "EntryFamily",
    "RadialBumps",
    "best_entry",
    "entry_objective",
    "with_entrant",
]


class EntryFamily(Protocol):
    """Models that a provider can build: parameters to scores."""

    def scores(self, phi: FloatArray) -> FloatArray:
        """Return the scores, shape (K,)."""
        ...

    def pull_back(self, phi: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return the gradient in phi of a function whose gradient in the scores is `slopes`."""
        ...

    def project(self, phi: FloatArray) -> FloatArray:
        """Return the nearest parameters that can be had."""
        ...

    def start(self, rng: np.random.Generator) -> FloatArray:
        """Return random parameters that can be had."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ConvexMixtures:
    """Mixtures of given skills under a budget.

    Parameters
    ----------
    skills : float64, shape (P, K): scores of each skill for each type.
    budget : what the mixture's coefficients may sum to.
    """

    skills: FloatArray
    budget: float = 1.0

    def scores(self, phi: FloatArray) -> FloatArray:
        """Return ``phi @ skills``."""
        mixed: FloatArray = phi @ self.skills
        return mixed

    def pull_back(self, phi: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return ``skills @ slopes``."""
        gradient: FloatArray = self.skills @ slopes
        return gradient

    def project(self, phi: FloatArray) -> FloatArray:
        """Return the nearest nonnegative coefficients within the budget."""
        return _within_budget(phi, self.budget)

    def start(self, rng: np.random.Generator) -> FloatArray:
        """Return a random mixture that spends the whole budget."""
        return rng.dirichlet(np.ones(len(self.skills))) * self.budget


@dataclass(frozen=True, slots=True, eq=False)
class RadialBumps:
    """Sums of radial bumps over a space of users; phi holds heights, then centers row by row.

    Parameters
    ----------
    places : float64, shape (K, D): where each user type is.
    bumps : number of bumps.
    width : of each bump.
    budget : what the heights may sum to.
    """

    places: FloatArray
    bumps: int = 1
    width: float = 0.2
    budget: float = 1.0

    def _parts(self, phi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return heights (B,), offsets (B, K, D) and bump values (B, K)."""
        heights = phi[: self.bumps]
        centers = phi[self.bumps :].reshape(self.bumps, self.places.shape[1])
        offsets = self.places[np.newaxis] - centers[:, np.newaxis]
        values = np.exp(-(offsets**2).sum(axis=2) / (2 * self.width**2))
        return heights, offsets, values

    def scores(self, phi: FloatArray) -> FloatArray:
        """Return the sum of the bumps at each place."""
        heights, _, values = self._parts(phi)
        total: FloatArray = heights @ values
        return total

    def pull_back(self, phi: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return the chain rule through heights and centers."""
        heights, offsets, values = self._parts(phi)
        by_height = values @ slopes
        pull = heights[:, np.newaxis] * values * slopes / self.width**2
        by_center = (pull[:, :, np.newaxis] * offsets).sum(axis=1)
        return np.concatenate((by_height, by_center.ravel()))

    def project(self, phi: FloatArray) -> FloatArray:
        """Return heights within the budget and centers inside the box of all places."""
        heights = _within_budget(phi[: self.bumps], self.budget)
        centers = phi[self.bumps :].reshape(self.bumps, self.places.shape[1])
        inside = np.clip(centers, self.places.min(axis=0), self.places.max(axis=0))
        return np.concatenate((heights, inside.ravel()))

    def start(self, rng: np.random.Generator) -> FloatArray:
        """Return bumps of random heights at random types."""
        heights = rng.dirichlet(np.ones(self.bumps)) * self.budget
        centers = self.places[rng.integers(len(self.places), size=self.bumps)]
        return np.concatenate((heights, centers.ravel()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """A best entrant, and the market before and after.

    Parameters
    ----------
    phi, scores : the entrant's parameters and scores, shapes (P,) and (K,).
    objective : F at the end.
    history : F after each step of the best start.
    before, after : results of the market without and with the entrant (the last model).
    adoption : share of platforms that adopt the entrant in the best equilibrium afterwards, NaN
        when there is none.
    displaced : models that the best equilibrium before uses and the best afterwards does not.
    welfare_before, welfare_after : user welfare of the best equilibria; NaN when there is none.
    """

    phi: FloatArray
    scores: FloatArray
    objective: float
    history: tuple[float, ...]
    before: Result[ModelMarketSolution]
    after: Result[ModelMarketSolution]
    adoption: float
    displaced: tuple[int, ...]
    welfare_before: float
    welfare_after: float


def entry_objective(
    market: ModelMarket, family: EntryFamily, phi: FloatArray, *, beta: float = 1.0
) -> tuple[float, FloatArray]:
    """Return F and its gradient in phi; O(K) beyond the family's own cost.

    Examples
    --------
    >>> market = ModelMarket([[1, 0]], weights=[1, 1], n_platforms=2)
    >>> value, gradient = entry_objective(market, ConvexMixtures(np.eye(2)), np.array([0.0, 1.0]))
    >>> round(value, 4), gradient.round(4).tolist()
    (0.3655, [0.1345, 0.4638])
    """
    own = family.scores(phi)
    chance, slopes = _slopes(market, own, beta)
    return float((market.shares * chance * own).sum()), family.pull_back(phi, slopes)


def with_entrant(market: ModelMarket, scores: FloatArray, label: str = "entrant") -> ModelMarket:
    """Return the market with one model more, the last; labels are extended."""
    labels = {side: list(names) for side, names in market.labels.items()}
    if "models" in labels:
        labels["models"].append(label)
    return ModelMarket(
        np.vstack((market.scores, np.maximum(scores, 0))),
        market.weights,
        market.n_platforms,
        market.choice,
        name=market.name,
        labels=labels,
    )


def best_entry(
    market: ModelMarket,
    family: EntryFamily,
    *,
    training: Literal["gradient", "reweighting"] = "gradient",
    beta: float = 1.0,
    gamma: float = 1.0,
    steps: int = 300,
    starts: int = 5,
    seed: int = 0,
    time_limit: float | None = 60.0,
) -> Entry:
    """Return a locally best entrant of a family, and the market solved with and without it.

    Parameters
    ----------
    market : the incumbents.
    family : what can be built, e.g. `ConvexMixtures` or `RadialBumps`.
    training : ``"gradient"`` ascends F; ``"reweighting"`` ascends the linear objective
        ``sum_q w sigma**gamma S_phi``, with weights taken from the present model.
    beta : sharpness of sigma per unit of score.
    gamma : exponent of the reweighting.
    steps : ascent steps from each start; F never falls from step to step under ``"gradient"``.
    starts : random starts; the best F wins.
    seed : for the starts.
    time_limit : seconds for each of the two equilibrium computations.

    Raises
    ------
    OptionError : an option that cannot be.

    Notes
    -----
    F is not concave: the result is a local maximum, the best of several. Steps backtrack until F
    rises (Armijo). Cost: steps x starts evaluations of the family.

    Examples
    --------
    >>> market = ModelMarket([[5, 1, 1], [4, 2, 1]], weights=[2, 1, 1], n_platforms=4)
    >>> entry = best_entry(market, ConvexMixtures(np.diag([6.0, 6.0, 6.0])))
    >>> entry.welfare_after > entry.welfare_before, entry.adoption
    (True, 0.75)
    """
    if training not in ("gradient", "reweighting"):
        raise OptionError(f"training = {training!r}: must be gradient or reweighting")
    if beta <= 0 or gamma < 0 or steps < 1 or starts < 1:
        raise OptionError("beta must be > 0, gamma >= 0, steps and starts >= 1")
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(starts):
        start = family.start(rng)
        if training == "gradient":
            runs.append(_ascend(market, family, start, beta, steps))
        else:
            runs.append(_reweight(market, family, start, beta, gamma, steps))
    phi, history = max(runs, key=lambda run: run[1][-1])
    scores = family.scores(phi)
    before = market_equilibria(market, time_limit=time_limit)
    after = market_equilibria(with_entrant(market, scores), time_limit=time_limit)
    old, new = _best(before), _best(after)
    none = np.zeros(market.n_models + 1, dtype=np.int64)
    had: IntArray = none[:-1] if old is None else old.counts
    has: IntArray = none if new is None else new.counts
    gone = np.flatnonzero((had > 0) & (has[:-1] == 0)) if old and new else none[:0]
    return Entry(
        phi=read_only(phi),
        scores=read_only(scores),
        objective=history[-1],
        history=tuple(history),
        before=before,
        after=after,
        adoption=float(has[-1]) / market.n_platforms if new else np.nan,
        displaced=tuple(gone.tolist()),
        welfare_before=old.welfare if old else np.nan,
        welfare_after=new.welfare if new else np.nan,
    )


def _slopes(market: ModelMarket, own: FloatArray, beta: float) -> tuple[FloatArray, FloatArray]:
    """Return sigma and the derivative of F with respect to each score."""
    lead = np.clip(beta * (own - market.scores.max(axis=0)), -500, 500)
    chance = 1 / (1 + np.exp(-lead))
    return chance, market.shares * chance * (1 + beta * (1 - chance) * own)


def _ascend(
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


def _reweight(
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


def _within_budget(values: FloatArray, budget: float) -> FloatArray:
    """Return the nearest point with entries >= 0 that sum to at most `budget`."""
    kept = np.maximum(values, 0)
    if kept.sum() <= budget:
        return kept
    falling = np.sort(values)[::-1]
    excess = np.cumsum(falling) - budget
    last = np.flatnonzero(falling > excess / np.arange(1, len(values) + 1))[-1]
    nearest: FloatArray = np.maximum(values - excess[last] / (last + 1), 0)
    return nearest


def _best(result: Result[ModelMarketSolution]) -> ModelEquilibrium | None:
    """Return the best equilibrium for users, the first of equals."""
    if result.solution is None:
        return None
    return max(result.solution.equilibria, key=lambda entry: entry.welfare)
