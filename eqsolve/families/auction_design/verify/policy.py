"""Menus of a network, computed once more: its passes, state by state, and what they offer."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, exp, log1p, sin

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.solution.mechanism import (
    PLACES,
    Menu,
    PolicyMechanism,
    State,
    Tariff,
)

__all__ = ["policy_menu", "policy_problems"]


def policy_problems(mechanism: PolicyMechanism, n_bidders: int) -> Iterator[str]:
    """Yield what is wrong with the form of a network."""
    m = mechanism.n_items
    outputs = m + 1 if mechanism.form == "entry_fee" else (1 << m) - 1
    ends = mechanism.layers[0], mechanism.layers[-1]
    if ends != (m + PLACES, outputs):
        yield f"the network has {ends[0]} inputs and {ends[1]} outputs, not {m + PLACES}, {outputs}"
    if sorted(mechanism.order) != list(range(n_bidders)):
        yield f"the order {list(mechanism.order)} does not name each of {n_bidders} bidders once"
    arrays = mechanism.weights.arrays
    for k, shape in enumerate(zip(mechanism.layers, mechanism.layers[1:], strict=False)):
        for name, wanted in ((f"w{k}", shape), (f"b{k}", shape[1:])):
            found = arrays[name].shape if name in arrays else None
            if found != wanted:
                yield f"{name} has shape {found}, not {wanted}"
    scale = arrays.get("scale")
    if scale is None or scale.shape != (1,) or not scale[0] > 0:
        yield "scale must be one positive number"


def policy_menu(mechanism: PolicyMechanism, place: int, left: BoolArray) -> Menu | Tariff:
    """Return the menu of the bidder at a place in the order, when these items are left."""
    half = PLACES // 2
    angles = [place / 10_000 ** (k / half) for k in range(half)]
    waves = [sin(angle) for angle in angles] + [cos(angle) for angle in angles]
    state: FloatArray = np.array([*left.astype(np.float64).tolist(), *waves])
    layers = len(mechanism.layers) - 1
    for k in range(layers):
        weights = mechanism.weights.arrays[f"w{k}"]
        state = weights.T @ state + mechanism.weights.arrays[f"b{k}"]
        if k < layers - 1:
            state = np.tanh(state)
    scale = float(mechanism.weights.arrays["scale"][0])
    prices = np.array([scale * (max(x, 0.0) + log1p(exp(-abs(x)))) for x in state.tolist()])
    items = tuple(np.flatnonzero(left).tolist())
    shown = State(mechanism.order[place], items)
    if mechanism.form == "entry_fee":
        return Tariff(shown, float(prices[0]), prices[1:])
    every = all_bundles(mechanism.n_items)
    offered = [b for b in range(1, len(every)) if not (every[b] & ~left).any()]
    return Menu.deterministic(shown, every[offered], prices[np.array(offered, dtype=int) - 1])
