"""Are claimed prices the ends of the lattice? Searches along ties, breadth first.

A price can fall only together with the prices of all items tied for its buyer, and so on; it is
least when this chain of ties reaches a seller at its reserve or one wanted by an unmatched
buyer. Rising prices follow the ties the other way, down to a buyer with utility 0. O(ties) time,
O(n m) where ties are too many to list. BIP-3, BIP-4.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.verify.scan import Scan

__all__ = ["can_fall", "can_rise", "reach"]

_LEVELS = 50
"""Levels searched by whole arrays; longer chains are followed one by one."""

_FEW = 400
"""Arcs that are followed one by one at once."""

_SHORT = 4000
"""Arcs that are followed one by one where whole arrays no longer get on."""

_CHUNK = 1 << 20
"""Values looked at in one go."""


def can_fall(
    market: AssignmentMarket, matching: IntArray, own: NumberArray, seen: Scan
) -> IntArray:
    """Return the sellers whose prices could all fall together, matched as in `matching`.

    Parameters
    ----------
    market : n buyers, m sellers.
    matching : shape (n,), -1 if unmatched.
    own : shape (n,), value of each buyer for its own item.
    seen : the scan at the prices in question.
    """
    matched = np.flatnonzero(matching >= 0)
    worth = seen.prices.astype(np.result_type(seen.prices, own))
    worth[matching[matched]] = own[matched]  # a price is right up to a share of what it is made of
    held = seen.prices - market.reserves <= seen.slack.at(worth)
    single = np.flatnonzero(matching < 0)
    ties = None if held.all() else seen.ties()
    if ties is None:
        if not held.all():
            for rows in _parts(single, market.n_sellers):
                held |= seen.tied(rows).any(axis=0)
        return np.flatnonzero(~_fall_by_rows(market, matching, seen, held))
    buyers, sellers = ties
    owners = matching[buyers]
    held[sellers[owners < 0]] = True
    inside = (owners >= 0) & (owners != sellers)
    # A seller can fall only if the own items of its other admirers fall as well.
    return np.flatnonzero(~reach(held, owners[inside], sellers[inside]))


def can_rise(
    market: AssignmentMarket, matching: IntArray, own: NumberArray, seen: Scan
) -> IntArray:
    """Return the sellers whose prices could all rise together, matched as in `matching`.

    Parameters
    ----------
    market, matching, own, seen : as for `can_fall`.
    """
    matched = np.flatnonzero(matching >= 0)
    held = np.ones(market.n_sellers, dtype=bool)  # unsold sellers stay at their reserves
    held[matching[matched]] = (seen.best <= seen.slack.at(own))[matched]
    ties = None if held.all() else seen.ties()
    if ties is None:
        return np.flatnonzero(~_rise_by_columns(matching, seen, held))
    buyers, sellers = ties
    owners = matching[buyers]
    inside = (owners >= 0) & (owners != sellers)
    # A buyer's item can rise only if the other items it is tied with rise as well.
    return np.flatnonzero(~reach(held, sellers[inside], owners[inside]))


def reach(starts: BoolArray, tails: IntArray, heads: IntArray) -> BoolArray:
    """Return the nodes reachable from `starts` along arcs tail -> head, O(nodes + arcs)."""
    if len(tails) <= _FEW:
        return _walked(starts, tails, heads)
    reached = starts.copy()
    before = 2 * len(tails)
    while 2 * len(tails) <= before:  # levels by whole arrays, while each leaves half of the arcs
        before = len(tails)
        done = reached[tails]
        if not done.any():
            return reached
        reached[heads[done]] = True
        left = np.flatnonzero(~(done | reached[heads]))
        tails, heads = tails[left], heads[left]
    if len(tails) <= _SHORT:
        return _walked(reached, tails, heads)
    narrow = np.uint16 if len(starts) < 2**16 else np.int64  # short numbers are sorted in one pass
    order = np.argsort(tails.astype(narrow, copy=False), kind="stable")
    arcs = heads[order]
    first = np.zeros(len(starts) + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=len(starts)), out=first[1:])
    front = np.flatnonzero(reached)
    for _ in range(_LEVELS):
        if not len(front):
            return reached
        counts = first[front + 1] - first[front]
        begins = np.repeat(first[front] - (np.cumsum(counts) - counts), counts)
        found = arcs[np.arange(len(begins)) + begins]
        found = found[~reached[found]]
        reached[found] = True
        front = np.unique(found)
    return _walked(reached, np.repeat(np.arange(len(starts)), np.diff(first)), arcs)


def _walked(reached: BoolArray, tails: IntArray, heads: IntArray) -> BoolArray:
    """Return what `reach` does, walking from node to node: for few arcs, and for long chains."""
    after: dict[int, list[int]] = {}
    for tail, head in zip(tails.tolist(), heads.tolist(), strict=True):
        after.setdefault(tail, []).append(head)
    marks = reached.tolist()
    stack = [node for node in after if marks[node]]
    while stack:
        for head in after.get(stack.pop(), ()):
            if not marks[head]:
                marks[head] = True
                stack.append(head)
    return np.array(marks, dtype=bool)


def _parts(places: IntArray, width: int) -> list[IntArray]:
    """Return `places` in parts that take about a chunk of values each."""
    step = max(1, _CHUNK // max(1, width))
    return [places[start : start + step] for start in range(0, len(places), step)]


def _fall_by_rows(
    market: AssignmentMarket, matching: IntArray, seen: Scan, held: BoolArray
) -> BoolArray:
    """Spread `held` from each item to all that tie with it for its buyer; a row is read once."""
    buyer_of = np.full(market.n_sellers, -1, dtype=np.int64)
    matched = np.flatnonzero(matching >= 0)
    buyer_of[matching[matched]] = matched
    front = np.flatnonzero(held)
    while len(front) and not held.all():
        rows = buyer_of[front]
        before = held.copy()
        for part in _parts(rows[rows >= 0], market.n_sellers):
            held |= seen.tied(part).any(axis=0)
        front = np.flatnonzero(held & ~before)
    return held


def _rise_by_columns(matching: IntArray, seen: Scan, held: BoolArray) -> BoolArray:
    """Spread `held` from each item to those of the buyers tied with it; a column is read once."""
    waiting = np.flatnonzero(matching >= 0)
    waiting = waiting[~held[matching[waiting]]]
    front = np.flatnonzero(held)
    while len(front) and len(waiting):
        caught = np.zeros(len(waiting), dtype=bool)
        for part in _parts(front, len(waiting)):
            left = np.flatnonzero(~caught)
            caught[left] = seen.tied(waiting[left], part).any(axis=1)
        front = matching[waiting[caught]]
        held[front] = True
        waiting = waiting[~caught]
    return held
