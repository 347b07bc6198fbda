"""Responses in model markets: where platforms end up that change their model in turn.

Platforms are alike, but orders of play and cycles are about platforms, so a path tells which
platform holds which model. Ties between best responses go to the present model, then to the
lowest index. A switch needs a gain beyond ``TOLERANCE`` of the payoffs compared (exactly positive
where the market is exact), so that rounding makes no cycles. O(|used| M K) per step at most, twice
that under softmax. See ``eqsolve.families.normal_form_game.response_paths`` for the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.arrays import IntArray, read_only
from eqsolve.core.errors import Fault, InstanceError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.base import Collector, ModelMarketMethod
from eqsolve.families.model_market.payoffs import TOLERANCE, entry_payoffs, exact_gain
from eqsolve.families.model_market.solution import ModelMarketSolution
from eqsolve.families.normal_form_game.response_paths import (
    MAX_STEPS,
    Order,
    Profile,
    Response,
    ResponsePath,
    follow,
)

__all__ = ["Dynamics", "basins", "first_mover_profile", "response_path"]

_MOST_PLATFORMS = 1_000_000
"""Platforms that may be asked one by one."""


def response_path(
    market: ModelMarket,
    start: Sequence[int] | None = None,
    *,
    response: Response = "best",
    order: Order = "cyclic",
    inertia: float = 0.0,
    max_steps: int = MAX_STEPS,
    seed: int = 0,
) -> ResponsePath:
    """Return a response path; see ``eqsolve.best_response_path``.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> path = response_path(market, start=[1, 1, 1])
    >>> path.converged, path.end, market.counts_of(path.end).tolist()
    (True, (0, 0, 1), [2, 1])
    """
    return follow(
        _start(market, start),
        _wishes(market, response),
        order=order,
        inertia=inertia,
        max_steps=max_steps,
        seed=seed,
    )


def _require_few_platforms(market: ModelMarket, question: str) -> None:
    """Raise `UnsupportedError` where every one of very many platforms would take its turn."""
    if market.n_platforms > _MOST_PLATFORMS:
        reason = f"{market.n_platforms} platforms would each have to take their turn"
        raise UnsupportedError(question, reason)


def first_mover_profile(market: ModelMarket) -> IntArray:
    """Return the counts after platforms enter one by one, each with its best model then.

    Nobody looks ahead or revises; the result need not be an equilibrium. O(N M K).

    Raises
    ------
    InstanceError : not a model market.
    UnsupportedError : more than a million platforms.

    Notes
    -----
    Source: payoffs and choice as in Wei, Shi and Zhang (2026).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> first_mover_profile(market).tolist()
    [2, 1]
    """
    require_instance(market, ModelMarket, "market")
    _require_few_platforms(market, "first_mover_profile")
    counts = np.zeros(market.n_models, dtype=np.int64)
    for _ in range(market.n_platforms):
        counts[int(np.argmax(entry_payoffs(market, counts)))] += 1
    return counts


def basins(
    market: ModelMarket,
    *,
    starts: int = 100,
    seed: int = 0,
    max_steps: int = MAX_STEPS,
    deadline: Deadline | None = None,
) -> dict[tuple[int, ...] | None, int]:
    """Return how many of `starts` random profiles lead to each equilibrium (None: to none).

    Best responses in random order; fewer starts where the time of `deadline` is over before.

    Raises
    ------
    InstanceError : not a model market.
    OptionError : a number of starts, steps or a seed that cannot be.
    UnsupportedError : more than a million platforms.

    Notes
    -----
    Cost O(starts steps U M K) with U models in use, twice that under softmax. Source: improvement
    paths of Monderer and Shapley (1996).

    Examples
    --------
    >>> basins(ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3), starts=20)
    {(2, 1): 20}
    """
    require_instance(market, ModelMarket, "market")
    require_count(starts, "starts")
    require_count(seed, "seed")
    _require_few_platforms(market, "basins")
    rng = np.random.default_rng(seed)
    ends: dict[tuple[int, ...] | None, int] = {}
    for turn in range(starts):
        if deadline is not None and deadline.expired():
            break
        start = rng.integers(market.n_models, size=market.n_platforms).tolist()
        path = response_path(market, start, order="random", seed=seed + turn, max_steps=max_steps)
        end = tuple(market.counts_of(path.end).tolist()) if path.converged else None
        ends[end] = ends.get(end, 0) + 1
    return dict(sorted(ends.items(), key=lambda item: (-item[1], item[0] or ())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics(ModelMarketMethod):
    """Best responses in random order from random starts; finds some equilibria, proves nothing.

    Parameters
    ----------
    starts : number of random starts.
    max_steps : steps per start.
    """

    name: ClassVar[str] = "dynamics"
    summary: ClassVar[str] = "best responses from random starts; some equilibria, no proof"
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = "O(starts steps |used| M K)"

    starts: int = 50
    max_steps: int = MAX_STEPS

    def supports(self, instance: ModelMarket) -> str | None:
        """Refuse more than 1,000 platforms: each takes its turn."""
        if instance.n_platforms > 1_000:
            return f"{instance.n_platforms} platforms would each have to take their turn"
        return None

    def run(
        self, instance: ModelMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ModelMarketSolution]:
        """Follow best responses from random starts drawn from `rng`."""
        collector = Collector(instance, self, deadline)
        counts = {"starts": 0, "steps": 0, "cut": 0}
        for turn in range(self.starts):
            if collector.done or deadline.expired():
                break
            start = rng.integers(instance.n_models, size=instance.n_platforms).tolist()
            path = response_path(
                instance,
                start,
                order="random",
                seed=int(rng.integers(2**31)) + turn,
                max_steps=self.max_steps,
            )
            counts["starts"] += 1
            counts["steps"] += len(path.movers)
            if path.converged:
                collector.offer([read_only(instance.counts_of(path.end))])
            else:
                counts["cut"] += 1
        return collector.outcome(
            finished=False,
            name=self.name,
            limit=deadline.limit or Limit.ITERATIONS,
            counts=counts,
        )


def _start(market: ModelMarket, start: Sequence[int] | None) -> Profile:
    """Return the first profile, checked; all adopt the model with the greatest total by default."""
    _require_few_platforms(market, "response_path")
    if start is None:
        totals = (market.scores * market.shares).sum(axis=1)
        return (int(totals.argmax()),) * market.n_platforms
    profile = tuple(int(model) for model in start)
    if len(profile) != market.n_platforms:
        rule = f"has length {len(profile)}, expected n_platforms = {market.n_platforms}"
        raise InstanceError(Fault("start", rule))
    faults = [
        Fault("start", f"must be a model, 0 to {market.n_models - 1}", (place,), model)
        for place, model in enumerate(profile)
        if not 0 <= model < market.n_models
    ]
    if faults:
        raise InstanceError(faults)
    return profile


def _wishes(market: ModelMarket, response: Response) -> Callable[[Profile, int], IntArray]:
    """Return what a platform may change to; platforms with the same model wish the same."""
    known: dict[int, IntArray] = {}
    latest: Profile = ()

    def wishes(profile: Profile, platform: int) -> IntArray:
        nonlocal latest
        if profile is not latest:
            known.clear()
            latest = profile
        own = profile[platform]
        if own not in known:
            known[own] = _gaining(market, market.counts_of(profile), own, response)
        return known[own]

    return wishes


def _gaining(market: ModelMarket, counts: IntArray, own: int, response: Response) -> IntArray:
    """Return the models (the first of the best, or all) by which a platform with `own` gains."""
    rest = counts.copy()
    rest[own] -= 1
    earned = entry_payoffs(market, rest)
    margin = TOLERANCE * np.maximum(earned, earned[own])
    better = earned - earned[own] > margin
    if market.is_exact:
        for model in np.flatnonzero(np.abs(earned - earned[own]) <= margin):
            better[model] = exact_gain(market, counts, own, int(model)) > 0
    if response == "best" and better.any():
        most = earned[better].max()
        return np.flatnonzero(better & (earned >= most * (1 - TOLERANCE)))[:1]
    return np.flatnonzero(better)
