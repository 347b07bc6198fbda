"""The theorems on model markets (NASH-1 to NASH-7, ENTRY) as claims about any instance.

The claims list equilibria by a brute force of their own, platform by platform from the definition,
which shares nothing with the solvers; so they apply to small markets only.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import numpy as np

from eqsolve.core.theorem import Theorem
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.questions.entrants import ConvexMixtures
from eqsolve.families.model_market.questions.training import entry_objective
from eqsolve.families.model_market.solve import market_equilibria
from eqsolve.families.model_market.structure import (
    decomposition,
    dominant_type,
    homogeneous_equilibria,
    is_differentiated_equilibrium,
    market_totals,
    support_threshold,
)

__all__ = ["THEOREMS"]

_SOURCE = "Wei, Shi and Zhang 2026, Market Games for Generative Models"
_MOST_PROFILES = 2_000


def _payoff(market: ModelMarket, profile: tuple[int, ...], platform: int) -> Fraction:
    """Return what one platform earns under hardmax, times the sum of weights, in fractions."""
    total = Fraction(0)
    for q in range(market.n_types):
        offered = [market.scores[model, q].item() for model in profile]
        own = offered[platform]
        if own == max(offered):
            weight = Fraction(market.weights[q].item())
            total += weight * Fraction(own) / offered.count(own)
    return total


def _is_equilibrium(market: ModelMarket, profile: tuple[int, ...]) -> bool:
    """Return whether no platform gains by another model, exactly."""
    for platform in range(len(profile)):
        now = _payoff(market, profile, platform)
        for model in range(market.n_models):
            after = (*profile[:platform], model, *profile[platform + 1 :])
            if _payoff(market, after, platform) > now:
                return False
    return True


def _profiles(market: ModelMarket) -> list[tuple[int, ...]]:
    """Return all profiles up to renaming platforms."""
    return list(combinations_with_replacement(range(market.n_models), market.n_platforms))


def _is_small(market: ModelMarket) -> bool:
    """Return whether brute force is quick here, and exact."""
    profiles = comb(market.n_platforms + market.n_models - 1, market.n_platforms)
    return market.is_exact and profiles <= _MOST_PROFILES


def _has_rivals(market: ModelMarket) -> bool:
    """Return whether the market is small and has two platforms or more."""
    return _is_small(market) and market.n_platforms >= 2


def _nash_1(market: ModelMarket) -> str | None:
    """Compare ``N U = T + delta`` with the definition."""
    totals, total = market_totals(market), int(market.weights.sum())
    for profile in _profiles(market):
        counts = np.bincount(profile, minlength=market.n_models)
        delta = decomposition(market, counts)
        for platform, model in enumerate(profile):
            left = market.n_platforms * float(_payoff(market, profile, platform)) / total
            right = float(totals[model] + delta[model])
            if abs(left - right) > 1e-9 * max(1.0, abs(left)):
                return f"profile {profile}, platform {platform}: N U = {left}, T + delta = {right}"
    return None


def _nash_2(market: ModelMarket) -> str | None:
    """Compare the support search with all profiles."""
    result = market_equilibria(market, method="support_search", time_limit=None)
    found = set()
    if result.solution is not None:
        found = {tuple(entry.counts.tolist()) for entry in result.solution.equilibria}
    for profile in _profiles(market):
        counts = tuple(profile.count(model) for model in range(market.n_models))
        if _is_equilibrium(market, profile) != (counts in found):
            return f"counts {counts}: listed {counts in found}, by definition {counts not in found}"
    return None


def _nash_3(market: ModelMarket) -> str | None:
    """Compare the test for homogeneous equilibria with the definition."""
    found = homogeneous_equilibria(market)
    for model in range(market.n_models):
        if _is_equilibrium(market, (model,) * market.n_platforms) != (model in found):
            return f"all adopt model {model}: the test says {model in found}"
    return None


def _nash_4(market: ModelMarket) -> str | None:
    """Check that the dominant type's favorite is a homogeneous equilibrium."""
    found = dominant_type(market)
    if found is not None and not _is_equilibrium(market, (found[1],) * market.n_platforms):
        return f"type {found[0]} is dominant, but all adopting model {found[1]} is no equilibrium"
    return None


def _nash_5(market: ModelMarket) -> str | None:
    """Compare the test for differentiated equilibria with the definition."""
    for profile in _profiles(market):
        if len(set(profile)) < len(profile):
            continue
        says = is_differentiated_equilibrium(market, list(profile))
        if says != _is_equilibrium(market, profile):
            return f"models {profile}: the test says {says}"
    return None


def _nash_6(market: ModelMarket) -> str | None:
    """Solve with as many platforms as the threshold says and look at the supports."""
    platforms = support_threshold(market)
    if platforms is None:
        return None
    large = ModelMarket(market.scores, market.weights, platforms)
    result = market_equilibria(large, time_limit=None)
    winners = sorted(set(market.scores.argmax(axis=0).tolist()))
    if result.solution is None:
        return f"no equilibrium with {platforms} platforms"
    for entry in result.solution.equilibria:
        if np.flatnonzero(entry.counts).tolist() != winners:
            return f"{platforms} platforms: counts {entry.counts.tolist()}, winners {winners}"
    return None


def _has_threshold(market: ModelMarket) -> bool:
    """Return whether NASH-6 speaks of this market."""
    return support_threshold(market) is not None


def _nash_7(market: ModelMarket) -> str | None:
    """Return a sentence if the market has no pure equilibrium, or its last model does harm."""
    profiles = _profiles(market)
    found = [profile for profile in profiles if _is_equilibrium(market, profile)]
    if not found:
        return f"none of the {len(profiles)} profiles is an equilibrium"
    if market.n_models < 2:
        return None
    smaller = ModelMarket(market.scores[:-1], market.weights, market.n_platforms)
    before = [profile for profile in _profiles(smaller) if _is_equilibrium(smaller, profile)]
    if not before:
        return None
    for title, measure in (("welfare", _welfare), ("diversity", _diversity)):
        worst = min(measure(smaller, profile) for profile in before)
        best = max(measure(market, profile) for profile in found)
        if best < worst:
            return f"the last model lowers equilibrium {title} from {worst} to {best}"
    return None


def _diversity(market: ModelMarket, profile: tuple[int, ...]) -> Fraction:
    """Return one minus the HHI."""
    shares = [Fraction(profile.count(model), len(profile)) for model in set(profile)]
    return 1 - sum((share * share for share in shares), Fraction(0))


def _welfare(market: ModelMarket, profile: tuple[int, ...]) -> Fraction:
    """Return user welfare times the sum of weights."""
    tops = market.scores[list(profile)].max(axis=0)
    pairs = zip(market.weights.tolist(), tops.tolist(), strict=True)
    return sum((Fraction(weight) * Fraction(top) for weight, top in pairs), Fraction(0))


def _entry(market: ModelMarket) -> str | None:
    """Compare the gradient of the entry objective with finite differences."""
    family = ConvexMixtures(market.scores.astype(np.float64))
    rng = np.random.default_rng(0)
    step = 1e-6
    for beta in (0.5, 2.0):
        phi = rng.dirichlet(np.ones(market.n_models))
        _, gradient = entry_objective(market, family, phi, beta=beta)
        for part in range(len(phi)):
            ends = []
            for sign in (1, -1):
                moved = phi.copy()
                moved[part] += sign * step
                ends.append(entry_objective(market, family, moved, beta=beta)[0])
            slope = (ends[0] - ends[1]) / (2 * step)
            if abs(slope - gradient[part]) > 1e-4 * max(1.0, abs(slope)):
                return f"parameter {part}: gradient {gradient[part]}, slope {slope}"
    return None


def _theorem(id: str, title: str, statement: str, **rest: Any) -> Theorem:
    """Return a theorem of this family."""
    fields: dict[str, Any] = {"source": _SOURCE, "strategy": "model_markets", **rest}
    return Theorem(id=id, title=title, statement=statement, kind="model_market", **fields)


_SMALL = "hardmax, whole numbers, at most 2,000 profiles"

THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        "NASH-1",
        "decomposition",
        "N U_i = T_f(i) + delta_f(i) with delta = sum_q w[q] (N share_i(q) - 1) S[f_i, q].",
        claim=_nash_1,
        applies=_is_small,
        hypotheses=_SMALL,
    ),
    _theorem(
        "NASH-2",
        "support theorem",
        "Counts with support A are a pure equilibrium iff they are a D'Hondt apportionment of the "
        "votes V(A) and no entrant gains; scanning supports finds all pure equilibria.",
        claim=_nash_2,
        applies=_is_small,
        hypotheses=_SMALL + "; ties between models by counts",
    ),
    _theorem(
        "NASH-3",
        "homogeneous equilibrium",
        "All adopt j is an equilibrium iff for every l: T_j / N >= sum of w S_l over types with "
        "S_l > S_j, plus a share 1/N of those with S_l = S_j.",
        claim=_nash_3,
        applies=_has_rivals,
        hypotheses=_SMALL + ", N >= 2",
    ),
    _theorem(
        "NASH-4",
        "dominant type",
        "If a type has mass at least 1 - 1/(1 + N G/s), all adopting its strict favorite is an "
        "equilibrium.",
        claim=_nash_4,
        applies=_has_rivals,
        hypotheses=_SMALL + ", N >= 2",
    ),
    _theorem(
        "NASH-5",
        "differentiated equilibrium",
        "N different models are an equilibrium iff no switch raises T + delta.",
        claim=_nash_5,
        applies=_has_rivals,
        hypotheses=_SMALL + ", N >= 2",
    ),
    _theorem(
        "NASH-6",
        "many platforms",
        "From 2 W / min V platforms on there is an equilibrium, and every one uses exactly the "
        "models that are best for some type.",
        claim=_nash_6,
        applies=_has_threshold,
        hypotheses="hardmax, each type has one best model, with a positive score",
    ),
    _theorem(
        "NASH-7",
        "paradoxes",
        "There are markets without a pure equilibrium, and markets where a further model lowers "
        "equilibrium welfare or diversity.",
        claim=_nash_7,
        applies=_is_small,
        hypotheses=_SMALL,
        can_happen=True,
        strategy="rival_model_markets",
    ),
    _theorem(
        "ENTRY",
        "gradient of strategic entry",
        "The gradient of F(phi) = sum_q w sigma(beta (S_phi - Sbar)) S_phi that ascent follows is "
        "its derivative.",
        claim=_entry,
    ),
)
