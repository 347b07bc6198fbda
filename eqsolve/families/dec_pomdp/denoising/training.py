"""Training a denoiser on pairs of states and contexts (torch, the extra ``learn``).

Minimizes ``|f(e_s + sigma noise, context) - e_s|^2`` with Adam, its rate falling to 0; the best map
of all is the exact denoiser of the posterior given the context, if the network can be it. One
thread and numpy's draws: the same seed gives the same network on a processor.

Cost: steps x batch x (width^2 + width x inputs); about 5 ms a step of 512 on one core.
Source: Song, Y. and Ermon, S. (2019). Generative modeling by estimating gradients of the data
distribution. Advances in Neural Information Processing Systems 32 (one level of noise here).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline, Progress
from eqsolve.families.dec_pomdp.denoising.network import Network

__all__ = ["Schedule", "Trained", "trained"]

_WIDTH = 128


@dataclass(frozen=True, slots=True)
class Schedule:
    """How training goes.

    Parameters
    ----------
    steps : of Adam.
    batch : pairs in a step.
    rate : of learning at the beginning.
    """

    steps: int = 3000
    batch: int = 512
    rate: float = 2e-3


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What training has brought.

    Parameters
    ----------
    network : the learned denoiser.
    steps : done; fewer than asked for where time ran out.
    loss : mean of the last tenth of the steps.
    """

    network: Network
    steps: int
    loss: float


def trained(
    states: IntArray, contexts: FloatArray, rows: IntArray, embedding: FloatArray, sigma: float,
    schedule: Schedule, rng: np.random.Generator, deadline: Deadline,
) -> Trained:  # fmt: skip
    """Return a denoiser learned from pairs.

    Parameters
    ----------
    states : of the pairs, shape (N,).
    contexts : all that occur, shape (H, C).
    rows : which context each pair has, shape (N,).
    embedding : points of states, shape (S, d).
    """
    import torch

    from eqsolve.algorithms.one_thread import one_thread

    d, context = embedding.shape[1], contexts.shape[1]
    with one_thread():
        layers = [
            torch.tensor(part, dtype=torch.float32, requires_grad=True)
            for part in _drawn((d + context, _WIDTH, _WIDTH, d), rng)
        ]
        optimizer = torch.optim.Adam(layers, lr=schedule.rate)
        points = torch.tensor(embedding, dtype=torch.float32)
        told = torch.tensor(contexts, dtype=torch.float32)
        losses: list[float] = []
        for step in range(schedule.steps):
            if deadline.expired():
                break
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate * (1 - step / schedule.steps)
            chosen = rng.integers(0, len(states), schedule.batch)
            clean = points[torch.from_numpy(states[chosen])]
            noise = rng.standard_normal((schedule.batch, d), dtype=np.float32)
            noisy = clean + sigma * torch.from_numpy(noise)
            x = torch.cat([noisy, told[torch.from_numpy(rows[chosen])]], 1)
            for place in (0, 2):
                x = torch.nn.functional.silu(x @ layers[place] + layers[place + 1])
            lost = (x @ layers[4] + layers[5] - clean).square().sum(1).mean()
            optimizer.zero_grad()
            lost.backward()
            optimizer.step()
            losses.append(float(lost.detach()))
            if step % 100 == 0:
                deadline.publish(Progress(message="training", done=step, total=schedule.steps))
        parts = [layer.detach().numpy().astype(np.float64) for layer in layers]
    network = Network((parts[0], parts[2], parts[4]), (parts[1], parts[3], parts[5]))
    last = losses[-max(1, len(losses) // 10) :]
    return Trained(network, len(losses), float(np.mean(last)) if last else float("nan"))


def _drawn(sizes: tuple[int, ...], rng: np.random.Generator) -> list[FloatArray]:
    """Return weights and biases of layers, uniform within 1 / sqrt(inputs)."""
    found: list[FloatArray] = []
    for inner, outer in pairwise(sizes):
        reach = max(1, inner) ** -0.5
        found.append(rng.uniform(-reach, reach, (inner, outer)))
        found.append(rng.uniform(-reach, reach, outer))
    return found
