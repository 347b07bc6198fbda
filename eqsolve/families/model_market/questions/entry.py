"""Strategic entry: where in score space a new model should be, and what the market becomes.

Trains an entrant of a family (`entrants`) against the incumbents (`training`) from several starts,
then solves the market again with the entrant in it.

Source: Wei, Shi and Zhang 2026, section on strategic entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import OptionError
from eqsolve.core.result import Result
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.questions.entrants import EntryFamily
from eqsolve.families.model_market.questions.training import ascend, reweight
from eqsolve.families.model_market.solution import ModelEquilibrium, ModelMarketSolution
from eqsolve.families.model_market.solve import market_equilibria

__all__ = ["Entry", "best_entry", "with_entrant"]


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
    InstanceError : not a model market.
    OptionError : an option that cannot be, or a family made for other user types.

    Notes
    -----
    F is not concave: the result is a local maximum, the best of several. Steps backtrack until F
    rises (Armijo). Cost: steps x starts evaluations of the family. Source: Wei, Shi and
    Zhang (2026), strategic entry.

    Examples
    --------
    >>> from eqsolve.families.model_market.questions.entrants import ConvexMixtures
    >>> market = ModelMarket([[5, 1, 1], [4, 2, 1]], weights=[2, 1, 1], n_platforms=4)
    >>> entry = best_entry(market, ConvexMixtures(np.diag([6.0, 6.0, 6.0])))
    >>> entry.welfare_after > entry.welfare_before, entry.adoption
    (True, 0.75)
    """
    require_instance(market, ModelMarket, "market")
    if training not in ("gradient", "reweighting"):
        raise OptionError(f"training = {training!r}: must be gradient or reweighting")
    if not (beta > 0 and gamma >= 0):
        raise OptionError(f"beta = {beta!r}, gamma = {gamma!r}: must be > 0 and >= 0")
    require_count(steps, "steps", least=1)
    require_count(starts, "starts", least=1)
    require_count(seed, "seed")
    if not isinstance(family, EntryFamily):
        raise OptionError(f"family: {type(family).__name__} is no EntryFamily")
    shape = family.scores(family.start(np.random.default_rng(seed))).shape
    if shape != (market.n_types,):
        raise OptionError(f"family: gives scores of shape {shape}, expected ({market.n_types},)")
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(starts):
        start = family.start(rng)
        if training == "gradient":
            runs.append(ascend(market, family, start, beta, steps))
        else:
            runs.append(reweight(market, family, start, beta, gamma, steps))
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


def _best(result: Result[ModelMarketSolution]) -> ModelEquilibrium | None:
    """Return the best equilibrium for users, the first of equals."""
    if result.solution is None:
        return None
    return max(result.solution.equilibria, key=lambda entry: entry.welfare)
