"""Reading a bid or an action out of what a model says: by tag, else by the last number or word.

Digits of all scripts count, numbers in words do not. Of digits with points and commas between them,
``1,000`` is a thousand, ``3,50`` and ``3.50`` are three and a half, and of anything longer, such as
``1.2.3``, the last digits count. What cannot be used is refused with the reason, which the model is
told. O(length).
"""

from __future__ import annotations

import re

from eqsolve.families.auction_experiment.amounts import Amounts
from eqsolve.families.auction_experiment.instance.texts import amount
from eqsolve.families.auction_experiment.solution import Number, plain
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["BadAnswerError", "read_action", "read_bid", "read_maximum"]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_WORDS = {
    "enter": {"stay": True, "in": True, "leave": False, "out": False},
    "stay": {"stay": True, "leave": False},
    "take": {"take": True, "wait": False},
}
_HOLD = ("hold", "pass", "none")


class BadAnswerError(ValueError):
    """An answer that cannot be used; its text is the reason."""


def _tagged(text: str, tag: str) -> str | None:
    """Return what stands in the last tag of a name, None where there is none."""
    tagged = re.compile(f"<{tag}>(.*?)</{tag}>", re.IGNORECASE | re.ASCII | re.DOTALL)
    found = tagged.findall(text)
    return found[-1] if found else None


def _last_number(text: str) -> Number | None:
    """Return the last number of a text, None where there is none.

    Examples
    --------
    >>> _last_number("I bid $1,000 or 12.50"), _last_number("-3"), _last_number("forty")
    (12.5, -3, None)
    >>> _last_number("\u0664\u0662"), _last_number("3,50 or 1,000")
    (42, 1000)
    """
    runs = list(_NUMBER.finditer(text))
    if not runs:
        return None
    run = runs[-1].group()
    before = text[: runs[-1].start()]
    sign = -1 if re.search(r"(?:^|[^\w.,])[-\u2212]\Z", before) else 1
    if _THOUSANDS.fullmatch(run):
        return plain(sign * float(run.replace(",", "")))
    parts = re.split("[.,]", run)
    if len(parts) > 2:
        return plain(float(parts[-1]))
    return plain(sign * float(".".join(parts)))


def _number(text: str) -> Number:
    """Return the number that an answer names.

    Raises
    ------
    BadAnswerError : it names none.
    """
    inside = _tagged(text, "bid")
    number = _last_number(text if inside is None else inside)
    if number is None:
        raise BadAnswerError("it holds no number in digits")
    return number


def _admitted(number: Number, auction: SingleItemAuction, amounts: Amounts) -> Number:
    """Return a number that is a bid.

    Raises
    ------
    BadAnswerError : it is none.
    """
    grid = auction.bids
    if number < 0 or (grid is not None and number < grid.min):
        least = 0 if grid is None else grid.min
        raise BadAnswerError(f"{amount(number)} is below the least bid, {amount(least)}")
    if grid is not None and number > grid.max:
        raise BadAnswerError(f"{amount(number)} is above the greatest bid, {amount(grid.max)}")
    if grid is not None and not amounts.holds(number):
        raise BadAnswerError(f"bids go in steps of {amount(grid.increment)}, not {amount(number)}")
    return number


def read_bid(text: str, auction: SingleItemAuction, amounts: Amounts) -> Number:
    """Return the bid of an answer.

    Raises
    ------
    BadAnswerError : there is none, or it is none that the rules admit; says why.
    """
    return _admitted(_number(text), auction, amounts)


def read_maximum(
    text: str, auction: SingleItemAuction, amounts: Amounts, own: Number
) -> Number | None:
    """Return the new maximum of an answer, None for holding.

    Raises
    ------
    BadAnswerError : there is none, or it is not above the own one; says why.
    """
    inside = _tagged(text, "bid")
    if inside is not None and " ".join(inside.split()).strip(" .").lower() in _HOLD:
        return None
    if inside is None and _last_number(text) is None and re.search(r"\bhold\b", text.lower()):
        return None
    number = _admitted(_number(text), auction, amounts)
    if number == own:
        return None
    if number < own:
        raise BadAnswerError(f"a maximum may only rise, and yours is {amount(own)}")
    return number


def read_action(text: str, question: str) -> bool:
    """Return whether an answer says yes to a question of a clock.

    Raises
    ------
    BadAnswerError : it says neither.

    Examples
    --------
    >>> read_action("I would leave later, but <ACTION>Stay</ACTION>", "stay")
    True
    >>> read_action("wait", "take")
    False
    """
    words = _WORDS[question]
    inside = _tagged(text, "action")
    pattern = rf"\b({'|'.join(words)})\b"
    found = re.findall(pattern, (text if inside is None else inside).lower())
    if not found:
        raise BadAnswerError(f"it says neither {' nor '.join(words)}")
    return words[found[-1]]
