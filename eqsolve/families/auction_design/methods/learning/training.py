"""Stage 2: prices and lotteries climb the soft revenue ``E sum_k softmax_k(lambda u) p_k``.

Values are scaled to a mean greatest value of 1; ``lambda`` rises geometrically, so that choice
hardens while rates of learning fall (MEC-12: soft revenue is no bound of any kind, so what is held
and told is revenue under hard choice, on the choose set). One thread and numpy's draws: the same
seed gives the same menu on a processor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.limits import Deadline, Progress
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.instance.valuations import joined
from eqsolve.families.auction_design.methods.fitting import Fit
from eqsolve.families.auction_design.methods.learning.offers import Offer

__all__ = ["Held", "Schedule", "Sets", "device_for", "trained"]


PART = 0.7
"""Share of a time limit after which training ends; the rest is for prices and for playing."""

_FIRST = 512
"""Types that prices begin by."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How training goes.

    Parameters
    ----------
    steps : of Adam.
    batch : types in a step; all of them where there are no more.
    soft, hard : lambda at the beginning and at the end.
    rate : of prices at the beginning; it falls to a twentieth, as those of lotteries do.
    looks : how often the choose set is looked at.
    """

    steps: int
    batch: int
    soft: float
    hard: float
    rate: float = 0.01
    looks: int = 15


class Sets(NamedTuple):
    """Types to learn from and types to look at, which are the same where all types are known.

    Parameters
    ----------
    types : both.
    fit, choose : rows of each.
    fit_weights, choose_weights : each sum to 1.
    """

    types: Valuations
    fit: IntArray
    fit_weights: FloatArray
    choose: IntArray
    choose_weights: FloatArray

    @classmethod
    def of(cls, fit: Fit, choose: Fit) -> Sets:
        """Return two fits as one row of types."""
        rows = np.arange(len(fit.types))
        if fit.exact:
            return cls(fit.types, rows, fit.weights, rows, fit.weights)
        others = len(rows) + np.arange(len(choose.types))
        both = joined([fit.types, choose.types])
        return cls(both, rows, fit.weights, others, choose.weights)

    def batch(self, size: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
        """Return so many rows to learn from, drawn by weight, and shares; all if no more."""
        if len(self.fit) <= size:
            return self.fit, self.fit_weights
        cumulated = np.cumsum(self.fit_weights)
        drawn = np.searchsorted(cumulated, rng.random(size) * cumulated[-1], "right")
        return self.fit[np.minimum(drawn, len(self.fit) - 1)], np.full(size, 1 / size)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The best that training has seen on the choose set.

    Parameters
    ----------
    bundles, weights, prices : shapes (J, D, m), (J, D), (J,); prices in money.
    revenue : on the choose set.
    steps : done in all.
    cut : whether time ran out.
    history : (step, revenue on the choose set).
    """

    bundles: BoolArray
    weights: FloatArray
    prices: FloatArray
    revenue: float
    steps: int
    cut: bool
    history: tuple[tuple[int, float], ...]


def device_for(asked: str) -> str:
    """Return ``"cuda"`` where there is one and it is not declined, else ``"cpu"``."""
    import torch

    return "cuda" if asked == "auto" and torch.cuda.is_available() else asked.replace("auto", "cpu")


def trained(
    offer: Offer, types: Sets, scale: float, schedule: Schedule, rng: np.random.Generator,
    deadline: Deadline,
) -> Held:  # fmt: skip
    """Return what was learned, at least what it began with.

    Parameters
    ----------
    offer : what is sold to these types.
    scale : of values and prices.

    Notes
    -----
    Prices begin at 0.6 of what entries are worth on average.
    """
    import torch

    device = offer.device
    begun = 0.6 * _mean_values(offer, *types.batch(_FIRST, rng))
    cost = torch.tensor(begun, dtype=torch.float32, device=device, requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [cost], "lr": schedule.rate}, *offer.groups()])
    rates = [group["lr"] for group in optimizer.param_groups]
    every = max(1, schedule.steps // schedule.looks)
    held: Held | None = None
    for step in range(schedule.steps + 1):
        cut = step < schedule.steps and deadline.spent(PART)
        stopped = cut or step == schedule.steps
        if held is None or (not cut and (stopped or step % every == 0)):
            held = _look(offer, types, cost, scale, step, held, deadline)
            done = Progress(
                message="training", objective=held.revenue, done=step, total=schedule.steps
            )
            deadline.publish(done)
        if stopped:
            held = replace(held, steps=step, cut=cut)
            break
        part = step / schedule.steps
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * (1 - 0.95 * part)
        rows, shares = types.batch(schedule.batch, rng)
        sharpness = schedule.soft * (schedule.hard / schedule.soft) ** part
        utility = sharpness * (offer.values(rows) - cost)
        nothing = torch.zeros((len(rows), 1), device=device)
        chance = torch.softmax(torch.cat([nothing, utility], 1), 1)[:, 1:]
        share = torch.tensor(shares, dtype=torch.float32, device=device)
        optimizer.zero_grad()
        lost: Any = -(share @ (chance @ cost))
        lost.backward()
        optimizer.step()
    assert held is not None
    return held


def _mean_values(offer: Offer, rows: IntArray, shares: FloatArray) -> FloatArray:
    """Return what entries are worth on average to some types, shape (J,)."""
    found: FloatArray = shares @ offer.values(rows).detach().double().cpu().numpy()
    return found


def _look(
    offer: Offer, types: Sets, cost: Any, scale: float, step: int, held: Held | None,
    deadline: Deadline,
) -> Held:  # fmt: skip
    """Return the better, on the choose set, of what is held and what there is.

    A first look ends early where time does, with the types looked at by then.
    """
    prices = np.maximum(cost.detach().double().cpu().numpy(), 0.0)
    paid = []
    for rows in _chunks(types.choose):
        utility = offer.values(rows).detach().double().cpu().numpy() - prices
        best = utility.argmax(axis=1)
        buys = utility[np.arange(len(rows)), best] >= 0
        paid.append(np.where(buys, prices[best], 0.0))
        if held is None and deadline.spent(PART):
            break
    earned = np.concatenate(paid)
    shares = types.choose_weights[: len(earned)]
    revenue = float(shares @ earned) / float(shares.sum()) * scale
    history = (*(held.history if held else ()), (step, revenue))
    if held is not None and held.revenue >= revenue:
        return replace(held, history=history)
    bundles, weights = offer.lotteries()
    return Held(bundles, weights, prices * scale, revenue, step, False, history)


def _chunks(rows: IntArray) -> list[IntArray]:
    """Return rows some hundreds at a time."""
    return np.array_split(rows, max(1, -(-len(rows) // 512)))
