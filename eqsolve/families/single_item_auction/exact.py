"""Utilities of finite auctions in fractions (AUC-10), for equilibria that floats cannot tell.

The chance to win is a polynomial in the own lot t (see `interim`), integrated term by term.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from eqsolve.core.bid_table import exact
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["exact_regret"]

_Law = dict[Fraction | None, Fraction]


def exact_regret(
    auction: SingleItemAuction, strategies: Sequence[Strategy], classes: Sequence[int]
) -> Fraction:
    """Return the greatest interim regret of pure or mixed strategies on a grid of bids.

    Risk-neutral bidders. O(states * types * bids * rivals^2) fractions.
    """
    assert auction.bids is not None
    reserve = exact(auction.reserve)
    bids = [bid for bid in auction.bids.exact_bids if bid >= reserve]
    worst = Fraction(0)
    for c in sorted(set(classes)):
        bidder = list(classes).index(c)
        gains: dict[Fraction, dict[Fraction | None, Fraction]] = {}
        for state in auction.values.states():
            rivals = [
                _law(auction, strategies[classes[i]], i, state.shift, reserve)
                for i in range(auction.n_bidders)
                if i != bidder
            ]
            lines = [_line(auction, rivals, bid, reserve) for bid in bids]
            prior = auction.values.own(bidder)
            assert isinstance(prior, FinitePrior)
            for point, chance in zip(prior.exact_points, prior.exact_weights, strict=True):
                value = point + state.shift
                worth = value if state.worth is None else state.worth
                row = gains.setdefault(value, {None: Fraction(0)})
                for bid, (win, pay) in zip(bids, lines, strict=True):
                    gain = state.probability * chance * (worth * win - pay)
                    row[bid] = row.get(bid, Fraction(0)) + gain
        weight = _chances(auction, bidder)
        strategy = strategies[c]
        for place, value in enumerate(sorted(gains)):
            row = gains[value]
            held = sum(
                (share * row[bid] for bid, share in _offers(strategy, place, reserve)),
                Fraction(0),
            )
            worst = max(worst, (max(row.values()) - held) / weight[value])
    return worst


def _chances(auction: SingleItemAuction, bidder: int) -> dict[Fraction, Fraction]:
    """Return the chance of each type."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    found: dict[Fraction, Fraction] = {}
    for state in auction.values.states():
        for point, chance in zip(prior.exact_points, prior.exact_weights, strict=True):
            value = point + state.shift
            found[value] = found.get(value, Fraction(0)) + state.probability * chance
    return found


def _offers(
    strategy: Strategy, place: int, reserve: Fraction
) -> list[tuple[Fraction | None, Fraction]]:
    """Return bids (None where not accepted) and shares of a type, normalized."""
    rows = [(bid, exact(share)) for bid, share in strategy.offers(place)]
    total = sum((share for _, share in rows), Fraction(0))
    return [
        (None if bid is None or exact(bid) < reserve else exact(bid), share / total)
        for bid, share in rows
    ]


def _law(
    auction: SingleItemAuction,
    strategy: Strategy,
    bidder: int,
    shift: Fraction,
    reserve: Fraction,
) -> _Law:
    """Return bid -> chance of a bidder in a state; None: not accepted."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    place_of = {exact(value): k for k, value in enumerate(strategy.values.tolist())}
    law: _Law = {}
    for point, chance in zip(prior.exact_points, prior.exact_weights, strict=True):
        place = place_of[exact(float(point + shift))]
        for bid, share in _offers(strategy, place, reserve):
            law[bid] = law.get(bid, Fraction(0)) + chance * share
    return law


def _below(law: _Law, bid: Fraction, *, equal: bool) -> Fraction:
    """Return the chance of bidding less than (or at most) a bid, staying out included."""
    return sum(
        (chance for b, chance in law.items() if b is None or b < bid or (equal and b == bid)),
        Fraction(0),
    )


def _line(
    auction: SingleItemAuction, rivals: list[_Law], bid: Fraction, reserve: Fraction
) -> tuple[Fraction, Fraction]:
    """Return the chance of getting the prize with a bid, and the expected payment."""
    reach = [(_below(law, bid, equal=False), law.get(bid, Fraction(0))) for law in rivals]
    everyone = _integral([[(low, step)] for low, step in reach], 0)
    rank = auction.price_rank
    if auction.format == "all_pay":
        return everyone, bid
    if rank == 1:
        return everyone, bid * everyone
    prices = sorted(
        {b for law in rivals for b in law if b is not None and b < bid} | {reserve, bid}
    )
    out = [law.get(None, Fraction(0)) for law in rivals]
    unsold = _few(reach, out, rank - 2) if rank > 2 else Fraction(0)
    sale = everyone - unsold
    area = Fraction(0)
    for left, right in pairwise(prices):
        lower = [_below(law, left, equal=True) for law in rivals]
        area += (right - left) * (_few(reach, lower, rank - 2) - unsold)
    return sale, bid * sale - area


def _few(reach: list[tuple[Fraction, Fraction]], lower: list[Fraction], most: int) -> Fraction:
    """Return P(all rivals beaten, at most `most` of them above their `lower`)."""
    factors = []
    for (low, step), floor in zip(reach, lower, strict=True):
        kept = min(floor, low)
        factors.append([(kept, Fraction(0)), (low - kept, step)])
    return _integral(factors, most)


def _integral(factors: list[list[tuple[Fraction, Fraction]]], most: int) -> Fraction:
    """Return the integral over t in [0, 1] of the terms with at most `most` second factors.

    Each factor is ``(a + b t) + z (c + d t)``; powers of z up to `most` are summed up.
    """
    table = [[Fraction(1)]] + [[Fraction(0)] for _ in range(most)]
    for factor in factors:
        for degree in range(most, -1, -1):
            grown = _times(table[degree], factor[0])
            if degree and len(factor) > 1:
                more = _times(table[degree - 1], factor[1])
                grown = [
                    (grown[k] if k < len(grown) else Fraction(0))
                    + (more[k] if k < len(more) else Fraction(0))
                    for k in range(max(len(grown), len(more)))
                ]
            table[degree] = grown
    return sum((c / (k + 1) for polynomial in table for k, c in enumerate(polynomial)), Fraction(0))


def _times(polynomial: list[Fraction], line: tuple[Fraction, Fraction]) -> list[Fraction]:
    """Return a polynomial in t times ``a + b t``."""
    found = [Fraction(0)] * (len(polynomial) + 1)
    for k, c in enumerate(polynomial):
        found[k] += c * line[0]
        found[k + 1] += c * line[1]
    return found if line[1] else found[:-1]
