"""What a set of introductions is worth: trades, prices, revenue, welfare, exactly.

`evaluate_introductions` answers for one set; `Evaluator` keeps the arrays of a network for many;
`Evaluator.follow` gives an `Incremental` equilibrium that is carried from set to set by shortest
augmenting paths instead of being solved again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, read_only
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.families.trading_network.equilibrium import (
    Equilibrium,
    PriceRule,
    View,
    matched_values,
    owners,
    total,
)
from eqsolve.families.trading_network.instance import TradingNetwork, checked_pairs
from eqsolve.families.trading_network.matchings import (
    beyond,
    favor_platform,
    greatest_prices,
    least_prices,
    maximum_matching,
    rematch,
)
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Evaluator", "Incremental", "evaluate_introductions"]


def evaluate_introductions(
    network: TradingNetwork, introduced: object, *, prices: PriceRule = "greatest"
) -> TradingSolution:
    """Return the equilibrium that a set of introductions leads to, ties in the platform's favor.

    Parameters
    ----------
    network : the network.
    introduced : pairs ``(buyer, seller)``, each a candidate.
    prices : which end of the price lattice counts.

    Returns
    -------
    solution : trades, prices, revenue and welfare; it claims no guarantee.

    Raises
    ------
    InstanceError : not a trading network, or a pair that is not a candidate, or is given twice.
    OptionError : `prices` is neither end.

    Notes
    -----
    Three assignment problems (without platform, full, and this one), O(n m min(n, m)) at worst.
    Exact for whole numbers. Source: D'Amico-Wong, Gonczarowski, Ma and Parkes (2024), the model
    before REV-1.

    Examples
    --------
    >>> network = TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
    >>> solution = evaluate_introductions(network, [(0, 1)])
    >>> solution.revenue, solution.prices.tolist(), solution.welfare
    (2, [4, 2], 7)
    """
    require_instance(network, TradingNetwork, "network")
    if prices not in get_args(PriceRule):
        raise OptionError(f"prices = {prices!r}: must be greatest or least")
    faults: list[Fault] = []
    pairs = checked_pairs(introduced, "introduced", network.values, faults)
    if pairs is not None:
        allowed = network.candidate_mask()[pairs[:, 0], pairs[:, 1]]
        faults.extend(
            Fault("introduced", f"the pair {pairs[k].tolist()} is not a candidate", index=(int(k),))
            for k in np.flatnonzero(~allowed)
        )
    if faults or pairs is None:
        raise InstanceError(faults)
    return Evaluator(network, prices).solution(pairs)


@dataclass(slots=True, eq=False)
class Evaluator:
    """The arrays of a network, and its welfare without and with every introduction.

    Parameters
    ----------
    network : the network.
    prices : which end of the price lattice counts.

    Attributes
    ----------
    view : dense arrays.
    without, full : optimal matching and duals of the known pairs, and of all pairs.
    welfare_without, welfare_full : W0 and W*.
    """

    network: TradingNetwork
    prices: PriceRule = "greatest"
    view: View = field(init=False)
    without: Equilibrium = field(init=False)
    full: Equilibrium = field(init=False)
    welfare_without: int | float = field(init=False)
    welfare_full: int | float = field(init=False)

    def __post_init__(self) -> None:
        self.view = view = View.of(self.network)
        known, known_t = view.restricted(view.known)
        without = maximum_matching(known, known_t)
        full = maximum_matching(view.values, view.values_t)
        assert without is not None  # no stop flag was given
        assert full is not None
        self.without, self.full = without, full
        self.welfare_without = total(matched_values(known, without.matching))
        self.welfare_full = total(matched_values(view.values, full.matching))

    @property
    def gain(self) -> int | float:
        """The welfare gain dW = W* - W0."""
        return self.welfare_full - self.welfare_without

    def mask(self, introduced: IntArray) -> BoolArray:
        """Return an (n, m) mask of pairs."""
        mask = np.zeros(self.view.values.shape, dtype=bool)
        mask[introduced[:, 0], introduced[:, 1]] = True
        return mask

    def follow(self, introduced: IntArray) -> Incremental:
        """Return the equilibrium after introductions, ready to be carried on."""
        weights, weights_t = self.view.restricted(self.view.known | self.mask(introduced))
        found = maximum_matching(weights, weights_t)
        assert found is not None  # no stop flag was given
        return Incremental(self, weights, weights_t, self.mask(introduced), found)

    def solution(
        self,
        introduced: IntArray,
        *,
        guarantee: float = 0.0,
        gain_guarantee: float | None = None,
        max_introductions: int | None = None,
    ) -> TradingSolution:
        """Return the solution for a set of introductions, with the given claims about it."""
        state = self.follow(introduced)
        state.favor()
        found, matching = state.found, state.found.matching
        return TradingSolution(
            introduced=read_only(introduced),
            matching=read_only(matching),
            prices=read_only(found.prices),
            revenue=self.network.commission
            * platform_income(state.introduced, matching, found.prices),
            welfare=total(matched_values(state.weights, matching)),
            welfare_without_platform=self.welfare_without,
            welfare_full=self.welfare_full,
            guarantee=guarantee,
            gain_guarantee=gain_guarantee,
            price_rule=self.prices,
            max_introductions=max_introductions,
        )


@dataclass(slots=True, eq=False)
class Incremental:
    """An equilibrium that follows its set of introductions.

    Adding or dropping an introduction of buyer i costs two searches at most: i is matched anew, and
    so is the seller it may have left. `settle` needs one sweep for the end of the price lattice.

    Parameters
    ----------
    evaluator : the network's arrays.
    weights, weights_t : the graph known + introduced.
    introduced : (n, m) mask.
    found : optimal matching and duals.

    Examples
    --------
    >>> network = TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
    >>> state = Evaluator(network).follow(np.empty((0, 2), dtype=np.int64))
    >>> state.add(0, 1)
    >>> state.settle()
    >>> state.revenue
    2
    """

    evaluator: Evaluator
    weights: NumberArray
    weights_t: NumberArray
    introduced: BoolArray
    found: Equilibrium
    _far: Any = field(init=False)

    def __post_init__(self) -> None:
        self._far = beyond(self.evaluator.view.values)

    def add(self, buyer: int, seller: int) -> None:
        """Introduce a pair."""
        self._set(buyer, seller, self.evaluator.view.values[buyer, seller], True)

    def drop(self, buyer: int, seller: int) -> None:
        """Take an introduction back."""
        self._set(buyer, seller, -1, False)

    def settle(self) -> None:
        """Move the duals to the end of the price lattice that counts."""
        if self.evaluator.prices == "greatest":
            greatest_prices(self.weights_t, self.found)
        else:
            least_prices(self.weights, self.found)

    def favor(self) -> None:
        """Settle, then choose among the maximum-weight matchings the platform's best."""
        self.settle()
        found = self.found
        found.matching = favor_platform(
            self.weights, found, self.introduced, self.evaluator.view.tolerance
        )
        found.owner = owners(found.matching, len(found.owner))

    @property
    def revenue(self) -> int | float:
        """Income of the platform at the present duals and matching, without commission.

        Exact after `favor`; after `settle` a lower bound, exact when all introductions trade.
        """
        return platform_income(self.introduced, self.found.matching, self.found.prices)

    def traded(self) -> IntArray:
        """Return the introduced pairs that trade, shape (k, 2)."""
        rows = np.flatnonzero(self.found.matching >= 0)
        pairs = np.stack([rows, self.found.matching[rows]], axis=1)
        chosen: IntArray = pairs[self.introduced[pairs[:, 0], pairs[:, 1]]]
        return chosen

    def _set(self, i: int, j: int, weight: int | float, introduced: bool) -> None:
        """Change one edge and restore optimality."""
        self.weights[i, j] = self.weights_t[j, i] = weight
        self.introduced[i, j] = introduced
        rematch(self.weights, self.weights_t, i, self.found, self._far)


def platform_income(introduced: BoolArray, matching: IntArray, prices: NumberArray) -> int | float:
    """Return the total price of the trades on introduced pairs."""
    rows = np.flatnonzero(matching >= 0)
    sellers = matching[rows]
    return total(prices[sellers[introduced[rows, sellers]]])


def as_pairs(pairs: Iterable[tuple[int, int]]) -> IntArray:
    """Return pairs as an array of shape (k, 2), rows rising."""
    array = np.array(sorted(pairs), dtype=np.int64)
    return array.reshape(-1, 2)
