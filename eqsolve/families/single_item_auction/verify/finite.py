"""Interim utilities of finite auctions in fractions (CERT-E).

Chances to win come from whole weights (`laws`), prices from how many rivals stand above each price;
only powers of risk aversion are floats. O(states * bids * rivals * ties), times bids for second and
k-th prices, and O(states * types * bids) whole numbers for the gains of all types.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.bid_table import exact
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.instance.values import State
from eqsolve.families.single_item_auction.solution import Strategy
from eqsolve.families.single_item_auction.verify.laws import (
    Law,
    Offered,
    reached,
    win_weight,
    win_weight_with,
)

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


class FiniteAuction:
    """An auction with finitely many types, and one strategy for each bidder.

    Parameters
    ----------
    auction : the instance.
    offers : for each bidder, what each of its types bids.
    poll : called at every step; may end the work.
    """

    def __init__(
        self,
        auction: SingleItemAuction,
        offers: Sequence[Offers],
        poll: Callable[[], None] = lambda: None,
    ) -> None:
        self.auction, self.offers, self.poll = auction, list(offers), poll
        self.reserve = exact(auction.reserve)
        self._states = auction.values.states()
        kinds = [(id(own), auction.values.own(i)) for i, own in enumerate(self.offers)]
        self._like = [kinds.index(kind) for kind in kinds]
        """The first bidder with the same law of bids."""
        found = {i: types_of(auction, i) for i in set(self._like)}
        self.types = [found[i] for i in self._like]
        self._chances: dict[tuple[int, int], list[tuple[int, Fraction]]] = {}
        self._offered: dict[tuple[int, int], Offered] = {}
        self._laws: dict[tuple[int, int], Law] = {}
        self._priced: dict[tuple[int, int, Fraction, bool], Prices] = {}

    @classmethod
    def of(
        cls,
        auction: SingleItemAuction,
        strategies: Sequence[Strategy],
        classes: Sequence[int],
        poll: Callable[[], None] = lambda: None,
    ) -> FiniteAuction:
        """Return the game of strategies as a file says them."""
        read = [offers_of(auction, strategy) for strategy in strategies]
        return cls(auction, [read[place] for place in classes], poll)

    def chances(self, bidder: int, state: State) -> list[tuple[int, Fraction]]:
        """Return places of the types that a bidder may have in a state, with their chances."""
        prior = self.auction.values.own(bidder)
        assert isinstance(prior, FinitePrior)
        place = {value: k for k, value in enumerate(self.types[bidder])}
        return sorted(
            (place[point + state.shift], weight)
            for point, weight in zip(prior.exact_points, prior.exact_weights, strict=True)
        )

    def _rows(self, number: int, bidder: int) -> list[tuple[int, Fraction]]:
        """Return `chances`, kept."""
        key = (number, self._like[bidder])
        if key not in self._chances:
            self._chances[key] = self.chances(bidder, self._states[number])
        return self._chances[key]

    def _bids_of(self, number: int, bidder: int) -> Offered:
        """Return what a bidder bids in a state."""
        key = (number, self._like[bidder])
        if key not in self._offered:
            self._offered[key] = Offered(
                [
                    (place, bid, weight * share)
                    for place, weight in self._rows(number, bidder)
                    for bid, share in self.offers[bidder][place]
                ]
            )
        return self._offered[key]

    def law(self, number: int, bidder: int) -> Law:
        """Return the law of a bidder's bid in a state."""
        key = (number, self._like[bidder])
        if key not in self._laws:
            self._laws[key] = self._bids_of(number, bidder).law(len(self.types[bidder]))
        return self._laws[key]

    def prices(self, number: int, bidder: int, bid: Fraction, *, above: bool = False) -> Prices:
        """Return what a bidder pays with a bid, or one just above it, if it gets the prize.

        Of an all-pay auction the price of the prize alone is meant, which is 0.
        """
        key = (number, self._like[bidder], bid, above)
        if key not in self._priced:
            self.poll()
            laws = [self.law(number, i) for i in range(len(self.offers)) if i != bidder]
            self._priced[key] = self._all_prices(laws, bid, above=above)
        return self._priced[key]

    def _all_prices(self, laws: list[Law], bid: Fraction, *, above: bool) -> Prices:
        """Return prices and chances against given laws."""
        whole = math.prod(law.below for law in laws)
        reach = reached(laws, bid)
        if above:
            reach = [(low + tie, 0) for low, tie in reach]
        rank = self.auction.price_rank
        if rank == 1:
            price = Fraction(0) if self.auction.format == "all_pay" else bid
            return [(price, win_weight(reach) / whole)]
        # P(win, the price is at most x) for rising x: at most rank - 2 rivals stand above x.
        unsold = Fraction(0)
        if rank > 2:
            unsold = win_weight_with(reach, [law.out for law in laws], rank - 2)
        each = {id(law): law for law in laws}.values()
        points = sorted(
            {b for law in each for b in law.bids[: bisect_left(law.bids, bid)]} | {self.reserve}
        )
        found: Prices = []
        before = unsold
        for x in points:
            if x >= bid and not (above and x == bid):
                break
            self.poll()
            lower = [low + tie for low, tie in reached(laws, x)]
            now = win_weight_with(reach, lower, rank - 2)
            if now != before:
                found.append((max(x, self.reserve), (now - before) / whole))
            before = now
        rest = win_weight(reach) - before
        if rest:
            found.append((max(bid, self.reserve), rest / whole))
        return found

    def best(self, bidder: int) -> Best:
        """Return the type of a bidder that gains most by another bid, and that bid."""
        sides = (False, True) if self.auction.bids is None else (False,)
        options: list[tuple[Fraction | None, bool]] = [(None, False)]
        options += [(bid, above) for bid in self._deviations() for above in sides]
        index = {option: k for k, option in enumerate(options)}
        rows = self._gains(bidder, options)
        worst = Best(Fraction(0), self.types[bidder][0], None)
        rho = self.auction.risk[bidder]
        for place, (row, unit) in enumerate(rows):
            self.poll()
            if not unit:
                continue
            held = sum(
                (share * row[index[bid, False]] for bid, share in self.offers[bidder][place]),
                Fraction(0),
            )
            top = max(range(len(options)), key=row.__getitem__)
            regret = (
                _money(float(row[top]) * float(unit), rho) - _money(float(held) * float(unit), rho)
                if rho
                else (row[top] - held) * unit
            )
            if regret > worst.regret:
                bid, above = options[top]
                worst = Best(regret, self.types[bidder][place], bid, above)
        return worst

    def _gains(
        self, bidder: int, options: list[tuple[Fraction | None, bool]]
    ) -> Iterator[tuple[Sequence[Any], Fraction]]:
        """Yield for each type what the options are worth, and the unit: 0 for one without a chance.

        Whole numbers, or floats for a bidder who is averse to risk.
        """
        held: list[list[tuple[int, Fraction]]] = [[] for _ in self.types[bidder]]
        for number, state in enumerate(self._states):
            for place, chance in self._rows(number, bidder):
                held[place].append((number, state.probability * chance))
        priced = [
            [
                [] if bid is None else self.prices(number, bidder, bid, above=above)
                for bid, above in options
            ]
            for number in range(len(self._states))
        ]
        rho = self.auction.risk[bidder]
        lines = None if rho else self._lines(priced, [bid for bid, _ in options])
        for value, parts in zip(self.types[bidder], held, strict=True):
            weight = sum((share for _, share in parts), Fraction(0))
            known = [
                (number, share, self._states[number].worth) for number, share in parts if share
            ]
            worths = [(n, share, value if worth is None else worth) for n, share, worth in known]
            if lines is None:
                row: Sequence[Any] = self._risky(priced, worths, rho)
                yield row, 1 / weight if weight else weight
                continue
            won, paid, below = lines
            fine = math.lcm(1, *(share.denominator for _, share, _ in worths))
            coin = math.lcm(1, *(worth.denominator for *_, worth in worths))
            gains: Any = 0
            for number, share, worth in worths:
                part = int(worth * coin) * won[number] - coin * paid[number]
                gains = gains + int(share * fine) * part
            yield gains, 1 / (weight * fine * coin * below) if weight else weight

    def _lines(
        self, priced: list[list[Prices]], bids: list[Fraction | None]
    ) -> tuple[list[Any], list[Any], int]:
        """Return by state the chances and costs of all options as whole numbers out of a third."""
        fee = Fraction(self.auction.format == "all_pay")
        table = [
            [
                (
                    sum((chance for _, chance in prices), Fraction(0)),
                    sum((price * chance for price, chance in prices), fee * (bid or 0)),
                )
                for prices, bid in zip(row, bids, strict=True)
            ]
            for row in priced
        ]
        below = math.lcm(*{part.denominator for row in table for pair in row for part in pair})
        won, paid = (
            [np.array([int(pair[k] * below) for pair in row], dtype=object) for row in table]
            for k in range(2)
        )
        return won, paid, below

    def _risky(
        self, priced: list[list[Prices]], worths: list[tuple[int, Fraction, Fraction]], rho: float
    ) -> list[float]:
        """Return the utilities of all options."""
        row = [0.0] * len(priced[0])
        for number, share, worth in worths:
            for k, prices in enumerate(priced[number]):
                gain = sum(
                    _utility(float(worth - price), rho) * float(chance) for price, chance in prices
                )
                row[k] += float(share) * gain
        return row

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
            for place, chance in self._rows(number, bidder):
                self.poll()
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
        laws = [
            self._bids_of(number, i).law(bisect_right(self.types[i], value))
            for i in range(len(self.offers))
            if i != bidder
        ]
        reach = reached(laws, bid)
        sold = win_weight(reach)
        if self.auction.price_rank > 2:  # nothing is sold where too few bids are accepted
            sold -= win_weight_with(reach, [law.out for law in laws], self.auction.price_rank - 2)
        return sold / math.prod(law.below for law in laws)


def types_of(auction: SingleItemAuction, bidder: int) -> list[Fraction]:
    """Return all types of a bidder, rising."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    return sorted(
        {point + state.shift for state in auction.values.states() for point in prior.exact_points}
    )


def offers_of(auction: SingleItemAuction, strategy: Strategy) -> Offers:
    """Return what each type bids; bids below the reserve are not accepted.

    Shares sum to 1 but for rounding: what is missing goes to the likeliest bid, so that common
    denominators stay small.
    """
    reserve = exact(auction.reserve)
    found: Offers = []
    for place in range(len(strategy.values)):
        rows = [(bid, exact(share)) for bid, share in strategy.offers(place) if share > 0]
        taken: dict[Fraction | None, Fraction] = {}
        for bid, share in rows:
            own = None if bid is None or exact(bid) < reserve else exact(bid)
            taken[own] = taken.get(own, Fraction(0)) + share
        taken[max(taken, key=taken.__getitem__)] += 1 - sum(taken.values())
        found.append(list(taken.items()))
    return found


def _utility(amount: float, rho: float) -> float:
    """Return ``x ** (1 - rho)`` for gains and x for losses."""
    return amount ** (1 - rho) if amount > 0 else amount


def _money(utility: float, rho: float) -> float:
    """Return the certain amount with a utility."""
    return utility ** (1 / (1 - rho)) if utility > 0 else utility
