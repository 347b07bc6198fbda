"""Backward induction over bidders and states by prices fitted to draws (SEQ-2, SEQ-6).

For each bidder, last one first, the prices of every state are improved on draws for fitting, with
what the next bidders pay in the state after each alternative; what the state is worth is then the
mean of what the seller earns from other draws by hard choice, so that nothing is judged on what it
was fitted to. Prices begin where those of the next bidder ended (the last bidder's, at what each
alternative would be sold for alone), or at sums of posted prices of items where these earn more.

Cost: bidders x states x sweeps x alternatives x draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.methods.pricing import best_price
from eqsolve.families.auction_design.methods.state_prices import earned, improved

__all__ = ["Draws", "Place", "Priced", "price_backwards"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A state, the same for all bidders.

    Parameters
    ----------
    number : of the state; numbers begin with 0, where nothing is left.
    rows : shape (K,), of its alternatives in `Draws.values`, small bundles first.
    after : shape (K,), the states after them.
    tails, groups : see `improved`.
    """

    number: int
    rows: IntArray
    after: IntArray
    tails: Sequence[int] = ()
    groups: Sequence[BoolArray] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Types of one bidder.

    Parameters
    ----------
    values : of a state, shape (K, N), to every type.
    weights : shape (N,), summing to 1.
    """

    values: Callable[[Place], FloatArray]
    weights: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """Prices of all states.

    Parameters
    ----------
    prices : for each bidder in the order, state number -> prices, shape (K,).
    worth : likewise, what the seller earns later after each alternative, less what after nothing.
    value : what all bidders pay, by the draws for values.
    n_priced : states whose prices were improved before a limit came.
    """

    prices: tuple[dict[int, FloatArray], ...]
    worth: tuple[dict[int, FloatArray], ...]
    value: float
    n_priced: int


def _alone(values: FloatArray, later: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the price of each alternative that is best if it were sold alone, shape (K,).

    Parameters
    ----------
    values : shape (K, N).
    later : shape (K,), what the seller earns later after it, less what he does after nothing.
    weights : shape (N,).
    """
    found = [
        best_price(row, weights, extra=extra)[0] for row, extra in zip(values, later, strict=True)
    ]
    beyond = values.max(axis=1, initial=0.0) * (1 + 1e-9) + 1e-300
    return np.where(np.isfinite(found), found, beyond)


def price_backwards(
    places: Sequence[Place],
    n_bidders: int,
    draws: Callable[[int], tuple[Draws, Draws]],
    posted: Callable[[int, Place], FloatArray],
    *,
    sweeps: int,
    deadline: Deadline,
) -> Priced:
    """Return prices of every state of every bidder.

    Parameters
    ----------
    places : all states in which something is left; the last one is that of all items.
    n_bidders : n, by position in the order.
    draws : of the bidder at a position, for fitting and for values.
    posted : prices of a state at a position that are sums of posted prices of items, shape (K,).
    sweeps : see `improved`.
    deadline : when to stop; prices of states not reached are posted ones.
    """
    value = np.zeros(1 + max((place.number for place in places), default=0))
    prices: list[dict[int, FloatArray]] = [{} for _ in range(n_bidders)]
    worth: list[dict[int, FloatArray]] = [{} for _ in range(n_bidders)]
    priced = 0
    for k in range(n_bidders - 1, -1, -1):
        fit, judge = draws(k)
        before = prices[k + 1] if k + 1 < n_bidders else {}
        following = value.copy()
        for place in places:
            later = value[place.after] - value[place.number]
            own = fit.values(place)
            chosen = posted(k, place)
            if not deadline.expired():
                other = before.get(place.number)
                starts = (chosen, _alone(own, later, fit.weights) if other is None else other)
                gains = [float(fit.weights @ earned(own, some, later)) for some in starts]
                chosen = improved(
                    own, starts[int(np.argmax(gains))], later, fit.weights,
                    tails=place.tails, groups=place.groups, sweeps=sweeps, deadline=deadline,
                )  # fmt: skip
                priced += 1
            prices[k][place.number], worth[k][place.number] = chosen, later
            gain = judge.weights @ earned(judge.values(place), chosen, later)
            following[place.number] += float(gain)
        value = following
    return Priced(tuple(prices), tuple(worth), float(value[-1]), priced)
