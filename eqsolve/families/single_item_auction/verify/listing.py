"""Whether a list of pure equilibria is all there are: every profile is looked at once more.

Profiles in which the bidders of a class bid alike, on a grid of bids, up to two million. Floats
sort out those where a type gains; what is left is decided in fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.bid_table import exact
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.verify.finite import FiniteAuction, Offers, types_of
from eqsolve.families.single_item_auction.verify.interval import few_above

__all__ = ["MOST_PROFILES", "all_profiles", "choices", "profiles"]

MOST_PROFILES = 2_000_000
_AT_ONCE = 1 << 19
Profile = tuple[tuple[Fraction | None, ...], ...]
"""For each class the bid of each type; None: not accepted."""


def choices(auction: SingleItemAuction) -> list[Fraction | None]:
    """Return what a type may do: not to be accepted (None), where that can matter, or a bid."""
    assert auction.bids is not None
    reserve = exact(auction.reserve)
    taken: list[Fraction | None] = [bid for bid in auction.bids.exact_bids if bid >= reserve]
    refused = exact(auction.bids.min) < reserve
    free = bool(taken) and taken[0] == 0
    return taken if free and not refused else [None, *taken]


def profiles(auction: SingleItemAuction, classes: Sequence[int]) -> float:
    """Return how many profiles there are."""
    options = len(choices(auction))
    sizes = [len(types_of(auction, list(classes).index(c))) for c in sorted(set(classes))]
    return float(options) ** sum(sizes) if sum(sizes) < 200 else np.inf


def all_profiles(
    auction: SingleItemAuction, classes: Sequence[int], poll: Callable[[], None]
) -> set[Profile]:
    """Return all equilibria; `poll` is called between parts and may end the search."""
    options = choices(auction)
    members = [list(classes).index(c) for c in range(max(classes) + 1)]
    sizes = [len(types_of(auction, member)) for member in members]
    ends = np.cumsum([0, *sizes])
    total, length = len(options) ** sum(sizes), sum(sizes)
    chunk = max(1, _AT_ONCE // (length * len(options)))
    found: set[Profile] = set()
    small = 1e-8 * max(1.0, auction.scale)
    for start in range(0, total, chunk):
        poll()
        numbers = np.arange(start, min(start + chunk, total), dtype=np.int64)
        digits = np.empty((len(numbers), length), np.int64)
        rest = numbers.copy()
        for place in range(length - 1, -1, -1):
            rest, digits[:, place] = np.divmod(rest, len(options))
        gains = _gains(auction, classes, members, ends, options, digits)
        for row in np.flatnonzero(gains <= small):
            poll()
            profile = tuple(
                tuple(options[d] for d in digits[row, ends[c] : ends[c + 1]])
                for c in range(len(members))
            )
            if is_equilibrium(auction, classes, profile):
                found.add(profile)
    return found


def is_equilibrium(auction: SingleItemAuction, classes: Sequence[int], profile: Profile) -> bool:
    """Return whether no type of any bidder gains by another bid, decided in fractions."""
    read: list[Offers] = [[[(bid, Fraction(1))] for bid in row] for row in profile]
    game = FiniteAuction(auction, [read[place] for place in classes])
    slack = 1e-9 * max(1.0, auction.scale) if any(auction.risk) else 0
    return all(game.best(list(classes).index(c)).regret <= slack for c in range(max(classes) + 1))


def _gains(
    auction: SingleItemAuction,
    classes: Sequence[int],
    members: Sequence[int],
    ends: IntArray,
    options: list[Fraction | None],
    digits: IntArray,
) -> FloatArray:
    """Return the greatest gain of any type in each profile, in floats."""
    shell = FiniteAuction(auction, [[] for _ in range(auction.n_bidders)])
    bids = np.array([float(bid) for bid in options if bid is not None])
    first = len(options) - len(bids)
    count = len(digits)
    worst = np.zeros(count)
    if not len(bids):
        return worst
    picked = [digits[:, ends[c] : ends[c + 1]] for c in range(len(members))]
    sums = [np.zeros((*part.shape, len(bids))) for part in picked]
    mass = [np.zeros(part.shape[1]) for part in picked]
    for state in auction.values.states():
        masses = []
        for c, member in enumerate(members):
            law = np.zeros((count, len(options)))
            for place, chance in shell.chances(member, state):
                law[np.arange(count), picked[c][:, place]] += float(chance)
            masses.append(law)
        for c, member in enumerate(members):
            rivals = [d for i, d in enumerate(classes) if i != member]
            prices = _prices(auction, [masses[d] for d in rivals], bids, first)
            for place, chance in shell.chances(member, state):
                value = float(shell.types[member][place])
                worth = value if state.worth is None else float(state.worth)
                share = float(state.probability * chance)
                mass[c][place] += share
                for m in range(len(bids)):
                    gain = np.zeros(count)
                    for price, won in prices[m]:
                        gain += won * _utility(worth - price, auction.risk[member])
                    if auction.format == "all_pay":
                        gain -= bids[m]
                    sums[c][:, place, m] += share * gain
    for c in range(len(members)):
        row = sums[c] / mass[c][None, :, None]
        own = np.maximum(picked[c] - first, 0)
        held = np.take_along_axis(row, own[:, :, None], 2)[:, :, 0]
        held = np.where(picked[c] < first, 0.0, held)
        worst = np.maximum(worst, (np.maximum(row.max(axis=2), 0.0) - held).max(axis=1))
    return worst


def _utility(amount: float, rho: float) -> float:
    """Return ``x ** (1 - rho)`` for gains and x for losses."""
    return amount ** (1 - rho) if amount > 0 else amount


def _prices(
    auction: SingleItemAuction, rivals: list[FloatArray], bids: FloatArray, first: int
) -> list[list[tuple[float, FloatArray]]]:
    """Return for each bid the prices with their chances in all profiles."""
    rank = auction.price_rank
    tops = [np.cumsum(law, axis=1) for law in rivals]
    found = []
    for m in range(len(bids)):
        at = first + m
        less = [top[:, at] - law[:, at] for top, law in zip(tops, rivals, strict=True)]
        ties = [law[:, at] for law in rivals]
        everyone = few_above(less, ties, less, len(rivals))
        if rank == 1:
            price = 0.0 if auction.format == "all_pay" else float(bids[m])
            found.append([(price, everyone)])
            continue
        out = [top[:, first - 1] if first else 0.0 * ties[0] for top in tops] if rivals else []
        before = few_above(less, ties, out, rank - 2) if rank > 2 else np.zeros(len(everyone))
        rows = []
        steps = [(float(auction.reserve), out)]
        steps += [(float(bids[j]), [top[:, first + j] for top in tops]) for j in range(m)]
        for price, floor in steps:
            now = few_above(less, ties, floor, rank - 2)
            rows.append((max(price, auction.reserve), now - before))
            before = now
        rows.append((max(float(bids[m]), auction.reserve), everyone - before))
        found.append(rows)
    return found
