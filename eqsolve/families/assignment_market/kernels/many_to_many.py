"""The transportation program of a market with capacities: its optimum, and what that tells.

Maximize the gains of the pairs that trade, each at most once, within the capacities of both sides
(CAP-1). All in one compiled call, `kernels.optimum`, interpreted where a compiler would take
longer; here money becomes whole numbers, and these money again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.compile import fitting, interpreted, plain as unlocked
from eqsolve.algorithms.matching.integer_grid import put_on_grid
from eqsolve.core.arrays import IntArray, NumberArray, sealed
from eqsolve.core.exactness import in_units
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.kernels.optimum import harms, optimum

__all__ = ["DENSE", "Optimum", "transport"]

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


@dataclass(frozen=True, slots=True)
class Optimum:
    """What a market with capacities amounts to.

    Parameters
    ----------
    pairs : shape (k, 2): who trades with whom, sorted.
    price_min, price_max : shape (m,): both ends of the prices (CAP-2). Those of a seller without
        units have no upper end: the greatest is the one beyond which nobody would take a unit.
    vcg_payments : shape (n,): what buyers owe under the Vickrey-Clarke-Groves rule (CAP-3), or
        None where that was not asked for.
    """

    pairs: IntArray
    price_min: NumberArray
    price_max: NumberArray
    vcg_payments: NumberArray | None


def transport(
    market: AssignmentMarket,
    stop: npt.NDArray[np.uint8],
    *,
    vcg: bool = False,
    plain: bool = False,
    dense: int = DENSE,
) -> Optimum | None:
    """Return the optimum of the program with what it tells, None if it was stopped.

    Parameters
    ----------
    market : n buyers, m sellers.
    stop : uint8, shape (1,): set it to nonzero from another thread to stop the searches.
    vcg : whether payments are asked for.
    plain : compute with Python's integers, of any length, on whole multiples of a power of two.
    dense : share of pairs, as its inverse, from which columns that are few are searched as such.
    """
    places, columns, values = market.values.cells()
    units, floor, reserves, money = _whole_numbers(values, market.reserves, columns, plain=plain)
    cells = places, columns, units, floor, *market.capacities
    endless = 1 << 4000 if plain else _ENDLESS
    flat, u, q, low, high = _run(optimum, plain, cells, dense, endless, stop)
    harm = _run(harms, plain, (*cells, flat, u, q), endless, stop) if vcg else None
    if stop[0]:
        return None
    pairs = sealed(flat.reshape(-1, 2))
    above = 0 if reserves is None else reserves
    least, greatest = (money(margins + above) for margins in (low, high))
    if reserves is None:
        least, greatest = market.reserves + least, market.reserves + greatest
    payments = None if harm is None else _payments(market, pairs, least, money(harm))
    return Optimum(pairs, sealed(least), sealed(greatest), payments)


def _run(kernel: Any, plain: bool, parts: Sequence[npt.NDArray[Any]], *rest: Any) -> Any:
    """Run a kernel on arrays, or its interpreted twin on lists."""
    step = interpreted(kernel) if plain else fitting(kernel, _SEARCHES * len(parts[2]))
    if step is kernel:
        return step(*map(unlocked, parts), *rest)
    found = step(*(part.tolist() for part in parts), *rest)
    kind = object if plain else np.int64
    if isinstance(found, tuple):
        pairs, *amounts = found
        return np.array(pairs, dtype=np.int64), *(np.array(part, dtype=kind) for part in amounts)
    return np.array(found, dtype=kind)


def _payments(
    market: AssignmentMarket, pairs: IntArray, price_min: NumberArray, harm: NumberArray
) -> NumberArray:
    """Return what each buyer owes under the Vickrey-Clarke-Groves rule, shape (n,) (CAP-3).

    That is the reserves of what it holds and what the others lose by it; one who may take a single
    item owes the least price of it.
    """
    buyers, sellers = pairs.T
    a, _ = market.capacities
    several = a > 1
    paid = np.zeros(len(a), dtype=price_min.dtype)
    least = np.zeros(len(a), dtype=market.reserves.dtype)
    np.add.at(paid, buyers, price_min[sellers])
    np.add.at(least, buyers, market.reserves[sellers])
    paid[several] = least[several] + harm[several]
    return sealed(paid)


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
