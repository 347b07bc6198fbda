"""Auctions by their rules in words, and bidders by their formulas; shares nothing with the package.

Everything is slow and in fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any


def sealed(
    format: str, bids: Sequence[Any], reserve: Any, k: int | None, draw: float
) -> tuple[int | None, Any, list[Any]]:
    """Return winner, price and payments of sealed bids."""
    counted = {i: b for i, b in enumerate(bids) if b is not None and b >= reserve}
    paid = [bids[i] if format == "all_pay" and i in counted else 0 for i in range(len(bids))]
    if not counted or (format == "kth_price" and len(counted) < (k or 0)):
        return None, None, paid
    ranked = sorted(counted.values())[::-1]
    tops = [i for i in counted if counted[i] == ranked[0]]
    winner = tops[int(draw * len(tops))]
    if format == "second_price":
        price = ranked[1] if len(ranked) > 1 else reserve
    else:
        price = ranked[(k or 1) - 1]
    if format != "all_pay":
        paid[winner] = price
    return winner, price, paid


def utilities(
    format: str,
    values: Sequence[int],
    bids: Sequence[Any],
    table: dict[int, dict[Any, Fraction]],
    n: int,
    k: int | None = None,
    reserve: Any = 0,
) -> dict[int, list[Fraction]]:
    """Return the utility of each bid for each equally likely private value, by all profiles."""
    one: dict[Any, Fraction] = {}
    for value in values:
        left = Fraction(1)
        for bid, chance in table[value].items():
            one[bid] = one.get(bid, Fraction(0)) + Fraction(chance) / len(values)
            left -= Fraction(chance)
        one[None] = one.get(None, Fraction(0)) + left / len(values)
    found = {value: [Fraction(0)] * len(bids) for value in values}
    for rivals in product(one.items(), repeat=n - 1):
        chance = Fraction(1)
        for _, part in rivals:
            chance *= part
        if not chance:
            continue
        for place, bid in enumerate(bids):
            profile = [bid, *(other for other, _ in rivals)]
            ties = max(1, sum(other == bid for other in profile))
            for lot in range(ties):
                winner, _, paid = sealed(format, profile, reserve, k, (lot + 0.5) / ties)
                for value in values:
                    gain = (value if winner == 0 else 0) - Fraction(paid[0])
                    found[value][place] += chance * gain / ties
    return found
