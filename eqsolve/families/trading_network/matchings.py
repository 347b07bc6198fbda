"""Optimal matchings of a trading network's graphs, and the two ends of their prices.

A graph is a dense matrix of weights, negative where there is no edge. Small ones are done in plain
Python; the others by kernels, interpreted where compiling them would take longer.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.matching.hungarian import match_plainly
from eqsolve.algorithms.matching.relaxation import relaxed_price_ends
from eqsolve.algorithms.matching.service import dense_matching
from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, is_integral
from eqsolve.core.limits import Deadline
from eqsolve.families.trading_network.equilibrium import Equilibrium, owners

__all__ = [
    "SMALL",
    "beyond",
    "favor_platform",
    "greatest_prices",
    "least_prices",
    "maximum_matching",
    "rematch",
]

SMALL = 36
"""Pairs up to which plain Python is done before compiled code is loaded."""

_LARGE = 10_000
"""Pairs from which the kernel for cold starts is faster than mending an empty matching."""

NO_STOP: npt.NDArray[np.uint8] = np.zeros(1, dtype=np.uint8)
NO_STOP.flags.writeable = False


def maximum_matching(
    weights: NumberArray, weights_t: NumberArray, stop: npt.NDArray[np.uint8] = NO_STOP
) -> Equilibrium | None:
    """Return a maximum-weight matching with optimal duals, or None if stopped.

    Parameters
    ----------
    weights, weights_t : a matrix of shape (n, m) and its transpose; negative: no edge.
    stop : flag that ends the search.
    """
    n, m = weights.shape
    if n * m <= SMALL:
        return _plainly_matched(weights)
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.trading_network.kernels.shortest_paths import cover, mend

    if n * m >= _LARGE:
        best = dense_matching(weights, stop=stop)
        if best is None:
            return None
        return Equilibrium(best.matching, owners(best.matching, m), best.row_duals, best.col_duals)
    found = Equilibrium(
        np.full(n, -1), np.full(m, -1), np.zeros(n, weights.dtype), np.zeros(m, weights.dtype)
    )
    u, p = found.utilities, found.prices
    fitting(cover, n * m)(weights, u, p)
    mended = fitting(mend, n * m * min(n, m))
    searches = mended(weights, weights_t, u, p, found.matching, found.owner, beyond(weights), stop)
    return None if searches < 0 else found


def rematch(
    weights: NumberArray, weights_t: NumberArray, buyer: int, found: Equilibrium, far: Any
) -> None:
    """Restore `found` to an optimum after edges of one buyer have changed, in place.

    At most two searches; `far` as from `beyond`, for the greatest weight that will ever occur.
    """
    if weights.size <= SMALL:
        anew = _plainly_matched(weights)
        for field in fields(Equilibrium):
            getattr(found, field.name)[:] = getattr(anew, field.name)
        return
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.trading_network.kernels.shortest_paths import change_row

    u, p = found.utilities, found.prices
    changed = fitting(change_row, 2 * weights.size)
    changed(weights, weights_t, buyer, u, p, found.matching, found.owner, far)


def _plainly_matched(weights: NumberArray) -> Equilibrium:
    """Return a maximum-weight matching with the greatest prices, without compiled code."""
    n, m = weights.shape
    matched = match_plainly(weights.tolist(), m, Deadline())
    assert matched is not None  # no limit was given
    matching = np.array(matched, dtype=np.int64)
    duals = np.zeros(n, weights.dtype), np.zeros(m, weights.dtype)
    found = Equilibrium(matching, owners(matching, m), *duals)
    _move_plainly(weights, found, greatest=True)
    return found


def _move_plainly(weights: NumberArray, found: Equilibrium, *, greatest: bool) -> None:
    """Move the duals of `found` to one end of the price lattice, in place."""
    ends = relaxed_price_ends(weights.tolist(), weights.shape[1], found.matching.tolist())
    found.prices[:] = ends[greatest]
    buyers = np.flatnonzero(found.matching >= 0)
    sellers = found.matching[buyers]
    found.utilities[:] = 0
    found.utilities[buyers] = np.maximum(weights[buyers, sellers] - found.prices[sellers], 0)


def beyond(weights: NumberArray) -> Any:
    """Return a number of the array's type larger than any path length or price (see `search`)."""
    return weights.dtype.type(4 * weights.max(initial=0) + 4)


def greatest_prices(weights_t: NumberArray, found: Equilibrium) -> None:
    """Move the duals of `found` to the greatest prices (BIP-2), in place."""
    if weights_t.size <= SMALL:
        _move_plainly(weights_t.T, found, greatest=True)
        return
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.trading_network.kernels.price_ends import raise_prices

    one, far = weights_t.dtype.type(1), beyond(weights_t)
    u, p = found.utilities, found.prices
    raised = fitting(raise_prices, 2 * weights_t.size)
    raised(weights_t, one, u, p, found.matching, found.owner, far)


def least_prices(weights: NumberArray, found: Equilibrium) -> None:
    """Move the duals of `found` to the least prices (BIP-2), in place."""
    if weights.size <= SMALL:
        _move_plainly(weights, found, greatest=False)
        return
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.trading_network.kernels.price_ends import raise_prices

    one, far = weights.dtype.type(1), beyond(weights)
    u, p = found.utilities, found.prices
    raised = fitting(raise_prices, 2 * weights.size)
    raised(weights, one, p, u, found.owner, found.matching, far)


def favor_platform(
    weights: NumberArray, found: Equilibrium, introduced: BoolArray, tolerance: float
) -> IntArray:
    """Return the maximum-weight matching whose introduced trades have the greatest total price.

    Parameters
    ----------
    weights : shape (n, m), the graph; negative: no edge.
    found : an optimal matching and the duals whose prices count.
    introduced : (n, m) mask.
    tolerance : slack up to which an edge counts as tied.

    Notes
    -----
    The maximum-weight matchings are those that use tied edges only and leave out nobody with a
    positive dual. With a large reward for each such agent that takes part, this is one more
    maximum-weight matching, on the tied edges; it is skipped if all introduced edges trade already.
    """
    u, p = found.utilities, found.prices
    trading = np.flatnonzero(found.matching >= 0)
    if introduced[trading, found.matching[trading]].sum() == introduced.sum():
        return found.matching
    tied = (weights >= 0) & (u[:, None] + p - weights <= tolerance)
    earned = np.where(introduced, p, 0)
    most = min(weights.shape) * earned.max(initial=0)
    # More than everything that can be earned; in doubles, 1 more may be no more at all.
    reward = most + 1 if is_integral(p) else 2 * most + 1
    needed = np.add.outer((u > tolerance).astype(p.dtype), (p > tolerance).astype(p.dtype))
    second = np.where(tied, earned + reward * needed, p.dtype.type(-1))
    best = maximum_matching(second, np.ascontiguousarray(second.T))
    assert best is not None  # nobody can raise NO_STOP
    return best.matching
