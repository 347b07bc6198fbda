"""An own quadrature of the scale function of a diffusion: Simpson's rule on other nodes (COL-9)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.collusion_dynamics.solution import Chance
from eqsolve.families.collusion_dynamics.verify.batches import Market, Poll, logit, theta_of

__all__ = ["by_quadrature"]


def by_quadrature(
    builder: ReportBuilder, market: Market, chances: tuple[Chance, ...], places: list[int],
    poll: Poll,
) -> Iterator[str]:  # fmt: skip
    """Integrate the scale function by Simpson's rule on other nodes; yield what is wrong."""
    from scipy.integrate import cumulative_simpson

    if not market.passage:
        yield "a diffusion is for first passage"
        return
    odds = np.array([logit(market.dynamics.start[place].item()) for place in places])
    grid = np.linspace(logit(market.low), logit(market.high), 20_001)
    pull, noise = _moments(market, theta_of(grid))
    rate = float(market.rates()[0])
    exponent = -cumulative_simpson(2 * market.batch.size * pull / (rate * noise), x=grid, initial=0)
    scale = cumulative_simpson(np.exp(exponent - exponent.max()), x=grid, initial=0)
    for place, own in zip(places, np.interp(odds, grid, scale / scale[-1]), strict=True):
        told = chances[place].low
        if not abs(own - told) <= 1e-4:
            where = f"start {market.dynamics.start[place]:g}"
            yield f"{where}: the diffusion gives {own:.6g}, not {told}"


def _moments(market: Market, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return advantage and limit of b Var(estimate), by the law of one round."""
    kinds = [[float(part) for part in view] for view in market.views]
    pairs = np.array(list(market.views.values()))
    chance = np.outer(pairs[:, 0], 1 - theta) + np.outer(pairs[:, 1], theta)  # (K, S)
    above, up, below, down = (np.array(column)[:, None] for column in zip(*kinds, strict=True))
    seen_high, seen_low = (chance * above).sum(axis=0), (chance * below).sum(axis=0)
    mean_high, mean_low = (
        (chance * up).sum(axis=0) / seen_high,
        (chance * down).sum(axis=0) / seen_low,
    )
    if market.means:
        effect = (up - mean_high * above) / seen_high - (down - mean_low * below) / seen_low
    else:
        effect = up / seen_high - down / seen_low
    first = (chance * effect).sum(axis=0)
    return mean_high - mean_low, (chance * effect**2).sum(axis=0) - first**2
