"""Large batches: the advantage, rest points, the critical fidelity and the phase diagram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.bid_table import exact
from eqsolve.core.errors import OptionError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.families.collusion_dynamics.fidelity import critical
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics, exact_payoffs
from eqsolve.families.collusion_dynamics.methods.base import analysis
from eqsolve.families.collusion_dynamics.quadratic import linear_parts
from eqsolve.families.collusion_dynamics.regime import Regime, regime_of
from eqsolve.families.collusion_dynamics.solution import RestPoint

__all__ = [
    "PhaseDiagram",
    "advantage",
    "advantages",
    "critical_fidelity",
    "phase_diagram",
    "rest_points",
]

Payoffs = Mapping[str, Any] | CollusionDynamics
"""The field of a file, or an instance that has it."""


@overload
def advantage(dynamics: CollusionDynamics, theta: float) -> float: ...
@overload
def advantage(dynamics: CollusionDynamics, theta: Sequence[float] | FloatArray) -> FloatArray: ...
def advantage(dynamics: CollusionDynamics, theta: Any) -> Any:
    """Return the advantage D of the high price: mean payoff given it less that given the low one.

    Parameters
    ----------
    dynamics : the instance.
    theta : a propensity in [0, 1], or an array of them; where only one price occurs (fidelity 1 at
        an end) the limit from inside is returned.

    Raises
    ------
    InstanceError : no `CollusionDynamics`.
    OptionError : a propensity outside [0, 1].

    Notes
    -----
    Cost O(n) and O(1) for each propensity. Source: Cao and Hu (2026), COL-1.

    Examples
    --------
    >>> model = CollusionDynamics(0.85, {"ratio": 1.5})
    >>> round(advantage(model, 0.5), 12)  # (r - 1) - (r / 2) (1 - correlation 0.49)
    0.1175
    """
    require_instance(dynamics, CollusionDynamics, "dynamics")
    found = advantages(dynamics)(_propensities(theta, "theta"))
    return found if np.ndim(theta) else float(found[0])


def advantages(dynamics: CollusionDynamics) -> Callable[[FloatArray], FloatArray]:
    """Return the advantage as a function of propensities, to be asked many times."""
    rho = dynamics.exact_fidelity
    above, below = linear_parts(*dynamics.exact_payoffs, rho)
    up, down = (1 - rho, rho), (rho, 1 - rho)
    return lambda x: _ratio(above, up, x) - _ratio(below, down, x)


def _ratio(top: tuple[Any, Any], bottom: tuple[Any, Any], x: FloatArray) -> FloatArray:
    """Return a quotient of two functions linear in x, its limit where both are 0."""
    (a, b), (c, d) = (tuple(map(float, pair)) for pair in (top, bottom))
    share = c * (1 - x) + d * x
    empty = share == 0
    found = np.where(empty, 0.0, a * (1 - x) + b * x) / np.where(empty, 1.0, share)
    limit = float((top[1] - top[0]) / (bottom[1] - bottom[0])) if empty.any() else 0.0
    return np.where(empty, limit, found)


def rest_points(dynamics: CollusionDynamics) -> tuple[RestPoint, ...]:
    """Return the interior rest points, rising, with stability and brackets.

    Raises
    ------
    InstanceError : no `CollusionDynamics`.

    Notes
    -----
    Cost O(n) fractions. Source: Cao and Hu (2026), COL-2; any number of sellers: COL-4.

    Examples
    --------
    >>> [point.stability for point in rest_points(CollusionDynamics(0.85, {"ratio": 1.5}))]
    ['unstable', 'stable']
    """
    require_instance(dynamics, CollusionDynamics, "dynamics")
    return analysis(dynamics).rest_points


def critical_fidelity(payoffs: Payoffs) -> float | None:
    """Return the fidelity from which on high prices pay somewhere.

    Parameters
    ----------
    payoffs : as in a file, or an instance.

    Returns
    -------
    fidelity : None where high prices pay at fidelity 1/2 already, or not even at 1.

    Raises
    ------
    InstanceError : payoffs that are none, with every fault.

    Notes
    -----
    Closed form for duopoly prisoner's dilemmas, else bisection with exact tests, O(50 n). Source:
    Cao and Hu (2026), COL-3; COL-4 for more sellers.

    Examples
    --------
    >>> round(critical_fidelity({"ratio": 1.5}), 4)
    0.7887
    """
    if isinstance(payoffs, CollusionDynamics):
        return critical(*payoffs.exact_payoffs)
    return critical(*exact_payoffs(payoffs))


@dataclass(frozen=True, slots=True, eq=False)
class PhaseDiagram:
    """Where starts lead at every fidelity.

    Parameters
    ----------
    fidelities, starts : shapes (F,) and (S,).
    limits : shape (F, S).
    lower, upper : shape (F,), the unstable and the stable interior rest point of bistable
        fidelities, NaN elsewhere.
    critical : the critical fidelity, or None.
    """

    fidelities: FloatArray
    starts: FloatArray
    limits: FloatArray
    lower: FloatArray
    upper: FloatArray
    critical: float | None


def phase_diagram(payoffs: Payoffs, fidelities: object, starts: object) -> PhaseDiagram:
    """Return the limit of each start at each fidelity.

    Parameters
    ----------
    payoffs : as in a file, or an instance.
    fidelities : numbers in [1/2, 1].
    starts : numbers in [0, 1].

    Raises
    ------
    InstanceError : payoffs that are none.
    OptionError : a number out of its range.

    Notes
    -----
    Exact; cost O(F n) fractions and O(F S). Source: Cao and Hu (2026), Figure 2.

    Examples
    --------
    >>> found = phase_diagram({"ratio": 1.5}, [0.7, 0.85], [0.1, 0.5])
    >>> found.limits.round(3).tolist()
    [[0.0, 0.0], [0.0, 0.846]]
    """
    tables = (
        payoffs.exact_payoffs if isinstance(payoffs, CollusionDynamics) else exact_payoffs(payoffs)
    )
    rows, columns = _propensities(fidelities, "fidelities"), _propensities(starts, "starts")
    if (rows < 0.5).any():
        raise OptionError("fidelities: must be numbers in [1/2, 1]")
    limits = np.empty((len(rows), len(columns)))
    lower, upper = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for k, rho in enumerate(rows.tolist()):
        regime = regime_of(*tables, exact(rho))
        limits[k] = _limits(regime, columns)
        if regime.name == "bistable":
            lower[k], upper[k] = (zero.value for zero in regime.zeros)
    return PhaseDiagram(
        read_only(rows), read_only(columns), read_only(limits), read_only(lower),
        read_only(upper), critical(*tables),
    )  # fmt: skip


def _limits(regime: Regime, starts: FloatArray) -> FloatArray:
    """Return the limit of each start; those inside a bracket are decided in fractions."""
    if regime.signs == (0,):
        return starts
    values = [zero.value for zero in regime.zeros]
    ends = [0.0, *values, 1.0]
    targets = np.array([ends[k + (sign > 0)] for k, sign in enumerate(regime.signs)])
    found = targets[np.searchsorted(values, starts)]
    found = np.where((starts == 0) | (starts == 1), starts, found)
    for zero in regime.zeros:
        close = (starts >= float(zero.lower)) & (starts <= float(zero.upper))
        for place in np.flatnonzero(close).tolist():
            found[place] = regime.limit(exact(starts[place].item()))
    return found


def _propensities(value: object, name: str) -> FloatArray:
    """Return numbers in [0, 1] as an array, or raise `OptionError`."""
    listed = value if np.ndim(value) else [value]  # type: ignore[arg-type]  # any array-like
    array = as_numbers(listed, name, (None,), [], signed=True)
    if array is None or not ((array >= 0) & (array <= 1)).all():
        raise OptionError(f"{name}: must be numbers in [0, 1]")
    return array.astype(np.float64)
