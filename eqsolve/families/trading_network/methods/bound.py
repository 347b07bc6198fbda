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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, NumberArray
from eqsolve.families.trading_network.equilibrium import Clock, View, total
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.matchings import maximum_matching

if TYPE_CHECKING:
    from eqsolve.families.trading_network.kernels.truncated_bound import Network, Ranges, Relaxed

__all__ = ["RevenueBound", "priced_network", "tighten", "value_bound"]


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


def priced_network(view: View, most: int | None = None) -> Network:
    """Return the arrays that the kernels of the bound work on.

    Parameters
    ----------
    view : dense arrays.
    most : limit on the candidates that may trade, or None.
    """
    from eqsolve.families.trading_network.kernels.truncated_bound import Network

    row, column = np.nonzero(view.known)
    worth = view.values[row, column].astype(np.float64)
    n, m = view.values.shape
    by_row, by_column = np.lexsort((worth, row)), np.lexsort((worth, column))
    return Network(
        view.values.astype(np.float64),
        view.candidate,
        row,
        column,
        worth,
        by_row,
        np.searchsorted(row[by_row], np.arange(n + 1)),
        by_column,
        np.searchsorted(column[by_column], np.arange(m + 1)),
        float(min(n, m) if most is None else most),
    )


def all_ranges(view: View) -> Ranges:
    """Return ranges that leave out nothing: no utility or price exceeds the agent's best value."""
    from eqsolve.families.trading_network.kernels.truncated_bound import Ranges

    allowed = view.known | view.candidate
    worth = np.where(allowed, view.values, 0).astype(np.float64)
    top = worth.max(axis=1, initial=0.0), worth.max(axis=0, initial=0.0)
    return Ranges(allowed, np.zeros(len(top[0])), top[0], np.zeros(len(top[1])), top[1])


def blank_optimum(view: View) -> Relaxed:
    """Return a relaxed optimum to start from: nobody trades, all duals are zero."""
    from eqsolve.families.trading_network.kernels.truncated_bound import Relaxed

    n, m = shape = view.values.shape
    return Relaxed(
        np.zeros(shape), np.zeros(shape), np.zeros(n), np.zeros(m), np.full(n, -1, dtype=np.int64)
    )


def introduced_in(matching: IntArray, candidate: BoolArray) -> IntArray:
    """Return the candidate pairs that trade in a matching, shape (k, 2)."""
    rows = np.flatnonzero(matching >= 0)
    pairs = np.stack([rows, matching[rows]], axis=1)
    chosen: IntArray = pairs[candidate[pairs[:, 0], pairs[:, 1]]]
    return chosen


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
    clock: Clock,
    *,
    steps: int = 400,
    stop: npt.NDArray[np.uint8] | None = None,
    tell: Callable[[RevenueBound], None] | None = None,
    propose: Callable[[IntArray], float] | None = None,
) -> RevenueBound:
    """Return the best bound found by subgradient steps.

    Parameters
    ----------
    evaluator : the network's arrays.
    income : total price that is known to be attainable; the steps aim at it.
    clock : asked at every step.
    steps : most steps.
    stop : flag that ends a step at once.
    tell : called with every better bound.
    propose : called with the candidate trades of each relaxed optimum (good introductions, often);
        returns the total price now known to be attainable.

    Notes
    -----
    One pass over all pairs and their partners, and a warm-started assignment problem, per step.
    Steps have Polyak's length ``theta (bound - target) / |g|^2`` along an averaged direction; theta
    is halved after 15 steps without progress.
    """
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.trading_network.kernels.truncated_bound import relax

    view = evaluator.view
    network, ranges, now = priced_network(view), all_ranges(view), blank_optimum(view)
    flag = np.zeros(1, dtype=np.uint8) if stop is None else stop
    point = np.zeros(len(network.worth) + 1)
    violation, direction = np.zeros_like(point), np.zeros_like(point)
    best, best_point = value_bound(evaluator), point
    theta, idle = 1.0, 0
    whole = evaluator.network.is_integral
    for step in range(steps):
        relaxed = fitting(relax, view.values.size * sum(view.values.shape))
        value = relaxed(network, ranges, point, now.matching, now, violation, flag)
        if value == math.inf:
            break
        if propose is not None:
            income = max(income, propose(introduced_in(now.matching, view.candidate)))
        violation[-1] = 0.0  # no fee on candidates: the certificate does not know it
        room = best.value - income
        idle = 0 if value < best.value - 1e-4 * max(room, 1e-12) else idle + 1
        if value < best.value:
            multipliers = np.zeros(view.values.shape)
            multipliers[network.row, network.column] = point[:-1]
            best = RevenueBound(value, multipliers, now.u.copy(), now.p.copy(), step + 1)
            best_point, room = point, value - income
            if tell is not None and idle == 0:
                tell(best)
        enough = room < 1 - 1e-6 if whole else room <= 1e-9 * max(1.0, income)
        if enough or theta < 1e-4 or clock.expired():
            break
        direction = np.where((violation > 0) & (point == 0), 0.0, violation) + 0.6 * direction
        size = float(direction @ direction)
        if size == 0:
            break
        if idle >= 15:
            theta, idle, point = theta / 2, 0, best_point
        point = np.maximum(point - theta * room / size * direction, 0.0)
    return replace(best, steps=step + 1 if steps else 0)
