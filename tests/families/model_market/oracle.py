"""Brute force for model markets, straight from the definition: platform by platform, fractions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

Profile = Sequence[int]


def payoff(market: Any, profile: Profile, platform: int) -> Any:
    """Return what one platform earns when platform i adopts model profile[i]."""
    scores, weights = market.scores.tolist(), market.weights.tolist()
    own = scores[profile[platform]]
    hardmax = market.choice["rule"] == "hardmax"
    number = Fraction if hardmax else float
    total = number(0)
    for q, weight in enumerate(weights):
        offered = [scores[model][q] for model in profile]
        if hardmax:
            if own[q] < max(offered):
                continue
            share = Fraction(1, sum(score == own[q] for score in offered))
        else:
            beta = market.choice["beta"]
            share = 1 / sum(math.exp(beta * (score - own[q])) for score in offered)
        total += number(weight) * number(own[q]) * share
    return total / number(sum(map(Fraction, weights)))


def gains(market: Any, profile: Profile) -> list[tuple[int, int, Any, Any]]:
    """Return (platform, model, payoff now, payoff after) for every deviation."""
    result = []
    for platform in range(len(profile)):
        now = payoff(market, profile, platform)
        for model in range(len(market.scores)):
            if model != profile[platform]:
                after = [*profile[:platform], model, *profile[platform + 1 :]]
                result.append((platform, model, now, payoff(market, after, platform)))
    return result


def is_equilibrium(market: Any, profile: Profile, slack: float = 0.0) -> bool:
    return all(after - now <= slack * after for _, _, now, after in gains(market, profile))


def equilibria(market: Any, slack: float = 0.0) -> list[list[int]]:
    """Return the counts of all pure equilibria, in falling lexicographic order."""
    models = range(len(market.scores))
    found = [
        [profile.count(model) for model in models]
        for profile in combinations_with_replacement(models, market.n_platforms)
        if is_equilibrium(market, profile, slack)
    ]
    return sorted(found, reverse=True)


def best_coverage(market: Any) -> Fraction:
    """Return the user welfare of the best set of at most N models."""
    scores, weights = market.scores.tolist(), market.weights.tolist()
    size = min(len(scores), market.n_platforms)
    return max(
        sum(
            (
                Fraction(w) * max(Fraction(scores[j][q]) for j in chosen)
                for q, w in enumerate(weights)
            ),
            Fraction(0),
        )
        / sum(map(Fraction, weights))
        for chosen in combinations(range(len(scores)), size)
    )
