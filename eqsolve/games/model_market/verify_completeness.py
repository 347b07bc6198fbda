"""Is a list of equilibria complete? Rechecked by all profiles, or by all supports and NASH-2.

Both ways share no code with the solvers. Where there are too many profiles and supports, the
verifier says that it leaves the matter to the certificate, and only looks where a few best-response
paths end: that refutes many a false claim, and proves none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.games.model_market.instance import ModelMarket
from eqsolve.games.model_market.solution import ModelMarketSolution
from eqsolve.games.model_market.verify_payoffs import (
    CLOSE,
    Deviation,
    payoffs_of,
    sharpened_gains,
)

__all__ = ["MAX_PROFILES", "MAX_SUPPORTS", "check_completeness"]

MAX_PROFILES = 20_000
"""Up to so many profiles (times models / 10), all of them are run through."""

MAX_SUPPORTS = 4_000
"""Up to so many supports, all of them are run through."""

_BLOCK = 2_048
_STEPS = 100
_SURE = 1e-12


def check_completeness(
    builder: ReportBuilder,
    market: ModelMarket,
    claim: Result[ModelMarketSolution],
    listed: IntArray,
    *,
    complete: bool,
) -> None:
    """Recheck that nothing is missing, or say that it cannot be done here."""
    profiles = math.comb(market.n_platforms + market.n_models - 1, market.n_models - 1)
    size = min(market.n_models, market.n_platforms, market.n_types)
    supports = sum(math.comb(market.n_models, k) for k in range(1, size + 1))
    if profiles * market.n_models <= 10 * MAX_PROFILES:
        theorem, candidates = "", _all_profiles(market)
    elif market.is_hardmax and supports <= MAX_SUPPORTS and not _has_ties(market):
        theorem, candidates = "NASH-2", _supported_profiles(market, size)
    else:
        if not isinstance(claim.certificate, ExhaustionCertificate):
            builder.require(
                "model_market.certificate",
                "completeness that cannot be rechecked comes with an exhaustion certificate",
                ["there is none"],
            )
        builder.leave("that there are no other equilibria: too many profiles to run through again")
        theorem, candidates = "", _path_ends(market)
    known = {tuple(counts) for counts in listed.tolist()}
    least = claim.objective if claim.objective is not None else -math.inf
    problems = []
    for block in candidates:
        for counts in _stable(market, block):
            if tuple(counts.tolist()) in known:
                continue
            welfare = sum(
                float(payoffs_of(market, counts[np.newaxis], int(j))[0]) * int(counts[j])
                for j in np.flatnonzero(counts)
            )
            if complete or welfare > least * (1 + builder.tolerances.relative):
                used = {
                    market.label("models", int(j)): int(counts[j]) for j in np.flatnonzero(counts)
                }
                problems.append(f"an equilibrium is missing: {used}, welfare {welfare:.9g}")
        if len(problems) > 100:
            break
    builder.require("model_market.complete", "no equilibrium is missing", problems, theorem=theorem)


def _path_ends(market: ModelMarket) -> Iterator[IntArray]:
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
            step = _improvement(market, counts)
            if step is None:
                yield counts[np.newaxis]
                break
            counts[step[0]] -= 1
            counts[step[1]] += 1


def _improvement(market: ModelMarket, counts: IntArray) -> tuple[int, int] | None:
    """Return a switch that gains, of a platform that earns as little as can be, to its best."""
    used = np.flatnonzero(counts)
    now = np.array([payoffs_of(market, counts[np.newaxis], int(j))[0] for j in used])
    for place in np.argsort(now, kind="stable"):
        rest = counts.copy()
        rest[used[place]] -= 1
        then = _newcomer_payoffs(market, rest)
        target = int(then.argmax())
        if then[target] > now[place] * (1 + CLOSE):
            return int(used[place]), target
    return None


def _newcomer_payoffs(market: ModelMarket, rest: IntArray) -> FloatArray:
    """Return what one platform more would earn with each model beside `rest`, shape (M,)."""
    rivals = market.scores[rest > 0]
    crowd = np.ones(market.scores.shape)
    if market.is_hardmax and len(rivals):
        top = rivals.max(axis=0)
        equal = market.scores == top
        crowd += np.where(equal, rest.astype(np.float64) @ equal, 0.0)
        crowd[market.scores < top] = np.inf
    elif len(rivals):
        apart = rivals[:, np.newaxis].astype(np.float64) - market.scores
        ratios = np.exp(np.clip((market.beta or 0.0) * apart, -600, 600))
        crowd += np.tensordot(rest[rest > 0].astype(np.float64), ratios, axes=1)
    earned: FloatArray = (market.scores * market.shares / crowd).sum(axis=1)
    return earned


def _all_profiles(market: ModelMarket) -> Iterator[IntArray]:
    """Yield every profile, in blocks: bars among stars."""
    slots = market.n_platforms + market.n_models - 1
    block = []
    for bars in combinations(range(slots), market.n_models - 1):
        edges = (-1, *bars, slots)
        block.append([edges[k + 1] - edges[k] - 1 for k in range(market.n_models)])
        if len(block) == _BLOCK:
            yield np.array(block, dtype=np.int64)
            block = []
    if block:
        yield np.array(block, dtype=np.int64)


def _stable(market: ModelMarket, profiles: IntArray) -> IntArray:
    """Return the profiles in which no platform gains (exactly, or beyond doubt)."""
    alive = profiles
    for model in range(market.n_models):
        for other in range(market.n_models):
            rows = np.flatnonzero(alive[:, model] > 0)
            if other == model or not len(rows):
                continue
            after = alive[rows].copy()
            after[:, model] -= 1
            after[:, other] += 1
            now, then = payoffs_of(market, alive[rows], model), payoffs_of(market, after, other)
            gains = sharpened_gains(market, alive, Deviation(model, other, rows, now, then))
            limit = 0.0 if market.is_exact else _SURE * np.maximum(now, then)
            alive = np.delete(alive, rows[gains > limit], axis=0)
    return alive


def _has_ties(market: ModelMarket) -> bool:
    """Return whether two models have the same positive score for some type."""
    columns = np.sort(market.scores, axis=0)
    return bool(((columns[1:] == columns[:-1]) & (columns[1:] > 0)).any())


def _supported_profiles(market: ModelMarket, size: int) -> Iterator[IntArray]:
    """Yield the counts that condition (i) of NASH-2 leaves for each support, in blocks."""
    block = []
    worth = market.scores * market.shares
    n = market.n_platforms
    for k in range(1, size + 1):
        for chosen in combinations(range(market.n_models), k):
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
