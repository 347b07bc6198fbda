"""What follows a joint action: transitions as the user writes them, read as numbers of lotteries.

A lottery is a distribution over states that many (state, joint action) may share. Number k < S is
the sure state k, S the end; those given by name, or found among the transitions, come after. They
are kept as rows of a sparse matrix: ``indptr``, ``states`` and ``chances``.
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from eqsolve.core.array_likes import kinds_of
from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.core.periods import SUM, chances_at, is_state, no_such_state, normalized

__all__ = ["Reader", "lottery_faults"]


def lottery_faults(
    n_states: int, indptr: IntArray, states: IntArray, chances: FloatArray
) -> list[Fault]:
    """Return what is wrong with lotteries given as arrays, at most one fault."""
    rule = _broken_rule(n_states, indptr, states, chances)
    return [] if rule is None else [Fault("lotteries", rule)]


def _broken_rule(
    n_states: int, indptr: IntArray, states: IntArray, chances: FloatArray
) -> str | None:
    """Return the first rule that lotteries given as arrays break, each looked at once it can be."""
    counts = np.diff(indptr)
    if indptr[0] != 0 or (counts < 0).any() or not indptr[-1] == len(states) == len(chances):
        return "must begin at 0, rise, and end at the number of chances"
    first = np.ones(n_states + 1, dtype=np.int64)
    first[n_states] = 0
    sure = np.array_equal(states[:n_states], np.arange(n_states))
    if not sure or not np.array_equal(counts[: n_states + 1], first):
        return "must begin with the sure states, and the end without any"
    if len(states) and not 0 <= states.min() <= states.max() < n_states:
        return f"must lead to states, 0 to {n_states - 1}"
    totals = np.add.reduceat(chances, indptr[:-1][counts > 0])
    if not (chances > 0).all() or (np.abs(totals - 1) > SUM).any():
        return "must have chances > 0 that sum to 1"
    return None


class Reader:
    """Reads transitions of shape (S, a_1, ..., a_n); collects faults.

    Attributes
    ----------
    moves : int64, flat: the lottery that follows; the end at first.
    """

    def __init__(self, shape: tuple[int, ...], faults: list[Fault]) -> None:
        self.shape, self.faults = shape, faults
        self.n_states = shape[0]
        self.moves = np.full(math.prod(shape), self.n_states, dtype=np.int64)
        self.rows: list[tuple[list[int], list[float]]] = [
            ([k], [1.0]) for k in range(self.n_states)
        ]
        self.rows.append(([], []))
        self.given = 0  # lotteries with numbers of their own
        self._known: dict[tuple[float, ...], int] = {}

    def read(self, transitions: object, lotteries: object) -> None:
        """Read both; None leaves every joint action at the end."""
        if lotteries is not None:
            self._lotteries(lotteries)
        if transitions is not None:
            self._transitions(transitions)

    def arrays(self) -> dict[str, Any]:
        """Return the lotteries as ``indptr``, ``states`` and ``chances``."""
        counts = [len(states) for states, _ in self.rows]
        states = np.array([s for row, _ in self.rows for s in row], dtype=np.int64)
        chances = np.array([p for _, row in self.rows for p in row], dtype=np.float64)
        return {
            "indptr": read_only(np.cumsum([0, *counts])),
            "states": read_only(states),
            "chances": read_only(chances),
        }

    def _lotteries(self, value: object) -> None:
        """Read lists of ``[state, probability]``."""
        if not isinstance(value, list | tuple):
            self.faults.append(Fault("lotteries", "must be a list of lotteries"))
            return
        for k, pairs in enumerate(value):
            self.given += 1
            self.rows.append(self._lottery(pairs, k))

    def _lottery(self, pairs: object, k: int) -> tuple[list[int], list[float]]:
        """Return one lottery, sorted by state; nothing after adding faults."""
        states: list[int] = []
        chances: list[float] = []
        if not isinstance(pairs, list | tuple) or not pairs:
            self.faults.append(Fault("lotteries", "must be a list of [state, probability]", (k,)))
            return states, chances
        for place, pair in enumerate(pairs):
            good = isinstance(pair, list | tuple) and len(pair) == 2
            state, chance = cast("tuple[Any, Any]", pair if good else (None, None))
            if not is_state(state, self.n_states):
                rule = f"must be [state, probability], states 0 to {self.n_states - 1}"
                self.faults.append(Fault("lotteries", rule, (k, place), pair))
            elif not isinstance(chance, int | float) or not 0 < chance <= 1 + SUM:
                self.faults.append(Fault("lotteries", "must be in (0, 1]", (k, place, 1), chance))
            else:
                states.append(int(state))
                chances.append(float(chance))
        if len(states) != len(pairs):
            return [], []
        if len(set(states)) != len(states):
            self.faults.append(Fault("lotteries", "names a state twice", (k,)))
            return [], []
        order = np.argsort(states)
        total = normalized(np.array(chances)[order], "lotteries", (k,), self.faults)
        return [states[i] for i in order], [] if total is None else total.tolist()

    def _transitions(self, value: Any) -> None:
        """Fill `moves`: whole arrays at once, nested lists entry by entry."""
        if isinstance(value, np.ndarray):
            if value.shape == self.shape and value.dtype.kind in "iu":
                self._whole(value, -1)
                return
            value = value.tolist()
        if isinstance(value, list) and kinds_of(value) <= {int}:
            try:
                whole = np.array(value)
            except ValueError:
                whole = np.zeros(0, dtype=np.int64)
            if whole.shape == self.shape and whole.dtype.kind == "i":  # not so beyond 64 bits
                self._whole(whole, 0)
                return
        self._walk(value, (), 0)

    def _whole(self, numbers: IntArray, lowest: int) -> None:
        """Take whole numbers from `lowest` on; -1 is the end."""
        bad = (numbers < lowest) | (numbers >= self.n_states + self.given)
        for place in np.argwhere(bad)[:MAX_FAULTS].tolist():
            self._refuse(tuple(place), numbers[tuple(place)].item())
        moves = np.where(numbers < 0, self.n_states, numbers + (numbers >= self.n_states))
        self.moves[:] = moves.ravel()

    def _refuse(self, place: tuple[int, ...], value: object) -> None:
        """Add the fault of a transition that leads nowhere."""
        if not self.given:
            self.faults.append(no_such_state(place, value, self.n_states))
            return
        rule = (
            f"must be a state, 0 to {self.n_states - 1}, a lottery, {self.n_states} to "
            f"{self.n_states + self.given - 1}, probabilities of all states, or null"
        )
        self.faults.append(Fault("transitions", rule, place, value))

    def _walk(self, part: Any, place: tuple[int, ...], flat: int) -> None:
        """Read nested lists."""
        if len(place) < len(self.shape):
            size = self.shape[len(place)]
            if not isinstance(part, list | tuple | np.ndarray) or len(part) != size:
                rule = f"must be a list of {size} entries"
                self.faults.append(Fault("transitions", rule, place))
                return
            for k in range(size):
                self._walk(part[k], (*place, k), flat * size + k)
        elif isinstance(part, list | tuple | np.ndarray):
            self._distribution(part, place, flat)
        elif part is not None:
            if not is_state(part, self.n_states + self.given):
                self._refuse(place, part)
            else:
                self.moves[flat] = part + (part >= self.n_states)

    def _distribution(self, part: Any, place: tuple[int, ...], flat: int) -> None:
        """Take probabilities of all states; equal ones are one lottery."""
        chances = chances_at(part, "transitions", place, self.n_states, self.faults)
        if chances is None:
            return
        sure = np.flatnonzero(chances)
        key = tuple(chances.tolist())
        if len(sure) == 1:
            self.moves[flat] = sure[0]
        elif key in self._known:
            self.moves[flat] = self._known[key]
        else:
            self.moves[flat] = self._known[key] = len(self.rows)
            self.rows.append((sure.tolist(), chances[sure].tolist()))
