"""Clocks: a price rises until one bidder is left, or falls until one takes it.

Bidders are asked **in turn**, in the order of their seats, or all **at once**. Who leaves a rising
clock does not come back, and the last one in gets the prize at the price at which the one before
left. At once, all who are in may leave together: the prize goes to one of them by lot, as it does
to one of those who are still in when there is no higher price. Of those who take a falling price at
once one gets it by lot; in turn the first who takes it does. Cost: one question for each bidder and
tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from eqsolve.families.auction_experiment.solution import Number

__all__ = ["FallingClock", "RisingClock"]


class _Clock:
    """What both have in common: prices, whose turn it is, and those among whom the prize is drawn.

    Parameters
    ----------
    prices : in the order in which they come, at least one.
    bidders : who takes part.
    in_turn : whether bidders are asked one after the other.
    """

    def __init__(self, prices: Sequence[Number], bidders: Iterable[int], *, in_turn: bool) -> None:
        self._prices, self._place, self._in_turn = prices, 0, in_turn
        self._active = list(bidders)
        self._queue = list(self._active)
        self.tops: tuple[int, ...] | None = None

    @property
    def price(self) -> Number:
        """The price now."""
        return self._prices[self._place]

    @property
    def is_over(self) -> bool:
        """Whether it is known who may get the prize."""
        return self.tops is not None

    @property
    def asked(self) -> tuple[int, ...]:
        """Who is to be asked now; nobody when it is over."""
        if self.is_over:
            return ()
        return tuple(self._queue[:1] if self._in_turn else self._queue)

    def _next_price(self) -> bool:
        """Move on to the next price; return False where there is none."""
        if self._place + 1 == len(self._prices):
            return False
        self._place += 1
        self._queue = list(self._active)
        return True


class RisingClock(_Clock):
    """An English auction: bidders say at each price whether they stay.

    Attributes
    ----------
    tops : those among whom the prize is drawn; None until it is over; empty if nobody came.
    exits : bidder -> price at which it left.

    Examples
    --------
    >>> clock = RisingClock([0, 1, 2], [0, 1], in_turn=True)
    >>> while not clock.is_over:
    ...     clock.hear({i: clock.price < (2, 1)[i] for i in clock.asked})
    >>> clock.tops, clock.price, clock.exits
    ((0,), 1, {1: 1})
    """

    def __init__(self, prices: Sequence[Number], bidders: Iterable[int], *, in_turn: bool) -> None:
        super().__init__(prices, bidders, in_turn=in_turn)
        self.exits: dict[int, Number] = {}
        if len(self._active) < 2:
            self.tops = tuple(self._active)

    def hear(self, stays: Mapping[int, bool]) -> None:
        """Take the answers of those who were asked: whether each stays at this price."""
        asked = self.asked
        self._queue = self._queue[len(asked) :]
        leaving = [bidder for bidder in asked if not stays[bidder]]
        self.exits |= dict.fromkeys(leaving, self.price)
        staying = [bidder for bidder in self._active if bidder not in leaving]
        if not staying:
            self.tops = tuple(leaving)
            return
        self._active = staying
        if len(staying) == 1 or not (self._queue or self._next_price()):
            self.tops = tuple(staying)


class FallingClock(_Clock):
    """A Dutch auction: bidders say at each price whether they take it.

    Attributes
    ----------
    tops : those among whom the prize is drawn; None until it is over; empty if nobody takes it.

    Examples
    --------
    >>> clock = FallingClock([2, 1, 0], [0, 1], in_turn=False)
    >>> while not clock.is_over:
    ...     clock.hear({i: clock.price <= 1 for i in clock.asked})
    >>> clock.tops, clock.price
    ((0, 1), 1)
    """

    def __init__(self, prices: Sequence[Number], bidders: Iterable[int], *, in_turn: bool) -> None:
        super().__init__(prices, bidders, in_turn=in_turn)
        if not self._active:
            self.tops = ()

    def hear(self, takes: Mapping[int, bool]) -> None:
        """Take the answers of those who were asked: whether each takes the prize at this price."""
        asked = self.asked
        self._queue = self._queue[len(asked) :]
        taking = tuple(bidder for bidder in asked if takes[bidder])
        if taking or not (self._queue or self._next_price()):
            self.tops = taking
