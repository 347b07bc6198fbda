"""Bounds on sequences of menus, recomputed from flows of every state alone (SEQ-3, MEC-5).

Backwards over the bidders: with S left, no menus earn more from bidder i and those after him than
``sum_t max_b [v_t(b) (f_t + inflow) - sum_s flows[s, t] v_s(b) + f_t U(S minus b)]``, U bounding
what the next bidder and those after him pay. Where no flows are told they are 0, which is welfare.
A bidder who bids is best given a bid or nothing: the rest is worth no less to those after.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.bundles import all_bundles, numbers_of
from eqsolve.families.auction_design.instance.valuations import BidValuations
from eqsolve.families.auction_design.verify.search import best_deterministic

__all__ = ["best_deterministic_sequence", "sequence_bound", "state_flow_problem", "state_flows"]

_MOST_ITEMS = 12
_MOST_BIDDERS = 7
_MOST_SEARCHED = 3

Key = tuple[tuple[int, ...], tuple[int, ...]]
"""Groups of a bidder and those after him, items left."""


def state_flow_problem(given: object, design: AuctionDesign) -> str | None:
    """Return why flows of states are not of the form that proves something, or None."""
    if not isinstance(given, list | tuple):
        return "state_flows must be a list"
    seen = set()
    for place, entry in enumerate(given):
        if not isinstance(entry, dict) or set(entry) != {"groups", "remaining", "flows"}:
            return f"state_flows[{place}] must hold groups, remaining and flows"
        key = tuple(entry["groups"]), tuple(entry["remaining"])
        if key in seen:
            return f"state_flows[{place}]: told twice"
        seen.add(key)
        groups, left = key
        if not groups or not set(groups) <= set(range(len(design.groups))):
            return f"state_flows[{place}]: no such groups"
        if not set(left) <= set(range(design.n_items)) or list(left) != sorted(set(left)):
            return f"state_flows[{place}]: remaining must list items, rising"
        law = design.groups[groups[0]][0]
        assert isinstance(law, FiniteLaw)
        try:
            flows = np.asarray(entry["flows"], dtype=np.float64)
        except (TypeError, ValueError):
            return f"state_flows[{place}]: no array of numbers"
        if flows.shape != (law.n_types, law.n_types):
            return f"state_flows[{place}]: must be {law.n_types} x {law.n_types} numbers"
        if not np.isfinite(flows).all() or (flows < 0).any():
            return f"state_flows[{place}]: a flow is negative or no number"
        has = law.probabilities + flows.sum(axis=0)
        dead = law.probabilities == 0
        if flows[dead].any() or flows[:, dead].any():
            return f"state_flows[{place}]: a type of probability 0 has flows"
        if (flows.sum(axis=1) - has > 1e-12 * has).any():
            return f"state_flows[{place}]: a type gives more than it has"
    return None


def state_flows(given: list[dict[str, object]]) -> dict[Key, FloatArray]:
    """Return the flows of states of a form that `state_flow_problem` accepts."""
    return {
        (tuple(entry["groups"]), tuple(entry["remaining"])): np.asarray(entry["flows"], np.float64)  # type: ignore[arg-type]
        for entry in given
    }


def sequence_bound(
    flows: dict[Key, FloatArray],
    design: AuctionDesign,
    any_order: bool,
    poll: Callable[[], None],
) -> float | None:
    """Return the bound that flows prove for the instance's order, or for all orders.

    None where it is too much to compute.
    """
    if design.n_items > _MOST_ITEMS:
        return None
    orders = _orders(design, any_order)
    if orders is None:
        return None
    states = _States(flows, design, poll)
    whole = (1 << design.n_items) - 1
    return max(states.bound(groups, whole) for groups in orders)


def _orders(design: AuctionDesign, any_order: bool) -> list[tuple[int, ...]] | None:
    """Return the sequences of groups that are spoken of; None where they are too many."""
    of_bidder = [g for g, (_, count) in enumerate(design.groups) for _ in range(count)]
    if not any_order:
        return [tuple(of_bidder[i] for i in design.order)]
    if design.n_bidders > _MOST_BIDDERS:
        return None
    every = permutations(range(design.n_bidders))
    return sorted({tuple(of_bidder[i] for i in order) for order in every})


def best_deterministic_sequence(
    design: AuctionDesign, any_order: bool, poll: Callable[[], None]
) -> float | None:
    """Return what the best menus of bundles earn, by a search in every state; None: too many."""
    orders = _orders(design, any_order)
    if orders is None or design.n_items > _MOST_SEARCHED:
        return None
    known: dict[tuple[int, ...], FloatArray] = {(): np.zeros(1 << design.n_items)}
    for groups in orders:
        for k in range(len(groups) - 1, -1, -1):
            if groups[k:] in known:
                continue
            law = design.groups[groups[k]][0]
            assert isinstance(law, FiniteLaw)
            found = [
                best_deterministic(law, poll, left, known[groups[k + 1 :]])
                for left in range(1 << design.n_items)
            ]
            values = [value for value in found if value is not None]
            if len(values) < len(found):
                return None
            known[groups[k:]] = np.array(values)
    return max(float(known[groups][-1]) for groups in orders)


class _States:
    """Bounds of states, each computed once."""

    def __init__(
        self, flows: dict[Key, FloatArray], design: AuctionDesign, poll: Callable[[], None]
    ) -> None:
        self.flows, self.design, self.poll = flows, design, poll
        self.known: dict[tuple[tuple[int, ...], int], float] = {}
        every = all_bundles(design.n_items)
        self.bundles: list[IntArray] = []
        self.values: list[FloatArray] = []
        self.own: list[FloatArray | None] = []
        for law, _ in design.groups:
            assert isinstance(law, FiniteLaw)
            types = law.valuations
            if isinstance(types, BidValuations):
                self.bundles.append(numbers_of(types.bundles))
                self.values.append(types.of(types.bundles))
                mine = types.owner[None, :] == np.arange(law.n_types)[:, None]
                self.own.append(mine)
            else:
                self.bundles.append(np.arange(1, len(every)))
                self.values.append(types.of(every[1:]))
                self.own.append(None)

    def bound(self, groups: tuple[int, ...], left: int) -> float:
        """Return what the bidders of these groups pay at most, with these items left."""
        if not groups or not left:
            return 0.0
        key = groups, left
        if key not in self.known:
            self.known[key] = self._bound(groups, left)
        return self.known[key]

    def _bound(self, groups: tuple[int, ...], left: int) -> float:
        """Return the bound of a state from those after it."""
        self.poll()
        group = groups[0]
        law = self.design.groups[group][0]
        assert isinstance(law, FiniteLaw)
        shares = law.probabilities
        inside = np.flatnonzero(self.bundles[group] & ~left == 0)
        numbers, values = self.bundles[group][inside], self.values[group][:, inside]
        nothing = self.bound(groups[1:], left)
        later = np.array([self.bound(groups[1:], left & ~b) for b in numbers.tolist()])
        later = np.minimum(later, nothing)  # fewer items are worth no more
        items = tuple(j for j in range(self.design.n_items) if left >> j & 1)
        flows = self.flows.get((groups, items), np.zeros((law.n_types, law.n_types)))
        virtual = values * (shares + flows.sum(axis=0))[:, None] - flows.T @ values
        virtual = virtual + shares[:, None] * later
        own = self.own[group]
        if own is not None:
            virtual = np.where(own[:, inside], virtual, -np.inf)
        best = np.maximum(virtual.max(axis=1, initial=-np.inf), shares * nothing)
        return float(best[shares > 0].sum())
