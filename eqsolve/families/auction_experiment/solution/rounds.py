"""What happened in a round, move by move, and what went wrong.

Numbers are money, whole ones without a point. Of a round that nobody won, winner and price are
null. Clocks record as `bids` the price at which a bidder left, and for the winner the price at
which the clock stopped; in a Dutch auction nobody but who claims the prize shows a bid. Proxy
auctions record as `bids` the maxima at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eqsolve.core.shown import Shown

__all__ = ["Action", "Failure", "Number", "Round", "plain"]


Number = int | float


@dataclass(frozen=True, slots=True, repr=False)
class Action(Shown):
    """One move in proxy bidding.

    Parameters
    ----------
    period : from 0.
    bidder : who moves.
    bid : the new maximum that was asked for; None: holds.
    price, leader : after it; the leader is None while nobody has bid.
    """

    period: int
    bidder: int
    bid: Number | None
    price: Number
    leader: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {
            "period": self.period,
            "bidder": self.bidder,
            "bid": self.bid,
            "price": self.price,
            "leader": self.leader,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Round(Shown):
    """What happened in one round; tuples by bidder.

    Parameters
    ----------
    session, round : from 0.
    values : types: values, or signals of a common one; None where a converted log has none.
    common : the part of values that all share, the true value where it is common, or None.
    bids : None: stayed out; see the top of the module for clocks and proxy bidding.
    winner, price : None where nobody won.
    payments, profits : of each bidder; a profit is None where the value is not known.
    tie_draw : uniform in [0, 1) that broke a tie among the top bids, or None.
    exits : clocks: the price at which each left, None for who stayed to the end or never came in.
    periods : proxy: all moves.
    notes : per bidder an object with ``plan`` and ``reflection``, or None.
    """

    session: int
    round: int
    values: tuple[Number | None, ...]
    common: Number | None
    bids: tuple[Number | None, ...]
    winner: int | None
    price: Number | None
    payments: tuple[Number, ...]
    profits: tuple[Number | None, ...]
    tie_draw: float | None = None
    exits: tuple[Number | None, ...] | None = None
    periods: tuple[Action, ...] | None = None
    notes: tuple[Mapping[str, str] | None, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files; `exits`, `periods` and `notes` only where there are any."""
        fields: dict[str, Any] = {
            "session": self.session,
            "round": self.round,
            "values": list(self.values),
            "common": self.common,
            "bids": list(self.bids),
            "winner": self.winner,
            "price": self.price,
            "payments": list(self.payments),
            "profits": list(self.profits),
            "tie_draw": self.tie_draw,
        }
        if self.exits is not None:
            fields["exits"] = list(self.exits)
        if self.periods is not None:
            fields["periods"] = [action.to_dict() for action in self.periods]
        if self.notes is not None:
            fields["notes"] = [None if note is None else dict(note) for note in self.notes]
        return fields


@dataclass(frozen=True, slots=True, repr=False)
class Failure(Shown):
    """What went wrong, and what was done about it.

    Parameters
    ----------
    session, round : where.
    bidder : who; None where it was the whole session.
    reason : why, one line.
    done : what was done: ``"stayed out"``, ``"lowest bid"`` or ``"session ended"``.
    """

    session: int
    round: int
    bidder: int | None
    reason: str
    done: str

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {
            "session": self.session,
            "round": self.round,
            "bidder": self.bidder,
            "reason": self.reason,
            "done": self.done,
        }


def plain(number: Number) -> Number:
    """Return a number without a point where it is whole.

    Examples
    --------
    >>> plain(3.0), plain(2.5), plain(7)
    (3, 2.5, 7)
    """
    if isinstance(number, int):
        return number
    whole = number.is_integer() and abs(number) < 2**53
    return int(number) if whole else float(number)
