"""Branch and bound for the best revenue, on the bound by multipliers.

A node says which pairs may trade, which must, and between what utilities and prices may lie. Its
bound is that of `bound` with splits inside these ranges, lowered from the multipliers of its parent
by some subgradient steps. Then stability and the bound narrow the ranges (`price_ranges`): pairs
and prices that no better set can have are gone before anybody branches on them.

A node is split in one of two ways:

- a candidate pair trades, or it does not: the one whose trades the relaxed optima agree on least;
- a price (or utility) lies up to, or above, its mean over the relaxed optima, where it varies most.

Which of the two is decided by how much of the gap each has closed so far. When no candidate is
undecided, the introductions are known and evaluated. The open node with the greatest bound comes
first, so that the bound falls all the time; now and then a dive fixes the pairs that the relaxed
optima agree on, in search of better sets.

Every relaxed optimum proposes its candidate trades. Splits of prices are exact for whole numbers,
where greatest prices are whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, is_integral
from eqsolve.core.limits import Deadline
from eqsolve.families.trading_network.equilibrium import Clock, View
from eqsolve.families.trading_network.methods.bound import (
    RevenueBound,
    all_ranges,
    blank_optimum,
    introduced_in,
    priced_network,
)

if TYPE_CHECKING:
    from eqsolve.families.trading_network.kernels.truncated_bound import Network, Ranges

__all__ = ["Tree"]

_STEPS = 30
"""Subgradient steps per node."""

_PATIENCE = 4
"""Steps without progress after which they become shorter."""

_DIVE_EVERY = 25
"""Nodes split between two dives."""

_LOOK_EVERY = 12
"""Nodes split between two trials of the way of splitting that has closed less."""

_MEMORY = 10**9
"""Bytes of open nodes from which the search goes depth first."""


class _Pair(NamedTuple):
    """Split: the pair trades, or it does not."""

    buyer: int
    seller: int


class _Price(NamedTuple):
    """Split: the price of an agent (sellers first, then buyers) is <= low, or >= high."""

    agent: int
    low: float
    high: float


@dataclass(slots=True, eq=False)
class _Node:
    """A part of the search space and where its bound was found."""

    bound: float
    ranges: Ranges
    fixed: BoolArray
    multipliers: FloatArray
    prices: FloatArray
    matching: IntArray
    split: _Pair | _Price | None = None

    def copy(self) -> _Node:
        """Return a node whose ranges can be changed."""
        now = self.ranges
        ranges = now._replace(
            allowed=now.allowed.copy(),
            least_u=now.least_u.copy(),
            most_u=now.most_u.copy(),
            least_p=now.least_p.copy(),
            most_p=now.most_p.copy(),
        )
        return _Node(
            self.bound, ranges, self.fixed.copy(), self.multipliers, self.prices, self.matching
        )

    def fix(self, buyer: int, seller: int) -> None:
        """Make a pair trade."""
        self.ranges.allowed[buyer] = False
        self.ranges.allowed[:, seller] = False
        self.ranges.allowed[buyer, seller] = self.fixed[buyer, seller] = True


@dataclass(slots=True, eq=False)
class Tree:
    """The search.

    Parameters
    ----------
    view : dense arrays.
    income : total price that is known to be attainable.
    most : limit on the number of introductions, or None.
    propose : evaluates introductions; returns the total price now known to be attainable.
    deadline : the run's; its flag stops the kernels.
    clock : asked after every node.
    tell : called now and then with the bound that is proved so far.
    """

    view: View
    income: float
    most: int | None
    propose: Callable[[IntArray], float]
    deadline: Deadline
    clock: Clock
    tell: Callable[[float], None] | None = None
    nodes: int = 0
    _network: Network = field(init=False)
    _blank: Any = field(init=False)
    _used: FloatArray = field(init=False)
    _seen: FloatArray = field(init=False)
    _taken: int = 0
    _heap: list[tuple[float, int, _Node]] = field(default_factory=list)
    _stack: list[_Node] = field(default_factory=list)
    _closed: list[float] = field(default_factory=lambda: [0.0, 0.0])
    _grain: float = 0.0
    _scale: float = 0.0
    _step: float = 0.0

    def __post_init__(self) -> None:
        shape = self.view.values.shape
        self._network = priced_network(self.view, self.most)
        self._blank = blank_optimum(self.view)
        self._used, self._seen = np.zeros(shape), np.zeros((2 * _STEPS + 1, sum(shape)))
        self._scale = float(self.view.values.max(initial=0))
        # Floats must tell bounds apart that differ by much less than one unit.
        whole = is_integral(self.view.values) and self._scale * sum(shape) < 2**30
        self._grain = 1.0 if whole else 0.0
        self._step = 1 - 1e-5 if whole else 1e-9 * self._scale
        if is_integral(self.view.values) and not whole:
            self._step = 0.5  # a better set earns a unit more

    @property
    def target(self) -> float:
        """What the bound of a node must reach for the node to be of interest."""
        return self.income + self._step

    def search(self, start: RevenueBound, *, nodes: float = math.inf) -> float:
        """Search until nothing is left or time is over; return the bound that is proved.

        Parameters
        ----------
        start : multipliers and duals to start from.
        nodes : stop when there have been about as many; a further call goes on from there.
        """
        stopped = self.deadline.flag
        if not self.nodes:
            root = self._root(start)
            self._visit(root, 2 * _STEPS)
            if stopped[0]:
                self._keep(root, deep=True)
        size = self._used.size + 8 * len(self._network.worth)
        turn = 0
        while (self._heap or self._stack) and not stopped[0]:
            node = self._stack.pop() if self._stack else heappop(self._heap)[2]
            if node.bound < self.target:
                continue
            if turn % _DIVE_EVERY == 0:
                self._dive(node)
                if self.tell is not None:
                    self.tell(max(node.bound, self._open_bound()))
            turn += 1
            self._split(node, deep=len(self._heap) * size > _MEMORY)
            if stopped[0]:
                self._keep(node, deep=True)  # its parts may not have been looked at
            if stopped[0] or self.nodes >= nodes or self.clock.expired():
                break
        return max(self._open_bound(), self.income)

    def _open_bound(self) -> float:
        """Return the greatest bound of an open node, or the income."""
        bounds = [node.bound for node in self._stack]
        return max([*bounds, -self._heap[0][0] if self._heap else self.income])

    def _root(self, start: RevenueBound) -> _Node:
        network = self._network
        multipliers = np.append(start.multipliers[network.row, network.column], 0.0)
        return _Node(
            float(start.value),
            all_ranges(self.view),
            np.zeros(self.view.values.shape, dtype=bool),
            multipliers,
            start.column_duals.astype(np.float64),
            self._blank.matching,
        )

    def _keep(self, node: _Node, *, deep: bool) -> None:
        """Add an open node."""
        if deep:
            self._stack.append(node)
        else:
            heappush(self._heap, (-node.bound, self.nodes, node))

    def _visit(self, node: _Node, steps: int = _STEPS, *, deep: bool = False) -> float:
        """Bound a node and keep it if it is of interest; return the share of the gap closed."""
        gap = node.bound - self.target
        if not self._bounded(node, steps):
            return 1.0
        node.split = self._choice(node)
        if node.split is None:
            self.income = self.propose(np.argwhere(node.ranges.allowed & self.view.candidate))
            return 1.0
        self._keep(node, deep=deep)
        return 1.0 - (node.bound - self.target) / gap if gap > 0 else 0.0

    def _split(self, node: _Node, *, deep: bool) -> None:
        """Visit both parts of a node."""
        split = node.split
        first, second = node.copy(), node.copy()
        if isinstance(split, _Pair):
            first.fix(*split)
            second.ranges.allowed[split] = False
        elif isinstance(split, _Price):
            m = len(node.prices)
            agent, ranges, rest = split.agent, first.ranges, second.ranges
            if agent < m:
                ranges.most_p[agent], rest.least_p[agent] = split.low, split.high
            else:
                ranges.most_u[agent - m], rest.least_u[agent - m] = split.low, split.high
        closed = sum(self._visit(part, deep=deep) for part in (second, first))
        way = int(isinstance(split, _Price))
        self._closed[way] = 0.9 * self._closed[way] + 0.1 * closed

    def _bounded(self, node: _Node, steps: int) -> bool:
        """Narrow a node and lower its bound; return whether it is of interest."""
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.trading_network.kernels.price_ranges import by_cost, by_stability
        from eqsolve.families.trading_network.kernels.truncated_bound import descend

        self.nodes += 1
        ranges, fixed, network = node.ranges, node.fixed, self._network
        if self.most is not None:
            count = int((fixed & self.view.candidate).sum())
            if count > self.most:
                return False
            if count == self.most:
                ranges.allowed[self.view.candidate & ~fixed] = False
        slack = 1e-9 * self._scale
        work = self.view.values.size * sum(self.view.values.shape)  # of a step of the bound
        stable = fitting(by_stability, work)
        if not stable(network, ranges, fixed, self._grain, slack):
            return False
        node.multipliers = node.multipliers.copy()
        best = self._blank._replace(p=node.prices.copy(), matching=node.matching.copy())
        bound, self._taken = fitting(descend, work * steps)(
            network, ranges, node.multipliers, best, self._used, self._seen,
            self.target, steps, _PATIENCE, self.deadline.flag,
        )  # fmt: skip
        if not self._taken:
            return False  # stopped; the caller keeps the parent
        pairs = introduced_in(best.matching, self.view.candidate)
        self.income = self.propose(pairs)
        node.bound = min(node.bound, bound)
        if node.bound < self.target:
            return False
        node.prices, node.matching = best.p, best.matching
        # The duals belong to `bound`, which may be above that of the parent.
        fitting(by_cost, work)(
            network, ranges, fixed, node.multipliers, best, bound - self.target, self._grain,
            0.5 if self._grain else 1e-3 * self._scale,
        )  # fmt: skip
        inside: bool = stable(network, ranges, fixed, self._grain, slack)
        return inside

    def _choice(self, node: _Node) -> _Pair | _Price | None:
        """Return how to split a node, or None where all candidates are decided."""
        undecided = node.ranges.allowed & self.view.candidate & ~node.fixed
        if not undecided.any():
            return None
        way = int(self._closed[1] > self._closed[0])
        if self.nodes // 2 % _LOOK_EVERY == 0:
            way = 1 - way
        price = self._price_choice(node) if way else None
        return self._pair_choice(undecided) if price is None else price

    def _pair_choice(self, undecided: BoolArray) -> _Pair:
        """Return the undecided candidate whose use varies most, by value; else the most used."""
        share = self._used / self._taken
        doubt = np.where(undecided, np.minimum(share, 1 - share) * self.view.values, -1.0)
        if doubt.max() <= 0:
            doubt = np.where(undecided, share, -1.0)
        buyer, seller = divmod(int(doubt.argmax()), doubt.shape[1])
        return _Pair(buyer, seller)

    def _price_choice(self, node: _Node) -> _Price | None:
        """Return a split at the mean of the price or utility that varies most, if there is one."""
        seen = self._seen[: self._taken]
        mean = seen.mean(axis=0)
        spread = np.abs(seen - mean).mean(axis=0)
        ranges = node.ranges
        least = np.concatenate([ranges.least_p, ranges.least_u])
        most = np.concatenate([ranges.most_p, ranges.most_u])
        low = np.floor(mean) if self._grain else mean
        margin = 0.0 if self._grain else 0.01 * self._scale
        inside = (low >= least + margin) & (low + self._grain <= most - margin)
        spread[~inside] = -1.0
        agent = int(spread.argmax())
        if spread[agent] <= 0:
            return None
        return _Price(agent, float(low[agent]), float(low[agent] + self._grain))

    def _dive(self, node: _Node) -> None:
        """Fix what the relaxed optima agree on, again and again, for the sets they propose."""
        node = node.copy()
        at_once = max(1, len(node.matching) // 8)
        while self._bounded(node, _STEPS // 2) and not self.clock.expired():
            undecided = node.ranges.allowed & self.view.candidate & ~node.fixed
            if not undecided.any():
                self.income = self.propose(np.argwhere(node.ranges.allowed & self.view.candidate))
                return
            touched = np.logical_or.outer(undecided.any(axis=1), undecided.any(axis=0))
            share = np.where(node.ranges.allowed & ~node.fixed & touched, self._used, -1.0)
            share /= self._taken
            order = np.argsort(-share, axis=None, kind="stable")[:at_once]
            for rank, place in enumerate(order.tolist()):
                buyer, seller = divmod(place, share.shape[1])
                if not node.ranges.allowed[buyer, seller]:
                    continue
                if rank and share[buyer, seller] < 0.7:
                    break
                node.fix(buyer, seller)
