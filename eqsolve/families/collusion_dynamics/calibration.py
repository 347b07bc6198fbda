"""Fidelity and propensity from a log of two sellers' prices (COL-13).

With the share h of high prices and the frequency q of rounds in which both are high,
``k = rho (1 - rho) = h - q``, which is half the frequency of mixed rounds; hence
``rho = (1 + sqrt(1 - 4 k)) / 2`` and ``theta = (h - 1 + rho) / (2 rho - 1)``. O(rounds).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import BoolArray
from eqsolve.core.digits import exact_float
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.families.collusion_dynamics.methods.simulate import wilson

__all__ = ["Calibration", "calibrate", "from_counts"]

_SPREAD = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Calibration:
    """What two sellers' prices say about the model behind them.

    Parameters
    ----------
    fidelity, propensity : estimates; the propensity is None where the fidelity may be 1/2, which
        leaves it open.
    fidelity_interval, propensity_interval : of 95 %, approximately.
    rounds : number of rounds.
    high_share : share of high prices.
    both_high, mixed : frequencies of rounds.
    """

    fidelity: float
    fidelity_interval: tuple[float, float]
    propensity: float | None
    propensity_interval: tuple[float, float] | None
    rounds: int
    high_share: float
    both_high: float
    mixed: float


def calibrate(prices: object, high: float | None = None) -> Calibration:
    """Return fidelity and propensity of the model behind two sellers' prices, with intervals.

    Parameters
    ----------
    prices : shape (rounds, 2).
    high : a price counts as high from here on; None: `prices` are 1 (high) and 0 (low) already.

    Raises
    ------
    InstanceError : missing rounds, not two sellers, prices that never change, or more mixed rounds
        than any fidelity makes (k > 1/4 beyond error).
    OptionError : `high` is no number.

    Notes
    -----
    The interval of the fidelity is Wilson's for the frequency of mixed rounds, that of the
    propensity a first-order one. Cost O(rounds). Source: eqsolve, COL-13.

    Examples
    --------
    >>> found = calibrate([[1, 1]] * 60 + [[0, 0]] * 24 + [[1, 0]] * 8 + [[0, 1]] * 8)
    >>> round(found.fidelity, 4), round(found.propensity, 4)
    (0.9123, 0.7183)
    """
    faults: list[Fault] = []
    table = as_numbers(plain_numbers(prices), "prices", (None, None), faults, signed=True)
    if table is not None and table.shape[1] != 2:
        count = "one seller" if table.shape[1] == 1 else f"{table.shape[1]} sellers"
        rule = f"has {count}; the fidelity shows where two sellers differ"
        faults.append(Fault("prices", rule))
    if table is None or faults:
        raise InstanceError(faults)
    if high is None:
        if not np.isin(table, (0, 1)).all():
            raise InstanceError(Fault("prices", "must be 0 and 1, or `high` must be given"))
        highs: BoolArray = table == 1
    else:
        cut = exact_float(high)
        if cut is None or not math.isfinite(cut):
            raise OptionError(f"high = {high!r}: must be a finite number")
        highs = table >= cut
    counts = highs.sum(axis=1)
    return from_counts(*(int((counts == k).sum()) for k in (2, 1, 0)))


def from_counts(both_high: int, mixed: int, both_low: int) -> Calibration:
    """Return the calibration of numbers of rounds.

    Raises
    ------
    InstanceError : see `calibrate`.
    """
    rounds = both_high + mixed + both_low
    if not rounds:
        raise InstanceError(Fault("prices", "there are no rounds"))
    if mixed == 0 and not (both_high and both_low):
        word = "high" if both_high else "low"
        rule = f"are constant: every price is {word}, which leaves fidelity and propensity open"
        raise InstanceError(Fault("prices", rule))
    low, top = wilson(mixed, rounds)
    if low > 0.5:
        rule = (
            f"{mixed} of {rounds} rounds are mixed, k = {mixed / (2 * rounds):.4g} > 1/4: more "
            "than any fidelity makes, beyond error"
        )
        raise InstanceError(Fault("prices", rule))
    share, sure = mixed / rounds, (both_high - both_low) / rounds
    interval = _fidelity(top), _fidelity(low)
    propensity: float | None = None
    around: tuple[float, float] | None = None
    gap = math.sqrt(max(0.0, 1 - 2 * share))  # 2 rho - 1
    if top < 0.5:
        # theta = 1/2 + sure / (2 gap); its first-order variance, rounds being independent.
        slopes = (1 / (2 * gap), sure / (2 * gap**3))
        spread = (
            slopes[0] ** 2 * (1 - share - sure**2)
            + slopes[1] ** 2 * share * (1 - share)
            - 2 * slopes[0] * slopes[1] * share * sure
        )
        half = _SPREAD * math.sqrt(max(0.0, spread) / rounds)
        middle = 0.5 + sure / (2 * gap)
        propensity = min(1.0, max(0.0, middle))
        around = min(propensity, max(0.0, middle - half)), max(propensity, min(1.0, middle + half))
    return Calibration(
        fidelity=_fidelity(share),
        fidelity_interval=interval,
        propensity=propensity,
        propensity_interval=around,
        rounds=rounds,
        high_share=(both_high + mixed / 2) / rounds,
        both_high=both_high / rounds,
        mixed=share,
    )


def _fidelity(mixed: float) -> float:
    """Return the fidelity that makes a share of rounds mixed."""
    return (1 + math.sqrt(max(0.0, 1 - 2 * mixed))) / 2
