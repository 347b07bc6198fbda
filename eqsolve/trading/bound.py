"""Upper bounds on the best revenue that anybody can recheck, without a mixed-integer program.

Whatever is introduced, a known pair (i, j) of value w must not block: ``u_i + p_j >= w``, and even
``min(u_i, w) + min(p_j, w) >= w``. Priced with multipliers ``L[i, j] >= 0``, these conditions turn
into values of single trades, so that the bound is one assignment problem (`verify_bound` states it
in full). Without multipliers it is the greatest total value of introduced trades alone. `tighten`
improves the multipliers by subgradient steps of Polyak's length towards the best known revenue.

Any multipliers give a valid bound, and it is at least as good as that of the linear relaxation of
the compact program (`program`) with the same multipliers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.trading.equilibrium import NO_STOP, Clock, beyond, maximum_matching, total
from eqsolve.trading.evaluate import Evaluator

__all__ = ["RevenueBound", "tighten", "value_bound"]

_ROUNDING = 2.0**-40
"""Share of the sums that is charged to their difference: huge multipliers prove nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class RevenueBound:
    """A bound on the total price of introduced trades, with its proof.

    Parameters
    ----------
    value : the bound, before commission and before rounding down.
    multipliers : shape (n, m), >= 0, zero off the known pairs.
    row_duals, column_duals : shapes (n,), (m,).
    steps : subgradient steps taken.
    """

    value: int | float
    multipliers: FloatArray
    row_duals: NumberArray
    column_duals: NumberArray
    steps: int = 0

    def upper(self, evaluator: Evaluator) -> int | float:
        """Return the bound on the revenue; whole-number prices let it be rounded down."""
        proved = self.value
        if self.multipliers.any():
            proved += 1e-9 * max(1.0, abs(self.value))  # sums of floats
        if evaluator.network.is_integral:
            proved = math.floor(proved)
        return proved * evaluator.network.commission

    def to_data(self) -> dict[str, Any]:
        """Return the proof as JSON data."""
        rows, columns = np.nonzero(self.multipliers)
        return {
            "multipliers": [
                [int(i), int(j), float(self.multipliers[i, j])]
                for i, j in zip(rows, columns, strict=True)
            ],
            "row_duals": self.row_duals.tolist(),
            "column_duals": self.column_duals.tolist(),
        }


@dataclass(slots=True, eq=False)
class _Relaxation:
    """The assignment problem for given multipliers, solved from the previous one."""

    evaluator: Evaluator
    values: FloatArray = field(init=False)
    prices: FloatArray = field(init=False)
    matching: Any = field(init=False)
    work: list[FloatArray] = field(init=False)

    def __post_init__(self) -> None:
        self.values = self.evaluator.view.values.astype(np.float64)
        n, m = self.values.shape
        self.prices = np.zeros(m)
        self.matching = np.full(n, -1)
        self.work = [np.zeros((n, m)), np.zeros((n, m))]

    def solve(self, multipliers: FloatArray) -> tuple[RevenueBound, FloatArray]:
        """Return the bound and a subgradient (the violation of each known pair's condition)."""
        from eqsolve.kernels.mending import adopt_tight, cover, mend
        from eqsolve.kernels.truncated_bound import best_splits, compressed

        view, values = self.evaluator.view, self.values
        weights, split = self.work
        best_splits(
            values,
            view.known | view.candidate,
            view.candidate,
            *compressed(values, multipliers),
            *compressed(values.T, multipliers.T),
            weights,
            split,
        )
        scale = weights.max(initial=0.0)
        u, p = np.zeros(len(values)), np.minimum(self.prices, scale)
        matching, owner = np.full(len(u), -1), np.full(len(p), -1)
        cover(weights, u, p)
        adopt_tight(weights, u, p, matching, owner, self.matching, 1e-12 * scale)
        weights_t = np.ascontiguousarray(weights.T)
        mend(weights, weights_t, u, p, matching, owner, beyond(weights), NO_STOP)
        cover(weights, u, p)  # rounding may have left a dual short
        self.matching, self.prices = matching, p
        duals, priced = math.fsum(u) + math.fsum(p), math.fsum((multipliers * values)[view.known])
        value = duals - priced + _ROUNDING * (duals + priced)
        bound = RevenueBound(value, multipliers.copy(), u, p.copy())
        return bound, self._violation(matching, split)

    def introduced(self) -> IntArray:
        """Return the candidate pairs that trade in the relaxed optimum."""
        rows = np.flatnonzero(self.matching >= 0)
        pairs = np.stack([rows, self.matching[rows]], axis=1)
        chosen: IntArray = pairs[self.evaluator.view.candidate[pairs[:, 0], pairs[:, 1]]]
        return chosen

    def _violation(self, matching: Any, split: FloatArray) -> FloatArray:
        """Return ``min(u, w) + min(p, w) - w`` on known pairs at the relaxed optimum, else 0."""
        n, m = self.values.shape
        utility, price = np.zeros(n), np.zeros(m)
        rows = np.flatnonzero(matching >= 0)
        columns = matching[rows]
        price[columns] = split[rows, columns]
        utility[rows] = self.values[rows, columns] - price[columns]
        w = self.values
        found = np.minimum(utility[:, None], w) + np.minimum(price, w) - w
        return np.where(self.evaluator.view.known, found, 0.0)


def value_bound(evaluator: Evaluator) -> RevenueBound:
    """Return the bound without multipliers: the greatest total value of introduced trades.

    Exact for whole numbers.
    """
    view = evaluator.view
    found = maximum_matching(*view.restricted(view.candidate))
    assert found is not None  # no stop flag was given
    duals = found.utilities, found.prices
    value = total(np.concatenate(duals))
    return RevenueBound(value, np.zeros(view.values.shape), *duals)


def tighten(
    evaluator: Evaluator,
    income: float,
    deadline: Clock,
    *,
    steps: int = 400,
    start: FloatArray | None = None,
    tell: Callable[[RevenueBound], None] | None = None,
    propose: Callable[[IntArray], float] | None = None,
) -> RevenueBound:
    """Return the best bound found by subgradient steps.

    Parameters
    ----------
    evaluator : the network's arrays.
    income : total price that is known to be attainable; the steps aim at it.
    deadline : asked at every step.
    steps : most steps.
    start : multipliers to begin with, shape (n, m).
    tell : called with every better bound.
    propose : called with the candidate trades of each relaxed optimum (good introductions, often);
        returns the total price now known to be attainable.

    Notes
    -----
    One pass over all pairs and their partners, and a warm-started assignment problem, per step.
    Steps have Polyak's length ``theta (bound - target) / |g|^2`` along an averaged direction; theta
    is halved after 15 steps without progress.
    """
    relaxation = _Relaxation(evaluator)
    shape = evaluator.view.values.shape
    multipliers = np.zeros(shape) if start is None else np.maximum(start, 0.0)
    best, direction = relaxation.solve(multipliers)
    theta, idle, taken = 1.0, 0, 0
    whole = evaluator.network.is_integral
    for step in range(steps):
        room = best.value - income
        enough = room < 1 - 1e-6 if whole else room <= 1e-9 * max(1.0, income)
        if enough or theta < 1e-4 or deadline.expired():
            break
        size = float((direction * direction).sum())
        if size == 0:
            break
        length = theta * room / size
        multipliers = np.maximum(multipliers - length * direction, 0.0)
        bound, gradient = relaxation.solve(multipliers)
        if propose is not None:
            income = max(income, propose(relaxation.introduced()))
        direction = gradient + 0.6 * direction
        taken = step + 1
        if bound.value < best.value - 1e-4 * max(room, 1e-12):
            best, idle = bound, 0
            if tell is not None:
                tell(best)
        else:
            best = bound if bound.value < best.value else best
            idle += 1
            if idle >= 15:
                theta, idle = theta / 2, 0
                multipliers = best.multipliers.copy()
    return RevenueBound(best.value, best.multipliers, best.row_duals, best.column_duals, taken)
