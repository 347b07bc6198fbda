"""The best menu for one bidder as a linear program, or mixed-integer without lotteries (MEC-3).

Variables: the share ``x[a] >= 0`` of every atom, and the utility ``u[t] >= 0`` of every type.
Maximize ``sum_t f_t (v_t x_t - u_t)`` so that no type gains by what another is given:
``u[s] + (v_t - v_s) x_s <= u[t]``. Where no atom of s is worth anything to t, all such rows follow
from ``u[s] - v_s x_s <= z <= u[t]`` for one number z, so that programs of bids stay sparse (MEC-4);
the flow through z is shared out afterwards. Equal to the program over all bundles. What the seller
earns later after an atom, less what he does after nothing, may stand in the objective (SEQ-2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.auction_design.methods.columns import Columns
from eqsolve.families.auction_design.methods.flows import balanced
from eqsolve.families.auction_design.solution.mechanism import Menu, State

__all__ = ["Menus", "best_deterministic", "best_lotteries", "menu_of"]

_FEASIBLE = "to sell nothing is a menu"

_WIDE = 8
"""Atoms of a type from which on interior points are quicker than the simplex method."""


@dataclass(frozen=True, slots=True, eq=False)
class Menus:
    """What a program found.

    Parameters
    ----------
    shares : shape (A,), of every atom.
    flows : shape (T, T), that prove the bound; None without.
    bound : no menu of the class earns more, by the solver's word.
    iterations : of the solver.
    limit : what stopped it early.
    """

    shares: FloatArray
    flows: FloatArray | None
    bound: float
    iterations: int = 0
    limit: Limit | None = None


class _Program:
    """Rows and objective for columns, values scaled to at most 1, weights to 1 on average."""

    def __init__(self, columns: Columns, worth: FloatArray | float) -> None:
        from eqsolve.algorithms.programs.rows import Rows

        self.columns = columns
        self.value = float(columns.values.max(initial=0.0)) or 1.0
        self.weight = 1.0 / len(columns.weights)
        count, atoms = columns.values.shape
        values, weights = columns.values / self.value, columns.weights / self.weight
        self.rows = rows = Rows(atoms + count + 1)
        utility, through = atoms + np.arange(count), atoms + count
        own = columns.own / self.value
        if columns.each:
            rows.at_most(np.ones(atoms), (np.arange(atoms), np.arange(atoms), 1.0))
        else:
            rows.at_most(np.ones(count), (columns.owner, np.arange(atoms), 1.0))
        self.before = rows.height
        self.pairs = self._pairs()
        self._incentives(values - own, utility)
        every = np.arange(count)
        rows.at_most(np.zeros(count), (every, through, 1.0), (every, utility, -1.0))
        rows.at_most(
            np.zeros(count),
            (every, utility, 1.0),
            (every, through, -1.0),
            (columns.owner, np.arange(atoms), -own),
        )
        self.objective = np.concatenate(
            [weights[columns.owner] * (own + worth / self.value), -weights, np.zeros(1)]
        )

    def _pairs(self) -> tuple[IntArray, IntArray]:
        """Return the pairs (t, s) where something given to s is worth something to t."""
        count = len(self.columns.weights)
        starts = np.searchsorted(self.columns.owner, np.arange(count))
        some = np.zeros((count, count), dtype=np.bool_)
        full = np.flatnonzero(np.bincount(self.columns.owner, minlength=count))
        if len(full):
            positive = self.columns.values > 0
            some[:, full] = np.logical_or.reduceat(positive, starts[full], axis=1)
        np.fill_diagonal(some, False)
        t, s = np.nonzero(some)
        return t, s

    def _incentives(self, extra: FloatArray, utility: FloatArray) -> None:
        """Add ``u[s] - u[t] + (v_t - v_s) x_s <= 0`` for the pairs."""
        t, s = self.pairs
        owner = self.columns.owner
        ends = np.searchsorted(owner, np.arange(len(self.columns.weights) + 1))
        sizes = np.diff(ends)[s]
        row = np.repeat(np.arange(len(t)), sizes)
        first = np.cumsum(sizes) - sizes
        atom = np.arange(len(row)) - np.repeat(first, sizes) + np.repeat(ends[s], sizes)
        each = np.arange(len(t))
        self.rows.at_most(
            np.zeros(len(t)),
            (row, atom, extra[np.repeat(t, sizes), atom]),
            (each, utility[s], 1.0),
            (each, utility[t], -1.0),
        )

    def flows(self, duals: FloatArray) -> FloatArray:
        """Return the flows that duals of the rows amount to."""
        count = len(self.columns.weights)
        found = np.zeros((count, count))
        t, s = self.pairs
        duals = np.maximum(duals[self.before :], 0.0)
        found[t, s] = duals[: len(t)]
        into, out = duals[len(t) : len(t) + count], duals[len(t) + count :]
        if into.sum() > 0:
            found += np.outer(into, out) / max(float(into.sum()), float(out.sum()))
        return balanced(found * self.weight, self.columns.weights)


def best_lotteries(columns: Columns, deadline: Deadline, worth: FloatArray | float = 0.0) -> Menus:
    """Return the best menu of lotteries, and the flows that prove it.

    Parameters
    ----------
    worth : shape (A,), what the seller earns later after each atom, less what after nothing.
    """
    from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
    from eqsolve.algorithms.programs.linear import maximize_linear

    program = _Program(columns, worth)
    matrix, right = program.rows.matrix(), program.rows.right()
    atoms = len(columns.owner)
    wide = atoms >= _WIDE * len(columns.weights)
    answer = solved_or_stopped(
        maximize_linear(program.objective, matrix, right, deadline, interior=wide), _FEASIBLE
    )
    if isinstance(answer, Stopped):
        return Menus(np.zeros(atoms), None, np.inf, limit=answer.limit)
    scale = program.value * program.weight
    return Menus(
        np.clip(answer.values[:atoms], 0.0, 1.0),
        program.flows(answer.duals),
        answer.objective * scale,
        answer.iterations,
    )


def best_deterministic(
    columns: Columns, deadline: Deadline, worth: FloatArray | float = 0.0
) -> Menus:
    """Return the best menu without lotteries; that it is the best is the solver's word.

    Parameters
    ----------
    worth : shape (A,), what the seller earns later after each atom, less what after nothing.
    """
    from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
    from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

    program = _Program(columns, worth)
    atoms, width = len(columns.owner), program.rows.width
    answer = solved_or_stopped(
        maximize_mixed_integer(
            program.objective,
            program.rows.matrix(),
            program.rows.right(),
            integer=np.arange(width) < atoms,
            upper=np.where(np.arange(width) < atoms, 1.0, np.inf),
            deadline=deadline,
        ),
        _FEASIBLE,
    )
    values = np.zeros(width) if answer.values is None else answer.values
    return Menus(
        np.round(values[:atoms]),
        None,
        answer.bound * program.value * program.weight,
        limit=answer.limit if isinstance(answer, Stopped) else None,
    )


def greatest_prices(gains: FloatArray) -> FloatArray:
    """Return the greatest prices at which no type gains by another's allocation, and none loses.

    Parameters
    ----------
    gains : shape (T, T), value of what s is given to t; for several bidders, on average.

    Notes
    -----
    Shortest paths: ``p_t <= v_t(x_t)`` and ``p_t <= p_s + v_t(x_t) - v_t(x_s)``. The duals of a
    program are exact only to its tolerance; these prices are so to rounding.
    """
    own = np.diag(gains).copy()
    prices = own.copy()
    for _ in range(len(own)):
        better = (prices[None, :] - gains).min(axis=1) + own
        lower = np.minimum(prices, better)
        if (prices - lower <= 1e-15 * np.abs(own)).all():
            break
        prices = lower
    return prices


def lottery_of(
    shares: FloatArray, bundles: BoolArray, *, each: bool
) -> list[tuple[float, BoolArray]]:
    """Return a lottery over bundles with given shares of atoms.

    Parameters
    ----------
    shares, bundles : of the atoms of one type.
    each : atoms are single items, taken independently; one number u between 0 and 1 decides on all:
        those whose share is above it are given, so that at most m + 1 bundles occur.
    """
    if not each:
        used = np.flatnonzero(shares > 0)
        total = max(1.0, float(shares[used].sum()))
        return [(float(shares[a]) / total, bundles[a]) for a in used.tolist()]
    found = []
    above = 0.0
    for level in np.unique(shares[shares > 0]).tolist():
        given = bundles[shares >= level].any(axis=0)
        found.append((level - above, given))
        above = level
    return found


_WHOLE = State()


def menu_of(
    columns: Columns,
    shares: FloatArray,
    strict: float,
    *,
    state: State = _WHOLE,
    worth: FloatArray | None = None,
) -> Menu:
    """Return the menu of what every type is given, at the greatest prices, made strict (MEC-8).

    Parameters
    ----------
    shares : shape (A,), of every atom.
    strict : share of its price and later worth by which the price of an entry is lowered.
    state : when the menu is shown.
    worth : shape (A,), what the seller earns later after each atom, less what after nothing.
    """
    count = len(columns.weights)
    given = np.zeros((len(shares), count))
    given[np.arange(len(shares)), columns.owner] = shares
    prices = greatest_prices(columns.values @ given)
    later = np.zeros(count) if worth is None else worth @ given
    lotteries, kept = [], []
    for t in range(count):
        own = columns.owner == t
        lottery = lottery_of(shares[own], columns.bundles[own], each=columns.each)
        if lottery:
            lotteries.append(lottery)
            kept.append(t)
    m = columns.bundles.shape[1]
    depth = max((len(lottery) for lottery in lotteries), default=0)
    bundles = np.zeros((len(kept), depth, m), dtype=np.bool_)
    weights = np.zeros((len(kept), depth))
    for j, lottery in enumerate(lotteries):
        for d, (chance, bundle) in enumerate(lottery):
            bundles[j, d], weights[j, d] = bundle, chance
    asked, after = prices[kept], later[kept]
    entries = np.concatenate(
        [bundles.reshape(len(kept), depth * m), weights, asked.reshape(len(kept), 1)], axis=1
    )
    first = np.sort(np.unique(entries, axis=0, return_index=True)[1])
    return Menu(
        state,
        bundles[first],
        weights[first],
        (asked - strict * (asked + after))[first],
        None if worth is None else after[first],
    )
