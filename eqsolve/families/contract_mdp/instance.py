"""Contracts in a Markov decision process: an agent acts unseen, a principal pays for outcomes.

In state s the agent has actions; action a pleases (or, below 0, costs) him ``agent_rewards[s, a]``
and draws outcome o with probability ``outcome_probs[s, a, o]``. The principal sees s and o, never
a; she earns ``principal_rewards[s, o]``, and the outcome decides about the next state. In every
period she offers a **contract**, a payment >= 0 for each outcome; the agent sees it and acts. She
does not commit beyond the period, and he may not walk away (an outside option is one more action).

There are `horizon` periods, or no end and a discount below 1. One period and one state is the
classical one-shot contract. A state without actions is **terminal**, its value is 0.

The word **truncated value** is used for what an action is worth to the agent without the payment of
today: ``q[s, a] = agent_rewards[s, a] + discount * E[his value of the next state]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.array_likes import kinds_of, plain_numbers
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS, report_entries
from eqsolve.core.instance import Instance
from eqsolve.core.labeled import levels_of
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.periods import (
    DEFAULT,
    ROUNDING,
    SUM,
    chances_at,
    chances_of_start,
    checked_time,
    depth_of,
    is_state,
    no_such_state,
    numbers_at,
)
from eqsolve.core.text import counted

if TYPE_CHECKING:
    from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["DEFAULT", "ContractMDP"]


_PER_STATE = ("outcome_probs", "agent_rewards", "costs", "principal_rewards", "transitions")


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class ContractMDP(Instance["ContractSolution"]):
    """A principal, an agent with hidden actions, and a Markov decision process.

    Parameters
    ----------
    outcome_probs : ``[state][action][outcome]``, each row >= 0 with sum 1 (within 1e-9); None for
        an action that does not exist. Outcomes are local to a state, their number may differ.
        ``[action][outcome]`` is short for one state; then all other arrays lack the first axis too.
    principal_rewards : ``[state][outcome]``, any sign.
    agent_rewards : ``[state][action]``, any sign; None where the action does not exist.
    costs : the negative of `agent_rewards`, to be given instead of it.
    transitions : ``[state][outcome]``: the next state, probabilities of all states, or None where
        the game ends (-1 in arrays). By default every outcome ends the game.
    horizon : number of periods, or None for no end; 1 by default where there are no transitions.
    discount : in (0, 1], for both; below 1 without a horizon.
    initial : a state, or a probability for each.
    name, labels, metadata : see `Instance`; the sides are ``"states"``, ``"actions"`` and
        ``"outcomes"``.

    Attributes
    ----------
    probabilities : shape (S, A, O), rows of absent actions and outcomes 0.
    exists : bool, shape (S, A).
    n_outcomes_of : shape (S,), number of outcomes; 0 in terminal states.
    agent_rewards, principal_rewards : shapes (S, A) and (S, O), 0 where there is nothing.
    successors, successor_probs : shape (S, O, K): next states (-1: the end) and probabilities.
    start : shape (S,), probabilities of the first state.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(S A O). Source: Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024), CON-5; one
    period: Grossman and Hart (1983), CON-1.

    Examples
    --------
    >>> ContractMDP([[0.5, 0.5], [0.1, 0.9]], [0, 10], costs=[0, 2])
    <ContractMDP: 1 state, 2 actions, 2 outcomes, 1 period>
    """

    kind: ClassVar[str] = "contract_mdp"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "outcome_probs": ("actions", "outcomes"),
        "principal_rewards": ("outcomes",),
        "costs": ("actions",),
        "agent_rewards": ("actions",),
    }

    probabilities: FloatArray
    exists: BoolArray
    n_outcomes_of: IntArray
    agent_rewards: FloatArray
    principal_rewards: FloatArray
    successors: IntArray
    successor_probs: FloatArray
    horizon: int | None
    discount: float
    start: FloatArray

    def __init__(
        self,
        outcome_probs: object,
        principal_rewards: object,
        *,
        agent_rewards: object = None,
        costs: object = None,
        transitions: object = None,
        horizon: object = DEFAULT,
        discount: object = 1.0,
        initial: object = 0,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        found: list[Fault] = []
        sides = NamedSides(found, labels)
        axes = ("states", "actions", "outcomes")[-max(2, min(3, levels_of(outcome_probs))) :]
        of_actions, of_outcomes = axes[:-1], (*axes[:-2], "outcomes")
        outcome_probs, principal_rewards, agent_rewards, costs, transitions, initial = (
            plain_numbers(sides.read(part, field, *own))
            for part, field, own in (
                (outcome_probs, "outcome_probs", axes),
                (principal_rewards, "principal_rewards", of_outcomes),
                (agent_rewards, "agent_rewards", of_actions),
                (costs, "costs", of_actions),
                (transitions, "transitions", of_outcomes),
                (initial, "initial", ("states",)),
            )
        )
        transitions = sides.places(transitions, "transitions", "states")
        initial = sides.places(initial, "initial", "states")
        labels = sides.labels(labels)
        if (agent_rewards is None) == (costs is None):
            which = "both are given" if costs is not None else "one of them is required"
            found.append(Fault("agent_rewards", f"exactly one of agent_rewards and costs: {which}"))
        field = "agent_rewards" if costs is None else "costs"
        given = agent_rewards if costs is None else costs
        short = depth_of(outcome_probs) == 2
        if short:
            outcome_probs, principal_rewards = [outcome_probs], [principal_rewards]
            given = None if given is None else [given]
            transitions = None if transitions is None else [transitions]
        faults: list[Fault] = []
        fields = _Reader(faults).read(
            outcome_probs, principal_rewards, field, given, transitions, initial
        )
        # Positions in the short form have no state.
        found += [
            Fault(fault.field, fault.rule, fault.index[1:], fault.value)
            if short and fault.field in _PER_STATE
            else fault
            for fault in faults
        ]
        periods, factor = checked_time(horizon, discount, transitions is not None, found)
        self._settle(found, name, labels, metadata, **fields, horizon=periods, discount=factor)

    @classmethod
    def one_shot(
        cls,
        probabilities: object,
        costs: object,
        rewards: object,
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> ContractMDP:
        """Return the one-period problem with one state.

        Parameters
        ----------
        probabilities : ``[action][outcome]``.
        costs : of each action, to the agent.
        rewards : of each outcome, to the principal.
        name, labels, metadata : as for the class.

        Notes
        -----
        Cost O(A O). Source: Grossman and Hart (1983), CON-1.

        Examples
        --------
        >>> ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 2], [0, 10]).is_one_shot
        True
        """
        return cls(probabilities, rewards, costs=costs, name=name, labels=labels, metadata=metadata)

    @property
    def n_states(self) -> int:
        """Number of states, S."""
        return int(self.exists.shape[0])

    @property
    def n_actions(self) -> int:
        """Number of actions, A."""
        return int(self.exists.shape[1])

    @property
    def n_outcomes(self) -> int:
        """Largest number of outcomes of a state, O."""
        return int(self.principal_rewards.shape[1])

    @property
    def terminal(self) -> BoolArray:
        """Which states have no action, shape (S,)."""
        return np.logical_not(self.exists.any(axis=1))

    @property
    def is_one_shot(self) -> bool:
        """Whether there is one state and one period."""
        return self.n_states == 1 and self.horizon == 1

    @property
    def scale(self) -> float:
        """The largest absolute reward of either."""
        return max(
            float(np.abs(table).max(initial=0.0))
            for table in (self.agent_rewards, self.principal_rewards)
        )

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "probabilities", self.probabilities
        yield "exists", self.exists.astype(np.int64)
        yield "n_outcomes_of", self.n_outcomes_of
        yield "agent_rewards", self.agent_rewards
        yield "principal_rewards", self.principal_rewards
        yield "successors", self.successors
        yield "successor_probs", self.successor_probs
        yield "horizon", self.horizon
        yield "discount", self.discount
        yield "start", self.start

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of states, actions and outcomes."""
        return {"states": self.n_states, "actions": self.n_actions, "outcomes": self.n_outcomes}

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        periods = "no end" if self.horizon is None else counted(self.horizon, "period")
        sizes = (counted(size, side.removesuffix("s")) for side, size in self.side_sizes().items())
        return f"<ContractMDP{name}: {', '.join(sizes)}, {periods}>"


class _Reader:
    """Turns what the user passed into padded arrays; collects faults."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults

    def read(
        self,
        outcome_probs: object,
        principal_rewards: object,
        field: str,
        given: object,
        transitions: object,
        initial: object,
    ) -> dict[str, Any]:
        """Return the checked fields, or nothing useful after adding faults."""
        probs, exists = self.probabilities(outcome_probs)
        before = len(self.faults)
        rewards = self.agent_rewards(given, field, exists)
        if probs is None or exists is None or (rewards is None and len(self.faults) > before):
            return {}
        n_states, n_actions = exists.shape
        if rewards is None:
            rewards = np.zeros((n_states, n_actions))
        exists &= ~np.isnan(rewards)
        table, counts = self.settled(probs, exists)
        rewards = np.where(exists, rewards, 0.0) * (-1.0 if field == "costs" else 1.0)
        gains = self.rows(principal_rewards, "principal_rewards", counts, table.shape[2])
        next_states, chances = self.transitions(transitions, counts, table.shape[2])
        start = chances_of_start(initial, n_states, self.faults)
        if self.faults:
            return {}
        return {
            "probabilities": read_only(table),
            "exists": read_only(exists),
            "n_outcomes_of": read_only(counts),
            "agent_rewards": read_only(rewards + 0.0),
            "principal_rewards": read_only(gains),
            "successors": read_only(next_states),
            "successor_probs": read_only(chances),
            "start": read_only(start),
        }

    def numbers(
        self, value: object, field: str, place: tuple[int, ...], shape: tuple[int | None, ...],
        *, signed: bool = True,
    ) -> FloatArray | None:  # fmt: skip
        """Return numbers that stand at `place` of a field, or None after adding faults."""
        return numbers_at(value, field, place, shape, self.faults, signed=signed)

    def probabilities(self, value: object) -> tuple[list[Any] | FloatArray | None, Any]:
        """Return rows by state and action (None: absent), and which actions exist."""
        name = "outcome_probs"
        plain = value if isinstance(value, np.ndarray) else _regular(value, 3)
        if plain is not None:
            table = self.numbers(value, name, (), (None, None, None))
            if table is None:
                return None, None
            return self.checked_shape(table), np.ones(table.shape[:2], dtype=bool)
        if not isinstance(value, list | tuple) or not value:
            self.faults.append(Fault(name, "must be a list of states, each a list of actions"))
            return None, None
        rows: list[list[FloatArray | None]] = []
        for s, actions in enumerate(value):
            if actions is None:
                actions = []
            if not isinstance(actions, list | tuple | np.ndarray):
                self.faults.append(Fault(name, "must be a list of actions", (s,), actions))
                continue
            row: list[FloatArray | None] = []
            for a, entry in enumerate(actions):
                if entry is None:
                    row.append(None)
                    continue
                numbers = self.numbers(entry, name, (s, a), (None,))
                if numbers is not None and not len(numbers):
                    rule = "an action needs at least one outcome"
                    self.faults.append(Fault(name, rule, (s, a)))
                row.append(numbers)
            rows.append(row)
        if self.faults:
            return None, None
        n_actions = max(len(row) for row in rows)
        if n_actions == 0:
            self.faults.append(Fault(name, "some state needs an action"))
            return None, None
        for s, row in enumerate(rows):
            if row and len(row) != n_actions:
                rule = f"has {len(row)} actions, expected {n_actions}; write null for absent ones"
                self.faults.append(Fault(name, rule, (s,)))
            row += [None] * (n_actions - len(row))
        return rows, np.array([[entry is not None for entry in row] for row in rows])

    def checked_shape(self, table: FloatArray) -> FloatArray | None:
        """Return a dense table, or None after a fault for an empty axis."""
        words = ("state", "action", "outcome")
        for axis, word in enumerate(words):
            if table.shape[axis] == 0:
                rule = f"there must be at least one {word}"
                if word == "outcome":
                    rule = "an action needs at least one outcome"
                self.faults.append(Fault("outcome_probs", rule))
                return None
        return table

    def settled(
        self, rows: list[Any] | FloatArray, exists: BoolArray
    ) -> tuple[FloatArray, IntArray]:
        """Return probabilities (S, A, O) that sum to 1, and the number of outcomes by state."""
        name = "outcome_probs"
        n_states, n_actions = exists.shape
        if isinstance(rows, np.ndarray):
            table = np.where(exists[:, :, None], rows, 0.0)
            counts = np.where(exists.any(axis=1), table.shape[2], 0)
        else:
            counts = np.zeros(n_states, dtype=np.int64)
            for s, row in enumerate(rows):
                lengths = [(a, len(row[a])) for a in range(n_actions) if exists[s, a]]
                counts[s] = lengths[0][1] if lengths else 0
                for a, length in lengths:
                    if length != counts[s]:
                        rule = f"has {length} outcomes, action {lengths[0][0]} has {counts[s]}"
                        self.faults.append(Fault(name, rule, (s, a)))
            table = np.zeros((n_states, n_actions, max(1, int(counts.max()))))
            for s, row in enumerate(rows):
                for a in range(n_actions):
                    if exists[s, a] and len(row[a]) == counts[s]:
                        table[s, a, : counts[s]] = row[a]
                    elif exists[s, a]:
                        table[s, a, 0] = 1.0  # at fault already
        report_entries(self.faults, name, table, table < 0, "must be >= 0 and finite")
        sums = table.sum(axis=2)
        for s, a in np.argwhere(exists & ~(np.abs(sums - 1) <= SUM))[:MAX_FAULTS].tolist():
            rule = f"sums to {float(sums[s, a])!r}, but probabilities sum to 1"
            self.faults.append(Fault(name, rule, (s, a)))
        uneven = exists & (np.abs(sums - 1) > ROUNDING)
        if uneven.any():
            divisor = np.where(uneven & (sums > 0), sums, 1.0)
            table = table / divisor[..., None]
        return table, counts.astype(np.int64)

    def agent_rewards(self, given: object, field: str, exists: Any) -> FloatArray | None:
        """Return rewards (or costs) of the agent, NaN where there is no action."""
        if given is None:
            return None
        filled, absent = given, None
        if isinstance(given, np.ndarray) and given.dtype.kind == "f":
            absent = np.isnan(given)
            filled = np.where(absent, 0.0, given)
        elif isinstance(given, list | tuple):
            given = [[] if row is None else row for row in given]
            width = max((len(row) for row in given if isinstance(row, list | tuple)), default=0)
            # A terminal state may be written as [] or null.
            given = [[None] * width if isinstance(row, list | tuple) and not row else row
                     for row in given]  # fmt: skip
            filled = _without_nulls(given)
        shape = (None, None) if exists is None else exists.shape
        array = self.numbers(filled, field, (), shape)
        if array is None:
            return None
        if absent is None and filled is not given:
            nulls: Any = given
            absent = np.array([[entry is None for entry in row] for row in nulls])
        return array if absent is None else np.where(absent, np.nan, array)

    def rows(self, value: object, field: str, counts: IntArray, width: int) -> FloatArray:
        """Return numbers by state and outcome, padded by 0; terminal states have none."""
        table = np.zeros((len(counts), width))
        if isinstance(value, np.ndarray) or _regular(value, 2) is not None:
            whole = self.numbers(value, field, (), (len(counts), None))
            if whole is None:
                return table
            value = whole
        elif not isinstance(value, list | tuple) or len(value) != len(counts):
            length = f"has length {len(value)}, " if isinstance(value, list | tuple) else ""
            rule = f"{length}expected a list for each of {len(counts)} states"
            self.faults.append(Fault(field, rule))
            return table
        rows: Any = value
        if isinstance(value, np.ndarray) and value.shape[1] == width and (counts == width).all():
            return value + 0.0
        for s, row in enumerate(rows):
            if counts[s] == 0:
                continue
            numbers = self.numbers(row, field, (s,), (None,))
            if numbers is None:
                continue
            longer = isinstance(value, np.ndarray) and len(numbers) > counts[s]
            padded = longer and not numbers[counts[s] :].any()
            if len(numbers) != counts[s] and not padded:
                rule = f"has {len(numbers)} entries, but the state has {counts[s]} outcomes"
                self.faults.append(Fault(field, rule, (s,)))
            else:
                table[s, : counts[s]] = numbers[: counts[s]]
        return table + 0.0

    def transitions(
        self, value: object, counts: IntArray, width: int
    ) -> tuple[IntArray, FloatArray]:
        """Return next states (S, O, K), -1 for the end, and their probabilities."""
        name, n_states = "transitions", len(counts)
        ends = np.full((n_states, width, 1), -1, dtype=np.int64)
        sure = np.ones((n_states, width, 1))
        if value is None:
            return ends, sure
        whole = value if isinstance(value, np.ndarray) else None
        if isinstance(value, list) and kinds_of(value) <= {int}:  # true is no state
            whole = _regular(value, 2)
        if whole is not None and whole.ndim == 2 and whole.dtype.kind in "iu":
            lowest = -1 if isinstance(value, np.ndarray) else 0
            if whole.shape != (n_states, width):
                rule = f"has shape {whole.shape}, expected {(n_states, width)}"
                self.faults.append(Fault(name, rule))
                return ends, sure
            inside = np.arange(width) < counts[:, None]
            bad = ((whole < lowest) | (whole >= n_states)) & inside
            for place in np.argwhere(bad)[:MAX_FAULTS].tolist():
                self.faults.append(
                    no_such_state(tuple(place), whole[tuple(place)].item(), n_states)
                )
            return np.where(inside, whole, -1)[:, :, None].astype(np.int64), sure
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if not isinstance(value, list | tuple) or len(value) != n_states:
            self.faults.append(Fault(name, f"must be a list for each of {n_states} states"))
            return ends, sure
        entries: dict[tuple[int, int], tuple[list[int], list[float]]] = {}
        for s, row in enumerate(value):
            if counts[s] == 0:
                continue
            if not isinstance(row, list | tuple) or len(row) != counts[s]:
                rule = f"must be a list with an entry for each of {counts[s]} outcomes"
                self.faults.append(Fault(name, rule, (s,)))
                continue
            for o, entry in enumerate(row):
                entries[s, o] = self.next_states(entry, (s, o), n_states)
        most = max((len(states) for states, _ in entries.values()), default=1)
        next_states = np.full((n_states, width, most), -1, dtype=np.int64)
        chances = np.zeros((n_states, width, most))
        chances[:, :, 0] = 1.0
        for place, (states, weights) in entries.items():
            next_states[place][: len(states)] = states
            chances[place][: len(states)] = weights
        return next_states, chances

    def next_states(
        self, entry: object, place: tuple[int, int], n_states: int
    ) -> tuple[list[int], list[float]]:
        """Return the states that follow an outcome and their probabilities; -1 is the end."""
        if isinstance(entry, list | tuple | np.ndarray):
            weights = chances_at(entry, "transitions", place, n_states, self.faults)
            if weights is not None:
                states = np.flatnonzero(weights)
                return states.tolist(), weights[states].tolist()
        elif is_state(entry, n_states):
            return [int(entry)], [1.0]  # type: ignore[call-overload]
        elif entry is not None:
            self.faults.append(no_such_state(place, entry, n_states))
        return [-1], [1.0]


def _regular(value: object, ndim: int) -> Any:
    """Return nested lists of numbers as an array, or None if they are ragged or hold others."""
    if not isinstance(value, list | tuple):
        return None
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        return None
    return array if array.ndim == ndim and array.dtype.kind in "iuf" else None


def _without_nulls(value: Sequence[Any]) -> list[Any]:
    """Return rows with 0 for None."""
    return [
        [0 if entry is None else entry for entry in row] if isinstance(row, list | tuple) else row
        for row in value
    ]
