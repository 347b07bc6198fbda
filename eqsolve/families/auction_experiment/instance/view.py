"""What a bidder may know when it is asked: plain data, from which nothing else can be reached."""

from __future__ import annotations

from dataclasses import dataclass

from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["QUESTIONS", "Past", "View"]

QUESTIONS = ("plan", "bid", "enter", "stay", "take", "move", "reflect")
"""What can be asked; `plan` and `reflect` of chat bidders alone."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier round of the session, as one bidder saw it.

    Parameters
    ----------
    round : from 0.
    value, bid, profit : its own; the bid is None where it stayed out.
    bids : of all bidders, None where they are not shown.
    winner, price, winner_profit : None where nobody won.
    """

    round: int
    value: Number
    bid: Number | None
    profit: Number
    bids: tuple[Number | None, ...] | None
    winner: int | None
    price: Number | None
    winner_profit: Number | None


@dataclass(frozen=True, slots=True)
class View:
    """What a bidder knows when it is asked.

    Parameters
    ----------
    question : ``"bid"`` for a sealed bid; on a clock ``"enter"``, whether to take part at the
        starting price, ``"stay"`` or ``"take"`` at the price; ``"move"`` for a new maximum in proxy
        bidding, None to hold.
    auction : the rules and priors, which everybody knows.
    seat : the bidder's own number, from 0.
    round, rounds : the round, from 0, and how many there are in a session.
    value : its type: value, or signal of a common one; None before it is shown.
    history : earlier rounds of the session; empty where they are not shown.
    uniforms : random numbers of its own, in [0, 1).
    price : where a clock stands, or the price in proxy bidding.
    exits : prices at which others left an open clock so far, in their order.
    maximum : its own in proxy bidding, 0 before its first bid.
    leader : who leads in proxy bidding, None while nobody has bid.
    period, periods : in proxy bidding, from 0.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"integers": [0, 9]}}
    >>> View("bid", SingleItemAuction("first_price", 2, values), 0, 0, 15, 7).value
    7
    """

    question: str
    auction: SingleItemAuction
    seat: int
    round: int
    rounds: int
    value: Number | None
    history: tuple[Past, ...] = ()
    uniforms: tuple[float, ...] = ()
    price: Number | None = None
    exits: tuple[Number, ...] = ()
    maximum: Number = 0
    leader: int | None = None
    period: int | None = None
    periods: int | None = None
