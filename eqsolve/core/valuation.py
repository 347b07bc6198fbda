"""What bundles are worth to a bidder who bid on some: XOR and OR, in exact numbers.

Shared by every kind whose valuations are bids on bundles. Under XOR the value of a bundle is the
best bid inside it; under OR the best packing of bids inside it, each bid used once.

Cost: XOR O(bids); OR by branch and bound over the bids inside the bundle, exponential at worst.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

__all__ = ["BundleBid", "best_bundle", "bundle_value"]

_ZERO = Fraction(0)


class BundleBid(NamedTuple):
    """A bid of one bidder: `items` with repetitions for units, `price` exact, `place` for ties."""

    items: tuple[int, ...]
    price: Fraction
    place: int = 0


def bundle_value(bids: Sequence[BundleBid], language: str, bundle: Sequence[int]) -> Fraction:
    """Return the value of a bundle.

    Parameters
    ----------
    bids : of one bidder.
    language : ``"xor"`` or ``"or"``.
    bundle : items, repeated for more units.

    Examples
    --------
    >>> bids = [BundleBid((0,), Fraction(3)), BundleBid((1,), Fraction(2))]
    >>> int(bundle_value(bids, "xor", [0, 1])), int(bundle_value(bids, "or", [0, 1]))
    (3, 5)
    """
    units = Counter(bundle)
    inside = [bid for bid in bids if _fits(Counter(bid.items), units)]
    if language == "xor":
        return max((bid.price for bid in inside), default=_ZERO)
    return sum((bid.price for bid in _packed(inside, units)), _ZERO)


def best_bundle(
    bids: Sequence[BundleBid],
    language: str,
    prices: Mapping[int, Fraction] | Sequence[Fraction],
    supplies: Sequence[int],
) -> tuple[tuple[BundleBid, ...], Fraction]:
    """Return the bids that a bidder takes at item prices, and its gain.

    Parameters
    ----------
    prices : by item.
    supplies : units there are of each item; a bid that needs more cannot be taken.

    Notes
    -----
    Of equally good choices the bid that comes first is taken, and nothing rather than a gain of 0.
    """
    units = Counter(dict(enumerate(supplies)))
    gains = [
        BundleBid(bid.items, bid.price - sum((prices[item] for item in bid.items), _ZERO), k)
        for k, bid in enumerate(bids)
        if _fits(Counter(bid.items), units)
    ]
    useful = [bid for bid in gains if bid.price > 0]
    if language == "xor":
        chosen = [max(useful, key=lambda bid: bid.price)] if useful else []
    else:
        chosen = _packed(useful, units)
    picked = tuple(bids[bid.place] for bid in sorted(chosen, key=lambda bid: bid.place))
    return picked, sum((bid.price for bid in chosen), _ZERO)


def _fits(asked: Counter[int], units: Counter[int]) -> bool:
    """Return whether there are enough units."""
    return all(units[item] >= count for item, count in asked.items())


def _packed(bids: Sequence[BundleBid], units: Counter[int]) -> list[BundleBid]:
    """Return bids of greatest total price that can be taken together."""
    order = sorted(bids, key=lambda bid: (-bid.price, bid.place))
    rest = [_ZERO] * (len(order) + 1)
    for place in reversed(range(len(order))):
        rest[place] = rest[place + 1] + order[place].price
    best: tuple[Fraction, list[BundleBid]] = (_ZERO, [])

    def visit(place: int, left: Counter[int], worth: Fraction, held: list[BundleBid]) -> None:
        nonlocal best
        if worth > best[0]:
            best = worth, held
        if place == len(order) or worth + rest[place] <= best[0]:
            return
        bid = order[place]
        asked = Counter(bid.items)
        if _fits(asked, left):
            visit(place + 1, left - asked, worth + bid.price, [*held, bid])
        visit(place + 1, left, worth, held)

    visit(0, units, _ZERO, [])
    return best[1]
