"""Rounds of the market by listing latent preferences and followers, up to 12 sellers.

A **view** of a round is what a seller (or all of them) shows: numbers of high and low prices seen
and what both earned, in fractions. Beyond 12 sellers binomial sums take the place of the list.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import comb

from eqsolve.families.collusion_dynamics.instance import CollusionDynamics

__all__ = ["Parabola", "View", "both_prices", "coefficients", "views"]

LISTED = 12
"""Sellers up to which price vectors are listed."""

View = tuple[int, Fraction, int, Fraction]
"""High prices seen, what they earned, low prices seen, what they earned."""

Parabola = tuple[Fraction, Fraction, Fraction]


@lru_cache(maxsize=32)
def _highs(n: int, fidelity: Fraction) -> dict[tuple[bool, int, bool], Fraction]:
    """Return (latent, number of high prices, whether seller 0 prices high) -> probability."""
    found: dict[tuple[bool, int, bool], Fraction] = defaultdict(Fraction)
    p, whole = fidelity.numerator, fidelity.denominator
    if n <= LISTED:
        for latent in (True, False):
            for follows in product((True, False), repeat=n):
                prices = [latent == follow for follow in follows]
                weight = p ** sum(follows) * (whole - p) ** (n - sum(follows))
                found[latent, sum(prices), prices[0]] += weight
        return {key: Fraction(weight, whole**n) for key, weight in found.items()}
    for latent in (True, False):
        chance = fidelity if latent else 1 - fidelity
        for others in range(n):
            rest = comb(n - 1, others) * chance**others * (1 - chance) ** (n - 1 - others)
            found[latent, others + 1, True] += chance * rest
            found[latent, others, False] += (1 - chance) * rest
    return dict(found)


def both_prices(
    dynamics: CollusionDynamics, fidelity: Fraction
) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
    """Return E[payoff; own high] and E[payoff; own low], each for latent low and latent high."""
    high, low = dynamics.exact_payoffs
    found = [[Fraction(0), Fraction(0)], [Fraction(0), Fraction(0)]]
    for (latent, highs, own), chance in _highs(dynamics.n_sellers, fidelity).items():
        pay = high[highs - 1] if own else low[highs]
        found[0 if own else 1][latent] += chance * pay
    return (found[0][0], found[0][1]), (found[1][0], found[1][1])


def coefficients(dynamics: CollusionDynamics, fidelity: Fraction) -> Parabola:
    """Return advantage times h (1 - h) as coefficients of 1, theta, theta**2."""
    above, below = both_prices(dynamics, fidelity)
    share = (1 - fidelity, fidelity)  # of high prices, by latent

    def times(one: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction]) -> Parabola:
        (a, b), (c, d) = one, other  # a (1 - x) + b x, and likewise
        return a * c, (b - a) * c + a * (d - c), (b - a) * (d - c)

    gains = times(above, (1 - share[0], 1 - share[1]))
    losses = times(below, share)
    return gains[0] - losses[0], gains[1] - losses[1], gains[2] - losses[2]


def views(dynamics: CollusionDynamics) -> dict[View, tuple[float, float]]:
    """Return the views of a round -> their probabilities for latent low and latent high."""
    assert dynamics.batch is not None
    high, low = dynamics.exact_payoffs
    n = dynamics.n_sellers
    found: dict[View, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for (latent, highs, own), chance in _highs(n, dynamics.exact_fidelity).items():
        if dynamics.batch.feedback == "all":
            up = highs * high[highs - 1] if highs else Fraction(0)
            down = (n - highs) * low[highs] if highs < n else Fraction(0)
            view = (highs, up, n - highs, down)
        elif own:
            view = (1, high[highs - 1], 0, Fraction(0))
        else:
            view = (0, Fraction(0), 1, low[highs])
        found[view][latent] += chance
    return {view: (float(pair[0]), float(pair[1])) for view, pair in found.items() if any(pair)}
