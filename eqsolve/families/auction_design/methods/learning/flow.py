"""The flow of BundleFlow: dz/dt = sigma(t) q(z0) z carries a starting point to a bundle (BUN-1).

As q depends on the start alone and the flow is diagonal, it ends in closed form at
``z1 = z0 * exp(q(z0) * integral of sigma over [0, 1])``; the bundle holds the items with
``z1 >= 1/2``. `trained_flow` (stage 1, torch) teaches it to round: starts lie closely around 1/2
and are to end at 0 or 1, whichever is nearer (BUN-3).

Source: Wang, Jiang and Parkes (2025), BundleFlow, arXiv 2502.15283, and its public code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.limits import Deadline

__all__ = ["Flow", "network", "random_flow", "starts_for", "trained_flow"]

SPREAD = float(np.exp(-3.0))
"""Standard deviation of starts around 1/2."""

REACH = 6 * SPREAD
"""Starts lie less far than this from 1/2; the flow has hardly learned from others."""

NOISE = 0.1
"""Standard deviation of ends around 0 and 1 in training."""

_PART = 0.3
"""Share of a time limit after which the flow is taken as it is."""

_NODES, _SHARES = np.polynomial.legendre.leggauss(32)


def network(layers: tuple[Any, ...], x: Any, tanh: Callable[[Any], Any]) -> Any:
    """Return what a network of tanh layers makes of rows x, with numpy or torch."""
    for place in range(0, len(layers), 2):
        x = x @ layers[place] + layers[place + 1]
        if place + 2 < len(layers):
            x = tanh(x)
    return x


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Networks q and sigma as weights and biases in turn: ``x @ w + b``, tanh between layers.

    Parameters
    ----------
    rates : of q, from m numbers to m.
    pace : of sigma, from 1 number to 1.
    """

    rates: tuple[FloatArray, ...]
    pace: tuple[FloatArray, ...]

    def growth(self, starts: FloatArray) -> FloatArray:
        """Return q(z0), shape (..., m)."""
        found: FloatArray = network(self.rates, starts, np.tanh)
        return found

    def pace_at(self, times: FloatArray) -> FloatArray:
        """Return sigma at times, shape (T,)."""
        found: FloatArray = network(self.pace, times[:, None], np.tanh)[:, 0]
        return found

    @property
    def total_pace(self) -> float:
        """Integral of sigma over [0, 1], by Gauss-Legendre quadrature with 32 nodes."""
        return float(0.5 * _SHARES @ self.pace_at(0.5 * (_NODES + 1)))

    def ends(self, starts: FloatArray) -> FloatArray:
        """Return z1 in closed form, shape (..., m)."""
        found: FloatArray = starts * np.exp(self.growth(starts) * self.total_pace)
        return found

    def bundles(self, starts: FloatArray) -> BoolArray:
        """Return the bundles that starts end at, shape (..., m)."""
        return self.ends(starts) >= 0.5

    def log_factors(self, starts: FloatArray) -> FloatArray:
        """Return ``-tr Q * integral of sigma`` of starts, shape (...,): liouville weights."""
        found: FloatArray = -self.growth(starts).sum(axis=-1) * self.total_pace
        return found


def random_flow(n_items: int, rng: np.random.Generator, *, width: int = 128) -> Flow:
    """Return a flow that has learned nothing: weights uniform within ±1 / sqrt(inputs)."""
    wide = width if n_items <= 100 else 2 * width
    return Flow(
        _random_layers((n_items, wide, wide, n_items), rng), _random_layers((1, width, 1), rng)
    )


def _random_layers(sizes: tuple[int, ...], rng: np.random.Generator) -> tuple[FloatArray, ...]:
    """Return weights and biases of layers."""
    found: list[FloatArray] = []
    for inner, outer in pairwise(sizes):
        reach = max(1, inner) ** -0.5
        found.append(rng.uniform(-reach, reach, (inner, outer)))
        found.append(rng.uniform(-reach, reach, outer))
    return tuple(found)


def starts_for(bundles: BoolArray, rng: np.random.Generator) -> FloatArray:
    """Return starts on the side of 1/2 on which each item of a bundle is, shape of `bundles`."""
    away = SPREAD * (0.5 + np.minimum(np.abs(rng.standard_normal(bundles.shape)), 5.0))
    found: FloatArray = 0.5 + np.where(bundles, away, -away)
    return found


def trained_flow(
    n_items: int,
    steps: int,
    rng: np.random.Generator,
    deadline: Deadline,
    *,
    batch: int = 512,
    device: str = "cpu",
) -> Flow:
    """Return a flow after stage 1: the velocity is fitted to straight lines (rectified flow).

    Parameters
    ----------
    steps : of Adam, rate 5e-3 falling to 0; 0 leaves the flow random.
    batch : starts in a step.

    Notes
    -----
    Minimizes ``|z1 - z0 - sigma(t) q(z0) ((1 - t) z0 + t z1)|^2`` with
    ``z0 = 1/2 + e^-3 noise`` and ``z1 = round(z0) + 0.1 noise``. Cost O(steps batch (m + 128) 128).
    """
    import torch

    begun = random_flow(n_items, rng)
    layers = [
        torch.tensor(part, dtype=torch.float32, device=device, requires_grad=True)
        for part in (*begun.rates, *begun.pace)
    ]
    split = len(begun.rates)
    optimizer = torch.optim.Adam(layers, lr=5e-3)
    noise = torch.Generator(device=device).manual_seed(int(rng.integers(1 << 62)))
    shape = (batch, n_items)
    for step in range(steps):
        if deadline.spent(_PART):
            break
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (1 - step / steps)
        start = 0.5 + SPREAD * torch.randn(shape, generator=noise, device=device)
        end = (start >= 0.5) + NOISE * torch.randn(shape, generator=noise, device=device)
        time = torch.rand((batch, 1), generator=noise, device=device)
        pace = network(tuple(layers[split:]), time, torch.tanh)
        rate = network(tuple(layers[:split]), start, torch.tanh)
        missed = end - start - pace * rate * ((1 - time) * start + time * end)
        optimizer.zero_grad()
        missed.square().mean().backward()
        optimizer.step()
    learned = [part.detach().cpu().numpy().astype(np.float64) for part in layers]
    return Flow(tuple(learned[:split]), tuple(learned[split:]))
