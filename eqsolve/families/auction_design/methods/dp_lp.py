"""Sequences of menus for finite types, exactly: a program for each bidder and set of items left.

Backwards over the bidders: what bidder i is shown when S is left is the best menu for one bidder
whose bundle b also costs the seller what the others would pay more with it (SEQ-2, SEQ-3). The
flows of each program bound what the state is worth; as a larger continuation can only raise the
value, bounds computed backwards hold for the whole sequence. Best orders are found by going through
all of them (SEQ-5).

Cost: n 2**m linear programs (those of states that can be), or mixed-integer ones without lotteries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.bundles import numbers_of
from eqsolve.families.auction_design.methods.base import (
    Designed,
    SequenceMethod,
    StrictMethod,
    answered,
)
from eqsolve.families.auction_design.methods.columns import (
    MOST_NUMBERS,
    Columns,
    columns_of,
    language_of,
    n_atoms,
)
from eqsolve.families.auction_design.methods.fitting import fit_types
from eqsolve.families.auction_design.methods.flows import flow_bound, spread_over
from eqsolve.families.auction_design.methods.menu_program import (
    best_deterministic,
    best_lotteries,
    menu_of,
)
from eqsolve.families.auction_design.methods.simple import item_prices
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import Menu, SequentialMechanism, State

__all__ = ["MOST_ORDERED", "DpLp"]

MOST_ITEMS = 12
"""Items up to which every set of items left is looked at."""

MOST_ORDERED = 7
"""Bidders up to which all orders are gone through."""

_ARGUMENT = "flows of each state bound its value, backwards over the bidders (SEQ-3, MEC-5)"

Groups = tuple[int, ...]
"""Groups of identical bidders, of a bidder and of those after him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DpLp(SequenceMethod, StrictMethod):
    """Backward induction with a program in every state."""

    name: ClassVar[str] = "dp_lp"
    summary: ClassVar[str] = "the best sequence of menus for finite types, with flows as the proof"
    theorem: ClassVar[str] = "SEQ-2, SEQ-3, SEQ-5"
    cost: ClassVar[str] = "a linear program for each bidder and set of items left"
    finds_orders: ClassVar[bool] = True

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the programs do not fit the instance, or None."""
        reason = SequenceMethod.supports(self, instance)
        if reason is not None:
            return reason
        if not instance.is_finite:
            return "some bidder has infinitely many types: dp_symmetric, dp or tariff instead"
        if instance.n_items > MOST_ITEMS:
            return (
                f"there are 2^{instance.n_items} sets of items left; with more than {MOST_ITEMS} "
                "items: tariff"
            )
        for place, (law, _) in enumerate(instance.groups):
            assert isinstance(law, FiniteLaw)
            numbers = law.n_types * n_atoms(law, _language(law))
            if numbers > MOST_NUMBERS:
                return (
                    f"bidders[{place}]: {law.n_types} types and their bundles make {numbers} "
                    f"numbers, more than {MOST_NUMBERS}: tariff"
                )
        return None

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Go backwards over the bidders; where a limit comes first, price items one by one."""
        seed = self.seed_of(rng)
        sequences = _Sequences(instance, self.lotteries, deadline)
        order, bound, proved = self._best_order(instance, sequences)
        if sequences.limit is not None:
            fits = fit_types(instance, self.draws, seed)
            designed = Designed(
                mechanism=item_prices(instance, fits, deadline), seed=seed, limit=sequences.limit
            )
            return answered(self, instance, designed, deadline)
        menus = sequences.menus(order, self.strict)
        value = sequences.value(_groups(instance, order))
        designed = Designed(
            mechanism=SequentialMechanism(instance.n_items, order, menus),
            seed=seed,
            bound=bound if proved else None,
            said=None if self.lotteries else min(value, bound),
            bound_source="flows" if proved else None,
            argument=_ARGUMENT,
            data={"state_flows": sequences.flows()},
            proved=proved,
            counts={"programs": sequences.programs, "orders": sequences.orders},
        )
        return answered(self, instance, designed, deadline)

    def _best_order(
        self, instance: AuctionDesign, sequences: _Sequences
    ) -> tuple[tuple[int, ...], float, bool]:
        """Return the order, a bound for all orders looked at, and whether these are all."""
        if self.order == "given":
            sequences.look_at(_groups(instance, instance.order))
            return instance.order, sequences.bound(_groups(instance, instance.order)), True
        every = instance.n_bidders <= MOST_ORDERED
        best, bound = instance.order, -np.inf
        for order in _orders(instance) if every else _exchanged(instance, sequences):
            groups = _groups(instance, order)
            sequences.look_at(groups)
            if sequences.limit is not None:
                break
            if bound == -np.inf or sequences.value(groups) > sequences.value(
                _groups(instance, best)
            ):
                best = order
            bound = max(bound, sequences.bound(groups))
        return best, bound, every


def _language(law: FiniteLaw) -> str:
    """Return the language of a state's program: values with what comes later never add up."""
    language = language_of((law,))
    return "any" if language == "additive" else language


def _groups(instance: AuctionDesign, order: tuple[int, ...]) -> Groups:
    """Return the group of each bidder in an order."""
    of_bidder = [place for place, (_, count) in enumerate(instance.groups) for _ in range(count)]
    return tuple(of_bidder[i] for i in order)


def _orders(instance: AuctionDesign) -> Iterator[tuple[int, ...]]:
    """Yield one order for each sequence of groups."""
    seen = set()
    for order in permutations(range(instance.n_bidders)):
        groups = _groups(instance, order)
        if groups not in seen:
            seen.add(groups)
            yield order


def _exchanged(instance: AuctionDesign, sequences: _Sequences) -> Iterator[tuple[int, ...]]:
    """Yield orders, each the best one so far with two neighbours exchanged."""
    best = instance.order
    yield best
    better = True
    while better:
        better = False
        for k in range(len(best) - 1):
            order = (*best[:k], best[k + 1], best[k], *best[k + 2 :])
            yield order
            if sequences.value(_groups(instance, order)) > sequences.value(_groups(instance, best)):
                best, better = order, True


@dataclass(slots=True)
class _Solved:
    """A state, solved.

    Parameters
    ----------
    value, bound : what the state is worth, and at most.
    columns, shares, worth : of its program.
    flows : between the types of the law.
    """

    value: float
    bound: float
    columns: Columns
    shares: FloatArray
    worth: FloatArray
    flows: FloatArray


@dataclass(slots=True)
class _Sequences:
    """States solved so far, by the groups of the bidder and those after him, and items left."""

    instance: AuctionDesign
    lotteries: bool
    deadline: Deadline
    limit: Limit | None = None
    programs: int = 0
    orders: int = 0
    solved: dict[Groups, dict[int, _Solved]] = field(default_factory=dict)
    _columns: dict[int, Columns] = field(default_factory=dict)

    def columns(self, group: int) -> Columns:
        """Return the columns of a group's law."""
        if group not in self._columns:
            law = self.law(group)
            self._columns[group] = columns_of(law, _language(law))
        return self._columns[group]

    def law(self, group: int) -> FiniteLaw:
        """Return the law of a group."""
        law = self.instance.groups[group][0]
        assert isinstance(law, FiniteLaw)
        return law

    @property
    def whole(self) -> int:
        """All items, as a number."""
        return (1 << self.instance.n_items) - 1

    def value(self, groups: Groups) -> float:
        """Return what a sequence of bidders is worth with all items."""
        return self.solved[groups][self.whole].value

    def bound(self, groups: Groups) -> float:
        """Return what a sequence of bidders is worth at most."""
        return self.solved[groups][self.whole].bound if self.limit is None else np.inf

    def look_at(self, groups: Groups) -> None:
        """Solve every state that can be in a sequence of groups."""
        self.orders += 1
        states = [{self.whole}]
        for group in groups[:-1]:
            atoms = np.unique(numbers_of(self.columns(group).bundles)).tolist()
            following = set(states[-1])
            for left in states[-1]:
                following |= {left & ~atom for atom in atoms if not atom & ~left}
            states.append(following)
        for k in range(len(groups) - 1, -1, -1):
            rows = self.solved.setdefault(groups[k:], {})
            later = self.solved[groups[k + 1 :]] if k + 1 < len(groups) else None
            for left in sorted(states[k] - rows.keys()):
                found = self._solve(groups[k], left, later)
                if found is None:
                    return
                rows[left] = found

    def _solve(self, group: int, left: int, later: dict[int, _Solved] | None) -> _Solved | None:
        """Solve the program of one state; None where a limit comes first."""
        columns = self.columns(group).within(_available(left, self.instance.n_items))
        after = (left & ~numbers_of(columns.bundles)).tolist()
        value, bound = 0.0, 0.0
        worth, at_most = np.zeros((2, len(after)))
        if later is not None:
            value, bound = later[left].value, later[left].bound
            worth = np.array([later[rest].value for rest in after]) - value
            at_most = np.array([later[rest].bound for rest in after]) - bound
            at_most = np.minimum(at_most, 0.0)  # fewer items left are worth no more
        self.programs += 1
        found = best = best_lotteries(columns, self.deadline, at_most)
        if found.flows is None:
            self.limit = found.limit
            return None
        if not self.lotteries:
            self.programs += 1
            best = best_deterministic(columns, self.deadline, worth)
            if best.limit is not None:
                self.limit = best.limit
                return None
        top = bound + flow_bound(columns, found.flows, at_most)
        flows = spread_over(found.flows, self.law(group).probabilities, columns.of_type)
        return _Solved(value + best.bound, top, columns, best.shares, worth, flows)

    def menus(self, order: tuple[int, ...], strict: float) -> tuple[Menu, ...]:
        """Return the menus of every state of an order in which something is sold."""
        groups = _groups(self.instance, order)
        found = []
        for k, bidder in enumerate(order):
            for left, state in sorted(self.solved[groups[k:]].items(), reverse=True):
                items = np.flatnonzero(_available(left, self.instance.n_items)).tolist()
                menu = menu_of(
                    state.columns, state.shares, strict,
                    state=State(bidder, tuple(items)), worth=state.worth,
                )  # fmt: skip
                if menu.n_entries:
                    found.append(menu)
        return tuple(found)

    def flows(self) -> list[dict[str, Any]]:
        """Return the flows of all states, as the certificate tells them."""
        return [
            {
                "groups": list(groups),
                "remaining": np.flatnonzero(_available(left, self.instance.n_items)).tolist(),
                "flows": state.flows.tolist(),
            }
            for groups, rows in self.solved.items()
            for left, state in sorted(rows.items())
        ]


def _available(left: int, m: int) -> BoolArray:
    """Return a set of items as booleans."""
    found: BoolArray = (left >> np.arange(m)) & 1 == 1
    return found
