"""What chat bidders are told, in our own words: texts with ``{{fields}}``.

A template is the text that explains the auction; ours are ``standard`` and ``short``. What is asked
in a round follows in `script`, and is the same for all templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["TEMPLATES", "TEXT_FIELDS", "fields_in", "filled", "told"]

_FIELD = re.compile(r"\{\{\s*(.*?)\s*\}\}")

TEXT_FIELDS: Mapping[str, str] = {
    "rules": "how the auction goes, who wins and who pays what",
    "values": "how values are drawn",
    "bids": "which bids there are",
    "n_bidders": "number of bidders",
    "n_rivals": "number of other bidders",
    "rounds": "number of rounds",
    "currency": "of all amounts",
    "language": "to answer in",
    "num_bidders": "the same as n_rivals, as in the authors' texts",
    "n": "the same as rounds, as in the authors' texts",
    "private": "greatest value, or private part of one, as in the authors' texts",
    "common": "greatest common part or true value, as in the authors' texts",
    "increment": "step between bids",
}
"""Fields that a template may have -> what stands there."""

TEMPLATES: Mapping[str, str] = {
    "standard": (
        "You take part in an experiment with {{n_rivals}} other bidders. There are {{rounds}} "
        "rounds, and in each of them one prize is sold by auction. Amounts are in {{currency}}.\n"
        "{{values}}\n{{rules}}\n{{bids}}\n"
        "Who wins earns what the prize is worth to it, less what it pays; who does not pay and "
        "does not win earns nothing in that round. Your aim is to earn as much as you can over "
        "all rounds. Equally high bids are decided by lot."
    ),
    "short": (
        "{{rounds}} auctions of one prize each, {{n_rivals}} rivals, amounts in {{currency}}. "
        "{{values}} {{rules}} {{bids}} Earn as much as you can."
    ),
}
"""Our own texts by name."""

_RULES: Mapping[str, str] = {
    "first_price": "Everybody hands in one bid in secret. The highest bid wins and is paid.",
    "second_price": (
        "Everybody hands in one bid in secret. The highest bid wins; what is paid for the prize "
        "is the second-highest bid."
    ),
    "kth_price": (
        "Everybody hands in one bid in secret. The highest bid wins; what is paid for the prize "
        "is the bid of rank {k}, counted from the top. With fewer than {k} bids nothing is sold."
    ),
    "all_pay": (
        "Everybody hands in one bid in secret. The highest bid wins, and all bidders pay their "
        "own bids, those who do not win too."
    ),
    "dutch": (
        "A clock starts at a high price and counts down. The first to take the prize wins and "
        "pays the price at which it was taken."
    ),
    "english": (
        "A clock starts at a low price and counts up. At each price you stay or leave, and who "
        "leaves cannot come back. The last one in wins and pays the price at which the clock "
        "stops. You see how many have left."
    ),
    "english_blind": (
        "A clock starts at a low price and counts up. At each price you stay or leave, and who "
        "leaves cannot come back. The last one in wins and pays the price at which the clock "
        "stops. You do not see who has left."
    ),
}

_PROXY = (
    "Bidding goes over several periods. You tell the house a maximum, which it keeps secret and "
    "up to which it bids for you; you may raise it in every period. The highest maximum leads, "
    "at the second-highest maximum plus one increment, but never more than its own. Who leads "
    "when bidding closes wins and pays that price."
)

INTERVENTION_TEXTS: Mapping[str, str] = {
    "none": "",
    "menu": (
        "Another way to see it: what the others do fixes a price for you. If your bid is above "
        "that price you get the prize at that price, and your bid has no part in what it is; if "
        "your bid is below, you get nothing and pay nothing."
    ),
    "clock_description": (
        "Another way to see it: think of a price that starts at the lowest bid and rises step by "
        "step. Your bid is the price at which you would step out. The prize goes to the last one "
        "left, at the price at which the one before stepped out."
    ),
    "nash_deviation": (
        "Whenever you plan or look back, take the bids of the others as they are, go through "
        "higher and lower bids of your own, and see what each of them would have earned you."
    ),
    "dominant_strategy_revealed": (
        "A hint from the organizers: whatever the others do, you cannot do better than to bid "
        "exactly what the prize is worth to you."
    ),
    "wrong_strategy_revealed": (
        "A hint from the organizers: you do best if you bid clearly less than what the prize is "
        "worth to you."
    ),
    "risk_neutrality": (
        "Chance should not worry you: an even chance of winning 2 is worth as much to you as "
        "1 for sure. Only your average earnings count."
    ),
}
"""Intervention -> what is told beside the rules."""


def fields_in(text: str) -> list[str]:
    """Return the names of the fields of a text, in their order.

    Examples
    --------
    >>> fields_in("{{rounds}} rounds in {{ currency }}")
    ['rounds', 'currency']
    """
    return _FIELD.findall(text)


def filled(text: str, fields: Mapping[str, str]) -> str:
    """Return a text with its fields replaced."""
    return _FIELD.sub(lambda match: fields[match.group(1)], text)


def told(
    auction: SingleItemAuction, rounds: int, *, currency: str, language: str, proxy: bool
) -> dict[str, str]:
    """Return what the fields of a template stand for."""
    rules = _PROXY if proxy else _RULES[auction.format].replace("{k}", str(auction.k))
    if auction.reserve:
        rules += f" Nothing is sold below {currency}{amount(auction.reserve)}."
    grid, state = auction.bids, auction.values.state
    if grid is None:
        bids = f"Any bid from {currency}0 on is allowed."
    else:
        ends = f"{currency}{amount(grid.min)} and {currency}{amount(grid.max)}"
        bids = f"Bids lie between {ends} in steps of {currency}{amount(grid.increment)}."
    return {
        "rules": rules,
        "values": _values(auction, currency),
        "bids": bids,
        "n_bidders": str(auction.n_bidders),
        "n_rivals": str(auction.n_bidders - 1),
        "rounds": str(rounds),
        "currency": currency,
        "language": language,
        "num_bidders": str(auction.n_bidders - 1),
        "n": str(rounds),
        "private": amount(auction.values.own(0).support[1]),
        "common": amount(0 if state is None else state.support[1]),
        "increment": "any" if grid is None else amount(grid.increment),
    }


def _values(auction: SingleItemAuction, currency: str) -> str:
    """Return how values are drawn, in words."""
    model = auction.values
    ends = [f"{currency}{amount(end)}" for end in model.own(0).support]
    if model.state is None:
        return (
            f"In each round every bidder learns what the prize is worth to it, a number between "
            f"{ends[0]} and {ends[1]}, drawn anew for each of them."
        )
    low, high = (f"{currency}{amount(end)}" for end in model.state.support)
    if model.model == "affiliated":
        return (
            f"In each round a common number between {low} and {high} is drawn, and for each "
            f"bidder one of its own between {ends[0]} and {ends[1]}. The prize is worth the sum "
            "of both to it, and it learns the sum alone."
        )
    return (
        f"In each round the prize is worth the same to everybody, a number between {low} and "
        f"{high} that nobody is told. Each bidder gets an estimate of its own, which is off by "
        f"up to {ends[1]} in either direction."
    )


def amount(number: float) -> str:
    """Return a number as text, whole ones without a point."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))
