"""The transportation program of a market with capacities: its optimum, and what that tells.

Maximize the gains of the pairs that trade, each at most once, within the capacities of both sides
(CAP-1). Solved from the side that has fewer units in all; its compiled searches are those of
`kernels.transportation` and, where columns are few, `few_columns`, interpreted where a compiler
would take longer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.compile import fitting, interpreted, plain as unlocked
from eqsolve.algorithms.matching.integer_grid import put_on_grid
from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, read_only
from eqsolve.core.exactness import in_units
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.kernels.few_columns import push_between
from eqsolve.families.assignment_market.kernels.transportation import (
    fill_slots,
    gather,
    overfill,
    push_out,
    slides,
)

__all__ = ["Transportation"]

_ENDLESS = 2**62
"""More than any way costs in whole units that fit 64 bits."""

_EXACT = 2.0**53
"""Whole numbers below it are floats."""

_SAMPLE = 50
"""Amounts that are looked at first for decimals."""

DENSE = 4
"""Share of pairs, as its inverse, from which a matrix of all of them is worth its memory."""

_SEARCHES = 20
"""Passes over all pairs that a solve may take, for the choice between compiler and interpreter."""


@dataclass(slots=True)
class _Side:
    """The pairs listed by one side ("rows"), and capacities of that side and of the other.

    All are arrays of our own, of the types that kernels are compiled for. `order` leads to the
    places of the pairs in the list by buyers; `first` where the slots of each column begin.
    """

    starts: Any
    heads: Any
    tails: Any
    worth: Any
    order: IntArray | slice
    a: Any
    b: Any
    first: Any


class Transportation:
    """An optimum of the program, with duals, and the questions that one search each answers.

    Parameters
    ----------
    market : n buyers, m sellers.
    stop : uint8, shape (1,): set it to nonzero from another thread to stop the searches.
    plain : compute with Python's integers, of any length, on whole multiples of a power of two.

    Attributes
    ----------
    buyer, seller, held : the useful pairs, and which of them trade, shapes (E,).
    stopped : whether the search was stopped; then nothing else holds.
    """

    def __init__(
        self, market: AssignmentMarket, stop: npt.NDArray[np.uint8], *, plain: bool = False
    ) -> None:
        self.market, self.stop, self.plain = market, stop, plain
        places, columns, values = market.values.cells()
        self.steps = _SEARCHES * len(values)
        units, self._floor, self._reserves, self._money = _whole_numbers(
            values, market.reserves, columns, plain=plain
        )
        self._cells = unlocked(places), unlocked(columns), units
        a, b = map(unlocked, market.capacities)
        self._by_buyer, self._by_seller, most = self._sides(a, b)
        self.buyer, self.seller = self._by_buyer.tails, self._by_buyer.heads
        n, m, count = len(a), len(b), len(self.buyer)
        self._heap = self._numbers(count + n + m + 1), np.zeros(count + n + m + 1, np.int64)
        # The side with fewer units in all overfills the other least; short rows are cheap to read.
        rows = 0 if (most[0], -n) <= (most[1], -m) else 1
        self._solve((self._by_buyer, self._by_seller)[rows], rows)

    def _sides(self, a: IntArray, b: IntArray) -> tuple[_Side, _Side, list[int]]:
        """Return the useful pairs listed by buyers and by sellers, and the units of both."""
        n, m, most = len(a), len(b), int(np.count_nonzero(self._cells[2] > 0))
        starts, firsts, units = (
            np.zeros(n + 1, np.int64),
            np.zeros(m + 1, np.int64),
            np.zeros(2, np.int64),
        )
        ends = np.empty((4, most), np.int32)
        worth, order = np.empty((2, most), self._cells[2].dtype), np.empty(most, np.int64)
        count = self._run(
            gather, *self._cells, self._floor, a, b, starts, ends[0], ends[1], worth[0],
            firsts, ends[2], ends[3], worth[1], order, units,
        )  # fmt: skip
        heads, tails, rows, owners = ends[:, :count]
        forth = _Side(starts, heads, tails, worth[0, :count], slice(None), a, b, firsts)
        back = _Side(firsts, rows, owners, worth[1, :count], order[:count], b, a, starts)
        return forth, back, units.tolist()

    def _run(self, kernel: Any, *arguments: Any) -> Any:
        """Run a kernel on arrays, or its interpreted twin on lists, which are copied back."""
        step = interpreted(kernel) if self.plain else fitting(kernel, self.steps)
        if step is kernel:
            return step(*arguments)
        lists = [
            part.tolist() if isinstance(part, np.ndarray) and part is not self.stop else part
            for part in arguments
        ]
        result = step(*lists)
        for part, entries in zip(arguments, lists, strict=True):
            if isinstance(entries, list) and part.flags.writeable:
                part[:] = entries
        return result

    def _numbers(self, size: int, fill: int = 0) -> npt.NDArray[Any]:
        """Return amounts, all the same."""
        return np.full(size, fill, dtype=object if self.plain else np.int64)

    def _solve(self, side: _Side, rows: int) -> None:
        """Find an optimum with duals from the side with fewer units."""
        n, m, count = len(side.a), len(side.b), len(side.heads)
        held = np.zeros(count, dtype=np.int8)
        load, slots = np.zeros(m, dtype=np.int64), np.zeros(count, dtype=np.int64)
        row_duals, column_duals = self._numbers(n), self._numbers(m)
        keys, items = self._heap
        surplus = self._run(
            overfill, side.starts, side.heads, side.tails, side.worth, side.a, side.b, held,
            side.first, slots, load, row_duals, column_duals,
            np.zeros(n, np.int64), self._numbers(n), np.zeros(n, np.int64), items, keys, self.stop,
        )  # fmt: skip
        if surplus > 0:
            self._push_out(side, side.b, held, slots, load, row_duals, column_duals)
        self.held: BoolArray = np.zeros(count, dtype=bool)
        self.held[side.order] = held == 1
        duals = (row_duals, column_duals) if rows == 0 else (column_duals, row_duals)
        self.buyer_duals, self.seller_duals = duals
        self.stopped = bool(self.stop[0])

    @property
    def _endless(self) -> int:
        """More than any way costs."""
        return 1 << 4000 if self.plain else _ENDLESS

    def _push_out(
        self,
        side: _Side,
        b: IntArray,
        held: npt.NDArray[np.int8],
        slots: IntArray,
        load: IntArray,
        row_duals: npt.NDArray[Any],
        column_duals: npt.NDArray[Any],
    ) -> Any:
        """Push surplus units out of columns; return what that costs."""
        n, m, count = len(side.a), len(b), len(side.heads)
        state = (
            side.starts, side.heads, side.tails, side.worth, b, held,
            side.first, slots, load, row_duals, column_duals,
        )  # fmt: skip
        if 3 * m * m <= count and n * m <= DENSE * count:
            ways = self._numbers(m * m), *np.zeros((2, m * m), np.int64)
            return self._run(
                push_between, *state, np.full(n * m, -1), *ways, np.zeros(m, np.int64),
                self._numbers(m), *np.zeros((4, m), np.int64), self._endless, self.stop,
            )  # fmt: skip
        nodes = n + m
        return self._run(
            push_out, *state, self._numbers(nodes, self._endless), *np.zeros((2, nodes), np.int64),
            *self._heap, self._endless, self.stop,
        )  # fmt: skip

    def _held_by(self, side: _Side) -> tuple[npt.NDArray[np.int8], IntArray, IntArray]:
        """Return the pairs that trade in the list of a side, by column, and how many each has."""
        held = self.held[side.order].astype(np.int8)
        slots, load = np.zeros(len(side.heads), np.int64), np.zeros(len(side.b), np.int64)
        self._run(fill_slots, side.heads, held, side.first, load, slots)
        return held, slots, load

    def _slides(self, side: _Side, rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> Any:
        """Return how far column duals can fall and row duals rise."""
        n, m, count = len(side.a), len(side.b), len(side.heads)
        held = self.held[side.order].astype(np.int8)
        slots, load, far = np.zeros(count, np.int64), np.zeros(m, np.int64), self._numbers(n + m)
        self._run(
            slides, side.starts, side.heads, side.tails, side.worth, side.a, held,
            side.first, slots, load, rows, columns, far, *self._heap, self._endless,
        )  # fmt: skip
        return far[:m], far[m:]

    def price_ends(self) -> tuple[NumberArray, NumberArray]:
        """Return the least and the greatest equilibrium prices, shape (m,) (CAP-2).

        Of a seller without units prices have no upper end: the greatest is the one beyond which
        nobody would take a unit anyway.
        """
        u, q = self.buyer_duals, self.seller_duals
        fall, _ = self._slides(self._by_buyer, u, q)
        _, rise = self._slides(self._by_seller, q, u)
        low, high = q - fall, q + rise
        a, b = self.market.capacities
        if b.all():
            return self._prices(low), self._prices(high)
        closed = b == 0
        low[closed] = high[closed] = 0
        wanted, _, _ = self._sides(np.ones_like(a), np.ones_like(b))
        buyer, seller, gains = wanted.tails, wanted.heads, wanted.worth
        places = np.flatnonzero(closed[seller])
        content = self._utility_margins(low)
        for place in places[a[buyer[places]] > 0].tolist():
            j = seller[place]
            low[j] = max(low[j], gains[place] - content[buyer[place]])
        np.maximum.at(high, seller[places], gains[places])
        return self._prices(low), self._prices(high)

    def _prices(self, margins: npt.NDArray[Any]) -> NumberArray:
        """Return prices of margins over the reserves."""
        if self._reserves is None:
            above: NumberArray = self.market.reserves + self._money(margins)
            return above
        return self._money(margins + self._reserves)

    def _utility_margins(self, margins: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what the last unit of each full buyer leaves it at these margins, else 0."""
        a, _ = self.market.capacities
        buyers = self.buyer[self.held]
        left = self._numbers(len(a), self._endless)
        gains = self._by_buyer.worth[self.held] - margins[self.seller[self.held]]
        np.minimum.at(left, buyers, gains)
        left[np.bincount(buyers, minlength=len(a)) < a] = 0
        return left

    def vcg_payments(self, price_min: NumberArray) -> NumberArray:
        """Return what each buyer owes under the Vickrey-Clarke-Groves rule, shape (n,) (CAP-3).

        That is the worth of what it holds less the welfare lost without it. The units of a buyer
        who may take several are pushed out of the optimum, one search each; others owe the least
        price of their item.
        """
        side = self._by_seller
        a, _ = self.market.capacities
        buyers, sellers = self.buyer[self.held], self.seller[self.held]
        due, paid = self._numbers(len(a)), np.zeros(len(a), dtype=price_min.dtype)
        np.add.at(due, buyers, self._by_buyer.worth[self.held])
        np.add.at(paid, buyers, price_min[sellers])
        least = np.zeros(len(a), dtype=self.market.reserves.dtype)
        np.add.at(least, buyers, self.market.reserves[sellers])
        held, slots, load = self._held_by(side)
        several = np.flatnonzero((a > 1) & (np.bincount(buyers, minlength=len(a)) > 0))
        for i in several.tolist():
            b = side.b.copy()
            b[i] = 0
            duals = self.seller_duals.copy(), self.buyer_duals.copy()
            found = held.copy(), slots.copy(), load.copy()
            due[i] -= self._push_out(side, b, *found, *duals)
        self.stopped = bool(self.stop[0])
        paid[several] = least[several] + self._money(due[several])
        return read_only(paid)


def _whole_numbers(
    values: NumberArray, reserves: NumberArray, columns: IntArray, *, plain: bool
) -> tuple[
    npt.NDArray[Any],
    npt.NDArray[Any],
    npt.NDArray[Any] | None,
    Callable[[npt.NDArray[Any]], NumberArray],
]:
    """Return values as whole numbers of a unit, and what is taken from those of each seller.

    Then the reserves in this unit, and what makes money of such numbers. Whole numbers stay what
    they are. Decimals of few digits become multiples of a power of ten, exactly; others Python's
    integers (`plain`), exactly, or the nearest numbers of a grid on which the greatest gain has 53
    binary digits: there the reserves, than which gains may be far smaller, are taken off before,
    and are None, as they are where they are 0.
    """
    decimals = np.result_type(values, reserves).kind == "f"
    free = not reserves.any()
    amounts = values if free else np.concatenate([reserves, values])
    back: Callable[[npt.NDArray[Any]], NumberArray]
    if plain:
        (listed,), one = in_units(amounts)
        units = np.array([*listed, None], dtype=object)[:-1]

        def back(found: npt.NDArray[Any]) -> NumberArray:
            return np.array(
                [number / one if decimals else number for number in found.tolist()],
                dtype=np.float64 if decimals else np.int64,
            )

    elif (tens := _decimal_unit(amounts) if decimals else 1) is not None:
        units = np.rint(amounts * tens).astype(np.int64) if decimals else unlocked(amounts)

        def back(found: npt.NDArray[Any]) -> NumberArray:
            return found / tens if decimals else found

    else:
        least = 0 if free else reserves[columns] if len(columns) else _repeated(reserves, values)
        units, grid = put_on_grid(values - least)
        return units, np.zeros(len(reserves), np.int64), None, grid.from_grid
    if free:
        return units, np.zeros(len(reserves), units.dtype), None, back
    floor = units[: len(reserves)]
    return units[len(reserves) :], floor, floor, back


def _repeated(row: NumberArray, cells: NumberArray) -> NumberArray:
    """Return a row again and again, as long as all cells."""
    return np.tile(row, len(cells) // max(1, len(row)))


def _decimal_unit(amounts: NumberArray) -> int | None:
    """Return the power of ten of which all amounts are multiples, as written, or None."""
    top = float(amounts.max(initial=0.0))
    sample = amounts[:: max(1, len(amounts) // _SAMPLE)].tolist()
    tens = 1
    while top * tens < _EXACT and tens <= _EXACT:
        if all(round(part * tens) / tens == part for part in sample) and bool(
            (np.rint(amounts * tens) / tens == amounts).all()
        ):
            return tens
        tens *= 10
    return None
