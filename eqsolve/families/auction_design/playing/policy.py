"""Menus that a network computes from the state, with numpy alone.

The input is what is left (0 or 1 for each item) and sines and cosines of the bidder's place in the
order; layers are tanh. The outputs, through softplus and times a scale, are a price of every bundle
(``"bundles"``) or an entry fee and a price of every item (``"entry_fee"``). What is gone is not
offered (SEQ-1 holds whatever the weights are).

Cost: a pass for each state that is met, and the choice from its menu.
"""

from __future__ import annotations

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

__all__ = ["inputs_of", "menu_of_policy", "outputs_of"]


def inputs_of(left: BoolArray, place: int) -> FloatArray:
    """Return the input of the network for sets of items left, shape (S, m + PLACES).

    Parameters
    ----------
    left : shape (S, m).
    place : of the bidder in the order, from 0.
    """
    rates = 1.0 / 10_000 ** (np.arange(PLACES // 2) / (PLACES // 2))
    waves = np.concatenate([np.sin(place * rates), np.cos(place * rates)])
    return np.concatenate([left, np.broadcast_to(waves, (len(left), PLACES))], axis=1)


def outputs_of(mechanism: PolicyMechanism, left: BoolArray, place: int) -> FloatArray:
    """Return the prices of the network for sets of items left, shape (S, outputs)."""
    arrays = mechanism.weights.arrays
    state = inputs_of(left, place)
    last = len(mechanism.layers) - 2
    for k in range(last + 1):
        state = state @ arrays[f"w{k}"] + arrays[f"b{k}"]
        state = state if k == last else np.tanh(state)
    found: FloatArray = np.logaddexp(0.0, state) * float(arrays["scale"][0])
    return found


def menu_of_policy(
    mechanism: PolicyMechanism, place: int, left: BoolArray, outputs: FloatArray
) -> Menu | Tariff:
    """Return the menu of one state.

    Parameters
    ----------
    place : of the bidder in the order.
    left : shape (m,).
    outputs : of the network, shape (outputs,).
    """
    state = State(mechanism.order[place], tuple(np.flatnonzero(left).tolist()))
    if mechanism.form == "entry_fee":
        return Tariff(state, float(outputs[0]), outputs[1:])
    every = all_bundles(mechanism.n_items)[1:]
    inside = ~(every & ~left).any(axis=1)
    return Menu.deterministic(state, every[inside], outputs[inside])
