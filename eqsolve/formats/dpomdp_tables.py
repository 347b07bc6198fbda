"""Tables of ``.dpomdp`` files: lines write into rows, later lines over earlier ones.

Rows are kept as they are written: whole rows as arrays that lines may share, single entries as
dictionaries. So the longest public files, lists of entries, cost one dictionary write for a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS

__all__ = ["MOST", "Entries", "RewardTable", "RowTable"]

MOST = 50_000_000
"""Entries of a table that are read at most."""

Entries = tuple[IntArray, IntArray, FloatArray]
"""Rows, columns and numbers, sorted."""


class RowTable:
    """Probabilities ``[joint action][state]``, each row with the line that wrote to it last.

    Parameters
    ----------
    letter : ``"T"`` or ``"O"``.
    n_states, width : number of states, and of columns.

    Attributes
    ----------
    broken : whether a line of the table was at fault, so that sums say nothing.
    """

    def __init__(self, letter: str, n_states: int, width: int) -> None:
        self.letter, self.n_states, self.width = letter, n_states, width
        self.rows: dict[int, dict[int, float] | FloatArray] = {}
        self.lines: dict[int, int] = {}
        self.broken = False

    def put(
        self,
        actions: Iterable[int],
        states: Sequence[int],
        columns: Sequence[int],
        number: float,
        line: int,
    ) -> None:
        """Write one number into entries."""
        if len(columns) == self.width and self.width > 1:
            self.put_row(actions, states, np.full(self.width, number), line)
            return
        for action in actions:
            first = action * self.n_states
            for state in states:
                row = self._open(first + state)
                self.lines[first + state] = line
                for column in columns:
                    row[column] = number

    def put_row(
        self,
        actions: Iterable[int],
        states: Iterable[int],
        row: dict[int, float] | FloatArray,
        line: int,
    ) -> None:
        """Write one array, which is not changed any more, or copies of some entries into rows."""
        states = list(states)
        for action in actions:
            for state in states:
                own = dict(row) if isinstance(row, dict) else row
                self.rows[action * self.n_states + state] = own
                self.lines[action * self.n_states + state] = line

    def _open(self, number: int) -> dict[int, float]:
        """Return a row as a dictionary to write into."""
        row = self.rows.get(number)
        if not isinstance(row, dict):
            row = {} if row is None else dict(enumerate(row.tolist()))
            self.rows[number] = row
        return row

    def entries(self, n_rows: int, tolerance: float, faults: list[Fault]) -> Entries | None:
        """Return the positive entries of all rows, or None after faults of rows without sum 1."""
        if self.broken:
            return None
        if not self.rows:
            faults.append(Fault(self.letter, "this section is missing"))
            return None
        size = sum(len(row) for row in self.rows.values())
        if size > MOST:
            rule = f"{size} entries: at most {MOST} are read"
            faults.append(Fault(self.letter, rule))
            return None
        numbers = sorted(self.rows)
        rows, columns, chances = [np.zeros(0, int)], [np.zeros(0, int)], [np.zeros(0)]
        for number in numbers:
            row = self.rows[number]
            if isinstance(row, dict):
                places = np.fromiter(row, dtype=np.int64, count=len(row))
                values = np.fromiter(row.values(), dtype=np.float64, count=len(row))
            else:
                places, values = np.flatnonzero(row), row[row != 0]
            columns.append(places)
            chances.append(values)
            rows.append(np.full(len(places), number))
        owner, column, chance = map(np.concatenate, (rows, columns, chances))
        keep = chance != 0
        owner, column, chance = owner[keep], column[keep], chance[keep]
        sums: FloatArray = np.bincount(owner, chance, n_rows).astype(np.float64)
        self._check(sums, tolerance, faults)
        order = np.lexsort((column, owner))
        return owner[order], column[order], chance[order]

    def _check(self, sums: FloatArray, tolerance: float, faults: list[Fault]) -> None:
        """Add a fault for each row whose sum is not 1, with the line that wrote to it last."""
        wrong = np.flatnonzero(~(np.abs(sums - 1) <= tolerance)).tolist()
        for number in wrong[:MAX_FAULTS]:
            action, state = divmod(number, self.n_states)
            line = self.lines.get(number)
            where = f"joint action {action}, state {state}"
            rule = f"{self.letter} of {where} sums to {round(float(sums[number]), 12)!r}, not 1"
            if line is None:
                faults.append(Fault(self.letter, f"nothing is said of {where}: it sums to 0"))
            else:
                faults.append(Fault(f"line {line}", rule))
        if len(wrong) > MAX_FAULTS:
            more = len(wrong) - MAX_FAULTS
            faults.append(Fault(self.letter, f"{more} more rows do not sum to 1"))


class RewardTable:
    """Rewards by joint action, state, next state and observation; what is expected of them.

    Parameters
    ----------
    n_states : number of states.
    """

    def __init__(self, n_states: int) -> None:
        self.n_states = n_states
        self.lines: list[tuple[Any, Any, Any, Any, Any]] = []

    def put(self, actions: Any, states: Any, following: Any, seen: Any, number: Any) -> None:
        """Write a number, or an array over what is left open (None), for later."""
        self.lines.append((actions, states, following, seen, number))

    def expected(self, n_actions: int, moves: Entries, sights: Entries, width: int) -> FloatArray:
        """Return expected rewards, shape (joint actions, states).

        Parameters
        ----------
        moves, sights : entries of both tables, in which a row is ``action * states + state``.
        width : number of joint observations.
        """
        owner, following, chances = moves
        size = self.n_states
        by_seen = any(
            seen is not None or not np.isscalar(number) for *_, seen, number in self.lines
        )
        values = np.zeros((len(owner), width if by_seen else 1))
        first = np.searchsorted(owner, np.arange(n_actions * size + 1))
        order = np.argsort(following, kind="stable")
        starts = np.searchsorted(following[order], np.arange(size + 1))
        for actions, states, after, seen, number in self.lines:
            which = self._entries(actions, states, after, (first, owner, following, order, starts))
            if np.isscalar(number):
                if seen is None:
                    values[which] = number
                else:
                    values[np.ix_(which, np.array(seen))] = number
            else:  # an array over observations, or over next states and observations
                values[which] = number if number.ndim == 1 else number[following[which]]
        if by_seen:
            from scipy.sparse import csr_array

            table = csr_array((sights[2], sights[:2]), shape=(n_actions * size, width))
            places = owner // size * size + following
            mean = np.asarray((table[places] * values).sum(axis=1)).ravel()
        else:
            mean = values[:, 0]
        sums: FloatArray = np.bincount(owner, chances * mean, n_actions * size).astype(np.float64)
        return sums.reshape(n_actions, size)

    def _entries(self, actions: Any, states: Any, after: Any, index: Any) -> IntArray:
        """Return the entries of the transitions that a line speaks of; None speaks of all."""
        first, owner, following, order, starts = index
        if actions is not None and states is not None:
            rows = [a * self.n_states + s for a in actions for s in states]
            found = np.concatenate([np.arange(first[r], first[r + 1]) for r in rows])
            return found if after is None else found[np.isin(following[found], after)]
        if after is None:
            found = np.arange(len(owner))
        else:
            found = np.concatenate([order[starts[t] : starts[t + 1]] for t in after])
        if actions is not None:
            found = found[np.isin(owner[found] // self.n_states, actions)]
        if states is not None:
            found = found[np.isin(owner[found] % self.n_states, states)]
        return np.sort(found)
