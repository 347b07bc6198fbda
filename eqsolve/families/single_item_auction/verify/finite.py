"""Interim utilities of finite auctions in fractions, by counting ties (CERT-E).

The distribution of the number of rivals who tie with a bid is built rival by rival; a bid that ties
with t others wins with chance 1 / (t + 1). Prices come from how many rivals stand above each price.
Chances are whole numbers over common denominators, so that nothing is rounded; only powers of risk
aversion are floats. O(states * bids * rivals * ties), times bids for second and k-th prices.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from eqsolve.core.bid_table import exact
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.instance.values import State
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["Best", "FiniteAuction", "Offers"]

Offers = list[list[tuple[Fraction | None, Fraction]]]
"""For each type the bids that it makes (None: not accepted) with their shares."""
Prices = list[tuple[Fraction, Fraction]]
"""Prices with the chances to get the prize at them."""


@dataclass(frozen=True, slots=True)
class Best:
    """The worst-off type of a bidder.

    Parameters
    ----------
    regret : by how much it gains, money units.
    value, bid : the type and the better bid; None: staying out.
    above : whether the bid is just above `bid`.
    """

    regret: float | Fraction
    value: Fraction
    bid: Fraction | None
    above: bool = False


class _Law:
    """The bids of one rival in a state, as whole numbers over one denominator."""

    def __init__(self, masses: dict[Fraction | None, Fraction]) -> None:
        self.below = math.lcm(*(mass.denominator for mass in masses.values()))
        self.masses = {
            bid: mass.numerator * (self.below // mass.denominator) for bid, mass in masses.items()
        }

        self._bids = sorted(bid for bid in self.masses if bid is not None)
        start = self.masses.get(None, 0)
        self._sums = list(accumulate((self.masses[bid] for bid in self._bids), initial=start))

    def less(self, bid: Fraction) -> int:
        """Return the weight of bidding less."""
        return self._sums[bisect_left(self._bids, bid)]

    def equal(self, bid: Fraction) -> int:
        """Return the weight of bidding just so much."""
        return self.masses.get(bid, 0)


class FiniteAuction:
    """An auction with finitely many types, and one strategy for each bidder.

    Parameters
    ----------
    auction : the instance.
    offers : for each bidder, what each of its types bids.
    """

    def __init__(self, auction: SingleItemAuction, offers: Sequence[Offers]) -> None:
        self.auction, self.offers = auction, list(offers)
        self.reserve = exact(auction.reserve)
        self.types = [types_of(auction, i) for i in range(auction.n_bidders)]
        self._states = auction.values.states()
        self._laws: dict[tuple[int, int], _Law] = {}
        self._priced: dict[tuple[int, int, Fraction, bool], Prices] = {}

    @classmethod
    def of(
        cls, auction: SingleItemAuction, strategies: Sequence[Strategy], classes: Sequence[int]
    ) -> FiniteAuction:
        """Return the game of strategies as a file says them."""
        read = [offers_of(auction, strategy) for strategy in strategies]
        return cls(auction, [read[place] for place in classes])

    def chances(self, bidder: int, state: State) -> list[tuple[int, Fraction]]:
        """Return places of the types that a bidder may have in a state, with their chances."""
        prior = self.auction.values.own(bidder)
        assert isinstance(prior, FinitePrior)
        place = {value: k for k, value in enumerate(self.types[bidder])}
        return [
            (place[point + state.shift], weight)
            for point, weight in zip(prior.exact_points, prior.exact_weights, strict=True)
        ]

    def law(self, number: int, bidder: int) -> _Law:
        """Return the law of a bidder's bid in a state."""
        key = (number, bidder)
        if key not in self._laws:
            masses: dict[Fraction | None, Fraction] = {}
            for place, weight in self.chances(bidder, self._states[number]):
                for bid, share in self.offers[bidder][place]:
                    masses[bid] = masses.get(bid, Fraction(0)) + weight * share
            self._laws[key] = _Law(masses)
        return self._laws[key]

    def prices(self, number: int, bidder: int, bid: Fraction, *, above: bool = False) -> Prices:
        """Return what a bidder pays with a bid, or one just above it, if it gets the prize.

        Of an all-pay auction the price of the prize alone is meant, which is 0.
        """
        if not self.auction.is_symmetric or len({id(it) for it in self.offers}) > 1:
            key = (number, bidder, bid, above)
        else:
            key = (number, 0, bid, above)
        if key not in self._priced:
            laws = [self.law(number, i) for i in range(len(self.offers)) if i != bidder]
            self._priced[key] = self._all_prices(laws, bid, above=above)
        return self._priced[key]

    def _all_prices(self, laws: list[_Law], bid: Fraction, *, above: bool) -> Prices:
        """Return prices and chances against given laws."""
        whole = math.prod(law.below for law in laws)
        reach = [(law.less(bid), law.equal(bid)) for law in laws]
        if above:
            reach = [(low + tie, 0) for low, tie in reach]
        rank = self.auction.price_rank
        if rank == 1:
            price = Fraction(0) if self.auction.format == "all_pay" else bid
            return [(price, _win(reach) / whole)]
        # P(win, the price is at most x) for rising x: at most rank - 2 rivals stand above x.
        unsold = Fraction(0)
        if rank > 2:
            out = [law.masses.get(None, 0) for law in laws]
            unsold = _win_with(reach, out, rank - 2)
        points = sorted(
            {b for law in laws for b in law.masses if b is not None and b < bid} | {self.reserve}
        )
        found: Prices = []
        before = unsold
        for x in points:
            if x >= bid and not (above and x == bid):
                break
            lower = [law.less(x) + law.equal(x) for law in laws]
            now = _win_with(reach, lower, rank - 2)
            if now != before:
                found.append((max(x, self.reserve), (now - before) / whole))
            before = now
        rest = _win(reach) - before
        if rest:
            found.append((max(bid, self.reserve), rest / whole))
        return found

    def best(self, bidder: int) -> Best:
        """Return the type of a bidder that gains most by another bid, and that bid."""
        auction, rho = self.auction, self.auction.risk[bidder]
        bids = self._deviations()
        sides = (False, True) if auction.bids is None else (False,)
        options: list[tuple[Fraction | None, bool]] = [(None, False)]
        options += [(bid, above) for bid in bids for above in sides]
        count = len(self.types[bidder])
        weight = [Fraction(0)] * count
        gains: list[list[Fraction | float]] = [[Fraction(0)] * len(options) for _ in range(count)]
        for number, state in enumerate(self._states):
            rows = [
                (place, state.probability * chance) for place, chance in self.chances(bidder, state)
            ]
            for place, share in rows:
                weight[place] += share
            for k, (bid, above) in enumerate(options):
                if bid is None:
                    continue
                prices = self.prices(number, bidder, bid, above=above)
                won = sum((chance for _, chance in prices), Fraction(0))
                paid = sum((price * chance for price, chance in prices), Fraction(0))
                paid += bid if auction.format == "all_pay" else 0
                for place, share in rows:
                    worth = self.types[bidder][place] if state.worth is None else state.worth
                    if rho:
                        gain = sum(
                            _utility(float(worth - price), rho) * float(chance)
                            for price, chance in prices
                        )
                        gains[place][k] += float(share) * gain
                    else:
                        gains[place][k] += share * (worth * won - paid)
        worst = Best(Fraction(0), self.types[bidder][0], None)
        index = {option: k for k, option in enumerate(options)}
        for place, row in enumerate(gains):
            if not weight[place]:
                continue
            held = sum(
                (share * row[index[bid, False]] for bid, share in self.offers[bidder][place]),
                Fraction(0),
            )
            top = max(range(len(options)), key=row.__getitem__)
            regret = (
                _money(float(row[top]) / float(weight[place]), rho)
                - _money(float(held) / float(weight[place]), rho)
                if rho
                else (row[top] - held) / weight[place]
            )
            if regret > worst.regret:
                bid, above = options[top]
                worst = Best(regret, self.types[bidder][place], bid, above)
        return worst

    def _deviations(self) -> list[Fraction]:
        """Return all accepted bids of the grid, or the reserve and all bids that are made."""
        made = {bid for rows in self.offers for row in rows for bid, _ in row if bid is not None}
        if self.auction.bids is not None:
            made |= set(self.auction.bids.exact_bids)
        else:
            made.add(self.reserve)
        return sorted(bid for bid in made if bid >= self.reserve)

    def expectations(self) -> tuple[Fraction, Fraction, list[float]]:
        """Return revenue, the chance that a bidder worthy of the prize gets it, and utilities."""
        auction = self.auction
        found: dict[object, tuple[Fraction, Fraction, float]] = {}
        rows = []
        for i in range(auction.n_bidders):
            # Bidders of one strategy, prior and risk have one outlook.
            key = (id(self.offers[i]), auction.values.own(i), auction.risk[i])
            if key not in found:
                found[key] = self._outlook(i)
            rows.append(found[key])
        revenue = sum((row[0] for row in rows), Fraction(0))
        efficiency = sum((row[1] for row in rows), Fraction(0))
        return revenue, efficiency, [row[2] for row in rows]

    def _outlook(self, bidder: int) -> tuple[Fraction, Fraction, float]:
        """Return what a bidder pays, how likely it wins as one worthy, and its utility."""
        auction, rho = self.auction, self.auction.risk[bidder]
        paid, right, gained, risky = Fraction(0), Fraction(0), Fraction(0), 0.0
        for number, state in enumerate(self._states):
            for place, chance in self.chances(bidder, state):
                value = self.types[bidder][place]
                worth = value if state.worth is None else state.worth
                for bid, share in self.offers[bidder][place]:
                    if bid is None:
                        continue
                    mass = state.probability * chance * share
                    prices = self.prices(number, bidder, bid)
                    won = sum((c for _, c in prices), Fraction(0))
                    cost = sum((price * c for price, c in prices), Fraction(0))
                    cost += bid if auction.format == "all_pay" else 0
                    paid += mass * cost
                    gained += mass * (worth * won - cost)
                    if rho:
                        risky += float(mass) * sum(
                            _utility(float(worth - price), rho) * float(c) for price, c in prices
                        )
                    if state.worth is None:
                        won = self._rightly(number, bidder, value, bid)
                    right += mass * won
        return paid, right, risky if rho else float(gained)

    def _rightly(self, number: int, bidder: int, value: Fraction, bid: Fraction) -> Fraction:
        """Return the chance to get the prize while no rival has a greater value."""
        laws = []
        for i in range(len(self.offers)):
            if i == bidder:
                continue
            masses: dict[Fraction | None, Fraction] = {None: Fraction(0)}
            for place, weight in self.chances(i, self._states[number]):
                if self.types[i][place] <= value:
                    for b, share in self.offers[i][place]:
                        masses[b] = masses.get(b, Fraction(0)) + weight * share
            laws.append(_Law(masses))
        reach = [(law.less(bid), law.equal(bid)) for law in laws]
        sold = _win(reach)
        if self.auction.price_rank > 2:  # nothing is sold where too few bids are accepted
            out = [law.masses.get(None, 0) for law in laws]
            sold -= _win_with(reach, out, self.auction.price_rank - 2)
        return sold / math.prod(law.below for law in laws)


def types_of(auction: SingleItemAuction, bidder: int) -> list[Fraction]:
    """Return all types of a bidder, rising."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    return sorted(
        {point + state.shift for state in auction.values.states() for point in prior.exact_points}
    )


def offers_of(auction: SingleItemAuction, strategy: Strategy) -> Offers:
    """Return what each type bids, shares normalized; bids below the reserve are not accepted."""
    reserve = exact(auction.reserve)
    found: Offers = []
    for place in range(len(strategy.values)):
        rows = [(bid, exact(share)) for bid, share in strategy.offers(place) if share > 0]
        total = sum((share for _, share in rows), Fraction(0))
        taken: dict[Fraction | None, Fraction] = {}
        for bid, share in rows:
            own = None if bid is None or exact(bid) < reserve else exact(bid)
            taken[own] = taken.get(own, Fraction(0)) + share / total
        found.append(list(taken.items()))
    return found


def _win(reach: list[tuple[int, int]]) -> Fraction:
    """Return the weight of winning where each rival bids less, or ties, with given weights."""
    ties = [1]
    for low, tie in reach:
        grown = [0] * (len(ties) + 1)
        for t, weight in enumerate(ties):
            grown[t] += weight * low
            grown[t + 1] += weight * tie
        ties = grown if tie else grown[:-1]
    return sum((Fraction(weight, t + 1) for t, weight in enumerate(ties)), Fraction(0))


def _win_with(reach: list[tuple[int, int]], lower: list[int], most: int) -> Fraction:
    """Return the weight of winning with at most `most` rivals above their `lower` weight."""
    counts = {(0, 0): 1}  # rivals who tie, and rivals above the price who bid less
    for (low, tie), floor in zip(reach, lower, strict=True):
        kept = min(floor, low)
        grown: dict[tuple[int, int], int] = {}
        for (t, m), weight in counts.items():
            for step, factor in (((0, 0), kept), ((1, 0), tie), ((0, 1), low - kept)):
                key = (t + step[0], m + step[1])
                if factor and sum(key) <= most:
                    grown[key] = grown.get(key, 0) + weight * factor
        counts = grown
    return sum((Fraction(weight, t + 1) for (t, _), weight in counts.items()), Fraction(0))


def _utility(amount: float, rho: float) -> float:
    """Return ``x ** (1 - rho)`` for gains and x for losses."""
    return amount ** (1 - rho) if amount > 0 else amount


def _money(utility: float, rho: float) -> float:
    """Return the certain amount with a utility."""
    return utility ** (1 / (1 - rho)) if utility > 0 else utility
