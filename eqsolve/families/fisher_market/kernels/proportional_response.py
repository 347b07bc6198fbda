"""Rounds of proportional response in a Fisher market; see `methods.proportional`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray

__all__ = ["respond"]


@kernel
def respond(
    values: FloatArray,
    money: FloatArray,
    spending: FloatArray,
    kept: FloatArray,
    power: float,
    keeps_money: bool,
    rounds: int,
    stop: npt.NDArray[np.uint8],
) -> int:
    """Play rounds in place; return how many were played before `stop` was raised.

    Parameters
    ----------
    values : shape (n, m), >= 0, supplies folded in.
    money : shape (n,), what each buyer splits each round.
    spending, kept : shapes (n, m) and (n,), changed in place; rows sum to `money`.
    power : exponent of the shares bought, in (0, 1].
    keeps_money : whether buyers split with the money they keep.
    """
    n, m = values.shape
    prices = np.zeros(m)
    for done in range(rounds):
        if stop[0]:
            return done
        prices[:] = 0.0
        for i in range(n):
            for j in range(m):
                prices[j] += spending[i, j]
        for j in range(m):
            prices[j] = 1.0 / prices[j] if prices[j] > 0.0 else 0.0
        for i in range(n):
            total = kept[i] if keeps_money else 0.0
            for j in range(m):
                share = spending[i, j] * prices[j]
                if power != 1.0:
                    share = share**power
                gain = values[i, j] * share
                spending[i, j] = gain
                total += gain
            scale = money[i] / total if total > 0.0 else 0.0
            for j in range(m):
                spending[i, j] *= scale
            kept[i] *= scale
    return rounds
