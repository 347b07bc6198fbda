"""How fast may the model be retrained? The largest rate that keeps the basins (COL-6)."""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.quadratic import drift

__all__ = ["safe_rate", "steepest"]


def safe_rate(dynamics: CollusionDynamics) -> float:
    """Return the largest rate at which updates by exact advantages keep the basins of learning.

    Up to ``1 / max |dD/dl|`` the map ``l + rate * D`` does not fall as l rises, so that no start
    jumps over a rest point.

    Parameters
    ----------
    dynamics : the instance; its own rate and batch do not matter.

    Returns
    -------
    rate : infinite where the advantage does not depend on the propensity.

    Raises
    ------
    InstanceError : no `CollusionDynamics`.

    Notes
    -----
    Cost O(n) and the zeros of a polynomial of degree 5. Source: eqsolve, COL-6.

    Examples
    --------
    >>> round(safe_rate(CollusionDynamics(0.85, {"ratio": 1.5})), 2)
    8.53
    """
    require_instance(dynamics, CollusionDynamics, "dynamics")
    _, slope = steepest(dynamics)
    return 1 / slope if slope else math.inf


def steepest(dynamics: CollusionDynamics) -> tuple[float, float]:
    """Return where the advantage changes most with the log-odds, and by how much.

    ``dD/dl = theta (1 - theta) (q' w - q w') / w**2`` with D = q / w, w = h (1 - h): its extrema
    are zeros of a polynomial.
    """
    rho = dynamics.exact_fidelity
    gap = 2 * rho - 1
    quadratic = drift(*dynamics.exact_payoffs, rho)
    q = np.polynomial.Polynomial(
        [float(c) for c in (quadratic.constant, quadratic.linear, quadratic.square)]
    )
    share = np.polynomial.Polynomial([float(1 - rho), float(gap)])
    w = share * (1 - share)
    x = np.polynomial.Polynomial([0.0, 1.0])
    top = x * (1 - x) * (q.deriv() * w - q * w.deriv())
    if rho == 1 or gap == 0 or not top.coef.any():
        return 0.5, 0.0  # D is the same everywhere
    stops = (top.deriv() * w - 2 * top * w.deriv()).roots()
    inside = stops[np.abs(stops.imag) < 1e-6].real
    places = np.concatenate([[0.5], inside[(inside > 0) & (inside < 1)]])
    slopes = np.abs(top(places) / w(places) ** 2)
    k = int(slopes.argmax())
    return float(places[k]), float(slopes[k])
