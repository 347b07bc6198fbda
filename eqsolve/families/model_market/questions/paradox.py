"""A search for small markets in which more choice hurts, or nobody comes to rest (NASH-7).

Random whole-number markets are solved completely; a hit is made smaller by taking away types,
platforms, models and points of score while it stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Status
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.solution import ModelMarketSolution
from eqsolve.families.model_market.solve import market_equilibria

__all__ = ["Paradox", "find_paradox"]

Kind = Literal["none", "welfare", "diversity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paradox:
    """A witness.

    Parameters
    ----------
    kind : ``"none"`` (no pure equilibrium), ``"welfare"`` or ``"diversity"`` (lower with one
        model more).
    market : the market; for the latter two with the new model, which is the last.
    before : welfare or Shannon diversity of the best equilibrium without the last model; None for
        ``"none"``.
    after : the same with it.
    """

    kind: str
    market: ModelMarket
    before: float | None
    after: float | None


def find_paradox(
    kind: Kind = "none",
    *,
    models: int = 3,
    types: int = 3,
    platforms: int = 3,
    high: int = 6,
    tries: int = 2000,
    seed: int = 0,
    deadline: Deadline | None = None,
) -> Paradox | None:
    """Return a small witness of a paradox, or None when none was met.

    Parameters
    ----------
    kind : ``"none"``: no pure equilibrium; ``"welfare"``: adding a model makes even the best new
        equilibrium worse for users than the worst one before; ``"diversity"``: the same for Shannon
        diversity.
    models, types, platforms, high : greatest sizes and score to draw.
    tries : markets to draw.
    seed : same seed, same witness.
    deadline : a running clock; no further market is drawn when its time is over.

    Raises
    ------
    OptionError : no such kind, or a size or number that cannot be.

    Notes
    -----
    Cost: at most `tries` markets solved completely, twice for ``"welfare"`` and ``"diversity"``;
    then one per smaller market tried. Theorem NASH-7; source: Wei, Shi and Zhang (2026).

    Examples
    --------
    >>> witness = find_paradox("welfare")
    >>> witness.before > witness.after
    True
    """
    if kind not in ("none", "welfare", "diversity"):
        raise OptionError(f"kind = {kind!r}: must be none, welfare or diversity")
    for name, size in (("models", models), ("types", types), ("platforms", platforms)):
        require_count(size, name, least=1)
    for name, number in (("high", high), ("tries", tries), ("seed", seed)):
        require_count(number, name)
    rng = np.random.default_rng(seed)
    for _ in range(tries):
        if deadline is not None and deadline.expired():
            break
        scores = rng.integers(0, high + 1, size=(models, types))
        weights = rng.integers(1, 4, size=types)
        market = ModelMarket(scores, weights, int(rng.integers(min(2, platforms), platforms + 1)))
        if _values(kind, market) is not None:
            market = _shrunk(market, lambda smaller: _values(kind, smaller) is not None)
            values = _values(kind, market)
            before, after = values if values is not None else (None, None)
            return Paradox(kind=kind, market=market, before=before, after=after)
    return None


def _values(kind: str, market: ModelMarket) -> tuple[float | None, float | None] | None:
    """Return (before, after) if the market is a witness, else None."""
    larger = market_equilibria(market)
    if kind == "none":
        return (None, None) if larger.status is Status.NO_EQUILIBRIUM else None
    if market.n_models < 2 or larger.solution is None:
        return None
    smaller = market_equilibria(ModelMarket(market.scores[:-1], market.weights, market.n_platforms))
    if smaller.solution is None:
        return None
    before, after = _measure(kind, smaller.solution), _measure(kind, larger.solution)
    return (min(before), max(after)) if max(after) < min(before) - 1e-9 else None


def _measure(kind: str, solution: ModelMarketSolution) -> list[float]:
    """Return welfare or diversity of each equilibrium."""
    return [e.welfare if kind == "welfare" else e.shannon for e in solution.equilibria]


def _shrunk(market: ModelMarket, holds: Callable[[ModelMarket], bool]) -> ModelMarket:
    """Return a smaller market for which `holds` is still true; greedy."""
    improved = True
    while improved:
        improved = False
        for smaller in _smaller(market):
            if holds(smaller):
                market, improved = smaller, True
                break
    return market


def _smaller(market: ModelMarket) -> Iterator[ModelMarket]:
    """Yield markets with a model, a type, a platform or a unit of some number less."""
    scores, weights, n = market.scores, market.weights, market.n_platforms
    if len(scores) > 1:
        for row in range(len(scores)):
            yield ModelMarket(np.delete(scores, row, axis=0), weights, n)
    if len(weights) > 1:
        for column in range(len(weights)):
            fewer = np.delete(scores, column, axis=1)
            yield ModelMarket(fewer, np.delete(weights, column), n)
    if n > 1:
        yield ModelMarket(scores, weights, n - 1)
    for place in np.argwhere(scores > 0):
        lower = scores.copy()
        lower[tuple(place)] -= 1
        yield ModelMarket(lower, weights, n)
    for q in np.flatnonzero(weights > 1):
        lighter = weights.copy()
        lighter[q] -= 1
        yield ModelMarket(scores, lighter, n)
