"""Brute force for assignment markets with at most six agents a side: slow and obvious.

Works on nested lists of Python numbers (None: no edge), so whole numbers stay exact, and shares
nothing with the solvers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Values = Sequence[Sequence[int | float | None]]
Number = int | float


def matchings(values: Values, buyer: int = 0, taken: int = 0) -> Iterator[list[int]]:
    """Yield every matching as seller of each buyer, -1 if unmatched."""
    if buyer == len(values):
        yield []
        return
    for rest in matchings(values, buyer + 1, taken):
        yield [-1, *rest]
    for seller, value in enumerate(values[buyer]):
        if value is not None and not taken >> seller & 1:
            for rest in matchings(values, buyer + 1, taken | 1 << seller):
                yield [seller, *rest]


def gain(values: Values, reserves: Sequence[Number], matching: Sequence[int]) -> Number:
    """Return the sum of value minus reserve over a matching."""
    return sum(
        values[buyer][seller] - reserves[seller]
        for buyer, seller in enumerate(matching)
        if seller >= 0
    )


def welfare(values: Values, reserves: Sequence[Number]) -> Number:
    """Return the greatest gain of any matching."""
    return max(gain(values, reserves, matching) for matching in matchings(values))


def best_matchings(values: Values, reserves: Sequence[Number]) -> list[list[int]]:
    """Return all matchings of greatest gain."""
    best = welfare(values, reserves)
    return [matching for matching in matchings(values) if gain(values, reserves, matching) == best]


def without_buyer(values: Values, buyer: int) -> Values:
    return [row for place, row in enumerate(values) if place != buyer]


def without_seller(values: Values, seller: int) -> Values:
    return [[v for place, v in enumerate(row) if place != seller] for row in values]


def greatest_prices(values: Values, reserves: Sequence[Number]) -> list[Number]:
    """Return reserve plus marginal product of each seller (BIP-3)."""
    total = welfare(values, reserves)
    return [
        reserve
        + total
        - welfare(
            without_seller(values, seller),
            [r for place, r in enumerate(reserves) if place != seller],
        )
        for seller, reserve in enumerate(reserves)
    ]


def least_prices(values: Values, reserves: Sequence[Number]) -> list[Number]:
    """Return value minus marginal product of the buyer served, or the reserve (BIP-4)."""
    total = welfare(values, reserves)
    prices = list(reserves)
    for buyer, seller in enumerate(best_matchings(values, reserves)[0]):
        if seller >= 0:
            utility = total - welfare(without_buyer(values, buyer), reserves)
            prices[seller] = values[buyer][seller] - utility
    return prices


def is_equilibrium(
    values: Values,
    reserves: Sequence[Number],
    matching: Sequence[int],
    prices: Sequence[Number],
) -> bool:
    """Return whether the three conditions of the definition hold, literally."""
    sold = {seller for seller in matching if seller >= 0}
    for seller, (price, reserve) in enumerate(zip(prices, reserves, strict=True)):
        if price < reserve or (seller not in sold and price != reserve):
            return False
    for row, seller in zip(values, matching, strict=True):
        held = 0 if seller < 0 else row[seller] - prices[seller]
        offers = [v - prices[place] for place, v in enumerate(row) if v is not None]
        if held < 0 or any(offer > held for offer in offers):
            return False
    return True


def is_overdemanded(values: Values, prices: Sequence[Number], sellers: set[int]) -> bool:
    """Return whether more buyers want only items of the set (and gain) than it has items."""
    wanting = 0
    for row in values:
        surplus = {place: v - prices[place] for place, v in enumerate(row) if v is not None}
        best = max(surplus.values(), default=0)
        if best > 0 and {place for place, s in surplus.items() if s == best} <= sellers:
            wanting += 1
    return wanting > len(sellers)
