"""Obvious dominance of bidding the value, by looking at all histories of small games (AUC-11).

A strategy is *obviously dominant* if at each information set where a deviation first differs from
it, its worst outcome is at least the best outcome of the deviation (Li 2017). Ticks are the bids of
the grid; a bidder with value v leaves a clock at the first tick p >= v.

``in_turn``
    at each tick the bidders still there are asked one after the other; leaving is final, and who
    is left alone gets the prize at the tick.
``at_once``
    all are asked at the same time; if all leave, those who did draw lots at the tick.

After the last tick those still there draw lots at it. A lot is an outcome: who may win it might.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from eqsolve.core.arguments import require_instance
from eqsolve.core.bid_table import exact
from eqsolve.core.errors import OptionError, nearest_name
from eqsolve.families.single_item_auction.instance import TICKS, SingleItemAuction

__all__ = ["ObviousDominance", "obviously_dominant", "unasked"]

MOST_HISTORIES = 200_000
Range = tuple[Fraction, Fraction]
"""The worst and the best that can happen."""


@dataclass(frozen=True, slots=True)
class ObviousDominance:
    """Whether bidding the value is obviously dominant.

    Parameters
    ----------
    holds : for every seat and value that was looked at.
    tick : the rule of the clock, or None for a sealed auction.
    cases : number of pairs of seat and value looked at.
    kept : how many of them are obviously dominant.
    witness : the first that is not, in words; empty if there is none.
    """

    holds: bool
    tick: str | None
    cases: int
    kept: int
    witness: str


def unasked(auction: SingleItemAuction) -> str | None:
    """Return why the question cannot be asked of an auction, or None."""
    if auction.price_rank != 2:
        return f"it is about second prices and rising clocks, not {auction.format}"
    if auction.values.model == "common":
        return "it is about values that bidders know"
    if auction.bids is None:
        return "it needs a grid of bids: the ticks"
    if len(auction.bids) * 2**auction.n_bidders > MOST_HISTORIES:
        return f"{len(auction.bids)} ticks and {auction.n_bidders} bidders have too many histories"
    return None


def obviously_dominant(auction: SingleItemAuction, tick: str | None = None) -> ObviousDominance:
    """Return whether bidding the value is obviously dominant, looking at every seat and value.

    Parameters
    ----------
    auction : a second price or a rising clock with private or affiliated values and a grid of
        bids. Values are its types, or the bids of the grid where types are continuous.
    tick : ``"in_turn"`` or ``"at_once"`` instead of the auction's own rule; clocks alone.

    Raises
    ------
    InstanceError : no `SingleItemAuction`.
    OptionError : another auction, too many histories, or no such rule.

    Notes
    -----
    O(values * ticks * bidders * 2**bidders). Source: Li (2017), *Obviously strategy-proof
    mechanisms*, American Economic Review 107(11); AUC-11.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"integers": [0, 3]}}
    >>> clock = SingleItemAuction(
    ...     "english", 2, values, bids={"min": 0, "max": 4, "increment": 1}
    ... )
    >>> obviously_dominant(clock).holds, obviously_dominant(clock, tick="at_once").holds
    (True, False)
    """
    require_instance(auction, SingleItemAuction, "auction")
    reason = unasked(auction)
    if reason is not None:
        raise OptionError(f"obvious dominance: {reason}")
    if tick is not None and tick not in TICKS:
        raise OptionError(f"tick = {tick!r}: no such rule; {nearest_name(str(tick), TICKS)}")
    clock = auction.tick is not None
    if tick is not None and not clock:
        raise OptionError(f"tick = {tick!r}: {auction.format} has no ticks")
    rule = (tick or auction.tick) if clock else None
    cases, kept, witness = 0, 0, ""
    seats = range(auction.n_bidders) if rule == "in_turn" else range(1)
    for value in _values(auction):
        for seat in seats:
            words = _sealed(auction, value) if rule is None else _clock(auction, rule, seat, value)
            cases += 1
            kept += not words
            witness = witness or words
    return ObviousDominance(kept == cases, rule, cases, kept, witness)


def _values(auction: SingleItemAuction) -> list[Fraction]:
    """Return the values to look at, rising."""
    from eqsolve.families.single_item_auction.finite_types import all_types

    if auction.values.is_finite:
        return [exact(value) for value in all_types(auction)]
    assert auction.bids is not None
    return auction.bids.exact_bids


def _sealed(auction: SingleItemAuction, value: Fraction) -> str:
    """Return how a deviation of a sealed second price might do better, empty if none may."""
    assert auction.bids is not None
    reserve = exact(auction.reserve)
    taken = [bid for bid in auction.bids.exact_bids if bid >= reserve]
    own = max((bid for bid in taken if bid <= value), default=None)
    # At worst somebody bids more; who is alone pays the reserve.
    worst = value - reserve if own is not None and auction.n_bidders == 1 else Fraction(0)
    for bid in taken:
        best = value - reserve
        if bid != own and best > worst:
            return (
                f"value {float(value):g}: bidding {float(bid):g} may gain {float(best):g} if all "
                f"others stay out, while bidding the value may gain {float(worst):g}"
            )
    return ""


def _clock(auction: SingleItemAuction, rule: str, seat: int, value: Fraction) -> str:
    """Return how a deviation from leaving at the value might do better, empty if none may."""
    grid = auction.bids
    assert grid is not None
    ticks = [bid for bid in grid.exact_bids if bid >= exact(auction.reserve)]
    game = _InTurn(ticks, seat, value) if rule == "in_turn" else _AtOnce(ticks, seat, value)
    shown = auction.format == "english"
    sets: dict[tuple[object, ...], list[tuple[Range, Range]]] = {}
    for place, there in game.asked(auction.n_bidders):
        if place and ticks[place - 1] >= value:
            continue  # one who acts by its value has left before
        own, other = game.after(place, there, ticks[place] < value)
        sets.setdefault((place, there) if shown else (place,), []).append((own, other))
    for key, histories in sorted(sets.items(), key=lambda item: str(item[0])):
        worst = min(own[0] for own, _ in histories)
        best = max(other[1] for _, other in histories)
        if best > worst:
            price = float(ticks[key[0]])  # type: ignore[call-overload]  # a place
            verb = "leaving" if ticks[key[0]] < value else "staying"  # type: ignore[call-overload]
            return (
                f"seat {seat}, value {float(value):g}: {verb} at {price:g} may gain "
                f"{float(best):g}, while going on by the value may gain {float(worst):g}"
            )
    return ""


class _Clock:
    """A rising clock as one bidder meets it; the others may do anything.

    Parameters
    ----------
    ticks : prices, rising.
    seat, value : of the bidder.
    """

    def __init__(self, ticks: list[Fraction], seat: int, value: Fraction) -> None:
        self.ticks, self.seat, self.value = ticks, seat, value
        self.free = lru_cache(maxsize=None)(self._free)
        self.bound = lru_cache(maxsize=None)(self._bound)

    def asked(self, n: int) -> set[tuple[int, frozenset[int]]]:
        """Return where the bidder may be asked: the tick's place, and who is still there."""
        raise NotImplementedError

    def after(self, place: int, there: frozenset[int], stays: bool) -> tuple[Range, Range]:
        """Return what may happen if the bidder acts by its value, and if it does the opposite."""
        raise NotImplementedError

    def _free(self, place: int, there: frozenset[int]) -> Range:
        """Return what may happen from the start of a tick on if the bidder does anything."""
        raise NotImplementedError

    def _bound(self, place: int, there: frozenset[int]) -> Range:
        """Return what may happen from the start of a tick on if it acts by its value."""
        raise NotImplementedError

    def staying(self, place: int, there: frozenset[int], who: Set[int], *, free: bool) -> Range:
        """Return what may happen if the bidder stays and any of some others leave at this tick."""
        found = []
        for group in _some_leave(there, who):
            if len(group) == 1:
                gain = self.value - self.ticks[place]
                found.append((gain, gain))
            elif place + 1 == len(self.ticks):
                found.append(self.end(group))
            else:
                found.append((self.free if free else self.bound)(place + 1, group))
        return _either(found)

    def end(self, there: frozenset[int]) -> Range:
        """Return what may happen after the last tick: lots, which anybody there may win."""
        gain = self.value - self.ticks[-1]
        return (min(gain, Fraction(0)), max(gain, Fraction(0))) if len(there) > 1 else (gain, gain)


def _either(ranges: list[Range]) -> Range:
    """Return what may happen if any of several things may."""
    return min(low for low, _ in ranges), max(high for _, high in ranges)


class _InTurn(_Clock):
    """Bidders are asked one after the other, by seat."""

    def asked(self, n: int) -> set[tuple[int, frozenset[int]]]:
        """Return all ticks with all sets of two and more that hold the bidder."""
        everyone = frozenset(range(n))
        found: set[tuple[int, frozenset[int]]] = set()
        starts = {everyone}
        for place in range(len(self.ticks)):
            for there in starts:
                for group in _some_leave(there, {i for i in there if i < self.seat}):
                    if len(group) > 1:
                        found.add((place, group))
            starts = {
                group
                for there in starts
                for group in _some_leave(there, there - {self.seat})
                if len(group) > 1
            }
        return found

    def after(self, place: int, there: frozenset[int], stays: bool) -> tuple[Range, Range]:
        """Return what may happen; leaving is final and gains nothing."""
        leave: Range = (Fraction(0), Fraction(0))
        own = self._rest(place, there, free=False) if stays else leave
        other = leave if stays else self._rest(place, there, free=True)
        return own, other

    def _rest(self, place: int, there: frozenset[int], *, free: bool) -> Range:
        """Return what may happen once the bidder stays: those behind it answer, the clock rises."""
        return self.staying(place, there, {i for i in there if i > self.seat}, free=free)

    def _start(self, place: int, there: frozenset[int], *, free: bool) -> Range:
        """Return what may happen from the start of a tick: those before the bidder answer."""
        found: list[Range] = []
        for group in _some_leave(there, {i for i in there if i < self.seat}):
            if len(group) == 1:
                gain = self.value - self.ticks[place]
                found.append((gain, gain))
                continue
            if free or self.ticks[place] < self.value:
                found.append(self._rest(place, group, free=free))
            if free or self.ticks[place] >= self.value:
                found.append((Fraction(0), Fraction(0)))
        return _either(found)

    def _free(self, place: int, there: frozenset[int]) -> Range:
        return self._start(place, there, free=True)

    def _bound(self, place: int, there: frozenset[int]) -> Range:
        return self._start(place, there, free=False)


class _AtOnce(_Clock):
    """All are asked at the same time."""

    def asked(self, n: int) -> set[tuple[int, frozenset[int]]]:
        """Return all ticks with all sets of two and more that hold the bidder."""
        groups = {frozenset(range(n))} if n > 1 else set()
        found: set[tuple[int, frozenset[int]]] = set()
        for place in range(len(self.ticks)):
            found |= {(place, group) for group in groups}
            groups = {
                group
                for there in groups
                for group in _some_leave(there, there - {self.seat})
                if len(group) > 1
            }
        return found

    def after(self, place: int, there: frozenset[int], stays: bool) -> tuple[Range, Range]:
        """Return what may happen by the value, and by the opposite."""
        stay = self._stay(place, there, free=not stays)
        return (stay, self._leave(place)) if stays else (self._leave(place), stay)

    def _leave(self, place: int) -> Range:
        """Return what leaving may bring: a lot among leavers if nobody stays, else nothing."""
        gain = self.value - self.ticks[place]
        return min(gain, Fraction(0)), max(gain, Fraction(0))

    def _stay(self, place: int, there: frozenset[int], *, free: bool) -> Range:
        """Return what staying may bring."""
        return self.staying(place, there, there - {self.seat}, free=free)

    def _free(self, place: int, there: frozenset[int]) -> Range:
        return _either([self._leave(place), self._stay(place, there, free=True)])

    def _bound(self, place: int, there: frozenset[int]) -> Range:
        if self.ticks[place] < self.value:
            return self._stay(place, there, free=False)
        return self._leave(place)


def _some_leave(there: frozenset[int], who: Set[int]) -> list[frozenset[int]]:
    """Return all groups that may be left if any of some bidders leave, one by one, down to one."""
    groups = [there]
    for i in sorted(who):
        groups += [group - {i} for group in groups if len(group) > 1]
    return groups
