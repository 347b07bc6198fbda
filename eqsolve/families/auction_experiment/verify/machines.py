"""Clocks and proxy bidding from their rules: a second way to who gets the prize at which price.

Bidders answer through functions, so that a record, a rule or a conversation can stand behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = ["Ended", "falling", "proxy_price", "rising"]


class Ended(NamedTuple):
    """How a clock ended.

    Parameters
    ----------
    tops : those among whom the prize is drawn.
    price : at which it stopped.
    exits : bidder -> price at which it left.
    """

    tops: list[int]
    price: float
    exits: dict[int, float]


def rising(
    prices: Sequence[float],
    coming: Sequence[int],
    stays: Callable[[int, float, list[float]], bool],
    *,
    in_turn: bool,
    shows_exits: bool,
) -> Ended:
    """Return how a clock that counts up ends.

    Parameters
    ----------
    prices : from the starting one on.
    coming : who takes part, in the order of seats.
    stays : bidder, price and the exits that it sees -> whether it stays.
    in_turn : whether bidders are asked one after the other.
    shows_exits : whether they see who left before.
    """
    inside, exits = list(coming), dict[int, float]()
    if len(inside) < 2:
        return Ended(inside, prices[0] if prices else 0, exits)
    for price in prices:
        gone = []
        seen = list(exits.values()) if shows_exits else []
        for bidder in list(inside):
            if in_turn:
                if len(inside) == 1:
                    break
                seen = list(exits.values()) if shows_exits else []
            if not stays(bidder, price, seen):
                gone.append(bidder)
                if in_turn:
                    inside.remove(bidder)
                    exits[bidder] = price
        if not in_turn:
            exits.update((bidder, price) for bidder in gone)
            if len(gone) == len(inside):
                return Ended(gone, price, exits)
            inside = [bidder for bidder in inside if bidder not in gone]
        if len(inside) == 1:
            return Ended(inside, price, exits)
    return Ended(inside, prices[-1], exits)


def falling(
    prices: Sequence[float],
    bidders: Sequence[int],
    takes: Callable[[int, float], bool],
    *,
    in_turn: bool,
) -> Ended:
    """Return how a clock that counts down ends.

    Parameters
    ----------
    prices : from the highest one on.
    bidders : all, in the order of seats.
    takes : bidder and price -> whether it takes the prize.
    in_turn : whether bidders are asked one after the other.
    """
    for price in prices:
        if in_turn:
            first = next((bidder for bidder in bidders if takes(bidder, price)), None)
            if first is not None:
                return Ended([first], price, {})
        else:
            taking = [bidder for bidder in bidders if takes(bidder, price)]
            if taking:
                return Ended(taking, price, {})
    return Ended([], prices[-1] if prices else 0, {})


def proxy_price(
    maxima: Sequence[float], increment: float, start: float
) -> tuple[float, int | None]:
    """Return price and leader by the maxima (AUC-12).

    Examples
    --------
    >>> proxy_price([40, 43, 0], 1, 0), proxy_price([40, 40, 0], 1, 0), proxy_price([0, 7, 0], 1, 2)
    ((41, 1), (40, 0), (2, 1))
    """
    leader, second = None, 0.0
    for bidder, maximum in enumerate(maxima):
        if maximum <= 0:
            continue
        if leader is None or maximum > maxima[leader]:
            second = 0.0 if leader is None else max(second, maxima[leader])
            leader = bidder
        else:
            second = max(second, maximum)
    if leader is None or second <= 0:
        return start, leader
    return max(start, min(maxima[leader], second + increment)), leader
