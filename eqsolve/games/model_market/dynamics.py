"""Best- and better-response paths: where platforms end up that change their model in turn.

A path ends in an equilibrium, closes a cycle, or runs into its limit of rounds. As platforms are
alike, a state is a vector of counts; the path also remembers which platform holds which model,
because orders of play and cycles are about platforms. Ties between best responses go to the
present model, then to the lowest index. A step needs a gain beyond ``TOLERANCE`` of the payoffs
compared (exactly positive where the market is exact), so that rounding makes no cycles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import IntArray, read_only
from eqsolve.core.certificate import CycleCertificate
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.games.model_market.equilibrium import Collector, ModelMarketMethod
from eqsolve.games.model_market.instance import ModelMarket
from eqsolve.games.model_market.payoffs import TOLERANCE, entry_payoffs, exact_gain
from eqsolve.games.model_market.solution import ModelMarketSolution

__all__ = [
    "Dynamics",
    "ResponsePath",
    "basins",
    "best_response_dynamics",
    "first_mover_profile",
]

Order = Literal["fixed", "random", "simultaneous"]
Response = Literal["best", "better"]


@dataclass(frozen=True, slots=True, eq=False)
class ResponsePath:
    """A path of responses.

    Parameters
    ----------
    ending : ``"equilibrium"``, ``"cycle"`` or ``"limit"``.
    states : the profiles passed through, each a tuple with the model of every platform.
    cycle : the closed part as a certificate, when `ending` is ``"cycle"``.
    rounds : rounds played.
    n_models : M, to count platforms by model.
    """

    ending: str
    states: tuple[tuple[int, ...], ...]
    cycle: CycleCertificate | None
    rounds: int
    n_models: int

    @property
    def counts(self) -> IntArray:
        """Counts of the last state, shape (M,)."""
        return np.bincount(self.states[-1], minlength=self.n_models)


def best_response_dynamics(
    market: ModelMarket,
    *,
    start: Sequence[int] | None = None,
    order: Order = "fixed",
    response: Response = "best",
    inertia: float = 0.0,
    max_rounds: int = 1000,
    seed: int = 0,
) -> ResponsePath:
    """Let platforms revise their models until nobody wants to, a cycle closes, or time is up.

    Parameters
    ----------
    market : the market.
    start : model of each platform, length N; default: all adopt the model with the greatest total.
    order : ``"fixed"`` (platform 0, 1, ... in each round), ``"random"`` (a new order each round) or
        ``"simultaneous"`` (all answer to the same profile).
    response : the best model, or a random one of those that are better than the present.
    inertia : probability with which a platform does not revise when it is its turn.
    max_rounds : rounds of N turns each.
    seed : for random orders, responses and inertia.

    Returns
    -------
    path : a cycle is reported only where moves are deterministic (fixed or simultaneous order, best
        responses, no inertia): the same state at the end of a round then returns for ever.

    Raises
    ------
    OptionError, InstanceError : an option or start that cannot be.

    Notes
    -----
    A turn costs O(M K) beyond the payoffs of one deviation row; memory holds every change.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> path = best_response_dynamics(market, start=[1, 1, 1])
    >>> path.ending, path.counts.tolist(), len(path.states)
    ('equilibrium', [2, 1], 3)
    """
    if order not in ("fixed", "random", "simultaneous") or response not in ("best", "better"):
        raise OptionError(f"order = {order!r}, response = {response!r}: no such choice")
    if not 0 <= inertia < 1 or max_rounds < 1:
        raise OptionError(f"inertia = {inertia!r} must be in [0, 1), max_rounds >= 1")
    rng = np.random.default_rng(seed)
    profile = _start(market, start)
    states = [tuple(profile.tolist())]
    repeats = order != "random" and response == "best" and inertia == 0
    ends = {states[0]: 0}
    for done in range(1, max_rounds + 1):
        turns = rng.permutation(len(profile)) if order == "random" else np.arange(len(profile))
        moved = quiet = False
        settled = profile.copy()
        for platform in turns:
            if inertia and rng.random() < inertia:
                quiet = True
                continue
            seen = settled if order == "simultaneous" else profile
            choice = _response(market, seen, int(platform), response, rng)
            if choice != profile[platform]:
                profile[platform], moved = choice, True
                if order != "simultaneous":
                    states.append(tuple(profile.tolist()))
        if order == "simultaneous" and moved:
            states.append(tuple(profile.tolist()))
        if not moved and not quiet:
            return ResponsePath("equilibrium", tuple(states), None, done, market.n_models)
        if repeats:
            if states[-1] in ends:
                cycle = CycleCertificate(tuple(states[ends[states[-1]] :]))
                return ResponsePath("cycle", tuple(states), cycle, done, market.n_models)
            ends[states[-1]] = len(states) - 1
    return ResponsePath("limit", tuple(states), None, max_rounds, market.n_models)


def first_mover_profile(market: ModelMarket) -> IntArray:
    """Return the counts after platforms enter one by one, each with its best model then.

    Nobody looks ahead or revises; the result need not be an equilibrium. O(N M K).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> first_mover_profile(market).tolist()
    [2, 1]
    """
    counts = np.zeros(market.n_models, dtype=np.int64)
    for _ in range(market.n_platforms):
        counts[int(np.argmax(entry_payoffs(market, counts)))] += 1
    return counts


def basins(
    market: ModelMarket, *, starts: int = 100, seed: int = 0, max_rounds: int = 1000
) -> dict[tuple[int, ...] | None, int]:
    """Return how many of `starts` random profiles lead to each equilibrium (None: to none).

    Best responses in random order.

    Examples
    --------
    >>> basins(ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3), starts=20)
    {(2, 1): 20}
    """
    rng = np.random.default_rng(seed)
    ends: dict[tuple[int, ...] | None, int] = {}
    for turn in range(starts):
        start = rng.integers(market.n_models, size=market.n_platforms).tolist()
        path = best_response_dynamics(
            market, start=start, order="random", seed=seed + turn, max_rounds=max_rounds
        )
        end = tuple(path.counts.tolist()) if path.ending == "equilibrium" else None
        ends[end] = ends.get(end, 0) + 1
    return dict(sorted(ends.items(), key=lambda item: (-item[1], item[0] or ())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics(ModelMarketMethod):
    """Best responses in random order from random starts; finds some equilibria, proves nothing.

    Parameters
    ----------
    starts : number of random starts.
    max_rounds : rounds per start.
    """

    name: ClassVar[str] = "dynamics"
    summary: ClassVar[str] = "best responses from random starts; some equilibria, no proof"
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = "O(starts rounds N M K)"

    starts: int = 50
    max_rounds: int = 200

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
        counts = {"starts": 0, "rounds": 0, "cycles_or_limits": 0}
        for turn in range(self.starts):
            if collector.done or deadline.expired():
                break
            start = rng.integers(instance.n_models, size=instance.n_platforms).tolist()
            path = best_response_dynamics(
                instance,
                start=start,
                order="random",
                seed=int(rng.integers(2**31)) + turn,
                max_rounds=self.max_rounds,
            )
            counts["starts"] += 1
            counts["rounds"] += path.rounds
            if path.ending == "equilibrium":
                collector.offer([read_only(path.counts)])
            else:
                counts["cycles_or_limits"] += 1
        return collector.outcome(
            finished=False,
            name=self.name,
            limit=deadline.limit or Limit.ITERATIONS,
            counts=counts,
        )


def _start(market: ModelMarket, start: Sequence[int] | None) -> IntArray:
    """Return the first profile, checked."""
    if start is None:
        totals = (market.scores * market.shares).sum(axis=1)
        return np.full(market.n_platforms, int(totals.argmax()), dtype=np.int64)
    profile = np.array(start, dtype=np.int64)
    if profile.shape != (market.n_platforms,):
        rule = f"has length {profile.size}, expected n_platforms = {market.n_platforms}"
        raise InstanceError(Fault("start", rule))
    bad = np.flatnonzero((profile < 0) | (profile >= market.n_models))
    if len(bad):
        place = int(bad[0])
        rule = f"must be a model, 0 to {market.n_models - 1}"
        raise InstanceError(Fault("start", rule, (place,), int(profile[place])))
    return profile


def _response(
    market: ModelMarket, profile: IntArray, platform: int, response: str, rng: Any
) -> int:
    """Return the model a platform changes to, its present one if nothing is better."""
    own = int(profile[platform])
    counts = np.bincount(profile, minlength=market.n_models)
    rest = counts.copy()
    rest[own] -= 1
    earned = entry_payoffs(market, rest)
    margin = TOLERANCE * np.maximum(earned, earned[own])
    better = earned - earned[own] > margin
    if market.is_exact:
        for model in np.flatnonzero(np.abs(earned - earned[own]) <= margin):
            better[model] = exact_gain(market, counts, own, int(model)) > 0
    if not better.any():
        return own
    if response == "better":
        return int(rng.choice(np.flatnonzero(better)))
    most = earned[better].max()
    return int(np.flatnonzero(better & (earned >= most * (1 - TOLERANCE)))[0])
