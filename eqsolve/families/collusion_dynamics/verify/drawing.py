"""An own simulation that draws latent preferences and prices one by one, with a fixed seed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from eqsolve.families.collusion_dynamics.solution import Chance
from eqsolve.families.collusion_dynamics.verify.batches import Market, Poll, logit, theta_of

__all__ = ["by_drawing"]

_DRAWS = 20_000_000
_PATHS = 400
_TAIL = 3.2e-5
"""What a normal variable exceeds by four standard deviations."""


def by_drawing(market: Market, told: Chance, place: int, poll: Poll) -> Iterator[str]:
    """Simulate, latent preferences and prices one by one; yield if the claim is unlikely."""
    dynamics = market.dynamics
    rng = np.random.default_rng(20260101 + place)
    n, b = dynamics.n_sellers, market.batch.size
    high, low = dynamics.high, dynamics.low
    paths = _PATHS
    rates = [float(rate) for rate in market.rates()]
    ends = logit(market.low), logit(market.high)
    odds = np.full(paths, logit(dynamics.start[place].item()))
    alive = np.ones(paths, dtype=bool)
    budget, t = _DRAWS, 0
    while alive.any() and (market.passage or t < len(rates)):
        poll()
        theta = theta_of(odds[alive])
        budget -= len(theta) * b * (n + 1)
        if budget < 0:
            break
        latent = rng.random((len(theta), b)) < theta[:, None]
        follows = rng.random((len(theta), b, n)) < dynamics.fidelity
        prices = latent[..., None] == follows
        others = prices.sum(axis=2)[..., None] - prices
        pay = np.where(prices, high[np.minimum(others, n - 1)], low[np.minimum(others, n - 1)])
        if market.batch.feedback == "one":
            prices, pay = prices[..., :1], pay[..., :1]
        above, below = prices.sum(axis=(1, 2)), (~prices).sum(axis=(1, 2))
        up = np.where(prices, pay, 0.0).sum(axis=(1, 2))
        down = np.where(prices, 0.0, pay).sum(axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            if market.means:
                move = np.where((above > 0) & (below > 0), up / above - down / below, 0.0)
            else:
                share = theta * dynamics.fidelity + (1 - theta) * (1 - dynamics.fidelity)
                move = np.nan_to_num(up / share) - np.nan_to_num(down / (1 - share))
                move = move / market.seen
        odds[alive] += rates[0 if market.passage else t] * move
        t += 1
        if market.passage:
            alive &= (odds > ends[0]) & (odds < ends[1])
    reached = int((odds >= ends[1]).sum())
    open_ = int(alive.sum()) if market.passage else (0 if t == len(rates) else paths)
    if _tail(paths, told.high, reached) < _TAIL:
        yield f"{reached} of {paths} paths reach collusion, too many for {told.high:.6g}"
    if not market.passage and open_:
        return
    if _tail(paths, 1 - told.low, paths - reached - open_) < _TAIL:
        yield f"{reached + open_} of {paths} paths reach collusion, too few for {told.low:.6g}"


def _tail(trials: int, chance: float, least: int) -> float:
    """Return the probability of at least so many successes."""
    if least <= 0 or chance >= 1:
        return 1.0
    if chance <= 0:
        return 0.0
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(chance) + (trials - k) * math.log1p(-chance)
        for k in range(least, trials + 1)
    ]  # fmt: skip
    return float(np.exp(logs).sum())
