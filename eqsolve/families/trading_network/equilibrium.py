"""Equilibria of a trading network as arrays: what every method here computes with.

A `View` holds the dense matrix twice (by rows and by columns), an `Equilibrium` an optimal matching
with optimal duals. All numbers of whole-number networks stay int64 and exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.matching.hungarian import match_plainly
from eqsolve.algorithms.matching.relaxation import relaxed_price_ends
from eqsolve.algorithms.matching.service import dense_matching
from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, is_integral
from eqsolve.core.limits import Deadline
from eqsolve.families.trading_network.instance import TradingNetwork

__all__ = [
    "SMALL",
    "Clock",
    "Equilibrium",
    "PriceRule",
    "View",
    "beyond",
    "favor_platform",
    "greatest_prices",
    "least_prices",
    "maximum_matching",
    "owners",
    "rematch",
    "total",
]


class Clock(Protocol):
    """What a stage needs of a deadline."""

    def expired(self) -> bool:
        """Return whether to stop."""
        ...


PriceRule = Literal["greatest", "least"]
SMALL = 36
"""Pairs up to which plain Python is done before compiled code is loaded."""

_LARGE = 10_000
"""Pairs from which the kernel for cold starts is faster than mending an empty matching."""

NO_STOP: npt.NDArray[np.uint8] = np.zeros(1, dtype=np.uint8)
NO_STOP.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Dense arrays of a network.

    Parameters
    ----------
    values : shape (n, m), C-contiguous, -1 where the pair is neither known nor a candidate.
    values_t : the transpose, C-contiguous.
    known, candidate : (n, m) masks.
    tolerance : slack up to which an edge counts as tied; 0 for whole numbers.
    """

    values: NumberArray
    values_t: NumberArray
    known: BoolArray
    candidate: BoolArray
    tolerance: int | float

    @classmethod
    def of(cls, network: TradingNetwork) -> View:
        """Return the arrays of a network."""
        known, candidate = network.known_mask(), network.candidate_mask()
        dense = network.values.dense()
        values = np.where(known | candidate, dense, dense.dtype.type(-1))
        tolerance = 0 if is_integral(values) else 1e-12 * network.scale
        return cls(values, np.ascontiguousarray(values.T), known, candidate, tolerance)

    def restricted(self, mask: BoolArray) -> tuple[NumberArray, NumberArray]:
        """Return the matrix and its transpose with only the edges of `mask`."""
        weights = np.where(mask, self.values, self.values.dtype.type(-1))
        return weights, np.ascontiguousarray(weights.T)


@dataclass(slots=True, eq=False)
class Equilibrium:
    """An optimal matching and optimal duals of one graph; arrays are changed in place.

    Parameters
    ----------
    matching, owner : seller of each buyer, buyer of each seller, -1 if none.
    utilities, prices : shapes (n,) and (m,).
    """

    matching: IntArray
    owner: IntArray
    utilities: NumberArray
    prices: NumberArray

    def copy(self) -> Equilibrium:
        """Return an independent copy."""
        return Equilibrium(
            self.matching.copy(), self.owner.copy(), self.utilities.copy(), self.prices.copy()
        )


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


def owners(matching: IntArray, n_sellers: int) -> IntArray:
    """Return the buyer of each seller, -1 if none."""
    owner = np.full(n_sellers, -1)
    buyers = np.flatnonzero(matching >= 0)
    owner[matching[buyers]] = buyers
    return owner


def total(numbers: NumberArray) -> int | float:
    """Return the exact sum of whole numbers, the correctly rounded one of others."""
    if is_integral(numbers):
        whole: int = sum(numbers.tolist())
        return whole
    return math.fsum(numbers.tolist())


def matched_values(weights: NumberArray, matching: IntArray) -> NumberArray:
    """Return the weights of the matched edges."""
    rows = np.flatnonzero(matching >= 0)
    found: NumberArray = weights[rows, matching[rows]]
    return found


def as_lists(found: Equilibrium) -> dict[str, Any]:
    """Return matching and duals as JSON lists, for certificates."""
    return {
        "matching": found.matching.tolist(),
        "utilities": found.utilities.tolist(),
        "prices": found.prices.tolist(),
    }
