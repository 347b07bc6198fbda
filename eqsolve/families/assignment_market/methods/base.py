"""From an optimal matching with duals to the solved outcome; base of all assignment methods.

Kernels work on weights ``v - r``: an edge below its seller's reserve is negative there, which
the kernels treat as no edge. Adding the reserves back turns column duals into prices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import IntArray, NumberArray, is_integral, read_only, sealed
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.exactness import REACH
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution, PriceStep, item_prices

__all__ = [
    "AssignmentMethod",
    "PriceRule",
    "WarmStarted",
    "buyer_gains",
    "dense_weights",
    "exact_equilibrium",
    "midpoint",
    "solved",
    "sparse_weights",
    "with_capacities",
]

PriceRule = Literal["max", "min", "mid"]

_REACH = REACH["assignment_market"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentMethod(Method[AssignmentMarket, AssignmentSolution]):
    """Base of the methods: the question's own option.

    Parameters
    ----------
    prices : which equilibrium prices to report: greatest, least, or their midpoint (BIP-8).
    """

    source: ClassVar[str] = (
        "Shapley, L. S. and Shubik, M. (1971). The assignment game I: The core. "
        "International Journal of Game Theory 1, 111-130."
    )

    is_random: ClassVar[bool] = False
    takes_capacities: ClassVar[bool] = False

    prices: PriceRule = "max"

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: capacities, or numbers too large for exact sums or too uneven."""
        if instance.has_capacities and not self.takes_capacities:
            return "it gives every agent one trade at most, and the market has capacities"
        return _REACH.refusal(instance.largest, instance.most_items) or self._vanishing(instance)

    def _vanishing(self, instance: AssignmentMarket) -> str | None:
        """Return why compiled kernels, which hold amounts in 64 bits, would lose one, or None."""
        if instance.is_integral:
            return None
        return _REACH.vanishing(instance.values.least_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmStarted(AssignmentMethod):
    """Base of the methods that can start from given prices.

    Parameters
    ----------
    initial_prices : shape (m,), for instance the prices of a similar market; any finite numbers
        are allowed, good ones save time. The answer stays the same equilibrium prices.
    """

    initial_prices: Sequence[float] | np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.initial_prices is not None:
            given = np.asarray(self.initial_prices)
            if given.ndim != 1 or given.dtype.kind not in "iuf" or not np.isfinite(given).all():
                raise OptionError("option initial_prices: must be one finite number per seller")
            object.__setattr__(self, "initial_prices", tuple(given.tolist()))

    def start(self, market: AssignmentMarket) -> NumberArray | None:
        """Return the initial prices less the reserves, cut to what margins can be, or None."""
        if self.initial_prices is None:
            return None
        given = np.asarray(self.initial_prices)
        if given.shape != (market.n_sellers,):
            found, expected = len(given), market.n_sellers
            raise OptionError(f"option initial_prices: has length {found}, expected {expected}")
        margins: NumberArray = np.clip(given - market.reserves, 0, market.scale)
        if market.is_integral:
            margins = np.rint(margins)
        return margins.astype(np.int64 if market.is_integral else np.float64)


def exact_equilibrium(
    market: AssignmentMarket,
    rule: PriceRule,
    start: NumberArray | None,
    deadline: Deadline,
    *,
    method: str,
    counts: dict[str, Any] | None = None,
    price_path: tuple[PriceStep, ...] | None = None,
    sparse: bool | None = None,
) -> Outcome[AssignmentSolution]:
    """Solve by shortest augmenting paths from the prices `start`, then find both lattice ends.

    Parameters
    ----------
    market, rule, deadline : the question.
    start : shape (m,): margins (prices less reserves) to start from, or None for none.
    method, counts, price_path : for the record of the method that found the start.
    sparse : which kernels to use; None: those that fit the form of the market.
    """
    counts = counts or {}
    use_sparse = market.values.is_sparse if sparse is None else sparse
    kernels = _sparse_kernels if use_sparse else _dense_kernels
    with deadline.watching() as stop:
        found = kernels(market, start, stop)
    if found is None:
        held: Incumbent[AssignmentSolution] = Incumbent(method=method, counts=counts)
        return held.outcome(answered=False, limit=deadline.limit)
    matching, low, high, work = found
    return solved(
        market, rule, matching, low, high,
        method=method, counts=counts | work, price_path=price_path,
    )  # fmt: skip


_Found = tuple[IntArray, NumberArray, NumberArray, dict[str, Any]]
"""Matching, least and greatest margins, counts of the work done."""


def _sparse_kernels(
    market: AssignmentMarket, start: NumberArray | None, stop: npt.NDArray[np.uint8]
) -> _Found | None:
    """Run the kernels that never build a matrix; None if they were stopped."""
    from eqsolve.algorithms.matching.sparse.matching import max_weight_matching_sparse
    from eqsolve.algorithms.matching.sparse.prices import extreme_prices_sparse

    graph = (market.n_sellers, *sparse_weights(market))
    found = max_weight_matching_sparse(*graph, start, stop=stop)
    if found.stopped:
        return None
    ends = extreme_prices_sparse(*graph, found.matching, found.row_duals, found.col_duals)
    return found.matching, *ends, {"bids": found.bids, "searches": found.searches}


def _dense_kernels(
    market: AssignmentMarket, start: NumberArray | None, stop: npt.NDArray[np.uint8]
) -> _Found | None:
    """Run the kernels for matrices; None if they were stopped."""
    from eqsolve.algorithms.matching.dense.matching import max_weight_matching
    from eqsolve.algorithms.matching.dense.prices import price_ends

    weights = dense_weights(market)
    found = max_weight_matching(weights, start, stop=stop)
    if found.stopped:
        return None
    ends = price_ends(weights, found.matching, found.row_duals, found.col_duals, stop)
    return None if ends.stopped else (found.matching, ends.low, ends.high, {})


def dense_weights(market: AssignmentMarket) -> NumberArray:
    """Return ``v - r`` as a C-contiguous (n, m) matrix; negative means no useful edge."""
    values = market.values.dense()
    return values - market.reserves if market.reserves.any() else values


def sparse_weights(market: AssignmentMarket) -> tuple[IntArray, IntArray, NumberArray]:
    """Return ``v - r`` on the edges in CSR form; negative means no useful edge."""
    indptr, indices, data = market.values.csr()
    return indptr, indices, data - market.reserves[indices] if market.reserves.any() else data


def with_capacities(
    market: AssignmentMarket,
    rule: PriceRule,
    pairs: IntArray,
    price_min: NumberArray,
    price_max: NumberArray,
    vcg_payments: NumberArray | None,
    *,
    method: str,
    counts: dict[str, Any],
) -> Outcome[AssignmentSolution]:
    """Wrap an optimum of a market with capacities and both ends of its prices (CAP-1, CAP-2).

    Parameters
    ----------
    pairs : shape (k, 2), sorted: who trades with whom.
    price_min, price_max : shape (m,).
    vcg_payments : shape (n,), or None where not asked for.
    method, counts : for the record.
    """
    price_min, price_max, pairs = map(read_only, (price_min, price_max, pairs))
    prices = price_min if rule == "min" else price_max
    if rule == "mid":
        prices = sealed(midpoint(price_min, price_max, market.scale))
    buyers, sellers = pairs.T.astype(np.int64, order="C")
    own = market.values.at(buyers, sellers)
    gains = own - market.reserves[sellers]
    total = sum(gains.tolist()) if is_integral(gains) else math.fsum(gains)
    utilities, duals = buyer_gains(market, prices, buyers, sellers, own)
    solution = AssignmentSolution(
        matching=None,  # type: ignore[arg-type]  # of markets without capacities
        prices=prices,
        price_min=price_min,
        price_max=price_max,
        utilities=sealed(utilities),
        vcg_payments=vcg_payments,  # type: ignore[arg-type]  # always there without capacities
        welfare=total,
        pairs=pairs,
    )
    return Incumbent(
        method=method,
        solution=solution,
        objective=total,
        bound=total,
        source="certified",
        certificate=DualCertificate(sealed(duals), sealed(prices - market.reserves)),
        counts=counts,
    ).outcome(answered=True)


def buyer_gains(
    market: AssignmentMarket,
    prices: NumberArray,
    buyers: IntArray,
    sellers: IntArray,
    own: NumberArray,
) -> tuple[NumberArray, NumberArray]:
    """Return utilities at `prices`, and what the least of its items is worth to each full buyer.

    That is 0 for others, and what its favorite would leave it for one who may take nothing.

    Parameters
    ----------
    prices : shape (m,).
    buyers, sellers, own : shapes (k,): the trades and their values.
    """
    from eqsolve.algorithms.compile import fitting, plain
    from eqsolve.families.assignment_market.kernels.transportation import share

    a, _ = market.capacities
    kind = np.result_type(own, prices)
    own, paid = own.astype(kind, copy=False), plain(prices.astype(kind, copy=False))
    utilities, duals = fitting(share, len(buyers))(buyers, sellers, plain(own), paid, plain(a))
    if not a.all():
        for i in np.flatnonzero(a == 0).tolist():
            columns, values = market.values.row(i)
            duals[i] = max(0, (values - prices[columns]).max(initial=0))
    return utilities, duals


def midpoint(low: NumberArray, high: NumberArray, scale: float) -> NumberArray:
    """Return the fair prices halfway between the lattice ends (BIP-8).

    Whole numbers come back where all halves are whole. In markets with numbers so large (from
    2**50) that halves could be rounded they are rounded down on purpose, which is an equilibrium
    too: integral price lattices are closed under rounding midpoints down.
    """
    gap = high - low
    if is_integral(gap) and (scale >= 2**50 or not (gap % 2).any()):
        floor: NumberArray = low + gap // 2
        return floor
    middle: NumberArray = low + gap / 2
    return middle


def solved(
    market: AssignmentMarket,
    rule: PriceRule,
    matching: IntArray,
    margin_min: NumberArray,
    margin_max: NumberArray,
    *,
    method: str,
    counts: dict[str, Any],
    price_path: tuple[PriceStep, ...] | None = None,
) -> Outcome[AssignmentSolution]:
    """Wrap an optimal matching and both ends of its column duals.

    Parameters
    ----------
    matching : shape (n,), -1 if unmatched.
    margin_min, margin_max : shape (m,): least and greatest prices minus reserves.
    method, counts : for the record.
    price_path : steps of an ascending auction, if that is what was run.
    """
    price_min, price_max = margin_min + market.reserves, margin_max + market.reserves
    if not is_integral(price_min):
        price_max = np.maximum(price_min, price_max)  # ends that coincide may differ by rounding
    prices = price_min if rule == "min" else price_max
    if rule == "mid":
        prices = midpoint(price_min, price_max, market.scale)
    matched = np.flatnonzero(matching >= 0)
    sellers = matching[matched]
    own = market.values.at(matched, sellers)
    utilities = np.zeros(market.n_buyers, dtype=np.result_type(own, prices))
    utilities[matched] = np.maximum(own - prices[sellers], 0)
    gains = own - market.reserves[sellers]
    total = sum(gains.tolist()) if is_integral(gains) else math.fsum(gains)
    solution = AssignmentSolution(
        matching=read_only(matching),
        prices=read_only(prices),
        price_min=read_only(price_min),
        price_max=read_only(price_max),
        utilities=read_only(utilities),
        vcg_payments=item_prices(matching, price_min),
        welfare=total,
        price_path=price_path,
    )
    return Incumbent(
        method=method,
        solution=solution,
        objective=total,
        bound=total,
        source="certified",
        certificate=DualCertificate(solution.utilities, read_only(prices - market.reserves)),
        counts=counts,
    ).outcome(answered=True)
