"""Proxy bidding over several periods (AUC-12).

The state is each bidder's **maximum**, up to which the house bids in its place. Once two maxima are
positive the price is ``min(top, second + increment)``, before that the starting price, and never
less than that. Maxima may only rise; the leader is the first bidder, in the order of seats, whose
maximum is the top one. In each period every bidder moves once. A **hard** close ends after the last
period, a **soft** one adds a period whenever a maximum rose in the last, up to a limit. Nothing is
sold below a hidden reserve. Cost: O(n) a move.
"""

from __future__ import annotations

from eqsolve.families.auction_experiment.instance import ProxyRules
from eqsolve.families.auction_experiment.solution import Number

__all__ = ["ProxyBidding"]


class ProxyBidding:
    """A proxy auction.

    Parameters
    ----------
    rules : periods, closing and hidden reserve.
    n_bidders : who all take part.
    increment : of the price.
    start : price before two bidders have bid.

    Attributes
    ----------
    maxima : by bidder; 0 before its first bid.
    period : the one that runs, from 0.

    Examples
    --------
    >>> auction = ProxyBidding(ProxyRules(1), 2, increment=1, start=0)
    >>> auction.move(0, 40), auction.move(1, 30), auction.price, auction.leader
    (True, True, 31, 0)
    >>> auction.end_period(), auction.winner
    (False, 0)
    """

    def __init__(
        self, rules: ProxyRules, n_bidders: int, *, increment: Number, start: Number
    ) -> None:
        self._rules, self._increment, self._start = rules, increment, start
        self.maxima: list[Number] = [0] * n_bidders
        self.period = 0
        self._rose = False

    @property
    def price(self) -> Number:
        """The price now."""
        bids = sorted((bid for bid in self.maxima if bid > 0), reverse=True)
        if len(bids) < 2:
            return self._start
        return max(self._start, min(bids[0], bids[1] + self._increment))

    @property
    def leader(self) -> int | None:
        """Who would get the prize; None while nobody has bid."""
        top = max(self.maxima)
        return self.maxima.index(top) if top > 0 else None

    def admits(self, bidder: int, bid: Number) -> bool:
        """Return whether a bid is a new maximum: above the own one and not below the start."""
        return bid > self.maxima[bidder] and bid >= self._start

    def move(self, bidder: int, bid: Number | None) -> bool:
        """Raise a bidder's maximum; return False where it holds, or the bid is not admitted."""
        if bid is None or not self.admits(bidder, bid):
            return False
        self.maxima[bidder] = bid
        self._rose = True
        return True

    def end_period(self) -> bool:
        """End the period; return whether another one follows."""
        rules, rose = self._rules, self._rose
        last = self.period + 1 >= rules.periods
        extended = self.period + 1 - rules.periods
        allowed = rules.max_extensions is None or extended < rules.max_extensions
        goes_on = not last or (rules.closing == "soft" and rose and allowed)
        if goes_on:
            self.period += 1
            self._rose = False
        return goes_on

    @property
    def winner(self) -> int | None:
        """Who gets the prize if it ends now; None below the hidden reserve."""
        return None if self.price < self._rules.hidden_reserve else self.leader
