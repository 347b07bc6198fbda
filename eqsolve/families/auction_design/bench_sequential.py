"""Benchmark cases of sequences: exact shifts of prices beside a gradient loop in every state.

All contenders are asked for what they earn in play, on the same draws; they agree within a
hundredth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.case import Case, Contender
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.methods.dp import Dp
from eqsolve.families.auction_design.methods.dp_symmetric import DpSymmetric
from eqsolve.families.auction_design.methods.fitting import fit_types
from eqsolve.families.auction_design.playing.evaluate import estimated
from eqsolve.families.auction_design.settings import setting
from eqsolve.families.auction_design.solution.mechanism import Menu, SequentialMechanism, State

__all__ = ["CASES"]

_PLAYED = 20_000


def built(size: tuple[str, int, int], seed: int) -> AuctionDesign:
    """Return a setting: name, bidders, items."""
    return setting(*size)


def ours(design: AuctionDesign) -> float:
    """Return what prices by size earn, or those of every state where items differ."""
    common: dict[str, Any] = {
        "mechanism": "sequential", "baselines": False, "report_draws": _PLAYED, "fit_seed": 0,
    }  # fmt: skip
    method = DpSymmetric(**common)
    chosen = method if method.supports(design) is None else Dp(**common)
    objective = chosen.run(design, Deadline(), np.random.default_rng(0)).objective
    assert objective is not None
    return float(objective)


def gradient_loop(design: AuctionDesign) -> float:
    """Return what prices earn that a loop over bidders and states fits by gradients.

    The authors' dynamic program, on a processor: in every state the prices of all bundles inside
    climb what soft choice earns now and later (Adam; sharpness 100 for values near 1; a rate that
    decays), begun from the next bidder's prices; states are then valued by hard choice.
    """
    m = design.n_items
    every = all_bundles(m)
    later = np.zeros(1 << m)
    prices: dict[int, FloatArray] = {}
    menus = []
    rng = np.random.default_rng(0)
    fits, judges = (fit_types(design, n, 0, p) for n, p in ((10_000, "fit"), (20_000, "choose")))  # type: ignore[arg-type]
    for bidder in reversed(design.order):
        own, judge = fits[bidder].types.of(every), judges[bidder].types.of(every)
        scale = float(own.max(axis=1).mean())
        values = np.zeros(1 << m)
        for left in range(1, 1 << m):
            inside = np.array([b for b in range(left + 1) if b & ~left == 0])
            worth = later[left & ~inside]
            begun = prices.get(left, own[:, inside].mean(axis=0) / scale)
            fitted = _climbed(own[:, inside] / scale, worth / scale, begun, rng)
            prices[left] = fitted
            chosen = (judge[:, inside] / scale - fitted).argmax(axis=1)
            values[left] = (scale * fitted + worth)[chosen].mean()
            items = tuple(np.flatnonzero(every[left]).tolist())
            state = State(bidder, items)
            menus.append(Menu.deterministic(state, every[inside[1:]], scale * fitted[1:]))
        later = values
    mechanism = SequentialMechanism(m, design.order, tuple(menus))
    return estimated([mechanism], design, _PLAYED, 0)[0].revenue


def _climbed(
    values: FloatArray, worth: FloatArray, prices: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Return prices of all bundles of a state, that of nothing 0, after 500 steps of 256 types."""
    prices, sharpness, steps = prices.copy(), 100.0, 500
    first, second = np.zeros((2, len(prices)))
    for step in range(1, steps + 1):
        some = values[rng.integers(0, len(values), 256)]
        soft = sharpness * (some - prices)
        soft = np.exp(soft - soft.max(axis=1, keepdims=True))
        soft /= soft.sum(axis=1, keepdims=True)
        earned = prices + worth
        mean = soft @ earned
        slope = (soft - sharpness * soft * (earned - mean[:, None])).mean(axis=0)
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        rate = 0.02 * (1 - step / (steps + 1))
        prices = prices + rate * first / (1 - 0.9**step) / (
            np.sqrt(second / (1 - 0.999**step)) + 1e-8
        )
        prices[0] = 0.0
    return prices


def _case(**fields: Any) -> Case:
    ours_alone = Contender(name="eqsolve", run=ours, delivers="prices, revenue in play", limit=120)
    return Case(
        suite="design", build=built, unit="setting, bidders, items", repeats=1, tolerance=0.01,
        contenders=(ours_alone, *fields.pop("others", ())), **fields,
    )  # fmt: skip


CASES = (
    _case(
        name="sequence of menus",
        sizes=(("unif", 5, 5), ("3demand", 5, 5)),
        quick_sizes=(("unif", 2, 2),),
        others=(
            Contender(
                name="gradient loop", run=gradient_loop, package="numpy",
                delivers="prices, revenue in play", limit=60,
            ),
        ),
    ),
    _case(
        name="long sequence of menus",
        sizes=(("unif", 10, 10), ("comb1", 20, 10), ("unif", 20, 20)),
        quick_sizes=(("unif", 3, 3),),
    ),
)  # fmt: skip
