"""Auctions by listing everything: all types, all bids, all lots; slow, obvious, in fractions.

Shares no code with the package: the rules are written down once more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from eqsolve.families.single_item_auction.instance import SingleItemAuction

Bid = Fraction | None
Profile = tuple[tuple[Bid, ...], ...]
"""For each bidder the bid of each of its types."""


def number(value: float) -> Fraction:
    return Fraction(str(value))


def types(auction: SingleItemAuction, bidder: int) -> list[Fraction]:
    """Return all types of a bidder, rising."""
    return sorted({known[bidder] for _, known, _ in worlds(auction)})


def worlds(
    auction: SingleItemAuction,
) -> Iterator[tuple[Fraction, tuple[Fraction, ...], tuple[Fraction, ...]]]:
    """Yield chance, types and worths of all that may be drawn."""
    document: Any = auction.values.to_dict()
    if document["model"] == "common":
        noise = [
            (Fraction(e), Fraction(1)) for e in range(-document["noise"], document["noise"] + 1)
        ]
        states = points(document["value"])
    elif document["model"] == "affiliated":
        noise, states = points(document["private"]), points(document["common"])
    else:
        noise, states = [], [(Fraction(0), Fraction(1))]
    for state, weight in states:
        own = [noise or points(prior(document, i)) for i in range(auction.n_bidders)]
        for draws in itertools.product(*own):
            chance = weight / sum(w for _, w in states)
            for (_, w), law in zip(draws, own, strict=True):
                chance *= w / sum(each for _, each in law)
            known = tuple(state + draw for draw, _ in draws)
            common = document["model"] == "common"
            yield chance, known, (state,) * len(known) if common else known


def prior(document: Any, bidder: int) -> Any:
    return document["prior"] if "prior" in document else document["priors"][bidder]


def points(given: Any) -> list[tuple[Fraction, Fraction]]:
    """Return the points of a finite prior with their weights."""
    if "integers" in given:
        low, high = given["integers"]
        return [(Fraction(k), Fraction(1)) for k in range(low, high + 1)]
    if "sample" in given:
        return [(number(x), Fraction(1)) for x in given["sample"]]
    pairs = zip(given["points"], given["weights"], strict=True)
    return [(number(x), number(w)) for x, w in pairs if w]


def outcome(
    auction: SingleItemAuction, bids: Sequence[Bid]
) -> list[tuple[Fraction, int | None, list[Fraction]]]:
    """Return chance, winner and payments of all lots."""
    reserve, n = number(auction.reserve), len(bids)
    counted = [bid for bid in bids if bid is not None and bid >= reserve]
    paid = [Fraction(0)] * n
    if auction.format == "all_pay":
        paid = [bid if bid is not None and bid >= reserve else Fraction(0) for bid in bids]
    need = auction.k or 1
    if len(counted) < need:
        return [(Fraction(1), None, paid)]
    top = [i for i in range(n) if bids[i] is not None and bids[i] == max(counted)]
    found = []
    for winner in top:
        others = list(paid)
        ranked = sorted(counted, reverse=True)
        if auction.format in ("first_price", "dutch"):
            others[winner] = ranked[0]
        elif auction.format == "kth_price":
            others[winner] = ranked[need - 1]
        elif auction.format != "all_pay":
            others[winner] = ranked[1] if len(ranked) > 1 else reserve
        found.append((Fraction(1, len(top)), winner, others))
    return found


def utility(
    auction: SingleItemAuction, profile: Sequence[dict[Fraction, Bid]], bidder: int
) -> dict[Fraction, Fraction]:
    """Return chance-weighted utility of each type of a bidder; divide by the chance of the type."""
    gains: dict[Fraction, Fraction] = {}
    for chance, known, worth in worlds(auction):
        bids = [strategy[kind] for strategy, kind in zip(profile, known, strict=True)]
        for lot, winner, paid in outcome(auction, bids):
            gain = (worth[bidder] if winner == bidder else Fraction(0)) - paid[bidder]
            gains[known[bidder]] = gains.get(known[bidder], Fraction(0)) + chance * lot * gain
    return gains


def chances(auction: SingleItemAuction, bidder: int) -> dict[Fraction, Fraction]:
    """Return the chance of each type of a bidder."""
    found: dict[Fraction, Fraction] = {}
    for chance, known, _ in worlds(auction):
        found[known[bidder]] = found.get(known[bidder], Fraction(0)) + chance
    return found


def regret(auction: SingleItemAuction, profile: Sequence[dict[Fraction, Bid]]) -> Fraction:
    """Return the greatest gain of any type of any bidder by another bid, or by staying out."""
    assert auction.bids is not None
    worst = Fraction(0)
    for i in range(auction.n_bidders):
        held, mass = utility(auction, profile, i), chances(auction, i)
        for bid in (None, *grid(auction)):
            other = [dict.fromkeys(s, bid) if j == i else s for j, s in enumerate(profile)]
            for kind, gain in utility(auction, other, i).items():
                worst = max(worst, (gain - held[kind]) / mass[kind])
    return worst


def grid(auction: SingleItemAuction) -> list[Fraction]:
    assert auction.bids is not None
    low, high, step = (
        number(x) for x in (auction.bids.min, auction.bids.max, auction.bids.increment)
    )
    return [low + k * step for k in range(int((high - low) / step) + 1)]


def expectations(
    auction: SingleItemAuction, profile: Sequence[dict[Fraction, Bid]]
) -> tuple[Fraction, Fraction, list[Fraction]]:
    """Return revenue, chance that a bidder to whom it is worth most wins, and utilities."""
    revenue, right = Fraction(0), Fraction(0)
    gained = [Fraction(0)] * auction.n_bidders
    for chance, known, worth in worlds(auction):
        bids = [strategy[kind] for strategy, kind in zip(profile, known, strict=True)]
        for lot, winner, paid in outcome(auction, bids):
            mass = chance * lot
            revenue += mass * sum(paid)
            right += mass * (winner is not None and worth[winner] == max(worth))
            for i, amount in enumerate(paid):
                gained[i] += mass * ((worth[i] if winner == i else 0) - amount)
    return revenue, right, gained


def symmetric_equilibria(auction: SingleItemAuction) -> set[tuple[Bid, ...]]:
    """Return all pure equilibria in which all bid alike; bids that do not count are None."""
    reserve = number(auction.reserve)
    counted = [bid for bid in grid(auction) if bid >= reserve]
    options: list[Bid] = [None, *counted]
    if counted and counted[0] == 0:
        options = list(counted)
    kinds = types(auction, 0)
    return {
        row
        for row in itertools.product(options, repeat=len(kinds))
        if regret(auction, [dict(zip(kinds, row, strict=True))] * auction.n_bidders) == 0
    }
