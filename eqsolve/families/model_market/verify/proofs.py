"""Is a list of equilibria complete? Rechecked by all profiles, or by all supports and NASH-2.

Both ways share no code with the solvers. Where there are too many profiles and supports, the
verifier says that it leaves the matter to the certificate, and only looks where a few best-response
paths end: that refutes many a false claim, and proves none. Of the certificate it rechecks what
the market decides: which models may be left out, and that its numbers agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations, islice, pairwise
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.solution import ModelMarketSolution
from eqsolve.families.model_market.verify.payoffs import (
    CLOSE,
    newcomer_payoffs,
    payoffs_of,
    switches,
)

__all__ = ["MAX_PROFILES", "MAX_SUPPORTS", "Missing", "check_certificate", "check_completeness"]

MAX_PROFILES = 20_000
"""Up to so many profiles (times models / 10), all of them are run through."""

MAX_SUPPORTS = 4_000
"""Up to so many supports, all of them are run through."""

_SCANS = ("supports", "boxes of counts", "profiles", "profiles of the others")
_COMPARISONS = 10**7
"""Scores compared at most to see which models are beaten everywhere."""

_BLOCK = 2_048
_STEPS = 100
_SURE = 1e-12


class Missing(NamedTuple):
    """Which equilibria may not be missing.

    Attributes
    ----------
    every : all of them.
    above, below : those with more, or less, user welfare than this.
    """

    every: bool
    above: float
    below: float

    @property
    def asked(self) -> bool:
        """Whether any may not."""
        return self.every or self.above < math.inf or self.below > -math.inf

    def covers(self, welfare: float, margin: float) -> bool:
        """Return whether an equilibrium of this welfare may not be missing."""
        return (
            self.every or welfare > self.above * (1 + margin) or welfare < self.below * (1 - margin)
        )


def check_completeness(
    builder: ReportBuilder,
    market: ModelMarket,
    claim: Result[ModelMarketSolution],
    listed: IntArray,
    missing: Missing,
) -> None:
    """Recheck that nothing is missing, or say that it cannot be done here."""
    candidates: Callable[[Callable[[], None]], Iterator[IntArray]]
    alive = _undominated(market)
    profiles = math.comb(market.n_platforms + len(alive) - 1, len(alive) - 1)
    size = min(len(alive), market.n_platforms, market.n_types)
    supports = sum(math.comb(len(alive), k) for k in range(1, size + 1))
    if profiles * len(alive) <= 10 * MAX_PROFILES:
        theorem, candidates = "", partial(_all_profiles, market, alive)
    elif market.is_hardmax and supports <= MAX_SUPPORTS and not _has_ties(market.scores[alive]):
        theorem, candidates = "NASH-2", partial(_supported_profiles, market, alive, size)
    else:
        shown = isinstance(claim.certificate, ExhaustionCertificate)
        words = "too many profiles to run through again" if shown else "nothing shows it"
        builder.leave(f"that there are no other equilibria: {words}")
        theorem, candidates = "", partial(_path_ends, market)
    known = {tuple(counts) for counts in listed.tolist()}
    problems = []
    is_through = False
    with builder.search("that no equilibrium is missing") as poll:
        for block in candidates(poll):
            stable = _stable(market, block, poll)
            welfares = np.nansum(payoffs_of(market, stable) * stable, axis=1)
            for counts, welfare in zip(stable.tolist(), welfares.tolist(), strict=True):
                if tuple(counts) in known or not missing.covers(
                    welfare, builder.tolerances.relative
                ):
                    continue
                used = {market.label("models", j): n for j, n in enumerate(counts) if n}
                problems.append(f"an equilibrium is missing: {used}, welfare {welfare:.9g}")
            if len(problems) > 100:
                break
        is_through = True
    if is_through or problems:
        builder.require(
            "model_market.complete", "no equilibrium is missing", problems, theorem=theorem
        )


def check_certificate(
    builder: ReportBuilder, market: ModelMarket, claim: Result[ModelMarketSolution]
) -> None:
    """Check what an exhaustion certificate says about the market, and its numbers."""
    certificate = claim.certificate
    if not isinstance(certificate, ExhaustionCertificate):
        return
    counts, kept = certificate.counts, certificate.data.get("kept")
    problems = [
        f"{key} is {value!r}, not a whole number >= 0"
        for key, value in counts.items()
        if isinstance(value, bool) or not isinstance(value, int) or value < 0
    ]
    if not problems:
        problems += _wrong_counts(market, counts)
    problems += [
        f"it counts {counts[key]} {key}, the run {value}"
        for key, value in claim.stats.counts.items()
        if key in counts and counts[key] != value
    ]
    if kept is not None:
        problems += _wrongly_left_out(market, kept)
        if len(kept) != counts.get("models_kept", len(kept)):
            problems.append(f"{counts['models_kept']} models are kept, but {len(kept)} are named")
    builder.require(
        "model_market.certificate-record",
        "the certificate's numbers agree, and the models left out may be",
        problems,
    )
    if certificate.scanned not in _SCANS:
        builder.leave(f"what it means that {certificate.scanned!r} were scanned")


def _wrong_counts(market: ModelMarket, counts: Mapping[str, int]) -> list[str]:
    """Return what cannot be in the numbers of a certificate."""
    known = {
        "models": market.n_models,
        "profiles": math.comb(market.n_platforms + market.n_models - 1, market.n_models - 1),
    }
    known["visited"] = known["profiles"]
    known["others"] = math.comb(market.n_platforms + market.n_models - 2, market.n_models - 1)
    problems = [
        f"{counts[key]} {key}, there are {value}"
        for key, value in known.items()
        if counts.get(key, value) != value
    ]
    falling = [key for key in ("nodes", "leaves", "survivors") if key in counts]
    problems += [
        f"{counts[less]} {less} of {counts[more]} {more}"
        for more, less in pairwise(falling)
        if counts[less] > counts[more]
    ]
    return problems


def _wrongly_left_out(market: ModelMarket, kept: object) -> list[str]:
    """Return which models are missing from `kept` without being equal to one there or dominated."""
    models = range(market.n_models)
    if not isinstance(kept, list) or len(set(kept)) < len(kept) or not set(kept) <= set(models):
        return [f"kept = {kept!r}: must list different models"]
    scores = market.scores[kept]
    problems = []
    for model in sorted(set(models) - set(kept)):
        own = market.scores[model]
        fine = (scores == own).all(axis=1)
        if market.is_hardmax:
            fine |= ((scores > own) | (own == 0)).all(axis=1)
        if not fine.any():
            name = market.label("models", model)
            problems.append(f"{name} is left out, but no model kept equals or dominates it")
    return problems


def _path_ends(market: ModelMarket, poll: Callable[[], None]) -> Iterator[IntArray]:
    """Yield the profiles in which a few best-response paths come to rest."""
    worth = market.scores * market.shares
    totals = np.argsort(-worth.sum(axis=1), kind="stable")[:2]
    votes = np.bincount(market.scores.argmax(axis=0), worth.max(axis=0), market.n_models)
    spread = np.floor(market.n_platforms * votes / max(votes.sum(), 1e-300)).astype(np.int64)
    spread[int(votes.argmax())] += market.n_platforms - int(spread.sum())
    starts = [spread, *(market.n_platforms * np.eye(market.n_models, dtype=np.int64)[totals])]
    for start in starts:
        counts = start.copy()
        for _ in range(_STEPS):
            poll()
            step = _improvement(market, counts)
            if step is None:
                yield counts[np.newaxis]
                break
            counts[step[0]] -= 1
            counts[step[1]] += 1


def _improvement(market: ModelMarket, counts: IntArray) -> tuple[int, int] | None:
    """Return a switch that gains, of a platform that earns as little as can be, to its best."""
    now = payoffs_of(market, counts[np.newaxis])[0]
    for model in np.argsort(now, kind="stable")[: int((counts > 0).sum())]:
        rivals = counts[np.newaxis].copy()
        rivals[0, model] -= 1
        then = newcomer_payoffs(market, rivals)[0]
        target = int(then.argmax())
        if then[target] > now[model] * (1 + CLOSE):
            return int(model), target
    return None


def _undominated(market: ModelMarket) -> IntArray:
    """Return the models that may be in use in an equilibrium.

    With hardmax choice no platform keeps a model that another one beats for every type who could
    choose it: the switch takes over all its users, at higher scores. (Where all scores are 0 nobody
    gains by anything.) Large markets are not compared model by model.
    """
    everything = np.arange(market.n_models)
    scores = market.scores
    if not market.is_hardmax or not scores.any() or scores.size * len(scores) > _COMPARISONS:
        return everything
    beaten = [bool(((scores > own) | (own == 0)).all(axis=1).any()) for own in scores]
    # A model that nobody wants is beaten by every other, itself included.
    found: IntArray = everything[~np.array(beaten)]
    return found


def _all_profiles(
    market: ModelMarket, models: IntArray, poll: Callable[[], None]
) -> Iterator[IntArray]:
    """Yield every profile that uses only `models`, in blocks: bars among stars."""
    slots = market.n_platforms + len(models) - 1
    # a single model has no bars, and its slots, up to a billion, need not be written down
    bars = combinations(range(slots if len(models) > 1 else 0), len(models) - 1)
    while block := list(islice(bars, _BLOCK)):
        poll()
        places = np.array(block, dtype=np.int64)
        profiles = np.zeros((len(block), market.n_models), dtype=np.int64)
        profiles[:, models] = np.diff(places, axis=1, prepend=-1, append=slots) - 1
        yield profiles


def _stable(market: ModelMarket, profiles: IntArray, poll: Callable[[], None]) -> IntArray:
    """Return the profiles in which no platform gains: exactly, under softmax within rounding."""
    alive = profiles
    for model in range(market.n_models):
        stays = np.ones(len(alive), dtype=bool)
        for step in switches(market, alive, model, exact=market.is_hardmax):
            poll()
            limit = 0.0 if market.is_hardmax else _SURE * step.sizes
            stays[step.rows] = ~(step.gains > limit).any(axis=1)
        alive = alive[stays]
    return alive


def _has_ties(scores: NumberArray) -> bool:
    """Return whether two models have the same positive score for some type."""
    columns = np.sort(scores, axis=0)
    return bool(((columns[1:] == columns[:-1]) & (columns[1:] > 0)).any())


def _supported_profiles(
    market: ModelMarket, models: IntArray, size: int, poll: Callable[[], None]
) -> Iterator[IntArray]:
    """Yield the counts that condition (i) of NASH-2 leaves for each support, in blocks."""
    block = []
    worth = market.scores * market.shares
    n = market.n_platforms
    for k in range(1, size + 1):
        for chosen in combinations(models.tolist(), k):
            poll()
            support = list(chosen)
            top = market.scores[support].argmax(axis=0)
            votes = [float(worth[chosen[a], top == a].sum()) for a in range(k)]
            if min(votes) <= 0:
                continue
            # Divisor method: cut the votes into pieces of one size, one seat for each piece.
            seats = [max(1, math.floor(vote * n / sum(votes))) for vote in votes]
            while sum(seats) < n:
                seats[max(range(k), key=lambda a: votes[a] / (seats[a] + 1))] += 1
            if sum(seats) > n:
                continue
            last = min(votes[a] / seats[a] for a in range(k))
            tight = [a for a in range(k) if votes[a] / seats[a] <= last * (1 + CLOSE)]
            open_ = [a for a in range(k) if votes[a] / (seats[a] + 1) >= last * (1 - CLOSE)]
            floor = [seats[a] - (a in tight) for a in range(k)]
            for raised in combinations(sorted({*tight, *open_}), n - sum(floor)):
                row = np.zeros(market.n_models, dtype=np.int64)
                row[support] = [floor[a] + (a in raised) for a in range(k)]
                if (row[support] > 0).all():
                    block.append(row)
            if len(block) >= _BLOCK:
                yield np.array(block, dtype=np.int64)
                block = []
    if block:
        yield np.array(block, dtype=np.int64)
