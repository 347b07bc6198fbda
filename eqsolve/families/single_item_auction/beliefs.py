"""What a bidder believes about its rivals' bids: the chance of less, and of at most, a bid.

Given a state the rivals' bids are independent, so two numbers for each rival say all that winning
and paying depend on: ``below(b)`` and ``at_most(b)``, the chances that it bids less than b, or at
most b. Staying out and bids below the reserve count as less than every bid.

`states_of` lists the states of a model with their chances: one for private values, the points of a
finite prior, else nodes of Gauss-Legendre quadrature in the quantiles of the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.bid_table import exact
from eqsolve.families.single_item_auction.instance import FinitePrior, Prior, SingleItemAuction
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = [
    "Atoms", "BidLaw", "FloatState", "JustAbove", "Monotone", "finite_offers", "law_of", "laws_of",
    "nodes_between", "states_of",
]  # fmt: skip

_PANELS = 8
_NODES = 8


class BidLaw(Protocol):
    """The law of one rival's bid."""

    def below(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding less."""
        ...

    def at_most(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding at most so much."""
        ...

    @property
    def corners(self) -> FloatArray:
        """Bids between which the law is smooth, rising."""
        ...


@dataclass(frozen=True)
class Atoms:
    """Finitely many bids.

    Parameters
    ----------
    bids : accepted ones, rising, shape (m,).
    masses : their chances, shape (m,); what is missing to 1 stays out.
    """

    bids: FloatArray
    masses: FloatArray

    @cached_property
    def _sums(self) -> FloatArray:
        """Chances of less than each bid, and of at most the last."""
        out = max(0.0, 1.0 - float(self.masses.sum()))
        sums = out + np.concatenate([[0.0], np.cumsum(self.masses)])
        sums[-1] = 1.0
        return np.minimum(sums, 1.0)

    def below(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding less."""
        return self._sums[np.searchsorted(self.bids, bids, side="left")]

    def at_most(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding at most so much."""
        return self._sums[np.searchsorted(self.bids, bids, side="right")]

    @property
    def corners(self) -> FloatArray:
        """The bids themselves."""
        return self.bids


@dataclass(frozen=True)
class Monotone:
    """Bids of a piecewise linear strategy that never falls, for a type ``shift + draw``.

    Parameters
    ----------
    strategy : not finite.
    prior : of the draw.
    shift : of the state.
    reserve : bids below are not accepted.
    """

    strategy: Strategy
    prior: Prior
    shift: float = 0.0
    reserve: float = 0.0

    def below(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding less."""
        return self.prior.cdf(self.types_below(bids) - self.shift)

    def at_most(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding at most so much."""
        return self.prior.cdf(self.types_at_most(bids) - self.shift)

    def types_below(self, bids: FloatArray) -> FloatArray:
        """Return the types up to which the bid is less (infinite: all of them)."""
        return self._up_to(bids, "left")

    def types_at_most(self, bids: FloatArray) -> FloatArray:
        """Return the types up to which the bid is at most so much (infinite: all of them)."""
        return self._up_to(bids, "right")

    def _up_to(self, bids: FloatArray, side: str) -> FloatArray:
        values, own = self.strategy.values, self.strategy.bids
        assert own is not None
        right = np.searchsorted(own, bids, side=side)  # type: ignore[call-overload]  # a side
        left = np.maximum(right - 1, 0)
        right = np.minimum(right, len(own) - 1)
        rise = own[right] - own[left]
        share = np.where(rise > 0, (bids - own[left]) / np.where(rise > 0, rise, 1.0), 0.0)
        found = values[left] + np.clip(share, 0.0, 1.0) * (values[right] - values[left])
        last = own[-1] <= bids if side == "right" else own[-1] < bids
        return np.where(last, np.inf, found)

    @property
    def corners(self) -> FloatArray:
        """The bids of the breakpoints."""
        assert self.strategy.bids is not None
        return self.strategy.bids


@dataclass(frozen=True)
class JustAbove:
    """A rival's law as bids just above those given meet it: equal bids lose.

    Parameters
    ----------
    law : of the rival's bid.
    """

    law: BidLaw

    def below(self, bids: FloatArray) -> FloatArray:
        """Return the chance of bidding at most so much."""
        return self.law.at_most(bids)

    at_most = below

    @property
    def corners(self) -> FloatArray:
        """Those of the law."""
        return self.law.corners


@dataclass(frozen=True, slots=True)
class FloatState:
    """A state with its chance, in floats; see `instance.values.State`."""

    probability: float
    shift: float
    worth: float | None


def nodes_between(low: float, high: float, panels: int = _PANELS) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights (which sum to the width) of composite Gauss-Legendre quadrature."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    ends = np.linspace(low, high, panels + 1)
    half = (ends[1:] - ends[:-1]) / 2
    nodes = (ends[1:] + ends[:-1])[:, None] / 2 + half[:, None] * x
    return nodes.ravel(), (half[:, None] * w).ravel()


def states_of(auction: SingleItemAuction, panels: int = _PANELS) -> list[FloatState]:
    """Return the states with their chances; `panels` of 8 nodes each where they are continuous."""
    model = auction.values
    prior = model.state
    if prior is None or isinstance(prior, FinitePrior):
        return [
            FloatState(
                float(it.probability),
                float(it.shift),
                None if it.worth is None else float(it.worth),
            )
            for it in model.states()
        ]
    quantiles, weights = nodes_between(0.0, 1.0, panels)
    common = model.model == "common"
    return [
        FloatState(weight, shift, shift if common else None)
        for shift, weight in zip(prior.quantile(quantiles).tolist(), weights.tolist(), strict=True)
    ]


def finite_offers(
    auction: SingleItemAuction, strategy: Strategy, bidder: int, state: FloatState
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return types, bids (NaN where not accepted) and chances of a finite strategy in a state."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    shift = exact(state.shift)
    types = np.array([float(point + shift) for point in prior.exact_points])
    places = np.minimum(np.searchsorted(strategy.values, types), len(strategy.values) - 1)
    rows = [
        (value, np.nan if bid is None or bid < auction.reserve else bid, chance * share)
        for value, place, chance in zip(
            types.tolist(), places.tolist(), prior.probabilities.tolist(), strict=True
        )
        for bid, share in strategy.offers(place)
    ]
    found = np.array(rows)
    return found[:, 0], found[:, 1], found[:, 2]


def law_of(
    auction: SingleItemAuction, strategy: Strategy, bidder: int, state: FloatState
) -> BidLaw:
    """Return the law of a bidder's bid in a state."""
    if not strategy.finite:
        prior = auction.values.own(bidder)
        return Monotone(strategy, prior, state.shift, auction.reserve)
    _, bids, chances = finite_offers(auction, strategy, bidder, state)
    there = ~np.isnan(bids)
    points, place = np.unique(bids[there], return_inverse=True)
    masses: FloatArray = np.bincount(place, chances[there], len(points)).astype(np.float64)
    return Atoms(points, masses)


def laws_of(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    state: FloatState,
) -> list[BidLaw]:
    """Return the law of the bids of each class in a state."""
    return [
        law_of(auction, strategy, list(classes).index(c), state)
        for c, strategy in enumerate(strategies)
    ]
