"""Brute force over sets of bids, in fractions; shares no code with the package.

A problem is a dictionary: ``bids`` (bidder, items, price), ``n``, ``supplies``, ``reserves``,
``language``.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any


def problem(auction: Any) -> dict[str, Any]:
    """Return an auction's numbers, prices as the decimals that were written."""
    rows = auction.bids.to_lists()
    prices = [Fraction(repr(price)) for price in rows["price"].tolist()]
    return {
        "bids": list(zip(rows["bidder"].tolist(), rows["items"], prices, strict=True)),
        "n": auction.n_bidders,
        "supplies": auction.supplies.tolist(),
        "reserves": [Fraction(repr(worth)) for worth in auction.reserves.tolist()],
        "language": auction.language,
    }


def welfare(given: dict[str, Any], chosen: Collection[int]) -> Fraction | None:
    """Return prices and worth of what is left; None where the bids cannot win together."""
    left = list(given["supplies"])
    bidders = [given["bids"][b][0] for b in chosen]
    if given["language"] == "xor" and len(set(bidders)) < len(bidders):
        return None
    for b in chosen:
        for item in given["bids"][b][1]:
            left[item] -= 1
    if any(units < 0 for units in left):
        return None
    worth = sum((u * r for u, r in zip(left, given["reserves"], strict=True)), Fraction(0))
    return worth + sum((given["bids"][b][2] for b in chosen), Fraction(0))


def best(given: dict[str, Any], members: Collection[int] | None = None) -> Fraction:
    """Return the greatest welfare of bids of `members`, by default of everybody."""
    members = range(given["n"]) if members is None else members
    own = [b for b, bid in enumerate(given["bids"]) if bid[0] in members]
    found = []
    for mask in range(2 ** len(own)):
        worth = welfare(given, [b for k, b in enumerate(own) if mask >> k & 1])
        if worth is not None:
            found.append(worth)
    return max(found)


def vcg(given: dict[str, Any], accepted: Collection[int]) -> list[Fraction]:
    """Return payments: accepted prices less what the others lose by the bidder being there."""
    everybody = range(given["n"])
    values = [
        sum((given["bids"][b][2] for b in accepted if given["bids"][b][0] == i), Fraction(0))
        for i in everybody
    ]
    total = best(given)
    return [values[i] - (total - best(given, [k for k in everybody if k != i])) for i in everybody]


def greatest_gain(given: dict[str, Any], utilities: list[Fraction]) -> Fraction:
    """Return the most that a coalition and the seller gain on their own."""
    n = given["n"]
    seller = best(given) - sum(utilities, Fraction(0))
    gains = []
    for mask in range(2**n):
        members = [i for i in range(n) if mask >> i & 1]
        held = sum((utilities[i] for i in members), Fraction(0))
        gains.append(best(given, members) - held - seller)
    return max(gains)
